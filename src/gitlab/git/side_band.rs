//! The answer with the pack: packets of three channels, of which the first carries the pack, the second progress, and
//! the third an error.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::pkt::{self, Packet};
use crate::gitlab::body::Body;
use crate::gitlab::error::{Error, ErrorKind};

const DATA: u8 = 1;
const PROGRESS: u8 = 2;
const ERROR: u8 = 3;
/// No progress is requested. A server that sends only that for ever would keep a call alive.
const MOST_IDLE_BYTES: usize = 8 << 20;

/// A pack that is being received, in constant memory.
pub struct Pack {
    body: Body,
    call: &'static str,
    /// Removes secrets from the server's messages.
    hide: Box<dyn Fn(String) -> String + Send + Sync>,
    received: BytesMut,
    /// Bytes received without a byte of the pack among them.
    idle_bytes: usize,
    is_begun: bool,
    has_ended: bool,
}

impl Pack {
    pub(super) fn new(
        body: Body,
        call: &'static str,
        hide: Box<dyn Fn(String) -> String + Send + Sync>,
    ) -> Self {
        let received = BytesMut::new();
        Self { body, call, hide, received, idle_bytes: 0, is_begun: false, has_ended: false }
    }

    /// The next bytes of the pack; `None` once the server has ended it. An earlier end is [`ErrorKind::Cut`]. The
    /// caller checks the pack itself.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        while !self.has_ended {
            if let Some(data) = self.take()? {
                self.idle_bytes = 0;
                return Ok(Some(data));
            }
            if self.has_ended {
                break;
            }
            if self.idle_bytes > MOST_IDLE_BYTES {
                return Err(self.odd("git sends no pack"));
            }
            let Some(piece) = self.body.chunk().await? else { return Err(self.failed(ErrorKind::Cut)) };
            self.received.extend_from_slice(&piece);
        }
        Ok(None)
    }

    /// The pack's bytes in the next packet that has some, as far as packets were received.
    fn take(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let (packet, length) = pkt::first(&self.received);
            match packet {
                Packet::Incomplete => return Ok(None),
                Packet::Odd => return Err(self.odd("the pack is not sent in packets")),
                Packet::Flush => {
                    self.has_ended = true;
                    return Ok(None);
                }
                Packet::Content(content) => {
                    let message = |text: &[u8]| String::from_utf8_lossy(pkt::line(text)).into_owned();
                    if let Some(said) = content.strip_prefix(b"ERR ") {
                        return Err(self.said(message(said)));
                    }
                    match content.split_first() {
                        // Nothing was offered in exchange, so there is nothing that both sides have.
                        _ if !self.is_begun && pkt::line(content) == b"NAK" => self.is_begun = true,
                        Some((&DATA, data)) if self.is_begun => {
                            let data_bytes = data.len();
                            let mut data = self.received.split_to(length).freeze();
                            if data_bytes > 0 {
                                return Ok(Some(data.split_off(length - data_bytes)));
                            }
                            self.idle_bytes += length;
                            continue;
                        }
                        Some((&PROGRESS, _)) if self.is_begun => {}
                        Some((&ERROR, said)) => return Err(self.said(message(said))),
                        _ => return Err(self.odd("git answered with something other than a pack")),
                    }
                    self.idle_bytes += length;
                    // What follows is kept.
                    drop(self.received.split_to(length));
                }
            }
        }
    }

    fn said(&self, said: String) -> Error {
        self.failed(ErrorKind::Git).said(Some((self.hide)(said)))
    }

    fn odd(&self, what: &str) -> Error {
        self.failed(ErrorKind::UnexpectedAnswer { status: self.body.head.status, what: what.to_owned() })
    }

    fn failed(&self, kind: ErrorKind) -> Error {
        let head = &self.body.head;
        Error::new(self.call, kind).answered(head.status, head.correlation_id.clone())
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack")
            .field("call", &self.call)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}
