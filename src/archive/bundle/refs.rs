//! The references of a bundle, treated as in `git clone --mirror`: those under `refs/` with a name that git allows
//! count; git ignores the others.

use super::flaw::BundleFlaw;

/// The maximum number of bytes of names that are compared with each other.
const MAX_NAME_BYTES: usize = 8 << 20;

/// An object name: 20 bytes of SHA-1 or 32 of SHA-256, padded with zeros.
pub type Oid = [u8; 32];

/// The references so far.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Lines of the header that name a reference.
    pub seen: u64,
    names: Vec<Box<[u8]>>,
    name_bytes: usize,
    /// Whether git fetches the pack for at least one reference.
    pub wants_pack: bool,
    has_null: bool,
    /// Objects that git requires, up to a limit.
    pub targets: Vec<Oid>,
}

/// The maximum number of references whose objects are checked.
const MAX_TARGETS: usize = 100_000;

impl Refs {
    pub(super) fn add(&mut self, oid: &Oid, name: &[u8]) {
        self.seen += 1;
        // In C a text ends at its first NUL.
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let is_null = oid.iter().all(|byte| *byte == 0);
        if !is_null && (name == b"HEAD" || is_fetched(name)) && self.targets.len() < MAX_TARGETS {
            self.targets.push(*oid);
        }
        if name == b"HEAD" {
            self.wants_pack = true;
        } else if is_fetched(name) {
            self.wants_pack = true;
            self.has_null |= is_null;
            if self.name_bytes < MAX_NAME_BYTES {
                self.name_bytes += name.len() + 16;
                self.names.push(name.into());
            }
        }
    }

    /// The flaw that makes git refuse the references together.
    pub(super) fn flaw(&mut self) -> Option<BundleFlaw> {
        if self.has_null {
            return Some(BundleFlaw::NullRef);
        }
        // A slash sorts as the smallest character, so that a folder comes directly before its content.
        let key =
            |name: &[u8]| name.iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect::<Vec<_>>();
        self.names.sort_by_cached_key(|name| key(name));
        self.names.windows(2).find_map(|pair| match pair[1].strip_prefix(&*pair[0])? {
            [] => Some(BundleFlaw::DuplicateRef),
            [b'/', ..] => Some(BundleFlaw::ConflictingRefs),
            _ => None,
        })
    }
}

/// Whether git creates this reference in a mirror.
pub(super) fn is_fetched(name: &[u8]) -> bool {
    name.starts_with(b"refs/") && is_allowed(name)
}

/// Git's rules for names of references (`check_refname_format`).
fn is_allowed(name: &[u8]) -> bool {
    let contains = |sign: &[u8]| name.windows(sign.len()).any(|part| part == sign);
    let allowed =
        |byte: &u8| !matches!(byte, 0..=0x20 | 0x7f | b'~' | b'^' | b':' | b'?' | b'*' | b'[' | b'\\');
    let part_allowed = |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.ends_with(b".lock");
    name.iter().all(allowed)
        && name.split(|byte| *byte == b'/').all(part_allowed)
        && !contains(b"..")
        && !contains(b"@{")
        && !name.ends_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw_of(names: &[&str]) -> Option<BundleFlaw> {
        let mut refs = Refs::default();
        for name in names {
            refs.add(&[1; 32], name.as_bytes());
        }
        refs.flaw()
    }

    /// Each case as git 2.47 decides it.
    #[test]
    fn names_that_git_ignores_do_not_count() {
        for name in
            ["refs/heads/ü", "refs/heads/@", "refs/heads/-a", "refs/heads/HEAD", "refs/a", "refs/worktree/a"]
        {
            assert!(is_fetched(name.as_bytes()), "{name}");
        }
        for name in [
            "HEAD",
            "main",
            "foo/bar",
            "refs/",
            "refs/heads/..a",
            "refs/heads/a b",
            "refs/heads/a.lock",
            "refs/heads/a\u{1}",
            "refs/heads/a@{b",
            "refs/tags/t^{}",
            "refs/heads/.a",
            "refs/heads//a",
            "refs/heads/a.",
        ] {
            assert!(!is_fetched(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn doubled_and_conflicting_names_are_found() {
        assert_eq!(flaw_of(&["refs/heads/a", "refs/heads/ab", "HEAD", "HEAD", "refs/heads/A"]), None);
        assert_eq!(flaw_of(&["refs/heads/a", "x", "refs/heads/a"]), Some(BundleFlaw::DuplicateRef));
        assert_eq!(flaw_of(&["refs/heads/a", "refs/heads/a/b"]), Some(BundleFlaw::ConflictingRefs));
        assert_eq!(
            flaw_of(&["refs/heads/a/b", "refs/heads/a-b", "refs/heads/a!b", "refs/heads/a"]),
            Some(BundleFlaw::ConflictingRefs),
            "names between the two in the alphabet hide nothing"
        );
        assert_eq!(flaw_of(&["refs/heads/a", "refs/heads/a/..b"]), None);
        let mut null = Refs::default();
        null.add(&[0; 32], b"refs/heads/a");
        assert_eq!(null.flaw(), Some(BundleFlaw::NullRef));
    }
}
