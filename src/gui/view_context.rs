//! What a view reads while it draws: the snapshot, the time, and the current selection.

use crate::case::{Case, CaseId, ExportStep, FileState, UtcMs, export_step, same_instance};
use crate::engine::api::{
    DownloadState, DownloadView, InstanceView, RebuildView, RelationsDownload, RelationsView, RunView,
    Snapshot, TokenState, Waiting, download_of, file_state, rebuild_of, relations_of, runs_of,
};
use crate::platform::words::KEYRING;

use super::command::UiCommand;
use super::route::Route;

/// The view of the world in one frame.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    pub snapshot: &'a Snapshot,
    pub now: UtcMs,
    pub route: Route,
    /// Whether this is the practice workspace.
    pub practising: bool,
    /// Which questions about the selected case are still unanswered.
    pub asked: OpenQuestions,
    /// Why the next check for one of these questions is delayed.
    pub held: Option<&'a Waiting>,
    /// The selected case with its newest run and download.
    pub case: Option<&'a Case>,
    pub run: Option<&'a RunView>,
    pub download: Option<&'a DownloadView>,
    /// The case's newest relations export.
    pub relations: Option<&'a RelationsView>,
    /// The rebuild of the case's archive, unless a newer export has overtaken it.
    pub rebuild: Option<&'a RebuildView>,
    pub instance: Option<&'a InstanceView>,
    /// Whether GitLab's last answer about the selected case was a refusal.
    pub refused: bool,
    /// The command that the lesson asks for next: its button is marked.
    pub next: Option<UiCommand>,
    /// The lessons that were started, with the practice GitLab of each.
    pub lesson_runs: &'a [LessonRun],
}

/// Which questions are still unanswered, so that none is sent twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenQuestions {
    /// An event of the case, or a change of its archived state.
    pub event: bool,
    /// The start or a check of the case's export.
    pub export: bool,
    /// A change of the case's facts.
    pub facts: bool,
    /// The start of a lesson.
    pub lesson: bool,
}

/// A lesson that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonRun {
    pub lesson: String,
    /// The URL of the practice GitLab that was started for the lesson.
    pub instance: String,
}

impl OpenQuestions {
    /// Why nothing else is recorded now.
    pub fn is_saving(&self) -> Option<String> {
        (self.event || self.facts).then(|| "Saving the last step.".to_owned())
    }
}

impl<'a> ViewContext<'a> {
    /// The context with `selected` as the selected case.
    pub fn new(
        snapshot: &'a Snapshot,
        now: UtcMs,
        route: Route,
        practising: bool,
        selected: Option<CaseId>,
    ) -> Self {
        let case =
            selected.and_then(|id| snapshot.cases.iter().find(|case| case.id == id)).map(AsRef::as_ref);
        let run = case.and_then(|case| runs_of(snapshot, case).next());
        let download = case.and_then(|case| download_of(snapshot, case));
        let relations = case.and_then(|case| relations_of(snapshot, case).next());
        let rebuild = case.and_then(|case| rebuild_of(snapshot, case));
        let instance = case.and_then(|case| {
            snapshot.instances.iter().find(|known| same_instance(&known.url, &case.instance))
        });
        let (asked, held) = (OpenQuestions::default(), None);
        let (refused, next, lesson_runs) = (false, None, &[][..]);
        Self {
            snapshot,
            now,
            route,
            practising,
            asked,
            held,
            case,
            run,
            download,
            relations,
            rebuild,
            instance,
            refused,
            next,
            lesson_runs,
        }
    }

    /// Why GitLab cannot be asked about the selected case; `None` if it can.
    pub fn cannot_ask(&self) -> Option<String> {
        let Some(case) = self.case else { return Some("Choose a case first.".into()) };
        self.cannot_ask_of(&case.instance)
    }

    /// Why this instance cannot be asked; `None` if it can.
    pub fn cannot_ask_of(&self, url: &str) -> Option<String> {
        if url.is_empty() {
            return Some("Connect to a GitLab first.".to_owned());
        }
        let host = super::format::host(url);
        let instance = self.snapshot.instances.iter().find(|known| same_instance(&known.url, url));
        match instance.map(|instance| instance.token) {
            None if self.practising => {
                Some("This lesson's GitLab has stopped. Start the lesson again on the Practice page.".into())
            }
            None => Some(format!("Connect to {host} first.")),
            Some(TokenState::Missing) => Some(format!("Export Desk has no token for {host}. Connect again.")),
            Some(TokenState::KeyringLocked) => Some(format!(
                "The {KEYRING} did not release the token for {host}. Unlock the {KEYRING} or allow access to it, then select Check in the settings."
            )),
            Some(TokenState::Reading) => Some(format!("Asking the {KEYRING} for the token.")),
            Some(TokenState::InKeyring | TokenState::FromEnvironment | TokenState::ThisRunOnly) => None,
        }
    }

    /// What the newest export of the selected case demands first.
    pub fn export_step(&self) -> Option<ExportStep> {
        let rebuilds = self.rebuild.is_some_and(RebuildView::works);
        export_step(self.case?, self.run.map(|view| (&view.run, &view.status)), self.file(), rebuilds)
    }

    /// What the newest download does for the file of the newest export of the selected case.
    pub fn file(&self) -> FileState {
        file_state(self.download, self.run)
    }

    /// The name of the selected case's project in requests to GitLab.
    pub fn project(&self) -> Option<String> {
        self.case.map(project_of)
    }

    /// Whether any download, or any file of a relations export, can be paused.
    pub fn any_moves(&self) -> bool {
        let moves = |state: DownloadState| matches!(state, DownloadState::Queued | DownloadState::Running);
        self.snapshot.downloads.iter().any(|download| moves(download.state))
            || self.downloads().any(|download| download.is_moving)
    }

    /// Whether any of these downloads is paused.
    pub fn any_is_paused(&self) -> bool {
        self.snapshot.downloads.iter().any(|download| download.state == DownloadState::Paused)
            || self.downloads().any(|download| download.files_paused > 0)
    }

    fn downloads(&self) -> impl Iterator<Item = &RelationsDownload> {
        self.snapshot.relations.iter().filter_map(|view| view.download.as_deref())
    }
}

/// The name of the case's project in requests to GitLab: its ID if known, since paths change.
pub fn project_of(case: &Case) -> String {
    match (case.project.id, &case.project.path) {
        (Some(id), _) => id.to_string(),
        (None, Some(path)) => path.clone(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::api::NewestOfCase;
    use crate::gui::fixture::{at_work, download_of, receipt};

    /// The verified file is still there, and is what the page, the list and the texts speak of.
    #[test]
    fn a_second_download_that_fails_hides_no_verified_file() {
        let snapshot = at_work();
        let case = snapshot.cases[0].clone();
        let run = snapshot.runs.iter().find(|view| view.run.case_id == Some(case.id)).unwrap().run.created_at;
        let mut done = download_of(&case, 50, DownloadState::Done, 10, 10);
        (done.created_at, done.done) = (run.plus_ms(1), Some(Arc::new(receipt(&done))));
        for (state, expected) in [
            (DownloadState::Failed, 50),
            (DownloadState::Cancelled, 50),
            (DownloadState::Running, 51),
            (DownloadState::Done, 51),
        ] {
            let mut again = download_of(&case, 51, state, 5, 10);
            again.created_at = run.plus_ms(2);
            let downloads = [Arc::new(again.clone()), Arc::new(done.clone())].into();
            let snapshot = Snapshot { downloads, ..snapshot.clone() };
            let cx = ViewContext::new(&snapshot, snapshot.at, Route::Cases, false, Some(case.id));
            assert_eq!(cx.download.map(|view| view.id.0), Some(expected), "{state:?}");
            let listed = NewestOfCase::new(&snapshot).download(&snapshot, &case).map(|view| view.id.0);
            assert_eq!(listed, Some(expected), "{state:?}");
            // The file of an older export is not the file of this one.
            let older = DownloadView { created_at: run.plus_ms(-1), ..done.clone() };
            let snapshot =
                Snapshot { downloads: [Arc::new(again), Arc::new(older)].into(), ..snapshot.clone() };
            let cx = ViewContext::new(&snapshot, snapshot.at, Route::Cases, false, Some(case.id));
            assert_eq!(cx.download.map(|view| view.id.0), Some(51), "{state:?}");
        }
    }
}
