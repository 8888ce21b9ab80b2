//! The engine as a face sees it: ask, wait for the reply, look at pictures.

use std::sync::Arc;

use export_desk::case::{Phase, RunId, TransferId, Trouble};
use export_desk::engine::api::{Answer, Command, Snapshot, StartOptions, Target, Token, TransferView};
use export_desk::engine::{Engine, Setup, Timing};

use crate::desk::{Desk, PACE};

/// An engine on a desk, and the channel of its pictures.
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

    /// Without a token in the environment; the OS keyring is asked.
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
            take_up: true,
            patient: true,
        }
    }

    pub fn with(setup: Setup) -> Self {
        let waiter = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { engine: Engine::start(setup, || {}).unwrap(), waiter }
    }

    pub fn until<T>(&self, mut found: impl FnMut(&Snapshot) -> Option<T>) -> T {
        let mut pictures = self.engine.watch();
        loop {
            let picture = pictures.borrow_and_update().clone();
            if let Some(answer) = found(&picture) {
                return answer;
            }
            self.waiter.block_on(pictures.changed()).expect("the engine lives");
        }
    }

    pub fn ask(&self, command: Command) -> Result<Answer, Trouble> {
        let ask = self.engine.send(command);
        self.until(|picture| {
            picture.replies.iter().find(|reply| reply.ask == ask).map(|reply| reply.result.clone())
        })
    }

    pub fn start(&self, desk: &Desk) -> RunId {
        match self.ask(start(desk)) {
            Ok(Answer::Run(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    pub fn ready(&self, run: RunId) -> Phase {
        self.until(|picture| {
            let view = picture.runs.iter().find(|view| view.run.id == run)?;
            view.run.is_ended().then_some(view.standing.phase)
        })
    }

    pub fn download(&self, desk: &Desk, target: Target) -> TransferId {
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

    pub fn transfer(&self, id: TransferId, when: impl Fn(&TransferView) -> bool) -> Arc<TransferView> {
        self.until(|picture| picture.transfers.iter().find(|view| view.id == id && when(view)).cloned())
    }
}

fn start(desk: &Desk) -> Command {
    Command::Start {
        instance: desk.practice.url().into(),
        project: desk.lesson.project.clone(),
        case: None,
        options: StartOptions::default(),
    }
}
