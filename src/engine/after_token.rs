//! What continues once the program has a token.

use super::batches::Batches;
use super::core::Core;
use super::downloads::Downloads;
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::jobs::Jobs;

/// Continues what has stopped only because there was no token, where there may be one now. A batch continues its
/// downloads itself: a person may have cancelled or paused some of them.
pub fn after_token(
    core: &mut Core,
    batches: &Batches,
    (jobs, downloads): (&mut Jobs, &mut Downloads),
) -> Vec<Happened> {
    core.acting_as(FrontEndId::OWN, |core| {
        downloads.continue_with_token(core, |folder| batches.owns(folder));
        jobs.continue_with_token(core)
    })
}
