//! Keeps the computer awake while something moves, and the program quick while its window is hidden.

use std::process::{Child, Command, Stdio};

use super::os::{OS, Os};
use super::window::without_console;

/// How busy the program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Busy {
    /// Nothing runs.
    #[default]
    Idle,
    /// Jobs on GitLab are watched: the program polls, and the computer may sleep.
    Watching,
    /// Bytes move: a download, an upload, a verification or a build. The computer must not sleep.
    Moving,
}

/// Holds what keeps the computer awake; nothing is held any more when this is dropped or the program ends.
#[derive(Debug, Default)]
pub struct Awake {
    busy: Busy,
    helper: Option<Child>,
}

impl Awake {
    /// Call this with every change; a call without a change costs nothing.
    pub fn set(&mut self, busy: Busy) {
        if std::mem::replace(&mut self.busy, busy) == busy {
            return;
        }
        match (helper_of(OS, busy), self.helper.is_some()) {
            (Some(words), false) => self.helper = start(words),
            (None, true) => self.end(),
            (Some(_), true) | (None, false) => {}
        }
    }

    fn end(&mut self) {
        let Some(mut helper) = self.helper.take() else { return };
        // The helper's own command reads its input, and ends with the input.
        drop(helper.stdin.take());
        if let Err(error) = helper.kill().and_then(|()| helper.wait().map(drop)) {
            tracing::info!("what keeps this computer awake did not end: {error}");
        }
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.end();
    }
}

fn start(words: &[&str]) -> Option<Child> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    match without_console(&mut command).spawn() {
        Ok(helper) => Some(helper),
        Err(error) => {
            tracing::info!("this computer may sleep while something runs: {program}: {error}");
            None
        }
    }
}

/// Windows has no program for this, and its call (`ES_CONTINUOUS | ES_SYSTEM_REQUIRED`) holds as long as its thread
/// runs. PowerShell is on every Windows; a crate for one call would bring the bindings of the whole system.
const WINDOWS_SCRIPT: &str = "$sleep = Add-Type -Name Sleep -Namespace ExportDesk -PassThru -MemberDefinition \
'[DllImport(\"kernel32.dll\")] public static extern uint SetThreadExecutionState(uint flags);'; \
$null = $sleep::SetThreadExecutionState(2147483649); \
$null = [Console]::In.ReadToEnd()";

/// The program that keeps the computer awake while its own command `cat` runs, which ends with this program: `cat`
/// reads a pipe that only this program has open, and so does the script for Windows.
fn helper_of(os: Os, busy: Busy) -> Option<&'static [&'static str]> {
    match (os, busy) {
        (_, Busy::Idle | Busy::Watching) => None,
        (Os::Mac, Busy::Moving) => Some(&["/usr/bin/caffeinate", "-i", "/bin/cat"]),
        (Os::Linux, Busy::Moving) => Some(&[
            "systemd-inhibit",
            "--what=idle:sleep",
            "--who=Export Desk",
            "--why=Downloads, uploads or verifications are running",
            "--mode=block",
            "cat",
        ]),
        (Os::Windows, Busy::Moving) => {
            Some(&["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", WINDOWS_SCRIPT])
        }
    }
}

/// On macOS, keeps the system from slowing down a program whose window is hidden ("App Nap"). It belongs to the
/// window's thread.
#[derive(Debug, Default)]
pub struct NoNap {
    #[cfg(target_os = "macos")]
    activity:
        Option<objc2::rc::Retained<objc2::runtime::ProtocolObject<dyn objc2::runtime::NSObjectProtocol>>>,
}

impl NoNap {
    /// Call this with every change of how busy the program is. The system ends the activity when its token is gone.
    pub fn set(&mut self, busy: Busy) {
        #[cfg(target_os = "macos")]
        {
            use objc2_foundation::{NSActivityOptions, NSProcessInfo, NSString};
            if busy == Busy::Idle {
                self.activity = None;
            } else if self.activity.is_none() {
                let reason = NSString::from_str("Downloads, uploads or verifications are running");
                let allows_sleep = NSActivityOptions::UserInitiatedAllowingIdleSystemSleep;
                let info = NSProcessInfo::processInfo();
                self.activity = Some(info.beginActivityWithOptions_reason(allows_sleep, &reason));
            }
        }
        #[cfg(not(target_os = "macos"))]
        let _ = busy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_moving_bytes_keep_the_computer_awake() {
        for os in Os::ALL {
            assert!(helper_of(os, Busy::Idle).is_none() && helper_of(os, Busy::Watching).is_none(), "{os:?}");
            assert!(helper_of(os, Busy::Moving).is_some(), "{os:?}");
        }
        assert!(Busy::Moving > Busy::Watching && Busy::Watching > Busy::Idle);
    }

    #[cfg(unix)]
    #[test]
    fn the_helper_ends_with_what_it_was_for() {
        let mut awake = Awake { busy: Busy::Moving, helper: start(&["cat"]) };
        assert!(awake.helper.is_some());
        awake.set(Busy::Watching);
        assert!(awake.helper.is_none());
        // A system without the helper goes on without it.
        assert!(start(&["/no/such/program"]).is_none());
        NoNap::default().set(Busy::Moving);
        // The input of a program that is gone is at its end, and so is the helper.
        let mut helper = start(&["cat"]).unwrap();
        drop(helper.stdin.take());
        assert!(helper.wait().unwrap().success());
    }
}
