//! Tests the downloader against misbehaving servers, over real HTTP.

mod chaos;
mod disk;
mod meddling;
mod server;
mod verdict;
mod wire;

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::*;
use crate::gitlab::{Client, Instance, NetworkConfig, Token};
use server::{Fault, NAME, Server, content};

/// Short waits. Only the stall is long, so that a busy machine does not count as one.
fn download_timing() -> DownloadTiming {
    let soon = Duration::from_millis(1);
    DownloadTiming {
        backoff_base: soon,
        backoff_cap: soon,
        attempts: 6,
        stall: Duration::from_mins(1),
        progress_every: soon,
        sync_every: soon,
        not_ready_every: soon,
        not_ready_wait: soon * 3,
        rate_wait: Duration::from_secs(10),
        rate_default: soon,
        retry_after_factor: 0.001,
        lock_wait: Duration::from_secs(10),
        ..DownloadTiming::default()
    }
}

fn client(server: &Server) -> Client {
    let instance = Instance::parse(&server.api_url).unwrap();
    let token = Token::new("glpat-secret".to_owned()).unwrap();
    Client::new(instance, Some(token), &NetworkConfig::default()).unwrap()
}

fn job(server: &Server, target: Target) -> DownloadJob {
    DownloadJob {
        download_timing: download_timing(),
        ..DownloadJob::new(Source::export(client(server), 42), target)
    }
}

/// Hashes all it reads; rejects a file that starts with `BAD`.
fn verify(mut follow: Follow) -> (String, Decision) {
    let mut all = Vec::new();
    let whole = follow.read_to_end(&mut all).is_ok();
    let good = whole && !all.starts_with(b"BAD");
    (digest(&all), if good { Decision::Keep } else { Decision::Reject })
}

fn digest(bytes: &[u8]) -> String {
    format!("{:?}", Sha256::digest(bytes))
}

async fn run(job: DownloadJob) -> Result<Done<String>, Failed> {
    download(job, verify, watch::channel(DownloadProgress::default()).0).await
}

/// Runs a download and also returns its events.
async fn run_seen(job: DownloadJob) -> (Result<Done<String>, Failed>, Vec<DownloadEvent>) {
    let (sender, receiver) = watch::channel(DownloadProgress::default());
    let outcome = download(job, verify, sender).await;
    let events = receiver.borrow().events.iter().map(|(_, event)| event.clone()).collect();
    (outcome, events)
}

/// The file is complete, verified, private and alone in its folder.
fn assert_whole(done: &Done<String>, bytes: &[u8]) {
    assert!(std::fs::read(&done.path).unwrap() == bytes, "the bytes on disk differ");
    assert_eq!(done.verification, digest(bytes), "the proof read something else");
    assert_eq!((done.decision, done.bytes), (Decision::Keep, bytes.len() as u64));
    let leftovers: Vec<_> = names(done.path.parent().unwrap());
    assert!(!leftovers.iter().any(|name| name.contains(".part") && !name.contains("aside")), "{leftovers:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until the progress satisfies a condition.
async fn until(
    progress: &mut watch::Receiver<DownloadProgress>,
    wanted: impl FnMut(&DownloadProgress) -> bool,
) {
    let seen = tokio::time::timeout(Duration::from_mins(1), progress.wait_for(wanted)).await;
    assert!(seen.expect("the progress never showed it").is_ok(), "the transfer ended before");
}
