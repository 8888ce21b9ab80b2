//! The real window, from outside: the real program under Xvfb, driven through egui's inspection protocol.
//!
//! Needs the feature `inspection` (`cargo test --features inspection --test it window`), `Xvfb`, and a software
//! or real graphics driver. Pictures of each step are left in `ci-output/window/`.

mod driver;
mod paths;

use std::path::PathBuf;

/// Where the pictures go.
pub fn pictures() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ci-output/window");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether this machine can show a window; with `CI` set it must.
pub fn can_show() -> bool {
    let there = std::process::Command::new("Xvfb").arg("-help").output().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "Xvfb is missing (Debian: apt install xvfb)");
        eprintln!("skipped: Xvfb is missing (Debian: apt install xvfb)");
    }
    there
}
