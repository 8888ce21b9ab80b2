//! A practice GitLab and the real program, for the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use export_desk::practice::{Fault, Lesson, Practice, PracticeOptions, lesson};
use serde_json::Value;

/// The time scale of the tests: waiting times of a minute become 60 ms.
pub const PACE: f64 = 0.001;

/// A practice GitLab, a data folder and a download folder.
pub struct Fixture {
    pub practice: Practice,
    pub lesson: Lesson,
    pub folder: tempfile::TempDir,
    pace: f64,
}

impl Fixture {
    pub fn of(name: &str) -> Self {
        Self::with(lesson(name).unwrap_or_else(|| panic!("no lesson {name}")))
    }

    pub fn with(lesson: Lesson) -> Self {
        Self::paced(lesson, PACE)
    }

    pub fn paced(lesson: Lesson, pace: f64) -> Self {
        let options = PracticeOptions { pace, ..PracticeOptions::default() };
        let practice = Practice::start(&lesson, &options).unwrap();
        Self { practice, lesson, folder: tempfile::tempdir().unwrap(), pace }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder for downloads, created if needed.
    pub fn downloads(&self) -> PathBuf {
        let path = self.folder.path().join("downloads");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// The real program with this fixture's instance, token, data folder and pace.
    pub fn program(&self, arguments: &[&str]) -> Command {
        self.program_at(&self.data_dir(), arguments)
    }

    /// The same with another data folder, as another person would run it.
    pub fn program_at(&self, data_dir: &Path, arguments: &[&str]) -> Command {
        let mut command = self.spoken_at(data_dir, arguments);
        command.arg("--json");
        command
    }

    /// The real program with sentences as output, as a person runs it.
    pub fn spoken(&self, arguments: &[&str]) -> Command {
        self.spoken_at(&self.data_dir(), arguments)
    }

    fn spoken_at(&self, data_dir: &Path, arguments: &[&str]) -> Command {
        let mut command = bare_program(self.folder.path());
        command
            .args(arguments)
            .args(["--instance", self.practice.url(), "--pace", &self.pace.to_string(), "--data-dir"])
            .arg(data_dir)
            .env("EXPORT_DESK_TOKEN", self.practice.token());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> End {
        End::of(&crate::waiting::output(&mut self.program(arguments), &format!("{arguments:?}")))
    }

    /// Runs a command as a person does, to its end: everything that it says.
    pub fn said(&self, arguments: &[&str]) -> String {
        let output = crate::waiting::output(&mut self.spoken(arguments), &format!("{arguments:?}"));
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// An argument of a lesson's command with its placeholders filled in.
    pub fn filled(&self, word: &str) -> String {
        let downloads = self.downloads();
        word.replace("{project}", &self.lesson.project)
            .replace("{storage}", self.practice.storage_url())
            .replace("{archive}", downloads.join("archive.tar.gz").to_str().unwrap())
            .replace("{downloads}", downloads.to_str().unwrap())
    }

    /// Starts a command that the test will kill.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.program(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What is in the download folder, by name.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.downloads())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// A fault from its TOML.
pub fn fault(toml: &str) -> Fault {
    toml::from_str(toml).unwrap()
}

/// How many POSTs the practice GitLab has got to paths with this end.
pub fn posts(fixture: &Fixture, ends: &str) -> usize {
    let seen = fixture.practice.requests();
    seen.iter().filter(|seen| seen.method == "POST" && seen.path().ends_with(ends)).count()
}

/// These bytes as a gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

/// Makes a named pipe.
#[cfg(unix)]
pub fn make_pipe(at: &Path) {
    crate::waiting::succeeds(Command::new("mkfifo").arg(at));
}

/// The program with a separate environment: no token, no keyring, no display, and no settings of the person who runs
/// the tests.
pub fn bare_program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_export-desk"));
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct End {
    pub exit: i32,
    /// Every line of stdout.
    pub lines: Vec<Value>,
    pub stderr: String,
}

impl End {
    pub fn of(output: &Output) -> Self {
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        let lines = stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?} is not JSON: {error}"))
            })
            .collect();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { exit: output.status.code().unwrap_or(-1), lines, stderr }
    }

    /// The last line, which must be the result and match the exit code.
    pub fn result(&self) -> &Value {
        let last = self.lines.last().unwrap_or_else(|| panic!("no line; stderr: {}", self.stderr));
        assert_eq!(last["event"], "result", "{last}");
        assert_eq!(last["exit"], self.exit, "{last}");
        assert_eq!(last["ok"], self.exit == 0, "{last}");
        if self.exit != 0 {
            for word in ["code", "headline", "hint"] {
                assert!(last[word].as_str().is_some_and(|text| !text.is_empty()), "no {word} in {last}");
            }
        }
        last
    }

    pub fn code(&self) -> &str {
        self.result()["code"].as_str().unwrap_or_default()
    }
}
