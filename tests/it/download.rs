//! One download from a faulty storage by the real program, and the requests that the practice GitLab received.

use export_desk::practice::{Lesson, Listener, Seen, Size, Storage, lesson};

use crate::fixture::{End, Fixture};

/// The project that every fault affects; its file exists from the start.
pub const PROJECT: &str = "acme/faulty";
/// How many ranges of a file are requested at once.
const MOST_CONNECTIONS: u64 = 8;

/// A lesson about one project with a finished file of this size, and these faults.
pub fn faulty(size: Size, storage: Storage, faults: &[&str]) -> Lesson {
    let mut lesson = lesson("first-export").unwrap();
    let mut project: export_desk::practice::ProjectPlan =
        toml::from_str(&format!("path = \"{PROJECT}\"\nearlier = \"file\"")).unwrap();
    (project.size, project.storage) = (size, storage);
    lesson.world.projects.push(project);
    PROJECT.clone_into(&mut lesson.project);
    // At this pace one minute of GitLab's is shorter than the delays of a busy machine. The tests are about the limit
    // that the program keeps by itself, not about how exactly two processes agree on 60 ms.
    lesson.world.limits.project_download_export = 1000;
    lesson.faults = faults.iter().map(|text| toml::from_str(text).unwrap()).collect();
    lesson
}

/// 5 MB from the object storage.
pub fn stored(faults: &[&str]) -> Fixture {
    Fixture::with(faulty(Size::Medium, Storage::Redirect, faults))
}

/// 64 MiB from the object storage.
pub fn large(faults: &[&str]) -> Fixture {
    Fixture::with(faulty(Size::Large, Storage::Redirect, faults))
}

/// 5 MB from GitLab itself.
pub fn local(faults: &[&str]) -> Fixture {
    Fixture::with(faulty(Size::Medium, Storage::Local, faults))
}

/// The outcome of a download.
#[derive(Debug)]
pub struct CliDownload {
    pub end: End,
    /// Calls of the API's download endpoint.
    pub api: Vec<Seen>,
    /// Requests to the host that the client must not trust.
    pub storage: Vec<Seen>,
    /// Requests to the host that has no business with the client.
    pub foreign: Vec<Seen>,
    /// SHA-256 of the file in the storage at the end.
    stored_sha256: String,
    pub stored_bytes: u64,
    files: Vec<String>,
}

/// Downloads into the fixture's folder and collects all requests.
pub fn bring(fixture: &Fixture, more: &[&str]) -> CliDownload {
    let downloads = fixture.downloads();
    let mut arguments = vec!["export", "download", PROJECT, "--output", downloads.to_str().unwrap()];
    arguments.extend(more);
    let end = fixture.run(&arguments);
    CliDownload::of(fixture, end)
}

impl CliDownload {
    pub fn of(fixture: &Fixture, end: End) -> Self {
        end.result();
        let seen = fixture.practice.requests();
        let token = fixture.practice.token();
        for seen in seen.iter().filter(|seen| seen.origin != Listener::Api) {
            for name in ["private-token", "authorization", "cookie", "job-token", "referer"] {
                assert!(seen.header(name).is_none(), "{name} went to {:?}", seen.origin);
            }
            assert!(!seen.target.contains(token), "the token went to {:?} in the URL", seen.origin);
        }
        let world = fixture.practice.world();
        let project = world.project(PROJECT).unwrap();
        let of = |origin| seen.iter().filter(move |seen| seen.origin == origin).cloned();
        Self {
            end,
            api: of(Listener::Api).filter(|seen| seen.path().ends_with("/export/download")).collect(),
            storage: of(Listener::Storage).collect(),
            foreign: of(Listener::Foreign).collect(),
            stored_sha256: project.archive_sha256(),
            stored_bytes: project.archive_bytes(),
            files: fixture.files(),
        }
    }

    /// Checks that the downloaded file equals the stored one, with nothing beside it.
    #[track_caller]
    pub fn assert_identical(&self) {
        self.assert_stored();
        self.assert_counted();
    }

    /// The same, if up to `withdrawn` requests were cancelled: some of them never reached the server.
    #[track_caller]
    pub fn assert_identical_but(&self, withdrawn: u64) {
        self.assert_stored();
        let seen = (self.storage.len() + self.foreign.len()) as u64;
        let counted = self.count("storage_requests");
        assert!((seen..=seen + withdrawn).contains(&counted), "{seen} seen: {}", self.end.result());
    }

    #[track_caller]
    fn assert_stored(&self) {
        self.assert_latest();
        let result = self.end.result();
        assert_eq!(result["bytes"], self.stored_bytes, "{result}");
        assert_eq!(result["verdict"], "importable", "{result}");
    }

    /// Checks that the file equals the one that is stored now, with nothing beside it.
    #[track_caller]
    pub fn assert_latest(&self) {
        let result = self.end.result();
        assert_eq!((self.end.exit, &result["sha256"]), (0, &self.stored_sha256.as_str().into()), "{result}");
        assert_eq!(self.files.len(), 1, "{:?}", self.files);
    }

    /// Checks the exit status and code; received bytes must be in a `.part`, and no file may have its final name.
    #[track_caller]
    pub fn assert_refused(&self, exit: i32, code: &str) {
        let result = self.end.result();
        assert_eq!((self.end.exit, self.end.code()), (exit, code), "{result}");
        assert!(!self.files.iter().any(|name| name.ends_with(".tar.gz")), "{:?}", self.files);
        if result.get("api_requests").is_some() {
            assert_eq!(result["api_requests"], self.api.len(), "{result}");
            // Those that were on their way when it ended may never have reached the server.
            let seen = (self.storage.len() + self.foreign.len()) as u64;
            let counted = self.count("storage_requests");
            assert!((seen..=seen + MOST_CONNECTIONS).contains(&counted), "{seen} seen: {result}");
        }
    }

    /// Checks that the program reports exactly the requests that were received.
    #[track_caller]
    fn assert_counted(&self) {
        let result = self.end.result();
        if result.get("api_requests").is_some() {
            assert_eq!(result["api_requests"], self.api.len(), "{result}");
            assert_eq!(result["storage_requests"], self.storage.len() + self.foreign.len(), "{result}");
        }
    }

    /// The number of API calls and storage requests.
    pub fn asked(&self) -> (usize, usize) {
        (self.api.len(), self.storage.len())
    }

    /// The `Range` of each request to the storage, `-` if there was none.
    pub fn ranges(&self) -> Vec<&str> {
        ranges(&self.storage)
    }

    pub fn count(&self, field: &str) -> u64 {
        self.end.result()[field].as_u64().unwrap_or_else(|| panic!("no {field}"))
    }

    /// The reasons of the `retry` lines.
    pub fn whys(&self) -> Vec<&str> {
        let lines = self.end.lines.iter().filter(|line| line["event"] == "retry");
        lines.map(|line| line["why"].as_str().unwrap()).collect()
    }

    /// The sentences of the `notice` lines.
    pub fn notices(&self) -> Vec<&str> {
        let lines = self.end.lines.iter().filter(|line| line["event"] == "notice");
        lines.map(|line| line["message"].as_str().unwrap()).collect()
    }

    pub fn headline(&self) -> &str {
        self.end.result()["headline"].as_str().unwrap_or_default()
    }

    pub fn has_part(&self) -> bool {
        self.files.iter().any(|name| name.ends_with(".part"))
    }

    pub fn files(&self) -> &[String] {
        &self.files
    }
}

pub fn ranges(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.header("range").unwrap_or("-")).collect()
}
