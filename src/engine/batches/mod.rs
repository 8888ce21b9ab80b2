//! Batches: exports of many projects, requested together, in one queue within the limits of the instance.
//!
//! A batch exports nothing itself. It asks the owners of exports and downloads, in the same commands as a front end
//! ([`Happened::Asked`]), and remembers which export and which download belong to which project. What became of them it
//! reads before each snapshot ([`Batches::advance`]), so that no message can be lost. Only a few requests wait for
//! their turn at a time: the others stay here, where they can be held back.

mod begin;
mod check;
mod deeds;
mod facts;
mod group;
mod input;
mod lost;
pub mod manifest_file;
mod tracked;
mod twice;
mod view;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::case::batch::{BatchGoal, BatchItem, ExportBatch, ItemFile, ItemStep, TakeUp};
use crate::case::{BatchId, Code, RunId, UserError, UtcMs};
use crate::gitlab::Project;
use crate::platform::disk::{Space, nearest_folder};

use super::api::{
    Answer, AskId, BatchCheckView, BatchCommand, BatchView, Command, DownloadTarget, StartOptions,
};
use super::core::{Core, on_disk_thread};
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::input::EngineInput;
use super::paths::absolute;
use super::user_error::defect;
use super::view_list::ViewList;
use check::BatchChecks;
use lost::ArchivesOnDisk;
use tracked::TrackedBatch;

pub use facts::{BatchFacts, BatchQuery, RunFacts};
pub use input::{AskedFor, BatchesInput};

/// How many export requests of an instance are prepared or wait for their turn at a time: enough that no turn is
/// missed.
const AHEAD: usize = 12;

/// All batches.
#[derive(Debug, Default)]
pub struct Batches {
    all: BTreeMap<BatchId, TrackedBatch>,
    views: ViewList<Arc<BatchView>>,
    checks: BatchChecks,
}

impl Batches {
    /// Loads the batches from the store; continues nothing yet.
    pub fn load(core: &Core) -> Result<Self, UserError> {
        let stored = core.store.batches().map_err(|error| error.error())?;
        let all = stored.into_iter().map(|(batch, items)| (batch.id, TrackedBatch::new(batch, items)));
        Ok(Self { all: all.collect(), views: ViewList::default(), checks: BatchChecks::default() })
    }

    /// Continues every batch that was running when the program ended, with the program's own tokens.
    pub fn resume_after_restart(&mut self, core: &Core) {
        for tracked in self.all.values_mut().filter(|tracked| !tracked.is_over()) {
            tracked.followers.lead(core.sessions.acting());
        }
    }

    /// Whether a batch brings archives to this computer by itself.
    pub fn are_at_work(&self) -> bool {
        let works = |tracked: &TrackedBatch| {
            tracked.batch.goal == BatchGoal::Downloaded && tracked.moves() && !tracked.is_over()
        };
        self.all.values().any(works)
    }

    /// GitLab has found the project at this place. Returns another place of the batch that has the same project.
    pub fn found(&mut self, (batch, place): (BatchId, usize), project: &Project) -> Option<usize> {
        let tracked = self.all.get_mut(&batch)?;
        let other = tracked.same_project(place, project.id);
        if other.is_none() {
            tracked.found(place, project);
        }
        other
    }

    /// Carries out a command; `ours` finds the projects of an instance whose file comes from an export that was started
    /// here and not downloaded.
    pub fn command(
        &mut self,
        core: &mut Core,
        ask: AskId,
        command: BatchCommand,
        ours: impl FnOnce(&str) -> HashSet<u64>,
    ) -> Vec<Happened> {
        if let Some(files) = self.to_look_at(&command) {
            let look = on_disk_thread(move || lost::look(files));
            core.spawn(look, move |found| {
                EngineInput::Batches(BatchesInput::Looked { ask, command: Box::new(command), found })
            });
            return Vec::new();
        }
        self.carry_out(core, ask, (command, &ArchivesOnDisk::new()), ours)
    }

    /// The archives that a command is about, and that must be looked at before it is carried out.
    fn to_look_at(&self, command: &BatchCommand) -> Option<Vec<(usize, ItemFile)>> {
        let batch = match command {
            BatchCommand::Start { options, .. } => self.of_folder(&absolute(options.folder.clone()?)),
            BatchCommand::ResumeFolder { folder } => self.of_folder(&absolute(folder.clone())),
            BatchCommand::LookAt { batch } => Some(*batch),
            BatchCommand::Check { .. }
            | BatchCommand::DropCheck { .. }
            | BatchCommand::ListGroup { .. }
            | BatchCommand::Measure { .. }
            | BatchCommand::Resume { .. }
            | BatchCommand::Change { .. } => None,
        };
        Some(self.all.get(&batch?)?.archives()).filter(|files| !files.is_empty())
    }

    /// Carries out a command; `found` is what became of the archives of its batch.
    fn carry_out(
        &mut self,
        core: &mut Core,
        ask: AskId,
        (command, found): (BatchCommand, &ArchivesOnDisk),
        ours: impl FnOnce(&str) -> HashSet<u64>,
    ) -> Vec<Happened> {
        let (result, happened) = match command {
            BatchCommand::Check { instance, items, options } => {
                let ours = ours(&instance);
                (self.checks.begin(core, &instance, items, (options, ours)), Vec::new())
            }
            BatchCommand::DropCheck { check } => {
                self.checks.forget(check);
                (Ok(Answer::Done), Vec::new())
            }
            BatchCommand::ListGroup { instance, group } => {
                group::list(core, ask, &instance, group);
                return Vec::new();
            }
            BatchCommand::Measure { folder } => {
                let work = on_disk_thread(move || Answer::FreeBytes(free_bytes(&folder)));
                core.spawn(work, move |result| EngineInput::Answered(ask, result));
                return Vec::new();
            }
            BatchCommand::Start { instance, items, options } => {
                (self.start(core, &instance, items, options, found).map(Answer::Batch), Vec::new())
            }
            BatchCommand::Resume { batch } => {
                let taken = self.connected(core, batch);
                let taken = taken.and_then(|()| self.take_up(core, batch, &TakeUp::Continue, found));
                (taken.map(Answer::Batch), Vec::new())
            }
            BatchCommand::ResumeFolder { folder } => {
                (self.resume_folder(core, folder, found).map(Answer::Batch), Vec::new())
            }
            BatchCommand::LookAt { batch } => {
                let looked = self.get_mut(batch).and_then(|tracked| {
                    let changed = tracked.with_archives(found);
                    tracked.put(core, changed)
                });
                (looked.map(|()| Answer::Done), Vec::new())
            }
            BatchCommand::Change { batch, places, deed } => match self.change(core, batch, &places, deed) {
                Ok(happened) => (Ok(Answer::Done), happened),
                Err(error) => (Err(error), Vec::new()),
            },
        };
        core.reply(ask, result);
        self.views.touch();
        happened
    }

    pub fn input(&mut self, core: &mut Core, input: BatchesInput) -> Vec<Happened> {
        self.views.touch();
        match input {
            BatchesInput::Answered { project, result } => self.answered(core, project, result),
            BatchesInput::Written { batch, result } => {
                if let Some(tracked) = self.all.get_mut(&batch) {
                    tracked.written(result);
                }
                Vec::new()
            }
            BatchesInput::Looked { ask, command, found } => match found {
                // A batch keeps the places of its projects.
                Ok(found) => self.carry_out(core, ask, (*command, &found), |_| HashSet::new()),
                Err(error) => {
                    core.reply(ask, Err(error));
                    Vec::new()
                }
            },
            BatchesInput::Rested { batch } => {
                if let Some(tracked) = self.all.get_mut(&batch) {
                    tracked.rested();
                }
                Vec::new()
            }
            BatchesInput::Checked { check, place, result } => {
                self.checks.checked(check, place, result);
                Vec::new()
            }
            BatchesInput::CheckEnded { check, result } => {
                self.checks.ended(check, result);
                Vec::new()
            }
        }
    }

    /// Checks of many projects, newest first.
    pub fn checks_view(&mut self) -> Arc<[Arc<BatchCheckView>]> {
        self.checks.view()
    }

    /// The front end is gone. What it alone continued is held until somebody resumes it.
    pub fn left(&mut self, front_end: FrontEndId) {
        self.checks.left(front_end);
        for tracked in self.all.values_mut() {
            tracked.followers.lose(front_end);
        }
        self.views.touch();
    }

    /// The exports and downloads that [`Self::advance`] asks about.
    pub fn wanted(&self) -> BatchQuery {
        let mut wanted = BatchQuery::default();
        for tracked in self.all.values() {
            for item in tracked.open_items() {
                wanted.runs.extend(item.run.filter(|_| item.download.is_none()));
                wanted.downloads.extend(item.download);
            }
        }
        wanted
    }

    /// Whether a batch has its archives in this folder.
    pub fn owns(&self, folder: &Path) -> bool {
        self.of_folder(folder).is_some()
    }

    /// Takes in what became of exports and downloads, asks for what comes next, and writes the manifests.
    pub fn advance(&mut self, core: &mut Core, facts: &BatchFacts) -> Vec<Happened> {
        self.continue_with_token(core);
        let mut happened = Vec::new();
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        for tracked in self.all.values() {
            *asked.entry(tracked.batch.instance.clone()).or_default() += tracked.starting();
        }
        for tracked in self.all.values_mut() {
            if tracked.take_in(core, facts) {
                self.views.touch();
            }
            let starting = asked.entry(tracked.batch.instance.clone()).or_default();
            let next = tracked.next_steps(facts, AHEAD.saturating_sub(*starting));
            *starting += next.iter().filter(|(_, step)| *step == ItemStep::Start).count();
            for (place, step) in next {
                happened.push(ask(core, tracked, place, step));
                self.views.touch();
            }
            tracked.keep_manifest(core);
        }
        happened
    }

    fn answered(
        &mut self,
        core: &mut Core,
        project: AskedFor,
        result: Result<Answer, UserError>,
    ) -> Vec<Happened> {
        let Some(tracked) = self.all.get_mut(&project.batch) else { return Vec::new() };
        let Some(place) = tracked.place_asked(project.ask, project.step) else {
            // If the person cancelled the project meanwhile, what was requested is no longer watched. Otherwise it was
            // asked for again, and that answer counts.
            let left = match result {
                Ok(Answer::Run(run)) => Some(Command::Leave { run }),
                Ok(Answer::Download(download)) => Some(Command::Cancel { download }),
                Ok(_) | Err(_) => None,
            };
            return left.filter(|_| tracked.is_ended(project.place)).map(own).into_iter().collect();
        };
        tracked.asked.remove(&place);
        match &result {
            Ok(_) => tracked.heard(place),
            Err(error) if tracked.rests(core, place, error) => return Vec::new(),
            Err(_) => {}
        }
        match tracked.after_answer(place, result) {
            // The snapshot shows a full disk as an error. The request is then asked for again, and finds what was started.
            Some(changed) => drop(tracked.put(core, changed)),
            // It is asked again, unless the person held it back before its request was sent.
            None => tracked.touch(place),
        }
        Vec::new()
    }

    /// Batches, newest first.
    pub fn view(&mut self, core: &Core, now: UtcMs) -> Arc<[Arc<BatchView>]> {
        let mut ahead: BTreeMap<String, usize> = BTreeMap::new();
        let oldest_first = self.all.values_mut().map(|tracked| {
            let before = ahead.entry(tracked.batch.instance.clone()).or_default();
            let view = Arc::new(tracked.view(core, *before, now));
            if tracked.moves() {
                *before += view.counts.waiting;
            }
            view
        });
        self.views.get(oldest_first.collect::<Vec<_>>().into_iter().rev())
    }

    /// Writes the manifests that are not current yet, when the program ends.
    pub fn rest(&mut self) {
        for tracked in self.all.values_mut() {
            tracked.write_now();
        }
    }

    /// Refuses where the front end that asks has no token for the batch: nothing could be requested.
    fn connected(&self, core: &mut Core, id: BatchId) -> Result<(), UserError> {
        let Some(tracked) = self.all.get(&id) else { return Ok(()) };
        core.session(&tracked.batch.instance)?.refusal().map_or(Ok(()), Err)
    }

    fn get_mut(&mut self, id: BatchId) -> Result<&mut TrackedBatch, UserError> {
        self.all.get_mut(&id).ok_or_else(|| {
            UserError::new(Code::Usage, format!("There is no batch {id}."), "Check the list of batches.")
        })
    }
}

/// The free space of a folder that may not exist yet.
fn free_bytes(folder: &Path) -> Option<u64> {
    Space::default().available(nearest_folder(folder)?)
}

/// A command of the program itself, whose answer nobody needs.
fn own(command: Command) -> Happened {
    Happened::Asked { by: FrontEndId::OWN, ask: AskId::NO_REPLY, command: Box::new(command) }
}

/// Asks for the next step of a project. The answer comes back as an input.
fn ask(core: &mut Core, tracked: &mut TrackedBatch, place: usize, step: ItemStep) -> Happened {
    let by = core.sessions.follower(&tracked.followers, &tracked.batch.instance);
    let (ask, reply) = core.asks.expect_own(by);
    tracked.asked.insert(place, (ask, step));
    let project = AskedFor { batch: tracked.batch.id, place, ask, step };
    let before = core.sessions.act_for(by);
    core.spawn(async move { reply.await.map_err(|_closed| defect()).flatten() }, move |result| {
        EngineInput::Batches(BatchesInput::Answered { project, result })
    });
    core.sessions.act_for(before);
    let command = match tracked.items.get(place) {
        Some(item) => command_of(&tracked.batch, (place, item), step),
        None => Command::Leave { run: RunId(0) },
    };
    Happened::Asked { by, ask, command: Box::new(command) }
}

fn command_of(batch: &ExportBatch, (place, item): (usize, &BatchItem), step: ItemStep) -> Command {
    let (instance, case) = (batch.instance.clone(), None);
    match step {
        ItemStep::Start => {
            let options = StartOptions {
                description: batch.description.clone(),
                upload: None,
                replace: batch.replace,
                replace_undownloaded: false,
                collect: batch.goal > BatchGoal::Requested,
                in_batch: Some((batch.id, place)),
            };
            let project = item.project_id.map_or_else(|| item.named.clone(), |id| id.to_string());
            Command::Start { instance, project, case, options }
        }
        ItemStep::Download(id) => {
            let folder = batch.folder.clone().map(Into::into);
            let target = folder.map_or(DownloadTarget::Default, DownloadTarget::Folder);
            let connections = batch.connections;
            Command::Download { instance, project: id.to_string(), case, target, connections }
        }
        ItemStep::ResumeDownload(download) => Command::Resume { download },
    }
}
