//! Every fault of a storage and of the network, over real HTTP, by the real program. The tests check the requests
//! that the practice GitLab received: the number of API calls, the ranges, and that no credentials left the
//! instance's origin.

use export_desk::practice::{Size, Storage};

use crate::download::{CliDownload, bring, faulty, local, ranges, stored};
use crate::fixture::Fixture;

/// The first request to a storage asks for a first range: its answer shows the size and whether ranges are supported.
const FIRST: &str = "bytes=0-8388607";
const CUT_AT_2_MB: &str = "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000";

fn object(what: &str) -> String {
    format!("on = \"object\"\n{what}")
}

fn download(what: &str) -> String {
    format!("on = \"export_download\"\n{what}")
}

/// Cut at 2 MB, then `what` for every later request.
fn cut_then(what: &str) -> CliDownload {
    bring(&stored(&[CUT_AT_2_MB, &object(&format!("at = 2\n{what}"))]), &[])
}

#[test]
fn without_a_fault_there_is_one_call_and_one_request() {
    let brought = bring(&stored(&[]), &[]);
    brought.assert_identical();
    assert_eq!((brought.asked(), brought.ranges()), ((1, 1), vec![FIRST]));
    assert!(brought.whys().is_empty() && brought.notices().is_empty());
    let brought = bring(&local(&[]), &[]);
    brought.assert_identical();
    assert_eq!(brought.asked(), (1, 0));
}

#[test]
fn a_lost_connection_is_resumed_at_the_storage_without_a_call() {
    for (what, why) in [
        ("kind = \"cut_after\"\nbytes = 2000000", "ended in the middle of the answer"),
        ("kind = \"stall_after\"\nbytes = 2000000", "did not send more data in time"),
    ] {
        let brought = bring(&stored(&[&object(what)]), &[]);
        brought.assert_identical();
        assert_eq!(brought.asked(), (1, 2), "{what}");
        assert_eq!(brought.ranges(), [FIRST, "bytes=2000000-"], "{what}");
        assert_eq!((brought.count("resumed"), brought.count("restarted")), (1, 0), "{what}");
        assert!(brought.whys()[0].contains(why), "{:?}", brought.whys());
        let second = &brought.storage[1];
        assert!(second.header("if-range").is_some_and(|etag| etag.starts_with('"')), "{:?}", second.headers);
    }
    // After a reset some bytes may be lost; a short body lacks its last bytes.
    for what in ["kind = \"reset_after\"\nbytes = 2000000", "kind = \"short_body\"\nmissing_bytes = 7"] {
        let brought = bring(&stored(&[&object(what)]), &[]);
        brought.assert_identical();
        assert_eq!((brought.asked(), brought.count("resumed")), ((1, 2), 1), "{what}");
    }
    for what in
        ["kind = \"cut_in_header\"\nafter_bytes = 20", "kind = \"bad_gateway\"", "kind = \"unavailable\""]
    {
        let brought = bring(&stored(&[&object(what)]), &[]);
        brought.assert_identical();
        assert_eq!((brought.asked(), brought.ranges()), ((1, 2), vec![FIRST, FIRST]), "{what}");
    }
}

#[test]
fn where_gitlab_itself_sends_the_bytes_a_resume_waits_for_the_limit() {
    // Slower than the other tests: the minute between two calls takes 1.2 s here, longer than the delays of a busy
    // machine.
    let pace = 0.02;
    let cut = download("kind = \"cut_after\"\nbytes = 2000000");
    let brought = bring(&Fixture::paced(faulty(Size::Medium, Storage::Local, &[&cut]), pace), &[]);
    brought.assert_identical();
    assert_eq!((brought.asked(), ranges(&brought.api)), ((2, 0), vec!["-", "bytes=2000000-"]));
    assert!(brought.api[1].at_ms - brought.api[0].at_ms >= 1000, "one call a minute");
    assert!(
        brought
            .whys()
            .iter()
            .any(|why| why.contains("GitLab allows one download request a minute for a project")),
        "{:?}",
        brought.whys()
    );
    let brought = bring(&local(&[&download("kind = \"stall_after\"\nbytes = 2000000")]), &[]);
    brought.assert_identical();
    assert_eq!((brought.asked(), ranges(&brought.api)), ((2, 0), vec!["-", "bytes=2000000-"]));
    // Workhorse's file server has no ETag, so the date is the condition.
    assert!(brought.api[1].header("if-range").is_some_and(|date| date.ends_with("GMT")));
}

#[test]
fn patience_is_bounded_by_progress_not_by_count() {
    let all = "times = 0\nkind = \"cut_after\"\nbytes = 200000";
    let brought = bring(&stored(&[&object(all)]), &[]);
    brought.assert_identical();
    assert!(brought.asked().1 > 20, "{:?}", brought.asked());
    assert_eq!(brought.whys().len(), brought.asked().1 - 1, "every retry is told");
    let brought = cut_then("times = 0\nkind = \"cut_in_header\"\nafter_bytes = 9");
    brought.assert_refused(7, "download_incomplete");
    assert_eq!(brought.asked(), (1, 10));
    assert!(
        brought.has_part() && brought.headline().contains("2000000 bytes are kept"),
        "{}",
        brought.headline()
    );
}

#[test]
fn a_link_that_dies_keeps_its_bytes() {
    let brought =
        bring(&stored(&[CUT_AT_2_MB, &download("kind = \"expiring_link\"\nafter_requests = 1")]), &[]);
    brought.assert_identical();
    assert_eq!(brought.asked(), (2, 3));
    assert_eq!(brought.ranges(), [FIRST, "bytes=2000000-", "bytes=2000000-"]);
    assert_eq!((brought.count("resumed"), brought.count("restarted")), (1, 0));
    assert_eq!(brought.storage[1].status, 403);
    assert!(brought.whys().iter().any(|why| why.contains("is no longer valid")), "{:?}", brought.whys());
    // The program soon gives up on links that are dead from the start: each costs one call of the rate limit.
    let brought =
        bring(&stored(&[&download("times = 0\nkind = \"expiring_link\"\nafter_requests = 0")]), &[]);
    brought.assert_refused(7, "download_incomplete");
    assert_eq!(brought.storage.len(), 3);
}

#[test]
fn a_changed_file_starts_over_and_says_so() {
    let brought = cut_then("kind = \"changed\"");
    brought.assert_identical();
    assert_eq!((brought.asked(), brought.count("restarted")), ((1, 2), 1));
    assert!(brought.notices()[0].contains("the file on the server has changed"), "{:?}", brought.notices());
    // The same if the new file appears behind a new link.
    let expires = download("kind = \"expiring_link\"\nafter_requests = 1");
    let changed = object("at = 3\nkind = \"changed\"");
    let brought = bring(&stored(&[CUT_AT_2_MB, &expires, &changed]), &[]);
    brought.assert_identical();
    assert_eq!((brought.api.len(), brought.count("restarted")), (2, 1));
}

#[test]
fn a_foreign_or_inconsistent_range_never_reaches_the_file() {
    let once = cut_then("kind = \"wrong_range\"");
    once.assert_identical();
    assert_eq!((once.asked(), once.count("resumed"), once.count("restarted")), ((1, 3), 1, 0));
    assert!(once.whys()[1].contains("sent bytes 1999999-"), "{:?}", once.whys());
    for what in ["wrong_range", "wrong_total", "range_refused"] {
        // A server that never serves ranges correctly still has the whole file.
        let brought = cut_then(&format!("times = 0\nkind = \"{what}\""));
        brought.assert_identical();
        assert_eq!((brought.api.len(), brought.count("restarted")), (1, 1), "{what}");
        assert_eq!(brought.ranges().last(), Some(&"-"), "{what}: the whole is asked for without a range");
        let many =
            bring(&stored(&[&object(&format!("times = 0\nkind = \"{what}\""))]), &["--connections", "8"]);
        // The server is asked for the whole file then, and the other seven connections are closed.
        many.assert_identical_but(7);
        assert_eq!(many.api.len(), 1, "{what}");
    }
}

#[test]
fn a_whole_answer_to_a_range_rewrites() {
    let brought = cut_then("kind = \"range_ignored\"");
    brought.assert_identical();
    assert_eq!((brought.asked(), brought.count("restarted")), ((1, 2), 1));
    assert!(brought.notices()[0].contains("the server does not support ranges"), "{:?}", brought.notices());
    let many = bring(&stored(&[&object("times = 0\nkind = \"range_ignored\"")]), &["--connections", "8"]);
    many.assert_identical();
    assert_eq!((many.asked(), many.count("restarted")), ((1, 1), 0), "its first answer is used as it is");
}

#[test]
fn pages_and_messages_never_become_the_file() {
    for (what, word) in [("kind = \"html\"", "web page"), ("kind = \"json\"", "JSON message")] {
        // A proxy interferes; the next link may avoid it.
        let brought = bring(&stored(&[&object(what)]), &[]);
        brought.assert_identical();
        assert_eq!(brought.asked(), (2, 2), "{what}");
        assert!(brought.whys()[0].contains(word), "{:?}", brought.whys());
        let brought = bring(&stored(&[&object(&format!("times = 0\n{what}"))]), &[]);
        brought.assert_refused(7, "unexpected_answer");
        assert_eq!(brought.storage.len(), 3, "{what}");
        assert!(brought.headline().contains(word), "{}", brought.headline());
        let brought = bring(&local(&[&download(&format!("times = 0\n{what}"))]), &[]);
        brought.assert_refused(7, "unexpected_answer");
        assert!(brought.api.len() <= 10, "{what}");
    }
}

#[test]
fn an_unknown_length_is_outlived() {
    let brought = bring(&stored(&[&object("times = 0\nkind = \"no_length\"")]), &[]);
    brought.assert_identical();
    assert_eq!(brought.asked(), (1, 1), "a part's Content-Range tells the size");
    let brought = bring(&local(&[&download("times = 0\nkind = \"no_length\"")]), &[]);
    brought.assert_identical();
    assert_eq!(brought.asked(), (1, 0));
    assert!(brought.notices()[0].contains("The server does not report the file's length. The verification shows whether the file is complete."), "{:?}", brought.notices());
}

#[test]
fn redirects_that_lead_astray_end_it_without_credentials() {
    let brought = bring(&stored(&[&download("kind = \"redirect_loop\"")]), &[]);
    let result = brought.end.result();
    assert_eq!((brought.end.exit, brought.end.code()), (7, "unexpected_answer"), "{result}");
    assert_eq!(brought.asked(), (1, 6), "five hops are followed, no more");
    let brought = bring(&stored(&[&download("kind = \"redirect_plain_http\"")]), &[]);
    brought.assert_refused(7, "unexpected_answer");
    assert_eq!(brought.asked(), (1, 0));
    assert!(brought.headline().contains("unencrypted"), "{}", brought.headline());
    let brought = bring(&stored(&[&download("kind = \"redirect_missing_host\"")]), &[]);
    assert_eq!((brought.end.exit, brought.end.code()), (7, "network"), "{}", brought.end.result());
    assert!(brought.headline().contains("cannot be reached"), "{}", brought.headline());
    assert!(brought.end.result()["hint"].as_str().unwrap().contains("proxy_download"));
    // A host name that does not exist is not retried ten times.
    assert_eq!(brought.asked(), (1, 0));
    assert!(brought.whys().len() < 5, "{:?}", brought.whys());
    // Another host counts as a storage: it gets no credentials, and its page is no archive.
    let brought = bring(&stored(&[&download("kind = \"redirect_foreign\"")]), &[]);
    brought.assert_identical();
    assert_eq!((brought.foreign.len(), brought.asked()), (1, (2, 1)));
}

#[test]
fn a_file_that_is_not_ready_and_a_429_are_waited_for_within_limits() {
    for (what, why, code, exit) in [
        ("kind = \"file_not_ready\"", "still storing", "file_not_ready", 5),
        ("kind = \"rate_limited\"\nretry_after = \"60\"", "requested a later retry", "rate_limited", 9),
        ("kind = \"retry_later\"", "requested a later retry", "rate_limited", 9),
    ] {
        let brought = bring(&stored(&[&download(&format!("times = 3\n{what}"))]), &[]);
        brought.assert_identical();
        assert_eq!(brought.asked(), (4, 1), "{what}");
        assert_eq!(
            brought.whys().iter().filter(|told| told.contains(why)).count(),
            3,
            "{:?}",
            brought.whys()
        );
        let brought = bring(&stored(&[&download(&format!("times = 0\n{what}"))]), &[]);
        brought.assert_refused(exit, code);
        assert!((8..=17).contains(&brought.api.len()), "{what}: {} calls", brought.api.len());
        assert_eq!(brought.storage.len(), 0);
    }
}

#[test]
fn a_token_revoked_midway_ends_it_and_keeps_the_bytes() {
    let expires = download("kind = \"expiring_link\"\nafter_requests = 1");
    let revoked = download("at = 2\nkind = \"token_revoked\"");
    let fixture = stored(&[CUT_AT_2_MB, &expires, &revoked]);
    let brought = bring(&fixture, &[]);
    brought.assert_refused(4, "token_rejected");
    assert_eq!(brought.asked(), (2, 2));
    assert!(brought.has_part(), "{:?}", brought.files());
    // With a valid token, the same command resumes from the downloaded bytes.
    let again = bring(&fixture, &[]);
    let result = again.end.result();
    assert_eq!((again.end.exit, &result["resumed"]), (0, &1.into()), "{result}");
    assert_eq!(again.ranges().last(), Some(&"bytes=2000000-"));
}

#[test]
fn an_archive_that_is_bad_in_its_storage_is_moved_aside() {
    for what in ["kind = \"truncated\"\nmissing_bytes = 9000", "kind = \"corrupted\"\nat_byte = 3000000"] {
        let fixture = stored(&[]);
        fixture.practice.trigger(toml::from_str(&format!("on = \"any\"\n{what}")).unwrap());
        let brought = bring(&fixture, &[]);
        brought.assert_refused(8, "archive_damaged");
        assert_eq!(brought.asked(), (1, 1), "{what}: the whole file came");
        assert!(brought.files().iter().any(|name| name.ends_with(".damaged")), "{:?}", brought.files());
        assert!(!brought.has_part(), "{:?}", brought.files());
        // After the fix on the server, the file gets its final name; the bad part is not resumed.
        fixture.practice.trigger(
            toml::from_str("on = \"export_start\"\nkind = \"truncated\"\nmissing_bytes = 0").unwrap(),
        );
        let again = bring(&fixture, &[]);
        assert_eq!((again.end.exit, again.count("resumed")), (0, 0), "{}", again.end.result());
    }
}

#[test]
fn parallel_parts_survive_what_single_ones_do() {
    for (what, withdrawn) in [
        ("at = 2\ntimes = 3\nkind = \"cut_after\"\nbytes = 700000", 0),
        ("at = 3\nkind = \"stall_after\"\nbytes = 100000", 0),
        ("at = 2\ntimes = 2\nkind = \"wrong_range\"", 0),
        ("at = 4\ntimes = 2\nkind = \"bad_gateway\"", 0),
        // The file has changed: the other five connections are closed.
        ("at = 5\nkind = \"changed\"", 5),
    ] {
        let large = crate::download::large(&[&object(what)]);
        let brought = bring(&large, &["--connections", "6"]);
        brought.assert_identical_but(withdrawn);
        assert_eq!(brought.api.len(), 1, "{what}");
        assert!(brought.storage.len() > 2, "{what}: {}", brought.storage.len());
    }
}
