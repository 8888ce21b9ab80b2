//! A person's line from the terminal, with or without echo.

use std::io::{self, BufRead as _};

/// Reads a line of at most `most` bytes from stdin, without its line break. `None` at the end of the input; a longer line
/// is an error, not cut.
pub fn read_line(most: u64) -> io::Result<Option<String>> {
    line_of(io::stdin().lock(), most)
}

/// The same of another source.
pub fn line_of(from: impl io::BufRead, most: u64) -> io::Result<Option<String>> {
    let mut line = String::new();
    let bytes = from.take(most).read_line(&mut line)?;
    if bytes as u64 == most && !line.ends_with('\n') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a line is longer than {} KiB", most / 1024),
        ));
    }
    Ok((bytes > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
}

/// The same after `prompt`; where stdin is a terminal, the terminal does not show what is typed from the prompt on.
#[cfg(unix)]
pub fn read_secret_line(most: u64, prompt: impl FnOnce() -> io::Result<()>) -> io::Result<Option<String>> {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    struct Restored(Termios);
    impl Drop for Restored {
        fn drop(&mut self) {
            tcsetattr(io::stdin(), OptionalActions::Flush, &self.0).ok();
            // The person's own line break was not shown.
            eprintln!();
        }
    }

    // Not a terminal: a pipe or a file.
    let Ok(shown) = tcgetattr(io::stdin()) else {
        prompt()?;
        return read_line(most);
    };
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
    let restored = Restored(shown.clone());
    end_with_echo(shown)?;
    let read = prompt().and_then(|()| read_line(most));
    drop(restored);
    read
}

/// Ctrl+C would leave a terminal without echo. From now on, it restores the terminal first.
#[cfg(unix)]
fn end_with_echo(shown: rustix::termios::Termios) -> io::Result<()> {
    use rustix::termios::{OptionalActions, tcsetattr};
    use tokio::signal::unix::{SignalKind, signal};

    const OF_SIGNAL: i32 = 128;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let inside = runtime.enter();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut quit = signal(SignalKind::quit())?;
    drop(inside);
    let wait = move || {
        let kind = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
                _ = quit.recv() => SignalKind::quit(),
            }
        });
        tcsetattr(io::stdin(), OptionalActions::Flush, &shown).ok();
        super::unfinished::delete_and_end(|| std::process::exit(OF_SIGNAL + kind.as_raw_value()));
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(())
}

#[cfg(windows)]
pub fn read_secret_line(most: u64, prompt: impl FnOnce() -> io::Result<()>) -> io::Result<Option<String>> {
    use std::io::IsTerminal as _;
    prompt()?;
    if io::stdin().is_terminal() { rpassword::read_password().map(Some) } else { read_line(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whole_or_not_at_all() {
        let mut text = &b"one\r\n\nlast"[..];
        for line in ["one", "", "last"] {
            assert_eq!(line_of(&mut text, 8).unwrap().as_deref(), Some(line));
        }
        assert_eq!(line_of(&mut text, 8).unwrap(), None);
        for unreadable in [&b"123456789\n"[..], b"caf\xe9\n"] {
            let failed = line_of(unreadable, 8).unwrap_err();
            assert_eq!(failed.kind(), io::ErrorKind::InvalidData, "{failed}");
        }
        assert_eq!(line_of(&b"1234567\n"[..], 8).unwrap().as_deref(), Some("1234567"), "just long enough");
    }
}
