//! Counts in a live project what its exports leave out.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::case::{LeftOutCounts, LeftOutItem, left_out};
use crate::gitlab::{Client, ProjectKey};

use super::access::{ApiAccess, PollFailed, poll_once};
use super::clock;

/// How many counts are requested at the same time.
const AT_ONCE: usize = 4;

/// Requests the counts of a project, one request each, into `counts` as they arrive. What the token may not read stays
/// unknown. Nothing is tried again, because a count is a courtesy; where GitLab limits the requests or cannot be
/// reached, no further ones are sent.
pub async fn count(api: &ApiAccess, id: u64, counts: &mut LeftOutCounts) {
    if counts.gitlab_version.is_none() {
        let version = poll_once(&mut api.clone(), |client| async move { client.version().await }).await;
        counts.gitlab_version = version.ok().map(|version| version.version);
    }
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut open = JoinSet::new();
    for item in left_out(counts.gitlab_version.as_deref()).filter(|item| item.list.is_some()) {
        let (api, turns) = (api.clone(), Arc::clone(&turns));
        open.spawn(async move {
            let Ok(_turn) = turns.acquire().await else { return (item, None) };
            let total = total(api, ProjectKey::Id(id), item).await;
            if total.as_ref().is_err_and(ends_the_count) {
                turns.close();
            }
            (item, total.ok().flatten())
        });
    }
    while let Some(counted) = open.join_next().await {
        if let Ok((item, Some(total))) = counted {
            counts.counts.insert(item.name.to_owned(), total);
        }
    }
}

/// No counts yet.
pub fn nothing_counted(gitlab_version: Option<String>) -> LeftOutCounts {
    LeftOutCounts { gitlab_version, counts: std::collections::BTreeMap::new(), counted_at: clock::now() }
}

async fn total(mut api: ApiAccess, id: ProjectKey, item: &LeftOutItem) -> Result<Option<u64>, PollFailed> {
    let Some(list) = item.list else { return Ok(None) };
    let call = |client: Client| async move { client.list_total(&id, list.segments, list.query).await };
    poll_once(&mut api, call).await
}

/// Whether an error is not about this list alone.
fn ends_the_count(failed: &PollFailed) -> bool {
    failed.cause.as_ref().is_none_or(|error| matches!(error.status, None | Some(429)))
}
