//! Tokens in the OS keyring, one entry per instance. Every call can block on a prompt, so it runs on its own thread
//! and is given up after a while: neither the window nor the engine waits for it.

use std::time::Duration;

use crate::gitlab::Token;

const SERVICE: &str = "export-desk";

/// The keyring's answer.
#[derive(Debug)]
pub enum KeyAnswer<T> {
    Ok(T),
    /// The keyring has no entry for this instance.
    NoEntry,
    /// The keyring is locked, or waits for the user to unlock it.
    Locked,
    /// This machine has no keyring, or it does not answer.
    Absent,
}

/// Reads the token of `instance`.
pub async fn read(instance: String, timing: Duration) -> KeyAnswer<Token> {
    let text = bounded(timing, move || entry(&instance)?.get_password()).await;
    match text {
        KeyAnswer::Ok(text) => Token::new(text).map_or(KeyAnswer::NoEntry, KeyAnswer::Ok),
        KeyAnswer::NoEntry => KeyAnswer::NoEntry,
        KeyAnswer::Locked => KeyAnswer::Locked,
        KeyAnswer::Absent => KeyAnswer::Absent,
    }
}

/// Stores the token of `instance`, and replaces an earlier one.
pub async fn write(instance: String, token: Token, timing: Duration) -> KeyAnswer<()> {
    bounded(timing, move || token.reveal(|text| entry(&instance)?.set_password(text))).await
}

/// Deletes the token of `instance`.
pub async fn forget(instance: String, timing: Duration) -> KeyAnswer<()> {
    bounded(timing, move || entry(&instance)?.delete_credential()).await
}

fn entry(instance: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, instance)
}

async fn bounded<T: Send + 'static>(
    timing: Duration,
    call: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> KeyAnswer<T> {
    let (answer, heard) = tokio::sync::oneshot::channel();
    // Not `spawn_blocking`: a prompt that nobody answers would keep the runtime from shutting down.
    let started = std::thread::Builder::new().name("keyring".into()).spawn(move || {
        answer.send(call()).ok();
    });
    if started.is_err() {
        return KeyAnswer::Absent;
    }
    match tokio::time::timeout(timing, heard).await {
        Ok(Ok(Ok(value))) => KeyAnswer::Ok(value),
        Ok(Ok(Err(keyring::Error::NoEntry))) => KeyAnswer::NoEntry,
        Ok(Ok(Err(keyring::Error::NoStorageAccess(_)))) | Err(_) => KeyAnswer::Locked,
        Ok(Ok(Err(_)) | Err(_)) => KeyAnswer::Absent,
    }
}
