//! The sockets: a listener that can close for a while, and connections that can be cut, stalled or slowed at an exact
//! byte of an answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::lock::hold;

/// A slowed connection sends its bytes in portions, one per this period.
const PORTION: Duration = Duration::from_millis(20);
const HEAD_END: &[u8; 4] = b"\r\n\r\n";

/// The faults of one answer on the wire. Bytes of the body are counted as sent, including the chunk framing.
#[derive(Debug, Clone, Copy, Default)]
pub struct WireFault {
    /// Close after so many bytes of status line and headers.
    pub cut_head_after: Option<u64>,
    /// Close after so many bytes of the body.
    pub cut_body_after: Option<u64>,
    /// Close with a reset instead of an orderly end.
    pub reset: bool,
    /// Send nothing more after so many bytes of the body, and keep the connection open.
    pub stall_body_after: Option<u64>,
    pub bytes_per_s: Option<u64>,
}

/// Sets the fault of a connection's next answer.
#[derive(Debug, Clone, Default)]
pub struct FaultLever(Arc<Mutex<Flow>>);

impl FaultLever {
    pub fn arm(&self, order: WireFault) {
        *hold(&self.0) = Flow { order, ..Flow::default() };
    }
}

#[derive(Debug, Default)]
struct Flow {
    order: WireFault,
    head_bytes: u64,
    head_done: bool,
    /// How much of [`HEAD_END`] was matched at the end of the head so far.
    matched: usize,
    body_bytes: u64,
}

enum Room {
    Bytes(usize),
    Stalled,
    Cut { reset: bool },
}

impl Flow {
    /// How much of `buf` may be sent now.
    fn room(&self, buf: &[u8]) -> Room {
        if !self.head_done {
            let head = self.head_part(buf);
            return match self.order.cut_head_after.map(|cut| cut.saturating_sub(self.head_bytes)) {
                Some(0) => Room::Cut { reset: self.order.reset },
                Some(left) => Room::Bytes(head.min(left as usize)),
                None => Room::Bytes(head),
            };
        }
        let left = |after: Option<u64>| after.map_or(u64::MAX, |after| after.saturating_sub(self.body_bytes));
        let (cut, stall) = (left(self.order.cut_body_after), left(self.order.stall_body_after));
        match cut.min(stall) {
            0 if cut == 0 => Room::Cut { reset: self.order.reset },
            0 => Room::Stalled,
            room => Room::Bytes(buf.len().min(usize::try_from(room).unwrap_or(usize::MAX))),
        }
    }

    /// The bytes of `buf` up to and including the end of the head.
    fn head_part(&self, buf: &[u8]) -> usize {
        let mut matched = self.matched;
        for (index, byte) in buf.iter().enumerate() {
            matched = next_match(matched, *byte);
            if matched == HEAD_END.len() {
                return index + 1;
            }
        }
        buf.len()
    }

    fn sent(&mut self, bytes: &[u8]) {
        if self.head_done {
            self.body_bytes += bytes.len() as u64;
            return;
        }
        self.head_bytes += bytes.len() as u64;
        for byte in bytes {
            self.matched = next_match(self.matched, *byte);
        }
        self.head_done = self.matched == HEAD_END.len();
    }
}

fn next_match(matched: usize, byte: u8) -> usize {
    if byte == HEAD_END[matched] { matched + 1 } else { usize::from(byte == HEAD_END[0]) }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    lever: FaultLever,
    line: SlowLine,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self { stream, lever: FaultLever::default(), line: SlowLine::default() }
    }
}

/// The bandwidth of a slowed connection.
#[derive(Debug, Default)]
struct SlowLine {
    /// Bytes left in the portion.
    portion: u64,
    /// When the next portion is due.
    due: Option<Instant>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl SlowLine {
    /// How many bytes the bandwidth allows now. Portions are due at fixed times, because a line sends on while an end of it
    /// is busy for a moment; what is lost in longer pauses stays lost.
    fn poll(&mut self, context: &mut Context<'_>, bytes_per_s: u64, wanted: usize) -> Poll<usize> {
        if self.portion == 0 {
            let due = *self.due.get_or_insert_with(|| Instant::now() + PORTION);
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep_until(due)));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
            self.due = Some((due + PORTION).max(Instant::now()));
            self.portion = (bytes_per_s * PORTION.as_millis() as u64 / 1000).max(1);
        }
        Poll::Ready(wanted.min(usize::try_from(self.portion).unwrap_or(usize::MAX)))
    }

    fn sent(&mut self, bytes: usize) {
        self.portion = self.portion.saturating_sub(bytes as u64);
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let (room, bytes_per_s) = {
            let flow = hold(&wire.lever.0);
            (flow.room(buf), flow.order.bytes_per_s)
        };
        let mut take = match room {
            Room::Bytes(take) => take,
            Room::Stalled => return Poll::Pending,
            Room::Cut { reset } => {
                if reset {
                    wire.stream.set_zero_linger()?;
                }
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
        };
        if let Some(bytes_per_s) = bytes_per_s {
            take = ready!(wire.line.poll(context, bytes_per_s, take));
        }
        let written = ready!(Pin::new(&mut wire.stream).poll_write(context, &buf[..take]))?;
        wire.line.sent(written);
        hold(&wire.lever.0).sent(&buf[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buf)
    }
}

/// Closes a listener for a while.
#[derive(Debug, Clone)]
pub struct ListenerGate(Arc<watch::Sender<Option<Instant>>>);

impl ListenerGate {
    /// Closes the listener for so many real milliseconds.
    pub fn close_for(&self, for_ms: u64) {
        self.0.send_replace(Some(Instant::now() + Duration::from_millis(for_ms)));
    }

    /// Whether the listener is closed right now.
    pub fn is_closed(&self) -> bool {
        self.0.borrow().is_some_and(|until| until > Instant::now())
    }
}

/// A listener on 127.0.0.1 behind a [`ListenerGate`].
#[derive(Debug)]
pub struct GatedListener {
    /// Bound before there was a runtime.
    bound: Option<std::net::TcpListener>,
    listener: Option<TcpListener>,
    address: SocketAddr,
    closings: watch::Receiver<Option<Instant>>,
}

impl GatedListener {
    /// Binds `port`, or any free one for 0.
    pub fn open(port: u16) -> io::Result<(Self, ListenerGate)> {
        let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        bound.set_nonblocking(true)?;
        let address = bound.local_addr()?;
        let (gate, closings) = watch::channel(None);
        Ok((Self { bound: Some(bound), listener: None, address, closings }, ListenerGate(Arc::new(gate))))
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Listener for GatedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let closed_until = *self.closings.borrow_and_update();
            if let Some(until) = closed_until.filter(|until| *until > Instant::now()) {
                (self.bound, self.listener) = (None, None);
                sleep_until(until).await;
            }
            if self.listener.is_none() {
                self.listener = match self.bound.take() {
                    Some(bound) => TcpListener::from_std(bound).ok(),
                    None => TcpListener::bind(self.address).await.ok(),
                };
            }
            let Some(listener) = &self.listener else {
                sleep(PORTION).await;
                continue;
            };
            tokio::select! {
                biased;
                // The gate lives as long as the server; its end is only visible while the server shuts down.
                changed = self.closings.changed() => if changed.is_err() { std::future::pending::<()>().await },
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => {
                        // Small answers must not wait for more data.
                        stream.set_nodelay(true).unwrap_or_default();
                        return (Connection::new(stream), from);
                    }
                    Err(_) => sleep(PORTION).await,
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, GatedListener>> for FaultLever {
    fn connect_info(stream: IncomingStream<'_, GatedListener>) -> Self {
        stream.io().lever.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_keeps_its_rate_while_an_end_is_busy_for_a_moment() {
        let mut line = SlowLine::default();
        let begun = Instant::now();
        for nth in 1..=50 {
            let bytes = poll_fn(|context| line.poll(context, 1_000_000, usize::MAX)).await;
            assert_eq!((bytes, begun.elapsed()), (20_000, nth * PORTION));
            advance(Duration::from_millis(7)).await;
            line.sent(bytes);
        }
        // A second in which nobody reads: only the portion that was due then comes at once.
        advance(Duration::from_secs(1)).await;
        let after = Instant::now();
        let mut came = Vec::new();
        for _ in 0..4 {
            let bytes = poll_fn(|context| line.poll(context, 1_000_000, usize::MAX)).await;
            line.sent(bytes);
            came.push(after.elapsed());
        }
        assert_eq!(came, [Duration::ZERO, Duration::ZERO, PORTION, 2 * PORTION]);
    }
}
