//! One running program for many commands. Whoever opened the data folder first is the *host*: it listens on a socket in
//! the folder ([`Host`]). A later command hands itself over ([`join`]): its arguments, its working folder and its
//! variables. The host carries it out on its own engine and streams its output back.
//!
//! The protocol, in [`wire`]: frames of JSON, each with its length in front.
//!
//! ```text
//! caller  Hello ───────────> host      both are the same version, or they part
//!         <───────── Welcome           proves that the host answers
//!         Run ─────────────>           the request; nothing is done yet
//!         <─────────── Ready           the host is about to do it
//!         Go ──────────────>           proves that the caller is still there
//!         <── Stdout, Stderr           each waits for Written: the slower of the two sets the pace
//!         <──────── ReadLine           answered by Line, as is ReadLineOf
//!         <─────────── Alive           once a second while the engine works: a host that hangs is noticed
//!         <─────────── Ended           the exit code; or HandOver: the caller goes on by itself
//! ```
//!
//! A caller that goes away ends the waiting of its command, as Ctrl+C does. A host that goes away leaves its callers with
//! a closed connection: each opens the data folder itself, and one of them becomes the next host.

mod connection;
mod handed;
mod join;
mod serve;
mod streams;
mod wire;

pub use handed::{CommandCaller, HandedCommand};
pub use join::{GivesWay, Joined, SILENCE, ask_to_give_way, join, wait_for_host};
pub use serve::{CarryOut, GiveWay, Host, Service};
pub use streams::{CommandEnd, Interrupt, LineRead, LocalStreams, StreamName, Streams, Written};
