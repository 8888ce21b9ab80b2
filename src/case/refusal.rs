//! Why an input was refused: the rule that forbids it, as a code for scripts and in words for people.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hint::Hint;
use super::user_error::Code;

/// A refused input. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: Rule,
    /// What was refused and why, in one sentence.
    pub headline: String,
    /// What to do instead.
    pub hint: Hint,
}

impl Refusal {
    pub fn new(rule: Rule, headline: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self { rule, headline: headline.into(), hint: hint.into() }
    }

    /// The code for scripts: a rule of the workflow forbids the input, or the input could not be read at all.
    pub fn code(&self) -> Code {
        match self.rule {
            Rule::ValueForm | Rule::LinkForm | Rule::TimeWithZone => Code::Usage,
            Rule::EvidenceBeforeOffer
            | Rule::OneOffer
            | Rule::OverrideNeedsReason
            | Rule::StageAllows
            | Rule::RequestNeedsLink
            | Rule::OwnershipBeforeRelease
            | Rule::EscalateFailedConsole
            | Rule::InfradevBeforeClose
            | Rule::KibanaShareLink
            | Rule::LinkPlace
            | Rule::TimeInReach
            | Rule::NoSecrets
            | Rule::RecordedStays
            | Rule::DeleteAfterClose
            | Rule::PrivateDataDeleted => Code::Refused,
        }
    }
}

/// The headline only: each front end has its own words for the hint.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Refusal {}

/// The rules of the workflow that can forbid an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// Both attempts and the bug issue are required before the offer.
    EvidenceBeforeOffer,
    /// There is one offer per project.
    OneOffer,
    /// A second offer needs a reason.
    OverrideNeedsReason,
    /// The event belongs to another stage.
    StageAllows,
    /// A request counts as opened once its link is recorded.
    RequestNeedsLink,
    /// Customer data may only be handed over after the account's ownership is verified.
    OwnershipBeforeRelease,
    /// Only a failed console attempt is escalated.
    EscalateFailedConsole,
    /// With an infrastructure request, the bug issue must carry `infradev` before the case closes.
    InfradevBeforeClose,
    /// A Kibana URL from the address bar does not open for others.
    KibanaShareLink,
    /// A link must lead to the tracker or the host that the handbook names for its fact.
    LinkPlace,
    /// A link must be an https URL of the right kind.
    LinkForm,
    /// A time must contain its zone.
    TimeWithZone,
    /// An event lies neither in the future nor before GitLab existed.
    TimeInReach,
    /// The value does not fit the fact.
    ValueForm,
    /// Tokens are never stored.
    NoSecrets,
    /// A fact that an event recorded can be corrected, but not cleared.
    RecordedStays,
    /// Private data can be deleted from closed cases only.
    DeleteAfterClose,
    /// A case without its private data accepts no further input.
    PrivateDataDeleted,
}

words!(Rule);
