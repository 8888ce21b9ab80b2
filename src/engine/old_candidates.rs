//! What the user may delete now, collected from the owners of downloads, rebuilds and relations exports.

use std::path::{Path, PathBuf};

use crate::case::{Case, CaseId, RebuildJob, RelationsRun, UserError, UtcMs, may_delete_private_data};

use super::api::{OldArchive, OldArchiveId, OldReason};
use super::clock;
use super::old_archives::{Candidate, Candidates, OldFiles, OldRule, of_archive};
use super::router::Router;
use super::user_error::of_refusal;

/// The archives and relation files that the user may delete now.
pub(super) fn old_archives(of: &Router) -> Candidates {
    Owners { of, case: None }.all()
}

/// Everything of a case whose private data may be deleted.
pub(super) fn archives_of(of: &Router, case: CaseId) -> Result<Candidates, UserError> {
    may_delete_private_data(of.cases.get(case)?).map_err(|refusal| of_refusal(&refusal))?;
    Ok(Owners { of, case: Some(case) }.all())
}

struct Owners<'a> {
    of: &'a Router,
    /// The case whose archives are all listed; `None` lists the old ones of every case.
    case: Option<CaseId>,
}

/// Whose private data some files are: those of a case, or of a project.
#[derive(Clone, Copy)]
struct Origin<'a> {
    case_id: Option<CaseId>,
    instance: &'a str,
    project_id: Option<u64>,
    /// The path, or what the user named the project.
    project: &'a str,
}

impl<'a> Origin<'a> {
    fn of_run(run: &'a RelationsRun) -> Self {
        let (instance, project) = (run.instance.as_str(), run.project_path.as_str());
        Self { case_id: run.case_id, instance, project_id: Some(run.project_id), project }
    }

    /// Whether the files belong to this case: a command downloads without a case, so that its files belong to every
    /// case of the project.
    fn is_of(&self, case: &Case) -> bool {
        match self.case_id {
            Some(id) => id == case.id,
            None => case.is_about_named(self.instance, self.project_id, self.project),
        }
    }
}

impl Owners<'_> {
    fn all(&self) -> Candidates {
        let downloads = self.of.downloads.receipts().filter_map(|(row, receipt)| {
            let (instance, project) = (row.instance.as_str(), row.project.as_str());
            let origin = Origin { case_id: row.case_id, instance, project_id: row.project_id, project };
            let file = of_archive(&receipt.path, (receipt.bytes, &receipt.sha256), &[]);
            self.old(OldArchiveId::Download(row.id), (origin, receipt.at), &receipt.path, file)
        });
        let rebuilds = self.of.jobs.rebuilds().filter_map(|job| self.old_rebuild(job));
        let folders = self.of.downloads.relation_folders().iter();
        let folders: Vec<_> =
            folders.filter_map(|(id, folder)| Some((self.of.jobs.relations_run(*id)?, folder))).collect();
        let relations = folders.iter().filter_map(|(run, folder)| self.old_relations(run, folder));
        let built = folders.iter().filter_map(|(run, folder)| self.built(run, folder));
        let old = downloads.chain(rebuilds).chain(relations).chain(built).collect();
        let folders = folders.iter().map(|(run, folder)| (PathBuf::clone(folder), RelationsRun::clone(run)));
        Candidates { old, taken: self.taken(), folders: folders.collect() }
    }

    /// Which archives our records name, old or not.
    fn taken(&self) -> Vec<(PathBuf, String)> {
        let receipts = self.of.downloads.receipts();
        let downloads = receipts.map(|(_, receipt)| (receipt.path.clone(), receipt.sha256.clone()));
        let archives = self.of.jobs.rebuilds().filter_map(|job| job.archive());
        let rebuilds = archives.flat_map(|archive| {
            let parts = archive.parts.iter().map(|part| (part.path.clone(), part.sha256.clone()));
            let whole = (PathBuf::from(&archive.path), archive.file.sha256.clone());
            parts.chain([whole]).collect::<Vec<_>>()
        });
        downloads.chain(rebuilds).collect()
    }

    fn old(
        &self,
        id: OldArchiveId,
        (origin, at): (Origin<'_>, UtcMs),
        path: &Path,
        of: OldFiles,
    ) -> Option<Candidate> {
        let rule = self.rule(origin)?;
        let (why, case_id) = (rule.why(at)?, origin.case_id.or(rule.case_id));
        let (path, project_path) = (path.to_owned(), origin.project.to_owned());
        let archive = OldArchive { id, path, files: 0, bytes: 0, case_id, project_path, at, why };
        Some(Candidate { archive, of })
    }

    /// By what these files count as old; `None` where they are not asked for. Files of several cases of a project are
    /// deleted with the last of them.
    fn rule(&self, origin: Origin<'_>) -> Option<OldRule> {
        let cases: Vec<_> = self.of.cases.all().values().filter(|case| origin.is_of(case)).collect();
        let is_asked = |case: &Case| self.case == Some(case.id);
        if self.case.is_some() && !cases.iter().any(|case| is_asked(case)) {
            return None;
        }
        let cleaned = cases.iter().map(|case| match case.private_data_deleted {
            None if is_asked(case) => Some((clock::now(), case.id)),
            deleted => deleted.map(|at| (at, case.id)),
        });
        let cleaned = cleaned.collect::<Option<Vec<_>>>().and_then(|cleaned| cleaned.into_iter().max());
        let until = cleaned.map(|(at, _)| if origin.case_id.is_some() { UtcMs(i64::MAX) } else { at });
        Some(OldRule {
            cleaned_until: until,
            case_id: cleaned.map(|(_, id)| id),
            keep_days: self.of.settings.keep_days().filter(|_| self.case.is_none()),
            now: clock::now(),
        })
    }

    /// The archives that commands built from the files in a folder.
    fn built(&self, run: &RelationsRun, folder: &Path) -> Option<Candidate> {
        let (rule, path) = (self.rule(Origin::of_run(run))?, folder.to_owned());
        let (project_path, at) = (run.project_path.clone(), run.created_at);
        let (id, why) = (OldArchiveId::Relations(run.id), OldReason::CaseCleaned);
        let case_id = run.case_id.or(rule.case_id);
        let archive = OldArchive { id, path, files: 0, bytes: 0, case_id, project_path, at, why };
        let of = OldFiles::BuiltFrom { folder: folder.to_owned(), run: Box::new(run.clone()), rule };
        Some(Candidate { archive, of })
    }

    fn old_rebuild(&self, job: &RebuildJob) -> Option<Candidate> {
        let (archive, at) = (job.archive()?, job.ended_at?);
        let path = Path::new(&archive.path);
        let of = of_archive(path, (archive.file.bytes, &archive.file.sha256), &archive.parts);
        let (instance, project) = (job.instance.as_str(), job.title());
        let origin = Origin { case_id: job.case_id, instance, project_id: job.project_id, project };
        self.old(OldArchiveId::Rebuild(job.id), (origin, at), path, of)
    }

    /// The files of a relations export whose download is over and that no unfinished rebuild needs.
    fn old_relations(&self, run: &RelationsRun, folder: &Path) -> Option<Candidate> {
        let is_needed = |job: &RebuildJob| !job.is_ended() && job.run == Some(run.id);
        if self.of.downloads.has_open_files(run.id) || self.of.jobs.rebuilds().any(is_needed) {
            return None;
        }
        let at = run.ended_at.unwrap_or(run.created_at);
        let of = OldFiles::Relations { folder: folder.to_owned(), run: Box::new(run.clone()) };
        self.old(OldArchiveId::Relations(run.id), (Origin::of_run(run), at), folder, of)
    }
}
