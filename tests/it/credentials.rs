//! No request to an origin other than the instance's carries a credential, whatever GitLab answers.

use export_desk::practice::{Listener, lessons};

use crate::fixture::Fixture;

#[test]
fn the_token_never_leaves_the_instance() {
    let mut elsewhere = 0;
    for lesson in lessons() {
        let fixture = Fixture::with(lesson);
        let downloads = fixture.downloads();
        let project = fixture.lesson.project.clone();
        let end = fixture.run(&[
            "export",
            "start",
            &project,
            "--wait",
            "--replace",
            "--download",
            downloads.to_str().unwrap(),
        ]);
        let token = fixture.practice.token();
        for line in &end.lines {
            assert!(!line.to_string().contains(token), "the token is in {line}");
        }
        assert!(!end.stderr.contains(token), "the token is in {}", end.stderr);
        for seen in fixture.practice.requests() {
            assert!(!seen.target.contains(token), "the token is in a URL: {}", seen.target);
            if seen.origin == Listener::Api {
                assert!(seen.header("referer").is_none());
                continue;
            }
            // The practice server itself makes GitLab's upload to the bucket.
            elsewhere += 1;
            for name in ["private-token", "authorization", "cookie", "job-token", "referer"] {
                assert!(
                    seen.header(name).is_none(),
                    "{name} went to {:?}: {}",
                    seen.origin,
                    fixture.lesson.name
                );
            }
        }
        for file in walk(&fixture.data_dir()) {
            let bytes = std::fs::read(&file).unwrap();
            let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!found, "the token is in {}", file.display());
        }
    }
    assert!(elsewhere > 10, "only {elsewhere} requests went to the storage: the test proves nothing");
}

/// Every file below a folder.
pub fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
