//! Which exports, downloads and relations exports belong to a case. The case list, the case page, the texts and the
//! command line all use these functions.

use std::collections::HashMap;

use crate::case::fallback::{
    FallbackReason, KnownCause, RebuildEstimate, estimate, failure_messages, fallback, fallback_of_runs,
    is_overtaken, run_messages,
};
use crate::case::{
    Case, CaseId, ExportStep, ExportTiming, FileState, Outcome, RelationsOutcome, Run, export_step,
    same_instance,
};

use super::{DownloadState, DownloadView, RebuildView, RelationsView, RunView, Snapshot};

/// The exports of a case, newest first: those started for the case, and those of its project that were started
/// without a case or for another one, if they ran or had a file while the case was open.
pub fn runs_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RunView> {
    snapshot.runs.iter().map(AsRef::as_ref).filter(|view| run_is_of(view, case))
}

/// The other exports of the case's project, newest first: those of other cases, those that ended before the case was
/// opened, and those that started after it was closed.
pub fn history_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RunView> {
    snapshot.runs.iter().map(AsRef::as_ref).filter(|view| {
        let run = &view.run;
        case.is_about(&run.instance, run.project_id, &run.project_path) && !run_is_of(view, case)
    })
}

fn run_is_of(view: &RunView, case: &Case) -> bool {
    let run = &view.run;
    // A file that was there when the case was opened serves the case, whoever requested it.
    let is_ready = run.outcome == Some(Outcome::Ready);
    let keeps_ms = if is_ready { ExportTiming::default().file_ms } else { 0 };
    let until = view.status.file_until.or_else(|| Some(run.ended_at?.plus_ms(keeps_ms)));
    // What was started for another case is that case's, and history of the project here.
    run.case_id == Some(case.id)
        || run.case_id.is_none()
            && case.was_open_in(run.created_at, until)
            && case.is_about(&run.instance, run.project_id, &run.project_path)
}

/// The downloads of a case, newest first, by the same rule as [`runs_of`].
pub fn downloads_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a DownloadView> {
    snapshot.downloads.iter().map(AsRef::as_ref).filter(|view| download_is_of(view, case))
}

fn download_is_of(view: &DownloadView, case: &Case) -> bool {
    let ended_at = view.done.as_ref().map_or(view.created_at, |receipt| receipt.at);
    view.case_id == Some(case.id)
        || view.case_id.is_none()
            && case.was_open_in(view.created_at, view.state.is_ended().then_some(ended_at))
            && case.is_about(&view.instance, view.project_id, &view.project_path)
}

/// The download that counts for a case: the newest one, unless it brought nothing and an earlier one has verified the file
/// of the same export. A second download that fails takes nothing away.
pub fn download_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a DownloadView> {
    counting(downloads_of(snapshot, case), runs_of(snapshot, case).next())
}

/// The same among the downloads of a case, newest first, where its newest export is known.
fn counting<'a>(
    mut downloads: impl Iterator<Item = &'a DownloadView>,
    run: Option<&RunView>,
) -> Option<&'a DownloadView> {
    let newest = downloads.next()?;
    if !matches!(newest.state, DownloadState::Failed | DownloadState::Cancelled) {
        return Some(newest);
    }
    let is_of_run = |view: &&DownloadView| run.is_none_or(|run| view.created_at >= run.run.created_at);
    let mut verified = downloads.filter(|view| view.state == DownloadState::Done && view.done.is_some());
    Some(verified.find(is_of_run).unwrap_or(newest))
}

/// The relations exports of a case, newest first, by the same rule as [`runs_of`].
pub fn relations_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RelationsView> {
    relations_of_project(snapshot, case).filter(|view| {
        let run = &view.run;
        run.case_id == Some(case.id)
            || run.case_id.is_none() && case.was_open_in(run.created_at, run.ended_at)
    })
}

fn relations_of_project<'a>(
    snapshot: &'a Snapshot,
    case: &'a Case,
) -> impl Iterator<Item = &'a RelationsView> {
    snapshot.relations.iter().map(AsRef::as_ref).filter(|view| {
        let run = &view.run;
        run.case_id == Some(case.id) || case.is_about(&run.instance, run.project_id, &run.project_path)
    })
}

/// The rebuilds of a case, newest first, by the same rule as [`runs_of`].
fn rebuilds_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RebuildView> {
    snapshot.rebuilds.iter().map(AsRef::as_ref).filter(|view| {
        let job = &view.job;
        let path = job.project_path.as_deref().unwrap_or(&job.project);
        job.case_id == Some(case.id)
            || job.case_id.is_none()
                && case.was_open_in(job.created_at, job.ended_at)
                && job.project_id.is_some_and(|id| case.is_about(&job.instance, id, path))
    })
}

/// The newest rebuild of a case, also if a newer export has overtaken it.
pub fn last_rebuild_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a RebuildView> {
    rebuilds_of(snapshot, case).next()
}

/// The newest archive that was rebuilt for a case. A later rebuild without an archive does not make it less good.
pub fn rebuilt_archive_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a RebuildView> {
    rebuilds_of(snapshot, case).find(|view| view.job.archive().is_some())
}

/// What the newest download does for the file of the newest export: a download that has ended before that export
/// began is about an older file.
pub fn file_state(download: Option<&DownloadView>, run: Option<&RunView>) -> FileState {
    let Some(download) = download else { return FileState::Missing };
    let is_older = run.is_some_and(|view| download.created_at < view.run.created_at);
    match download.state {
        DownloadState::Paused => FileState::Paused,
        DownloadState::Queued | DownloadState::Running | DownloadState::Verifying => FileState::Moving,
        _ if is_older => FileState::Missing,
        DownloadState::Done => FileState::Verified,
        DownloadState::Failed => FileState::Failed,
        DownloadState::Cancelled => FileState::Missing,
    }
}

/// The rebuild that counts for a case: the newest one, unless a newer export has overtaken it. An archive that was
/// rebuilt is not lost because a newer export failed.
pub fn rebuild_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a RebuildView> {
    rebuild_beside(snapshot, case, runs_of(snapshot, case).next())
}

/// The same, where the newest export of the case is known.
fn rebuild_beside<'a>(
    snapshot: &'a Snapshot,
    case: &'a Case,
    newest: Option<&RunView>,
) -> Option<&'a RebuildView> {
    let newest = newest.map(|view| &view.run);
    let has_failed = newest
        .is_some_and(|run| matches!(run.outcome, Some(Outcome::Failed { .. } | Outcome::NotAccepted { .. })));
    rebuilds_of(snapshot, case)
        .next()
        .filter(|view| !is_overtaken(&view.job, newest) || (has_failed && view.job.archive().is_some()))
}

/// Whether a rebuilt archive is offered for a case, and why.
pub fn fallback_of(snapshot: &Snapshot, case: &Case) -> Option<FallbackReason> {
    let runs: Vec<&Run> = runs_of(snapshot, case).map(|view| &view.run).collect();
    let messages = failure_messages(case, &runs);
    if messages.is_empty() {
        return None;
    }
    fallback(case, &runs, &known_causes(snapshot, &messages))
}

/// The same for an export without a case.
pub fn fallback_of_run(snapshot: &Snapshot, run: &Run) -> Option<FallbackReason> {
    let is_of_it = |other: &&Run| {
        same_instance(&other.instance, &run.instance)
            && other.project_id == run.project_id
            && other.created_at <= run.created_at
    };
    let runs: Vec<&Run> = snapshot.runs.iter().map(|view| &view.run).filter(is_of_it).collect();
    fallback_of_runs(&runs, &known_causes(snapshot, &run_messages(&runs)))
}

fn known_causes(snapshot: &Snapshot, messages: &[String]) -> Vec<KnownCause> {
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let known = snapshot.text_config.handbook.known_issues_in(&messages).into_iter();
    known
        .map(|known| KnownCause {
            symptom: known.symptom.clone(),
            issue: known.issues.first().cloned(),
            instead: known.instead().map(str::to_owned),
        })
        .collect()
}

/// What is known about the time that a rebuild of a case's project takes.
pub fn fallback_estimate(snapshot: &Snapshot, case: &Case) -> RebuildEstimate {
    let exported = relations_of_project(snapshot, case).find_map(|view| {
        let is_complete = view.run.outcome == Some(RelationsOutcome::Complete);
        let (from, to) = view.run.accepted_at.zip(view.run.ended_at).filter(|_| is_complete)?;
        Some(to.since_ms(from))
    });
    let bytes = case.project.known.as_ref().and_then(|known| known.storage_bytes);
    let of_instance = snapshot.downloads.iter().filter(|view| same_instance(&view.instance, &case.instance));
    let speed = of_instance.filter(|view| !view.speeds.is_empty()).map(|view| {
        let all: u64 = view.speeds.iter().map(|speed| u64::from(*speed)).sum();
        all / view.speeds.len() as u64
    });
    let newest = runs_of(snapshot, case).next().map(|view| &view.run);
    let failed = newest.filter(|run| matches!(run.outcome, Some(Outcome::Failed { .. })));
    let failed_ms = failed.and_then(|run| Some(run.ended_at?.since_ms(run.created_at)));
    estimate((exported, failed_ms), bytes, { speed }.next())
}

/// The newest export and download of each case, indexed so that nobody searches the whole list once per case. The
/// result agrees with [`runs_of`] and [`downloads_of`].
#[derive(Debug, Default)]
pub struct NewestOfCase {
    runs: Places,
    downloads: Places,
}

impl NewestOfCase {
    /// Indexes the exports and downloads of a snapshot.
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut newest = Self::default();
        for (place, view) in snapshot.runs.iter().enumerate() {
            let run = &view.run;
            newest.runs.add(place, run.case_id, &run.instance, (run.project_id, &run.project_path));
        }
        for (place, view) in snapshot.downloads.iter().enumerate() {
            let project = (view.project_id, view.project_path.as_str());
            newest.downloads.add(place, view.case_id, &view.instance, project);
        }
        newest
    }

    /// The newest export of a case.
    pub fn run<'a>(&self, snapshot: &'a Snapshot, case: &Case) -> Option<&'a RunView> {
        let of = |place: usize| snapshot.runs.get(place).map(AsRef::as_ref);
        of(self.runs.first(case, |place| of(place).is_some_and(|view| run_is_of(view, case)))?)
    }

    /// The download that counts for a case. The result agrees with [`download_of`].
    pub fn download<'a>(&self, snapshot: &'a Snapshot, case: &Case) -> Option<&'a DownloadView> {
        let of = |place: usize| snapshot.downloads.get(place).map(AsRef::as_ref);
        let places =
            self.downloads.all(case, |place| of(place).is_some_and(|view| download_is_of(view, case)));
        counting(places.filter_map(of), self.run(snapshot, case))
    }

    /// The rebuild that counts for a case. The result agrees with [`rebuild_of`].
    pub fn rebuild<'a>(&self, snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a RebuildView> {
        rebuild_beside(snapshot, case, self.run(snapshot, case))
    }

    /// What the newest export of a case demands first.
    pub fn export_step(&self, snapshot: &Snapshot, case: &Case) -> Option<ExportStep> {
        let run = self.run(snapshot, case);
        let file = file_state(self.download(snapshot, case), run);
        let rebuilds = rebuild_beside(snapshot, case, run).is_some_and(RebuildView::works);
        export_step(case, run.map(|view| (&view.run, &view.status)), file, rebuilds)
    }
}

/// Places in a list that is sorted newest first, by case and by project.
#[derive(Debug, Default)]
struct Places {
    by_case: HashMap<CaseId, Vec<usize>>,
    instances: Vec<String>,
    /// By the index of the instance in `instances`, and the project's ID.
    by_id: HashMap<(usize, u64), Vec<usize>>,
    /// By the index of the instance, and the path in lower case.
    by_path: HashMap<(usize, String), Vec<usize>>,
}

impl Places {
    fn add(&mut self, place: usize, case: Option<CaseId>, instance: &str, (id, path): (u64, &str)) {
        if let Some(case) = case {
            self.by_case.entry(case).or_default().push(place);
        }
        let instance = self.instance(instance).unwrap_or_else(|| {
            self.instances.push(instance.to_owned());
            self.instances.len() - 1
        });
        self.by_id.entry((instance, id)).or_default().push(place);
        self.by_path.entry((instance, path.to_ascii_lowercase())).or_default().push(place);
    }

    /// The first place of the case, or of its project where `fits` accepts it.
    fn first(&self, case: &Case, fits: impl Fn(usize) -> bool) -> Option<usize> {
        self.all(case, fits).next()
    }

    /// The places of the case, and those of its project that `fits` accepts, in order.
    fn all(&self, case: &Case, fits: impl Fn(usize) -> bool) -> impl Iterator<Item = usize> {
        let own = self.by_case.get(&case.id).into_iter().flatten().copied();
        let of_project =
            self.instance(&case.instance).and_then(|instance| match (case.project.id, &case.project.path) {
                (Some(id), _) => self.by_id.get(&(instance, id)),
                (None, Some(path)) => self.by_path.get(&(instance, path.to_ascii_lowercase())),
                (None, None) => None,
            });
        let mut fitting =
            of_project.into_iter().flatten().copied().filter(move |place| fits(*place)).peekable();
        let mut own = own.peekable();
        // Both are in order; a place can be in both.
        std::iter::from_fn(move || {
            let next = [own.peek(), fitting.peek()].into_iter().flatten().min().copied()?;
            own.next_if_eq(&next);
            fitting.next_if_eq(&next);
            Some(next)
        })
    }

    fn instance(&self, url: &str) -> Option<usize> {
        self.instances.iter().position(|known| same_instance(known, url))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::case::{ExportTiming, ProjectRef, Run, RunId, UtcMs, run::status};
    use crate::engine::api::JobWatch;

    const NOW: UtcMs = UtcMs(1_700_000_000_000);

    fn run(id: i64, case: Option<i64>, instance: &str, project: (u64, &str)) -> Arc<RunView> {
        let mut run = Run::scheduled(RunId(id), instance, project, "none", NOW);
        run.case_id = case.map(CaseId);
        let status = status(&run, &ExportTiming::default(), NOW);
        Arc::new(RunView { run, status, watch: JobWatch::default() })
    }

    fn case(id: i64, instance: &str, project: ProjectRef) -> Case {
        Case::new(CaseId(id), instance, None, project, NOW)
    }

    #[test]
    fn the_newest_run_is_the_first_of_all_runs_of_a_case() {
        let gitlab = "https://gitlab.com";
        let runs: Vec<_> = vec![
            run(6, None, "https://GitLab.com/", (7, "acme/seven")),
            run(5, Some(2), gitlab, (9, "acme/nine")),
            run(4, None, "https://other.example", (7, "acme/seven")),
            run(3, Some(1), gitlab, (7, "acme/seven")),
            run(2, None, gitlab, (8, "acme/Eight")),
        ];
        let snapshot = Snapshot { runs: runs.into(), ..Snapshot::empty() };
        let newest = NewestOfCase::new(&snapshot);
        let project = |id, path: &str| ProjectRef { id: Some(id), ..ProjectRef::by_path(path) };
        let cases = [
            (case(1, gitlab, project(7, "acme/seven")), Some(6)),
            (case(2, gitlab, ProjectRef::by_path("acme/eight")), Some(5)),
            (case(3, gitlab, ProjectRef::by_path("acme/eight")), Some(2)),
            (case(4, gitlab, project(8, "acme/renamed")), Some(2)),
            (case(5, gitlab, project(70, "acme/seven")), None),
            (case(6, "https://other.example/", ProjectRef::by_id(7)), Some(4)),
            (case(7, "https://third.example", ProjectRef::by_id(7)), None),
        ];
        for (case, expected) in cases {
            let first = runs_of(&snapshot, &case).next().map(|view| view.run.id);
            let placed = newest.run(&snapshot, &case).map(|view| view.run.id);
            assert_eq!((first, placed), (expected.map(RunId), expected.map(RunId)), "case {}", case.id);
        }
    }

    #[test]
    fn an_older_export_of_the_project_is_history_and_not_of_the_case() {
        let gitlab = "https://gitlab.com";
        let ended = |view: Arc<RunView>, at: UtcMs| {
            let mut view = view.as_ref().clone();
            (view.run.created_at, view.run.ended_at) = (at.plus_ms(-1_000), Some(at));
            Arc::new(view)
        };
        let hour = |n: i64| NOW.plus_ms(n * 3_600_000);
        let seven = (7, "acme/seven");
        let runs = vec![
            ended(run(6, None, gitlab, seven), hour(9)),
            ended(run(5, Some(8), gitlab, seven), hour(5)),
            run(4, Some(9), gitlab, seven),
            ended(run(3, None, gitlab, seven), hour(1)),
            ended(run(2, Some(9), gitlab, seven), hour(-1)),
            ended(run(1, None, gitlab, (8, "acme/eight")), hour(2)),
        ];
        let snapshot = Snapshot { runs: runs.into(), ..Snapshot::empty() };
        let mut case = case(9, gitlab, ProjectRef { id: Some(7), ..ProjectRef::by_path("acme/seven") });
        (case.created_at, case.closed_at) = (hour(4), Some(hour(6)));
        let ids = |views: Vec<&RunView>| views.iter().map(|view| view.run.id.0).collect::<Vec<_>>();
        // The fifth was started for another case.
        assert_eq!(ids(runs_of(&snapshot, &case).collect()), [4, 2]);
        assert_eq!(ids(history_of(&snapshot, &case).collect()), [6, 5, 3]);
        let newest = NewestOfCase::new(&snapshot).run(&snapshot, &case).map(|view| view.run.id);
        assert_eq!(newest, Some(RunId(4)));
        let mut runs = snapshot.runs.to_vec();
        let mut with_file = runs[3].as_ref().clone();
        with_file.status.file_until = Some(hour(25));
        runs[3] = Arc::new(with_file);
        let snapshot = Snapshot { runs: runs.into(), ..snapshot };
        assert_eq!(ids(runs_of(&snapshot, &case).collect()), [4, 3, 2], "its file can be downloaded");
    }
}
