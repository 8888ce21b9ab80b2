//! Which bytes exist, which are being fetched, and which to request next. Pure bookkeeping.

use std::collections::BTreeMap;
use std::ops::Range;

/// Half-open byte ranges, sorted, disjoint and not adjacent: the bytes that a `.part` file contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Range<u64>>);

impl Spans {
    /// Accepts ranges in any order, and ignores empty and reversed ones.
    pub fn from_ranges(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut spans = Self::default();
        ranges.into_iter().for_each(|range| spans.add(range));
        spans
    }

    /// Adds a range and merges it with its neighbours.
    pub fn add(&mut self, range: Range<u64>) {
        if range.start >= range.end {
            return;
        }
        let from = self.0.partition_point(|have| have.end < range.start);
        let to = self.0.partition_point(|have| have.start <= range.end);
        let mut merged = range;
        for have in &self.0[from..to] {
            merged.start = merged.start.min(have.start);
            merged.end = merged.end.max(have.end);
        }
        self.0.splice(from..to, [merged]);
    }

    /// Drops everything at and after `end`.
    pub fn cut_at(&mut self, end: u64) {
        self.0.retain_mut(|have| {
            have.end = have.end.min(end);
            have.start < have.end
        });
    }

    /// Number of bytes in all ranges.
    pub fn len_bytes(&self) -> u64 {
        self.0.iter().map(|have| have.end - have.start).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of bytes from the start of the file to the first gap.
    pub fn prefix_bytes(&self) -> u64 {
        self.0.first().filter(|first| first.start == 0).map_or(0, |first| first.end)
    }

    /// The end of the last range.
    pub fn end(&self) -> u64 {
        self.0.last().map_or(0, |last| last.end)
    }

    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }
}

/// Identifies a lease.
pub type LeaseId = u64;

/// The range that one connection fetches; `end` is `None` while the file's size is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    pub start: u64,
    pub end: Option<u64>,
}

/// A lease with fewer bytes left than this is not worth splitting.
pub const STEAL_FLOOR_BYTES: u64 = 4 * 1024 * 1024;

/// The state of one download: bytes written, and leases given to connections.
#[derive(Debug, Default)]
pub struct RangeMap {
    total: Option<u64>,
    written: Spans,
    leases: BTreeMap<LeaseId, (u64, Option<u64>)>,
    next_id: LeaseId,
}

impl RangeMap {
    pub fn new(total: Option<u64>, written: Spans) -> Self {
        Self { total, written, ..Self::default() }
    }

    pub fn written(&self) -> &Spans {
        &self.written
    }

    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The size has become known, so that open leases get an end.
    pub fn set_total(&mut self, total: u64) {
        self.total = Some(total);
        for (_, end) in self.leases.values_mut() {
            *end = Some(end.map_or(total, |end| end.min(total)));
        }
    }

    /// Whether every byte is written. Never true while the size is unknown.
    pub fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.written.prefix_bytes() >= total)
    }

    /// The first missing bytes that no connection is fetching, at most `piece` of them. If there are none, the second
    /// half of the largest lease. `None` when there is no work for another connection.
    pub fn lease(&mut self, piece: Option<u64>) -> Option<Lease> {
        let gap = self.first_gap().or_else(|| self.steal())?;
        let end = match (gap.1, piece) {
            (Some(end), Some(piece)) => Some(end.min(gap.0.saturating_add(piece.max(1)))),
            (None, Some(piece)) => Some(gap.0.saturating_add(piece.max(1))),
            (end, None) => end,
        };
        let id = self.next_id;
        self.next_id += 1;
        self.leases.insert(id, (gap.0, end));
        Some(Lease { id, start: gap.0, end })
    }

    fn first_gap(&self) -> Option<(u64, Option<u64>)> {
        let mut busy = self.written.clone();
        for &(start, end) in self.leases.values() {
            busy.add(start..end.unwrap_or(u64::MAX));
        }
        let start = busy.prefix_bytes();
        let next = busy.as_slice().iter().map(|have| have.start).find(|&at| at > start);
        let end = match (next, self.total) {
            (Some(next), Some(total)) => Some(next.min(total)),
            (next, total) => next.or(total),
        };
        (start < end.unwrap_or(u64::MAX)).then_some((start, end))
    }

    fn steal(&mut self) -> Option<(u64, Option<u64>)> {
        let (left, end) = self
            .leases
            .values_mut()
            .filter_map(|(at, end)| end.map(|bound| (bound.saturating_sub(*at), (*at, end))))
            .max_by_key(|(left, _)| *left)
            .filter(|(left, _)| *left >= STEAL_FLOOR_BYTES)?;
        let (at, end) = end;
        let old = *end;
        let middle = at + left / 2;
        *end = Some(middle);
        Some((middle, old))
    }

    /// How many bytes the lease still needs; 0 after another connection took over the rest.
    pub fn room(&self, id: LeaseId) -> u64 {
        self.leases.get(&id).map_or(0, |(at, end)| end.unwrap_or(u64::MAX).saturating_sub(*at))
    }

    /// The server will send this lease no bytes beyond `end`.
    pub fn bound(&mut self, id: LeaseId, end: u64) {
        if let Some((_, bound)) = self.leases.get_mut(&id) {
            *bound = Some(bound.map_or(end, |bound| bound.min(end)));
        }
    }

    /// `len` more bytes of the lease are written.
    pub fn wrote(&mut self, id: LeaseId, len: u64) {
        if let Some((at, _)) = self.leases.get_mut(&id) {
            let start = *at;
            *at = start.saturating_add(len);
            let end = *at;
            self.written.add(start..end);
        }
    }

    /// The lease has ended, filled or not; what it lacks can be leased again.
    pub fn end_lease(&mut self, id: LeaseId) {
        self.leases.remove(&id);
    }

    /// All connections were closed.
    pub fn end_all_leases(&mut self) {
        self.leases.clear();
    }

    /// Discards everything, because the file starts over.
    pub fn start_over(&mut self, total: Option<u64>) {
        let next_id = self.next_id;
        *self = Self { total, next_id, ..Self::default() };
    }

    /// Discards the last byte of a complete file, so that one answer of the server must agree before the file is
    /// trusted.
    pub fn doubt_last_byte(&mut self) {
        if self.is_complete() {
            self.written.cut_at(self.total.unwrap_or(0).saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn spans_merge_neighbours_and_overlaps() {
        let mut spans = Spans::from_ranges([10..20, 30..40, 0..5]);
        spans.add(20..30);
        assert_eq!(spans.as_slice(), &[0..5, 10..40]);
        spans.add(4..12);
        assert_eq!(spans.as_slice(), std::slice::from_ref(&(0..40)));
        assert_eq!((spans.prefix_bytes(), spans.len_bytes(), spans.end()), (40, 40, 40));
        #[allow(clippy::reversed_empty_ranges, reason = "a torn record may hold one")]
        spans.add(9..3);
        spans.cut_at(7);
        assert_eq!(spans.as_slice(), std::slice::from_ref(&(0..7)));
    }

    #[test]
    fn leases_fill_the_first_hole_first() {
        let mut ranges = RangeMap::new(Some(100), Spans::from_ranges([0..10, 30..40]));
        let first = ranges.lease(Some(15)).unwrap();
        assert_eq!((first.start, first.end), (10, Some(25)));
        let second = ranges.lease(Some(15)).unwrap();
        assert_eq!((second.start, second.end), (25, Some(30)));
        ranges.end_lease(first.id);
        let again = ranges.lease(None).unwrap();
        assert_eq!((again.start, again.end), (10, Some(25)));
    }

    #[test]
    fn an_unknown_size_is_one_open_lease() {
        let mut ranges = RangeMap::new(None, Spans::from_ranges(Some(0..7)));
        let only = ranges.lease(None).unwrap();
        assert_eq!((only.start, only.end), (7, None));
        assert!(ranges.lease(None).is_none());
        ranges.wrote(only.id, 3);
        assert!(!ranges.is_complete());
        ranges.set_total(10);
        assert_eq!(ranges.room(only.id), 0);
        assert!(ranges.is_complete());
    }

    #[test]
    fn an_idle_connection_takes_half_of_the_slowest() {
        let mut ranges = RangeMap::new(Some(8 * MIB), Spans::default());
        let slow = ranges.lease(None).unwrap();
        ranges.wrote(slow.id, 2 * MIB);
        let thief = ranges.lease(None).unwrap();
        assert_eq!((thief.start, thief.end), (5 * MIB, Some(8 * MIB)));
        assert_eq!(ranges.room(slow.id), 3 * MIB);
    }

    #[test]
    fn small_rests_are_left_alone() {
        let mut ranges = RangeMap::new(Some(MIB), Spans::default());
        ranges.lease(None).unwrap();
        assert!(ranges.lease(None).is_none());
    }

    #[test]
    fn a_whole_file_can_be_doubted_and_an_empty_one_is_whole() {
        let mut ranges = RangeMap::new(Some(10), Spans::from_ranges(Some(0..10)));
        ranges.doubt_last_byte();
        assert_eq!(ranges.lease(None).map(|lease| (lease.start, lease.end)), Some((9, Some(10))));
        let mut empty = RangeMap::new(Some(0), Spans::default());
        empty.doubt_last_byte();
        assert!(empty.is_complete() && empty.lease(None).is_none());
    }

    proptest! {
        /// In whatever order connections start, write, fail and take over, the pieces cover the file exactly once.
        #[test]
        fn pieces_cover_the_file(total in 1..64 * MIB, piece in 1..16 * MIB, moves in prop::collection::vec((0u8..4, 1..9 * MIB), 0..200)) {
            let mut ranges = RangeMap::new(Some(total), Spans::default());
            let mut open: Vec<Lease> = Vec::new();
            for (what, amount) in moves {
                match what {
                    0 => open.extend(ranges.lease(Some(piece))),
                    1 if !open.is_empty() => {
                        let lease = open[amount as usize % open.len()];
                        let len = ranges.room(lease.id).min(amount);
                        ranges.wrote(lease.id, len);
                    }
                    2 if !open.is_empty() => ranges.end_lease(open.swap_remove(amount as usize % open.len()).id),
                    _ => {}
                }
                prop_assert!(ranges.written().end() <= total);
                let mut claimed: Vec<_> = ranges.leases.values().map(|(at, end)| *at..end.unwrap()).collect();
                claimed.retain(|range| !range.is_empty());
                claimed.sort_by_key(|range| range.start);
                prop_assert!(claimed.windows(2).all(|two| two[0].end <= two[1].start), "two connections bring the same bytes");
            }
            for lease in open {
                ranges.end_lease(lease.id);
            }
            while let Some(lease) = ranges.lease(Some(piece)) {
                let room = ranges.room(lease.id);
                prop_assert!(room > 0);
                ranges.wrote(lease.id, room);
                ranges.end_lease(lease.id);
            }
            prop_assert!(ranges.is_complete());
            prop_assert_eq!(ranges.written().len_bytes(), total);
        }
    }
}
