//! Keeps the journal's head in the keyring too, outside the file: whoever rewrites the last rows of the file together
//! with its head then leaves a head in the keyring that the audit does not find in the journal.
//!
//! No start and no commit waits for the keyring. A head in the keyring that the journal does not contain is never
//! replaced: it is the evidence.

use std::path::Path;

use crate::store::{Head, StoreError};

use super::api::KeyringHead;
use super::core::Core;
use super::input::EngineInput;
use super::keys::{self, KeyAnswer};

/// What the keyring answered about the journal's head.
#[derive(Debug)]
pub enum HeadInput {
    /// The head that was in the keyring at this program's first write.
    Read(KeyAnswer<Head>),
    TrackerWrite(KeyAnswer<()>),
}

/// The head of this program's journal in the keyring.
#[derive(Debug, Default)]
pub struct HeadKeeper {
    /// The name of the entry; `None` where there is no keyring or no file.
    entry: Option<String>,
    state: State,
    /// Whether a call to the keyring is under way.
    busy: bool,
    /// Whether the journal has rows that the keyring does not know.
    behind: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    /// The keyring was not read yet.
    #[default]
    Unread,
    /// The keyring has no head, or one that the journal contains.
    Follows,
    /// The keyring has a head that the journal does not contain, or does not answer: nothing is written.
    Left,
}

impl HeadKeeper {
    /// The keeper of the journal in this data folder.
    pub fn new(data_dir: Option<&Path>, keyring: bool) -> Self {
        let entry = data_dir.filter(|_| keyring).map(|dir| {
            // The folder exists now. A name that cannot be resolved is used as it is.
            let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
            format!("journal of {}", dir.display())
        });
        Self { entry, ..Self::default() }
    }

    /// Whether the keyring still has to answer, or lacks the hash of the last rows.
    pub fn is_open(&self) -> bool {
        self.busy
    }

    /// Whether the head that the keyring returned for an audit may be compared.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }
}

/// The journal has new rows.
pub fn has_grown(core: &mut Core) {
    core.head.behind = true;
    go_on(core);
}

/// Starts the next call to the keyring, if one is due. Several commits during a call cause one call after it.
fn go_on(core: &mut Core) {
    let keeper = &core.head;
    let Some(entry) = keeper.entry.clone().filter(|_| keeper.behind && !keeper.busy) else { return };
    match keeper.state {
        State::Unread => {
            core.hear_keyring(keys::read_head(entry), |answer| EngineInput::Head(HeadInput::Read(answer)));
        }
        State::Follows => {
            let Ok(head) = core.store.head() else { return };
            core.head.behind = false;
            core.hear_keyring(keys::write_head(entry, &head), |answer| {
                EngineInput::Head(HeadInput::TrackerWrite(answer))
            });
        }
        State::Left => return,
    }
    core.head.busy = true;
}

/// Applies an answer of the keyring.
pub fn input(core: &mut Core, input: HeadInput) {
    core.head.busy = false;
    match input {
        HeadInput::Read(answer) => core.head.state = judged(&answer, |head| core.store.follows(head)),
        HeadInput::TrackerWrite(KeyAnswer::Ok(())) => {}
        HeadInput::TrackerWrite(answer) => {
            tracing::info!("the keyring did not take the journal's head: {answer:?}");
            core.head.state = State::Left;
        }
    }
    go_on(core);
}

fn judged(answer: &KeyAnswer<Head>, follows: impl FnOnce(&Head) -> Result<bool, StoreError>) -> State {
    match answer {
        KeyAnswer::NoEntry => State::Follows,
        KeyAnswer::Ok(head) if follows(head).is_ok_and(|follows| follows) => State::Follows,
        KeyAnswer::Ok(_) => {
            tracing::error!("the journal does not contain the head that the keyring keeps: audit it");
            State::Left
        }
        KeyAnswer::Locked | KeyAnswer::Absent => {
            tracing::info!("the journal's head is not kept in a keyring: {answer:?}");
            State::Left
        }
    }
}

/// The head that an audit compares the journal with, and how the window describes it.
pub fn for_audit(answer: KeyAnswer<Head>) -> (Option<Head>, KeyringHead) {
    match answer {
        KeyAnswer::Ok(head) => {
            let row = head.seq;
            (Some(head), KeyringHead::Row(row))
        }
        KeyAnswer::NoEntry => (None, KeyringHead::NotYet),
        KeyAnswer::Locked => (None, KeyringHead::Locked),
        KeyAnswer::Absent => (None, KeyringHead::NoKeyring),
    }
}
