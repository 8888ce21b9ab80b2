//! What the user may delete now, collected from the owners of downloads, rebuilds and relations exports.

use std::path::Path;
use std::sync::Arc;

use crate::case::{CaseId, RebuildJob, RelationsRun, UtcMs};

use super::api::{OldArchive, OldArchiveId};
use super::clock;
use super::old_archives::{Candidate, OldFile, OldFiles, why_old};
use super::router::Router;

/// The archives and relation files that the user may delete now.
pub(super) fn old_archives(of: &Router) -> Vec<Candidate> {
    Owners(of).all()
}

struct Owners<'a>(&'a Router);

impl Owners<'_> {
    fn all(&self) -> Vec<Candidate> {
        let downloads = self.0.downloads.receipts().filter_map(|(row, receipt)| {
            let file = OldFile {
                path: receipt.path.clone(),
                bytes: receipt.bytes,
                sha256: receipt.sha256.clone(),
                is_dated: true,
            };
            let of = (OldArchiveId::Download(row.id), row.case_id, row.project.as_str(), receipt.at);
            self.old(of, &receipt.path, OldFiles::Archive(file))
        });
        let rebuilds = self.0.jobs.rebuilds().filter_map(|job| self.old_rebuild(job));
        let folders = self.0.downloads.relation_folders().iter();
        let relations =
            folders.filter_map(|(id, folder)| self.old_relations(self.0.jobs.relations_run(*id)?, folder));
        downloads.chain(rebuilds).chain(relations).collect()
    }

    fn old(
        &self,
        (id, case_id, project, at): (OldArchiveId, Option<CaseId>, &str, UtcMs),
        path: &Path,
        of: OldFiles,
    ) -> Option<Candidate> {
        let case = case_id.and_then(|id| self.0.cases.all().get(&id));
        let why = why_old(at, case.map(Arc::as_ref), self.0.settings.keep_days(), clock::now())?;
        let (path, project_path) = (path.to_owned(), project.to_owned());
        let archive = OldArchive { id, path, files: 0, bytes: 0, case_id, project_path, at, why };
        Some(Candidate { archive, of })
    }

    fn old_rebuild(&self, job: &RebuildJob) -> Option<Candidate> {
        let (archive, at) = (job.archive()?, job.ended_at?);
        let path = Path::new(&archive.path);
        let sha256 = archive.file.sha256.clone();
        let of = if archive.parts.is_empty() {
            let (path, bytes) = (path.to_owned(), archive.file.bytes);
            OldFiles::Archive(OldFile { path, bytes, sha256, is_dated: true })
        } else {
            let parts = archive.parts.iter().map(|part| OldFile {
                path: part.path.clone(),
                bytes: part.bytes,
                sha256: part.sha256.clone(),
                is_dated: true,
            });
            OldFiles::Set { list: path.to_owned(), sha256, parts: parts.collect() }
        };
        self.old((OldArchiveId::Rebuild(job.id), job.case_id, job.title(), at), path, of)
    }

    /// The files of a relations export whose download is over and that no unfinished rebuild needs.
    fn old_relations(&self, run: &RelationsRun, folder: &Path) -> Option<Candidate> {
        let is_needed = |job: &RebuildJob| !job.is_ended() && job.run == Some(run.id);
        if self.0.downloads.has_open_files(run.id) || self.0.jobs.rebuilds().any(is_needed) {
            return None;
        }
        let at = run.ended_at.unwrap_or(run.created_at);
        let of = OldFiles::Relations { folder: folder.to_owned(), run: Box::new(run.clone()) };
        let id = OldArchiveId::Relations(run.id);
        self.old((id, run.case_id, &run.project_path, at), folder, of)
    }
}
