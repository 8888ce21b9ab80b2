//! Runs one download: which connection fetches which bytes, what follows a failure, and when to give up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::ask::DownloadRequester;
use super::checkpoint::{self, joined, record};
use super::connection::{Ended, Shared, fetch_lease, receive, write_body};
use super::control::{Control, Desired};
use super::fail::Failed;
use super::identity::Identity;
use super::judge::{Expectation, Next, RangeRefusal, RewriteReason};
use super::parallelism::Parallelism;
use super::plan::Lease;
use super::progress::{DownloadEvent, WaitFor, after};
use super::source::StorageFailure;
use super::timing::FailureStreak;
use crate::gitlab::{self, Body, SignedUrl};

/// How to get the next bytes.
#[derive(Debug)]
pub enum UrlSource {
    /// A call to GitLab, which answers with a link or the bytes.
    Ask,
    /// A signed link, used until it expires.
    Link(SignedUrl),
}

/// How a connection's task ended, with its lease and the round in which it started.
type Report = (Lease, u64, Out);

#[derive(Debug)]
enum Out {
    Connection(Ended),
    Asked(Box<Result<gitlab::DownloadAnswer, Failed>>, Expectation),
}

/// The state of a running download.
#[derive(Debug)]
pub struct RunningDownload {
    shared: Arc<Shared>,
    requester: DownloadRequester,
    control: Control,
    parallelism: Parallelism,
    url_source: UrlSource,
    tasks: JoinSet<Report>,
    /// An API call is running.
    asking: bool,
    /// GitLab sends the bytes itself, over one connection.
    direct: bool,
    timing: FailureStreak,
    /// Failures of connections that started in the same round count once, because a lost network breaks all of them
    /// at a time.
    round: u64,
    hold_until: Option<Instant>,
    /// [`super::Orders::retries`] when the hold began.
    retries_seen: u32,
    length_unknown: bool,
    /// Where a body of unknown length ended, while a request to the storage checks whether that is the end of the
    /// file.
    probing: Option<u64>,
    checkpoint: Option<tokio::task::JoinHandle<Result<(), Failed>>>,
}

impl RunningDownload {
    pub fn new(
        shared: Arc<Shared>,
        requester: DownloadRequester,
        parallelism: Parallelism,
        url_source: UrlSource,
    ) -> Self {
        let mut timing = FailureStreak::default();
        timing.reached(shared.ranges().written().len_bytes());
        Self {
            control: shared.control.clone(),
            shared,
            requester,
            parallelism,
            url_source,
            tasks: JoinSet::new(),
            asking: false,
            direct: false,
            timing,
            round: 0,
            hold_until: None,
            retries_seen: 0,
            length_unknown: false,
            probing: None,
            checkpoint: None,
        }
    }

    /// Uses the bytes that GitLab began to send in answer to the first call.
    pub fn begin_with(&mut self, body: Body, expected: Expectation) {
        self.direct = true;
        let lease = self.shared.ranges().lease(None);
        if let Some(lease) = lease {
            self.receive(lease, body, expected);
        }
    }

    /// Fetches every missing byte. Records what arrived in any case.
    pub async fn run(&mut self) -> Result<(), Failed> {
        let outcome = self.conduct().await;
        self.close_all().await;
        let before = match self.checkpoint.take() {
            Some(checkpoint) => joined(checkpoint).await,
            None => Ok(()),
        };
        let recorded = joined(record(Arc::clone(&self.shared))).await;
        self.show();
        // A disk failure is reported once, to the caller of that sync.
        outcome.and(before).and(recorded)
    }

    async fn conduct(&mut self) -> Result<(), Failed> {
        let mut sample =
            interval(self.requester.download_timing.progress_every.max(Duration::from_millis(1)));
        sample.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut keep = interval(self.requester.download_timing.sync_every.max(Duration::from_millis(1)));
        keep.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut measure = Measure::new(self.shared.received_bytes());
        loop {
            match self.control.orders().desired {
                Desired::Run => {}
                Desired::Pause => {
                    self.pause().await?;
                    continue;
                }
                Desired::Cancel => return Err(self.cancelled()),
            }
            if self.shared.ranges().is_complete() {
                return Ok(());
            }
            self.fill();
            let (mut control, mut wait) = (self.control.clone(), self.control.clone());
            let held = self.hold_until;
            tokio::select! {
                Some(report) = self.tasks.join_next() => self.report(report).await?,
                _ = control.no_longer(Desired::Run) => {}
                _ = sample.tick() => {
                    self.show();
                    measure.sample(&mut self.parallelism, self.shared.received_bytes());
                }
                _ = keep.tick() => self.keep().await?,
                () = wait.until(held.unwrap_or_else(Instant::now), self.retries_seen), if held.is_some() => {
                    self.hold_until = None;
                    self.shared.progress_sink.edit(|now| now.waiting = None);
                }
            }
        }
    }

    /// Gives missing bytes to as many connections as are allowed now.
    fn fill(&mut self) {
        while self.hold_until.is_none() {
            let total = self.shared.ranges().total();
            let most = if self.direct { 1 } else { self.parallelism.connections(total) };
            let piece = if self.direct { None } else { self.parallelism.piece_bytes(total) };
            if self.tasks.len() >= most || (self.asking && matches!(self.url_source, UrlSource::Ask)) {
                return;
            }
            let Some(lease) = self.shared.ranges().lease(piece) else { return };
            let (shared, round) = (Arc::clone(&self.shared), self.round);
            match &self.url_source {
                UrlSource::Link(link) => {
                    let link = link.clone();
                    self.tasks.spawn(async move {
                        (lease, round, Out::Connection(fetch_lease(shared, link, lease).await))
                    });
                }
                UrlSource::Ask => {
                    self.asking = true;
                    let (requester, expected) = (self.requester.clone(), shared.expectation(lease));
                    let have_bytes = shared.ranges().written().len_bytes();
                    self.tasks.spawn(async move {
                        let answer = requester.ask(&expected, have_bytes).await;
                        (lease, round, Out::Asked(Box::new(answer), expected))
                    });
                }
            }
        }
    }

    async fn report(&mut self, report: Result<Report, tokio::task::JoinError>) -> Result<(), Failed> {
        let part = self.shared.target_file.part();
        let (lease, round, out) =
            report.map_err(|gone| Failed::from_io(&part, std::io::Error::other(gone)))?;
        self.reached();
        match out {
            Out::Asked(answer, expected) => {
                self.asking = false;
                match (*answer)? {
                    gitlab::DownloadAnswer::Storage(link) => {
                        self.direct = false;
                        self.url_source = UrlSource::Link(link.url);
                        self.shared.ranges().end_lease(lease.id);
                    }
                    gitlab::DownloadAnswer::Direct(body) => {
                        self.direct = true;
                        self.receive(lease, body, expected);
                    }
                }
            }
            Out::Connection(Ended::Filled) => self.shared.ranges().end_lease(lease.id),
            Out::Connection(Ended::SizeKnown(total)) => {
                self.shared.ranges().end_lease(lease.id);
                self.shared.ranges().set_total(total);
            }
            Out::Connection(Ended::EndUnannounced(total)) => {
                self.shared.ranges().end_lease(lease.id);
                // A request to the storage checks what follows: nothing, if this was the end. With GitLab as the
                // source, such a call would cost a minute, so only the verification decides.
                if self.probing.is_none() && matches!(self.url_source, UrlSource::Link(_)) {
                    self.probing = Some(total);
                } else {
                    self.shared.ranges().set_total(total);
                }
            }
            Out::Connection(Ended::Failed(failed)) => return Err(self.with_need(failed)),
            Out::Connection(Ended::Whole { body, why }) => self.whole(*body, why).await?,
            Out::Connection(Ended::StorageFailure(failure)) => {
                self.shared.ranges().end_lease(lease.id);
                self.failure(failure, round).await?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, lease: Lease, body: Body, expected: Expectation) {
        let (shared, round, generation) = (Arc::clone(&self.shared), self.round, self.shared.generation());
        self.tasks.spawn(async move {
            (lease, round, Out::Connection(receive(shared, body, expected, lease, generation).await))
        });
    }

    /// Handles a body that is the file from its first byte.
    async fn whole(&mut self, body: Body, why: RewriteReason) -> Result<(), Failed> {
        let reason = match why {
            RewriteReason::WholeFile => "the server sends the file from its first byte",
            RewriteReason::RangeIgnored => "the server does not support ranges",
            RewriteReason::FileChanged => "the file on the server has changed",
        };
        self.shared.note_coding(&body.head);
        let identity = Identity::of(&body.head);
        let total = identity.total;
        // A complete file of another size shows that the previous body was cut off.
        let may_be_the_end = total.is_none_or(|total| self.probing == Some(total));
        if why != RewriteReason::FileChanged && may_be_the_end && self.believe_the_end() {
            return Ok(());
        }
        if why == RewriteReason::RangeIgnored && !self.parallelism.is_one() {
            self.one_stream(reason);
        }
        self.start_over(identity, reason).await?;
        if total.is_none() && !self.length_unknown {
            self.length_unknown = true;
            self.shared.progress_sink.tell(DownloadEvent::LengthUnknown);
        }
        let lease = self.shared.ranges().lease(None);
        let Some(lease) = lease else { return Ok(()) };
        let (shared, round, generation) = (Arc::clone(&self.shared), self.round, self.shared.generation());
        self.tasks.spawn(async move {
            (lease, round, Out::Connection(write_body(shared, body, lease, total, generation).await))
        });
        Ok(())
    }

    /// The storage does not tell what follows a body of unknown length: treats it as the whole file, and the
    /// verification decides. Returns `false` where that question was not open.
    fn believe_the_end(&self) -> bool {
        let mut ranges = self.shared.ranges();
        let asked = ranges.total().is_none() && self.probing == Some(ranges.written().prefix_bytes());
        if let Some(end) = self.probing.filter(|_| asked) {
            ranges.end_all_leases();
            ranges.set_total(end);
        }
        asked
    }

    /// Closes every connection and empties the file, unless it is empty already.
    async fn start_over(&mut self, identity: Identity, why: &str) -> Result<(), Failed> {
        self.close_all().await;
        let had_bytes = !self.shared.ranges().written().is_empty();
        joined(checkpoint::empty(Arc::clone(&self.shared), identity)).await?;
        if had_bytes {
            self.shared.interrupted.store(false, Ordering::Relaxed);
            self.shared.progress_sink.edit(|now| now.restarted += 1);
            self.shared.progress_sink.tell(DownloadEvent::StartedOver { why: why.to_owned() });
        }
        Ok(())
    }

    /// Decides what follows a failure: the same request later, a new link, one stream, a restart from the first byte,
    /// or the end.
    async fn failure(&mut self, failure: StorageFailure, round: u64) -> Result<(), Failed> {
        if !failure.may_pass() && self.believe_the_end() {
            return Ok(());
        }
        if let StorageFailure::Final(error) = failure {
            return Err(Failed::Api(error));
        }
        self.shared.interrupted.store(true, Ordering::Relaxed);
        if round < self.round {
            return Ok(());
        }
        self.round += 1;
        let failures = self.timing.failed();
        self.shared.progress_sink.edit(|now| now.retries += 1);
        let (why, next, retry_after) = match &failure {
            StorageFailure::Refused(refusal, after) => (refusal.to_string(), refusal.next(), *after),
            StorageFailure::Cut(why) => (why.clone(), Next::Retry, None),
            StorageFailure::Unreachable(error) => (error.to_string(), Next::Retry, None),
            StorageFailure::Final(_) => return Ok(()),
        };
        // A storage that has never sent a byte is probably unreachable, and not just failing for a while.
        let is_strange =
            matches!(failure, StorageFailure::Unreachable(_)) && self.shared.received_bytes() == 0;
        let most = if next == Next::AskAgain || is_strange {
            self.requester.download_timing.links
        } else {
            u32::MAX
        };
        if failures >= self.requester.download_timing.attempts.min(most) {
            if self.believe_the_end() {
                return Ok(());
            }
            return Err(self.out_of_tries(failure, failures));
        }
        match next {
            Next::AskAgain => self.url_source = UrlSource::Ask,
            Next::StartOver => {
                if failures > 1 && !self.parallelism.is_one() {
                    // Two servers that disagree about the ETag look like a file that changes with every part.
                    self.one_stream(&why);
                }
                self.start_over(Identity::default(), &why).await?;
            }
            Next::OneStream if failures > self.requester.download_timing.attempts / 2 => {
                // Parts do not work here at all, and the whole file needs none.
                self.start_over(Identity::default(), &why).await?;
            }
            Next::OneStream if !self.parallelism.is_one() => self.one_stream(&why),
            Next::OneStream | Next::Retry => {}
        }
        if matches!(failure, StorageFailure::Refused(RangeRefusal::Busy(_), _)) && !self.parallelism.is_one()
        {
            self.parallelism.too_many();
        }
        // While other connections receive bytes, a connection that failed for the first time is replaced at once.
        let wait = match retry_after {
            Some(asked) => self.requester.download_timing.retry_after(asked, failures),
            None if failures == 1 && !self.tasks.is_empty() => Duration::ZERO,
            None => self.requester.download_timing.backoff(failures),
        };
        self.hold(WaitFor::Retry(why), wait);
        Ok(())
    }

    fn hold(&mut self, why: WaitFor, wait: Duration) {
        let until = after(Instant::now(), wait);
        if !wait.is_zero() {
            (self.hold_until, self.retries_seen) = (Some(until), self.control.orders().retries);
            let why = why.clone();
            self.shared
                .progress_sink
                .edit(|now| now.waiting = Some(super::progress::DownloadWait { why, until }));
        }
        self.shared.progress_sink.tell(DownloadEvent::Waits { why, wait_ms: wait.as_millis() as u64 });
    }

    fn one_stream(&mut self, why: &str) {
        self.parallelism.only_one();
        self.shared.progress_sink.tell(DownloadEvent::OneStream { why: why.to_owned() });
    }

    async fn pause(&mut self) -> Result<(), Failed> {
        self.close_all().await;
        joined(record(Arc::clone(&self.shared))).await?;
        self.shared.interrupted.store(true, Ordering::Relaxed);
        self.shared.progress_sink.edit(|now| now.paused = true);
        self.show();
        self.shared.progress_sink.tell(DownloadEvent::Paused);
        self.control.clone().no_longer(Desired::Pause).await;
        self.shared.progress_sink.edit(|now| now.paused = false);
        self.shared.progress_sink.tell(DownloadEvent::Continued);
        self.hold_until = None;
        Ok(())
    }

    /// Closes all connections; their bytes stay.
    async fn close_all(&mut self) {
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        self.asking = false;
        self.shared.ranges().end_all_leases();
        self.shared.progress_sink.edit(|now| now.waiting = None);
    }

    /// Syncs and records what arrived since the last record, while the download continues.
    async fn keep(&mut self) -> Result<(), Failed> {
        if let Some(checkpoint) = self.checkpoint.take_if(|checkpoint| checkpoint.is_finished()) {
            joined(checkpoint).await?;
        }
        if self.checkpoint.is_none() {
            self.checkpoint = Some(record(Arc::clone(&self.shared)));
        }
        Ok(())
    }

    fn reached(&mut self) {
        let have = self.shared.ranges().written().len_bytes();
        self.timing.reached(have);
    }

    fn show(&mut self) {
        self.reached();
        let (bytes, total) = {
            let ranges = self.shared.ranges();
            (ranges.written().len_bytes(), ranges.total())
        };
        let connections = self.tasks.len() - usize::from(self.asking && !self.tasks.is_empty());
        self.shared.progress_sink.edit(|now| {
            now.bytes = bytes;
            now.total_bytes = total;
            now.connections = connections as u16;
        });
        self.shared.progress_sink.sample(Instant::now(), self.shared.received_bytes());
    }

    fn cancelled(&self) -> Failed {
        Failed::Cancelled { have_bytes: self.shared.ranges().written().len_bytes() }
    }

    fn out_of_tries(&self, failure: StorageFailure, tries: u32) -> Failed {
        let ranges = self.shared.ranges();
        match failure {
            StorageFailure::Refused(refusal, _) => Failed::Unexpected { refusal, tries },
            StorageFailure::Unreachable(error) if self.shared.received_bytes() == 0 => Failed::Api(error),
            StorageFailure::Final(error) => Failed::Api(error),
            StorageFailure::Unreachable(error) => Failed::Incomplete {
                have_bytes: ranges.written().len_bytes(),
                total_bytes: ranges.total(),
                tries,
                why: error.to_string(),
            },
            StorageFailure::Cut(why) => Failed::Incomplete {
                have_bytes: ranges.written().len_bytes(),
                total_bytes: ranges.total(),
                tries,
                why,
            },
        }
    }

    /// Adds the number of missing bytes to an error, because a write does not know it.
    fn with_need(&self, failed: Failed) -> Failed {
        match failed {
            Failed::DiskFull { folder, available_bytes, .. } => {
                let ranges = self.shared.ranges();
                let needed_bytes =
                    ranges.total().map(|total| total.saturating_sub(ranges.written().len_bytes()));
                Failed::DiskFull { folder, needed_bytes, available_bytes }
            }
            other => other,
        }
    }
}

/// Measures whether more connections help.
struct Measure {
    since: Instant,
    bytes: u64,
}

impl Measure {
    /// Long enough for new connections to get up to speed, and short beside any download that uses several.
    const SPAN: Duration = Duration::from_millis(500);

    fn new(bytes: u64) -> Self {
        Self { since: Instant::now(), bytes }
    }

    fn sample(&mut self, parallelism: &mut Parallelism, bytes: u64) {
        let span = self.since.elapsed();
        if span >= Self::SPAN && !parallelism.is_settled() {
            parallelism.measured((bytes - self.bytes) as f64 / span.as_secs_f64());
            *self = Self::new(bytes);
        }
    }
}
