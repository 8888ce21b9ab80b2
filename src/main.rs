//! `export-desk`: without a command the window, with one the headless face.

use std::process::ExitCode;

use export_desk::cli;

fn main() -> ExitCode {
    let words = match cli::parse(std::env::args_os()) {
        Ok(words) => words,
        Err(code) => return code,
    };
    if let Err(trouble) = cli::begin_log(&words.global, words.verb.is_none()) {
        return cli::fail(&words.global, &trouble);
    }
    match words.verb {
        Some(verb) => cli::run(&words.global, verb),
        None => open_window(&words.global),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(global: &cli::Global) -> ExitCode {
    cli::tour_instead(global, "This build has no window.")
}

/// Opens the window; where there is no display, the tour shows the same job in the terminal.
#[cfg(feature = "gui")]
fn open_window(global: &cli::Global) -> ExitCode {
    use std::sync::Arc;

    use export_desk::gui;

    // Bad options are said before a window hides the terminal.
    if let Err(trouble) = cli::setup(global) {
        return cli::fail(global, &trouble);
    }
    if let Err(trouble) = gui::display_available() {
        return cli::tour_instead(global, &cli::in_words(&trouble));
    }
    let words = global.clone();
    let options = gui::Options {
        own: Arc::new(move || cli::window_setup(&words)),
        practice: Arc::new(|| Ok(cli::practice_setup())),
        practising: false,
    };
    match gui::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => cli::fail(global, &trouble),
    }
}
