//! The readings of what relations exports lack: the commands, and their views.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::case::{Code, UserError};
use crate::engine::api::{Answer, AskId, BuildStage, FillReport, FillView, MembersChoice};
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::engine::manifest::Manifest;
use crate::engine::paths::absolute;

use super::fill::{self, FillOrder, MembersWanted};
use super::meter::BuildMeter;
use super::{Builds, BuildsInput, checks, keep_latest};

/// The reading of one folder's parts.
#[derive(Debug)]
pub(super) struct FillRun {
    folder: PathBuf,
    meter: Arc<BuildMeter>,
    ended: Option<Result<Arc<FillReport>, UserError>>,
}

impl Builds {
    /// Starts to read what the relations export of this folder lacks.
    pub fn fill(&mut self, core: &mut Core, ask: AskId, folder: PathBuf, members: Option<&MembersChoice>) {
        let begun = self.begin_fill(core, folder, members);
        core.reply(ask, begun.map(Answer::Filling));
    }

    fn begin_fill(
        &mut self,
        core: &mut Core,
        folder: PathBuf,
        members: Option<&MembersChoice>,
    ) -> Result<PathBuf, UserError> {
        let folder = absolute(folder);
        self.no_filling(&folder)?;
        let order = order(core, &folder, members.map(MembersWanted::of).transpose()?)?;
        let meter = Arc::new(BuildMeter::default());
        meter.begin(0, BuildStage::Filling);
        self.fills.retain(|fill| fill.folder != folder);
        self.fills.insert(0, FillRun { folder: folder.clone(), meter: Arc::clone(&meter), ended: None });
        keep_latest(&mut self.fills, |fill| fill.ended.is_some());
        self.fill_views.touch();
        let named = folder.clone();
        core.spawn(fill::fill(order, meter), move |result| {
            EngineInput::Builds(BuildsInput::Filled { folder: named, result: result.map(Arc::new) })
        });
        Ok(folder)
    }

    /// Refuses where the parts of this folder are being written.
    pub(super) fn no_filling(&self, folder: &Path) -> Result<(), UserError> {
        if !self.is_filling(folder) {
            return Ok(());
        }
        let headline = format!("The missing parts of {} are being read already.", folder.display());
        Err(UserError::new(Code::Refused, headline, "Wait for it, or cancel it first."))
    }

    /// Whether a reading or a build writes the parts of this folder.
    pub(super) fn is_filling(&self, folder: &Path) -> bool {
        let reads = self.fills.iter().any(|fill| fill.folder == folder && fill.ended.is_none());
        reads || self.all.iter().any(|build| build.fills && build.folder == folder && build.ended.is_none())
    }

    /// Cancels the reading of this folder's parts. What was read stays, now or earlier.
    pub fn cancel_fill(&mut self, core: &mut Core, ask: AskId, folder: &Path) {
        self.fills.iter().filter(|fill| fill.folder == folder).for_each(|fill| fill.meter.cancel());
        core.reply(ask, Ok(Answer::Done));
    }

    pub(super) fn filled(&mut self, folder: &Path, result: Result<Arc<FillReport>, UserError>) {
        let running = |fill: &&mut FillRun| fill.folder == folder && fill.ended.is_none();
        if let Some(fill) = self.fills.iter_mut().find(running) {
            fill.ended = Some(result);
            self.fill_views.touch();
        }
    }

    pub(super) fn stop_fills(&self) {
        self.fills.iter().for_each(|fill| fill.meter.cancel());
    }

    pub(super) fn has_moving_fills(&self) -> bool {
        self.fills.iter().any(|fill| fill.ended.is_none())
    }

    /// What the front ends see of the readings.
    pub fn fills_view(&mut self) -> Arc<[Arc<FillView>]> {
        if self.has_moving_fills() {
            self.fill_views.touch();
        }
        self.fill_views.get_kept(self.fills.iter().map(FillRun::view), |view| view.folder.clone())
    }
}

impl FillRun {
    fn view(&self) -> FillView {
        FillView {
            folder: self.folder.clone(),
            bytes: self.meter.bytes.load(Ordering::Relaxed),
            started_at: self.meter.began_at(),
            ended: self.ended.clone(),
        }
    }
}

/// What a reading needs. The token is that of the instance that the files come from.
pub(super) fn order(
    core: &mut Core,
    folder: &Path,
    members: Option<MembersWanted>,
) -> Result<FillOrder, UserError> {
    let manifest = Manifest::read(folder).ok_or_else(|| checks::no_manifest(folder))?;
    let (api, _project) = core.api(&manifest.instance, &manifest.project_id.to_string())?;
    Ok(FillOrder { folder: folder.to_owned(), manifest, api, members })
}
