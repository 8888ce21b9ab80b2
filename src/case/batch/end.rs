//! How a batch ends: the counts of its projects, and its exit code.

use super::{BatchGoal, BatchItem, ItemStage};
use crate::case::format::number_of;
use crate::case::user_error::{Code, UserError};

/// How many projects are in each stage, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCounts {
    pub all: usize,
    /// Held back by the person; the counts of the other stages are without them.
    pub paused: usize,
    pub waiting: usize,
    pub exporting: usize,
    pub downloading: usize,
    pub done: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Other names of projects of the batch.
    pub repeated: usize,
    /// Sum of the verified archives.
    pub bytes: u64,
    /// About how many bytes are still to come, of the projects whose size is known.
    pub expected_bytes: u64,
}

impl BatchCounts {
    pub fn ended(self) -> usize {
        self.done + self.failed + self.cancelled + self.repeated
    }

    /// How many projects are done, failed and cancelled, in one sentence.
    pub fn sentence(self, goal: BatchGoal) -> String {
        let all = number_of(self.all as u64, "project", "projects");
        let done = format!("{} of {all} {}", self.done, goal.reached());
        let rest = [(self.failed, "failed"), (self.cancelled, "cancelled"), (self.repeated, "repeated")];
        let rest = rest.into_iter().filter(|(count, _)| *count > 0);
        let rest: Vec<String> = rest.map(|(count, what)| format!("{count} {what}")).collect();
        if rest.is_empty() { format!("{done}.") } else { format!("{done}, {}.", rest.join(", ")) }
    }

    pub fn is_over(self) -> bool {
        self.ended() == self.all
    }
}

pub fn counts<'a>(items: impl IntoIterator<Item = &'a BatchItem>) -> BatchCounts {
    let mut counts = BatchCounts::default();
    for item in items {
        counts.all += 1;
        let of_stage = match item.stage {
            stage if item.is_paused && !stage.is_ended() => &mut counts.paused,
            ItemStage::Waiting => &mut counts.waiting,
            ItemStage::Exporting => &mut counts.exporting,
            ItemStage::Downloading => &mut counts.downloading,
            ItemStage::Done => &mut counts.done,
            ItemStage::Failed => &mut counts.failed,
            ItemStage::Cancelled => &mut counts.cancelled,
            ItemStage::Repeated => &mut counts.repeated,
        };
        *of_stage += 1;
        counts.bytes += item.saved().map_or(0, |file| file.bytes);
        if !item.stage.is_ended() {
            counts.expected_bytes = counts.expected_bytes.saturating_add(item.expected_bytes.unwrap_or(0));
        }
    }
    counts
}

/// The worst error of the projects. A cancelled project counts as refused.
pub fn worst<'a>(items: impl IntoIterator<Item = &'a BatchItem>) -> Option<Code> {
    worst_code(items.into_iter().filter_map(|item| match (item.stage, &item.error) {
        (stage, _) if stage.is_good() => None,
        (_, Some(UserError { code, .. })) => Some(*code),
        (_, None) => Some(Code::Refused),
    }))
}

/// Exit codes, worst first: a fault of the program or of this computer, then a damaged archive, then an export that
/// failed, then what passes, then access, and last what the person has chosen.
const WORST_FIRST: [u8; 10] = [1, 10, 8, 6, 7, 9, 5, 4, 3, 2];

/// The worst code by [`WORST_FIRST`], and of equal ones the first.
pub fn worst_code(codes: impl IntoIterator<Item = Code>) -> Option<Code> {
    let rank = |code: &Code| WORST_FIRST.iter().position(|exit| *exit == code.exit());
    codes.into_iter().min_by_key(rank)
}
