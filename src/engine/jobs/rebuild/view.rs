//! What the front ends see of a rebuild.

use std::sync::Arc;

use crate::case::{JobId, RebuildJob, RebuildStep};
use crate::engine::api::{RebuildView, Receipt};
use crate::engine::core::Core;
use crate::engine::jobs::import;
use crate::engine::jobs::table::JobTable;

/// The view of a rebuild.
pub fn view(core: &Core, table: &JobTable, job: &RebuildJob) -> RebuildView {
    let exports = !job.is_ended() && job.step == RebuildStep::Export;
    let run = job.run.filter(|_| exports).and_then(|run| table.get(JobId::Relations(run)));
    let watch = run.map(|tracked| tracked.polling.view(false)).unwrap_or_default();
    let silent_ms = core.timing.job_timing().relations.silent_ms;
    let changed_at = run.and_then(|tracked| tracked.job.relations()).map(|run| run.changed_at);
    let receipt = job.archive().map(|archive| archive.receipt.clone());
    let receipt = receipt.and_then(|receipt| serde_json::from_value::<Receipt>(receipt).ok());
    let joined = receipt.map(|receipt| {
        let mut receipt = Arc::new(receipt);
        import::test_imports(table).join(&mut receipt);
        receipt
    });
    RebuildView {
        job: Arc::new(job.clone()),
        is_at_work: table.rebuilds_running.has(job.id),
        next_poll_at: watch.next_poll_at,
        checked_until: changed_at.map(|at| at.plus_ms(silent_ms)),
        waiting: watch.waiting,
        receipt: joined,
    }
}
