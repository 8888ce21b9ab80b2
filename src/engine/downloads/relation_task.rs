//! The task of one file of a relations export: uses the file in the folder, or downloads and verifies the file, adds
//! it to the manifest, and renames it according to its content.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::archive::{self, RelationContent, RelationReport, VerifyError};
use crate::case::format::number_of;
use crate::case::relations::RelationFile;
use crate::case::{Code, Hint, UserError};
use crate::download::{self, Decision, DownloadJob, Failed, Source, Target};
use crate::engine::api::FileWarning;
use crate::engine::limiter::Limit;
use crate::engine::user_error::of_download;
use crate::gitlab::{Client, ProjectKey};
use crate::platform::{disk, private_file};

use super::download_task::{Counters, TaskSetup, decision, gate, unverified};
use super::input::{DownloadStop, Downloaded, TaskEnd, Verified};
use super::pending_rename::{PendingRename, limits};
use crate::engine::manifest::{FileKey, ManifestFile};

/// What the task of a relation's file gets in addition.
#[derive(Debug)]
pub struct RelationOrder {
    pub file: RelationFile,
    pub folder: PathBuf,
    /// The manifest's entry of the file.
    pub known: Option<ManifestFile>,
}

type RelationVerification = Result<RelationReport, VerifyError>;

/// Downloads one file of a relations export.
pub async fn download_relation_file(setup: TaskSetup, order: RelationOrder) -> TaskEnd {
    let TaskSetup { mut api, project_id, download_timing, control, progress, recorder } = setup;
    let RelationOrder { file, folder, known } = order;
    let key = FileKey { relation: file.relation.clone(), batch: file.batch };
    let Some(stem) = key.stem() else { return Err(DownloadStop::Failed(no_name(&file.relation))) };
    let fresh = folder.join(format!("{stem}.relation"));
    if let Some(known) = known.clone().filter(|known| known.updated_at == file.updated_at) {
        let (folder, fresh) = (folder.clone(), fresh.clone());
        let looked = tokio::task::spawn_blocking(move || is_there(&folder, &fresh, &known).then_some(known));
        if let Ok(Some(known)) = looked.await {
            return Ok(Downloaded::there(Verified::RelationFile(known)));
        }
    }
    let client = api.client().await?;
    let job = DownloadJob {
        // There are many of these files and most are small, so several files are downloaded at once instead.
        connections: Some(1),
        run: file.updated_at.clone(),
        download_timing,
        control,
        gate: gate(&api, Limit::ProjectRead),
        ..DownloadJob::new(source(client, project_id, &file, &stem), Target::File(fresh.clone()))
    };
    set_aside(&fresh).map_err(|error| unreadable(&error))?;
    let before_rename = {
        let (file, stem, folder) = (file.clone(), stem.clone(), folder.clone());
        move |_path: &Path, verification: &RelationVerification| {
            if let Ok(report) = verification {
                recorder.record(pending(&folder, entry(&file, &stem, report)));
            }
        }
    };
    let relation = file.relation.clone();
    let verify = move |bytes| verify(bytes, &relation);
    let done = match download::download_recorded(job, verify, before_rename, progress).await {
        Ok(done) => done,
        Err(Failed::Cancelled { .. }) => return Err(DownloadStop::Cancelled),
        Err(failed) => return Err(DownloadStop::Failed(of_download(&failed))),
    };
    let counters = Counters::of(&done);
    let report = match done.verification {
        Ok(report) if done.decision == Decision::Keep => report,
        Ok(report) => return Err(DownloadStop::Failed(damaged(&file, &report, &done.path))),
        Err(error) => {
            let mut error = unverified(&error, done.bytes, &done.path);
            if error.code == Code::NotAnExport {
                error.code = Code::ArchiveDamaged;
                error.headline = format!("The file of {} is not a gzip. {}", file.relation, error.headline);
            }
            return Err(DownloadStop::Failed(error));
        }
    };
    let line = entry(&file, &stem, &report);
    let named = tokio::task::spawn_blocking(move || {
        // The temporary name must still refer to the file that was verified.
        if !disk::names_open_file(&done.file, &done.path)? {
            return Err(io::Error::other("another program replaced it"));
        }
        let named = name(&folder, &done.path, &line, known.as_ref());
        named.map(|()| line)
    });
    match named.await.unwrap_or_else(|gone| Err(io::Error::other(gone))) {
        Ok(line) => Ok(counters.downloaded(Verified::RelationFile(line))),
        Err(error) => Err(DownloadStop::Failed(unreadable(&error))),
    }
}

fn source(client: Client, project_id: u64, file: &RelationFile, stem: &str) -> Source {
    let (relation, batch) = (file.relation.clone(), file.batch);
    let what = format!("project {project_id} relation {stem}");
    Source::new(client, what, format!("{stem}.gz"), move |client, resume| {
        let relation = relation.clone();
        async move {
            client.download_relation(&ProjectKey::Id(project_id), &relation, batch, resume.as_ref()).await
        }
    })
}

fn verify(bytes: download::Follow, relation: &str) -> (RelationVerification, Decision) {
    let limits = limits();
    let verification =
        archive::verify_relation(bytes, relation, &limits, &mut |_progress| ControlFlow::Continue(()));
    let decision = decision(&verification, |report| report.sound);
    (verification, decision)
}

/// Whether the file of a manifest entry exists. If the program ended between the entry and the rename, the file is
/// renamed now.
fn is_there(folder: &Path, fresh: &Path, known: &ManifestFile) -> bool {
    if known.is_whole(folder) {
        return true;
    }
    download::has_its_name(fresh) && known.is_whole_at(fresh) && name(folder, fresh, known, None).is_ok()
}

/// The temporary name may be taken by a crash leftover or by a user's file: that file is moved aside. The partial
/// file of an earlier try stays.
fn set_aside(fresh: &Path) -> io::Result<()> {
    let began = ["relation.part", "relation.part-state"].map(|suffix| fresh.with_extension(suffix));
    if began.iter().all(|path| path.exists()) {
        return Ok(());
    }
    private_file::set_aside(fresh, "old").map(drop)
}

/// What is recorded before a verified file is renamed the first time.
fn pending(folder: &Path, line: ManifestFile) -> PendingRename {
    PendingRename {
        path: folder.join(&line.file),
        bytes: line.bytes,
        sha256: line.sha256.clone(),
        line: Some(Box::new(line)),
    }
}

/// Renames a verified file to its final name, which the manifest already contains. Replaces an earlier file of ours
/// with that name, and moves any other file aside.
fn name(folder: &Path, from: &Path, line: &ManifestFile, known: Option<&ManifestFile>) -> io::Result<()> {
    let path = folder.join(&line.file);
    let is_ours = known.is_some_and(|known| known.file == line.file && known.is_whole(folder));
    if !is_ours {
        private_file::set_aside(&path, "old")?;
    }
    disk::rename_over(from, &path)?;
    disk::sync_folder(folder)
}

/// The manifest entry of the file.
fn entry(file: &RelationFile, stem: &str, report: &RelationReport) -> ManifestFile {
    let kind = if report.content == RelationContent::Tar { "tar" } else { "ndjson" };
    ManifestFile {
        relation: file.relation.clone(),
        batch: file.batch,
        file: format!("{stem}.{kind}.gz"),
        bytes: report.bytes,
        sha256: report.sha256.clone(),
        records: objects(&file.relation, report),
        unpacked_bytes: Some(report.unpacked_bytes),
        objects_count: file.objects_count,
        updated_at: file.updated_at.clone(),
        warnings: warnings(file, report),
    }
}

fn warnings(file: &RelationFile, report: &RelationReport) -> Vec<FileWarning> {
    let mut all: Vec<_> = report
        .problems
        .iter()
        .map(|problem| FileWarning {
            code: problem.code.as_str().to_owned(),
            message: problem.message.clone(),
        })
        .collect();
    let held = objects(&file.relation, report);
    if let Some(said) = file.objects_count.filter(|said| *said != held && !is_null(*said, report)) {
        all.push(FileWarning {
            code: "count_differs".to_owned(),
            message: format!(
                "GitLab counted {}, but the file contains {held}.",
                number_of(said, "record", "records")
            ),
        });
    }
    all
}

/// Whether the only counted object is a `null`: for a relation with at most one record, GitLab counts a `null` where
/// there is no record.
fn is_null(said: u64, report: &RelationReport) -> bool {
    said == 1
        && report.content == RelationContent::Ndjson
        && report.records == 0
        && report.unpacked_bytes == "null".len() as u64
}

/// The number of objects, as GitLab counts them: the list beside LFS objects does not count, and a repository or
/// design counts as one even if it is empty and the tar has no bundle (`app/services/bulk_imports`).
fn objects(relation: &str, report: &RelationReport) -> u64 {
    match (relation, report.content) {
        ("lfs_objects", RelationContent::Tar) => report.records.saturating_sub(1),
        ("repository" | "design", RelationContent::Tar) => 1,
        _ => report.records,
    }
}

fn damaged(file: &RelationFile, report: &RelationReport, path: &Path) -> UserError {
    let first = report.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
    UserError::new(
        Code::ArchiveDamaged,
        format!("The file of {} is damaged.{first} It was moved to {}.", file.relation, path.display()),
        "Download the file again. If it is damaged again, start the export again.",
    )
}

fn unreadable(error: &dyn std::error::Error) -> UserError {
    let headline = format!("The downloaded file could not be saved: {error}.");
    UserError::new(Code::Local, headline, "Check the disk and the folder, then download again.")
}

fn no_name(relation: &str) -> UserError {
    let shown: String = relation.chars().filter(|c| !c.is_control()).take(60).collect();
    let headline = format!("GitLab lists a relation “{shown}”, which cannot be used as a file name.");
    UserError::new(Code::UnexpectedAnswer, headline, Hint::ReportDefect)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The program ended between the manifest entry and the rename.
    #[test]
    fn a_rename_that_a_crash_cut_off_is_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("labels.relation");
        fs::write(&fresh, "hello").unwrap();
        let known = ManifestFile {
            relation: "labels".to_owned(),
            batch: None,
            file: "labels.ndjson.gz".to_owned(),
            bytes: 5,
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".to_owned(),
            records: 1,
            unpacked_bytes: None,
            objects_count: None,
            updated_at: None,
            warnings: Vec::new(),
        };
        // Another file has the name: it is moved aside.
        fs::write(folder.path().join("labels.ndjson.gz"), "mine").unwrap();
        assert!(is_there(folder.path(), &fresh, &known));
        assert_eq!(fs::read(folder.path().join("labels.ndjson.gz.old")).unwrap(), b"mine");
        assert!(!fresh.exists() && known.is_whole(folder.path()));
        // Different bytes under the temporary name are not the file.
        fs::rename(folder.path().join("labels.ndjson.gz"), folder.path().join("x")).unwrap();
        fs::write(&fresh, "hullo").unwrap();
        assert!(!is_there(folder.path(), &fresh, &known));
        assert!(fresh.exists());
    }
}
