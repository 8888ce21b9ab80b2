//! The instance's rate limits, shared by every call to the instance. Export Desk waits in advance instead of
//! collecting 429s, because GitLab counts a call before it checks it (`lib/api/helpers/rate_limiter.rb`).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::gitlab::LONGEST_WAIT;

/// What GitLab counts together. Each instance has one token here, so GitLab's limits per user are limits per
/// instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `project_export`: 6 per minute and user.
    Export,
    /// `project_download_export`: 1 per minute, user and project (since 17.10).
    Download(u64),
    /// `project_import`, shared by all kinds of imports: 6 per minute and user.
    Import,
    /// `GET /projects/:id` and the paths below: 400 per minute.
    ProjectRead,
    /// Reading and writing issues, notes and labels. Set well below GitLab.com's `issues_create` and `notes_create`.
    Tracker,
}

impl Limit {
    /// How many calls GitLab allows per window.
    pub fn per_window(&self) -> usize {
        match self {
            Self::Export | Self::Import => 6,
            Self::Download(_) => 1,
            // GitLab allows 400 to a user, and the user's other tools share them.
            Self::ProjectRead => 280,
            Self::Tracker => 60,
        }
    }
}

/// GitLab's minute, multiplied by `--pace`.
#[derive(Clone, Copy, Debug)]
pub struct LimitWindow {
    /// Exactly a minute: enough after an answer, because GitLab counted the call before.
    pub minute: Duration,
    /// A little longer, for calls whose answer nobody tells: calls sent one minute apart may arrive closer together.
    pub safe: Duration,
}

/// One call: when it was or will be sent, or when GitLab answered.
#[derive(Clone, Copy, Debug)]
struct Unit {
    at: Instant,
    answer: Answer,
}

/// What is known of the answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Nobody tells when it comes.
    Untold,
    Awaited,
    Came,
}

/// The latest calls of one limit, oldest first.
#[derive(Debug, Default)]
struct Units {
    /// The number of the first unit; numbers are never used twice.
    first: i64,
    units: VecDeque<Unit>,
}

impl Units {
    fn forget(&mut self, window: LimitWindow, now: Instant) {
        let is_over = |unit: &Unit| {
            unit.answer != Answer::Awaited && now.saturating_duration_since(unit.at) >= window.safe
        };
        while self.units.front().is_some_and(is_over) {
            self.units.pop_front();
            self.first += 1;
        }
    }

    /// When the unit at this place may be used: one window after the unit that it follows within the limit.
    fn free_at(&self, place: usize, most: usize, window: LimitWindow, now: Instant) -> Instant {
        let Some(before) = place.checked_sub(most).and_then(|before| self.units.get(before)) else {
            return now;
        };
        let free = match before.answer {
            // GitLab counts a call at the latest when it answers.
            Answer::Awaited => before.at.max(now).checked_add(window.minute),
            Answer::Came => before.at.checked_add(window.minute),
            Answer::Untold => before.at.checked_add(window.safe),
        };
        // The window is too long for the clock's range, so the call does not wait; GitLab's 429 decides.
        free.map_or(now, |free| free.max(now))
    }
}

/// The latest calls to one instance, for the length of one window.
#[derive(Debug)]
pub struct Limiter {
    window: LimitWindow,
    spent: Mutex<HashMap<Limit, Units>>,
}

impl Limiter {
    pub fn new(window: LimitWindow) -> Self {
        Self { window, spent: Mutex::default() }
    }

    /// Reserves the next free unit and returns how long to wait for it.
    pub fn reserve(&self, limit: &Limit, now: Instant) -> Duration {
        self.enqueue(limit, Answer::Untold, now).1
    }

    /// Takes a place in the queue of a limit for a call whose answer the caller reports by dropping the [`Turn`].
    pub fn turn(self: &Arc<Self>, limit: &Limit, now: Instant) -> Turn {
        let (number, _) = self.enqueue(limit, Answer::Awaited, now);
        Turn { limiter: Arc::clone(self), limit: limit.clone(), number }
    }

    /// The number of the next free unit, and how long to wait for it.
    fn enqueue(&self, limit: &Limit, answer: Answer, now: Instant) -> (i64, Duration) {
        let mut all = self.all();
        let units = all.entry(limit.clone()).or_default();
        units.forget(self.window, now);
        let at = units.free_at(units.units.len(), limit.per_window(), self.window, now);
        let number = units.first + units.units.len() as i64;
        units.units.push_back(Unit { at, answer });
        (number, at.saturating_duration_since(now))
    }

    /// How long the next call would wait; reserves nothing.
    pub fn next_wait(&self, limit: &Limit, now: Instant) -> Duration {
        let mut all = self.all();
        let Some(units) = all.get_mut(limit) else { return Duration::ZERO };
        units.forget(self.window, now);
        let at = units.free_at(units.units.len(), limit.per_window(), self.window, now);
        at.saturating_duration_since(now)
    }

    /// How long each call that has reserved its unit still waits, shortest first.
    pub fn reserved(&self, limit: &Limit, now: Instant) -> Vec<Duration> {
        let all = self.all();
        let waits = all.get(limit).into_iter().flat_map(|units| &units.units);
        let mut waits: Vec<Duration> =
            waits.map(|unit| unit.at.saturating_duration_since(now)).filter(|wait| !wait.is_zero()).collect();
        waits.sort_unstable();
        waits
    }

    /// GitLab answered 429 although a unit was free, because another program uses the same limit: no calls for
    /// `wait`.
    pub fn blocked(&self, limit: &Limit, wait: Duration, now: Instant) {
        let mut all = self.all();
        // Marks all units as used, in a window that ends when the wait does.
        let end = now.checked_add(wait.min(LONGEST_WAIT)).unwrap_or(now);
        let from = end.checked_sub(self.window.safe).unwrap_or(now);
        let units = all.entry(limit.clone()).or_default();
        // Those that have not been sent yet keep their places, and wait too.
        for unit in &mut units.units {
            let answer = if unit.answer == Answer::Came { Answer::Untold } else { unit.answer };
            *unit = Unit { at: unit.at.max(from), answer };
        }
        let missing = limit.per_window().saturating_sub(units.units.len());
        units.first -= missing as i64;
        for _ in 0..missing {
            units.units.push_front(Unit { at: from, answer: Answer::Untold });
        }
    }

    /// Counts a call that an earlier program sent: GitLab answered it so long ago. Of a download, only the start of the call
    /// is known.
    pub fn sent_before(&self, limit: &Limit, age: Duration, now: Instant) {
        let Some(at) = now.checked_sub(age) else { return };
        let mut all = self.all();
        let units = &mut all.entry(limit.clone()).or_default().units;
        let place = units.partition_point(|unit| unit.at <= at);
        let answer = if matches!(limit, Limit::Download(_)) { Answer::Untold } else { Answer::Came };
        units.insert(place, Unit { at, answer });
    }

    /// Reserves the next free unit and waits for it.
    pub async fn wait(&self, limit: &Limit) {
        let wait = self.reserve(limit, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Limit, Units>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue of a limit. While it exists, GitLab may still count the call; dropping it tells that GitLab
/// has answered, or that nothing is sent.
#[derive(Debug)]
pub struct Turn {
    limiter: Arc<Limiter>,
    limit: Limit,
    number: i64,
}

impl Turn {
    /// How long to wait before the call is sent; zero once it is its turn. An earlier call that takes longer than
    /// expected prolongs the wait.
    pub fn remaining(&self, now: Instant) -> Duration {
        let mut all = self.limiter.all();
        let Some(units) = all.get_mut(&self.limit) else { return Duration::ZERO };
        let Some(place) = self.place(units) else { return Duration::ZERO };
        let (most, window) = (self.limit.per_window(), self.limiter.window);
        let at = units.free_at(place, most, window, now);
        if let Some(unit) = units.units.get_mut(place) {
            unit.at = at;
        }
        at.saturating_duration_since(now)
    }

    fn place(&self, units: &Units) -> Option<usize> {
        usize::try_from(self.number - units.first).ok()
    }

    fn end(&self, now: Instant) {
        let mut all = self.limiter.all();
        let Some(units) = all.get_mut(&self.limit) else { return };
        if let Some(unit) = self.place(units).and_then(|place| units.units.get_mut(place)) {
            // A call that ends before its turn leaves its unit unused, until the next window.
            *unit = Unit { at: unit.at.max(now), answer: Answer::Came };
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    #[test]
    fn calls_of_an_earlier_program_are_counted() {
        let (limiter, now) = (limiter_of(WINDOW), Instant::now() + 2 * WINDOW);
        for seconds in [20, 50, 40, 30, 61, 10] {
            limiter.sent_before(&Limit::Export, Duration::from_secs(seconds), now);
        }
        // Five are in the window, so one is free; the next waits for the oldest of them.
        assert_eq!(limiter.reserve(&Limit::Export, now), Duration::ZERO);
        assert_eq!(limiter.reserve(&Limit::Export, now), Duration::from_secs(10));
        assert_eq!(limiter.reserve(&Limit::Export, now), Duration::from_secs(20));
        assert_eq!(limiter.reserve(&Limit::Import, now), Duration::ZERO, "another limit");
    }

    fn limiter_of(window: Duration) -> Arc<Limiter> {
        Arc::new(Limiter::new(LimitWindow { minute: window, safe: window }))
    }

    #[test]
    fn units_are_available_again_after_the_window() {
        let limiter = limiter_of(WINDOW);
        let start = Instant::now();
        for _ in 0..6 {
            assert_eq!(limiter.reserve(&Limit::Export, start), Duration::ZERO);
        }
        assert_eq!(limiter.reserve(&Limit::Export, start), WINDOW);
        assert_eq!(limiter.reserve(&Limit::ProjectRead, start), Duration::ZERO, "limits are counted apart");
    }

    #[test]
    fn no_window_ever_holds_more_than_its_units() {
        let limiter = limiter_of(WINDOW);
        let start = Instant::now();
        let slots: Vec<_> = (0..30).map(|_| start + limiter.reserve(&Limit::Export, start)).collect();
        for (index, slot) in slots.iter().enumerate() {
            let inside = slots[index..].iter().filter(|other| **other < *slot + WINDOW).count();
            assert!(inside <= 6, "{inside} within one window");
        }
        assert_eq!(slots[29], start + WINDOW * 4);
    }

    #[test]
    fn downloads_are_counted_by_project() {
        let limiter = limiter_of(WINDOW);
        let now = Instant::now();
        assert_eq!(limiter.reserve(&Limit::Download(1), now), Duration::ZERO);
        assert_eq!(limiter.reserve(&Limit::Download(2), now), Duration::ZERO);
        assert_eq!(limiter.reserve(&Limit::Download(1), now), WINDOW);
        assert_eq!(limiter.reserve(&Limit::Download(1), now), WINDOW * 2);
    }

    #[test]
    fn a_429_blocks_until_its_time() {
        let limiter = limiter_of(WINDOW);
        let now = Instant::now() + WINDOW;
        limiter.blocked(&Limit::Export, Duration::from_secs(30), now);
        assert_eq!(limiter.reserve(&Limit::Export, now), Duration::from_secs(30));
    }

    #[test]
    fn no_wait_overflows_the_time() {
        for window in [WINDOW, Duration::MAX] {
            let limiter = limiter_of(window);
            let now = Instant::now();
            limiter.blocked(&Limit::Export, Duration::MAX, now);
            assert!(limiter.reserve(&Limit::Export, now) <= LONGEST_WAIT);
        }
    }

    #[test]
    fn a_late_answer_moves_the_next_window() {
        let limiter = limiter_of(WINDOW);
        let start = Instant::now();
        let turns: Vec<_> = (0..7).map(|_| limiter.turn(&Limit::Export, start)).collect();
        assert!(turns[..6].iter().all(|turn| turn.remaining(start).is_zero()));
        assert_eq!(turns[6].remaining(start), WINDOW);
        // The first call takes a minute: GitLab may have counted it at its end.
        let late = start + WINDOW;
        assert_eq!(turns[6].remaining(late), WINDOW, "the first is not answered yet");
        turns[0].end(late);
        assert_eq!(turns[6].remaining(late + WINDOW), Duration::ZERO);
        assert_eq!(limiter.next_wait(&Limit::Export, late + WINDOW), WINDOW, "the others are not answered");
    }

    #[test]
    fn nothing_waits_for_a_call_that_was_given_up() {
        let limiter = limiter_of(WINDOW);
        let start = Instant::now();
        drop((0..6).map(|_| limiter.turn(&Limit::Export, start)).collect::<Vec<_>>());
        let next = limiter.turn(&Limit::Export, start);
        let wait = next.remaining(start);
        assert!(wait >= WINDOW, "{wait:?}");
        assert_eq!(next.remaining(start + wait), Duration::ZERO);
    }

    #[test]
    fn after_an_answer_a_minute_is_enough() {
        let window = LimitWindow { minute: WINDOW, safe: WINDOW + Duration::from_secs(2) };
        let limiter = Arc::new(Limiter::new(window));
        let start = Instant::now();
        let turn = limiter.turn(&Limit::Download(1), start);
        turn.end(start);
        assert_eq!(limiter.next_wait(&Limit::Download(1), start), WINDOW);
        limiter.reserve(&Limit::Download(2), start);
        assert_eq!(limiter.next_wait(&Limit::Download(2), start), window.safe);
    }

    #[test]
    fn a_429_holds_back_those_that_wait() {
        let limiter = limiter_of(WINDOW);
        let start = Instant::now();
        let turns: Vec<_> = (0..8).map(|_| limiter.turn(&Limit::Export, start)).collect();
        turns[..6].iter().for_each(|turn| turn.end(start));
        let now = start + WINDOW;
        limiter.blocked(&Limit::Export, WINDOW / 2, now);
        assert_eq!(turns[6].remaining(now), WINDOW / 2);
        assert_eq!(turns[7].remaining(now), WINDOW / 2);
    }
}
