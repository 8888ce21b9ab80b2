//! One connection on the host's side: from the greeting to the exit code.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use crate::platform::local_socket::Stream;
use crate::platform::os_text::OsText;

use super::handed::HandedCommand;
use super::join::SILENCE;
use super::serve::{GREETING, Guests};
use super::streams::{CommandEnd, Interrupt, LineRead, MOST_LINE_BYTES, StreamName, Streams, Written};
use super::wire::{
    FromCaller, FromHost, MOST_FRAME_BYTES, MOST_TEXT_BYTES, PROTOCOL, VERSION, receive, send,
};

/// The longest greeting.
const MOST_GREETING_BYTES: usize = 1024;
/// Room for the longest line in JSON.
const MOST_ANSWER_BYTES: usize = 8 * MOST_LINE_BYTES as usize;
/// As much as a command has in a process of its own.
const STACK_BYTES: usize = 8 << 20;
/// How often a caller hears that the host is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(1);
/// The exit code of a command that panicked; the panic hook has reported the panic.
const PANICKED: u8 = 1;

/// Greets a caller and hears what it wants; `None` where a window gets the host's place.
pub async fn greet(stream: &mut Stream, gives_way: bool) -> io::Result<Option<HandedCommand>> {
    let hello = timeout(GREETING, receive(stream, MOST_GREETING_BYTES)).await??;
    let FromCaller::Hello { protocol, version } = hello else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let welcome =
        FromHost::Welcome { protocol: PROTOCOL, version: VERSION.to_owned(), process: std::process::id() };
    timeout(GREETING, send(stream, &welcome)).await??;
    if (protocol, version.as_str()) != (PROTOCOL, VERSION) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    match timeout(GREETING, receive(stream, MOST_FRAME_BYTES)).await?? {
        FromCaller::Run(request) => Ok(Some(request)),
        FromCaller::GiveWay if gives_way => {
            timeout(GREETING, send(stream, &FromHost::HandOver)).await??;
            Ok(None)
        }
        FromCaller::GiveWay => {
            timeout(GREETING, send(stream, &FromHost::Stays)).await??;
            Err(io::ErrorKind::Other.into())
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// What a command's thread asks of its connection; with a sender where it waits for the caller's answer.
type Asked = (FromHost, Option<oneshot::Sender<FromCaller>>);

/// Carries a command out to its end.
pub async fn serve(
    stream: Stream,
    request: HandedCommand,
    guests: Arc<Guests>,
    mut ending: watch::Receiver<bool>,
) {
    let (mut from, mut to) = tokio::io::split(stream);
    let Some(_place) = turn(&guests, &mut to, &mut ending).await else { return };
    if send(&mut to, &FromHost::Ready).await.is_err() {
        return;
    }
    // A caller that gave up meanwhile must not find its command carried out later.
    let go = timeout(GREETING, receive(&mut from, MOST_GREETING_BYTES)).await;
    if !matches!(go, Ok(Ok(FromCaller::Go))) || *ending.borrow() {
        return;
    }
    let (interrupt, interrupted) = watch::channel(None);
    let (ask, asked) = mpsc::channel(1);
    let carry_out = Arc::clone(&guests.service.carry_out);
    let work = move || {
        let streams = Arc::new(CallerStreams(ask.clone()));
        let outcome = catch_unwind(AssertUnwindSafe(|| carry_out(&request, streams, interrupted)));
        let end = match outcome {
            Ok(CommandEnd::Ended(code)) => FromHost::Ended(code),
            Ok(CommandEnd::HandedOver) => FromHost::HandOver,
            Err(_panicked) => FromHost::Ended(PANICKED),
        };
        // Nobody hears it if the caller is gone.
        ask.blocking_send((end, None)).ok();
    };
    let thread = std::thread::Builder::new().name("command".into()).stack_size(STACK_BYTES);
    if thread.spawn(work).is_ok() {
        // Told also while the caller reads nothing.
        let hands_over = async {
            ending.wait_for(|is_ending| *is_ending).await.map(drop).ok();
            interrupt.send_replace(Some(Interrupt::HandOver));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = relay(from, to, asked, &guests.service.is_alive) => {}
            () = hands_over => {}
        }
    }
    interrupt.send_replace(Some(Interrupt::CallerGone));
    guests.ended.fetch_add(1, Ordering::Relaxed);
}

/// Waits until fewer commands run; `None` where none of them ends, the host ends, or the caller is gone.
async fn turn(
    guests: &Guests,
    to: &mut (impl AsyncWrite + Unpin),
    ending: &mut watch::Receiver<bool>,
) -> Option<OwnedSemaphorePermit> {
    let ended = || guests.ended.load(Ordering::Relaxed);
    let (mut seen, mut seen_at) = (ended(), Instant::now());
    let mut place = pin!(Arc::clone(&guests.places).acquire_owned());
    loop {
        tokio::select! {
            place = &mut place => return place.ok(),
            () = tokio::time::sleep(ALIVE_EVERY) => {
                if ended() != seen {
                    (seen, seen_at) = (ended(), Instant::now());
                } else if seen_at.elapsed() > SILENCE {
                    send(to, &FromHost::Full).await.ok();
                    return None;
                }
                if (guests.service.is_alive)() {
                    send(to, &FromHost::Alive).await.ok()?;
                }
            }
            _ = ending.changed() => return None,
        }
    }
}

/// Passes on what the command writes and asks, until it ends or its caller is gone.
async fn relay(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin,
    mut asked: mpsc::Receiver<Asked>,
    is_alive: &(dyn Fn() -> bool + Send + Sync),
) {
    let (heard, mut answers) = mpsc::channel(1);
    // A frame is read to its end, whatever else happens.
    let reader = tokio::spawn(async move {
        while let Ok(frame) = receive::<FromCaller>(&mut from, MOST_ANSWER_BYTES).await {
            if heard.send(frame).await.is_err() {
                return;
            }
        }
    });
    let _reader = EndedWith(reader.abort_handle());
    let mut waiting: Option<oneshot::Sender<FromCaller>> = None;
    loop {
        tokio::select! {
            next = asked.recv(), if waiting.is_none() => {
                let Some((frame, answer)) = next else { break };
                let is_last = matches!(frame, FromHost::Ended(_) | FromHost::HandOver);
                if send(&mut to, &frame).await.is_err() || is_last {
                    break;
                }
                waiting = answer;
            }
            answer = answers.recv() => {
                // An answer that nobody asked for, or the end of the connection.
                let (Some(answer), Some(waits)) = (answer, waiting.take()) else { break };
                waits.send(answer).ok();
            }
            // A caller whose command hangs with the engine hears nothing, and says so.
            () = tokio::time::sleep(ALIVE_EVERY), if waiting.is_none() => {
                if is_alive() && send(&mut to, &FromHost::Alive).await.is_err() {
                    break;
                }
            }
        }
    }
}

/// A task that ends with this value.
struct EndedWith(AbortHandle);

impl Drop for EndedWith {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The streams of a caller in another process.
struct CallerStreams(mpsc::Sender<Asked>);

impl CallerStreams {
    /// `None` where the caller is gone.
    fn ask(&self, frame: FromHost) -> Option<FromCaller> {
        let (answer, heard) = oneshot::channel();
        self.0.blocking_send((frame, Some(answer))).ok()?;
        heard.blocking_recv().ok()
    }

    fn line(&self, frame: FromHost) -> LineRead {
        match self.ask(frame) {
            Some(FromCaller::Line(read)) => read,
            Some(_) | None => LineRead::Unreadable("the command that reads it has ended".to_owned()),
        }
    }
}

impl Streams for CallerStreams {
    fn write(&self, to: StreamName, text: &str) -> Written {
        let mut rest = text;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.floor_char_boundary(MOST_TEXT_BYTES));
            let frame = match to {
                StreamName::Stdout => FromHost::Stdout(now.to_owned()),
                StreamName::Stderr => FromHost::Stderr(now.to_owned()),
            };
            match self.ask(frame) {
                Some(FromCaller::Written(Written::Lost)) => return Written::Lost,
                // Without a caller, nobody misses the output.
                Some(_) | None => rest = later,
            }
        }
        Written::Whole
    }

    fn read_line(&self, prompt: &str, secret: bool) -> LineRead {
        self.line(FromHost::ReadLine { prompt: prompt.to_owned(), secret })
    }

    fn read_line_of(&self, source: &Path) -> LineRead {
        self.line(FromHost::ReadLineOf(OsText::of(source.as_os_str())))
    }

    fn advise(&self, sentence: Option<&str>) {
        // Nobody hears it if the caller is gone.
        self.ask(FromHost::Advice(sentence.map(str::to_owned)));
    }
}
