//! What this program must delete if a signal or the user's console ends it: files and folders that are not finished. A
//! program that is killed cannot delete anything; the next run does then.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::disk;

/// Deletes something unfinished.
pub type Delete = Box<dyn FnOnce() + Send>;

struct All {
    next: u64,
    deletes: BTreeMap<u64, Delete>,
}

static ALL: Mutex<All> = Mutex::new(All { next: 0, deletes: BTreeMap::new() });
static LISTENS: Once = Once::new();

/// Something unfinished. While this value lives, a signal that ends the program deletes it first.
#[derive(Debug)]
pub struct Unfinished(u64);

impl Unfinished {
    /// Begins something; the second value of `create` deletes it. No signal comes in between. `create` and the deletion must
    /// be quick, and must not begin or end anything else that is unfinished.
    pub fn begin<T>(create: impl FnOnce() -> io::Result<(T, Delete)>) -> io::Result<(T, Self)> {
        LISTENS.call_once(|| {
            if let Err(error) = listen() {
                // The next run deletes what is left.
                tracing::debug!("no thread waits for signals: {error}");
            }
        });
        let mut all = all();
        let (begun, delete) = create()?;
        all.next += 1;
        let id = all.next;
        all.deletes.insert(id, delete);
        Ok((begun, Self(id)))
    }

    /// Creates a file, which is deleted as long as `path` is a name of it.
    pub fn file(path: &Path, create: impl FnOnce() -> io::Result<File>) -> io::Result<(File, Self)> {
        Self::begin(|| {
            let file = create()?;
            let delete = deletion_of(path, &file)?;
            Ok((file, delete))
        })
    }

    /// Work that another program continues: while this value lives, a signal that ends the program is answered with this
    /// sentence. Nothing is deleted.
    pub fn elsewhere(sentence: String) -> io::Result<Self> {
        let say: Delete = Box::new(move || drop(writeln!(io::stderr(), "\n{sentence}")));
        Self::begin(|| Ok(((), say))).map(|((), begun)| begun)
    }

    /// Gives something its final name: from then on, it is not deleted. No signal comes in between.
    pub fn finish<T>(&self, name: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut all = all();
        let named = name()?;
        let delete = all.deletes.remove(&self.0);
        // It may close files, which needs no lock.
        drop(all);
        drop(delete);
        Ok(named)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Dropped after the lock is released: it may close files.
        let delete = all().deletes.remove(&self.0);
        drop(delete);
    }
}

/// Deletes the file later, as long as `path` is a name of it.
pub fn deletion_of(path: &Path, file: &File) -> io::Result<Delete> {
    let (path, file) = (path.to_owned(), file.try_clone()?);
    Ok(Box::new(move || delete_open(&file, &path)))
}

/// Deletes a file, as long as `path` is a name of it.
pub fn delete_open(file: &File, path: &Path) {
    if disk::names_open_file(file, path).unwrap_or(false) {
        std::fs::remove_file(path).ok();
    }
}

fn all() -> MutexGuard<'static, All> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deletes everything unfinished, then ends the program with `end`. Nothing gets its final name in between.
pub fn delete_and_end(end: impl FnOnce()) {
    let mut all = all();
    for (_, delete) in std::mem::take(&mut all.deletes) {
        delete();
    }
    end();
}

/// From now on, a signal that would end the program deletes what is unfinished first. The program then ends by that
/// signal, so that a shell sees it.
#[cfg(unix)]
fn listen() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored_signals();
    let signals: Vec<_> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|one| !ignored(*one)).collect();
    let mut signals = Signals::new(signals)?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            delete_and_end(|| {
                signal_hook::low_level::emulate_default_handler(signal).ok();
                std::process::exit(128 + signal);
            });
        }
    };
    std::thread::Builder::new().name("unfinished".into()).spawn(wait).map(drop)
}

/// Which signals this program was started to ignore, as `nohup` and a shell's `&` do.
#[cfg(unix)]
fn ignored_signals() -> impl Fn(i32) -> bool {
    use std::io::IsTerminal as _;

    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Where the system does not tell, a program away from a terminal may have been started with `nohup`.
    let is_at_terminal = io::stderr().is_terminal();
    move |signal| match mask {
        Some(mask) => mask >> (signal - 1) & 1 == 1,
        None => !is_at_terminal && signal != signal_hook::consts::SIGTERM,
    }
}

#[cfg(windows)]
fn listen() -> io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};

    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32 as i32;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let inside = runtime.enter();
    let (mut interrupt, mut stop, mut close) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
    drop(inside);
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = stop.recv() => {}
                _ = close.recv() => {}
            }
        });
        delete_and_end(|| std::process::exit(CONTROL_C_EXIT));
    };
    std::thread::Builder::new().name("unfinished".into()).spawn(wait).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_file_itself_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (file, unfinished) = Unfinished::file(&path, || File::create(&path)).unwrap();
        drop(unfinished);
        assert!(path.exists(), "a finished file stays");
        std::fs::rename(&path, folder.path().join("b")).unwrap();
        std::fs::write(&path, "another program's").unwrap();
        delete_open(&file, &path);
        assert!(path.exists());
        delete_open(&file, &folder.path().join("b"));
        assert!(!folder.path().join("b").exists());
    }
}
