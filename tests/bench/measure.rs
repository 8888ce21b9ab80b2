//! What all benchmarks of whole processes need: the measured program, settings, medians.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The program as it is released, built beforehand.
pub fn program() -> Outcome<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/export-desk");
    let path = std::env::var_os("EXPORT_DESK_BIN").map_or(built, PathBuf::from);
    if path.exists() {
        return Ok(path);
    }
    Err(format!(
        "{} is not there: cargo build --release --no-default-features, or name another with EXPORT_DESK_BIN",
        path.display()
    )
    .into())
}

pub fn from_environment(name: &str, default: usize) -> Outcome<usize> {
    std::env::var(name).map_or(Ok(default), |text| Ok(text.parse()?))
}

pub fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
