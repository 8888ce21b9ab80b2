//! The task of one file of the relations export: is it there already, else bring it, prove it, name it by what it
//! turned out to hold.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::archive::{self, Limits, RelationContent, RelationReport, VerifyError};
use crate::case::relations::RelationFile;
use crate::case::{Code, Hint, Trouble};
use crate::download::{self, Announce, Control, Decision, Failed, Gate, Job, Progress, Source, Space, Tempo};
use crate::engine::access::ApiAccess;
use crate::engine::api::FileWarning;
use crate::engine::jobs::of_relations;
use crate::engine::limiter::Limit;
use crate::engine::trouble::of_download;
use crate::gitlab::ProjectKey;
use crate::platform::{disk, private_file};

use super::manifest::{self, Line};

/// What a file's task is given.
#[derive(Debug)]
pub struct Errand {
    pub project_id: u64,
    pub file: RelationFile,
    pub folder: PathBuf,
    /// What the manifest says is there.
    pub known: Option<Line>,
    pub tempo: Tempo,
    pub control: Control,
}

/// How a file's task ended.
#[derive(Debug)]
pub enum FileEnd {
    /// It was in the folder already.
    Unchanged(Line),
    Brought {
        line: Line,
        resumed: u32,
    },
    Halted,
    Failed(Trouble),
}

type Proof = Result<RelationReport, VerifyError>;

pub async fn bring(mut reach: ApiAccess, errand: Errand, progress: watch::Sender<Progress>) -> FileEnd {
    if let Some(line) = errand.known.clone().filter(|line| line.updated_at == errand.file.updated_at) {
        let folder = errand.folder.clone();
        let looked = tokio::task::spawn_blocking(move || manifest::is_whole(&folder, &line).then_some(line));
        if let Ok(Some(line)) = looked.await {
            return FileEnd::Unchanged(line);
        }
    }
    let client = match reach.client().await {
        Ok(client) => client,
        Err(trouble) => return FileEnd::Failed(trouble),
    };
    let Some(stem) = manifest::stem(&errand.file.relation, errand.file.batch) else {
        return FileEnd::Failed(no_name(&errand.file.relation));
    };
    let fresh = errand.folder.join(format!("{stem}.relation"));
    let (limiter, told) = (reach.limiter.clone(), reach.limiter.clone());
    let job = Job {
        source: source(client, errand.project_id, &errand.file, &stem),
        target: download::Target::File(fresh.clone()),
        // These files are many and mostly small; several are brought at once instead.
        connections: Some(1),
        run: errand.file.updated_at.clone(),
        tempo: errand.tempo,
        control: errand.control,
        gate: Gate::new(
            move || limiter.book(&Limit::ProjectRead, Instant::now()),
            move |wait| told.blocked(&Limit::ProjectRead, wait, Instant::now()),
        ),
        announce: Announce::nobody(),
        space: Space::default(),
    };
    if let Err(error) = put_aside(&fresh) {
        return FileEnd::Failed(unreadable(&error));
    }
    let done = match download::download(job, prove, progress).await {
        Ok(done) => done,
        Err(Failed::Cancelled { .. }) => return FileEnd::Halted,
        Err(Failed::Api(error)) => return FileEnd::Failed(of_relations(&error)),
        Err(failed) => return FileEnd::Failed(of_download(&failed)),
    };
    let report = match done.proof {
        Ok(report) if done.decision == Decision::Keep => report,
        Ok(report) => return FileEnd::Failed(damaged(&errand.file, &report, &done.path)),
        Err(error) => return FileEnd::Failed(unreadable(&error)),
    };
    let (folder, known, from) = (errand.folder.clone(), errand.known.clone(), done.path.clone());
    let is_tar = report.content == RelationContent::Tar;
    let named =
        tokio::task::spawn_blocking(move || name(&folder, &stem, &from, is_tar, known.as_ref())).await;
    match named.unwrap_or_else(|gone| Err(std::io::Error::other(gone))) {
        Ok(name) => {
            let line = Line {
                relation: errand.file.relation.clone(),
                batch: errand.file.batch,
                file: name,
                bytes: report.bytes,
                sha256: report.sha256.clone(),
                records: report.records,
                objects_count: errand.file.objects_count,
                updated_at: errand.file.updated_at.clone(),
                warnings: warnings(&errand.file, &report),
            };
            FileEnd::Brought { line, resumed: done.resumed }
        }
        Err(error) => FileEnd::Failed(unreadable(&error)),
    }
}

fn source(client: crate::gitlab::Client, project_id: u64, file: &RelationFile, stem: &str) -> Source {
    let (relation, batch) = (file.relation.clone(), file.batch);
    let what = format!("project {project_id} relation {stem}");
    Source::new(client, what, format!("{stem}.gz"), move |client, resume| {
        let relation = relation.clone();
        async move {
            client.download_relation(&ProjectKey::Id(project_id), &relation, batch, resume.as_ref()).await
        }
    })
}

fn prove(bytes: download::Follow) -> (Proof, Decision) {
    let limits = Limits { max_members_kept: 0, ..Limits::default() };
    let proof = archive::prove_relation(bytes, &limits, &mut |_progress| ControlFlow::Continue(()));
    let keep = matches!(&proof, Ok(report) if report.sound);
    (proof, if keep { Decision::Keep } else { Decision::Reject })
}

/// Under the name of a file before its proof may lie what a crash left there, or a file of the person's.
fn put_aside(fresh: &Path) -> std::io::Result<()> {
    let began = ["relation.part", "relation.part-state"].map(|suffix| fresh.with_extension(suffix));
    if fresh.symlink_metadata().is_err() || began.iter().all(|path| path.exists()) {
        return Ok(());
    }
    private_file::set_aside(fresh, "old").map(drop)
}

/// Gives a proven file its last name. Ours of before is replaced; anybody else's is put aside.
fn name(
    folder: &Path,
    stem: &str,
    from: &Path,
    is_tar: bool,
    known: Option<&Line>,
) -> std::io::Result<String> {
    let kind = if is_tar { "tar" } else { "ndjson" };
    let name = format!("{stem}.{kind}.gz");
    let path = folder.join(&name);
    let ours = known.is_some_and(|line| line.file == name && manifest::is_whole(folder, line));
    if !ours {
        private_file::set_aside(&path, "old")?;
    }
    fs::rename(from, &path)?;
    disk::sync_folder(folder)?;
    Ok(name)
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
    if let Some(said) = file.objects_count.filter(|said| *said != report.records) {
        all.push(FileWarning {
            code: "count_differs".to_owned(),
            message: format!("GitLab counted {said} records, but the file contains {}.", report.records),
        });
    }
    all
}

fn damaged(file: &RelationFile, report: &RelationReport, path: &Path) -> Trouble {
    let first = report.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
    Trouble::new(
        Code::ArchiveDamaged,
        format!("The file of {} is damaged.{first} It was moved to {}.", file.relation, path.display()),
        "Download the file again. If it is damaged again, start the export again.",
    )
}

fn unreadable(error: &dyn std::error::Error) -> Trouble {
    let headline = format!("The downloaded file could not be saved: {error}.");
    Trouble::new(Code::Local, headline, "Check the disk and the folder, then download again.")
}

fn no_name(relation: &str) -> Trouble {
    let shown: String = relation.chars().filter(|c| !c.is_control()).take(60).collect();
    let headline = format!("GitLab lists a relation “{shown}”, which cannot be used as a file name.");
    Trouble::new(Code::UnexpectedAnswer, headline, Hint::ReportDefect)
}
