//! `export-desk`: opens the window without a command, and runs the command line with one.

use std::process::ExitCode;

use export_desk::cli;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    // Older systems start an app with a number of their own (`-psn_0_12345`).
    let arguments = std::env::args_os().filter(|word| !word.as_encoded_bytes().starts_with(b"-psn_"));
    let arguments = match cli::parse(arguments) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let Err(error) = cli::begin_log(&arguments.global, arguments.verb.is_none()) {
        return cli::fail(&arguments.global, &error);
    }
    match arguments.verb {
        Some(verb) => cli::run(&arguments.global, verb),
        None => open_window(&arguments.global),
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
    if let Err(error) = cli::setup(global) {
        gui::show_start_error(&error);
        return cli::fail(global, &error);
    }
    if let Err(error) = gui::display_available() {
        return cli::tour_instead(global, &cli::in_words(&error));
    }
    let of_window = global.clone();
    let options = gui::Options {
        own: Arc::new(move || cli::window_setup(&of_window)),
        practice: Arc::new(|| Ok(cli::practice_setup())),
        practising: false,
    };
    match gui::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            gui::show_start_error(&error);
            cli::fail(global, &error)
        }
    }
}
