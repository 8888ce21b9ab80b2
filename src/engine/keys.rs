//! Tokens in the OS keyring, one entry per instance, and the journal's head, one entry per data folder. Every call can
//! block on a prompt for as long as a person needs, so it runs on its own thread: neither the window nor the engine
//! waits for it, and an answer counts whenever it comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
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
pub async fn read(instance: String) -> KeyAnswer<Token> {
    parsed(instance, |text| Token::new(text).ok()).await
}

/// Reads the journal's head from the entry `name`.
pub async fn read_head(name: String) -> KeyAnswer<Head> {
    parsed(name, |text| Head::parse(&text)).await
}

/// Stores the journal's head in the entry `name`, and replaces an earlier one.
pub async fn write_head(name: String, head: &Head) -> KeyAnswer<()> {
    let text = head.to_text();
    let turn = turn_of(&name);
    answered(turn, move || entry(&name)?.set_password(&text)).await
}

/// Reads an entry. One with another content counts as none.
async fn parsed<T>(name: String, parse: impl FnOnce(String) -> Option<T>) -> KeyAnswer<T> {
    match answered(turn_of(&name), move || entry(&name)?.get_password()).await {
        KeyAnswer::Ok(text) => parse(text).map_or(KeyAnswer::NoEntry, KeyAnswer::Ok),
        KeyAnswer::NoEntry => KeyAnswer::NoEntry,
        KeyAnswer::Locked => KeyAnswer::Locked,
        KeyAnswer::Absent => KeyAnswer::Absent,
    }
}

/// Stores the token of `instance`, and replaces an earlier one.
pub async fn write(instance: String, token: Token) -> KeyAnswer<()> {
    answered(turn_of(&instance), move || token.reveal(|text| entry(&instance)?.set_password(text))).await
}

/// Deletes the token of `instance`.
pub async fn forget(instance: String) -> KeyAnswer<()> {
    answered(turn_of(&instance), move || entry(&instance)?.delete_credential()).await
}

/// The answer if it comes within `limit`; [`KeyAnswer::Locked`] otherwise. The call itself goes on: what it writes or
/// deletes later is written or deleted.
pub async fn in_time<T>(answer: impl Future<Output = KeyAnswer<T>>, limit: Duration) -> KeyAnswer<T> {
    tokio::time::timeout(limit, answer).await.unwrap_or(KeyAnswer::Locked)
}

fn entry(name: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, name)
}

/// Held by the call that uses an entry.
type Turn = Arc<Mutex<()>>;

/// The turns of an entry. Its calls come one after another: a token that is being written while the prompt is open must
/// not appear after it was forgotten, and prompts must not stack.
fn turn_of(name: &str) -> Turn {
    static TURNS: Mutex<Option<HashMap<String, Turn>>> = Mutex::new(None);
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(turns.get_or_insert_default().entry(name.to_owned()).or_default())
}

/// Waits for the keyring, however long a person needs for its prompt.
async fn answered<T: Send + 'static>(
    turn: Turn,
    call: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> KeyAnswer<T> {
    let (answer, heard) = tokio::sync::oneshot::channel();
    // Not `spawn_blocking`: a prompt that nobody answers would keep the runtime from shutting down.
    let started = std::thread::Builder::new().name("keyring".into()).spawn(move || {
        let own = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let result = call();
        drop(own);
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
        let mut answer = Box::pin(answered(turn_of("prompt"), move || {
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
        let written = tokio::spawn(answered(turn_of("one"), move || {
            begun.send(()).ok();
            prompt.recv_timeout(Duration::from_mins(1)).map_err(|_late| keyring::Error::NoEntry)?;
            *write.lock().unwrap() = true;
            Ok(())
        }));
        writing.await.unwrap();
        let mut deleted = Box::pin(answered(turn_of("one"), move || {
            *delete.lock().unwrap() = false;
            Ok(())
        }));
        let early = in_time(&mut deleted, Duration::from_millis(20)).await;
        assert!(matches!(early, KeyAnswer::Locked), "nobody knows yet: {early:?}");
        // The prompt for one entry holds up no other.
        assert!(matches!(answered(turn_of("other"), || Ok(())).await, KeyAnswer::Ok(())));
        allow.send(()).unwrap();
        assert!(matches!(written.await.unwrap(), KeyAnswer::Ok(())));
        assert!(matches!(deleted.await, KeyAnswer::Ok(())) && !*kept.lock().unwrap());
    }
}
