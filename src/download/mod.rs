//! Bytes to disk: plan, transfer, judge each answer, resume, prove, rename.
//!
//! ```text
//! download ── ask      one API call, within its limits ──> a link, or the bytes
//!         ├── place    final name, `.part`, sidecar and lock; ours told from foreign
//!         ├── transfer conducts ── connection: fetch ─> judge ─> write
//!         └── proof    reads the growing file on its own thread ──> keep or reject
//! ```
//!
//! Pure parts: [`plan`] (which bytes), [`judge`] (what an answer is), [`sidecar`] (what survives a crash), [`name`],
//! [`width`] (how many connections). A file gets its final name only when the proof says so, and a bad one is moved
//! to `<name>.damaged`; both never replace anything. Bytes of a transfer that ends otherwise stay in `<name>.part`,
//! and the next one goes on from them if the server still has the same file.

mod ask;
mod connection;
mod control;
mod fail;
mod follow;
mod head;
mod judge;
mod keeper;
mod left;
mod name;
mod place;
mod plan;
mod progress;
mod proof;
mod sidecar;
mod source;
mod tempo;
mod transfer;
mod width;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

pub use control::{Announce, Control, Gate, Orders, Wish};
pub use fail::Failed;
pub use follow::{Broken, Follow};
pub use judge::{Difference, Refusal};
pub use place::{Target, has_its_name};
pub use progress::{Event, Progress, WaitFor, Waiting};
pub use proof::Decision;
pub use source::Source;
pub use tempo::Tempo;

pub use crate::platform::disk::Space;

use ask::Asker;
use connection::{Shared, expectation};
use head::Identity;
use judge::Expectation;
use place::Place;
use plan::Ledger;
use progress::Board;
use proof::Proof;
use transfer::{Road, Transfer};
use width::Width;

use crate::gitlab::{self, Body};

/// One download.
#[derive(Clone, Debug)]
pub struct Job {
    pub source: Source,
    pub target: Target,
    /// 1..=16; `None` finds out what helps.
    pub connections: Option<u8>,
    /// A word for the export run the file belongs to, where the caller knows it. A `.part` of another run is not
    /// gone on with; a whole one of the same run needs no request at all.
    pub run: Option<String>,
    pub tempo: Tempo,
    pub control: Control,
    pub gate: Gate,
    pub announce: Announce,
    pub space: Space,
}

impl Job {
    /// A job without limits, orders or a known run.
    pub fn new(source: Source, target: Target) -> Self {
        Self {
            source,
            target,
            connections: None,
            run: None,
            tempo: Tempo::default(),
            control: Control::new().1,
            gate: Gate::open(),
            announce: Announce::nobody(),
            space: Space::default(),
        }
    }
}

/// A file that came whole and was proven.
#[derive(Debug)]
pub struct Done<P> {
    /// The final name, or `<name>.damaged` where the proof rejected the file.
    pub path: PathBuf,
    pub decision: Decision,
    pub proof: P,
    pub bytes: u64,
    /// Times it went on from bytes it had.
    pub resumed: u32,
    /// Times it began with the first byte again.
    pub restarted: u32,
    pub api_requests: u32,
    pub storage_requests: u32,
}

/// Brings a file, proves it while it comes, and names it if it is good.
///
/// `prove` gets a blocking reader on a thread of its own and reads to the end; it is called again from the first byte
/// where the file starts over. Dropping the future ends everything; the bytes stay.
pub async fn download<P: Send + 'static>(
    job: Job,
    prove: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    progress: watch::Sender<Progress>,
) -> Result<Done<P>, Failed> {
    let board = Board::new(progress);
    let result = run(job, prove, &board).await;
    // The last numbers are seen also where no event follows them.
    board.show();
    result
}

async fn run<P: Send + 'static>(
    job: Job,
    prove: impl FnMut(Follow) -> (P, Decision) + Send + 'static,
    board: &Board,
) -> Result<Done<P>, Failed> {
    job.target.prepare()?;
    let Job { source, tempo, gate, .. } = job.clone();
    let asker = Asker { source, tempo, gate, board: board.clone() };
    let owner = asker.source.owner(job.run.clone());
    let left = left::look(&job.target, &owner);
    if let Some(left) = &left {
        // What is there is seen while GitLab is asked, which may take a minute.
        board.edit(|now| (now.bytes, now.total_bytes) = (left.done.len_bytes(), left.identity.total));
        board.show();
    }
    let whole = left.as_ref().is_some_and(|left| left.same_run && left.is_whole());
    let first = if whole { First::Nothing } else { first_answer(&job, &asker, left.as_ref()).await? };
    let name = match &first {
        First::Nothing => left.and_then(|left| left.name),
        First::Link(link) => link.file_name.as_deref().and_then(name::of_archive),
        First::Bytes(body, _) => body.head.file_name.as_deref().and_then(name::of_archive),
    };
    let name = name.as_deref().unwrap_or(asker.source.fallback_name());
    let (place, found) = Place::open(&job.target, name, &owner, job.tempo.lock_patience).await?;
    board.edit(|now| now.path = Some(place.path().to_owned()));
    tell(board, &found);
    let mut ledger = Ledger::new(found.identity.total, found.done);
    if !found.same_run {
        ledger.doubt_last_byte();
    }
    let shared = Arc::new(Shared::new(&asker, job.control.clone(), place, ledger, found.identity, job.space));
    let file = Arc::clone(&shared.place.file);
    let proof = Proof::start(Arc::clone(&shared.tail), file, prove)
        .map_err(|error| Failed::from_io(&shared.place.part(), error))?;
    let width = Width::new(job.connections);
    bring_all(&shared, asker, width, first).await?;
    finish(&shared, proof, board, job.control, job.announce).await
}

/// What the first call to GitLab gave.
enum First {
    Nothing,
    Link(gitlab::StorageLink),
    Bytes(Box<Body>, Expectation),
}

/// Asks GitLab, under the person's orders. What an earlier try left decides which part is asked for.
async fn first_answer(job: &Job, asker: &Asker, left: Option<&left::Left>) -> Result<First, Failed> {
    let expected = left.map_or_else(Expectation::default, |left| {
        let mut ledger = Ledger::new(left.identity.total, left.done.clone());
        ledger.doubt_last_byte();
        ledger
            .lease(None)
            .map_or_else(Expectation::default, |lease| expectation(left.identity.clone(), lease))
    });
    let have_bytes = left.map_or(0, |left| left.done.len_bytes());
    let mut control = job.control.clone();
    loop {
        match control.orders().wish {
            Wish::Run => {}
            Wish::Cancel => return Err(Failed::Cancelled { have_bytes }),
            Wish::Pause => {
                control.no_longer(Wish::Pause).await;
                continue;
            }
        }
        tokio::select! {
            _ = control.no_longer(Wish::Run) => {}
            answer = asker.ask(&expected, have_bytes) => return Ok(match answer? {
                gitlab::Source::Storage(link) => First::Link(link),
                gitlab::Source::Direct(body) => First::Bytes(Box::new(body), expected),
            }),
        }
    }
}

fn tell(board: &Board, found: &place::Found) {
    if let Some(to) = &found.set_aside {
        board.tell(Event::SetAside { to: to.clone() });
    }
    if let Some(why) = found.discarded {
        board.edit(|now| now.restarted += 1);
        board.tell(Event::StartedOver { why: why.to_owned() });
    }
}

async fn bring_all(shared: &Arc<Shared>, asker: Asker, width: Width, first: First) -> Result<(), Failed> {
    let road = match &first {
        First::Link(link) => Road::Link(link.url.clone()),
        First::Nothing | First::Bytes(..) => Road::Ask,
    };
    let mut transfer = Transfer::new(Arc::clone(shared), asker, width, road);
    if let First::Bytes(body, expected) = first {
        // Under another name than expected there are other bytes, and the answer does not fit them.
        if wanted(shared).is_some_and(|wanted| wanted.range == expected.range) {
            transfer.begin_with(*body, expected);
        }
    }
    transfer.run().await
}

/// What the place would ask for now; `None` where nothing is missing.
fn wanted(shared: &Shared) -> Option<Expectation> {
    let known: Identity = shared.identity().clone();
    let mut ledger = shared.ledger();
    let lease = ledger.lease(None)?;
    ledger.end_lease(lease.id);
    Some(expectation(known, lease))
}

/// All bytes are there: waits for the proof and names the file by it.
async fn finish<P: Send + 'static>(
    shared: &Arc<Shared>,
    proof: Proof<P>,
    board: &Board,
    mut control: Control,
    announce: Announce,
) -> Result<Done<P>, Failed> {
    let bytes = shared.ledger().written().len_bytes();
    board.edit(|now| now.proving = true);
    board.look(Instant::now(), shared.received_bytes());
    let cancelled = async {
        while control.no_longer(Wish::Run).await != Wish::Cancel {
            control.no_longer(Wish::Pause).await;
        }
    };
    let (proof, decision) = tokio::select! {
        verdict = proof.verdict() => verdict.ok_or(Failed::ProofStopped)?,
        () = cancelled => return Err(Failed::Cancelled { have_bytes: bytes }),
    };
    let named = Arc::clone(shared);
    let path = tokio::task::spawn_blocking(move || match decision {
        Decision::Keep => named.place.keep(&announce),
        Decision::Reject => named.place.keep_as_damaged(),
    });
    let path = path
        .await
        .unwrap_or_else(|gone| Err(Failed::from_io(&shared.place.part(), std::io::Error::other(gone))))?;
    let now = board.now();
    Ok(Done {
        path,
        decision,
        proof,
        bytes,
        resumed: now.resumed,
        restarted: now.restarted,
        api_requests: now.api_requests,
        storage_requests: now.storage_requests,
    })
}
