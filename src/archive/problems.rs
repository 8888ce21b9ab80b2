//! The problems of one verification, in a list of bounded length.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::names::shortened;
use super::problem::{Level, Problem, ProblemCode};

/// The maximum number of bytes of all stored names and sentences; at least one problem of each code is stored.
const MAX_BYTES: usize = 512 << 10;

/// The maximum number of members whose omitted problems are counted separately.
const MAX_LEFT_OFF: usize = 10_000;

/// Keeps the first problems of each code and counts the rest, so that a hostile archive cannot fill memory.
#[derive(Debug)]
pub(super) struct Problems {
    kept: Vec<Problem>,
    kept_bytes: usize,
    /// Number of stored problems per code.
    seen: BTreeMap<ProblemCode, usize>,
    /// Number of omitted problems, by code and member; 0 means no member, or many.
    left_off: BTreeMap<(ProblemCode, u64), u64>,
    /// The members that have problems, by a hash of their names.
    members: HashSet<u64>,
    per_code: usize,
}

impl Problems {
    /// At least one of each code is stored, because the verdict is derived from them.
    pub(super) fn new(per_code: usize) -> Self {
        Self {
            kept: Vec::new(),
            kept_bytes: 0,
            seen: BTreeMap::new(),
            left_off: BTreeMap::new(),
            members: HashSet::new(),
            per_code: per_code.max(1),
        }
    }

    /// Adds a problem with the next step of its code. The message is only built if it is stored.
    pub(super) fn add<M: Into<String>>(
        &mut self,
        code: ProblemCode,
        member: Option<&str>,
        message: impl FnOnce() -> M,
    ) {
        self.add_with(code, member, || (message().into(), code.next_step().to_owned()));
    }

    /// Adds a problem with its message and a specific next step.
    pub(super) fn add_with(
        &mut self,
        code: ProblemCode,
        member: Option<&str>,
        words: impl FnOnce() -> (String, String),
    ) {
        let key = member.map_or(0, hash_of);
        let seen = self.seen.entry(code).or_default();
        if *seen > 0 && (*seen >= self.per_code || self.kept_bytes > MAX_BYTES) {
            let key = if self.left_off.len() < MAX_LEFT_OFF { key } else { 0 };
            *self.left_off.entry((code, key)).or_default() += 1;
            self.members.insert(key);
            return;
        }
        *seen += 1;
        let (message, hint) = words();
        let member = member.map(shortened);
        self.kept_bytes += message.len() + hint.len() + member.as_ref().map_or(0, String::len);
        self.members.insert(key);
        self.kept.push(Problem { level: code.level(), code, member, message, hint });
    }

    /// Removes the problems of this name, because another member of the same name follows and `tar` keeps only the
    /// last one.
    pub(super) fn forget(&mut self, member: &str) {
        let key = hash_of(member);
        if !self.members.remove(&key) {
            return;
        }
        let shown = shortened(member);
        let (seen, bytes) = (&mut self.seen, &mut self.kept_bytes);
        self.kept.retain(|problem| {
            let is_about = problem.member.as_deref() == Some(&*shown);
            if is_about {
                if let Some(seen) = seen.get_mut(&problem.code) {
                    *seen -= 1;
                }
                *bytes -= problem.message.len() + problem.hint.len() + shown.len();
            }
            !is_about
        });
        self.left_off.retain(|(_, of), _| *of != key);
    }

    /// Adds those of another list, which have codes of their own or follow these.
    pub(super) fn append(&mut self, more: Self) {
        self.kept.extend(more.kept);
        self.kept_bytes += more.kept_bytes;
        self.members.extend(more.members);
        for (code, seen) in more.seen {
            *self.seen.entry(code).or_default() += seen;
        }
        for (about, left_off) in more.left_off {
            *self.left_off.entry(about).or_default() += left_off;
        }
    }

    /// The codes with at least one problem.
    fn codes(&self) -> impl Iterator<Item = ProblemCode> {
        let kept = self.seen.iter().filter(|(_, seen)| **seen > 0).map(|(code, _)| *code);
        kept.chain(self.left_off.keys().map(|(code, _)| *code))
    }

    pub(super) fn has(&self, code: ProblemCode) -> bool {
        self.codes().any(|known| known == code)
    }

    /// Whether a problem of this code is stored for this member.
    pub(super) fn has_about(&self, code: ProblemCode, member: &str) -> bool {
        self.kept.iter().any(|known| known.code == code && known.member.as_deref() == Some(member))
    }

    pub(super) fn has_level(&self, level: Level) -> bool {
        self.codes().any(|code| code.level() == level)
    }

    /// Whether anything worse than a warning was found.
    pub(super) fn stop_an_import(&self) -> bool {
        self.has_level(Level::Damage) || self.has_level(Level::Error)
    }

    /// Sorted worst first, then in the order found, with the number of omitted problems.
    pub(super) fn into_sorted(mut self) -> (Vec<Problem>, u64) {
        self.kept.sort_by_key(|problem| problem.code);
        (self.kept, self.left_off.values().sum())
    }
}

/// A hash of a name. Never 0, which stands for no member.
pub(super) fn hash_of(member: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    member.hash(&mut hasher);
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_code_hides_no_other() {
        let mut problems = Problems::new(2);
        for _ in 0..5 {
            problems.add(ProblemCode::UploadMissing, None, || "gone");
        }
        problems.add(ProblemCode::TarCorrupt, Some("x"), || "broken");
        assert!(problems.has_level(Level::Damage) && !problems.has_level(Level::Error));
        let (kept, left_off) = problems.into_sorted();
        assert_eq!((kept.len(), left_off), (3, 3));
        assert_eq!(kept[0].code, ProblemCode::TarCorrupt);
    }

    #[test]
    fn only_the_problems_of_the_member_itself_are_forgotten() {
        let mut problems = Problems::new(2);
        for _ in 0..5 {
            problems.add(ProblemCode::NdjsonInvalid, Some("a"), || "bad");
        }
        problems.add(ProblemCode::NdjsonInvalid, Some("b"), || "bad");
        problems.forget("c");
        problems.forget("a");
        assert!(problems.has(ProblemCode::NdjsonInvalid), "the one of b was left off, and is still one");
        problems.forget("b");
        assert!(!problems.has(ProblemCode::NdjsonInvalid) && !problems.stop_an_import());
        assert_eq!(problems.into_sorted(), (Vec::new(), 0));
    }

    #[test]
    fn long_names_are_bounded_together() {
        let mut problems = Problems::new(10_000);
        for n in 0..10_000 {
            problems.add(
                ProblemCode::SymlinkDropped,
                Some(&format!("{n}{}", "x".repeat(4000))),
                || "dropped",
            );
        }
        let (kept, left_off) = problems.into_sorted();
        assert_eq!(kept.len() as u64 + left_off, 10_000);
        let bytes: usize = kept.iter().map(|problem| serde_json::to_string(problem).unwrap().len()).sum();
        assert!(bytes < 1 << 20, "{bytes} bytes");
    }
}
