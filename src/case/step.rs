//! The tree itself: one input, one case, one answer.

use super::entry::Entry;
use super::event::Input;
use super::id::CaseId;
use super::ledger::{Ledger, Offer};
use super::refusal::Refusal;
use super::rules::Rules;
use super::subject::Case;
use super::time::UtcMs;

/// What an accepted input does. Commit it whole, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The case afterwards.
    pub case: Case,
    /// Lines for the journal, in order.
    pub entries: Vec<Entry>,
    /// What else must be written with it.
    pub effects: Vec<Effect>,
}

/// A write beside the case itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A line for the ledger of one-time offers.
    AddOffer(Offer),
    /// The ledger learns what GitLab says of the project of this case's offers.
    IdentifyOffers { case_id: CaseId, project_id: u64, project_path: String },
    /// The bodies of this case's journal lines are to be blanked.
    BlankJournal(CaseId),
}

/// Decides what an input does to a case. Total: every pair of stage and input has an answer.
pub fn step(
    case: &Case,
    input: Input,
    ledger: &Ledger,
    rules: &Rules,
    now: UtcMs,
) -> Result<Change, Refusal> {
    let _ = (input, ledger, rules, now);
    Ok(Change { case: case.clone(), entries: Vec::new(), effects: Vec::new() })
}
