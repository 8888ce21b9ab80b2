//! `export-desk`: without a command the window, with one the headless face.

use std::process::ExitCode;

use export_desk::cli;

fn main() -> ExitCode {
    let words = match cli::parse(std::env::args_os()) {
        Ok(words) => words,
        Err(code) => return code,
    };
    match words.verb {
        Some(verb) => cli::run(&words.global, verb),
        None => open_window(&words.global),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(global: &cli::Global) -> ExitCode {
    cli::tour_instead(global, "This build has no window.")
}

#[cfg(feature = "gui")]
fn open_window(global: &cli::Global) -> ExitCode {
    cli::tour_instead(global, "no window yet")
}
