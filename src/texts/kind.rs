//! The kinds of text the program drafts.

use crate::case::Fact;

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
pub enum TextKind {
    /// Reply that asks the customer to try the export in the web interface and through the API.
    Attempts,
    /// A new issue for the bug.
    Bug,
    /// A comment on the issue of the bug.
    Comment,
    /// Reply that offers the one-time attempt.
    Offer,
    /// Request to the console team.
    Console,
    /// Request to infrastructure.
    Infra,
    /// Reply that hands over the file.
    Successful,
    /// Reply that says the attempt failed.
    Failed,
    /// Reply that names other ways, where there is no attempt.
    Alternatives,
    /// The whole case as an internal note.
    Report,
}

words!(TextKind, all);

/// Where a text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextTarget {
    /// A reply to the customer; Zendesk fills in its own placeholders.
    TicketReply,
    IssueDescription,
    IssueComment,
    /// A note on the ticket that is hidden from the customer.
    InternalNote,
}

/// Who reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    Customer,
    /// Colleagues only.
    Internal,
    /// Anybody on the internet.
    Public,
}

impl Reader {
    /// The word of the label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Internal => "internal",
            Self::Public => "public issue",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Customer => "The customer reads this text: a reply on the ticket.",
            Self::Internal => "Only colleagues read this text. Do not send it to the customer.",
            Self::Public => "Anybody on the internet can read this text. Do not name the customer.",
        }
    }
}

/// The note that the window shows beside every text.
pub const DRAFT_NOTE: &str =
    "Draft by Export Desk, not GitLab's macro or template. Read and edit it before you send it.";

/// The fixed properties of a kind.
struct Row {
    title: &'static str,
    short: &'static str,
    target: TextTarget,
    template: &'static str,
}

impl TextKind {
    /// This kind's row.
    fn row(self) -> Row {
        use TextTarget::{InternalNote, IssueComment, IssueDescription, TicketReply};
        let row = |title, short, target, template| Row { title, short, target, template };
        #[rustfmt::skip]
        let row = match self {
            Self::Attempts => row("Ask for both attempts", "Ask for attempts", TicketReply, include_str!("../../assets/texts/attempts.md")),
            Self::Offer => row("Offer of a one-time export", "Offer", TicketReply, include_str!("../../assets/texts/offer.md")),
            Self::Successful => row("Export completed: successful", "Successful", TicketReply, include_str!("../../assets/texts/successful.md")),
            Self::Failed => row("Export completed: failed", "Failed", TicketReply, include_str!("../../assets/texts/failed.md")),
            Self::Alternatives => row("Alternatives to an export", "Alternatives", TicketReply, include_str!("../../assets/texts/alternatives.md")),
            Self::Infra => row("Infrastructure export request", "Infra request", IssueDescription, include_str!("../../assets/texts/infra.md")),
            Self::Console => row("Console export request", "Console request", IssueDescription, include_str!("../../assets/texts/console.md")),
            Self::Bug => row("New issue for the bug", "Bug issue", IssueDescription, include_str!("../../assets/texts/bug.md")),
            Self::Comment => row("Comment on the bug issue", "Comment", IssueComment, include_str!("../../assets/texts/comment.md")),
            Self::Report => row("Report of the case", "Report", InternalNote, include_str!("../../assets/texts/report.md")),
        };
        row
    }

    /// The label shown to people.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// A short label for a row of buttons.
    pub fn short(self) -> &'static str {
        self.row().short
    }

    /// The kind with this name.
    pub fn parse(word: &str) -> Option<Self> {
        word.trim().parse().ok()
    }

    pub fn target(self) -> TextTarget {
        self.row().target
    }

    /// Who reads the text.
    pub fn reader(self) -> Reader {
        match self {
            Self::Attempts | Self::Offer | Self::Successful | Self::Failed | Self::Alternatives => {
                Reader::Customer
            }
            Self::Console | Self::Infra | Self::Report => Reader::Internal,
            Self::Bug | Self::Comment => Reader::Public,
        }
    }

    /// The facts without which the text fails its purpose; every other blank is optional.
    pub fn required(self) -> &'static [Fact] {
        use Fact::{
            ApiAttemptAt, ApiAttemptMessage, BugIssue, DownloadError, ExportFinishedAt, HandoverLink,
            OwnershipVerifiedAt, UiAttemptAt, UiAttemptMessage,
        };
        const ATTEMPTS: [Fact; 4] = [UiAttemptAt, UiAttemptMessage, ApiAttemptAt, ApiAttemptMessage];
        match self {
            Self::Attempts | Self::Failed | Self::Alternatives | Self::Report => &[],
            Self::Bug | Self::Comment => &ATTEMPTS,
            Self::Offer => &[UiAttemptAt, ApiAttemptAt, BugIssue],
            Self::Console => &[UiAttemptMessage, ApiAttemptMessage, BugIssue, OwnershipVerifiedAt],
            Self::Infra => &[ExportFinishedAt, DownloadError, BugIssue, OwnershipVerifiedAt],
            Self::Successful => &[HandoverLink],
        }
    }

    /// Whether the text becomes public on the internet; a public text must not name the customer.
    pub fn is_public(self) -> bool {
        self.reader() == Reader::Public
    }

    /// The built-in template.
    pub fn template(self) -> &'static str {
        self.row().template
    }
}
