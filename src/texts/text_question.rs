//! The values that a text needs, that no fact of the case holds, and that only a person can supply.

/// One question to the engineer, in the order of the workflow. The answers are kept beside the case and passed in
/// [`super::Context`].
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::EnumString,
)]
#[strum(serialize_all = "snake_case")]
pub enum TextQuestion {
    Plan,
    Role,
    Urgency,
    Impact,
    Severity,
    Priority,
    AcceptanceLink,
    VerificationLink,
    RunAs,
    ObjectPath,
    HandoverBy,
}

words!(TextQuestion, all);

impl TextQuestion {
    /// The label shown to people.
    pub fn label(self) -> &'static str {
        self.row().1
    }

    /// Who needs the answer, in one sentence.
    pub fn why(self) -> &'static str {
        self.row().2
    }

    /// The question with this name.
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }

    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Plan => ("plan", "Customer's plan", "The request says what the customer is entitled to."),
            Self::Role => (
                "role",
                "Requester's role on the project",
                "Only a Maintainer or Owner may receive the project's export.",
            ),
            Self::Urgency => (
                "urgency",
                "Deadline with its time zone",
                "The team uses it for planning. If there is no deadline, write: none.",
            ),
            Self::RunAs => {
                ("run_as", "Account to run the export as", "An export belongs to the user who starts it.")
            }
            Self::VerificationLink => (
                "verification_link",
                "Link to the ownership verification",
                "The request releases customer data, and the team checks the evidence.",
            ),
            Self::AcceptanceLink => (
                "acceptance_link",
                "Link to the customer's acceptance",
                "The attempt is made only after the customer has agreed to it.",
            ),
            Self::Impact => (
                "impact",
                "Impact on the customer",
                "The severity depends on the impact. Describe it in one sentence without names.",
            ),
            Self::Severity => {
                ("severity", "Severity, 1 to 4", "A bug with the label infradev needs a severity.")
            }
            Self::Priority => {
                ("priority", "Priority, 1 to 4", "A bug with the label infradev needs a priority.")
            }
            Self::ObjectPath => (
                "object_path",
                "Expected path of the object",
                "Infrastructure finds the archive faster by its path. If you do not know it, write: unknown.",
            ),
            Self::HandoverBy => {
                ("handover_by", "Who hands the link to the customer", "One person sends the link, once.")
            }
        }
    }
}
