//! What the user may delete now, collected from the owners of downloads, rebuilds and relations exports.

use std::path::Path;

use crate::case::{CaseId, RebuildJob, RelationsRun, UserError, UtcMs, may_delete_private_data};

use super::api::{OldArchive, OldArchiveId, OldReason};
use super::clock;
use super::old_archives::{Candidate, OldFiles, OldRule, of_archive};
use super::router::Router;
use super::user_error::of_refusal;

/// The archives and relation files that the user may delete now.
pub(super) fn old_archives(of: &Router) -> Vec<Candidate> {
    Owners { of, case: None }.all()
}

/// Everything of a case whose private data may be deleted.
pub(super) fn archives_of(of: &Router, case: CaseId) -> Result<Vec<Candidate>, UserError> {
    may_delete_private_data(of.cases.get(case)?).map_err(|refusal| of_refusal(&refusal))?;
    Ok(Owners { of, case: Some(case) }.all())
}

struct Owners<'a> {
    of: &'a Router,
    /// The case whose archives are all listed; `None` lists the old ones of every case.
    case: Option<CaseId>,
}

impl Owners<'_> {
    fn all(&self) -> Vec<Candidate> {
        let downloads = self.of.downloads.receipts().filter_map(|(row, receipt)| {
            let of = (OldArchiveId::Download(row.id), row.case_id, row.project.as_str(), receipt.at);
            let file = of_archive(&receipt.path, (receipt.bytes, &receipt.sha256), &[]);
            self.old(of, &receipt.path, file)
        });
        let rebuilds = self.of.jobs.rebuilds().filter_map(|job| self.old_rebuild(job));
        let folders = self.of.downloads.relation_folders().iter();
        let folders: Vec<_> =
            folders.filter_map(|(id, folder)| Some((self.of.jobs.relations_run(*id)?, folder))).collect();
        let relations = folders.iter().filter_map(|(run, folder)| self.old_relations(run, folder));
        let built = folders.iter().filter_map(|(run, folder)| self.built(run, folder));
        downloads.chain(rebuilds).chain(relations).chain(built).collect()
    }

    fn old(
        &self,
        (id, case_id, project, at): (OldArchiveId, Option<CaseId>, &str, UtcMs),
        path: &Path,
        of: OldFiles,
    ) -> Option<Candidate> {
        let why = self.rule(case_id)?.why(at)?;
        let (path, project_path) = (path.to_owned(), project.to_owned());
        let archive = OldArchive { id, path, files: 0, bytes: 0, case_id, project_path, at, why };
        Some(Candidate { archive, of })
    }

    /// By what an archive of this case counts as old; `None` where it is not asked for.
    fn rule(&self, case_id: Option<CaseId>) -> Option<OldRule> {
        let (keep_days, now) = (self.of.settings.keep_days(), clock::now());
        if self.case.is_some() {
            return (case_id == self.case).then_some(OldRule { is_case_cleaned: true, keep_days, now });
        }
        let case = case_id.and_then(|id| self.of.cases.all().get(&id));
        let is_case_cleaned = case.is_some_and(|case| case.private_data_deleted.is_some());
        Some(OldRule { is_case_cleaned, keep_days, now })
    }

    /// The archives that commands built from the files in a folder.
    fn built(&self, run: &RelationsRun, folder: &Path) -> Option<Candidate> {
        let (rule, path) = (self.rule(run.case_id)?, folder.to_owned());
        let (project_path, at) = (run.project_path.clone(), run.created_at);
        let (id, case_id, why) = (OldArchiveId::Relations(run.id), run.case_id, OldReason::CaseCleaned);
        let archive = OldArchive { id, path, files: 0, bytes: 0, case_id, project_path, at, why };
        let of = OldFiles::BuiltFrom { folder: folder.to_owned(), run: Box::new(run.clone()), rule };
        Some(Candidate { archive, of })
    }

    fn old_rebuild(&self, job: &RebuildJob) -> Option<Candidate> {
        let (archive, at) = (job.archive()?, job.ended_at?);
        let path = Path::new(&archive.path);
        let of = of_archive(path, (archive.file.bytes, &archive.file.sha256), &archive.parts);
        self.old((OldArchiveId::Rebuild(job.id), job.case_id, job.title(), at), path, of)
    }

    /// The files of a relations export whose download is over and that no unfinished rebuild needs.
    fn old_relations(&self, run: &RelationsRun, folder: &Path) -> Option<Candidate> {
        let is_needed = |job: &RebuildJob| !job.is_ended() && job.run == Some(run.id);
        if self.of.downloads.has_open_files(run.id) || self.of.jobs.rebuilds().any(is_needed) {
            return None;
        }
        let at = run.ended_at.unwrap_or(run.created_at);
        let of = OldFiles::Relations { folder: folder.to_owned(), run: Box::new(run.clone()) };
        let id = OldArchiveId::Relations(run.id);
        self.old((id, run.case_id, &run.project_path, at), folder, of)
    }
}
