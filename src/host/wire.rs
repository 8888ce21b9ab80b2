//! The frames of the protocol: four bytes of length, then that much JSON.

use std::io;

use secrecy::zeroize::Zeroize as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::platform::os_text::OsText;

use super::handed::HandedCommand;
use super::streams::{LineRead, Written};

/// Raised with every change of the frames.
pub const PROTOCOL: u32 = 4;
/// Both sides must be the same version: the host parses the caller's arguments.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The longest frame; arguments with long texts are far shorter.
pub const MOST_FRAME_BYTES: usize = 1 << 20;
/// The most text in one frame of output; in JSON, a character becomes up to six.
pub const MOST_TEXT_BYTES: usize = 64 * 1024;

/// What a caller sends.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromCaller {
    /// Never changes its form, so that every version understands it.
    Hello {
        protocol: u32,
        version: String,
    },
    Run(HandedCommand),
    Go,
    Written(Written),
    Line(LineRead),
    /// A window wants to be the host.
    GiveWay,
}

/// The same as [`FromCaller::Run`], of a request that stays with the caller.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOf<'a> {
    Run(&'a HandedCommand),
}

/// What a host sends.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromHost {
    /// Never changes its form, so that every version understands it.
    Welcome {
        protocol: u32,
        version: String,
        process: u32,
    },
    Ready,
    /// As many commands as a host carries out at once have not ended for a while.
    Full,
    Stdout(String),
    Stderr(String),
    ReadLine {
        prompt: String,
        secret: bool,
    },
    /// The next line of a source that only the caller can open.
    ReadLineOf(OsText),
    /// What the caller says where a signal ends it from now on.
    Advice(Option<String>),
    Alive,
    /// The answer to [`FromCaller::GiveWay`] of a host that stays the host.
    Stays,
    Ended(u8),
    HandOver,
}

/// Sends one frame.
pub async fn send(to: &mut (impl AsyncWrite + Unpin), frame: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, frame)?;
    let length = bytes.len() - 4;
    if length > MOST_FRAME_BYTES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    bytes[..4].copy_from_slice(&(length as u32).to_be_bytes());
    let sent = to.write_all(&bytes).await;
    // It may contain a token.
    bytes.zeroize();
    sent?;
    to.flush().await
}

/// Receives one frame of at most `most` bytes.
pub async fn receive<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<T> {
    let length = from.read_u32().await? as usize;
    if length > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await?;
    let frame = serde_json::from_slice(&bytes);
    bytes.zeroize();
    Ok(frame?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_are_read_as_they_were_sent_and_never_longer_than_allowed() {
        let (mut one, mut other) = tokio::io::duplex(1 << 21);
        send(&mut one, &FromHost::Stdout("日本\n".into())).await.unwrap();
        assert!(matches!(receive(&mut other, 100).await, Ok(FromHost::Stdout(text)) if text == "日本\n"));
        send(&mut one, &FromHost::Stderr("x".repeat(200))).await.unwrap();
        let long: io::Result<FromHost> = receive(&mut other, 100).await;
        assert_eq!(long.err().map(|error| error.kind()), Some(io::ErrorKind::InvalidData));
        let huge = FromHost::Stdout("x".repeat(MOST_FRAME_BYTES + 1));
        assert!(send(&mut one, &huge).await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_frame_is_an_error() {
        for bytes in
            [&b"\0\0\0\x02{}"[..], b"\0\0\0\x09\"nonsense", b"\xff\xff\xff\xff", b"GET / HT", b"\0\0", b""]
        {
            let mut from = bytes;
            assert!(receive::<FromCaller>(&mut from, 4096).await.is_err(), "{bytes:?}");
        }
    }
}
