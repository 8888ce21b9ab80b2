//! The journal's lines: one typed, serialisable value for each kind of event.

use serde::{Deserialize, Serialize};

use super::event::{DownloadEnded, ExportEnded};
use super::fact::{Fact, OfferAnswer};
use super::format::{self, number_of};
use super::id::{CaseId, RunId};
use super::note::{CaseNote, Reminder};
use super::offer_log::Offer;
use super::stage::{CaseOutcome, Request, Stage};
use super::subject::{KnownProject, ProjectRef, Ticket};
use super::time::UtcMs;

/// One line for the journal, before the store adds its number, its time and its link in the hash chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub case_id: Option<CaseId>,
    pub run_id: Option<RunId>,
    pub what: JournalEvent,
}

impl JournalEntry {
    pub fn of_case(case_id: CaseId, what: JournalEvent) -> Self {
        Self { case_id: Some(case_id), run_id: None, what }
    }

    pub fn of_run(case_id: Option<CaseId>, run_id: RunId, what: JournalEvent) -> Self {
        Self { case_id, run_id: Some(run_id), what }
    }

    /// A line that belongs to no case and no run.
    pub fn general(what: JournalEvent) -> Self {
        Self { case_id: None, run_id: None, what }
    }
}

/// What happened. The JSON form has the variant's name as `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[strum(serialize_all = "snake_case")]
pub enum JournalEvent {
    CaseOpened {
        instance: String,
        ticket: Option<Ticket>,
        project: ProjectRef,
    },
    FactSet {
        fact: Fact,
        from: Option<String>,
        to: String,
    },
    FactCleared {
        fact: Fact,
        from: String,
    },
    /// Names of [`super::Stage`], and the reason in a sentence.
    StageEntered {
        from: String,
        to: String,
        why: String,
    },
    OfferSent {
        offer: Offer,
    },
    /// The offer was recorded by mistake and undone. The offers of this case stay in the offer log.
    OfferWithdrawn {
        offered_at: UtcMs,
        withdrawn_at: UtcMs,
    },
    OfferAnswered {
        answer: OfferAnswer,
    },
    RequestOpened {
        request: Request,
        link: String,
    },
    AttemptEnded {
        ending: CaseOutcome,
    },
    Escalated,
    CaseClosed,
    CaseReopened,
    ProjectKnown {
        project: KnownProject,
    },
    /// The project of the case was wrong and was corrected.
    ProjectCorrected {
        project: ProjectRef,
    },
    TicketKnown {
        ticket: Ticket,
    },
    /// The ticket was wrong and is removed.
    TicketRemoved {
        ticket: Ticket,
    },
    /// The person named the case, or removed its title.
    TitleSet {
        title: Option<String>,
    },
    ExportEnded {
        export: ExportEnded,
    },
    DownloadEnded {
        download: DownloadEnded,
    },
    /// A note was added, or put back.
    Note {
        /// When the note was written, which identifies it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<UtcMs>,
        text: String,
    },
    NoteChanged {
        at: UtcMs,
        text: String,
    },
    NoteRemoved {
        at: UtcMs,
    },
    /// The person set when to return to the case, or removed that.
    ReminderSet {
        reminder: Option<Reminder>,
    },
    TextCopied {
        text: String,
    },
    /// This program opened an issue through the API; `text` is the name of the text's kind.
    IssuePosted {
        text: String,
        link: String,
    },
    CommentPosted {
        link: String,
        internal: bool,
    },
    LabelsAdded {
        link: String,
        labels: Vec<String>,
    },
    Archived {
        archived: bool,
    },
    PrivateDataDeleted,
    /// This program requested an export from GitLab, or adopted one that was under way.
    RunStarted {
        project: String,
        by: Option<String>,
        adopted: bool,
    },
    /// GitLab's status changed; our phase is recorded beside it.
    #[serde(rename = "run_said")]
    #[strum(serialize = "run_said")]
    StatusChanged {
        server_status: String,
        phase: String,
    },
    /// A run ended.
    RunEnded {
        phase: String,
        headline: Option<String>,
    },
    DownloadStarted {
        project: String,
        path: String,
    },
    DownloadFailed {
        project: String,
        headline: String,
    },
    /// The person cancelled a download; what has arrived stays on disk.
    DownloadCancelled {
        project: String,
        bytes: u64,
    },
    #[serde(rename = "download_proved")]
    #[strum(serialize = "download_proved")]
    DownloadVerified {
        project: String,
        path: String,
        bytes: u64,
        sha256: String,
        verdict: String,
    },
    /// The person had a downloaded archive deleted. The file name is omitted if the case keeps nothing private.
    ArchiveDeleted {
        file: Option<String>,
        bytes: u64,
    },
    /// This program requested a relations export from GitLab, or discovered one.
    RelationsStarted {
        project: String,
        batched: bool,
        adopted: bool,
    },
    RelationsEnded {
        project: String,
        headline: String,
    },
    /// Files of a relations export are on disk and verified, except those that failed.
    #[serde(rename = "relations_brought")]
    #[strum(serialize = "relations_brought")]
    RelationFilesDownloaded {
        project: String,
        folder: String,
        files: u64,
        bytes: u64,
        #[serde(default)]
        failed: u64,
    },
    /// The person cancelled a download of relation files; the files that have arrived stay in the folder.
    RelationFilesCancelled {
        project: String,
        folder: String,
        files: u64,
    },
    ImportStarted {
        from: String,
        to: String,
    },
    ImportEnded {
        to: String,
        headline: String,
    },
    /// A test import started: its only purpose is to learn whether the archive imports.
    #[serde(rename = "rehearsal_started")]
    #[strum(serialize = "rehearsal_started")]
    TestImportStarted {
        from: String,
        to: String,
    },
    #[serde(rename = "rehearsal_ended")]
    #[strum(serialize = "rehearsal_ended")]
    TestImportEnded {
        to: String,
        headline: String,
    },
    /// This program started, or continued, to rebuild an archive from a relations export.
    RebuildStarted {
        project: String,
    },
    RebuildEnded {
        project: String,
        headline: String,
    },
    /// Exports of many projects were requested together, or added to such a batch.
    BatchStarted {
        projects: u64,
        folder: Option<String>,
    },
    BatchEnded {
        headline: String,
    },
    InstanceAdded {
        url: String,
    },
    InstanceDropped {
        url: String,
    },
    SettingChanged {
        key: String,
    },
}

impl JournalEvent {
    /// The value of the journal's `kind` column, the same as in the JSON form.
    pub fn as_str(&self) -> &'static str {
        self.into()
    }

    /// The sentence that the timeline shows.
    pub fn sentence(&self) -> String {
        match self {
            Self::CaseOpened { project, .. } => format!("Case opened for {}.", project.title()),
            Self::FactSet { fact, from: None, to } => format!("{}: {to}", fact.label()),
            Self::FactSet { fact, from: Some(from), to } => {
                format!("{}: {to} (was {from})", fact.label())
            }
            Self::FactCleared { fact, from } => format!("{}: removed (was {from})", fact.label()),
            Self::StageEntered { to, why, .. } => stage_entered(Stage::label_of(to), why),
            Self::OfferSent { offer } => offer_sent(offer),
            Self::OfferWithdrawn { offered_at: at, .. } => {
                format!("Undone: the offer of {}.", at.for_people())
            }
            Self::OfferAnswered { answer } => format!("Customer's answer: {}.", answer.as_str()),
            Self::RequestOpened { request, link } => format!("Opened the {}: {link}", request.label()),
            Self::AttemptEnded { ending: CaseOutcome::Attempted { request, result } } => {
                format!("Attempt through the {}: {}.", request.label(), result.as_str())
            }
            Self::AttemptEnded { ending: CaseOutcome::Declined } => {
                "The customer declined the offer.".to_owned()
            }
            Self::Escalated => "Escalated to infrastructure.".to_owned(),
            Self::CaseClosed => "Case closed.".to_owned(),
            Self::CaseReopened => "Case reopened.".to_owned(),
            Self::ProjectKnown { project } => format!("Path of the project on GitLab: {}.", project.path),
            Self::ProjectCorrected { project } => format!("Project corrected: {}.", project.title()),
            Self::TicketKnown { .. } | Self::TicketRemoved { .. } | Self::TitleSet { .. } => named(self),
            Self::ExportEnded { export } => export_ended(&export.message),
            Self::DownloadEnded { download } => download_ended(download),
            Self::Note { .. }
            | Self::NoteChanged { .. }
            | Self::NoteRemoved { .. }
            | Self::ReminderSet { .. } => noted(self),
            Self::TextCopied { text } => format!("Text copied: {text}."),
            Self::IssuePosted { text, link } => format!("Posted through the API ({text}): {link}"),
            Self::CommentPosted { link, internal } => {
                let how = if *internal { "Commented internally" } else { "Commented" };
                format!("{how} through the API on {link}")
            }
            Self::LabelsAdded { link, labels } => format!("Labels {} added to {link}", labels.join(", ")),
            Self::Archived { archived } => if *archived { "Archived." } else { "Unarchived." }.to_owned(),
            Self::PrivateDataDeleted => "Private data deleted.".to_owned(),
            Self::RunStarted { project, adopted, .. } => run_started(project, *adopted),
            Self::StatusChanged { server_status, phase } => {
                format!("GitLab status {server_status}: {phase}.")
            }
            Self::RunEnded { phase, headline } => run_ended(phase, headline.as_deref()),
            Self::DownloadStarted { .. }
            | Self::DownloadFailed { .. }
            | Self::DownloadCancelled { .. }
            | Self::DownloadVerified { .. }
            | Self::RelationFilesDownloaded { .. }
            | Self::RelationFilesCancelled { .. } => of_download(self),
            Self::ArchiveDeleted { file, .. } => archive_deleted(file.as_deref()),
            Self::RelationsStarted { project, adopted, .. } => relations_started(project, *adopted),
            Self::RelationsEnded { headline, .. }
            | Self::ImportEnded { headline, .. }
            | Self::BatchEnded { headline } => headline.clone(),
            Self::BatchStarted { projects, folder } => batch_started(*projects, folder.as_deref()),
            Self::ImportStarted { from, to } => format!("Import of {from} into {to} started."),
            Self::TestImportStarted { from, to } => test_import_started(from, to),
            Self::TestImportEnded { headline, .. } => format!("Test import: {headline}"),
            Self::RebuildStarted { project } => format!("Rebuild of an archive of {project} started."),
            Self::RebuildEnded { headline, .. } => format!("Rebuild ended. {headline}"),
            Self::InstanceAdded { url } => format!("Connected to {url}."),
            Self::InstanceDropped { url } => format!("Disconnected from {url}."),
            Self::SettingChanged { key } => format!("Setting “{}” changed.", spoken(key)),
        }
    }
}

/// How the case is named: its ticket, and the title that the person gave it.
fn named(what: &JournalEvent) -> String {
    match what {
        JournalEvent::TicketKnown { ticket } => format!("Ticket {ticket}."),
        JournalEvent::TicketRemoved { ticket } => format!("Ticket {ticket} removed."),
        JournalEvent::TitleSet { title: Some(title) } => format!("Title: {title}"),
        _ => "Title removed.".to_owned(),
    }
}

/// What the engineer wrote down.
fn noted(what: &JournalEvent) -> String {
    match what {
        JournalEvent::Note { text, .. } => format!("Note: {}", CaseNote::first_words(text)),
        JournalEvent::NoteChanged { at, text } => {
            format!("Note of {} changed: {}", at.for_people(), CaseNote::first_words(text))
        }
        JournalEvent::NoteRemoved { at } => format!("Note of {} removed.", at.for_people()),
        JournalEvent::ReminderSet { reminder: Some(reminder) } if reminder.why.is_empty() => {
            format!("Reminder: {}.", reminder.at.for_people())
        }
        JournalEvent::ReminderSet { reminder: Some(reminder) } => {
            format!("Reminder: {}. {}", reminder.at.for_people(), reminder.sentence())
        }
        _ => "Reminder removed.".to_owned(),
    }
}

/// An internal name as it appears in a sentence.
pub fn spoken(word: &str) -> String {
    word.replace(['_', '-'], " ")
}

fn stage_entered(label: &str, why: &str) -> String {
    let says_the_same = why.trim_end_matches('.') == label;
    if says_the_same { format!("Stage: {label}.") } else { format!("Stage: {label}. {why}") }
}

/// The result of the program's own export.
fn export_ended(message: &str) -> String {
    if message.is_empty() {
        return "Export with Export Desk ended. GitLab reported nothing about the project.".to_owned();
    }
    format!("Export with Export Desk ended: {message}")
}

/// The result of the program's own download or rebuild.
fn download_ended(download: &DownloadEnded) -> String {
    match &download.result {
        Ok(served) if served.rebuilt.is_some() => {
            format!("Archive rebuilt from the relations export: {}.", spoken(&served.verdict))
        }
        Ok(served) => format!("Download with Export Desk ended: {}.", spoken(&served.verdict)),
        Err(message) => format!("Download with Export Desk failed: {message}"),
    }
}

/// What became of a download to this computer.
fn of_download(what: &JournalEvent) -> String {
    match what {
        JournalEvent::DownloadStarted { path, .. } => format!("Download to {path} started."),
        JournalEvent::DownloadFailed { headline, .. } => format!("Download failed: {headline}"),
        JournalEvent::DownloadCancelled { bytes: 0, .. } => {
            "Download cancelled before any data arrived.".to_owned()
        }
        JournalEvent::DownloadCancelled { bytes, .. } => {
            format!("Download cancelled. {} that have arrived stay on disk.", format::bytes(*bytes))
        }
        JournalEvent::DownloadVerified { path, verdict, .. } => {
            format!("Downloaded {path}: {}.", spoken(verdict))
        }
        JournalEvent::RelationFilesDownloaded { folder, files, failed, .. } => {
            relation_files_downloaded(folder, *files, *failed)
        }
        JournalEvent::RelationFilesCancelled { files: 0, .. } => {
            "Download of relation files cancelled before any file was complete.".to_owned()
        }
        JournalEvent::RelationFilesCancelled { folder, files, .. } => {
            let files = number_of(*files, "complete file stays", "complete files stay");
            format!("Download of relation files cancelled. {files} in {folder}.")
        }
        _ => String::new(),
    }
}

/// The result of a download of relation files.
fn relation_files_downloaded(folder: &str, files: u64, failed: u64) -> String {
    match (files, failed) {
        (0, 0) => format!("All files of the relations export were in {folder} already."),
        (_, 0) => format!("{} in {folder}.", relation_files(files)),
        _ => format!("{} in {folder}. {failed} could not be downloaded.", relation_files(files)),
    }
}

fn relation_files(files: u64) -> String {
    number_of(files, "file of the relations export is", "files of the relations export are")
}

fn run_ended(phase: &str, headline: Option<&str>) -> String {
    match headline {
        None => format!("Export ended: {phase}."),
        Some(headline) => format!("Export ended: {phase}. {headline}"),
    }
}

fn run_started(project: &str, adopted: bool) -> String {
    if adopted {
        format!("Found a running export of {project}. Watching it.")
    } else {
        format!("Export of {project} requested.")
    }
}

fn relations_started(project: &str, adopted: bool) -> String {
    if adopted {
        format!("Found a relations export of {project}. Watching it.")
    } else {
        format!("Relations export of {project} requested.")
    }
}

fn offer_sent(offer: &Offer) -> String {
    match &offer.override_reason {
        None => "One-time export offered.".to_owned(),
        Some(reason) => format!("One-time export offered again. Reason: {reason}"),
    }
}

fn batch_started(projects: u64, folder: Option<&str>) -> String {
    let exports = number_of(projects, "project is", "projects are");
    match folder {
        Some(folder) => format!("{exports} to be exported and downloaded to {folder}."),
        None => format!("{exports} to be exported."),
    }
}

fn test_import_started(from: &str, to: &str) -> String {
    format!("Test import of {from} into {to} started.")
}

fn archive_deleted(file: Option<&str>) -> String {
    match file {
        Some(file) => format!("Archive {file} deleted from this computer."),
        None => "Archive deleted from this computer.".to_owned(),
    }
}
