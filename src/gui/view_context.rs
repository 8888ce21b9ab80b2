//! What a view sees while it draws: the picture, the time, and what is chosen in it.

use crate::case::{Case, CaseId, UtcMs, same_instance};
use crate::engine::api::{
    DownloadState, DownloadView, InstanceView, RelationsDownload, RelationsView, RunView, Snapshot,
    TokenState, Waiting, relations_of, runs_of, transfers_of,
};

use super::command::UiCommand;
use super::route::Route;

/// One frame's view of the world.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    pub snap: &'a Snapshot,
    pub now: UtcMs,
    pub route: Route,
    /// Whether this is the practice desk.
    pub practising: bool,
    /// Which questions about the chosen case have no answer yet.
    pub asked: OpenQuestions,
    /// Why one of these questions waits before it is asked again.
    pub held: Option<&'a Waiting>,
    /// The chosen case with its newest run and transfer.
    pub case: Option<&'a Case>,
    pub run: Option<&'a RunView>,
    pub transfer: Option<&'a DownloadView>,
    /// Its newest relations export.
    pub relations: Option<&'a RelationsView>,
    pub instance: Option<&'a InstanceView>,
    /// Whether GitLab's last answer about the chosen case was a no.
    pub refused: bool,
    /// What a lesson asks for next: its button is marked.
    pub next: Option<UiCommand>,
    /// The lessons that were begun, with the practice GitLab of each.
    pub lesson_runs: &'a [LessonRun],
}

/// Which questions have no answer yet, so that none is asked twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenQuestions {
    /// An event of the case, or its move to the archive or back.
    pub event: bool,
    /// The start or a check of its export.
    pub export: bool,
    /// Facts of it.
    pub facts: bool,
    /// The start of a lesson.
    pub lesson: bool,
}

/// A lesson that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonRun {
    pub lesson: String,
    /// The address of the practice GitLab that was started for it.
    pub instance: String,
}

impl<'a> ViewContext<'a> {
    /// The scene with `selected` chosen.
    pub fn new(
        snap: &'a Snapshot,
        now: UtcMs,
        route: Route,
        practising: bool,
        selected: Option<CaseId>,
    ) -> Self {
        let case = selected.and_then(|id| snap.cases.iter().find(|case| case.id == id)).map(AsRef::as_ref);
        let run = case.and_then(|case| runs_of(snap, case).next());
        let transfer = case.and_then(|case| transfers_of(snap, case).next());
        let relations = case.and_then(|case| relations_of(snap, case).next());
        let instance = case
            .and_then(|case| snap.instances.iter().find(|known| same_instance(&known.url, &case.instance)));
        let (asked, held) = (OpenQuestions::default(), None);
        let (refused, next, lesson_runs) = (false, None, &[][..]);
        Self {
            snap,
            now,
            route,
            practising,
            asked,
            held,
            case,
            run,
            transfer,
            relations,
            instance,
            refused,
            next,
            lesson_runs,
        }
    }

    /// Why GitLab cannot be asked about the chosen case, where it cannot.
    pub fn cannot_ask(&self) -> Option<String> {
        let Some(case) = self.case else { return Some("Choose a case first.".into()) };
        self.cannot_ask_of(&case.instance)
    }

    /// Why this GitLab cannot be asked, where it cannot.
    pub fn cannot_ask_of(&self, url: &str) -> Option<String> {
        let host = super::format::host(url);
        let instance = self.snap.instances.iter().find(|known| same_instance(&known.url, url));
        match instance.map(|instance| instance.token) {
            None if self.practising => {
                Some("This lesson's GitLab has stopped. Start the lesson again on the Practice page.".into())
            }
            None => Some(format!("Connect to {host} first.")),
            Some(TokenState::Missing) => Some(format!("Export Desk has no token for {host}. Connect again.")),
            Some(TokenState::KeyringLocked) => Some(format!(
                "The keyring with the token for {host} is locked. Unlock the keyring, or connect again."
            )),
            Some(TokenState::Looking) => Some("Asking the keyring for the token.".into()),
            Some(TokenState::InKeyring | TokenState::FromEnvironment | TokenState::ThisRunOnly) => None,
        }
    }

    /// How the project of the chosen case is named to GitLab.
    pub fn project(&self) -> Option<String> {
        self.case.map(project_of)
    }

    /// Whether any transfer, or any file of a relations export, can be paused.
    pub fn any_moves(&self) -> bool {
        let moves = |state: DownloadState| matches!(state, DownloadState::Queued | DownloadState::Running);
        self.snap.transfers.iter().any(|transfer| moves(transfer.state))
            || self.downloads().any(|download| download.is_moving)
    }

    /// Whether any of them is paused.
    pub fn any_is_paused(&self) -> bool {
        self.snap.transfers.iter().any(|transfer| transfer.state == DownloadState::Paused)
            || self.downloads().any(|download| download.files_paused > 0)
    }

    fn downloads(&self) -> impl Iterator<Item = &RelationsDownload> {
        self.snap.relations.iter().filter_map(|view| view.download.as_deref())
    }
}

/// How the project of `case` is named to GitLab: its number where known, since paths change.
pub fn project_of(case: &Case) -> String {
    match (case.project.id, &case.project.path) {
        (Some(id), _) => id.to_string(),
        (None, Some(path)) => path.clone(),
        (None, None) => String::new(),
    }
}
