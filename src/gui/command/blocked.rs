//! Why a command about a download or a rebuild is disabled.

use super::UiCommand;
use crate::case::RebuildRemedy;
use crate::engine::api::{DownloadState, DownloadView};
use crate::gui::view_context::ViewContext;

impl UiCommand {
    /// Why a command about the rebuild of the case's archive is disabled.
    pub(super) fn blocked_by_rebuild(self, cx: &ViewContext<'_>) -> Option<String> {
        let runs = cx.rebuild.is_some_and(|view| !view.job.is_ended() && !view.rests());
        let stopped = cx.rebuild.is_some_and(|view| view.rests() || !view.job.remedies().is_empty());
        let may = |remedy| cx.rebuild.is_some_and(|view| view.job.remedies().contains(&remedy));
        let (fits, asks, why) = match self {
            Self::CancelRebuild => {
                let is_open = cx.rebuild.is_some_and(|view| !view.job.is_ended());
                (is_open, false, "No rebuild of this case is running.")
            }
            Self::RebuildWithGaps => (
                may(RebuildRemedy::BuildWithGaps),
                false,
                "No rebuild of this case has stopped because data is missing.",
            ),
            Self::ContinueRebuild => (stopped, true, "No rebuild of this case has stopped."),
            _ if cx.run.is_some_and(|view| !view.run.is_ended()) => {
                (false, true, "The export of this project is running. Wait for its end.")
            }
            _ => (!runs, true, "A rebuild of this archive is running already."),
        };
        cx.cannot_ask().filter(|_| asks).or_else(|| (!fits).then(|| why.to_owned()))
    }

    /// Why a command about the latest download is disabled.
    pub(super) fn blocked_by_download(self, download: Option<&DownloadView>) -> Option<&'static str> {
        let is = |fits: fn(&DownloadView) -> bool| download.is_some_and(fits);
        let (fits, why) = match self {
            Self::PauseDownload => (
                is(|one| matches!(one.state, DownloadState::Queued | DownloadState::Running)),
                "No download of this case is running.",
            ),
            Self::ResumeDownload => (
                is(|one| matches!(one.state, DownloadState::Paused | DownloadState::Failed)),
                "No download of this case is paused.",
            ),
            _ => (is(|one| !one.state.is_ended()), "No download of this case is running."),
        };
        (!fits).then_some(why)
    }
}
