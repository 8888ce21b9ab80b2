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

/// All that is fixed about a kind.
struct Row {
    word: &'static str,
    title: &'static str,
    short: &'static str,
    target: Target,
    template: &'static str,
}

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

    /// This kind's row.
    fn row(self) -> Row {
        use Target::{InternalNote, IssueComment, IssueDescription, TicketReply};
        let row = |word, title, short, target, template| Row { word, title, short, target, template };
        #[rustfmt::skip]
        let row = match self {
            Self::Offer => row("offer", "Offer of a one-time export", "Offer", TicketReply, include_str!("../../assets/texts/offer.md")),
            Self::Successful => row("successful", "Export completed: successful", "Successful", TicketReply, include_str!("../../assets/texts/successful.md")),
            Self::Failed => row("failed", "Export completed: failed", "Failed", TicketReply, include_str!("../../assets/texts/failed.md")),
            Self::Infra => row("infra", "Infrastructure export request", "Infra request", IssueDescription, include_str!("../../assets/texts/infra.md")),
            Self::Console => row("console", "Console export request", "Console request", IssueDescription, include_str!("../../assets/texts/console.md")),
            Self::Bug => row("bug", "New issue for the bug", "Bug issue", IssueDescription, include_str!("../../assets/texts/bug.md")),
            Self::Comment => row("comment", "Comment on the bug's issue", "Comment", IssueComment, include_str!("../../assets/texts/comment.md")),
            Self::Report => row("report", "Report of the case", "Report", InternalNote, include_str!("../../assets/texts/report.md")),
        };
        row
    }

    /// The word scripts use and the template's file is named by.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// The name people read.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// A name short enough for a row of buttons.
    pub fn short(self) -> &'static str {
        self.row().short
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    pub fn target(self) -> Target {
        self.row().target
    }

    /// Whether anybody on the internet will read it: then it may not name the customer.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Bug | Self::Comment)
    }

    /// The template built into the program.
    pub fn template(self) -> &'static str {
        self.row().template
    }
}
