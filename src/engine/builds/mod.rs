//! Rebuilds archives from the files of a relations export. A build needs no network; reading what the relations export
//! lacks ([`fill`]) is a step before it.

mod built_record;
mod checks;
mod draft_file;
mod draft_folder;
mod fill;
mod fills;
mod gaps;
mod input;
mod meter;
mod notes;
mod set;
mod task;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::archive::Limits;
use crate::case::{Code, MembersChoice, UserError};
use crate::platform::disk::{NewFolders, Space};

use super::api::{
    Answer, AskId, BuildFailed, BuildOptions, BuildStage, BuildView, BuiltArchive, FillView, archive_beside,
    set_folder,
};
use super::core::{Core, on_disk_thread};
use super::happened::Happened;
use super::input::EngineInput;
use super::paths::absolute;
use super::view_list::ViewList;

use fill::{FillOrder, MembersWanted};
use fills::FillRun;
use meter::BuildMeter;
use task::BuildOrder;

pub use built_record::BuiltRecord;
pub use checks::check_folder_members;
pub use fill::{filled_files, forget_filled};
pub use task::{folder_for, free_beside};

/// Checks that the table of members can be read, if one is chosen.
pub fn check_members(choice: &MembersChoice) -> Result<(), UserError> {
    MembersWanted::of(choice).map(drop)
}

pub use input::BuildsInput;

/// How many finished builds stay visible.
const KEPT: usize = 8;

/// The builds, running and finished, newest first.
#[derive(Debug, Default)]
pub struct Builds {
    all: Vec<Build>,
    views: ViewList<Arc<BuildView>>,
    fills: Vec<FillRun>,
    fill_views: ViewList<Arc<FillView>>,
}

/// Where a finished archive is recorded, so that it is found when the data of its project is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordPlace {
    /// In the folder of the relation files.
    Folder,
    /// In the store, with the rebuild.
    Rebuild,
}

#[derive(Debug)]
struct Build {
    folder: PathBuf,
    output: PathBuf,
    /// Whether it first reads from GitLab what the relations export lacks.
    fills: bool,
    meter: Arc<BuildMeter>,
    recorded: RecordPlace,
    ended: Option<Result<Arc<BuiltArchive>, BuildFailed>>,
    /// The same archive was requested again while the cancelled build was still ending.
    again: Option<BuildOptions>,
}

impl Builds {
    /// Starts a build of the archive of `folder`. The answer is the archive's path; its view shows the progress.
    pub fn build(&mut self, core: &mut Core, ask: AskId, folder: PathBuf, options: BuildOptions) {
        let begun = self.begin(core, folder, options, RecordPlace::Folder);
        core.reply(ask, begun.map(Answer::Building));
    }

    /// Starts a build; returns the archive's path.
    pub fn begin(
        &mut self,
        core: &mut Core,
        folder: PathBuf,
        mut options: BuildOptions,
        recorded: RecordPlace,
    ) -> Result<PathBuf, UserError> {
        let mut named = HashSet::new();
        options.without.retain(|relation| named.insert(relation.clone()));
        let folder = absolute(folder);
        let mut output = options.output.clone().map_or_else(|| archive_beside(&folder), absolute);
        if options.split.is_some_and(|split| split.always) {
            output = set_folder(&output);
        }
        if let Some(build) = self.all.iter_mut().find(|build| build.output == output && build.ended.is_none())
        {
            if build.folder == folder && build.meter.is_cancelled() {
                build.again = Some(options);
                return Ok(output);
            }
            let headline = format!("{} is being built already.", output.display());
            return Err(UserError::new(Code::Refused, headline, "Wait for it, or name another file."));
        }
        let set = options.split.map(|_| set_folder(&output));
        if let Some(taken) = task::is_taken(&output).or_else(|| task::is_taken(set.as_ref()?)) {
            set.as_deref().map(draft_folder::remove_lock_left);
            return Err(taken);
        }
        let members = options.members.as_ref().map(MembersWanted::of).transpose()?;
        let fill = if options.fills {
            self.no_filling(&folder)?;
            Some(fills::order(core, &folder, members.clone())?)
        } else {
            None
        };
        let created = task::folder_for(&output)?;
        let meter = Arc::new(BuildMeter::default());
        meter.begin(0, BuildStage::Building);
        self.all.retain(|build| build.output != output);
        self.all.insert(
            0,
            Build {
                folder: folder.clone(),
                output: output.clone(),
                fills: fill.is_some(),
                meter: Arc::clone(&meter),
                recorded,
                ended: None,
                again: None,
            },
        );
        keep_latest(&mut self.all, |build| build.ended.is_some());
        self.views.touch();
        let order = BuildOrder {
            folder,
            output: output.clone(),
            options,
            members,
            unread: None,
            recorded,
            space: Space::default(),
            limits: Limits::default(),
        };
        work(core, (order, created), fill, meter);
        Ok(output)
    }

    /// Cancels the build of this archive and removes its temporary file.
    pub fn cancel(&mut self, core: &mut Core, ask: AskId, output: &Path) {
        for build in self.all.iter_mut().filter(|build| build.output == output) {
            build.meter.cancel();
            build.again = None;
        }
        core.reply(ask, Ok(Answer::Done));
    }

    /// Handles a message from a build.
    pub fn input(&mut self, core: &mut Core, input: BuildsInput) -> Vec<Happened> {
        match input {
            BuildsInput::Naming { output, archive, recorded } => {
                vec![Happened::ArchiveIsNamed { output, archive, recorded }]
            }
            BuildsInput::Filled { folder, result } => {
                self.filled(&folder, result);
                Vec::new()
            }
            BuildsInput::Ended { output, result } => {
                let running = |build: &&mut Build| build.output == output && build.ended.is_none();
                let mut again = None;
                if let Some(build) = self.all.iter_mut().find(running) {
                    build.ended = Some(result.clone());
                    let again_in = (build.folder.clone(), build.recorded);
                    again = build.again.take().map(|options| (again_in, options));
                    self.views.touch();
                }
                if let (Some(((folder, recorded), options)), Err(_cancelled)) = (again, &result) {
                    return match self.begin(core, folder, options, recorded) {
                        Ok(_) => Vec::new(),
                        Err(error) => vec![Happened::BuildEnded { output, result: Err(error.into()) }],
                    };
                }
                vec![Happened::BuildEnded { output, result }]
            }
        }
    }

    /// Whether a build is running, so that its numbers change without an input.
    pub fn is_moving(&self) -> bool {
        self.has_moving_fills() || self.all.iter().any(|build| build.ended.is_none())
    }

    /// Cancels all running builds when the program ends.
    pub fn stop(&mut self) {
        self.stop_fills();
        for build in &mut self.all {
            build.meter.cancel();
            build.again = None;
        }
    }

    /// Whether a build may have a temporary file.
    pub fn is_building(&self) -> bool {
        self.all.iter().any(|build| build.ended.is_none() && build.meter.stage() != BuildStage::Filling)
    }

    /// Notes the end of a build while the program ends. Nothing gets its name any more: its record is refused.
    pub fn last_input(&mut self, input: EngineInput) {
        match input {
            EngineInput::For { input, .. } => self.last_input(*input),
            EngineInput::Builds(BuildsInput::Ended { output, result }) => {
                for build in self.all.iter_mut().filter(|build| build.output == output) {
                    build.ended.get_or_insert(result.clone());
                }
            }
            _ => {}
        }
    }

    /// What the front ends see.
    pub fn view(&mut self) -> Arc<[Arc<BuildView>]> {
        if self.is_moving() {
            self.views.touch();
        }
        self.views.get_kept(self.all.iter().map(Build::view), |view| view.output.clone())
    }
}

/// Keeps what runs, and the latest of what has ended. The newest is first.
fn keep_latest<T>(all: &mut Vec<T>, is_ended: impl Fn(&T) -> bool) {
    let mut ended = 0;
    all.retain(|one| {
        ended += usize::from(is_ended(one));
        !is_ended(one) || ended <= KEPT
    });
}

/// Starts the task of a build. `created` are the folders that were created for the archive.
fn work(
    core: &Core,
    (mut order, created): (BuildOrder, NewFolders),
    fill: Option<FillOrder>,
    meter: Arc<BuildMeter>,
) {
    let (named, naming) = (order.output.clone(), order.output.clone());
    let inputs = core.inputs.clone();
    let record = move |archive: &Arc<BuiltArchive>| {
        let (recorded, wait) = oneshot::channel();
        let (output, archive) = (naming.clone(), Arc::clone(archive));
        let input = BuildsInput::Naming { output, archive, recorded };
        // An engine that is gone cannot record the name: the archive does not get it.
        inputs.blocking_send(EngineInput::Builds(input)).is_ok() && wait.blocking_recv().is_ok()
    };
    let work = async move {
        if let Some(fill) = fill {
            meter.begin(0, BuildStage::Filling);
            // An archive without these parts is better than none; its receipt says what it lacks.
            if let Err(error) = fill::fill(fill, Arc::clone(&meter)).await {
                meter.received(0)?;
                order.unread = Some(error.headline);
            }
        }
        on_disk_thread(move || {
            let end = task::run(&order, &meter, &record);
            drop(created);
            end
        })
        .await?
    };
    core.spawn(work, move |result| EngineInput::Builds(BuildsInput::Ended { output: named, result }));
}

impl Build {
    fn view(&self) -> BuildView {
        BuildView {
            folder: self.folder.clone(),
            output: self.output.clone(),
            stage: self.meter.stage(),
            part: self.meter.part(),
            bytes: self.meter.bytes.load(Ordering::Relaxed),
            total_bytes: self.meter.total_bytes.load(Ordering::Relaxed),
            started_at: self.meter.began_at(),
            ended: self.ended.clone(),
        }
    }
}
