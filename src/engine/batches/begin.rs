//! How a batch begins and continues.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::case::batch::{BatchGoal, BatchItem, ExportBatch, MOST_PROJECTS};
use crate::case::{BatchId, Code, JournalEntry, JournalEvent, UserError};
use crate::engine::api::BatchOptions;
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::paths::{absolute, text_of_path};
use crate::store::Write;

use super::Batches;
use super::manifest_file::refuse_foreign;
use super::tracked::TrackedBatch;

impl Batches {
    /// Starts a batch, or continues the one of the same folder with the projects that it does not have yet.
    pub(super) fn start(
        &mut self,
        core: &mut Core,
        instance: &str,
        items: Vec<BatchItem>,
        options: BatchOptions,
    ) -> Result<BatchId, UserError> {
        let instance = core.session(instance)?.url.clone();
        let folder = options.folder.map(absolute);
        if options.goal == BatchGoal::Downloaded && folder.is_none() {
            return Err(UserError::new(Code::Usage, "The folder of the batch is missing.", "Name a folder."));
        }
        if let Some(id) = folder.as_ref().and_then(|folder| self.of_folder(folder)) {
            return self.extend(core, id, &instance, items);
        }
        if let Some(folder) = &folder {
            refuse_foreign(folder)?;
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

    fn of_folder(&self, folder: &std::path::Path) -> Option<BatchId> {
        let mut newest_first = self.all.values().rev();
        newest_first.find(|tracked| tracked.folder().as_deref() == Some(folder)).map(|found| found.batch.id)
    }

    /// Adds the projects that the batch does not have yet, and continues it.
    fn extend(
        &mut self,
        core: &mut Core,
        id: BatchId,
        instance: &str,
        items: Vec<BatchItem>,
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
        let known: HashSet<String> = tracked.items.iter().flat_map(names).collect();
        let is_new = |item: &BatchItem| !names(item).any(|name| known.contains(&name));
        let new: Vec<BatchItem> = items.into_iter().filter(is_new).collect();
        refuse_too_many(tracked.items.len() + new.len())?;
        if !new.is_empty() {
            let writes = rows(id, tracked.items.len(), &new).collect();
            let line = started(new.len(), tracked.batch.folder.clone());
            core.commit(clock::now(), writes, vec![line])?;
            for item in new {
                tracked.push(item);
            }
        }
        self.resume(core, id)
    }

    /// Continues a batch with the token of the acting front end.
    pub(super) fn resume(&mut self, core: &mut Core, id: BatchId) -> Result<BatchId, UserError> {
        let tracked = self.get_mut(id)?;
        if tracked.batch.stopped.is_some() {
            let batch = ExportBatch { stopped: None, ..tracked.batch.clone() };
            core.commit(clock::now(), vec![Write::PutBatch(Box::new(batch.clone()))], Vec::new())?;
            tracked.batch = batch;
        }
        let resumed = tracked.take_up();
        tracked.put(core, resumed)?;
        tracked.manifest.is_stale = true;
        tracked.followers.lead(core.sessions.acting());
        Ok(id)
    }

    pub(super) fn resume_folder(&mut self, core: &mut Core, folder: PathBuf) -> Result<BatchId, UserError> {
        let folder = absolute(folder);
        match self.of_folder(&folder) {
            Some(id) => self.resume(core, id),
            None => Err(UserError::new(
                Code::Usage,
                format!("{} is not the folder of a batch.", folder.display()),
                "Name the folder to which the archives were downloaded, and the data folder of that batch.",
            )),
        }
    }
}

/// What identifies a project: its ID, its path in any case, and how the person named it.
fn names(item: &BatchItem) -> impl Iterator<Item = String> + '_ {
    let id = item.project_id.map(|id| id.to_string());
    let path = item.path.as_deref().map(str::to_lowercase);
    id.into_iter().chain(path).chain([item.named.to_lowercase()])
}

fn rows(id: BatchId, from: usize, items: &[BatchItem]) -> impl Iterator<Item = Write> + '_ {
    (from..).zip(items).map(move |(place, item)| Write::PutBatchItem(id, place, Box::new(item.clone())))
}

fn started(projects: usize, folder: Option<String>) -> JournalEntry {
    JournalEntry::general(JournalEvent::BatchStarted { projects: projects as u64, folder })
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
