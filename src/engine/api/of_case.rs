//! Which exports, downloads and relations exports belong to a case. The case list, the case page, the texts and the
//! command line all use these functions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::fallback::{
    FallbackReason, KnownCause, RebuildEstimate, estimate, failure_messages, fallback, is_overtaken,
};
use crate::case::{Case, CaseId, Outcome, RelationsOutcome, Run, same_instance};

use super::{DownloadView, RebuildView, RelationsView, RunView, Snapshot};

/// The exports of a case, newest first: those started for the case, and those of its project that were started
/// without a case or for another one.
pub fn runs_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RunView> {
    snapshot.runs.iter().map(AsRef::as_ref).filter(|view| {
        let run = &view.run;
        run.case_id == Some(case.id) || case.is_about(&run.instance, run.project_id, &run.project_path)
    })
}

/// The downloads of a case, newest first.
pub fn downloads_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a DownloadView> {
    snapshot.downloads.iter().map(AsRef::as_ref).filter(|view| {
        view.case_id == Some(case.id) || case.is_about(&view.instance, view.project_id, &view.project_path)
    })
}

/// The relations exports of a case, newest first.
pub fn relations_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RelationsView> {
    snapshot.relations.iter().map(AsRef::as_ref).filter(|view| {
        let run = &view.run;
        run.case_id == Some(case.id) || case.is_about(&run.instance, run.project_id, &run.project_path)
    })
}

/// The rebuilds of a case, newest first.
pub fn rebuilds_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> impl Iterator<Item = &'a RebuildView> {
    snapshot.rebuilds.iter().map(AsRef::as_ref).filter(|view| {
        let job = &view.job;
        let path = job.project_path.as_deref().unwrap_or(&job.project);
        job.case_id == Some(case.id)
            || job.project_id.is_some_and(|id| case.is_about(&job.instance, id, path))
    })
}

/// The rebuild that counts for a case: the newest one, unless a newer export has overtaken it. An archive that was
/// rebuilt is not lost because a newer export failed.
pub fn rebuild_of<'a>(snapshot: &'a Snapshot, case: &'a Case) -> Option<&'a RebuildView> {
    let newest = runs_of(snapshot, case).next().map(|view| &view.run);
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
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let known: Vec<_> = snapshot
        .text_config
        .handbook
        .known_issues_in(&messages)
        .into_iter()
        .map(|known| KnownCause {
            symptom: known.symptom.clone(),
            issue: known.issues.first().cloned(),
            repeats: known.repeats,
        })
        .collect();
    fallback(case, &runs, &known)
}

/// What is known about the time that a rebuild of a case's project takes.
pub fn fallback_estimate(snapshot: &Snapshot, case: &Case) -> RebuildEstimate {
    let exported = relations_of(snapshot, case).find_map(|view| {
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
    estimate(exported, bytes, { speed }.next())
}

/// The newest entry for each case, indexed so that nobody searches the whole list once per case. The result agrees
/// with [`runs_of`] and [`downloads_of`].
#[derive(Debug, Default)]
pub struct Newest {
    by_case: HashMap<CaseId, usize>,
    instances: Vec<String>,
    /// By the index of the instance in `instances`, and the project's ID.
    by_id: HashMap<(usize, u64), usize>,
    /// By the index of the instance, and the path in lower case.
    by_path: HashMap<(usize, String), usize>,
}

impl Newest {
    /// Indexes exports, newest first.
    pub fn of_runs(runs: &[Arc<RunView>]) -> Self {
        let mut newest = Self::default();
        for (place, view) in runs.iter().enumerate() {
            let run = &view.run;
            newest.add(place, run.case_id, &run.instance, (run.project_id, &run.project_path));
        }
        newest
    }

    /// Indexes downloads that have not ended, newest first.
    pub fn of_open_downloads(downloads: &[Arc<DownloadView>]) -> Self {
        let mut newest = Self::default();
        for (place, view) in downloads.iter().enumerate().filter(|(_, view)| !view.state.is_ended()) {
            newest.add(place, view.case_id, &view.instance, (view.project_id, &view.project_path));
        }
        newest
    }

    fn add(&mut self, place: usize, case: Option<CaseId>, instance: &str, (id, path): (u64, &str)) {
        if let Some(case) = case {
            self.by_case.entry(case).or_insert(place);
        }
        let instance = self.instance(instance).unwrap_or_else(|| {
            self.instances.push(instance.to_owned());
            self.instances.len() - 1
        });
        self.by_id.entry((instance, id)).or_insert(place);
        self.by_path.entry((instance, path.to_ascii_lowercase())).or_insert(place);
    }

    /// The case's index in the list.
    pub fn place(&self, case: &Case) -> Option<usize> {
        let own = self.by_case.get(&case.id);
        let of_project =
            self.instance(&case.instance).and_then(|instance| match (case.project.id, &case.project.path) {
                (Some(id), _) => self.by_id.get(&(instance, id)),
                (None, Some(path)) => self.by_path.get(&(instance, path.to_ascii_lowercase())),
                (None, None) => None,
            });
        own.into_iter().chain(of_project).min().copied()
    }

    fn instance(&self, url: &str) -> Option<usize> {
        self.instances.iter().position(|known| same_instance(known, url))
    }
}

#[cfg(test)]
mod tests {
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
        let newest = Newest::of_runs(&snapshot.runs);
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
            let placed = newest.place(&case).map(|place| snapshot.runs[place].run.id);
            assert_eq!((first, placed), (expected.map(RunId), expected.map(RunId)), "case {}", case.id);
        }
    }
}
