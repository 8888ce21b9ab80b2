//! One repository, read with git's own protocol and written as a bundle.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::archive::{BundleWriter, WrittenBundle};
use crate::case::{UserError, format};
use crate::engine::access::ApiAccess;
use crate::engine::core::on_disk_thread;
use crate::engine::limiter::Limit;
use crate::engine::refusals::of_gitlab;
use crate::gitlab::{Client, Error, ErrorKind, GitRef, GitRefs, GitRepository, ObjectFormat, Retry, retry};

use super::super::draft_file::DraftFile;
use super::super::meter::BuildMeter;
use super::record::{self, FillRecord, FilledFile};
use super::{Why, why};

/// The pieces of a pack that may wait for the disk.
const PIECES: usize = 8;
const WRITE_BYTES: usize = 256 << 10;
/// More than any archive can have that GitLab.com imports.
const MOST_BYTES: u64 = 10 << 30;
/// How often a repository is requested before it is left out.
const ATTEMPTS: u32 = 3;

/// Where the bundle goes.
#[derive(Clone, Debug)]
pub struct Fetching {
    pub folder: PathBuf,
    pub record: Arc<FillRecord>,
    /// The name in the archive.
    pub member: String,
}

/// What a repository gives.
#[derive(Debug)]
pub enum Fetched {
    /// The repository has no references, so there is no bundle.
    Nothing,
    Bundle(FilledFile),
}

impl Fetched {
    /// The bundle, if there is one.
    pub fn bundle(self) -> Option<FilledFile> {
        match self {
            Self::Bundle(file) => Some(file),
            Self::Nothing => None,
        }
    }
}

/// Why there is no bundle.
#[derive(Debug)]
pub struct NotFetched {
    pub why: Why,
    pub cause: FetchCause,
}

/// What the failure of one repository says about the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchCause {
    /// GitLab does not let the token read with git. Many such answers can block this computer's address
    /// (`rack_attack.git_basic_auth`).
    Refused,
    /// There is no such repository, or the token cannot see it.
    Missing,
    /// GitLab did not answer, however often it was asked.
    Unanswered,
    /// Something about this repository.
    Own,
}

impl FetchCause {
    fn of(error: &Error) -> Self {
        match (&error.kind, error.status) {
            (ErrorKind::NoRepository, Some(404)) => Self::Missing,
            (ErrorKind::NoRepository, _) => Self::Refused,
            (kind, _) if retry(kind) != Retry::No => Self::Unanswered,
            _ => Self::Own,
        }
    }
}

impl From<Why> for NotFetched {
    fn from(why: Why) -> Self {
        Self { why, cause: FetchCause::Own }
    }
}

/// Reads a repository. A lost connection begins it again, because git cannot resume a pack.
pub async fn fetch(
    api: &mut ApiAccess,
    from: &GitRepository,
    to: &Fetching,
    meter: &Arc<BuildMeter>,
) -> Result<Fetched, NotFetched> {
    let (mut failures, began) = (0, Instant::now());
    loop {
        let client = meter.unless_cancelled(api.client()).await.map_err(why)?.map_err(why)?;
        let error = match once(&client, api, from, to, meter).await {
            Ok(fetched) => return Ok(fetched),
            Err(FetchFailed::Local(why)) => return Err(why.into()),
            Err(FetchFailed::Api(error)) => error,
        };
        failures += 1;
        let wait = api.next_try(&error, failures).filter(|wait| {
            failures < ATTEMPTS && began.elapsed().saturating_add(*wait) <= api.timing.give_up
        });
        let Some(wait) = wait else {
            return Err(NotFetched { why: why(of_gitlab(&error)), cause: FetchCause::of(&error) });
        };
        meter.unless_cancelled(tokio::time::sleep(wait)).await.map_err(why)?;
    }
}

/// Why one attempt failed.
enum FetchFailed {
    Api(Error),
    Local(Why),
}

impl From<Error> for FetchFailed {
    fn from(error: Error) -> Self {
        Self::Api(error)
    }
}

async fn once(
    client: &Client,
    api: &ApiAccess,
    from: &GitRepository,
    to: &Fetching,
    meter: &Arc<BuildMeter>,
) -> Result<Fetched, FetchFailed> {
    let stopped = |cancelled: UserError| FetchFailed::Local(cancelled.headline);
    let limit = || meter.unless_cancelled(api.limiter.wait(&Limit::ProjectRead));
    limit().await.map_err(stopped)?;
    let refs = meter.unless_cancelled(client.git_refs(from)).await.map_err(stopped)??;
    if refs.refs.is_empty() {
        return Ok(Fetched::Nothing);
    }
    limit().await.map_err(stopped)?;
    let mut pack = meter.unless_cancelled(client.git_pack(&refs)).await.map_err(stopped)??;
    let (sender, pieces) = mpsc::channel(PIECES);
    let job = to.clone();
    let writing = tokio::spawn(on_disk_thread(move || write(&job, &refs, pieces)));
    let mut bytes = 0;
    let end = loop {
        let piece = match meter.unless_cancelled(pack.chunk()).await {
            Ok(piece) => piece,
            Err(cancelled) => break Err(stopped(cancelled)),
        };
        match piece {
            Ok(Some(piece)) => {
                bytes += piece.len() as u64;
                if let Err(cancelled) = meter.received(piece.len() as u64) {
                    break Err(stopped(cancelled));
                }
                if bytes > MOST_BYTES {
                    let most = format::bytes(MOST_BYTES);
                    break Err(FetchFailed::Local(format!("The repository is larger than {most}.")));
                }
                // The writer has ended with an error of the disk, which it returns.
                if sender.send(Some(piece)).await.is_err() {
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
    };
    if end.is_ok() {
        // Only after this does the writer take the pack for complete.
        sender.send(None).await.ok();
    }
    drop(sender);
    let written = writing.await;
    end?;
    let written = written.map_err(|_panicked| FetchFailed::Local("Internal error.".to_owned()))?;
    let written = written.map_err(|error| FetchFailed::Local(error.headline))?;
    match written.map_err(|error| FetchFailed::Local(format!("The bundle cannot be written: {error}.")))? {
        Ok(file) => Ok(Fetched::Bundle(file)),
        Err(flaw) => Err(FetchFailed::Local(format!("The bundle made of the server's pack {flaw}."))),
    }
}

type TrackerWrite = io::Result<Result<FilledFile, &'static str>>;

/// Writes the bundle, verifies it, and gives it its name. Leaves nothing behind on failure; the next reading takes
/// over what a crash left.
fn write(to: &Fetching, refs: &GitRefs, mut pieces: mpsc::Receiver<Option<Bytes>>) -> TrackerWrite {
    record::create_folder(&to.folder)?;
    let path = record::path_of(&to.folder, &to.member)
        .ok_or_else(|| io::Error::other("a project archive cannot contain it"))?;
    let mut draft = DraftFile::begin_over(&path)?;
    let written = match bundle(draft.file(), refs, &mut pieces)? {
        Ok(written) => written,
        Err(flaw) => return Ok(Err(flaw)),
    };
    draft.sync()?;
    let file = FilledFile { member: to.member.clone(), bytes: written.bytes, sha256: written.sha256 };
    draft.name_over(record::announce(&to.folder, &to.record, &file)?)?;
    Ok(Ok(file))
}

fn bundle(
    file: &File,
    refs: &GitRefs,
    pieces: &mut mpsc::Receiver<Option<Bytes>>,
) -> io::Result<Result<WrittenBundle, &'static str>> {
    let names = refs.refs.iter().map(|one: &GitRef| (one.oid.as_str(), one.name.as_slice()));
    let out = BufWriter::with_capacity(WRITE_BYTES, file);
    let mut writer = BundleWriter::begin(out, refs.format == ObjectFormat::Sha256, names)?;
    loop {
        match pieces.blocking_recv() {
            Some(Some(piece)) => writer.push(&piece)?,
            Some(None) => return writer.finish(),
            // The pack did not arrive as a whole.
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
