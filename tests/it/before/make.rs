//! Creates `fixture-0.1.0.sqlite3` with the program of commit 1e4527c: see README.md beside this file. It is not part of
//! the current test binary.

use std::path::{Path, PathBuf};

use export_desk::case::{CaseId, Event, Fact, ImportId, RelationsId, RunId, DownloadId};
use export_desk::engine::{
    Answer, Command, FileState, ImportCommand, ImportOptions, NewProjectTarget, Pace, RelationsCommand, RelationsOptions,
    S3Keys, S3Object, SecretUrl, Setup, StartOptions, DownloadTarget, Token, DownloadState,
};
use export_desk::practice::{Fault, Lesson, Options, Practice, lesson};
use export_desk::texts::TextKind;
use serde_json::json;

use crate::front_end::FrontEnd;

/// The start of all paths in the file.
const HOME: &str = "/tmp/desk-0.1.0";
const PORT: u16 = 21893;
const OFFER: Event = Event::OfferSent { override_reason: None, by: None };

struct Maker {
    practice: Practice,
    front_end: FrontEnd,
}

fn fault(toml: &str) -> Fault {
    toml::from_str(toml).unwrap()
}

fn world() -> Lesson {
    let mut lesson = lesson("first-export").unwrap();
    for project in [
        "path = \"acme/slow\"\nsize = \"large\"",
        "path = \"acme/given-up\"\nsize = \"large\"",
        "path = \"acme/coming\"\nsize = \"large\"",
        "path = \"acme/endless\"\nexport_s = 100000000",
        "path = \"acme/left\"\nexport_s = 100000000",
        "path = \"acme/failing\"",
        "path = \"acme/silent\"",
        "path = \"acme/cut\"",
    ] {
        lesson.world.projects.push(toml::from_str(project).unwrap());
    }
    lesson
}

fn setup(practice: &Practice) -> Setup {
    let home = Path::new(HOME);
    Setup {
        data_dir: Some(home.join("data")),
        config_dir: Some(home.join("config")),
        download_folder: home.join("downloads"),
        pace: Pace::scaled(0.001),
        ca_file: None,
        token: Some(Token::new(practice.token().to_owned()).unwrap()),
        instance: Some(practice.url().to_owned()),
        keyring: false,
        practice: None,
        resume: true,
        patient: true,
    }
}

#[test]
fn make() {
    let home = Path::new(HOME);
    assert!(!home.exists(), "{HOME} is there");
    std::fs::create_dir_all(home.join("config")).unwrap();
    std::fs::create_dir_all(home.join("downloads")).unwrap();
    let practice =
        Practice::start(&world(), &Options { port: PORT, pace: 0.001, ..Options::default() }).unwrap();
    let handbook = format!("[new_issue]\nhost = \"{}\"\n", practice.url());
    std::fs::write(home.join("config/handbook.toml"), handbook).unwrap();
    let front_end = FrontEnd::with(setup(&practice));
    let maker = Maker { practice, front_end };
    maker.settings();
    maker.cases();
    maker.exports();
    maker.relations();
    maker.imports();
    // Work that is open when the program ends.
    let open = maker.start("acme/endless", None);
    maker.front_end.until(|snapshot| {
        let view = snapshot.runs.iter().find(|view| view.run.id == open)?;
        (view.run.server_status() == Some("started")).then_some(())
    });
    maker.practice.trigger(fault("on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 2000000"));
    maker.front_end.ready(maker.start("acme/coming", None));
    let running = maker.download("acme/coming", None);
    maker.front_end.download_when(running, |view| view.bytes > 500_000);
    assert!(matches!(maker.front_end.ask(Command::Audit), Ok(Answer::Audited { .. })));
    let id = maker.begin_import("acme/webshop.tar.gz", "open", ImportOptions::default());
    maker.front_end.until(|snapshot| {
        snapshot.imports.iter().find(|view| view.job.id == id && view.job.accepted_at.is_some()).map(|_| ())
    });
    maker.begin_relations("acme/endless", Some(CaseId(8)), true);
}

impl Maker {
    fn url(&self) -> String {
        self.practice.url().to_owned()
    }

    fn settings(&self) {
        let token = Token::new(self.practice.token().to_owned()).unwrap();
        self.front_end.ask(Command::Connect { instance: self.url(), token }).unwrap();
        let values = [
            ("theme", json!("light")),
            ("scale", json!(1.25)),
            ("window", json!({ "width": 1200.0, "height": 800.0, "maximized": false, "x": 40.0, "y": 20.0 })),
            ("download_folder", json!(format!("{HOME}/downloads"))),
            ("bandwidth", json!(50_000_000)),
            ("keep_archives_days", json!(30)),
            ("log_level", json!("info")),
            ("notifications", json!("problems")),
            ("quiet_hours", json!({ "from": "22:00", "to": "07:30" })),
        ];
        let values = values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        self.front_end.ask(Command::KeepAll { values }).unwrap();
        self.front_end.ask(Command::FetchUpstream { kind: TextKind::Offer }).unwrap();
        let template = Some("Dear customer, {{ project.path }} can be exported once.".to_owned());
        self.front_end.ask(Command::SaveTemplate { kind: TextKind::Offer, template }).unwrap();
    }

    fn case(&self, ticket: u64, project: &str) -> CaseId {
        let ticket = (ticket > 0).then(|| format!("https://gitlab.zendesk.com/agent/tickets/{ticket}"));
        match self.front_end.ask(Command::NewCase { ticket, instance: self.url(), project: project.to_owned() }) {
            Ok(Answer::Case(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn set(&self, case: CaseId, facts: &[(Fact, &str)]) {
        let values = facts.iter().map(|(fact, text)| (*fact, (*text).to_owned())).collect();
        self.front_end.ask(Command::SetFacts { case, values }).unwrap();
    }

    fn event(&self, case: CaseId, event: Event) {
        self.front_end.ask(Command::CaseEvent { case, event }).unwrap();
    }

    fn attempts(&self, ticket: u64, project: &str) -> CaseId {
        let case = self.case(ticket, project);
        self.set(case, &[
            (Fact::Requester, "customer"),
            (Fact::UiAttemptAt, "2026-11-20T10:00:00Z"),
            (Fact::UiAttemptMessage, "500 Internal Server Error"),
            (Fact::ApiAttemptAt, "2026-11-20T10:10:00Z"),
            (Fact::ApiAttemptMessage, "started, then none"),
            (Fact::CorrelationId, "01JD8Q0001N6X4T9V3K7M2PZRWYB"),
        ]);
        case
    }

    fn at_offer(&self, ticket: u64, project: &str) -> CaseId {
        let case = self.attempts(ticket, project);
        let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", self.url());
        self.set(case, &[
            (Fact::BugIssue, &issue),
            (Fact::BugIssueUpdated, "yes"),
            (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/tuPA6"),
        ]);
        case
    }

    fn accepted(&self, ticket: u64, project: &str) -> CaseId {
        let case = self.at_offer(ticket, project);
        self.event(case, OFFER);
        self.event(case, Event::OfferAccepted);
        case
    }

    fn at_console_attempt(&self, ticket: u64, project: &str) -> CaseId {
        let case = self.accepted(ticket, project);
        let issue = format!("{}/gitlab-com/support/internal-requests/-/issues/9", self.url());
        self.set(case, &[(Fact::ConsoleIssue, &issue), (Fact::OwnershipVerifiedAt, "2026-11-21T09:00:00Z")]);
        self.event(case, Event::RequestOpened);
        case
    }

    fn closed(&self, ticket: u64, project: &str) -> CaseId {
        let case = self.at_console_attempt(ticket, project);
        self.event(case, Event::AttemptSucceeded);
        self.set(case, &[
            (Fact::HandoverLink, "https://storage.example.com/export.tar.gz"),
            (Fact::HandoverExpiresAt, "2027-01-01T00:00:00Z"),
        ]);
        self.event(case, Event::Close);
        case
    }

    /// One case at each stage, and the possible actions on a closed case.
    fn cases(&self) {
        let first = self.case(418_801, "acme/webshop");
        self.set(first, &[(Fact::UiAttemptAt, "2026-11-20T10:00:00Z"), (Fact::Requester, "sam")]);
        self.set(first, &[(Fact::Requester, "")]);
        self.attempts(418_802, "acme/handbook");
        let offer = self.at_offer(418_803, "acme/failing");
        self.front_end.ask(Command::TextCopied { case: offer, kind: TextKind::Offer }).unwrap();
        let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", self.url());
        let text = "Seen again on a customer's project.".to_owned();
        self.front_end.ask(Command::PostComment { case: offer, issue, text, internal: true }).unwrap();
        self.event(self.at_offer(418_804, "acme/silent"), OFFER);
        let declined = self.at_offer(418_805, "acme/cut");
        self.event(declined, OFFER);
        self.event(declined, Event::OfferDeclined);
        self.accepted(418_806, "acme/slow");
        let second = self.at_offer(418_807, "acme/slow");
        let reason = Some("The first file was lost by us.".to_owned());
        self.event(second, Event::OfferSent { override_reason: reason, by: None });
        self.at_console_attempt(418_808, "acme/endless");
        let escalated = self.at_console_attempt(418_809, "acme/left");
        self.event(escalated, Event::AttemptFailed);
        self.event(escalated, Event::EscalateToInfra);
        let labelled = self.at_offer(418_810, "globex/labelled");
        self.set(labelled, &[
            (Fact::ExportSucceeded, "yes"),
            (Fact::ExportFinishedAt, "2026-11-24T10:00:00Z"),
            (Fact::DownloadError, "404 Not found or has expired"),
        ]);
        self.event(labelled, OFFER);
        self.event(labelled, Event::OfferAccepted);
        let issue = format!("{}/gitlab-com/gl-infra/production-engineering/-/issues/8", self.url());
        self.set(labelled, &[(Fact::InfraIssue, &issue), (Fact::OwnershipVerifiedAt, "2026-11-25T09:00:00Z")]);
        self.event(labelled, Event::RequestOpened);
        let (severity, priority) = ("severity::2".to_owned(), "priority::2".to_owned());
        let impact = "The customer cannot leave without the project.".to_owned();
        self.front_end.ask(Command::AddInfradev { case: labelled, severity, priority, impact }).unwrap();
        self.event(self.at_console_attempt(418_811, "globex/outcome"), Event::AttemptSucceeded);
        self.closed(418_812, "globex/closed");
        let archived = self.closed(418_813, "globex/archived");
        self.front_end.ask(Command::Archive { case: archived, archived: true }).unwrap();
        let blanked = self.closed(418_814, "globex/blanked");
        self.front_end.ask(Command::DeletePrivateData { case: blanked }).unwrap();
        self.event(self.closed(418_815, "globex/reopened"), Event::Reopen);
        self.case(0, "globex/no-ticket");
    }

    fn start(&self, project: &str, case: Option<CaseId>) -> RunId {
        let (instance, project, options) = (self.url(), project.to_owned(), StartOptions::default());
        match self.front_end.ask(Command::Start { instance, project, case, options }) {
            Ok(Answer::Run(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    fn download(&self, project: &str, case: Option<CaseId>) -> DownloadId {
        let (instance, project) = (self.url(), project.to_owned());
        let command = Command::Download { instance, project, case, target: DownloadTarget::Default, connections: Some(1) };
        match self.front_end.ask(command) {
            Ok(Answer::Download(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn exports(&self) {
        self.front_end.ready(self.start("acme/webshop", Some(CaseId(1))));
        let done = self.download("acme/webshop", Some(CaseId(1)));
        let done = self.front_end.download_when(done, |view| view.state == DownloadState::Done);
        let kept = Path::new(HOME).join("downloads/acme");
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::copy(done.path.as_ref().unwrap(), kept.join("webshop.tar.gz")).unwrap();
        self.practice.trigger(fault("on = \"export_start\"\nkind = \"failed_run\""));
        self.front_end.ready(self.start("acme/failing", Some(CaseId(3))));
        self.practice.trigger(fault("on = \"export_start\"\nkind = \"silent_none\""));
        self.front_end.ready(self.start("acme/silent", Some(CaseId(4))));
        let left = self.start("acme/left", Some(CaseId(9)));
        self.front_end.ask(Command::Leave { run: left }).unwrap();
        self.front_end.ready(self.start("acme/cut", None));
        self.practice.trigger(fault("on = \"export_start\"\nkind = \"truncated\"\nmissing_bytes = 400"));
        let damaged = self.download("acme/cut", None);
        self.front_end.download_when(damaged, |view| view.state.is_ended());
        self.front_end.ready(self.start("acme/slow", Some(CaseId(6))));
        self.practice.trigger(fault("on = \"object\"\ntimes = 2\nkind = \"slow\"\nbytes_per_s = 2000000"));
        let paused = self.download("acme/slow", Some(CaseId(6)));
        self.front_end.download_when(paused, |view| view.bytes > 500_000);
        self.front_end.ask(Command::Pause { download: paused }).unwrap();
        self.front_end.download_when(paused, |view| view.state == DownloadState::Paused);
        self.front_end.ready(self.start("acme/given-up", None));
        let cancelled = self.download("acme/given-up", None);
        self.front_end.download_when(cancelled, |view| view.bytes > 500_000);
        self.front_end.ask(Command::Cancel { download: cancelled }).unwrap();
        self.front_end.download_when(cancelled, |view| view.state == DownloadState::Cancelled);
    }

    fn begin_relations(&self, project: &str, case: Option<CaseId>, batched: bool) -> RelationsId {
        let (instance, project) = (self.url(), project.to_owned());
        let start = RelationsCommand::Start { instance, project, case, batched, collect: false, replace: true };
        match self.front_end.ask(Command::Relations(start)) {
            Ok(Answer::Relations(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn start_relations(&self, project: &str, case: Option<CaseId>, batched: bool) {
        let id = self.begin_relations(project, case, batched);
        self.front_end.until(|snapshot| {
            snapshot.relations.iter().find(|view| view.run.id == id && view.run.is_ended()).map(|_| ())
        });
    }

    /// Three relations exports: one with all files downloaded, one with half of its files, one under way.
    fn relations(&self) {
        let download = |project: &str, case| {
            let folder = Some(Path::new(HOME).join("downloads").join(project.replace('/', "_")));
            let options = RelationsOptions { folder, relations: Vec::new() };
            let (instance, project) = (self.url(), project.to_owned());
            let bring = RelationsCommand::Download { instance, project, case, options };
            match self.front_end.ask(Command::Relations(bring)) {
                Ok(Answer::Relations(id)) => id,
                other => panic!("{other:?}"),
            }
        };
        self.practice.trigger(fault(
            "on = \"relations_start\"\nkind = \"relation_failed\"\nrelation = \"ci_pipelines\"\nerror = \"PG::QueryCanceled: ERROR: canceling statement due to statement timeout\"",
        ));
        self.start_relations("acme/handbook", Some(CaseId(2)), true);
        let whole = download("acme/handbook", Some(CaseId(2)));
        self.front_end.until(|snapshot| {
            let view = snapshot.relations.iter().find(|view| view.run.id == whole)?;
            view.download.as_ref().is_some_and(|download| !download.is_moving).then_some(())
        });
        self.start_relations("acme/webshop", Some(CaseId(1)), false);
        self.practice.trigger(fault("on = \"object\"\nat = 5\ntimes = 40\nkind = \"slow\"\nbytes_per_s = 100"));
        let half = download("acme/webshop", Some(CaseId(1)));
        self.front_end.until(|snapshot| {
            let view = snapshot.relations.iter().find(|view| view.run.id == half)?;
            let files = || view.rows.iter().flat_map(|row| &row.files);
            let there = files().filter(|file| file.state.is_there()).count();
            let begun = files().any(|file| file.state == FileState::Running && file.bytes > 0);
            (there >= 2 && begun).then_some(())
        });
        self.front_end.ask(Command::Relations(RelationsCommand::CancelFiles { run: half })).unwrap();
    }

    fn begin_import(&self, file: &str, path: &str, options: ImportOptions) -> ImportId {
        let file = Path::new(HOME).join("downloads").join(file);
        let target = NewProjectTarget { path: path.into(), namespace: Some("acme".into()), ..NewProjectTarget::default() };
        self.import(ImportCommand::File { instance: self.url(), file, target, case: None, options })
    }

    fn import(&self, command: ImportCommand) -> ImportId {
        match self.front_end.ask(Command::Import(command)) {
            Ok(Answer::Import(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn imported(&self, id: ImportId) {
        self.front_end.until(|snapshot| {
            snapshot.imports.iter().find(|view| view.job.id == id && view.job.is_ended()).map(|_| ())
        });
    }

    fn imports(&self) {
        let file = "acme/webshop.tar.gz";
        let plain = ImportOptions::default();
        self.imported(self.begin_import(file, "copy", plain));
        self.practice.trigger(fault("on = \"import_file\"\nkind = \"import_partial\"\nrelation = \"issues\""));
        let partial = self.begin_import(file, "partial", plain);
        self.imported(partial);
        self.imported(self.import(ImportCommand::Repair { import: partial, relation: "issues".into() }));
        self.practice.trigger(fault("on = \"import_file\"\nkind = \"import_failed\"\nerror = \"The import broke.\""));
        self.imported(self.begin_import(file, "failed", plain));
        self.imported(self.begin_import(file, "tried", ImportOptions { test_import: true, ..plain }));
        let path: PathBuf = Path::new(HOME).join("downloads/acme/bad.tar.gz");
        let whole = std::fs::read(Path::new(HOME).join("downloads").join(file)).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 400]).unwrap();
        self.imported(self.begin_import("acme/bad.tar.gz", "bad", plain));
        let to = |path: &str| NewProjectTarget { path: path.into(), namespace: Some("acme".into()), ..NewProjectTarget::default() };
        let object = S3Object { region: "eu-central-1".into(), bucket: "exports".into(), key: "shop.tar.gz".into() };
        let keys = S3Keys::new("AKIA".into(), "not-kept".into());
        let instance = self.url();
        self.imported(self.import(ImportCommand::S3 { instance, object, keys, target: to("from-s3"), case: None }));
        let url = SecretUrl("https://storage.invalid/shop.tar.gz?signature=not-kept".into());
        let options = ImportOptions { anyway: true, ..plain };
        let instance = self.url();
        let asked = ImportCommand::Remote { instance, url, target: to("from-url"), case: None, options };
        self.imported(self.import(asked));
    }
}
