//! Guides through a lesson: the current step, derived from the state of the case, and the one thing to do next.

use crate::case::{Case, Phase, RebuildJob, RebuildPhase, same_instance};
use crate::engine::api::{DownloadState, LessonMark, LessonView};

use super::case::fallback_card::is_offered;
use super::command::UiCommand;
use crate::gui::view_context::ViewContext;

/// The progress of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guide {
    /// What the person does next, or what the lesson waits for, in one sentence.
    pub sentence: &'static str,
    /// The command that the sentence names; the page marks its button.
    pub next: Option<UiCommand>,
    reached: Option<LessonMark>,
}

/// The lesson that `case` was opened for, while the lesson's practice GitLab runs.
pub fn lesson_of<'a>(case: &Case, cx: &ViewContext<'a>) -> Option<&'a LessonView> {
    let practice = cx.snapshot.practice.as_deref().filter(|_| cx.practising)?;
    let lesson = practice.lesson.as_ref()?;
    let here = same_instance(&case.instance, &practice.url);
    (here && case.project.path.as_deref() == Some(lesson.project.as_str())).then_some(lesson)
}

/// Whether the export has the main button of the case's page: in a lesson that is not over.
pub fn export_leads(cx: &ViewContext<'_>) -> bool {
    cx.case.is_some_and(|case| !case.stage.is_closed() && lesson_of(case, cx).is_some())
}

/// The progress of the selected case's lesson; `None` if the case has none.
pub fn guide(cx: &ViewContext<'_>) -> Option<Guide> {
    let lesson = lesson_of(cx.case?, cx)?;
    let at = |reached, next, sentence| Some(Guide { sentence, next, reached });
    if lesson.name.starts_with("relations-") {
        return Some(of_relations(cx));
    }
    if let Some(rebuild) = cx.rebuild {
        return Some(of_rebuild(&rebuild.job, lesson));
    }
    if let Some(download) = cx.download {
        let moving = Some(LessonMark::Ended);
        return match download.state {
            DownloadState::Done => at(
                Some(LessonMark::Verified),
                Some(UiCommand::CopyReceipt),
                "The archive is verified. Read the verdict, and copy the receipt for the ticket.",
            ),
            DownloadState::Failed | DownloadState::Cancelled => at(
                Some(LessonMark::Verified),
                None,
                "The download ended without an archive. See below why, and what to do.",
            ),
            DownloadState::Paused => at(
                moving,
                Some(UiCommand::ResumeDownload),
                "Resume the download. It continues where it stopped.",
            ),
            DownloadState::Queued | DownloadState::Running | DownloadState::Verifying => {
                at(moving, None, "Wait and watch. The download resumes by itself after every interruption.")
            }
        };
    }
    let asked = Some(LessonMark::Asked);
    match cx.run.map(|view| (view.run.is_ended(), view.status.phase)) {
        Some((false, _)) => at(
            asked,
            None,
            "Wait. GitLab is exporting, and Export Desk checks again by itself. The GitLab status below changes.",
        ),
        Some((true, Phase::Ready)) => {
            at(Some(LessonMark::Ended), Some(UiCommand::Download), "The file is ready. Select Download.")
        }
        Some((true, _)) if is_offered(cx) && lesson.makes_set => at(
            Some(LessonMark::Ended),
            Some(UiCommand::RebuildWith),
            "GitLab could not build the archive, and one archive would be too large. Select Rebuild with options….",
        ),
        Some((true, _)) if is_offered(cx) => at(
            Some(LessonMark::Ended),
            Some(UiCommand::Rebuild),
            "GitLab could not build the archive. Select Rebuild the archive.",
        ),
        Some((true, _)) => at(
            Some(LessonMark::Ended),
            Some(UiCommand::StartExport),
            "The export ended without a file. See below why. You can retry with one click.",
        ),
        None if cx.refused => at(
            Some(LessonMark::Ended),
            None,
            "GitLab rejected the request. This page shows why, and what to do.",
        ),
        None => at(None, Some(UiCommand::StartExport), "Select Start export to request the archive."),
    }
}

/// The progress of a lesson about the relations export, which has a page of its own.
fn of_relations(cx: &ViewContext<'_>) -> Guide {
    let sentence = match cx.relations.map(|view| view.run.is_ended()) {
        None => "Select Relations export…: that page starts and watches it.",
        Some(false) => "GitLab is exporting. The Relations page shows each relation.",
        Some(true) => "The export has ended. The Relations page shows the result and downloads the files.",
    };
    Guide { sentence, next: Some(UiCommand::Relations), reached: None }
}

/// The progress of a lesson whose archive is rebuilt.
fn of_rebuild(job: &RebuildJob, lesson: &LessonView) -> Guide {
    let is_set = job.archive().is_some_and(|archive| !archive.parts.is_empty());
    let (reached, next, sentence) = match job.phase() {
        RebuildPhase::Built if lesson.makes_set && !is_set => (
            LessonMark::Ended,
            Some(UiCommand::RebuildWith),
            "This is one archive, which is too large for this GitLab. Select Rebuild with options…, and type the import \
             limit.",
        ),
        RebuildPhase::Built => (
            LessonMark::Verified,
            Some(UiCommand::CopyReceipt),
            "The archive is rebuilt. Read what is not in it, and copy the receipt.",
        ),
        RebuildPhase::Failed if !job.gaps().is_empty() => (
            LessonMark::Ended,
            Some(UiCommand::ContinueRebuild),
            "Data is missing. Export the relations again, or build the archive without it.",
        ),
        RebuildPhase::Failed | RebuildPhase::Cancelled => (
            LessonMark::Ended,
            Some(UiCommand::ContinueRebuild),
            "The rebuild stopped. See below why, and continue it.",
        ),
        _ => (
            LessonMark::Ended,
            None,
            "Wait and watch. Export Desk exports the relations, downloads their files, and builds the archive.",
        ),
    };
    Guide { sentence, next, reached: Some(reached) }
}

impl Guide {
    /// Which of the lesson's steps comes now; `None` if all are done, or if nothing indicates the step.
    pub fn step(&self, lesson: &LessonView) -> Option<usize> {
        lesson.done_when.iter().position(|mark| self.reached < Some(*mark))
    }

    /// Whether every step is done.
    pub fn is_over(&self, lesson: &LessonView) -> bool {
        !lesson.done_when.is_empty() && self.step(lesson).is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::case::CaseId;
    use crate::engine::api::{DownloadView, Snapshot};
    use crate::gui::fixture::{at_lesson, download_of, now, run_of};
    use crate::gui::route::Route;

    fn of(snapshot: &Snapshot, refused: bool) -> (Guide, Option<usize>) {
        let mut cx = ViewContext::new(snapshot, now(), Route::Cases, true, Some(CaseId(1)));
        cx.refused = refused;
        let guide = guide(&cx).unwrap();
        let lesson = lesson_of(cx.case.unwrap(), &cx).unwrap();
        (guide, guide.step(lesson))
    }

    #[test]
    fn the_step_follows_what_really_happened() {
        let mut snapshot = at_lesson();
        let case = Arc::clone(&snapshot.cases[0]);
        let (guide, step) = of(&snapshot, false);
        assert_eq!((guide.next, step), (Some(UiCommand::StartExport), Some(0)));

        snapshot.runs = [Arc::new(run_of(&case, 1, 5, &[("queued", 4)]))].into();
        let (guide, step) = of(&snapshot, false);
        assert_eq!((guide.next, step), (None, Some(1)));

        snapshot.runs =
            [Arc::new(run_of(&case, 1, 5, &[("queued", 4), ("started", 3), ("finished", 1)]))].into();
        let (guide, step) = of(&snapshot, false);
        assert_eq!((guide.next, step), (Some(UiCommand::Download), Some(2)));

        let download =
            |state| -> Arc<[Arc<DownloadView>]> { [Arc::new(download_of(&case, 1, state, 5, 9))].into() };
        snapshot.downloads = download(DownloadState::Running);
        assert_eq!(of(&snapshot, false).1, Some(2));
        snapshot.downloads = download(DownloadState::Done);
        let (guide, step) = of(&snapshot, false);
        assert_eq!((guide.next, step), (Some(UiCommand::CopyReceipt), None));
    }

    #[test]
    fn a_refusal_by_gitlab_is_an_end_too() {
        let (guide, step) = of(&at_lesson(), true);
        assert_eq!((guide.next, step), (None, Some(2)));
    }

    #[test]
    fn a_case_of_another_instance_has_no_lesson() {
        let mut snapshot = at_lesson();
        let mut case = snapshot.cases[0].as_ref().clone();
        case.instance = "http://127.0.0.1:1".into();
        snapshot.cases = [Arc::new(case)].into();
        let cx = ViewContext::new(&snapshot, now(), Route::Cases, true, Some(CaseId(1)));
        assert_eq!(guide(&cx), None);
    }
}
