//! Sets of archives: imports the base archive, then one slice after another, each when GitLab has finished the one
//! before. What was imported is in the jobs, so that a set continues after any stop.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::case::import::{ImportOutcome, ImportSet, PartState, SetPlace, SetProgress, set_progress};
use crate::case::{Code, ImportId, ImportJob, JobId, JobKind, UserError};
use crate::engine::api::{AskId, ImportOptions, SetPartView, SetView};
use crate::engine::core::Core;
use crate::engine::import_set::SetList;
use crate::engine::jobs::table::{JobTable, no_such};
use crate::engine::paths::{absolute, shown};
use crate::engine::preflight::ProjectAsk;
use crate::platform::disk;

use super::begin;
use super::draft::ImportDraft;
use super::earlier::ImportsHere;
use super::set_check::PartCheck;

/// The sets that this program imports now. A set is named by the import of its base archive.
#[derive(Debug, Default)]
pub struct RunningSets {
    active: BTreeSet<ImportId>,
    /// Sets whose next part is in its preflight.
    starting: BTreeSet<ImportId>,
    /// Why the next part of a set could not begin.
    errors: BTreeMap<ImportId, UserError>,
    /// Imports that were running when the program ended. If one turns out not to have been received, it begins again.
    interrupted: BTreeSet<ImportId>,
    /// Sets of which all parts were checked before an upload.
    checked: BTreeSet<ImportId>,
}

/// Reads the list of a set.
pub fn read(list: &Path, options: ImportOptions) -> Result<ImportSet, UserError> {
    let list = absolute(list.to_owned());
    let read = SetList::read(&list)?;
    let folder = disk::folder_of(&list);
    let parts = read.parts.into_iter().map(|part| part.in_folder(folder));
    Ok(ImportSet { parts: parts.collect(), list: shown(&list), retry_upload: options.retry_upload })
}

fn progress(table: &JobTable, base: ImportId) -> Option<SetProgress> {
    set_progress(table.import(base)?, table.imports())
}

impl RunningSets {
    /// Continues the sets that were running when the program ended.
    pub fn resume(&mut self, table: &JobTable) {
        let bases = table.imports().filter(|job| job.import_set().is_some());
        let open = bases.filter(|base| {
            let state = set_progress(base, table.imports()).and_then(|progress| progress.state());
            matches!(state, Some(PartState::Running | PartState::Waiting))
        });
        self.active = open.map(|base| base.id).collect();
        let running = table.imports().filter(|job| job.set.is_some() && !job.is_ended());
        self.interrupted = running.map(|job| job.id).collect();
    }

    /// The parts of a set that are checked before this import is sent: its own, and at first all later ones.
    pub fn to_check(&self, table: &JobTable, id: ImportId) -> Vec<PartCheck> {
        let Some(job) = table.import(id) else { return Vec::new() };
        let (base, part) = job.slice_of().unwrap_or((id, 0));
        let Some(set) = table.import(base).and_then(ImportJob::import_set) else { return Vec::new() };
        let mut parts = PartCheck::from(set, part);
        if self.checked.contains(&base) {
            parts.truncate(1);
        }
        parts
    }

    /// The parts were checked.
    pub fn checked(&mut self, table: &JobTable, id: ImportId) {
        if let Some(job) = table.import(id).filter(|job| job.set.is_some()) {
            self.checked.insert(job.slice_of().map_or(id, |(base, _)| base));
        }
    }

    /// A part has begun, or its preflight has failed. `repeats` is the import that begins again, if one does.
    pub fn begun(
        &mut self,
        table: &mut JobTable,
        (place, repeats): (&SetPlace, Option<ImportId>),
        begun: &Result<ImportId, UserError>,
    ) {
        table.touch(JobKind::Import);
        let base = match (place, begun) {
            (SetPlace::Slice { base, .. }, _) => *base,
            // A new import of the base archive now stands for the set.
            (SetPlace::Base(_), Ok(id)) => {
                if let Some(earlier) = repeats {
                    self.forget(earlier);
                }
                *id
            }
            (SetPlace::Base(_), Err(_)) => match repeats {
                Some(earlier) => earlier,
                None => return,
            },
        };
        self.starting.remove(&base);
        match begun {
            Ok(_) => {
                self.errors.remove(&base);
                self.active.insert(base);
            }
            Err(error) => {
                self.active.remove(&base);
                self.errors.insert(base, error.clone());
            }
        }
    }

    /// The user continues a set: its current part begins, whatever has become of it before. An earlier request of the
    /// part is looked for in its preflight.
    pub fn play(
        &mut self,
        core: &mut Core,
        table: &mut JobTable,
        (base, here): (ImportId, &ImportsHere),
    ) -> Result<(), UserError> {
        let Some(progress) = progress(table, base) else { return Err(no_such(JobId::Import(base))) };
        // The parts use the token of whoever continues the set.
        table.follow(core, JobId::Import(base));
        table.touch(JobKind::Import);
        self.errors.remove(&base);
        let Some(part) = progress.current else { return Ok(()) };
        self.active.insert(base);
        let moves = progress.parts[part].1.is_some_and(|id| here.moves(id));
        if !moves && !self.starting.contains(&base) {
            // The files may have changed since.
            self.checked.remove(&base);
            self.start(core, table, base, part);
        }
        Ok(())
    }

    /// Begins the next part of each set whose part before it is imported.
    pub fn advance(&mut self, core: &mut Core, table: &mut JobTable) {
        for base in self.active.clone() {
            if self.starting.contains(&base) {
                continue;
            }
            let Some(progress) = progress(table, base) else {
                self.active.remove(&base);
                continue;
            };
            let Some(part) = progress.current else {
                self.active.remove(&base);
                continue;
            };
            let (state, job) = progress.parts[part];
            match state {
                PartState::Waiting => self.start(core, table, base, part),
                PartState::Stopped => {
                    // GitLab has certainly not received it, because nobody saw it for long.
                    let begins_again = job.is_some_and(|job| {
                        self.interrupted.remove(&job) && table.import(job).is_some_and(was_not_received)
                    });
                    if begins_again {
                        self.start(core, table, base, part);
                    } else {
                        self.active.remove(&base);
                        table.touch(JobKind::Import);
                    }
                }
                PartState::Running | PartState::Imported | PartState::Partial => {}
            }
        }
    }

    fn start(&mut self, core: &mut Core, table: &mut JobTable, base: ImportId, part: usize) {
        // A base archive that begins again gets a new job, which then stands for the set.
        if part == 0 {
            self.active.remove(&base);
        }
        self.starting.insert(base);
        let begun = table.as_follower(core, JobId::Import(base), |table, core| {
            let draft = draft(core, table, base, part)?;
            begin::start_preflight(core, AskId::NO_REPLY, draft)
        });
        table.touch(JobKind::Import);
        if let Err(error) = begun {
            self.starting.remove(&base);
            self.active.remove(&base);
            self.errors.insert(base, error);
        }
    }

    fn forget(&mut self, base: ImportId) {
        self.starting.remove(&base);
        self.errors.remove(&base);
    }

    /// What a front end sees of the set of this base archive. `checking` is the later part that is checked now, counted
    /// from 0.
    pub fn view(
        &self,
        table: &JobTable,
        base: &ImportJob,
        checking: impl Fn(ImportId) -> Option<usize>,
    ) -> Option<SetView> {
        let (set, progress) = (base.import_set()?, set_progress(base, table.imports())?);
        let error = self.errors.get(&base.id).cloned();
        let is_ours = self.active.contains(&base.id) || self.starting.contains(&base.id);
        let is_running = is_ours || progress.state() == Some(PartState::Running);
        let is_stopped = progress.current.is_some() && (error.is_some() || !is_running);
        let current = progress.current.and_then(|part| progress.parts[part].1);
        let outcome = current.and_then(|id| table.import(id)).and_then(|job| job.outcome.as_ref());
        let is_left = error.is_none() && outcome == Some(&ImportOutcome::Unwatched);
        let checked = current.and_then(checking);
        let sentence = match (progress.current, checked) {
            (Some(part), _) if error.is_some() => set.stopped_before(part),
            (Some(part), _) if self.starting.contains(&base.id) => set.comes_next(part),
            (_, Some(part)) => set.checked_now(part),
            _ => progress.sentence,
        };
        let parts = set.parts.iter().zip(&progress.parts).map(|(part, (state, import))| SetPartView {
            path: part.path.clone(),
            relation: part.relation.clone(),
            records: part.records,
            bytes: part.bytes,
            import: *import,
            correlation_id: import.and_then(|id| table.import(id)?.correlation_id.clone()),
            state: *state,
        });
        Some(SetView {
            list: PathBuf::from(&set.list),
            parts: parts.collect(),
            current: progress.current,
            sentence,
            is_stopped,
            is_left: is_stopped && is_left,
            error,
        })
    }
}

fn was_not_received(job: &ImportJob) -> bool {
    job.accepted_at.is_none()
}

/// The import of one part.
fn draft(core: &mut Core, table: &JobTable, base: ImportId, part: usize) -> Result<ImportDraft, UserError> {
    let Some(job) = table.import(base) else { return Err(no_such(JobId::Import(base))) };
    let (Some(set), true) = (job.import_set(), part > 0) else { return begin::again(core, table, base) };
    let (Some(of), Some(project)) = (set.parts.get(part), job.project_id) else {
        return Err(UserError::new(
            Code::Refused,
            "GitLab has not named the project of the base archive.",
            "Check the import of the base archive.",
        ));
    };
    for check in PartCheck::from(set, part).iter().take(1) {
        check.is_there()?;
    }
    let relation = of.relation.clone().unwrap_or_default();
    let key = ProjectAsk::id(project);
    let draft = begin::of_relation(job.instance.clone(), key, of.path.clone(), relation)?;
    Ok(ImportDraft {
        case: job.case_id,
        options: ImportOptions { retry_upload: set.retry_upload, ..ImportOptions::default() },
        set: Some(SetPlace::Slice { base, part, before: set.before(part) }),
        ..draft
    })
}
