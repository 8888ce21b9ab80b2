//! `export-desk`: opens the window without a command, and runs the command line with one.

use std::process::ExitCode;
use std::thread;

use export_desk::cli;

/// The stack of the command line, in bytes.
const STACK_BYTES: usize = 8 << 20;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    // The stack of the first thread may be small (`ulimit -s`); only the window must run on it.
    let own = thread::Builder::new().name("command line".to_owned()).stack_size(STACK_BYTES);
    let Ok(command_line) = own.spawn(command_line) else {
        return command_line().unwrap_or_else(|global| open_window(&global));
    };
    match command_line.join() {
        Ok(Ok(code)) => code,
        Ok(Err(global)) => open_window(&global),
        // The hook has reported the panic; who reads the output still gets a result.
        Err(_panic) => cli::stopped(),
    }
}

/// Runs the command, if there is one; `Err` has the options of the window.
fn command_line() -> Result<ExitCode, Box<cli::Global>> {
    // Older versions of macOS start an app with an argument of their own (`-psn_0_12345`).
    let arguments = std::env::args_os().filter(|word| !word.as_encoded_bytes().starts_with(b"-psn_"));
    let arguments: Vec<_> = arguments.collect();
    let parsed = match cli::parse(&arguments) {
        Ok(parsed) => parsed,
        Err(code) => return Ok(code),
    };
    if let Err(error) = cli::begin_log(&parsed.global, parsed.verb.is_none()) {
        return Ok(cli::fail(&parsed.global, &error));
    }
    if parsed.verb.is_some() { Ok(cli::run(parsed, &arguments)) } else { Err(Box::new(parsed.global)) }
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
        start: Arc::new(cli::window_engine),
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
