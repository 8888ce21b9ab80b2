//! Tokens in the OS keyring, one entry per instance, and the journal's head, one entry per data folder. Every call can block on a prompt, so it runs on its own thread
//! and is given up after a while: neither the window nor the engine waits for it.

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
    /// The keyring is locked, or waits for the user to unlock it.
    Locked,
    /// This machine has no keyring, or it does not answer.
    Absent,
}

/// Reads the token of `instance`.
pub async fn read(instance: String, timing: Duration) -> KeyAnswer<Token> {
    parsed(timing, instance, |text| Token::new(text).ok()).await
}

/// Reads the journal's head from the entry `name`.
pub async fn read_head(name: String, timing: Duration) -> KeyAnswer<Head> {
    parsed(timing, name, |text| Head::parse(&text)).await
}

/// Stores the journal's head in the entry `name`, and replaces an earlier one.
pub async fn write_head(name: String, head: &Head, timing: Duration) -> KeyAnswer<()> {
    let text = head.to_text();
    bounded(timing, move || entry(&name)?.set_password(&text)).await
}

/// Reads an entry. One with another content counts as none.
async fn parsed<T>(timing: Duration, name: String, parse: impl FnOnce(String) -> Option<T>) -> KeyAnswer<T> {
    match bounded(timing, move || entry(&name)?.get_password()).await {
        KeyAnswer::Ok(text) => parse(text).map_or(KeyAnswer::NoEntry, KeyAnswer::Ok),
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

fn entry(name: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, name)
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
