//! The conductor of one transfer: who brings which bytes, what follows a setback, when to give up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::ask::Asker;
use super::connection::{Ended, Shared, bring, pour, receive};
use super::control::{Control, Wish};
use super::fail::Failed;
use super::head::Identity;
use super::judge::{Expectation, Next, Refusal, Rewriting};
use super::keeper::{self, joined, record};
use super::plan::Lease;
use super::progress::{Event, WaitFor};
use super::source::Setback;
use super::tempo::Patience;
use super::width::Width;
use crate::gitlab::{self, Body, SignedUrl};

/// How the next bytes are asked for.
#[derive(Debug)]
pub enum Road {
    /// A call to GitLab, which gives a link or the bytes.
    Ask,
    /// A signed link, fetched as often as it lives.
    Link(SignedUrl),
}

/// How a task ended, with the lease it had and the round it began in.
type Report = (Lease, u64, Out);

#[derive(Debug)]
enum Out {
    Connection(Ended),
    Asked(Box<Result<gitlab::Source, Failed>>, Expectation),
}

/// The state of a running transfer.
#[derive(Debug)]
pub struct Transfer {
    shared: Arc<Shared>,
    asker: Asker,
    control: Control,
    width: Width,
    road: Road,
    tasks: JoinSet<Report>,
    /// One API call is on its way.
    asking: bool,
    /// GitLab sends the bytes itself: one connection.
    direct: bool,
    patience: Patience,
    /// Failures of connections that began in the same round count once: a lost network ends all at a time.
    round: u64,
    hold_until: Option<Instant>,
    length_unknown: bool,
    /// Where a body of unknown length ended, while the storage is asked whether that is the end of the file.
    probing: Option<u64>,
    keeper: Option<tokio::task::JoinHandle<Result<(), Failed>>>,
}

impl Transfer {
    pub fn new(shared: Arc<Shared>, asker: Asker, width: Width, road: Road) -> Self {
        let mut patience = Patience::default();
        patience.reached(shared.ledger().written().len_bytes());
        Self {
            control: shared.control.clone(),
            shared,
            asker,
            width,
            road,
            tasks: JoinSet::new(),
            asking: false,
            direct: false,
            patience,
            round: 0,
            hold_until: None,
            length_unknown: false,
            probing: None,
            keeper: None,
        }
    }

    /// The bytes that GitLab began to send in answer to the first call.
    pub fn begin_with(&mut self, body: Body, expected: Expectation) {
        self.direct = true;
        let lease = self.shared.ledger().lease(None);
        if let Some(lease) = lease {
            self.receive(lease, body, expected);
        }
    }

    /// Brings every missing byte. In any case, what came is recorded at the end.
    pub async fn run(&mut self) -> Result<(), Failed> {
        let outcome = self.conduct().await;
        self.close_all().await;
        if let Some(keeper) = self.keeper.take() {
            // Its outcome is that of the next line, which does the same once more.
            drop(keeper.await);
        }
        let recorded = joined(record(Arc::clone(&self.shared))).await;
        self.show();
        outcome.and(recorded)
    }

    async fn conduct(&mut self) -> Result<(), Failed> {
        let mut look = interval(self.asker.tempo.progress_every.max(Duration::from_millis(1)));
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut keep = interval(self.asker.tempo.sync_every.max(Duration::from_millis(1)));
        keep.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut measure = Measure::new(self.shared.received_bytes());
        loop {
            match self.control.orders().wish {
                Wish::Run => {}
                Wish::Pause => {
                    self.pause().await?;
                    continue;
                }
                Wish::Cancel => return Err(self.cancelled()),
            }
            if self.shared.ledger().is_complete() {
                return Ok(());
            }
            self.fill();
            let mut control = self.control.clone();
            let held = self.hold_until;
            tokio::select! {
                Some(report) = self.tasks.join_next() => self.report(report).await?,
                _ = control.no_longer(Wish::Run) => {}
                _ = look.tick() => {
                    self.show();
                    measure.look(&mut self.width, self.shared.received_bytes());
                }
                _ = keep.tick() => self.keep().await?,
                () = async { sleep_until(held.unwrap_or_else(Instant::now)).await }, if held.is_some() => {
                    self.hold_until = None;
                    self.shared.board.edit(|now| now.waiting = None);
                }
            }
        }
    }

    /// Gives missing bytes to as many connections as are allowed now.
    fn fill(&mut self) {
        while self.hold_until.is_none() {
            let total = self.shared.ledger().total();
            let most = if self.direct { 1 } else { self.width.connections(total) };
            let piece = if self.direct { None } else { self.width.piece_bytes(total) };
            if self.tasks.len() >= most || (self.asking && matches!(self.road, Road::Ask)) {
                return;
            }
            let Some(lease) = self.shared.ledger().lease(piece) else { return };
            let (shared, round) = (Arc::clone(&self.shared), self.round);
            match &self.road {
                Road::Link(link) => {
                    let link = link.clone();
                    self.tasks.spawn(async move {
                        (lease, round, Out::Connection(bring(shared, link, lease).await))
                    });
                }
                Road::Ask => {
                    self.asking = true;
                    let (asker, expected) = (self.asker.clone(), shared.expectation(lease));
                    let have_bytes = shared.ledger().written().len_bytes();
                    self.tasks.spawn(async move {
                        let answer = asker.ask(&expected, have_bytes).await;
                        (lease, round, Out::Asked(Box::new(answer), expected))
                    });
                }
            }
        }
    }

    async fn report(&mut self, report: Result<Report, tokio::task::JoinError>) -> Result<(), Failed> {
        let part = self.shared.place.part();
        let (lease, round, out) =
            report.map_err(|gone| Failed::from_io(&part, std::io::Error::other(gone)))?;
        self.reached();
        match out {
            Out::Asked(answer, expected) => {
                self.asking = false;
                match (*answer)? {
                    gitlab::Source::Storage(link) => {
                        self.direct = false;
                        self.road = Road::Link(link.url);
                        self.shared.ledger().end_lease(lease.id);
                    }
                    gitlab::Source::Direct(body) => {
                        self.direct = true;
                        self.receive(lease, body, expected);
                    }
                }
            }
            Out::Connection(Ended::Filled) => self.shared.ledger().end_lease(lease.id),
            Out::Connection(Ended::SizeKnown(total)) => {
                self.shared.ledger().end_lease(lease.id);
                self.shared.ledger().set_total(total);
            }
            Out::Connection(Ended::EndUnannounced(total)) => {
                self.shared.ledger().end_lease(lease.id);
                // A storage is asked for what comes behind: nothing, if this was the end. A call to GitLab would cost
                // a minute; there the proof alone decides.
                if self.probing.is_none() && matches!(self.road, Road::Link(_)) {
                    self.probing = Some(total);
                } else {
                    self.shared.ledger().set_total(total);
                }
            }
            Out::Connection(Ended::Failed(failed)) => return Err(self.with_need(failed)),
            Out::Connection(Ended::Whole { body, why }) => self.whole(*body, why).await?,
            Out::Connection(Ended::Setback(setback)) => {
                self.shared.ledger().end_lease(lease.id);
                self.setback(setback, round).await?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, lease: Lease, body: Body, expected: Expectation) {
        let (shared, round, beginning) = (Arc::clone(&self.shared), self.round, self.shared.beginning());
        self.tasks.spawn(async move {
            (lease, round, Out::Connection(receive(shared, body, expected, lease, beginning).await))
        });
    }

    /// A body that is the file from its first byte.
    async fn whole(&mut self, body: Body, why: Rewriting) -> Result<(), Failed> {
        let reason = match why {
            Rewriting::Asked => "the server sends the file from its first byte",
            Rewriting::RangeIgnored => "the server does not send parts of the file",
            Rewriting::FileChanged => "the file on the server is another one now",
        };
        let identity = Identity::of(&body.head);
        let total = identity.total;
        // A whole file of another size tells that the body before was cut.
        let may_be_the_end = total.is_none_or(|total| self.probing == Some(total));
        if why != Rewriting::FileChanged && may_be_the_end && self.believe_the_end() {
            return Ok(());
        }
        if why == Rewriting::RangeIgnored && !self.width.is_one() {
            self.one_stream(reason);
        }
        self.start_over(identity, reason).await?;
        if total.is_none() && !self.length_unknown {
            self.length_unknown = true;
            self.shared.board.tell(Event::LengthUnknown);
        }
        let lease = self.shared.ledger().lease(None);
        let Some(lease) = lease else { return Ok(()) };
        let (shared, round, beginning) = (Arc::clone(&self.shared), self.round, self.shared.beginning());
        self.tasks.spawn(async move {
            (lease, round, Out::Connection(pour(shared, body, lease, total, beginning).await))
        });
        Ok(())
    }

    /// The storage does not tell what is behind a body of unknown length: it was the file, and the proof decides.
    /// `false` where that is not the question.
    fn believe_the_end(&self) -> bool {
        let mut ledger = self.shared.ledger();
        let asked = ledger.total().is_none() && self.probing == Some(ledger.written().prefix_bytes());
        if let Some(end) = self.probing.filter(|_| asked) {
            ledger.end_all_leases();
            ledger.set_total(end);
        }
        asked
    }

    /// Closes every connection and empties the file, unless it is empty already.
    async fn start_over(&mut self, identity: Identity, why: &str) -> Result<(), Failed> {
        self.close_all().await;
        let had_bytes = !self.shared.ledger().written().is_empty();
        joined(keeper::empty(Arc::clone(&self.shared), identity)).await?;
        if had_bytes {
            self.shared.interrupted.store(false, Ordering::Relaxed);
            self.shared.board.edit(|now| now.restarted += 1);
            self.shared.board.tell(Event::StartedOver { why: why.to_owned() });
        }
        Ok(())
    }

    /// Decides what follows a failure: the same again later, a new link, one stream, a new start, or the end.
    async fn setback(&mut self, setback: Setback, round: u64) -> Result<(), Failed> {
        if !setback.may_pass() && self.believe_the_end() {
            return Ok(());
        }
        if let Setback::Final(error) = setback {
            return Err(Failed::Api(error));
        }
        self.shared.interrupted.store(true, Ordering::Relaxed);
        if round < self.round {
            return Ok(());
        }
        self.round += 1;
        let failures = self.patience.failed();
        self.shared.board.edit(|now| now.retries += 1);
        let (why, next, retry_after) = match &setback {
            Setback::Refused(refusal, after) => (refusal.to_string(), refusal.next(), *after),
            Setback::Cut(why) => (why.clone(), Next::Retry, None),
            Setback::Final(_) => return Ok(()),
        };
        let most = if next == Next::AskAgain { self.asker.tempo.links } else { u32::MAX };
        if failures >= self.asker.tempo.attempts.min(most) {
            if self.believe_the_end() {
                return Ok(());
            }
            return Err(self.gave_up(setback, failures));
        }
        match next {
            Next::AskAgain => self.road = Road::Ask,
            Next::StartOver => {
                if failures > 1 && !self.width.is_one() {
                    // Two servers that disagree about the ETag look like a file that changes with every part.
                    self.one_stream(&why);
                }
                self.start_over(Identity::default(), &why).await?;
            }
            Next::OneStream if failures > self.asker.tempo.attempts / 2 => {
                // Parts do not work here at all: the whole file needs none.
                self.start_over(Identity::default(), &why).await?;
            }
            Next::OneStream if !self.width.is_one() => self.one_stream(&why),
            Next::OneStream | Next::Retry => {}
        }
        if matches!(setback, Setback::Refused(Refusal::Busy(_), _)) && !self.width.is_one() {
            self.width.too_many();
        }
        // While others bring bytes, one that failed for the first time is replaced at once.
        let wait = match retry_after {
            Some(asked) => self.asker.tempo.retry_after(asked),
            None if failures == 1 && !self.tasks.is_empty() => Duration::ZERO,
            None => self.asker.tempo.backoff(failures),
        };
        self.hold(WaitFor::Retry(why), wait);
        Ok(())
    }

    fn hold(&mut self, why: WaitFor, wait: Duration) {
        let until = Instant::now() + wait;
        if !wait.is_zero() {
            self.hold_until = Some(until);
            let why = why.clone();
            self.shared.board.edit(|now| now.waiting = Some(super::progress::Waiting { why, until }));
        }
        self.shared.board.tell(Event::Waits { why, wait_ms: wait.as_millis() as u64 });
    }

    fn one_stream(&mut self, why: &str) {
        self.width.only_one();
        self.shared.board.tell(Event::OneStream { why: why.to_owned() });
    }

    async fn pause(&mut self) -> Result<(), Failed> {
        self.close_all().await;
        joined(record(Arc::clone(&self.shared))).await?;
        self.shared.interrupted.store(true, Ordering::Relaxed);
        self.shared.board.edit(|now| now.paused = true);
        self.show();
        self.shared.board.tell(Event::Paused);
        self.control.clone().no_longer(Wish::Pause).await;
        self.shared.board.edit(|now| now.paused = false);
        self.shared.board.tell(Event::WentOn);
        self.hold_until = None;
        Ok(())
    }

    /// Ends all connections; their bytes stay.
    async fn close_all(&mut self) {
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        self.asking = false;
        self.shared.ledger().end_all_leases();
        self.shared.board.edit(|now| now.waiting = None);
    }

    /// Syncs and records what came since the last time, beside the transfer.
    async fn keep(&mut self) -> Result<(), Failed> {
        if let Some(keeper) = self.keeper.take_if(|keeper| keeper.is_finished()) {
            joined(keeper).await?;
        }
        if self.keeper.is_none() {
            self.keeper = Some(record(Arc::clone(&self.shared)));
        }
        Ok(())
    }

    fn reached(&mut self) {
        let have = self.shared.ledger().written().len_bytes();
        self.patience.reached(have);
    }

    fn show(&mut self) {
        self.reached();
        let (bytes, total) = {
            let ledger = self.shared.ledger();
            (ledger.written().len_bytes(), ledger.total())
        };
        let connections = self.tasks.len() - usize::from(self.asking && !self.tasks.is_empty());
        self.shared.board.edit(|now| {
            now.bytes = bytes;
            now.total_bytes = total;
            now.connections = connections as u16;
        });
        self.shared.board.look(Instant::now(), self.shared.received_bytes());
    }

    fn cancelled(&self) -> Failed {
        Failed::Cancelled { have_bytes: self.shared.ledger().written().len_bytes() }
    }

    fn gave_up(&self, setback: Setback, tries: u32) -> Failed {
        let ledger = self.shared.ledger();
        match setback {
            Setback::Refused(refusal, _) => Failed::Unexpected { refusal, tries },
            Setback::Final(error) => Failed::Api(error),
            Setback::Cut(why) => Failed::Incomplete {
                have_bytes: ledger.written().len_bytes(),
                total_bytes: ledger.total(),
                tries,
                why,
            },
        }
    }

    /// A write does not know how much is still to come.
    fn with_need(&self, failed: Failed) -> Failed {
        match failed {
            Failed::DiskFull { folder, available_bytes, .. } => {
                let ledger = self.shared.ledger();
                let needed_bytes =
                    ledger.total().map_or(1, |total| total.saturating_sub(ledger.written().len_bytes()));
                Failed::DiskFull { folder, needed_bytes, available_bytes }
            }
            other => other,
        }
    }
}

/// Measures the gain of more connections, once a second of transfer.
struct Measure {
    since: Instant,
    bytes: u64,
}

impl Measure {
    const SPAN: Duration = Duration::from_secs(1);

    fn new(bytes: u64) -> Self {
        Self { since: Instant::now(), bytes }
    }

    fn look(&mut self, width: &mut Width, bytes: u64) {
        let span = self.since.elapsed();
        if span >= Self::SPAN && !width.is_settled() {
            width.measured((bytes - self.bytes) as f64 / span.as_secs_f64());
            *self = Self::new(bytes);
        }
    }
}
