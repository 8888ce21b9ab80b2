//! Campaigns: many rounds of random faults, reproducible by their seed.
//!
//! `EXPORT_DESK_SEED=N` repeats a campaign, `EXPORT_DESK_ROUNDS=N` sets the number of rounds; without them the seed
//! is random and the rounds are few enough for every test run: `EXPORT_DESK_ROUNDS=5000 cargo test --test it
//! campaigns::`. In every round: the program ends by itself, with a result and a documented code other than
//! `internal`; no acknowledged fact is lost; no bad file gets its final name; the same command without the fault then
//! succeeds.
//!
//! | campaign | harm |
//! | --- | --- |
//! | `kill` | kill -9 at any moment of a parallel download |
//! | `campaigns::kills` | kill -9 at any moment of any command that writes |
//! | `host::kills` | kill -9 of the program that carries out a command, or of the command |
//! | `campaigns::syscalls` | one failing system call on a file, by a library that is loaded first (Linux and a C compiler) |
//! | `campaigns::answers` | a hostile answer of the server to any call |
//! | `campaigns::databases` | bytes of the database changed, cut or taken away |
//! | `campaigns::archives` | archives and folders of relation files with bytes changed, cut, repeated, swapped |
//! | `archive::tests::mutations` | small archives, with what each change must cause |
//!
//! `tests/fuzz` has further targets, for `cargo fuzz`.

mod answers;
mod archives;
mod databases;
pub mod kills;
#[cfg(unix)]
mod limits;
pub mod syscalls;

use crate::fixture::End;

/// The number of rounds and the random generator of a campaign; the seed is printed, so that a failing round can be
/// repeated.
pub fn campaign(name: &str, rounds: usize) -> (fastrand::Rng, usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("EXPORT_DESK_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds = number("EXPORT_DESK_ROUNDS").map_or(rounds, |rounds| usize::try_from(rounds).unwrap());
    println!("{name}: EXPORT_DESK_SEED={seed} EXPORT_DESK_ROUNDS={rounds}");
    (fastrand::Rng::with_seed(seed), rounds)
}

/// Checks that a command ended with a result that a person can use, whatever the fault.
#[track_caller]
pub fn assert_told(end: &End, what: &str) {
    assert!((0..=10).contains(&end.exit) && end.exit != 1, "{what}: exit {}: {}", end.exit, end.stderr);
    assert!(!end.stderr.contains("panicked"), "{what}: {}", end.stderr);
    let result = end.result();
    assert_ne!(result["code"], "internal", "{what}: {result}");
}
