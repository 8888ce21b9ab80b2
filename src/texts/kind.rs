//! The kinds of text the program drafts.

/// One kind of text. Each has a template, `assets/texts/<word>.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Reply that offers the one attempt.
    Offer,
    /// Reply that hands the file over.
    Successful,
    /// Reply that says the attempt failed.
    Failed,
    /// Request to infrastructure.
    Infra,
    /// Request to the console team.
    Console,
    /// A new issue for the bug.
    Bug,
    /// A comment on the issue of the bug.
    Comment,
    /// The whole case as an internal note.
    Report,
}

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
    /// Every kind, in the order of the workflow.
    pub const ALL: [Self; 8] = [
        Self::Bug,
        Self::Comment,
        Self::Offer,
        Self::Console,
        Self::Infra,
        Self::Successful,
        Self::Failed,
        Self::Report,
    ];

    /// The word scripts use and the template's file is named by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Infra => "infra",
            Self::Console => "console",
            Self::Bug => "bug",
            Self::Comment => "comment",
            Self::Report => "report",
        }
    }

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
        let word = word.trim();
        Self::ALL.into_iter().find(|kind| kind.word() == word)
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
