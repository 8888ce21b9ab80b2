//! The small file beside a `.part` file: it says who owns the bytes and which of them are safe.
//!
//! Two slots of fixed size are written alternately, each with a digest of its contents. An incomplete write destroys
//! only the slot being written, and the other one still has the previous state. Bytes are recorded only after a sync,
//! so a record may list too few bytes, never too many.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::Identity;
use super::plan::Spans;

/// Size of one slot; the file has two.
pub const SLOT_BYTES: usize = 16 * 1024;

const MAGIC: &str = "export-desk part 1";

/// Who owns the bytes of a `.part` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Origin of the instance, for example `https://gitlab.com`.
    pub origin: String,
    /// Identifies the file within the instance, for example `project 42 export`.
    pub what: String,
    /// The run that the file belongs to, where the caller knows it.
    pub run: Option<String>,
}

/// How a recorded owner relates to the owner of the download that starts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOwnership {
    /// The same run; both sides name it.
    SameRun,
    /// Probably the same file. The server's answer decides.
    SameFile,
    /// The same project, another run: our own bytes, but useless now.
    OtherRun,
    /// Another instance or project: must not be touched.
    Foreign,
}

impl Owner {
    pub fn ownership(&self, now: &Self) -> PartOwnership {
        if self.origin != now.origin || self.what != now.what {
            return PartOwnership::Foreign;
        }
        match (&self.run, &now.run) {
            (Some(a), Some(b)) if a == b => PartOwnership::SameRun,
            (Some(_), Some(_)) => PartOwnership::OtherRun,
            _ => PartOwnership::SameFile,
        }
    }
}

/// One state of a download, as the sidecar stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub owner: Owner,
    pub identity: Identity,
    /// Bytes that are safely in the `.part` file.
    pub done: Spans,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    owner: Owner,
    identity: Identity,
    done: Vec<(u64, u64)>,
}

/// The slot that holds state number `seq`, as the offset in the file.
pub fn slot_offset(seq: u64) -> u64 {
    (seq % 2) * SLOT_BYTES as u64
}

/// One slot, padded to its full size. If a record is too long, its last ranges are left out and will be downloaded
/// again.
pub fn encode(seq: u64, record: &Record) -> Vec<u8> {
    let mut done: Vec<(u64, u64)> =
        record.done.as_slice().iter().map(|span| (span.start, span.end)).collect();
    loop {
        let stored = Stored { owner: record.owner.clone(), identity: record.identity.clone(), done };
        let json = serde_json::to_string(&stored).unwrap_or_default();
        let body = format!("{seq} {}\n{json}", json.len());
        let mut slot = format!("{MAGIC} {} {body}\n", digest(body.as_bytes())).into_bytes();
        if slot.len() <= SLOT_BYTES {
            slot.resize(SLOT_BYTES, b'\n');
            return slot;
        }
        done = stored.done;
        if done.is_empty() {
            // Only an absurd owner or ETag gets here. An unreadable slot means "start over", which is safe.
            return vec![b'\n'; SLOT_BYTES];
        }
        done.truncate(done.len() / 2);
    }
}

/// The newest valid state with its number; `None` where neither slot is valid.
pub fn decode(file: &[u8]) -> Option<(u64, Record)> {
    let (first, second) = file.split_at(file.len().min(SLOT_BYTES));
    [first, second].into_iter().filter_map(decode_slot).max_by_key(|(seq, _)| *seq)
}

/// Whether the file is not a sidecar at all, not even an incomplete one: it has contents that do not begin like ours.
pub fn is_foreign(file: &[u8]) -> bool {
    let (first, second) = file.split_at(file.len().min(SLOT_BYTES));
    let ours = |slot: &[u8]| slot.starts_with(MAGIC.as_bytes());
    let begun = MAGIC.as_bytes().starts_with(file);
    let says_nothing = file.iter().all(|byte| matches!(byte, 0 | b'\n'));
    !(ours(first) || ours(second) || begun || says_nothing)
}

fn decode_slot(slot: &[u8]) -> Option<(u64, Record)> {
    let rest = slot.strip_prefix(MAGIC.as_bytes())?.strip_prefix(b" ")?;
    let (sum, rest) = rest.split_at_checked(64)?;
    let rest = rest.strip_prefix(b" ")?;
    let line_end = rest.iter().take(64).position(|&b| b == b'\n')?;
    let (seq, len) = std::str::from_utf8(&rest[..line_end]).ok()?.split_once(' ')?;
    let (seq, len) = (seq.parse::<u64>().ok()?, len.parse::<usize>().ok()?);
    let json_start = line_end + 1;
    let json = rest.get(json_start..json_start.checked_add(len)?)?;
    if digest(&rest[..json_start + len]).as_bytes() != sum {
        return None;
    }
    let stored: Stored = serde_json::from_slice(json).ok()?;
    let done = Spans::from_ranges(stored.done.into_iter().map(|(start, end)| start..end));
    Some((seq, Record { owner: stored.owner, identity: stored.identity, done }))
}

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(etag: &str, done: &[(u64, u64)]) -> Record {
        Record {
            owner: Owner {
                origin: "https://gitlab.example".into(),
                what: "project 42 export".into(),
                run: Some("7".into()),
            },
            identity: Identity { etag: Some(etag.into()), total: Some(1 << 40), last_modified: None },
            done: Spans::from_ranges(done.iter().map(|&(start, end)| start..end)),
        }
    }

    fn written(states: &[Record]) -> Vec<u8> {
        let mut file = Vec::new();
        for (seq, state) in states.iter().enumerate() {
            let at = slot_offset(seq as u64) as usize;
            file.resize(file.len().max(at + SLOT_BYTES), 0);
            file[at..at + SLOT_BYTES].copy_from_slice(&encode(seq as u64, state));
        }
        file
    }

    #[test]
    fn the_newest_state_is_read_back() {
        let states =
            [record("\"a\"", &[]), record("\"a\"", &[(0, 10)]), record("\"a\"", &[(0, 10), (20, 30)])];
        for n in 1..=states.len() {
            let (seq, state) = decode(&written(&states[..n])).unwrap();
            assert_eq!((seq, &state), (n as u64 - 1, &states[n - 1]));
        }
        assert_eq!(decode(b""), None);
        assert_eq!(decode(b"a file of somebody else"), None);
    }

    #[test]
    fn a_record_too_large_forgets_its_tail_only() {
        let many: Vec<_> = (0..5000u64).map(|n| (n * 1_000_000, n * 1_000_000 + 10)).collect();
        let big = record("\"a\"", &many);
        let (_, state) = decode(&encode(0, &big)).unwrap();
        assert!(!state.done.is_empty());
        assert_eq!(state.done.as_slice(), &big.done.as_slice()[..state.done.as_slice().len()]);
    }

    #[test]
    fn a_torn_sidecar_is_ours_and_another_file_is_not() {
        let whole = written(&[record("\"a\"", &[(0, 1)]), record("\"a\"", &[(0, 2)])]);
        for cut in [0, 1, 5, 100, SLOT_BYTES, whole.len()] {
            assert!(!is_foreign(&whole[..cut]), "{cut}");
        }
        let mut torn = whole.clone();
        torn[..SLOT_BYTES].fill(0);
        assert!(!is_foreign(&torn) && !is_foreign(&[0; 64]) && !is_foreign(b"\n\n"));
        assert!(is_foreign(b"my notes") && is_foreign(&vec![0x55; 2 * SLOT_BYTES]));
    }

    #[test]
    fn ownership_distinguishes_our_parts_from_foreign_ones() {
        let own = record("", &[]).owner;
        assert_eq!(own.ownership(&own), PartOwnership::SameRun);
        assert_eq!(own.ownership(&Owner { run: None, ..own.clone() }), PartOwnership::SameFile);
        assert_eq!(own.ownership(&Owner { run: Some("8".into()), ..own.clone() }), PartOwnership::OtherRun);
        assert_eq!(
            own.ownership(&Owner { what: "project 43 export".into(), ..own.clone() }),
            PartOwnership::Foreign
        );
        assert_eq!(
            own.ownership(&Owner { origin: "https://other".into(), ..own.clone() }),
            PartOwnership::Foreign
        );
    }

    proptest! {
        /// A crash in the middle of a write leaves the new state or the previous one.
        #[test]
        fn after_a_torn_write_the_old_state_is_read(cut in 0..=SLOT_BYTES, garbage in any::<u8>(), seq in 1u64..5) {
            let states: Vec<_> = (0..=seq).map(|n| record("\"a\"", &[(0, n * 100)])).collect();
            let old = written(&states[..seq as usize]);
            let new = encode(seq, &states[seq as usize]);
            let at = slot_offset(seq) as usize;
            let mut file = old.clone();
            file.resize(file.len().max(at + SLOT_BYTES), garbage);
            file[at..at + cut].copy_from_slice(&new[..cut]);
            let (_, state) = decode(&file).expect("one slot is always whole");
            prop_assert!(state == states[seq as usize] || state == states[seq as usize - 1]);
        }

        /// One damaged byte anywhere leaves a correct state or none.
        #[test]
        fn a_flipped_byte_never_invents_a_state(at in 0..2 * SLOT_BYTES, early in any::<bool>(), flip in 1u8..) {
            let states = [record("\"a\"", &[(0, 1)]), record("\"a\"", &[(0, 2)])];
            let mut file = written(&states);
            // Half of the cases damage the short part that has meaning.
            let at = if early { at % 300 } else { at };
            file[at] ^= flip;
            if let Some((seq, state)) = decode(&file) {
                prop_assert_eq!(&state, &states[seq as usize]);
            }
        }

        #[test]
        fn a_cut_file_never_invents_a_state(len in 0..=2 * SLOT_BYTES) {
            let states = [record("\"a\"", &[(0, 1)]), record("\"a\"", &[(0, 2)])];
            if let Some((seq, state)) = decode(&written(&states)[..len]) {
                prop_assert_eq!(&state, &states[seq as usize]);
            }
        }
    }
}
