//! kill -9 of the real program at random offsets of a parallel download, a hundred times in all; every finished file
//! must equal the stored one. A failure prints the seed that reproduces it.

use std::process::Stdio;
use std::time::Duration;

use export_desk::practice::Listener;

use sha2::{Digest, Sha256};

use crate::campaigns::campaign;
use crate::download::{CliDownload, PROJECT, large};
use crate::fixture::Fixture;

/// The total number of kills, shared by the workers.
const KILLS: usize = 100;
/// Each worker has a practice GitLab of its own; the tests run on two cores.
const WORKERS: usize = 2;

#[test]
fn killed_a_hundred_times_it_ends_with_the_same_file() {
    let (mut random, kills) = campaign("kill", KILLS);
    let seed = random.u64(..);
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || torment(seed ^ worker as u64, kills.div_ceil(WORKERS)));
        }
    });
}

fn torment(seed: u64, kills: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut done = 0;
    while done < kills {
        // Slow enough for a kill during the download, at the speed of a debug build.
        let fixture = large(&["on = \"object\"\ntimes = 0\nkind = \"slow\"\nbytes_per_s = 16000000"]);
        let connections = random.u8(2..=6).to_string();
        let downloads = fixture.downloads();
        let arguments = [
            "export",
            "download",
            PROJECT,
            "--output",
            downloads.to_str().unwrap(),
            "--connections",
            &connections,
        ];
        while done < kills {
            let before = requests(&fixture);
            let mut child =
                fixture.program(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            crate::waiting::until("its first request", || {
                (requests(&fixture) > before || child.try_wait().unwrap().is_some()).then_some(())
            });
            // Only the moment is random: the kill hits a request, a write, a record, the verification or the rename.
            std::thread::sleep(Duration::from_millis(random.u64(0..600)));
            let ended = child.try_wait().unwrap().is_some();
            crate::waiting::killed(&mut child);
            done += usize::from(!ended);
            // The file has its name, or the program has ended: a further download would be another file.
            if ended || fixture.files().iter().any(|name| name.ends_with(".tar.gz")) {
                break;
            }
        }
        let whole = fixture.files().iter().any(|name| name.ends_with(".tar.gz"));
        if whole {
            finished(&fixture, seed);
            continue;
        }
        let brought = CliDownload::of(&fixture, fixture.run(&arguments));
        let result = brought.end.result();
        assert_eq!(brought.end.exit, 0, "seed {seed}, {done} kills: {result}");
        assert_eq!(brought.count("restarted"), 0, "seed {seed}: what was there counted: {result}");
        brought.assert_latest();
    }
}

/// Checks that the file named by a killed or finished program equals the stored one.
fn finished(fixture: &Fixture, seed: u64) {
    let names: Vec<_> = fixture.files().into_iter().filter(|name| name.ends_with(".tar.gz")).collect();
    let [name] = names.as_slice() else { panic!("seed {seed}: {:?}", fixture.files()) };
    let digest = Sha256::digest(std::fs::read(fixture.downloads().join(name)).unwrap());
    let sha256 = digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let stored = fixture.practice.world().project(PROJECT).unwrap().archive_sha256();
    assert_eq!(sha256, stored, "seed {seed}");
}

fn requests(fixture: &Fixture) -> usize {
    fixture.practice.requests().iter().filter(|seen| seen.origin == Listener::Storage).count()
}
