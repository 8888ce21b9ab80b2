//! A practice GitLab in a process of its own, for the benchmarks that need one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::measure::{Outcome, program};

/// Ends with its value.
pub struct Practice {
    /// The measured program.
    pub program: PathBuf,
    pub url: String,
    pub token: String,
    /// An empty folder, apart from the lesson.
    pub folder: PathBuf,
    server: Child,
}

impl Practice {
    /// Starts the lesson with this text at this pace; the folder has this name.
    pub fn start(name: &str, pace: &str, lesson: &str) -> Outcome<Self> {
        let program = program()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let path = folder.join("lesson.toml");
        fs::write(&path, lesson)?;
        let mut server = Command::new(&program)
            .args(["practice", "--json", "--pace", pace])
            .arg(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().ok_or("no output")?).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line)?;
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { program, url: text("url"), token: text("token"), folder, server })
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
