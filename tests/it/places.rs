//! The target of a download: a full disk, a `.part` of another program, two programs with one target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use export_desk::practice::{Size, Storage};

use crate::download::{CliDownload, PROJECT, bring, faulty, large, stored};
use crate::fixture::{End, Fixture};
use crate::waiting::InTime;
use crate::waiting::until;

const CUT_FOR_EVER: &str = "on = \"object\"\nat = 2\ntimes = 0\nkind = \"cut_in_header\"\nafter_bytes = 9";
const CUT_AT_2_MB: &str = "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000";

/// A fixture with a download that stopped after 2 MB.
fn stopped() -> Fixture {
    let fixture = stored(&[CUT_AT_2_MB, &CUT_FOR_EVER.replace("times = 0", "times = 9")]);
    bring(&fixture, &[]).assert_refused(7, "download_incomplete");
    fixture
}

fn part(fixture: &Fixture) -> PathBuf {
    let name = fixture.files().into_iter().find(|name| name.ends_with(".part")).unwrap();
    fixture.downloads().join(name)
}

/// The next download of this fixture, without the earlier requests.
fn again(fixture: &Fixture) -> (CliDownload, usize) {
    let before = fixture.practice.requests().len();
    let brought = bring(fixture, &[]);
    (brought, fixture.practice.requests().len() - before)
}

#[test]
fn our_own_part_is_gone_on_with() {
    let fixture = stopped();
    let (brought, _) = again(&fixture);
    let result = brought.end.result();
    assert_eq!(
        (brought.end.exit, brought.count("resumed"), brought.count("restarted")),
        (0, 1, 0),
        "{result}"
    );
    // The last byte is requested again, because it is not known yet whether this is still the same file.
    assert!(
        ["bytes=1999999-", "bytes=2000000-"].contains(brought.ranges().last().unwrap()),
        "{:?}",
        brought.ranges()
    );
    assert_eq!(brought.files().len(), 1, "{:?}", brought.files());
}

#[test]
fn a_part_without_our_sidecar_is_set_aside_and_never_appended_to() {
    let fixture = stopped();
    let part = part(&fixture);
    fs::remove_file(part.with_extension("part-state")).unwrap();
    fs::write(&part, "somebody's own bytes").unwrap();
    let (brought, _) = again(&fixture);
    assert_eq!((brought.end.exit, brought.count("resumed")), (0, 0), "{}", brought.end.result());
    assert!(brought.notices().iter().any(|told| told.contains("moved to")), "{:?}", brought.notices());
    let kept: Vec<_> = brought
        .files()
        .iter()
        .filter(|name| fs::read(fixture.downloads().join(name)).unwrap() == b"somebody's own bytes")
        .collect();
    assert_eq!((kept.len(), brought.files().len()), (1, 2), "{:?}", brought.files());
}

#[test]
fn the_part_of_another_project_is_no_beginning_of_this_one() {
    let mut lesson = faulty(Size::Medium, Storage::Redirect, &[CUT_AT_2_MB, CUT_FOR_EVER]);
    let mut other = lesson.world.projects.last().unwrap().clone();
    other.path = "acme/other".into();
    lesson.world.projects.push(other);
    let fixture = Fixture::with(lesson);
    let file = fixture.downloads().join("same.tar.gz");
    let of =
        |project: &str| fixture.run(&["export", "download", project, "--output", file.to_str().unwrap()]);
    assert_eq!(of("acme/other").exit, 7);
    assert!(part(&fixture).ends_with("same.tar.gz.part"));
    let before = fixture.practice.requests().len();
    fixture.practice.trigger(toml::from_str("on = \"object\"\nkind = \"bad_gateway\"").unwrap());
    of(PROJECT);
    let sent = fixture.practice.requests().split_off(before);
    let ranges: Vec<_> = sent.iter().filter_map(|seen| seen.header("range")).collect();
    assert!(ranges.iter().all(|range| range.starts_with("bytes=0-")), "{ranges:?}");
}

#[test]
fn the_part_of_another_run_is_not_gone_on_with() {
    let fixture = stopped();
    // The same project is exported again: other content, another ETag, another name.
    fixture.practice.trigger(toml::from_str("on = \"object\"\nkind = \"changed\"").unwrap());
    let (brought, _) = again(&fixture);
    assert_eq!(brought.end.exit, 0, "{}", brought.end.result());
    assert_eq!((brought.count("resumed"), brought.count("restarted")), (0, 1), "{}", brought.end.result());
    brought.assert_latest();
}

#[test]
fn two_programs_on_one_target_do_not_share_a_file() {
    let slow = "on = \"object\"\nkind = \"slow\"\nbytes_per_s = 200000";
    let fixture = stored(&[slow]);
    let file = fixture.downloads().join("one.tar.gz");
    let arguments = ["export", "download", PROJECT, "--output", file.to_str().unwrap()];
    let mut first = fixture.spawn(&arguments);
    until("a part file", || {
        assert!(first.try_wait().unwrap().is_none(), "it is under way");
        fixture.files().iter().any(|name| name.ends_with(".part")).then_some(())
    });
    // Another data folder, so that the refusal does not come from the folder's own lock.
    let other = fixture.folder.path().join("other");
    let second = || End::of(&fixture.program_at(&other, &arguments).output_in_time().unwrap());
    let refused = second();
    assert_eq!((refused.exit, refused.code()), (10, "local"), "{}", refused.result());
    assert!(refused.result()["headline"].as_str().unwrap().starts_with("Another download is writing"));
    crate::waiting::killed(&mut first);
    let taken_over = second();
    assert_eq!(
        (taken_over.exit, fixture.files()),
        (0, vec!["one.tar.gz".to_owned()]),
        "{}",
        taken_over.result()
    );
}

/// A separate small disk; prints why and returns `None` if this machine cannot mount one.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output_in_time();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            other => {
                println!("skipped: a small tmpfs cannot be mounted here ({other:?})");
                None
            }
        }
    }
}

impl SmallDisk {
    /// Gives the disk more room.
    pub fn grow(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        crate::waiting::succeeds(Command::new("mount").args(["-o", &size]).arg(&self.0));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).output_in_time().ok();
    }
}

#[test]
fn a_full_disk_ends_a_download_cleanly_and_more_room_lets_it_continue() {
    let fixture = large(&[]);
    let Some(mounted) = SmallDisk::mount(&fixture.downloads(), 8) else { return };
    // The size is known in advance: nothing is written.
    let brought = bring(&fixture, &[]);
    brought.assert_refused(10, "local");
    assert!(
        brought.headline().contains(" MiB free, but the download needs 64.1 MiB."),
        "{}",
        brought.headline()
    );
    assert_eq!(
        brought.asked().0,
        1,
        "one call to GitLab; how many ranges were under way when it ended is chance"
    );
    drop(mounted);
    // Without a known size, the program only notices the full disk while writing.
    let fixture = Fixture::with(faulty(
        Size::Large,
        Storage::Local,
        &[
            "on = \"export_download\"\nkind = \"no_length\"",
            "on = \"export_download\"\nat = 2\nkind = \"no_length\"",
        ],
    ));
    let Some(mounted) = SmallDisk::mount(&fixture.downloads(), 8) else { return };
    let brought = bring(&fixture, &[]);
    brought.assert_refused(10, "local");
    assert!(brought.has_part(), "{:?}", brought.files());
    assert!(brought.headline().contains("disk"), "{}", brought.headline());
    mounted.grow(90);
    let (brought, _) = again(&fixture);
    assert_eq!(brought.end.exit, 0, "{}", brought.end.result());
    brought.assert_latest();
    drop(mounted);
}

#[cfg(unix)]
#[test]
fn a_folder_that_a_service_uploads_is_named_also_behind_a_link() {
    let fixture = crate::download::stored(&[]);
    let home = fixture.folder.path();
    let synced = home.join("Dropbox");
    std::fs::create_dir(&synced).unwrap();
    std::os::unix::fs::symlink(&synced, home.join("Downloads")).unwrap();
    for (folder, is_named) in [("Downloads", true), ("Dropbox", true), ("local", false)] {
        let to = home.join(folder);
        std::fs::create_dir_all(&to).unwrap();
        let end =
            fixture.run(&["export", "download", crate::download::PROJECT, "--output", to.to_str().unwrap()]);
        assert_eq!(end.exit, 0, "{}", end.result());
        let said = end.lines.iter().any(|line| line.to_string().contains("Dropbox uploads this folder"));
        assert_eq!(said, is_named, "{folder}: {:?}", end.lines);
    }
}
