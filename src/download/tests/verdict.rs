//! What happens to a file whose verification did not finish.

use super::*;

const LEN: usize = 50_000;

async fn setup() -> (Server, Vec<u8>, tempfile::TempDir, DownloadJob) {
    let bytes = content(3, LEN);
    let server = Server::start(bytes.clone(), false).await;
    let dir = tempfile::tempdir().unwrap();
    let target = Target::File(dir.path().join("archive.tar.gz"));
    let job = DownloadJob { run: Some("run 1".into()), ..job(&server, target) };
    (server, bytes, dir, job)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_could_not_be_read_stays_and_is_verified_by_the_next_try() {
    let (server, bytes, dir, job) = setup().await;
    let unread = |mut follow: Follow| {
        follow.read_to_end(&mut Vec::new()).unwrap();
        ("the disk did not answer".to_owned(), Decision::Unread)
    };
    let progress = watch::channel(DownloadProgress::default()).0;
    let done = download(job.clone(), unread, progress).await.unwrap();
    assert_eq!(done.path, dir.path().join("archive.tar.gz.part"));
    assert_eq!(std::fs::read(&done.path).unwrap(), bytes);
    let asked = server.seen(false).len();
    assert_whole(&run(job).await.unwrap(), &bytes);
    assert_eq!(server.seen(false).len(), asked, "every byte was there");
    assert_eq!(names(dir.path()), ["archive.tar.gz"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_file_is_not_fetched_to_its_end() {
    let (server, _, dir, job) = setup().await;
    // The rest never arrives, so only an end that waits for nothing can end this download.
    server.storage_faults([Fault::StallAfter(1000)]);
    let abandon = |mut follow: Follow| {
        follow.read_exact(&mut [0; 2]).unwrap();
        ("no gzip".to_owned(), Decision::Abandon)
    };
    let progress = watch::channel(DownloadProgress::default()).0;
    let outcome = tokio::time::timeout(Duration::from_secs(30), download(job, abandon, progress)).await;
    let done = outcome.expect("the download waited for the rest").unwrap();
    assert_eq!((done.decision, &*done.verification), (Decision::Abandon, "no gzip"));
    assert!(done.bytes < LEN as u64);
    assert_eq!(names(dir.path()), ["archive.tar.gz.damaged"]);
}
