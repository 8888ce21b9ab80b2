//! Two names of one project in a batch: the first one in the list stands for both, whichever GitLab has answered first.

use crate::case::RunId;
use crate::case::batch::{BatchItem, ItemStage, ItemStep};
use crate::engine::api::AskId;

use super::tracked::TrackedBatch;

impl TrackedBatch {
    /// Another place whose project has this ID.
    pub fn same_project(&self, place: usize, project_id: u64) -> Option<usize> {
        self.other(place, |item| {
            let counts = !matches!(item.stage, ItemStage::Repeated | ItemStage::Cancelled);
            counts && item.project_id == Some(project_id)
        })
    }

    /// Another place whose project has this export.
    pub fn same_run(&self, place: usize, run: RunId) -> Option<usize> {
        self.other(place, |item| item.run == Some(run))
    }

    fn other(&self, place: usize, is_it: impl Fn(&BatchItem) -> bool) -> Option<usize> {
        let mut others = self.items.iter().enumerate().filter(|(other, _)| *other != place);
        others.find(|(_, item)| is_it(item)).map(|(other, _)| other)
    }

    /// The place for which this answer is awaited. It may have passed to the first name of its project meanwhile.
    pub fn place_asked(&self, ask: AskId, step: ItemStep) -> Option<usize> {
        self.asked.iter().find(|(_, asked)| **asked == (ask, step)).map(|(place, _)| *place)
    }

    /// What changes where two places are one project: the first goes on with what was requested for either, and the second
    /// repeats it. `None` where nothing is left of the other place.
    pub fn as_one(&mut self, place: usize, other: usize) -> Option<Vec<(usize, BatchItem)>> {
        let (this, that) = (self.items.get(place)?, self.items.get(other)?);
        if place == other || that.stage == ItemStage::Repeated {
            return None;
        }
        if other < place {
            return Some(vec![(place, this.repeating(that.title()))]);
        }
        let first = BatchItem { named: this.named.clone(), ..that.clone() };
        let second = that.repeating(first.title());
        if let Some(asked) = self.asked.remove(&other) {
            self.asked.insert(place, asked);
        }
        Some(vec![(place, first), (other, second)])
    }
}
