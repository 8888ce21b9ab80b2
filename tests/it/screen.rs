//! A separate display for a test that opens a window.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "inspection")]
use crate::waiting::until;
use crate::waiting::{Ends, InTime as _, first_line};

/// Whether this machine can show a window; with `CI` set, it must.
pub fn can_show() -> bool {
    let missing: Vec<_> =
        [("Xvfb", "-help", "xvfb"), ("xwininfo", "-version", "x11-utils"), ("xclip", "-version", "xclip")]
            .into_iter()
            .filter(|(program, word, _)| Command::new(program).arg(word).output_in_time().is_err())
            .map(|(program, _, package)| format!("{program} is missing (Debian: apt install {package})"))
            .collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "{missing:?}");
        eprintln!("skipped: {missing:?}");
    }
    missing.is_empty()
}

/// Whether a test can press the keys of a real keyboard; with `CI` set, it must.
#[cfg(feature = "inspection")]
pub fn can_type() -> bool {
    let can = Command::new("xdotool").arg("version").output_in_time().is_ok();
    let missing = "xdotool is missing (Debian: apt install xdotool)";
    if !can {
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("skipped: {missing}");
    }
    can
}

/// An Xvfb that ends with the test.
pub struct Display {
    _server: Ends,
    /// The value for the variable `DISPLAY`.
    pub name: String,
}

/// Servers that start at the same time may both take a number that an ended one has left.
static STARTING: Mutex<()> = Mutex::new(());

impl Display {
    pub fn open() -> Self {
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        // A server without its last client would start anew, and meanwhile refuse connections.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x2400x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let number = first_line(&mut server);
        Self { _server: Ends(server), name: format!(":{}", number.trim()) }
    }

    /// Whether a window with this title is open on the display.
    #[cfg(not(feature = "inspection"))]
    pub fn shows(&self, title: &str) -> bool {
        let tree = Command::new("xwininfo")
            .args(["-display", &self.name, "-root", "-tree"])
            .output_in_time()
            .unwrap();
        String::from_utf8_lossy(&tree.stdout).contains(&format!("\"{title}\""))
    }

    /// The text that a program would paste.
    #[cfg(feature = "inspection")]
    fn clipboard(&self) -> String {
        let program = Command::new("xclip")
            .args(["-display", &self.name, "-selection", "clipboard", "-out"])
            .output_in_time()
            .unwrap();
        String::from_utf8(program.stdout).unwrap()
    }

    /// Waits until a program that pastes would get a text with this part; returns the whole text.
    #[cfg(feature = "inspection")]
    pub fn pasted(&self, part: &str) -> String {
        until(&format!("“{part}” in the clipboard"), || {
            let text = self.clipboard();
            text.contains(part).then_some(text)
        })
    }
}
