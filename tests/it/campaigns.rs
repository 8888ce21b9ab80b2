//! Campaigns: many rounds of harm, chosen at random and repeated by their seed.
//!
//! `EXPORT_DESK_SEED=N` repeats a campaign, `EXPORT_DESK_ROUNDS=N` says how many rounds each has; without them the seed is
//! random and the rounds are few enough for every run of the tests:
//! `EXPORT_DESK_ROUNDS=5000 cargo test --test it campaigns::`. What must hold in every round: the program ends by itself,
//! with a result and a documented code that is not `internal`; no acknowledged fact is lost; no bad file has a good name;
//! the same command again, without the harm, does the right thing.
//!
//! | campaign | harm |
//! | --- | --- |
//! | `kill` | kill -9 at any moment of a parallel download |
//! | `campaigns::kills` | kill -9 at any moment of any command |
//! | `campaigns::syscalls` | one failing system call on a file, by a library that is loaded first (Linux and a C compiler) |
//! | `campaigns::answers` | a hostile answer of the server to any call |
//! | `campaigns::databases` | bytes of the database changed, cut or taken away |
//! | `archive::tests::mutations` | archives with bytes changed, cut, repeated |
//!
//! `tests/fuzz` has targets for `cargo fuzz` beside these.

mod answers;
mod databases;
mod kills;
mod limits;
mod syscalls;

use crate::desk::End;

/// Rounds and the source of chance of a campaign; its seed is printed, for the round that fails.
pub fn campaign(name: &str, rounds: usize) -> (fastrand::Rng, usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("EXPORT_DESK_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds = number("EXPORT_DESK_ROUNDS").map_or(rounds, |rounds| usize::try_from(rounds).unwrap());
    println!("{name}: EXPORT_DESK_SEED={seed} EXPORT_DESK_ROUNDS={rounds}");
    (fastrand::Rng::with_seed(seed), rounds)
}

/// A command ended with a result that a person can use, whatever was done to it.
#[track_caller]
fn assert_told(end: &End, what: &str) {
    assert!((0..=10).contains(&end.exit) && end.exit != 1, "{what}: exit {}: {}", end.exit, end.stderr);
    assert!(!end.stderr.contains("panicked"), "{what}: {}", end.stderr);
    let result = end.result();
    assert_ne!(result["code"], "internal", "{what}: {result}");
}
