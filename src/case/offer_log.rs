//! The offer log: one one-time offer per project, regardless of case and ticket.

mod sheet;

use serde::{Deserialize, Serialize};

use super::id::CaseId;
use super::intake::without_export_words;
use super::step::Effect;
use super::subject::{ProjectRef, Ticket, same_instance};
use super::time::UtcMs;

pub use sheet::{to_csv, to_markdown};

/// One offer that was sent. It outlives the private data of its case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub at: UtcMs,
    pub case_id: CaseId,
    pub instance: String,
    pub project_id: Option<u64>,
    pub project_path: Option<String>,
    pub ticket: Option<Ticket>,
    /// The engineer who sent the offer, if known.
    pub by: Option<String>,
    /// Why a second offer was made.
    pub override_reason: Option<String>,
    /// When the offer was undone, because it was recorded by mistake. Such an offer no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<UtcMs>,
}

impl Offer {
    /// Whether the offer was for this project. If both IDs are known, they alone decide, since a project keeps its ID
    /// when it is renamed; otherwise the path does, which GitLab compares case-insensitively.
    pub fn is_for(&self, instance: &str, project: &ProjectRef) -> bool {
        if !same_instance(&self.instance, instance) {
            return false;
        }
        match (self.project_id, project.id) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, _) | (_, None) => match (&self.project_path, &project.path) {
                (Some(ours), Some(theirs)) => {
                    // A path that was never looked up may end with the name of the pasted page.
                    let project = |path: &str| without_export_words(path).to_lowercase();
                    project(ours) == project(theirs)
                }
                (None, _) | (_, None) => false,
            },
        }
    }
}

/// Every offer ever sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferLog {
    /// Oldest first.
    pub offers: Vec<Offer>,
}

impl OfferLog {
    /// The first offer for a project that was not withdrawn.
    pub fn first_for(&self, instance: &str, project: &ProjectRef) -> Option<&Offer> {
        self.counted().filter(|offer| offer.is_for(instance, project)).min_by_key(|offer| offer.at)
    }

    /// The offers that were not withdrawn.
    pub fn counted(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| offer.withdrawn_at.is_none())
    }

    /// Applies the effects of a change, exactly as the store writes them.
    pub fn follow(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::AddOffer(offer) => self.offers.push(offer.clone()),
                Effect::IdentifyOffers { case_id, project_id, project_path } => {
                    for offer in self.offers.iter_mut().filter(|offer| offer.case_id == *case_id) {
                        offer.project_id.get_or_insert(*project_id);
                        offer.project_path.get_or_insert_with(|| project_path.clone());
                    }
                }
                Effect::WithdrawOffer { case_id, offered_at, withdrawn_at } => {
                    let is_meant = |offer: &&mut Offer| {
                        (offer.case_id, offer.at) == (*case_id, *offered_at) && offer.withdrawn_at.is_none()
                    };
                    if let Some(offer) = self.offers.iter_mut().find(is_meant) {
                        offer.withdrawn_at = Some(*withdrawn_at);
                    }
                }
                Effect::BlankJournal(_) => {}
            }
        }
    }
}
