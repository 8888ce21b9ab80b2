//! The log: one line per event, in files of limited size that only their owner can read.
//!
//! Only this program's own events are logged, because libraries log headers and URLs. Each line is scrubbed in
//! addition.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};

use tracing::Level;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;

use super::scrub::scrub;
use crate::engine::api::LogLevel;
use crate::engine::clock;
use crate::platform::disk::{self, Backups};

/// Size at which the next file is started.
const MOST_BYTES: u64 = 2 * 1024 * 1024;
/// Number of files kept, including the current one.
const FILES: usize = 5;
/// A longer line is cut.
const LONGEST_LINE_BYTES: usize = 16 * 1024;
const NAME: &str = "export-desk.log";

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
static LEVEL: AtomicU8 = AtomicU8::new(0);
/// The environment set the level. The setting takes effect at a start without that variable.
static FIXED: AtomicBool = AtomicBool::new(false);

/// Starts the log of this process in `folder`; a second call changes nothing. `fixed` is the environment's level,
/// which has priority over the setting.
pub fn begin_log(folder: &Path, fixed: Option<LogLevel>) {
    if FOLDER.set(folder.to_owned()).is_err() {
        return;
    }
    FIXED.store(fixed.is_some(), Ordering::Relaxed);
    LEVEL.store(fixed.unwrap_or(LogLevel::Info) as u8, Ordering::Relaxed);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_timer(Utc)
        .with_writer(Mutex::new(Rolling::new(folder, MOST_BYTES)));
    let ours = tracing_subscriber::filter::filter_fn(|meta| {
        meta.target().starts_with("export_desk") && takes(level(), *meta.level())
    });
    let subscriber = tracing_subscriber::registry().with(ours).with(lines);
    // This fails only in tests, where another subscriber exists.
    tracing::subscriber::set_global_default(subscriber).ok();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), os = std::env::consts::OS, "begins");
}

/// The log folder; `None` where no log is written.
pub fn log_folder() -> Option<&'static Path> {
    FOLDER.get().map(PathBuf::as_path)
}

fn level() -> LogLevel {
    LogLevel::ALL[usize::from(LEVEL.load(Ordering::Relaxed)).min(LogLevel::ALL.len() - 1)]
}

/// Whether a log of this level contains events of that one.
fn takes(log: LogLevel, line: Level) -> bool {
    let least = match line {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    log >= least
}

/// Changes the log level, unless the environment has set it.
pub(in crate::engine) fn set_level(wanted: LogLevel) {
    if FOLDER.get().is_some() && !FIXED.load(Ordering::Relaxed) && level() != wanted {
        LEVEL.store(wanted as u8, Ordering::Relaxed);
        tracing::callsite::rebuild_interest_cache();
    }
}

/// The end of the log, at most this many bytes.
pub(super) fn tail(folder: &Path, most_bytes: u64) -> String {
    let read = |name: &str| -> io::Result<String> {
        let mut file = File::open(folder.join(name))?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(most_bytes)))?;
        let mut bytes = Vec::new();
        file.take(most_bytes).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // In a longer file, the first line of this part is incomplete.
        Ok(if length > most_bytes {
            text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or(text)
        } else {
            text
        })
    };
    let now = read(NAME).unwrap_or_default();
    if now.len() as u64 * 2 > most_bytes {
        return now;
    }
    // The current file was started recently, so the previous one is added.
    let before = read(&numbered(1)).unwrap_or_default();
    format!("{before}{now}")
}

fn numbered(n: usize) -> String {
    format!("{NAME}.{n}")
}

struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, w: &mut Writer<'_>) -> std::fmt::Result {
        w.write_str(&clock::now().rfc3339())
    }
}

/// A log file that rotates itself. Write errors are ignored: a log must not stop the program, and has no place to
/// report them.
#[derive(Debug)]
struct Rolling {
    folder: PathBuf,
    most_bytes: u64,
    file: Option<File>,
}

impl Rolling {
    fn new(folder: &Path, most_bytes: u64) -> Self {
        Self { folder: folder.to_owned(), most_bytes, file: None }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let text = scrub(&String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE_BYTES)]));
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        if file.metadata()?.len() + text.len() as u64 > self.most_bytes {
            self.roll();
            file = self.open()?;
        }
        file.write_all(text.trim_end_matches('\n').as_bytes())?;
        file.write_all(b"\n")?;
        self.file = Some(file);
        Ok(())
    }

    fn open(&self) -> io::Result<File> {
        disk::create_folder(&self.folder)?;
        disk::append_private(&self.folder.join(NAME), Backups::Keep)
    }

    fn roll(&self) {
        let place = |n: usize| self.folder.join(if n == 0 { NAME.to_owned() } else { numbered(n) });
        for n in (0..FILES - 1).rev() {
            disk::rename_over(&place(n), &place(n + 1)).ok();
        }
    }
}

impl Write for Rolling {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line).ok();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_bounded_private_and_scrubbed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("state").join("log");
        let mut log = Rolling::new(&place, 1000);
        for i in 0..200 {
            log.write_all(format!("line {i} glpat-abcDEF123456 {}\n", "x".repeat(60)).as_bytes()).unwrap();
        }
        let names: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(names.len(), FILES);
        for entry in names {
            let facts = entry.metadata().unwrap();
            assert!(facts.len() <= 1000, "{:?}: {}", entry.path(), facts.len());
            assert!(!fs::read_to_string(entry.path()).unwrap().contains("glpat"));
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o777, 0o600);
        }
        let tail = tail(&place, 4000);
        assert!(tail.ends_with(&format!("line 199 [token] {}\n", "x".repeat(60))), "{tail}");
        assert!(tail.contains("line 185"), "the file before is read too: {tail}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Rolling::new(&file, 1000).write_all(b"lost\n").is_ok());
    }

    #[test]
    fn a_level_includes_the_severer_ones() {
        assert!(takes(LogLevel::Info, Level::ERROR) && takes(LogLevel::Info, Level::INFO));
        assert!(!takes(LogLevel::Info, Level::DEBUG) && !takes(LogLevel::Off, Level::ERROR));
        assert_eq!(LogLevel::parse(" Warn "), Some(LogLevel::Warn));
        assert_eq!(LogLevel::parse("loud"), None);
    }
}
