//! Random faults in random order never produce a wrong file.

use super::*;

fn any_fault(random: &mut fastrand::Rng, len: usize) -> Fault {
    let at = random.usize(..len / 2);
    match random.u8(..14) {
        0 | 1 => Fault::None,
        2..=5 => Fault::CutAfter(at),
        6 => Fault::Status(403, "", "<Error><Code>ExpiredToken</Code></Error>"),
        7 => Fault::Status(503, "Retry-After: 1\r\n", "SlowDown"),
        8 => Fault::ShiftedRange(1 + at as u64 / 2),
        9 => Fault::RangeMissing,
        10 => Fault::ShortBody,
        11 => Fault::IgnoreRange,
        12 => Fault::Typed("text/html"),
        _ => Fault::IgnoreIfRange,
    }
}

/// Injects faults until `faults` are used up, and sometimes changes the file. Then everything works.
async fn chaos(seed: u64, len: usize, connections: Option<u8>, faults: usize) {
    let server = Server::start(content(seed, len), seed.is_multiple_of(5)).await;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut left = faults;
    server.script(move |seen, content| {
        if left == 0 || (seen.api && !seed.is_multiple_of(5)) {
            return Fault::None;
        }
        left -= 1;
        if random.u8(..12) == 0 {
            content.etag = random.bool().then(|| format!("\"{}\"", random.u64(..)));
            // Nobody can distinguish two files of the same size without an ETag.
            let more = if content.etag.is_some() { random.usize(..3) } else { 100 + left };
            content.bytes = Arc::new(super::content(random.u64(..), len + more));
        }
        any_fault(&mut random, len)
    });
    let dir = tempfile::tempdir().unwrap();
    let job = DownloadJob { connections, ..job(&server, Target::File(dir.path().join("a.tar.gz"))) };
    let mut outcome = run(job.clone()).await;
    for _ in 0..faults {
        if outcome.is_ok() {
            break;
        }
        assert!(!dir.path().join("a.tar.gz").exists(), "seed {seed}: a failure leaves no file");
        outcome = run(job.clone()).await;
    }
    let mut now = Arc::default();
    server.edit_content(|content| now = Arc::clone(&content.bytes));
    let done = outcome.unwrap_or_else(|failed| panic!("seed {seed}: {failed}"));
    // The file may have changed after its last byte was sent. Then the verification saw the previous file, complete.
    let on_disk = std::fs::read(&done.path).unwrap();
    assert_eq!(done.verification, digest(&on_disk), "seed {seed}: the proof saw other bytes than the disk");
    assert!(on_disk == *now, "seed {seed}: a mixture of two files");
}

#[tokio::test(flavor = "multi_thread")]
async fn random_faults_never_make_a_wrong_file() {
    for seed in 0..60 {
        chaos(seed, 100_000, Some(1 + (seed % 3) as u8), 12).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_faults_in_parallel_never_make_a_wrong_file() {
    for seed in 101..107 {
        chaos(seed, 20 * 1024 * 1024, Some(4), 10).await;
    }
}
