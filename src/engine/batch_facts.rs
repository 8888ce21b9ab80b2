//! What the batches learn from the owners of exports and downloads.

use std::collections::{BTreeSet, HashSet};

use crate::case::{Origin, Outcome, RunId, UtcMs};

use super::batches::{BatchFacts, BatchQuery};
use super::core::Core;
use super::downloads::Downloads;
use super::jobs::Jobs;

/// What became of the exports and downloads that the batches ask about.
pub fn facts(
    wanted: BatchQuery,
    core: &Core,
    (jobs, downloads): (&Jobs, &Downloads),
    now: UtcMs,
) -> BatchFacts {
    let run = |id| Some((id, jobs.facts_of(core, id, now)?));
    let download = |id| Some((id, downloads.facts_of(id)?));
    BatchFacts {
        runs: wanted.runs.into_iter().filter_map(run).collect(),
        downloads: wanted.downloads.into_iter().filter_map(download).collect(),
    }
}

/// The projects of an instance whose newest export was started here, and whose file was not downloaded.
pub fn undownloaded(jobs: &Jobs, downloads: &Downloads, instance: &str) -> HashSet<u64> {
    let instance = instance.trim_end_matches('/');
    let downloaded: BTreeSet<RunId> = downloads.receipts().filter_map(|(row, _receipt)| row.run_id).collect();
    let mut seen = HashSet::new();
    let newest = jobs.exports().filter(|run| run.instance == instance && seen.insert(run.project_id));
    let is_waiting = |run: &&crate::case::Run| {
        run.origin == Origin::Scheduled
            && run.outcome == Some(Outcome::Ready)
            && !downloaded.contains(&run.id)
    };
    newest.filter(is_waiting).map(|run| run.project_id).collect()
}
