//! Waiting in tests: a wait that times out fails with a message, so that no test hangs.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
#[cfg(target_os = "linux")]
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than any step takes on a busy machine.
pub const LONGEST: Duration = Duration::from_mins(3);

/// The pause between two polls.
const BETWEEN: Duration = Duration::from_millis(2);

/// Polls until `found` returns a value; on a timeout, says what the test waited for.
#[track_caller]
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = found() {
            return answer;
        }
        assert!(began.elapsed() < LONGEST, "never came, in {LONGEST:?}: {what}");
        std::thread::sleep(BETWEEN);
    }
}

/// Waits for the end of a program; on a timeout, kills the program and fails the test.
#[track_caller]
pub fn ended(program: &mut Child, what: &str) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = program.try_wait().unwrap() {
            return status;
        }
        if began.elapsed() > LONGEST {
            program.kill().unwrap();
            program.wait().unwrap();
            panic!("the program did not end, in {LONGEST:?}: {what}");
        }
        std::thread::sleep(BETWEEN);
    }
}

/// Kills a program and waits for its end.
#[track_caller]
pub fn killed(program: &mut Child) {
    program.kill().unwrap();
    ended(program, "killed");
}

/// Runs a short system command, which must succeed.
#[track_caller]
pub fn succeeds(command: &mut Command) {
    let end = command.output_in_time().unwrap();
    assert!(end.status.success(), "{command:?}: {}", String::from_utf8_lossy(&end.stderr));
}

/// A process that is killed at the end of the test, however the test ends.
pub struct Ends(pub Child);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.kill().ok();
        let began = Instant::now();
        // A killed process ends, except inside a system call that hangs: the test does not wait for that.
        while matches!(self.0.try_wait(), Ok(None)) && began.elapsed() < LONGEST {
            std::thread::sleep(BETWEEN);
        }
    }
}

/// The value that a thread returns, which must come in time.
#[track_caller]
pub fn joined<T>(thread: std::thread::JoinHandle<T>, what: &str) -> T {
    until(what, || thread.is_finished().then_some(()));
    thread.join().unwrap()
}

/// Runs a program to its end and captures its output; on a timeout, kills the program and fails the test.
#[track_caller]
pub fn output(command: &mut Command, what: &str) -> Output {
    output_to(command, Stdio::piped(), what)
}

/// The same with another stdout, which is not captured.
#[track_caller]
pub fn output_to(command: &mut Command, stdout: Stdio, what: &str) -> Output {
    output_of(command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap(), what)
}

#[track_caller]
pub fn output_of(mut program: Child, what: &str) -> Output {
    let read = |from: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut all = Vec::new();
            from.map_or(Ok(0), |mut from| from.read_to_end(&mut all)).map(|_| all)
        })
    };
    let stdout = read(program.stdout.take().map(|from| Box::new(from) as Box<dyn Read + Send>));
    let stderr = read(program.stderr.take().map(|from| Box::new(from) as Box<dyn Read + Send>));
    let status = ended(&mut program, what);
    // A process that the program left behind could keep its output open.
    let said = |reader: std::thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        joined(reader, &format!("the end of the output of {what}")).unwrap()
    };
    Output { status, stdout: said(stdout), stderr: said(stderr) }
}

/// The longest time for which a program prints lines.
const ALL_LINES: Duration = Duration::from_mins(10);

/// The lines that a program prints, each with a timeout, and all with another one: waiting for a line that never
/// comes fails with a message.
pub struct Lines {
    lines: Receiver<std::io::Result<String>>,
    began: Instant,
}

impl Lines {
    pub fn of(program: &mut Child) -> Self {
        Self::of_pipe(program.stdout.take().unwrap())
    }

    pub fn of_pipe(stdout: impl Read + Send + 'static) -> Self {
        // At most one line ahead, so that the test acts on the program's current state.
        let (tell, lines) = std::sync::mpsc::sync_channel(0);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                // If nobody receives the lines any more, the program's output is still read, so that the program can
                // continue.
                tell.send(line).ok();
            }
        });
        Self { lines, began: Instant::now() }
    }
}

/// What a program has written so far, for programs that write parts of lines.
#[cfg(target_os = "linux")]
pub struct Shown(Arc<Mutex<Vec<u8>>>);

#[cfg(target_os = "linux")]
impl Shown {
    pub fn of(program: &mut Child) -> Self {
        let mut stdout = program.stdout.take().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                kept.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self(shown)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        until(&format!("“{text}” in the terminal"), || self.text().contains(text).then_some(()));
    }
}

/// Returns the first line of a program that continues to run.
#[track_caller]
pub fn first_line(program: &mut Child) -> String {
    Lines::of(program).next().expect("the program ended without a word").unwrap()
}

/// Runs programs with a timeout.
pub trait InTime {
    /// Same as [`Command::output`], with a timeout: an error if the program does not start.
    fn output_in_time(&mut self) -> std::io::Result<Output>;
}

impl InTime for Command {
    #[track_caller]
    fn output_in_time(&mut self) -> std::io::Result<Output> {
        let what = format!("{self:?}");
        Ok(output_of(self.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?, &what))
    }
}

impl Iterator for Lines {
    type Item = std::io::Result<String>;

    fn next(&mut self) -> Option<std::io::Result<String>> {
        assert!(self.began.elapsed() < ALL_LINES, "the program still prints lines after {ALL_LINES:?}");
        match self.lines.recv_timeout(LONGEST) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the program said nothing for {LONGEST:?}"),
        }
    }
}

/// Whether this process, and so each one that it starts, ignores Ctrl+C, as under a script that ends with `&`.
#[cfg(unix)]
pub fn ignores_ctrl_c() -> bool {
    const INT: u32 = 2;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (INT - 1)) != 0
}

#[test]
fn late_output_is_read_and_the_end_of_the_program_reported() {
    let mut looks = 0;
    let seen = until("the third look", || {
        looks += 1;
        (looks == 3).then_some(looks)
    });
    assert_eq!(seen, 3);
    let home = tempfile::tempdir().unwrap();
    let mut program = crate::fixture::bare_program(home.path()).arg("--version").spawn().unwrap();
    assert!(ended(&mut program, "--version").success());
}
