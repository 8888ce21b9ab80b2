//! `export-desk`: opens the window without a command, and runs the command line with one.

use std::process::ExitCode;

use export_desk::cli;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let parsed = match cli::parse(arguments.iter().cloned()) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    if let Err(error) = cli::begin_log(&parsed.global, parsed.verb.is_none()) {
        return cli::fail(&parsed.global, &error);
    }
    match parsed.verb {
        Some(_) => cli::run(&arguments),
        None => open_window(&parsed.global),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(global: &cli::Global) -> ExitCode {
    cli::tour_instead(global, "This build has no window.")
}

/// Opens the window; without a display, the tour shows the same workflow in the terminal.
#[cfg(feature = "gui")]
fn open_window(global: &cli::Global) -> ExitCode {
    use std::sync::Arc;

    use export_desk::gui;

    // Report invalid options before a window hides the terminal.
    if let Err(error) = cli::window_setup(global) {
        return cli::fail(global, &error);
    }
    if let Err(error) = gui::display_available() {
        return cli::tour_instead(global, &cli::in_words(&error));
    }
    let of_window = global.clone();
    let options = gui::Options {
        own: Arc::new(move || cli::window_setup(&of_window)),
        practice: Arc::new(|| Ok(cli::practice_setup())),
        start: Arc::new(cli::window_engine),
        practising: false,
    };
    match gui::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(global, &error),
    }
}
