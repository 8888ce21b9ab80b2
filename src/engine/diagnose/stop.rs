//! Crashes: the diagnostics are written at once, and shown at the next start.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, Weak};

use super::bundle::{BundleFacts, bundle};
use super::log::{log_folder, tail};
use crate::case::UtcMs;
use crate::engine::api::{EarlierCrash, Snapshot};
use crate::engine::clock;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

const FRESH: &str = "stopped.txt";
const SEEN: &str = "stopped.seen.txt";

/// What a panic reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    pub at: UtcMs,
    pub thread: String,
    pub message: String,
    /// File, line and column.
    pub place: String,
    pub frames: String,
}

/// The latest snapshot. It is stored here because the panic hook must not wait for another thread.
static LAST: Mutex<Weak<Snapshot>> = Mutex::new(Weak::new());
static WRITING: AtomicBool = AtomicBool::new(false);

/// Remembers the snapshot that a panic may use.
pub(in crate::engine) fn remember(snapshot: &Arc<Snapshot>) {
    if let Ok(mut last) = LAST.try_lock() {
        *last = Arc::downgrade(snapshot);
    }
}

/// From now on, a panic of any thread also writes the diagnostics beside the log. The previous panic hook runs first.
pub fn write_bundle_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            before(info);
            let Some(folder) = log_folder() else { return };
            // A panic inside this hook must not enter it again.
            if !WRITING.swap(true, Ordering::SeqCst) {
                catch_unwind(AssertUnwindSafe(|| write(folder, &crash_of(info)))).ok();
                WRITING.store(false, Ordering::SeqCst);
            }
        }));
    });
}

fn crash_of(info: &PanicHookInfo<'_>) -> Crash {
    Crash {
        at: clock::now(),
        thread: std::thread::current().name().unwrap_or("without a name").to_owned(),
        message: info.payload_as_str().unwrap_or("no message").to_owned(),
        place: info.location().map(ToString::to_string).unwrap_or_default(),
        frames: std::backtrace::Backtrace::force_capture().to_string(),
    }
}

fn write(folder: &Path, stop: &Crash) {
    let snapshot = LAST.try_lock().ok().and_then(|last| last.upgrade());
    let log = tail(folder, super::LOG_END_BYTES);
    let facts = BundleFacts {
        at: stop.at,
        snapshot: snapshot.as_deref(),
        calls: &[],
        stop: Some(stop),
        log: Some(&log),
    };
    // If the file cannot be written, the log and the window still report the panic.
    private_file::replace(&folder.join(FRESH), bundle(&facts).as_bytes(), Backups::Keep).ok();
    tracing::error!(place = %stop.place, thread = %stop.thread, "stopped unexpectedly");
}

/// Diagnostics are a few pages of text.
const MOST_BUNDLE_BYTES: usize = 4 * 1024 * 1024;

/// The diagnostics of a crash that the user has not seen yet. They count as seen from now on.
pub fn take_stopped() -> Option<EarlierCrash> {
    take(log_folder()?)
}

fn take(folder: &Path) -> Option<EarlierCrash> {
    let (fresh, seen) = (folder.join(FRESH), folder.join(SEEN));
    let text = String::from_utf8_lossy(&disk::read_short(&fresh, MOST_BUNDLE_BYTES).ok()?).into_owned();
    let path = if disk::rename_over(&fresh, &seen).is_ok() { seen } else { fresh };
    Some(EarlierCrash { path, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs itself in a separate process, because panic hook and log belong to a whole process.
    #[test]
    fn an_engine_that_breaks_leaves_a_bundle_and_a_line_in_the_log() {
        const FOLDER: &str = "EXPORT_DESK_TEST_STOP";
        if let Some(folder) = std::env::var_os(FOLDER) {
            return break_engine(Path::new(&folder));
        }
        let folder = tempfile::tempdir().unwrap();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "engine::diagnose::stop::tests::an_engine_that_breaks_leaves_a_bundle_and_a_line_in_the_log",
            ])
            .env(FOLDER, folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let stopped = take(folder.path()).unwrap();
        for wanted in
            ["panic in thread engine at src/engine/router.rs", "a test asked for it", "== State ==", "begins"]
        {
            // Windows names the source file with its own separator.
            let text = stopped.text.replace('\\', "/");
            assert!(text.contains(wanted), "no {wanted} in {text}");
        }
        assert!(tail(folder.path(), 4000).contains("stopped unexpectedly"));
    }

    fn break_engine(folder: &Path) {
        use crate::engine::api::{Command, LogLevel};
        use crate::engine::{Engine, Setup, Timing, begin_log};
        begin_log(folder, Some(LogLevel::Debug));
        write_bundle_on_panic();
        let setup = Setup {
            data_dir: None,
            config_dir: None,
            download_folder: folder.to_owned(),
            timing: Timing::scaled(0.1),
            ca_file: None,
            token: None,
            instance: None,
            keyring: false,
            practice: None,
            resume: false,
            patient: false,
        };
        let engine = Engine::start(setup, || {}).unwrap();
        engine.send(Command::Break);
        let began = std::time::Instant::now();
        while !engine.has_stopped() {
            assert!(began.elapsed() < std::time::Duration::from_mins(1), "the engine did not stop");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_stop_is_written_without_secrets_and_shown_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("log");
        let stop = Crash {
            at: UtcMs(1_795_244_040_000),
            thread: "engine".into(),
            message: "no answer of https://me:pw@host.example/acme?sig=1 with glpat-abcDEF123456".into(),
            place: "src/engine/router.rs:1:2".into(),
            frames: "0: here".into(),
        };
        write(&place, &stop);
        let stopped = take(&place).unwrap();
        for wanted in ["src/engine/router.rs:1:2", "thread engine", "https://[host]/…", "0: here"] {
            assert!(stopped.text.contains(wanted), "no {wanted} in {}", stopped.text);
        }
        for secret in ["glpat", "pw@", "sig=", "host.example"] {
            assert!(!stopped.text.contains(secret), "{secret} in {}", stopped.text);
        }
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&stopped.path).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        assert!(stopped.path.ends_with(SEEN) && stopped.path.exists());
        assert_eq!(take(&place), None, "it is shown once");
    }
}
