//! Why an input was not taken: the rule that forbids it, in a word for scripts and in words for people.

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

    /// The word for scripts: a rule of the workflow said no, or the argument could not be read at all.
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
            | Rule::TimeInReach
            | Rule::NoSecrets
            | Rule::RecordedStays
            | Rule::DeleteAfterClose
            | Rule::PrivateDataDeleted => Code::Refused,
        }
    }
}

/// The headline alone: each front end has its own words for the hint.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for Refusal {}

/// The rules of the workflow that can say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// Both attempts and the bug issue come before the offer.
    EvidenceBeforeOffer,
    /// One offer for a project.
    OneOffer,
    /// A second offer needs a reason.
    OverrideNeedsReason,
    /// The event belongs to another stage.
    StageAllows,
    /// A request counts as opened when its link is recorded.
    RequestNeedsLink,
    /// No customer data leaves before the account's ownership is verified.
    OwnershipBeforeRelease,
    /// Only a failed console attempt is escalated.
    EscalateFailedConsole,
    /// With an infrastructure request the bug issue carries `infradev` before the case closes.
    InfradevBeforeClose,
    /// An address-bar Kibana URL does not open for others.
    KibanaShareLink,
    /// A link must be an https address of the right kind.
    LinkForm,
    /// Times carry their zone.
    TimeWithZone,
    /// What happened lies neither ahead nor before GitLab.
    TimeInReach,
    /// The value is not one the fact can take.
    ValueForm,
    /// Tokens are kept nowhere.
    NoSecrets,
    /// What an event recorded can be corrected, not taken away.
    RecordedStays,
    /// Private data is deleted from closed cases only.
    DeleteAfterClose,
    /// A case whose private data is gone takes nothing more.
    PrivateDataDeleted,
}

words!(Rule);
