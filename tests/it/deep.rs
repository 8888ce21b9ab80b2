//! The check of every object of a large repository, which the program makes by itself after a download.

use std::io::Write as _;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use export_desk::engine::api::{Answer, InspectionView};
use export_desk::engine::api::{Command, DownloadTarget, Receipt};
use export_desk::practice::Lesson;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use sha1::{Digest, Sha1};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

/// More than a check looks at while the bytes arrive.
const LARGE_BYTES: usize = 5 << 20;

fn id_of(kind: &str, content: &[u8]) -> [u8; 20] {
    Sha1::digest([format!("{kind} {}\0", content.len()).as_bytes(), content].concat()).into()
}

fn hex(id: [u8; 20]) -> String {
    id.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn entry(pack: &mut Vec<u8>, kind: u8, content: &[u8]) {
    let mut left = content.len() >> 4;
    let mut byte = (kind << 4) | (content.len() & 15) as u8;
    while left > 0 {
        pack.push(byte | 0x80);
        byte = (left & 0x7f) as u8;
        left >>= 7;
    }
    pack.push(byte);
    let mut packed = ZlibEncoder::new(pack, Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap();
}

/// A bundle with one large file. Without its tree, only a check in depth finds what is wrong.
fn bundle(has_tree: bool) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let blob: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(LARGE_BYTES).collect();
    let tree = [&b"100644 large.bin\0"[..], &id_of("blob", &blob)].concat();
    let who = "Ann <ann@example.com> 1700000000 +0000";
    let commit = format!("tree {}\nauthor {who}\ncommitter {who}\n\nLarge\n", hex(id_of("tree", &tree)));
    let mut objects = vec![(3, blob), (1, commit.clone().into_bytes())];
    if has_tree {
        objects.push((2, tree));
    }
    let mut pack = [&b"PACK\0\0\0\x02"[..], &(objects.len() as u32).to_be_bytes()].concat();
    for (kind, content) in &objects {
        entry(&mut pack, *kind, content);
    }
    pack.extend(Sha1::digest(&pack));
    let head = hex(id_of("commit", commit.as_bytes()));
    [format!("# v2 git bundle\n{head} refs/heads/main\n\n").into_bytes(), pack].concat()
}

fn archive(folder: &Path, has_tree: bool) -> PathBuf {
    let path = folder.join("large_export.tar.gz");
    let mut tar =
        tar::Builder::new(GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast()));
    let members: [(&str, Vec<u8>); 3] = [
        ("./VERSION", b"0.2.4".to_vec()),
        ("./tree/project.json", b"{\"description\":\"large\"}".to_vec()),
        ("./project.bundle", bundle(has_tree)),
    ];
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    path
}

/// A GitLab that serves this archive.
fn served(folder: &Path, has_tree: bool) -> Fixture {
    let path = archive(folder, has_tree);
    let text = format!(
        "title = \"Large\"\nteaches = \"-\"\nsteps = [\"-\"]\ndone_when = [\"asked\"]\nproject = \"acme/large\"\n[expect]\nexit = 0\ncode = \"\"\n[[world.project]]\npath = \"acme/large\"\n\
         earlier = \"file\"\narchive = {:?}\n",
        path.display().to_string()
    );
    Fixture::with(Lesson::parse("large", &text).unwrap())
}

fn receipt(front_end: &FrontEnd, when: impl Fn(&Receipt) -> bool) -> Receipt {
    front_end.until(|snapshot| {
        let receipts = snapshot.downloads.iter().filter_map(|view| view.done.as_deref());
        receipts.into_iter().find(|receipt| when(receipt)).cloned()
    })
}

fn depth(receipt: &Receipt) -> &str {
    receipt.depth.as_deref().unwrap_or_default()
}

#[test]
fn a_large_repository_is_checked_in_depth_while_nothing_else_runs() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = served(folder.path(), true);
    let front_end = FrontEnd::of(&fixture);
    front_end.download(&fixture, DownloadTarget::Default);
    let checked = receipt(&front_end, |receipt| depth(receipt) == "deep");
    assert_eq!(checked.verdict, "importable");
    assert!(
        checked.markdown().contains("| Repository | Every object was checked. |"),
        "{}",
        checked.markdown()
    );
}

#[test]
fn what_only_a_deep_check_finds_changes_the_verdict_and_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = served(folder.path(), false);
    let front_end = FrontEnd::of(&fixture);
    front_end.download(&fixture, DownloadTarget::Default);
    let checked = receipt(&front_end, |receipt| depth(receipt) == "deep");
    assert_eq!(checked.verdict, "not_importable");
    let told = front_end.until(|snapshot| {
        let lines = snapshot.journal.iter().filter(|line| line.sentence.contains("Downloaded ")).count();
        (lines == 2).then_some(lines)
    });
    assert_eq!(told, 2, "the download, and the other verdict");
}

#[test]
fn a_download_of_a_command_is_checked_at_the_next_start_of_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = served(folder.path(), true);
    let downloads = fixture.downloads();
    let end = fixture.run(&["export", "download", "acme/large", "--output", downloads.to_str().unwrap()]);
    assert_eq!((end.exit, &end.result()["verdict"]), (0, &"importable".into()), "{}", end.result());
    let front_end = FrontEnd::of(&fixture);
    let checked = receipt(&front_end, |receipt| depth(receipt) == "deep");
    let path = checked.path.clone();
    drop(front_end);
    // It is not checked again: without its file, the receipt stays as it is.
    std::fs::remove_file(&path).unwrap();
    let front_end = FrontEnd::of(&fixture);
    assert!(front_end.ask(Command::FindOldArchives).is_ok());
    assert_eq!(depth(&receipt(&front_end, |_| true)), "deep");
}

/// A downloaded archive whose file is a pipe, so that the test decides when the check in depth goes on.
#[cfg(unix)]
struct Held {
    fixture: Fixture,
    /// Where the download was.
    path: PathBuf,
    /// The same archive elsewhere.
    copy: PathBuf,
    /// A pipe that a verification waits for.
    gate: PathBuf,
    front_end: FrontEnd,
    writer: std::thread::JoinHandle<std::io::Result<()>>,
    _folder: tempfile::TempDir,
}

#[cfg(unix)]
fn pipe(path: &Path) {
    crate::fixture::make_pipe(path);
}

#[cfg(unix)]
impl Held {
    /// A running check in depth that is held, because a person verifies the gate.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = served(folder.path(), true);
        let downloads = fixture.downloads();
        let end = fixture.run(&["export", "download", "acme/large", "--output", downloads.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
        let path = PathBuf::from(end.result()["path"].as_str().unwrap());
        let (copy, gate) = (folder.path().join("copy.tar.gz"), folder.path().join("gate"));
        std::fs::rename(&path, &copy).unwrap();
        pipe(&path);
        pipe(&gate);
        let front_end = FrontEnd::of(&fixture);
        front_end.until(|snapshot| inspection(&snapshot.inspections, &path).map(drop));
        front_end.engine.send(Command::Verify { path: gate.clone(), against: None, deep: false });
        front_end.until(|snapshot| inspection(&snapshot.inspections, &gate).map(drop));
        let (from, to) = (copy.clone(), path.clone());
        let writer = std::thread::spawn(move || {
            let bytes = std::fs::read(from)?;
            std::fs::OpenOptions::new().write(true).open(to)?.write_all(&bytes)
        });
        // Bytes have arrived, so the check is really running.
        front_end.until(|snapshot| {
            inspection(&snapshot.inspections, &path).filter(|view| view.walked_bytes > 0).map(drop)
        });
        Self { fixture, path, copy, gate, front_end, writer, _folder: folder }
    }

    fn has_ended(&self) -> bool {
        self.front_end.until(|snapshot| {
            Some(inspection(&snapshot.inspections, &self.path).is_none_or(|view| view.ended.is_some()))
        })
    }

    /// Opens the gate, which ends that verification.
    fn open_gate(&self) {
        drop(std::fs::OpenOptions::new().write(true).open(&self.gate).unwrap());
    }
}

#[cfg(unix)]
fn inspection<'a>(all: &'a [std::sync::Arc<InspectionView>], path: &Path) -> Option<&'a InspectionView> {
    all.iter().find(|view| view.path == path).map(AsRef::as_ref)
}

#[cfg(unix)]
#[test]
fn a_running_check_in_depth_waits_for_what_a_person_does() {
    let held = Held::new();
    // A check of the same archive that a person wants takes as long as the held one would.
    let wanted = held.front_end.ask(Command::Verify { path: held.copy.clone(), against: None, deep: true });
    assert!(matches!(wanted, Ok(Answer::Verified(_))), "{wanted:?}");
    assert!(!held.has_ended(), "the other one waits");
    held.open_gate();
    let checked = receipt(&held.front_end, |receipt| depth(receipt) == "deep");
    assert_eq!(checked.path, held.path);
    crate::waiting::joined(held.writer, "all was read").unwrap();
}

#[cfg(unix)]
#[test]
fn a_check_in_depth_that_a_person_stops_is_not_made_again() {
    let held = Held::new();
    held.front_end.ask(Command::CancelVerify { path: held.path.clone() }).unwrap();
    let ended = held.front_end.until(|snapshot| inspection(&snapshot.inspections, &held.path)?.ended.clone());
    assert_eq!(ended.unwrap_err().headline, "The verification was stopped.");
    crate::waiting::joined(held.writer, "the pipe is closed").unwrap_err();
    drop(held.front_end);
    // With the real file there again, a due check would be made.
    std::fs::rename(&held.copy, &held.path).unwrap();
    let front_end = FrontEnd::of(&held.fixture);
    assert!(front_end.ask(Command::FindOldArchives).is_ok());
    assert_eq!(depth(&receipt(&front_end, |_| true)), "surface");
    front_end.until(|snapshot| snapshot.inspections.is_empty().then_some(()));
}

#[cfg(unix)]
#[test]
fn a_check_in_depth_that_the_end_of_the_program_cut_off_is_made_at_the_next_start() {
    let held = Held::new();
    drop(held.front_end);
    std::fs::rename(&held.copy, &held.path).unwrap();
    let front_end = FrontEnd::of(&held.fixture);
    receipt(&front_end, |receipt| depth(receipt) == "deep");
}

/// On macOS and Windows, a name in another case is the same file, as a hard link is everywhere.
#[test]
fn one_archive_under_two_names_is_listed_once() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = served(folder.path(), true);
    let front_end = FrontEnd::of(&fixture);
    let (first, second) = (folder.path().join("a.tar.gz"), folder.path().join("A.tar.gz"));
    std::fs::write(&first, "no archive").unwrap();
    if !second.exists() {
        std::fs::hard_link(&first, &second).unwrap();
    }
    for path in [&first, &second] {
        front_end.ask(Command::Verify { path: path.clone(), against: None, deep: false }).ok();
        let snapshot = front_end.engine.snapshot();
        let listed: Vec<_> = snapshot.inspections.iter().map(|view| &view.path).collect();
        assert_eq!(listed, [path]);
    }
}
