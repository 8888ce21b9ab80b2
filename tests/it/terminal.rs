//! A token that is typed at a real terminal: the terminal does not show it, and is as it was afterwards.

use std::io::Write as _;
use std::process::{ChildStdin, Command, Stdio};

use crate::fixture::Fixture;
use crate::host::Holder;
use crate::waiting::{Ends, InTime as _, Shown, ended};

/// Whether this machine has `script`, which opens a terminal; with `CI` set it must.
fn can_open_terminal() -> bool {
    let is_there = Command::new("script").arg("--version").output_in_time().is_ok();
    assert!(is_there || std::env::var_os("CI").is_none(), "script is missing (Debian: apt install bsdutils)");
    if !is_there {
        eprintln!("skipped: script is missing");
    }
    is_there
}

/// A terminal in which a command runs; afterwards it shows the command's exit code and its own modes.
struct Terminal {
    program: Ends,
    keys: ChildStdin,
    shown: Shown,
}

impl Terminal {
    fn of(command: &Command) -> Self {
        let word = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap());
        let words: Vec<_> =
            std::iter::once(command.get_program()).chain(command.get_args()).map(word).collect();
        let line = format!("trap : INT; {}; echo \"ended with $?\"; stty -a; echo over", words.join(" "));
        let mut script = Command::new("script");
        script.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]).env_clear();
        for (name, value) in command.get_envs() {
            script.envs(value.map(|value| (name, value)));
        }
        let mut program =
            script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (keys, shown) = (program.stdin.take().unwrap(), Shown::of(&mut program));
        Self { program: Ends(program), keys, shown }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What the terminal has shown, once the command has ended.
    fn end(mut self) -> String {
        self.shown.wait_for("over");
        drop(self.keys);
        ended(&mut self.program.0, "a terminal");
        self.shown.text()
    }
}

fn token_set(fixture: &Fixture) -> Terminal {
    let mut command = fixture.spoken(&["token", "set"]);
    let terminal = Terminal::of(command.env_remove("EXPORT_DESK_TOKEN"));
    terminal.shown.wait_for("Token for ");
    terminal
}

fn assert_restored(shown: &str) {
    assert!(shown.contains(" echo ") && !shown.contains(" -echo "), "{shown}");
}

#[test]
fn a_typed_token_is_not_shown_alone_and_joined() {
    if !can_open_terminal() {
        return;
    }
    for is_joined in [false, true] {
        let fixture = Fixture::of("first-export");
        let _holder = is_joined.then(|| Holder::of(&fixture));
        let mut terminal = token_set(&fixture);
        terminal.types(&format!("{}\n", fixture.practice.token()));
        let shown = terminal.end();
        // No keyring runs here; GitLab has accepted the token.
        assert!(shown.contains("The token works") && shown.contains("ended with 10"), "{shown}");
        assert!(!shown.contains(fixture.practice.token()), "joined: {is_joined}");
        assert_restored(&shown);
    }
}

#[test]
fn ctrl_c_at_the_hidden_prompt_restores_the_terminal() {
    if !can_open_terminal() || crate::waiting::ignores_ctrl_c() {
        return;
    }
    for is_joined in [false, true] {
        let fixture = Fixture::of("first-export");
        let _holder = is_joined.then(|| Holder::of(&fixture));
        let mut terminal = token_set(&fixture);
        terminal.types("glpat-half-a-tok");
        terminal.types("\u{3}");
        let shown = terminal.end();
        assert!(shown.contains("ended with 130"), "{shown}");
        assert!(!shown.contains("half-a-tok"), "{shown}");
        assert_restored(&shown);
    }
}

#[test]
fn a_large_group_is_exported_only_after_a_typed_yes_alone_and_joined() {
    if !can_open_terminal() {
        return;
    }
    for is_joined in [false, true] {
        for (typed, exit, requested) in [("\n", 3, 0), ("no\n", 3, 0), ("y\n", 0, 101)] {
            let fixture = Fixture::with(crate::batches::lesson_of(101, ""));
            let holder = is_joined.then(|| Holder::of(&fixture));
            let before = crate::batches::posts(&fixture);
            let mut terminal = Terminal::of(&fixture.spoken(&["export", "start", "--group", "many"]));
            terminal.shown.wait_for("Export all 101 projects of the group many? [y/N]");
            assert_eq!(crate::batches::posts(&fixture), before, "nothing is requested before the answer");
            terminal.types(typed);
            let shown = terminal.end();
            assert!(shown.contains(&format!("ended with {exit}")), "joined {is_joined}, {typed:?}: {shown}");
            assert_eq!(crate::batches::posts(&fixture) - before, requested, "joined {is_joined}, {typed:?}");
            assert_eq!(crate::batches::refused(&fixture), 0);
            drop(holder);
        }
    }
}
