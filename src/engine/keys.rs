//! Tokens in the OS keyring, one entry per instance, and the journal's head, one entry per data folder. Every call can
//! block on a prompt for as long as a person needs, so it runs on its own thread: neither the window nor the engine
//! waits for it, and an answer counts whenever it comes. Make the call before its task (`Core::hear_keyring`): calls of an
//! entry keep the order in which they are made.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::gitlab::Token;
use crate::store::Head;

const SERVICE: &str = "export-desk";

/// The keyring's answer.
#[derive(Debug)]
pub enum KeyAnswer<T> {
    Ok(T),
    /// The keyring has no entry of this name.
    NoEntry,
    /// The keyring is locked, the user did not allow access, or the keyring still waits for the user.
    Locked,
    /// This machine has no keyring.
    Absent,
}

/// Reads the token of `instance`.
pub fn read(instance: String) -> impl Future<Output = KeyAnswer<Token>> + Send {
    parsed(instance, |text| Token::new(text).ok())
}

/// Reads the journal's head from the entry `name`.
pub fn read_head(name: String) -> impl Future<Output = KeyAnswer<Head>> + Send {
    parsed(name, |text| Head::parse(&text))
}

/// Stores the journal's head in the entry `name`, and replaces an earlier one.
pub fn write_head(name: String, head: &Head) -> impl Future<Output = KeyAnswer<()>> + Send + use<> {
    let text = head.to_text();
    answered(Turn::of(&name), move || entry(&name)?.set_password(&text))
}

/// Reads an entry. One with another content counts as none.
fn parsed<T: Send>(
    name: String,
    parse: impl FnOnce(String) -> Option<T> + Send,
) -> impl Future<Output = KeyAnswer<T>> + Send {
    let answer = answered(Turn::of(&name), move || entry(&name)?.get_password());
    async move {
        match answer.await {
            KeyAnswer::Ok(text) => parse(text).map_or(KeyAnswer::NoEntry, KeyAnswer::Ok),
            KeyAnswer::NoEntry => KeyAnswer::NoEntry,
            KeyAnswer::Locked => KeyAnswer::Locked,
            KeyAnswer::Absent => KeyAnswer::Absent,
        }
    }
}

/// Stores the token of `instance`, and replaces an earlier one.
pub fn write(instance: String, token: Token) -> impl Future<Output = KeyAnswer<()>> + Send {
    answered(Turn::of(&instance), move || token.reveal(|text| entry(&instance)?.set_password(text)))
}

/// Deletes the token of `instance`.
pub fn forget(instance: String) -> impl Future<Output = KeyAnswer<()>> + Send {
    answered(Turn::of(&instance), move || entry(&instance)?.delete_credential())
}

/// The answer if it comes within `limit`; [`KeyAnswer::Locked`] otherwise. The call itself goes on: what it writes or
/// deletes later is written or deleted.
pub async fn in_time<T>(answer: impl Future<Output = KeyAnswer<T>>, limit: Duration) -> KeyAnswer<T> {
    tokio::time::timeout(limit, answer).await.unwrap_or(KeyAnswer::Locked)
}

fn entry(name: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, name)
}

/// The calls of one entry, in the order in which they were made.
#[derive(Debug, Default)]
struct Calls {
    /// The number of the next call, and of the one whose turn it is.
    next: u64,
    turn: u64,
    /// Calls that were given up before their turn.
    left: BTreeSet<u64>,
}

type Queue = Arc<(Mutex<Calls>, Condvar)>;

/// A call's place in the queue of its entry, taken when the call is made. Calls come one after another, in that order: a
/// token that is being written while the prompt is open must not appear after it was forgotten, and prompts must not stack.
#[derive(Debug)]
struct Turn {
    queue: Queue,
    number: u64,
}

impl Turn {
    fn of(name: &str) -> Self {
        static QUEUES: Mutex<Option<HashMap<String, Queue>>> = Mutex::new(None);
        let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = Arc::clone(queues.get_or_insert_default().entry(name.to_owned()).or_default());
        let mut calls = queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = calls.next;
        calls.next += 1;
        drop(calls);
        Self { queue, number }
    }

    fn wait(&self) {
        let (calls, changed) = &*self.queue;
        let calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = changed.wait_while(calls, |calls| calls.turn != self.number);
        drop(turn.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (calls, changed) = &*self.queue;
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.left.insert(self.number);
        while let turn = calls.turn
            && calls.left.remove(&turn)
        {
            calls.turn += 1;
        }
        changed.notify_all();
    }
}

/// The number of calls of an entry before this one, which does nothing.
#[cfg(test)]
pub fn calls_before(name: &str) -> u64 {
    Turn::of(name).number
}

/// Waits for the keyring, however long a person needs for its prompt.
async fn answered<T: Send + 'static>(
    turn: Turn,
    call: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> KeyAnswer<T> {
    let (answer, heard) = tokio::sync::oneshot::channel();
    // Not `spawn_blocking`: a prompt that nobody answers would keep the runtime from shutting down.
    let started = std::thread::Builder::new().name("keyring".into()).spawn(move || {
        turn.wait();
        let result = call();
        drop(turn);
        answer.send(judged(result)).ok();
    });
    // Without a thread, or after its end, nobody knows what the keyring has.
    if started.is_err() {
        return KeyAnswer::Locked;
    }
    heard.await.unwrap_or(KeyAnswer::Locked)
}

/// What a keyring's answer means. A machine without a keyring has no store; a store that was opened and fails is a
/// refusal: the user has denied access, nobody is at the screen, or the keyring has ended. Then nobody knows what it has.
fn judged<T>(result: keyring::Result<T>) -> KeyAnswer<T> {
    use keyring::Error;
    match result {
        Ok(value) => KeyAnswer::Ok(value),
        Err(Error::NoEntry | Error::BadEncoding(_)) => KeyAnswer::NoEntry,
        Err(Error::NoDefaultStore | Error::NotSupportedByStore(_)) => KeyAnswer::Absent,
        Err(other) => {
            tracing::info!("the keyring: {other}");
            KeyAnswer::Locked
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn failed(error: keyring::Error) -> KeyAnswer<String> {
        judged(Err(error))
    }

    #[test]
    fn a_keyring_that_refuses_is_never_one_without_a_token() {
        use keyring::Error::{
            BadEncoding, BadStoreFormat, Invalid, NoDefaultStore, NoEntry, NoStorageAccess, PlatformFailure,
        };
        assert!(matches!(judged(Ok("text".to_owned())), KeyAnswer::Ok(text) if text == "text"));
        assert!(matches!(failed(NoEntry), KeyAnswer::NoEntry));
        assert!(matches!(failed(BadEncoding(vec![0xff])), KeyAnswer::NoEntry));
        assert!(matches!(failed(NoDefaultStore), KeyAnswer::Absent));
        let unclear = [
            NoStorageAccess("locked".into()),
            BadStoreFormat("no list".into()),
            Invalid("user".into(), "empty".into()),
            // Denied in the prompt (-128, -25293), no screen to ask on (-25308), or a keyring that ended meanwhile.
            PlatformFailure("-128".into()),
            PlatformFailure("the service has left the bus".into()),
        ];
        for error in unclear {
            assert!(matches!(failed(error), KeyAnswer::Locked));
        }
    }

    #[tokio::test]
    async fn a_prompt_may_take_as_long_as_it_takes() {
        let (unlock, prompt) = sync_channel::<()>(1);
        let mut answer = Box::pin(answered(Turn::of("prompt"), move || {
            prompt.recv_timeout(Duration::from_mins(1)).map_err(|_late| keyring::Error::NoEntry)?;
            Ok("glpat-late".to_owned())
        }));
        let early = in_time(&mut answer, Duration::from_millis(20)).await;
        assert!(matches!(early, KeyAnswer::Locked), "{early:?}");
        unlock.send(()).unwrap();
        assert!(matches!(answer.await, KeyAnswer::Ok(text) if text == "glpat-late"));
    }

    /// A token that a person allows to be written only after they had the instance forgotten is forgotten too.
    #[tokio::test]
    async fn the_calls_of_an_entry_come_one_after_another() {
        let kept = Arc::new(Mutex::new(false));
        let (allow, prompt) = sync_channel::<()>(1);
        let (begun, writing) = tokio::sync::oneshot::channel();
        let (write, delete) = (Arc::clone(&kept), Arc::clone(&kept));
        let written = tokio::spawn(answered(Turn::of("one"), move || {
            begun.send(()).ok();
            prompt.recv_timeout(Duration::from_mins(1)).map_err(|_late| keyring::Error::NoEntry)?;
            *write.lock().unwrap() = true;
            Ok(())
        }));
        writing.await.unwrap();
        let mut deleted = Box::pin(answered(Turn::of("one"), move || {
            *delete.lock().unwrap() = false;
            Ok(())
        }));
        let early = in_time(&mut deleted, Duration::from_millis(20)).await;
        assert!(matches!(early, KeyAnswer::Locked), "nobody knows yet: {early:?}");
        // The prompt for one entry holds up no other.
        assert!(matches!(answered(Turn::of("other"), || Ok(())).await, KeyAnswer::Ok(())));
        allow.send(()).unwrap();
        assert!(matches!(written.await.unwrap(), KeyAnswer::Ok(())));
        assert!(matches!(deleted.await, KeyAnswer::Ok(())) && !*kept.lock().unwrap());
    }

    #[tokio::test]
    async fn calls_keep_their_order_whatever_runs_first() {
        let done = Arc::new(Mutex::new(Vec::new()));
        let call = |number: u32| {
            let done = Arc::clone(&done);
            let turn = Turn::of("ordered");
            answered(turn, move || {
                done.lock().unwrap().push(number);
                Ok(())
            })
        };
        let (first, second, given_up, last) = (call(1), call(2), call(3), call(4));
        // The later calls are begun first, and one of them never.
        let last = tokio::spawn(last);
        let second = tokio::spawn(second);
        drop(given_up);
        assert!(matches!(first.await, KeyAnswer::Ok(())));
        assert!(matches!(second.await.unwrap(), KeyAnswer::Ok(())));
        assert!(matches!(last.await.unwrap(), KeyAnswer::Ok(())));
        assert_eq!(*done.lock().unwrap(), [1, 2, 4]);
    }
}
