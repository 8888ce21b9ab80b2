//! Which case needs a person first.

use super::rules::Rules;
use super::subject::Case;
use super::time::UtcMs;

/// How much a case needs a person. Sorts the list: the smallest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attention {
    pub level: Level,
    /// Within a level the earlier time comes first: the deadline, or when the stage was entered.
    pub at: UtcMs,
    /// Why, in one sentence.
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A deadline is about to pass.
    ClockSoon,
    /// The next step is ours.
    YourTurn,
    /// A customer or a colleague has it.
    Waiting,
    Done,
}

impl Level {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClockSoon => "clock_soon",
            Self::YourTurn => "your_turn",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

/// What a case needs.
pub fn attention(case: &Case, rules: &Rules, now: UtcMs) -> Attention {
    let _ = (rules, now);
    Attention { level: Level::YourTurn, at: case.stage_since, sentence: String::new() }
}
