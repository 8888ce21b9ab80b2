//! The kinds of text the program drafts.

/// One kind of text, in the order of the workflow. Each has a template, `assets/texts/<word>.md`.
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
pub enum Kind {
    /// A new issue for the bug.
    Bug,
    /// A comment on the issue of the bug.
    Comment,
    /// Reply that offers the one attempt.
    Offer,
    /// Request to the console team.
    Console,
    /// Request to infrastructure.
    Infra,
    /// Reply that hands the file over.
    Successful,
    /// Reply that says the attempt failed.
    Failed,
    /// The whole case as an internal note.
    Report,
}

words!(Kind, all);

/// Where a text is meant to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A reply the customer reads; Zendesk fills its own placeholders.
    TicketReply,
    IssueDescription,
    IssueComment,
    /// A note on the ticket that the customer does not see.
    InternalNote,
}

/// What the window says beside every text.
pub const DRAFT_NOTE: &str =
    "A draft in this program's own words, not GitLab's macro or template. Read it, edit it, then send it.";

impl Kind {
    /// The name people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Offer => "Offer of a one-time export",
            Self::Successful => "Export completed: successful",
            Self::Failed => "Export completed: failed",
            Self::Infra => "Infrastructure export request",
            Self::Console => "Console export request",
            Self::Bug => "New issue for the bug",
            Self::Comment => "Comment on the bug's issue",
            Self::Report => "Report of the case",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }

    pub fn target(self) -> Target {
        match self {
            Self::Offer | Self::Successful | Self::Failed => Target::TicketReply,
            Self::Infra | Self::Console | Self::Bug => Target::IssueDescription,
            Self::Comment => Target::IssueComment,
            Self::Report => Target::InternalNote,
        }
    }

    /// Whether anybody on the internet will read it: then it may not name the customer.
    pub fn is_public(self) -> bool {
        match self {
            Self::Bug | Self::Comment => true,
            Self::Offer | Self::Successful | Self::Failed | Self::Infra | Self::Console | Self::Report => {
                false
            }
        }
    }

    /// The template built into the program.
    pub fn template(self) -> &'static str {
        match self {
            Self::Offer => include_str!("../../assets/texts/offer.md"),
            Self::Successful => include_str!("../../assets/texts/successful.md"),
            Self::Failed => include_str!("../../assets/texts/failed.md"),
            Self::Infra => include_str!("../../assets/texts/infra.md"),
            Self::Console => include_str!("../../assets/texts/console.md"),
            Self::Bug => include_str!("../../assets/texts/bug.md"),
            Self::Comment => include_str!("../../assets/texts/comment.md"),
            Self::Report => include_str!("../../assets/texts/report.md"),
        }
    }
}
