//! Against git's own server, checked by git itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::engine::access::ApiAccess;
use crate::engine::builds::meter::BuildMeter;
use crate::engine::limiter::Limiter;
use crate::engine::manifest::Manifest;
use crate::engine::timing::Timing;
use crate::gitlab::{Client, Instance, NetworkConfig, Proxy, Token};

use super::super::record::FillRecord;
use super::super::repository::{FetchCause, Fetched, Fetching, NotFetched, fetch};
use super::cgi::{GitServer, TOKEN};

const MEMBER: &str = "project.wiki.bundle";

/// Access to a server on this machine, with short waits between the tries.
pub(super) fn api(url: &str) -> ApiAccess {
    let instance = Instance::parse(url).unwrap();
    let wire = NetworkConfig { proxy: Proxy::Direct, ..NetworkConfig::default() };
    let client = Client::new(instance.clone(), Some(Token::new(TOKEN.to_owned()).unwrap()), &wire);
    let timing = Timing::scaled(0.001);
    let (_sender, receiver) = tokio::sync::watch::channel(Some(client.map_err(|error| panic!("{error}"))));
    ApiAccess {
        instance,
        client: receiver,
        limiter: Arc::new(Limiter::new(timing.window())),
        timing,
        keyring_limit: None,
        certificates: None,
    }
}

pub(super) async fn fetched(url: &str, folder: &Path) -> Result<Fetched, NotFetched> {
    let mut api = api(url);
    let repository = api.instance.wiki_repository("a/b").unwrap();
    let record = Arc::new(FillRecord::new(&Manifest::new(url, 1, "a/b"), String::new()));
    let to = Fetching { folder: folder.to_owned(), record, member: MEMBER.to_owned() };
    fetch(&mut api, &repository, &to, &Arc::new(BuildMeter::default())).await
}

pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("filled").join(MEMBER)
}

fn git(folder: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A work tree beside the bare repository that the server serves as the wiki of `a/b`.
struct Source {
    root: tempfile::TempDir,
    work: PathBuf,
}

impl Source {
    fn of(format: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let work = root.path().join("work");
        fs::create_dir_all(root.path().join("a")).unwrap();
        fs::create_dir(&work).unwrap();
        git(root.path(), &["init", "--bare", "-q", &format!("--object-format={format}"), "a/b.wiki.git"]);
        git(&work, &["init", "-q", &format!("--object-format={format}")]);
        Self { root, work }
    }

    fn bare(&self) -> PathBuf {
        self.root.path().join("a/b.wiki.git")
    }

    fn commit(&self, name: &str, content: &[u8]) {
        fs::write(self.work.join(name), content).unwrap();
        git(&self.work, &["add", name]);
        git(&self.work, &["commit", "-q", "-m", name]);
    }

    fn push(&self) {
        let bare = self.bare();
        git(&self.work, &["push", "-q", "--mirror", bare.to_str().unwrap()]);
    }

    /// Fetches over HTTP, lets git check the bundle, and compares it with git's own bundle of everything.
    async fn check(&self) -> u64 {
        let (server, folder) = (GitServer::start(self.root.path()), tempfile::tempdir().unwrap());
        let Fetched::Bundle(file) = fetched(&server.url, folder.path()).await.unwrap() else {
            panic!("a bundle")
        };
        let path = path_in(folder.path());
        assert!(file.is_whole(folder.path()));
        let bundle = path.to_str().unwrap();
        git(&self.bare(), &["bundle", "verify", "-q", bundle]);
        let own = folder.path().join("own.bundle");
        git(&self.bare(), &["bundle", "create", "-q", own.to_str().unwrap(), "--all"]);
        assert_eq!(header(&path), header(&own), "git writes the same header");
        let clone = folder.path().join("clone.git");
        git(folder.path(), &["clone", "-q", "--mirror", bundle, clone.to_str().unwrap()]);
        git(&clone, &["fsck", "--strict", "--no-progress"]);
        assert_eq!(refs(&clone), refs(&self.bare()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let seen = server.seen();
        assert!(!seen.to_lowercase().contains("private-token") && !seen.contains(TOKEN), "{seen}");
        let names = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1, "nothing else is left");
        file.bytes
    }
}

/// The header of a bundle: signature, capabilities, references.
fn header(bundle: &Path) -> Vec<u8> {
    let bytes = fs::read(bundle).unwrap();
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    bytes[..end].to_vec()
}

fn refs(repository: &Path) -> BTreeSet<String> {
    git(repository, &["show-ref"]).lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_over_http_is_what_git_makes_with_either_hash() {
    for format in ["sha1", "sha256"] {
        let source = Source::of(format);
        source.commit("home.md", b"# Home\n");
        git(&source.work, &["tag", "plain"]);
        git(&source.work, &["tag", "-a", "-m", "annotated", "v1"]);
        git(&source.work, &["checkout", "-q", "-b", "other/branch"]);
        source.commit("side.md", "\u{fc}".as_bytes());
        git(&source.work, &["update-ref", "refs/merge-requests/1/head", "HEAD"]);
        git(&source.work, &["tag", "-a", "-m", "a tag of a tag", "v2", "v1"]);
        source.push();
        source.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_references_and_a_large_pack_are_fetched() {
    let source = Source::of("sha1");
    let mut seed = 7_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    })
    .take(11 << 17)
    .flatten()
    .collect();
    source.commit("large.bin", &noise);
    for number in 0..10 {
        source.commit("page.md", format!("Page {number}\n").as_bytes());
    }
    let lines = (0..3000).map(|number| format!("create refs/heads/b{number} HEAD~{}\n", number % 10));
    let list = lines.collect::<Vec<_>>().concat();
    fs::write(source.work.join("list"), &list).unwrap();
    let input = fs::File::open(source.work.join("list")).unwrap();
    let updated =
        Command::new("git").args(["update-ref", "--stdin"]).current_dir(&source.work).stdin(input).status();
    assert!(updated.unwrap().success());
    source.push();
    assert!(source.check().await > 10 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_gives_no_bundle_and_a_missing_one_a_sentence() {
    for format in ["sha1", "sha256"] {
        let source = Source::of(format);
        let (server, folder) = (GitServer::start(source.root.path()), tempfile::tempdir().unwrap());
        assert!(matches!(fetched(&server.url, folder.path()).await.unwrap(), Fetched::Nothing), "{format}");
        assert!(!path_in(folder.path()).exists());
        fs::remove_dir_all(source.bare()).unwrap();
        let refused = fetched(&server.url, folder.path()).await.unwrap_err();
        assert_eq!(refused.cause, FetchCause::Missing, "{}", refused.why);
        assert_eq!(refused.why, "GitLab does not let this token read the repository with git.");
    }
}
