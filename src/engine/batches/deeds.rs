//! What a person does with projects of a batch: hold back, continue, cancel, try again.

use crate::case::batch::{BatchItem, ItemDeed, ItemStage, ItemStep};
use crate::case::{BatchId, UserError};
use crate::engine::api::Command;
use crate::engine::core::Core;
use crate::engine::happened::Happened;

use super::{Batches, own};

impl Batches {
    /// Does the same to these projects: to all of them, or, on a full disk, to none.
    pub(super) fn change(
        &mut self,
        core: &mut Core,
        id: BatchId,
        places: &[usize],
        deed: ItemDeed,
    ) -> Result<Vec<Happened>, UserError> {
        if matches!(deed, ItemDeed::Resume | ItemDeed::Retry) {
            self.connected(core, id)?;
        }
        let acting = core.sessions.acting();
        let tracked = self.get_mut(id)?;
        let mut changed: Vec<(usize, BatchItem)> = Vec::new();
        let mut happened = Vec::new();
        for place in places {
            let Some(item) = tracked.items.get(*place) else { continue };
            let Some(next) = item.after(deed) else { continue };
            happened.extend(consequences(item, deed));
            if matches!(deed, ItemDeed::Pause | ItemDeed::Cancel)
                && let Some((ask, ItemStep::Start)) = tracked.asked.get(place)
            {
                // A request that still waits for its turn is not sent.
                happened.push(Happened::GivenUp { ask: *ask });
            }
            changed.push((*place, next));
        }
        let cancelled: Vec<usize> =
            changed.iter().filter(|_| deed == ItemDeed::Cancel).map(|(place, _)| *place).collect();
        tracked.put(core, changed)?;
        for place in cancelled {
            // What was asked for it counts no more.
            tracked.asked.remove(&place);
        }
        if matches!(deed, ItemDeed::Resume | ItemDeed::Retry) {
            tracked.followers.lead(acting);
        }
        Ok(happened)
    }
}

/// What the owners of the export and the download must do.
fn consequences(item: &BatchItem, deed: ItemDeed) -> Vec<Happened> {
    let download = item.download.filter(|_| item.stage == ItemStage::Downloading);
    let run = item.run.filter(|_| item.stage == ItemStage::Exporting);
    match deed {
        ItemDeed::Pause => download.map(|download| own(Command::Pause { download })).into_iter().collect(),
        ItemDeed::Cancel => {
            let download = download.map(|download| own(Command::Cancel { download }));
            download.into_iter().chain(run.map(|run| own(Command::Leave { run }))).collect()
        }
        ItemDeed::Resume | ItemDeed::Retry => Vec::new(),
    }
}
