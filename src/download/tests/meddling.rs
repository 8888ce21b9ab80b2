//! Another program that writes to the partial file during the download.

use super::disk::setup;
use super::*;

/// Another program writes to the same path, as `curl -o` does: it empties the file first, or adds to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_cut_or_lengthened_gets_no_name() {
    for length in [0, 10, 50_000_000] {
        let (_server, bytes, dir, job) = setup().await;
        let again = job.clone();
        let part = dir.path().join("archive.tar.gz.part");
        let meddle = move |mut follow: Follow| {
            follow.read_exact(&mut [0]).unwrap();
            std::fs::OpenOptions::new().write(true).open(&part).unwrap().set_len(length).unwrap();
            // What a check says of bytes that were good when it read them.
            std::io::copy(&mut follow, &mut std::io::sink()).ok();
            (String::new(), Decision::Keep)
        };
        let outcome = download(job, meddle, watch::channel(DownloadProgress::default()).0).await;
        assert!(matches!(outcome, Err(Failed::PartGone(_))), "{length}: {outcome:?}");
        assert!(!dir.path().join("archive.tar.gz").exists(), "{length}");
        assert_whole(&run(again).await.unwrap(), &bytes);
    }
}

/// Two programs write to the same path, and somebody deleted the partial file of the first. The second's unfinished
/// file must not become the file that the first has verified.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_file_that_was_verified_gets_the_name() {
    for (theirs, bad) in [(Some("half of another"), false), (None, false), (Some("half of another"), true)] {
        let (server, _, dir, job) = setup().await;
        if bad {
            server.edit_content(|content| content.bytes = Arc::new(b"BAD bytes".to_vec()));
        }
        let part = dir.path().join("archive.tar.gz.part");
        let meddle = move |follow: Follow| {
            let verified = verify(follow);
            std::fs::remove_file(&part).unwrap();
            if let Some(theirs) = theirs {
                std::fs::write(&part, theirs).unwrap();
            }
            verified
        };
        let outcome = download(job, meddle, watch::channel(DownloadProgress::default()).0).await;
        assert!(matches!(outcome, Err(Failed::PartGone(_))), "{outcome:?}");
        let named: Vec<_> = names(dir.path()).into_iter().filter(|name| !name.contains(".part")).collect();
        assert!(named.is_empty(), "{named:?}");
        let left = std::fs::read_to_string(dir.path().join("archive.tar.gz.part")).ok();
        assert_eq!(left.as_deref(), theirs, "theirs is not touched");
    }
}
