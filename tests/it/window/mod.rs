//! The real window from outside: the real program under Xvfb, controlled through egui's inspection protocol.
//!
//! Needs the feature `inspection` (`cargo test --features inspection --test it window`), `Xvfb`, and a software or
//! real graphics driver. Screenshots of each step are saved in `ci-output/window/`; with `UPDATE_PICTURES=1` those
//! for the README and the packages are renewed as well.

mod case;
pub mod driver;
mod fallback;
mod keyring;
mod late;
mod paths;

use std::path::PathBuf;

/// The folder of the screenshots.
pub fn pictures() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ci-output/window");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Screenshots that are shown elsewhere: the step of a path, and the file that shows it.
const SHOWN: [(&str, &str); 4] = [
    ("5-proven", "assets/window.png"),
    ("5-proven", "packaging/screenshots/verified.png"),
    ("1-first-run", "packaging/screenshots/first-run.png"),
    ("2-practice", "packaging/screenshots/practice.png"),
];

/// Saves a screenshot of a step.
pub fn keep(name: &str, png: &[u8]) {
    std::fs::write(pictures().join(format!("{name}.png")), png).unwrap();
    if std::env::var_os("UPDATE_PICTURES").is_none() {
        return;
    }
    for (_, file) in SHOWN.iter().filter(|(step, _)| *step == name) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, png).unwrap();
    }
}
