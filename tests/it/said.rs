//! The facts of a case hold GitLab's words about a failure, over real HTTP: never this program's, and never what GitLab
//! said about the program's own token. Titles and searches are made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use export_desk::case::{Case, CaseId, DownloadId, Fact};
use export_desk::engine::api::{Answer, Command, DownloadState, DownloadTarget, StartOptions};
use export_desk::engine::{draft, search_words};
use export_desk::practice::{ApiCall, Fault, FaultKind};
use export_desk::texts::TextKind;
use serde_json::json;

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

const REFUSED: &str = "The project size exceeds the export limit. Contact your administrator.";
const EXPIRED: &str = "404 Not found or has expired";

/// A case about the fixture's project, and an export that was requested for it.
struct Desk {
    fixture: Fixture,
    front_end: FrontEnd,
    id: CaseId,
}

impl Desk {
    fn new() -> Self {
        let fixture = Fixture::of("first-export");
        let front_end = FrontEnd::of(&fixture);
        let ticket = "https://gitlab.zendesk.com/agent/tickets/418822";
        let id = front_end.open_case(&fixture, &fixture.lesson.project, Some(ticket));
        Self { fixture, front_end, id }
    }

    fn fails_always(&self, on: ApiCall, faults: Vec<FaultKind>) {
        for fault in faults {
            self.fixture.practice.trigger(Fault::always(on, fault));
        }
    }

    /// Requests an export and waits for its end.
    fn export(&self) {
        let run = self.front_end.ask(Command::Start {
            instance: self.fixture.practice.url().into(),
            project: self.fixture.lesson.project.clone(),
            case: Some(self.id),
            options: StartOptions::default(),
        });
        match run {
            Ok(Answer::Run(_)) | Err(_) => {}
            Ok(other) => panic!("{other:?}"),
        }
        // A request without an answer fails, but its run ends only after GitLab has not shown it for a while.
        self.front_end.until(|snapshot| {
            let ended = snapshot.runs.iter().all(|view| view.run.is_ended());
            (ended && !snapshot.runs.is_empty()).then_some(())
        });
    }

    fn download(&self) -> DownloadId {
        let download = Command::Download {
            instance: self.fixture.practice.url().into(),
            project: self.fixture.lesson.project.clone(),
            case: Some(self.id),
            target: DownloadTarget::Default,
            connections: Some(1),
        };
        let Ok(Answer::Download(id)) = self.front_end.ask(download) else { panic!("no download") };
        id
    }

    fn case(&self) -> Arc<Case> {
        let is_it = |case: &&Arc<Case>| case.id == self.id;
        self.front_end.until(|snapshot| snapshot.cases.iter().find(is_it).cloned())
    }

    fn fact(&self, fact: Fact) -> Option<String> {
        self.case().facts.get(fact)
    }

    /// The sentences of the case's timeline.
    fn timeline(&self) -> Vec<String> {
        let answer = self.front_end.ask(Command::CaseJournal { case: self.id });
        let Ok(Answer::Journal(lines)) = answer else { panic!("{answer:?}") };
        lines.iter().map(|line| line.sentence.clone()).collect()
    }

    /// The title of the public bug issue.
    fn title(&self) -> String {
        let snapshot = self.front_end.engine.snapshot();
        draft(TextKind::Bug, &self.case(), &snapshot, &[], &BTreeMap::new()).title
    }
}

fn answer(status: u16, message: &str) -> FaultKind {
    let body = json!({ "message": message }).to_string();
    FaultKind::Answer { status, content_type: "application/json".into(), body }
}

#[test]
fn a_refused_export_is_recorded_in_gitlabs_words() {
    let desk = Desk::new();
    desk.fails_always(ApiCall::ExportStart, vec![answer(400, REFUSED)]);
    desk.export();
    assert_eq!(desk.fact(Fact::ApiAttemptMessage).as_deref(), Some(REFUSED));
    assert_eq!(desk.fact(Fact::ExportSucceeded).as_deref(), Some("no"));
    assert_eq!(search_words(&desk.case()), "The project size exceeds the export");
    assert_eq!(desk.title(), format!("Project export fails: {REFUSED}"));
}

#[test]
fn a_failed_download_is_recorded_in_gitlabs_words() {
    let desk = Desk::new();
    desk.export();
    desk.fails_always(ApiCall::ExportDownload, vec![answer(404, EXPIRED)]);
    let id = desk.download();
    let view = desk.front_end.download_when(id, |view| view.state == DownloadState::Failed);
    let ours = &view.error.as_ref().unwrap().headline;
    assert!(ours != EXPIRED, "this program says it in its own words: {ours}");
    assert_eq!(desk.fact(Fact::DownloadError).as_deref(), Some(EXPIRED));
    assert_eq!(search_words(&desk.case()), "404 Not found has expired");
    assert_eq!(desk.title(), format!("Project export fails at the download: {EXPIRED}"));
}

#[test]
fn what_gitlab_never_said_about_the_project_is_no_fact_of_the_case() {
    // The second fault cuts the answer, so that the program never knows what GitLab said.
    let unanswered = vec![answer(503, "lost"), FaultKind::CutInHeader { after_bytes: 0 }];
    let refused = vec![answer(401, "401 Unauthorized")];
    for (name, faults) in [("no answer", unanswered), ("the token", refused)] {
        let desk = Desk::new();
        desk.fails_always(ApiCall::ExportStart, faults);
        desk.export();
        let about = "Export with Export Desk ended. GitLab reported nothing about the project.";
        let timeline = desk.timeline();
        assert!(timeline.iter().any(|line| line == about), "{name}: {timeline:#?}");
        for fact in [Fact::ApiAttemptAt, Fact::ApiAttemptMessage, Fact::ExportSucceeded] {
            assert_eq!(desk.fact(fact), None, "{name}: {fact:?}");
        }
    }
}

#[test]
fn a_cancelled_download_is_in_the_timeline_once() {
    // Paused first, so that its task still exists while it is cancelled, and from the run.
    for pauses in [true, false] {
        let desk = Desk::new();
        desk.export();
        desk.fails_always(ApiCall::ExportDownload, vec![FaultKind::StallAfter { bytes: 0 }]);
        let id = desk.download();
        desk.front_end.download_when(id, |view| view.state == DownloadState::Running);
        if pauses {
            desk.front_end.ask(Command::Pause { download: id }).unwrap();
        }
        desk.front_end.ask(Command::Cancel { download: id }).unwrap();
        desk.front_end.download_when(id, |view| view.state == DownloadState::Cancelled);
        let again = desk.front_end.ask(Command::Cancel { download: id }).unwrap_err();
        assert_eq!(again.headline, "This download has ended.");
        let timeline = desk.timeline();
        let told = timeline.iter().filter(|line| line.starts_with("Download cancelled"));
        assert_eq!(told.count(), 1, "pauses: {pauses}, {timeline:#?}");
        assert_eq!(desk.fact(Fact::DownloadError), None);
    }
}
