//! What continues once the program has a token.

use super::core::Core;
use super::downloads::Downloads;
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::jobs::Jobs;

/// Continues what has stopped only because there was no token, where there may be one now.
pub fn after_token(core: &mut Core, jobs: &mut Jobs, downloads: &mut Downloads) -> Vec<Happened> {
    core.acting_as(FrontEndId::OWN, |core| {
        downloads.continue_with_token(core);
        jobs.continue_with_token(core)
    })
}
