//! How a batch begins and continues.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::case::batch::{BatchGoal, BatchItem, ExportBatch, ItemStage, MOST_PROJECTS, TakeUp};
use crate::case::format::number_of;
use crate::case::{BatchId, Code, JournalEntry, JournalEvent, UserError};
use crate::engine::api::BatchOptions;
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::front_ends::FrontEndId;
use crate::engine::paths::{absolute, text_of_path, tried_folder};
use crate::store::Write;

use super::Batches;
use super::lost::ArchivesOnDisk;
use super::manifest_file::refuse_foreign;
use super::tracked::TrackedBatch;

/// The hint for a folder that takes no archive.
const NO_FOLDER: &str = "Choose a folder that you can write to. Nothing was requested.";

/// The hint for a folder whose batch is known elsewhere, or under another name of the folder.
const MOVED: &str = "Move the folder back to where it was, or use the data folder of that batch. To export the missing projects without it, start them again into a new folder: manifest.csv names them.";

impl Batches {
    /// Starts a batch, or continues the one of the same folder with the projects that it does not have yet.
    pub(super) fn start(
        &mut self,
        core: &mut Core,
        instance: &str,
        items: Vec<BatchItem>,
        options: BatchOptions,
        found: &ArchivesOnDisk,
    ) -> Result<BatchId, UserError> {
        let instance = core.session(instance)?.url.clone();
        let folder = options.folder.clone().map(absolute);
        if options.goal == BatchGoal::Downloaded && folder.is_none() {
            return Err(UserError::new(Code::Usage, "The folder of the batch is missing.", "Name a folder."));
        }
        if let Some(folder) = &folder {
            tried_folder(folder, NO_FOLDER)?;
        }
        if let Some(id) = folder.as_ref().and_then(|folder| self.of_folder(folder)) {
            return self.extend(core, (id, found), (&instance, items), options);
        }
        if let Some(folder) = &folder {
            refuse_foreign(folder, "Choose another folder.")?;
        }
        refuse_too_many(items.len())?;
        let id = core.store.next_batch_id().map_err(|error| error.error())?;
        let batch = ExportBatch {
            id,
            instance,
            created_at: clock::now(),
            goal: options.goal,
            folder: folder.map(text_of_path).transpose()?,
            description: options.description,
            replace: options.replace,
            connections: options.connections,
            stopped: None,
        };
        let mut writes = vec![Write::PutBatch(Box::new(batch.clone()))];
        writes.extend(rows(id, 0, &items));
        core.commit(batch.created_at, writes, vec![started(items.len(), batch.folder.clone())])?;
        let mut tracked = TrackedBatch::new(batch, items);
        tracked.followers.lead(core.sessions.acting());
        self.all.insert(id, tracked);
        Ok(id)
    }

    pub(super) fn of_folder(&self, folder: &Path) -> Option<BatchId> {
        // The same folder may be named in many ways: through a link, with `..`, or in another case.
        let place = |path: &Path| path.canonicalize().ok();
        let wanted = place(folder);
        let is_it = |tracked: &&TrackedBatch| {
            let known = tracked.folder();
            let is_same_place = wanted.is_some() && known.as_deref().and_then(place) == wanted;
            known.as_deref() == Some(folder) || is_same_place
        };
        self.all.values().rev().find(is_it).map(|found| found.batch.id)
    }

    /// Adds the projects that the batch does not have yet, and continues it as asked now. Where nothing is left to do, it
    /// refuses: the person expects new exports, and none would be requested.
    fn extend(
        &mut self,
        core: &mut Core,
        (id, found): (BatchId, &ArchivesOnDisk),
        (instance, items): (&str, Vec<BatchItem>),
        options: BatchOptions,
    ) -> Result<BatchId, UserError> {
        let tracked = self.get_mut(id)?;
        if tracked.batch.instance != instance {
            let folder = tracked.batch.folder.clone().unwrap_or_default();
            return Err(UserError::new(
                Code::Refused,
                format!("{folder} belongs to exports of {}.", tracked.batch.instance),
                "Choose another folder.",
            ));
        }
        let by = TakeUp::Named(items.iter().flat_map(BatchItem::names).collect());
        let known: HashSet<String> = tracked.items.iter().flat_map(BatchItem::names).collect();
        let is_new = |item: &BatchItem| !item.names().any(|name| known.contains(&name));
        let new: Vec<BatchItem> = items.into_iter().filter(is_new).collect();
        refuse_too_many(tracked.items.len() + new.len())?;
        let is_open = |item: &BatchItem| !item.stage.is_ended() && item.run.is_none() && !by.names(item);
        let others = tracked.items.iter().filter(|item| is_open(item)).count();
        if options.replace && !tracked.batch.replace && others > 0 {
            return Err(not_for_all(&tracked.batch, others));
        }
        let resumed = tracked.look_after(&by, found);
        if new.is_empty() && tracked.is_over() && resumed.is_empty() {
            return Err(all_there(&tracked.batch, tracked.items.len()));
        }
        let done =
            tracked.items.iter().filter(|item| item.stage == ItemStage::Done && by.names(item)).count();
        if options.replace && done > 0 && tracked.is_over() && !new.is_empty() {
            return Err(done_before(&tracked.batch, done));
        }
        let batch = ExportBatch {
            description: options.description,
            replace: options.replace,
            connections: options.connections,
            ..tracked.batch.clone()
        };
        let mut writes = vec![Write::PutBatch(Box::new(batch.clone()))];
        writes.extend(rows(id, tracked.items.len(), &new));
        let line = (!new.is_empty()).then(|| started(new.len(), batch.folder.clone()));
        core.commit(clock::now(), writes, line.into_iter().collect())?;
        tracked.batch = batch;
        for item in new {
            tracked.push(item);
        }
        self.resume(core, id, resumed)
    }

    /// Continues a batch with the token of the acting front end.
    pub(super) fn take_up(
        &mut self,
        core: &mut Core,
        id: BatchId,
        by: &TakeUp,
        found: &ArchivesOnDisk,
    ) -> Result<BatchId, UserError> {
        let resumed = self.get_mut(id)?.look_after(by, found);
        self.resume(core, id, resumed)
    }

    /// Continues the batches that have stopped only because the program had no token, once it has one.
    pub(super) fn continue_with_token(&mut self, core: &mut Core) {
        let has_one = |tracked: &TrackedBatch| {
            tracked.batch.stopped.as_ref().is_some_and(|error| error.code.lacks_token())
                && tracked.followers.iter().any(|id| id == FrontEndId::OWN)
                && core.sessions.may_have_token(&tracked.batch.instance)
        };
        let all: Vec<BatchId> =
            self.all.values().filter(|tracked| has_one(tracked)).map(|tracked| tracked.batch.id).collect();
        for id in all {
            core.acting_as(FrontEndId::OWN, |core| {
                // The snapshot shows a full disk as an error.
                self.take_up(core, id, &TakeUp::Continue, &ArchivesOnDisk::new()).ok();
            });
        }
    }

    fn resume(
        &mut self,
        core: &mut Core,
        id: BatchId,
        resumed: Vec<(usize, BatchItem)>,
    ) -> Result<BatchId, UserError> {
        let tracked = self.get_mut(id)?;
        if tracked.batch.stopped.is_some() {
            let batch = ExportBatch { stopped: None, ..tracked.batch.clone() };
            core.commit(clock::now(), vec![Write::PutBatch(Box::new(batch.clone()))], Vec::new())?;
            tracked.batch = batch;
        }
        tracked.asked.clear();
        tracked.put(core, resumed)?;
        tracked.manifest.is_stale = true;
        tracked.followers.lead(core.sessions.acting());
        Ok(id)
    }

    pub(super) fn resume_folder(
        &mut self,
        core: &mut Core,
        folder: PathBuf,
        found: &ArchivesOnDisk,
    ) -> Result<BatchId, UserError> {
        let folder = absolute(folder);
        match self.of_folder(&folder) {
            Some(id) => {
                tried_folder(&folder, NO_FOLDER)?;
                self.take_up(core, id, &TakeUp::Resume, found)
            }
            None => refuse_foreign(&folder, MOVED).and(Err(UserError::new(
                Code::Usage,
                format!("{} is not the folder of a batch.", folder.display()),
                "Name the folder to which the archives were downloaded, and the data folder of that batch.",
            ))),
        }
    }
}

fn rows(id: BatchId, from: usize, items: &[BatchItem]) -> impl Iterator<Item = Write> + '_ {
    (from..).zip(items).map(move |(place, item)| Write::PutBatchItem(id, place, Box::new(item.clone())))
}

fn started(projects: usize, folder: Option<String>) -> JournalEntry {
    JournalEntry::general(JournalEvent::BatchStarted { projects: projects as u64, folder })
}

/// A person who agrees to replace finished exports does so for the projects that they name. The others of the folder are
/// not requested yet, and would be replaced, too.
fn not_for_all(batch: &ExportBatch, others: usize) -> UserError {
    let folder = batch.folder.as_deref().unwrap_or_default();
    let many = number_of(others as u64, "other project", "other projects");
    UserError::new(
        Code::Refused,
        format!(
            "The batch of {folder} still has to request {many}, which were not named. Nothing was requested."
        ),
        "Name these projects, too, if their finished exports may be deleted. Otherwise continue the batch first, or choose another folder.",
    )
}

/// Every project was exported to the folder before.
fn all_there(batch: &ExportBatch, projects: usize) -> UserError {
    let folder = batch.folder.as_deref().unwrap_or_default();
    let all = number_of(projects as u64, "project", "projects");
    UserError::new(
        Code::Refused,
        format!(
            "{folder} holds a batch of {all} from {}, and all of it has ended. Nothing was requested.",
            batch.created_at.for_people()
        ),
        "The list manifest.csv in that folder tells what became of each project. For new exports, choose another folder.",
    )
}

/// A person who agrees to replace finished exports expects new ones, also of what the folder has.
fn done_before(batch: &ExportBatch, projects: usize) -> UserError {
    let folder = batch.folder.as_deref().unwrap_or_default();
    let many = number_of(projects as u64, "of these projects was", "of these projects were");
    UserError::new(
        Code::Refused,
        format!("{many} exported to {folder} before. Nothing was requested."),
        "For new exports, choose another folder. For the others, start again and name only those.",
    )
}

fn refuse_too_many(projects: usize) -> Result<(), UserError> {
    if projects <= MOST_PROJECTS {
        return Ok(());
    }
    Err(UserError::new(
        Code::Usage,
        format!("A batch has at most {MOST_PROJECTS} projects."),
        "Export the others as another batch.",
    ))
}
