//! The engine as a front end uses it: send a command, wait for the answer, read snapshots.

use std::sync::Arc;
use std::time::Instant;

use export_desk::case::{Phase, RunId, TransferId, UserError};
use export_desk::engine::api::{
    Answer, Command, DownloadTarget, DownloadView, Snapshot, StartOptions, Token,
};
use export_desk::engine::{Engine, Setup, Timing};

use crate::desk::{Desk, PACE};
use crate::waiting::LONGEST;

/// An engine on a desk, and the channel of its snapshots.
pub struct Face {
    pub engine: Engine,
    waiter: tokio::runtime::Runtime,
}

impl Face {
    pub fn of(desk: &Desk) -> Self {
        Self::paced(desk, PACE)
    }

    pub fn paced(desk: &Desk, pace: f64) -> Self {
        Self::with(Setup { timing: Timing::scaled(pace), ..Self::setup(desk) })
    }

    /// Without a token in the environment, so that the keyring of the operating system is used.
    pub fn with_keyring(desk: &Desk) -> Self {
        Self::with(Setup { token: None, instance: None, keyring: true, ..Self::setup(desk) })
    }

    pub fn setup(desk: &Desk) -> Setup {
        Setup {
            data_dir: Some(desk.data_dir()),
            config_dir: Some(desk.data_dir().join("config")),
            download_folder: desk.downloads(),
            timing: Timing::scaled(PACE),
            ca_file: None,
            token: Some(Token::new(desk.practice.token().to_owned()).unwrap()),
            instance: Some(desk.practice.url().to_owned()),
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
        let mut pictures = self.engine.watch();
        let end = Instant::now() + LONGEST;
        loop {
            let picture = pictures.borrow_and_update().clone();
            if let Some(answer) = found(&picture) {
                return answer;
            }
            let left = end.saturating_duration_since(Instant::now());
            let next = async { tokio::time::timeout(left, pictures.changed()).await };
            match self.waiter.block_on(next) {
                Ok(changed) if !left.is_zero() => changed.expect("the engine lives"),
                _ => panic!("never came, in {LONGEST:?}; seen last: {}", last_words(&picture)),
            }
        }
    }

    #[track_caller]
    pub fn ask(&self, command: Command) -> Result<Answer, UserError> {
        let ask = self.engine.send(command);
        self.until(|picture| {
            picture.replies.iter().find(|reply| reply.ask == ask).map(|reply| reply.result.clone())
        })
    }

    #[track_caller]
    pub fn start(&self, desk: &Desk) -> RunId {
        match self.ask(start(desk)) {
            Ok(Answer::Run(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn ready(&self, run: RunId) -> Phase {
        self.until(|picture| {
            let view = picture.runs.iter().find(|view| view.run.id == run)?;
            view.run.is_ended().then_some(view.standing.phase)
        })
    }

    pub fn download(&self, desk: &Desk, target: DownloadTarget) -> TransferId {
        let command = Command::Download {
            instance: desk.practice.url().into(),
            project: desk.lesson.project.clone(),
            case: None,
            target,
            connections: Some(1),
        };
        match self.ask(command) {
            Ok(Answer::Transfer(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn transfer(&self, id: TransferId, when: impl Fn(&DownloadView) -> bool) -> Arc<DownloadView> {
        self.until(|picture| picture.transfers.iter().find(|view| view.id == id && when(view)).cloned())
    }
}

/// A summary of a snapshot, for the message of a test that timed out.
fn last_words(picture: &Snapshot) -> String {
    let journal: Vec<_> = picture.journal.iter().map(|line| line.sentence.as_str()).collect();
    let last = &journal[journal.len().saturating_sub(12)..];
    let all = format!(
        "journal {last:#?}, trouble {:?}, runs {:?}, transfers {:?}, relations {:?}, imports {:?}",
        picture.trouble, picture.runs, picture.transfers, picture.relations, picture.imports
    );
    // Longer messages are not read.
    all.chars().take(6_000).collect()
}

fn start(desk: &Desk) -> Command {
    Command::Start {
        instance: desk.practice.url().into(),
        project: desk.lesson.project.clone(),
        case: None,
        options: StartOptions::default(),
    }
}
