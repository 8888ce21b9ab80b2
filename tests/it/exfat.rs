//! A real exFAT disk, as a USB stick has it: names without case, no links, no permissions, no extended attributes.
//! macOS and Windows compare names without case too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use export_desk::practice::{Lesson, lesson};

use crate::download::{PROJECT, bring, stored};
use crate::fixture::Fixture;
use crate::waiting::InTime;

/// The disk, mounted through FUSE.
struct ExFat {
    at: PathBuf,
    device: String,
}

impl ExFat {
    /// Prints what is missing and returns `None` where this machine cannot mount one.
    fn mount(image: &Path, at: &Path) -> Option<Self> {
        let run = |program: &str, words: &[&str]| -> Result<String, String> {
            let output = Command::new(program).args(words).output_in_time();
            let output = output.map_err(|error| {
                let missing = format!("{program}: {error} (Debian: apt install exfat-fuse exfatprogs)");
                assert!(std::env::var_os("CI").is_none(), "{missing}");
                missing
            })?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
            if output.status.success() {
                Ok(text(&output.stdout))
            } else {
                Err(format!("{program}: {}", text(&output.stderr)))
            }
        };
        fs::create_dir_all(at).unwrap();
        fs::File::create(image).unwrap().set_len(64 << 20).unwrap();
        let (image, folder) = (image.to_str().unwrap(), at.to_str().unwrap());
        let mounted = run("mkfs.exfat", &[image])
            .and_then(|_| run("losetup", &["--find", "--show", image]))
            .and_then(|device| match run("mount.exfat-fuse", &[&device, folder]) {
                Ok(_) => Ok(device),
                Err(error) => {
                    run("losetup", &["--detach", &device]).ok();
                    Err(error)
                }
            });
        match mounted {
            Ok(device) => Some(Self { at: at.to_owned(), device }),
            Err(missing) => {
                // Where the tests run for everybody, a disk that is not mounted proves nothing.
                let must = std::env::var_os("CI").is_some() && Path::new("/dev/fuse").exists();
                assert!(!must, "an exFAT disk cannot be mounted: {missing}");
                println!("skipped: an exFAT disk cannot be mounted here: {missing}");
                None
            }
        }
    }
}

impl Drop for ExFat {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.at).output_in_time().ok();
        Command::new("losetup").args(["--detach", &self.device]).output_in_time().ok();
    }
}

fn mounted(fixture: &Fixture) -> Option<ExFat> {
    let disk = ExFat::mount(&fixture.folder.path().join("disk.img"), &fixture.downloads())?;
    let probe = fixture.downloads().join("probe");
    fs::write(&probe, "").unwrap();
    assert!(fs::hard_link(&probe, probe.with_extension("link")).is_err(), "exFAT has no links");
    assert!(probe.with_file_name("PROBE").exists(), "exFAT compares names without case");
    fs::remove_file(probe).unwrap();
    Some(disk)
}

#[test]
fn a_download_to_a_stick_is_verified_and_the_missing_permissions_are_named() {
    let fixture = stored(&[
        "on = \"object\"\nkind = \"cut_after\"\nbytes = 2000000",
        "on = \"object\"\nat = 2\nkind = \"bad_gateway\"",
    ]);
    let Some(_disk) = mounted(&fixture) else { return };
    let brought = bring(&fixture, &[]);
    assert_eq!(brought.end.exit, 0, "{}", brought.end.result());
    brought.assert_latest();
    assert_eq!(brought.files().len(), 1, "{:?}", brought.files());
    let told = brought.notices();
    assert!(told.iter().any(|text| text.contains("keeps no permissions")), "{told:?}");
}

#[test]
fn a_name_that_differs_only_in_case_replaces_nothing() {
    let fixture = stored(&[]);
    let Some(_disk) = mounted(&fixture) else { return };
    let theirs = fixture.downloads().join("Group_App.tar.gz");
    fs::write(&theirs, "theirs").unwrap();
    let ours = fixture.downloads().join("group_app.tar.gz");
    let end = fixture.run(&["export", "download", PROJECT, "--output", ours.to_str().unwrap()]);
    assert_eq!((end.exit, end.code()), (3, "refused"), "{}", end.result());
    assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
    assert_eq!(fixture.files(), ["Group_App.tar.gz"]);
}

#[test]
fn relations_are_downloaded_filled_and_rebuilt_on_a_stick() {
    let fixture = Fixture::with(Lesson { faults: Vec::new(), ..lesson("relations-batched").unwrap() });
    let Some(_disk) = mounted(&fixture) else { return };
    let at = |name: &str| fixture.downloads().join(name).to_str().unwrap().to_owned();
    let (folder, output) = (at("relations"), at("rebuilt.tar.gz"));
    let words = ["relations", "rebuild", &fixture.lesson.project, "--folder", &folder, "--output", &output];
    let end = fixture.run(&words);
    assert_eq!(end.exit, 0, "{}", end.result());
    assert!(end.result()["notes"].to_string().contains("keeps no permissions"), "{}", end.result());
    let end = fixture.run(&["verify", &output]);
    assert_eq!(end.exit, 0, "{}", end.result());
}
