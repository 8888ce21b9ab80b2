//! Takes off the layer of gzip that a storage or a proxy has put around an archive. `Content-Encoding: gzip` says that
//! the layer belongs to the transfer and not to the file (RFC 9110, section 8.4). Some servers put the header on an
//! archive that has only its own layer, so it is taken off only where the file has two.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::archive::{self, ProblemCode, Report, VerifyError};
use crate::download::{Decision, Done};
use crate::platform::disk::{self, Backups};

use super::pending_rename::limits;

/// The archive inside cannot be much longer than its second compression.
const MOST_GROWTH: u64 = 4;

/// The same download with the archive inside in place of the rejected file, if the file has an outer layer and the
/// archive inside can be imported. Otherwise the file stays where it is. `before_rename` gets the archive's name and
/// report before the rename. Reads and writes on the calling thread.
pub fn take_off(
    done: Done<Result<Report, VerifyError>>,
    before_rename: impl FnOnce(&Path, &Report),
) -> Done<Result<Report, VerifyError>> {
    let is_double = |report: &Report| report.has(ProblemCode::DoubleGzip);
    let has_layer = done.is_gzip_encoded
        && done.decision == Decision::Reject
        && done.verification.as_ref().is_ok_and(is_double);
    let Some(name) = name_inside(&done.path).filter(|_| has_layer) else { return done };
    match unpacked(&done.path, &name, done.bytes, before_rename) {
        Ok(Some((file, report))) => {
            let bytes = report.bytes;
            Done {
                path: name,
                file: file.into(),
                decision: Decision::Keep,
                verification: Ok(report),
                bytes,
                ..done
            }
        }
        Ok(None) => done,
        Err(error) => {
            tracing::warn!(%error, "the outer layer of gzip could not be taken off");
            done
        }
    }
}

/// The archive's name: without the suffix of a rejected file.
fn name_inside(rejected: &Path) -> Option<PathBuf> {
    let name = rejected.file_name()?.to_str()?;
    let (name, number) = name.rsplit_once(".damaged")?;
    let is_suffix = number.is_empty() || number.strip_prefix('-').is_some_and(|n| n.parse::<u32>().is_ok());
    (is_suffix && !name.is_empty()).then(|| rejected.with_file_name(name))
}

/// Writes the archive inside under its name and removes the rejected file. `None` if it is no good archive.
fn unpacked(
    rejected: &Path,
    name: &Path,
    bytes: u64,
    before_rename: impl FnOnce(&Path, &Report),
) -> io::Result<Option<(File, Report)>> {
    let part = disk::with_suffix(name, ".inside");
    let result = written(rejected, &part, bytes).and_then(|file| {
        let read = archive::verify(File::open(&part)?, &limits(), &mut |_| ControlFlow::Continue(()));
        let Some(report) = read.ok().filter(|report| report.verdict.may_import()) else { return Ok(None) };
        before_rename(name, &report);
        disk::rename_no_replace(&part, name)?;
        disk::sync_folder(disk::folder_of(name))?;
        Ok(Some((file, report)))
    });
    let leftover = if matches!(result, Ok(Some(_))) { rejected } else { part.as_path() };
    if let Err(error) = std::fs::remove_file(leftover) {
        tracing::warn!(%error, "a file of the outer layer of gzip could not be removed");
    }
    result
}

fn written(rejected: &Path, part: &Path, bytes: u64) -> io::Result<File> {
    let most = bytes.saturating_mul(MOST_GROWTH).saturating_add(1 << 20);
    let mut file = disk::open_private(part, Backups::LeaveOut)?;
    file.set_len(0)?;
    let inside = MultiGzDecoder::new(BufReader::new(File::open(rejected)?));
    if io::copy(&mut inside.take(most + 1), &mut file)? > most {
        return Err(io::Error::other("the content is too long for an archive"));
    }
    disk::sync_all(&file)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_archive_inside() {
        for (rejected, name) in [
            ("/a/x.tar.gz.damaged", Some("/a/x.tar.gz")),
            ("/a/x.tar.gz.damaged-2", Some("/a/x.tar.gz")),
            ("/a/x.damaged.tar.gz", None),
            ("/a/.damaged", None),
        ] {
            assert_eq!(name_inside(Path::new(rejected)), name.map(PathBuf::from), "{rejected}");
        }
    }
}
