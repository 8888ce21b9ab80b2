//! The engine as a front end uses it: send a command, wait for the answer, read snapshots.

use std::sync::Arc;
use std::time::Instant;

use export_desk::case::{CaseId, DownloadId, Phase, RunId, UserError};
use export_desk::engine::api::{
    Answer, Command, DownloadTarget, DownloadView, Snapshot, StartOptions, Token, TokenState,
};
use export_desk::engine::{Engine, Setup, Timing};

use crate::fixture::{Fixture, PACE};
use crate::waiting::LONGEST;

/// An engine on a fixture, and the channel of its snapshots.
pub struct FrontEnd {
    pub engine: Engine,
    waiter: tokio::runtime::Runtime,
}

impl FrontEnd {
    pub fn of(fixture: &Fixture) -> Self {
        Self::paced(fixture, PACE)
    }

    pub fn paced(fixture: &Fixture, pace: f64) -> Self {
        Self::with(Setup { timing: Timing::scaled(pace), ..Self::setup(fixture) })
    }

    /// Without a token in the environment, so that the keyring of the operating system is used.
    pub fn with_keyring(fixture: &Fixture) -> Self {
        Self::with(Setup { token: None, instance: None, keyring: true, ..Self::setup(fixture) })
    }

    pub fn setup(fixture: &Fixture) -> Setup {
        Setup {
            data_dir: Some(fixture.data_dir()),
            config_dir: Some(fixture.data_dir().join("config")),
            download_folder: fixture.downloads(),
            timing: Timing::scaled(PACE),
            ca_file: None,
            token: Some(Token::new(fixture.practice.token().to_owned()).unwrap()),
            instance: Some(fixture.practice.url().to_owned()),
            keyring: false,
            practice: None,
            resume: true,
            patient: true,
        }
    }

    pub fn with(setup: Setup) -> Self {
        let waiter = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { engine: Engine::start(setup, || {}).unwrap(), waiter }
    }

    /// Polls the snapshots until `found` returns a value; on a timeout, reports the last snapshot.
    #[track_caller]
    pub fn until<T>(&self, mut found: impl FnMut(&Snapshot) -> Option<T>) -> T {
        let mut snapshots = self.engine.watch();
        let end = Instant::now() + LONGEST;
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            if let Some(answer) = found(&snapshot) {
                return answer;
            }
            let left = end.saturating_duration_since(Instant::now());
            let next = async { tokio::time::timeout(left, snapshots.changed()).await };
            match self.waiter.block_on(next) {
                Ok(changed) if !left.is_zero() => changed.expect("the engine lives"),
                _ => panic!("never came, in {LONGEST:?}; seen last: {}", last_words(&snapshot)),
            }
        }
    }

    /// Opens a case about a project that GitLab shows.
    pub fn open_case(&self, fixture: &Fixture, project: &str, ticket: Option<&str>) -> CaseId {
        let (instance, project) = (fixture.practice.url().to_owned(), project.to_owned());
        match self.ask(Command::NewCase { ticket: ticket.map(str::to_owned), instance, project }) {
            Ok(Answer::Case(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn ask(&self, command: Command) -> Result<Answer, UserError> {
        let ask = self.engine.send(command);
        self.until(|snapshot| {
            snapshot.replies.iter().find(|reply| reply.ask == ask).map(|reply| reply.result.clone())
        })
    }

    /// Connects to the practice GitLab. Returns what became of the token.
    #[track_caller]
    pub fn connect(&self, fixture: &Fixture) -> TokenState {
        let token = Token::new(fixture.practice.token().to_owned()).unwrap();
        match self.ask(Command::Connect { instance: fixture.practice.url().into(), token }) {
            Ok(Answer::Checked(check)) => check.token,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn start(&self, fixture: &Fixture) -> RunId {
        match self.ask(start(fixture)) {
            Ok(Answer::Run(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn ready(&self, run: RunId) -> Phase {
        self.until(|snapshot| {
            let view = snapshot.runs.iter().find(|view| view.run.id == run)?;
            view.run.is_ended().then_some(view.status.phase)
        })
    }

    pub fn download(&self, fixture: &Fixture, target: DownloadTarget) -> DownloadId {
        let command = Command::Download {
            instance: fixture.practice.url().into(),
            project: fixture.lesson.project.clone(),
            case: None,
            target,
            connections: Some(1),
        };
        match self.ask(command) {
            Ok(Answer::Download(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn download_when(&self, id: DownloadId, when: impl Fn(&DownloadView) -> bool) -> Arc<DownloadView> {
        self.until(|snapshot| snapshot.downloads.iter().find(|view| view.id == id && when(view)).cloned())
    }
}

/// A summary of a snapshot, for the message of a test that timed out.
fn last_words(snapshot: &Snapshot) -> String {
    let journal: Vec<_> = snapshot.journal.iter().map(|line| line.sentence.as_str()).collect();
    let last = &journal[journal.len().saturating_sub(12)..];
    let all = format!(
        "journal {last:#?}, error {:?}, asking {:?}, runs {:?}, downloads {:?}, imports {:?}, relations {:?}",
        snapshot.error,
        snapshot.asking,
        snapshot.runs,
        snapshot.downloads,
        snapshot.imports,
        snapshot.relations
    );
    // Longer messages are not read.
    all.chars().take(6_000).collect()
}

fn start(fixture: &Fixture) -> Command {
    Command::Start {
        instance: fixture.practice.url().into(),
        project: fixture.lesson.project.clone(),
        case: None,
        options: StartOptions::default(),
    }
}
