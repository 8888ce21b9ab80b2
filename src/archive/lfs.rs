//! LFS objects: each hashed against its name, and the list `lfs-objects.json` held against the files.

use sha2::{Digest, Sha256};

use super::hex::from_hex;
use super::problem::{ProblemCode, Problems};

pub(super) type ObjectId = [u8; 32];

/// Finds the object names in `lfs-objects.json` (`{"<sha256>":[0],…}`) as it passes: strings of 64 hex digits,
/// which nothing but a key of that file is. That the file is JSON is checked elsewhere.
#[derive(Debug, Default)]
pub(super) struct ListedNames {
    in_text: bool,
    /// What the string at hand holds, as long as it may still be a name.
    text: Vec<u8>,
}

impl ListedNames {
    pub(super) fn push(&mut self, bytes: &[u8], found: &mut dyn FnMut(ObjectId)) {
        for byte in bytes {
            match (self.in_text, byte) {
                (false, b'"') => {
                    self.in_text = true;
                    self.text.clear();
                }
                (true, b'"') => {
                    self.in_text = false;
                    if let Some(id) = from_hex(&self.text) {
                        found(id);
                    }
                }
                // One byte more than a name is enough to know that it is none.
                (true, byte) if self.text.len() <= 64 => self.text.push(*byte),
                _ => {}
            }
        }
    }
}

/// The objects of an archive, by name: 32 bytes each, up to a limit.
#[derive(Debug)]
pub(super) struct LfsObjects {
    listed: Vec<ObjectId>,
    present: Vec<ObjectId>,
    max: usize,
    overflown: bool,
    pub has_list: bool,
    /// Files in `lfs-objects/`, counted beyond the limit too.
    pub files: u64,
}

impl LfsObjects {
    pub(super) fn new(max: usize) -> Self {
        Self { listed: Vec::new(), present: Vec::new(), max, overflown: false, has_list: false, files: 0 }
    }

    pub(super) fn list(&mut self, id: ObjectId) {
        if self.listed.len() < self.max { self.listed.push(id) } else { self.overflown = true }
    }

    fn add_present(&mut self, id: ObjectId) {
        if self.present.len() < self.max { self.present.push(id) } else { self.overflown = true }
    }

    /// Judges one file by its content.
    pub(super) fn take(&mut self, member: &str, content: Sha256, problems: &mut Problems) {
        self.files += 1;
        let name = member.rsplit('/').next().unwrap_or(member);
        let id = from_hex::<32>(name.as_bytes());
        if let Some(id) = id {
            self.add_present(id);
        }
        if id != Some(content.finalize().into()) {
            problems.add(
                ProblemCode::LfsHashMismatch,
                Some(member),
                || "The content of this LFS object does not match the SHA-256 in its name.",
            );
        }
    }

    /// Holds the list against the files, both ways. An archive without a list is older than the list.
    pub(super) fn compare(&mut self, problems: &mut Problems) {
        if !self.has_list {
            return;
        }
        self.listed.sort_unstable();
        self.listed.dedup();
        self.present.sort_unstable();
        self.present.dedup();
        if self.overflown {
            let max = self.max;
            problems.add(ProblemCode::LfsObjectMissing, Some("lfs-objects.json"), || {
                format!("There are more than {max} LFS objects. Export Desk did not check whether every listed object is in the archive.")
            });
            return;
        }
        for id in self.listed.iter().filter(|id| self.present.binary_search(id).is_err()) {
            let member = format!("lfs-objects/{}", super::hex::to_hex(id));
            problems.add(
                ProblemCode::LfsObjectMissing,
                Some(&member),
                || "lfs-objects.json lists this LFS object, but the archive does not contain its file.",
            );
        }
        for id in self.present.iter().filter(|id| self.listed.binary_search(id).is_err()) {
            let member = format!("lfs-objects/{}", super::hex::to_hex(id));
            problems.add(ProblemCode::LfsObjectUnlisted, Some(&member), || {
                "lfs-objects.json does not list this LFS object, so GitLab would not link it to a repository."
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_pieces_of_any_size() {
        let text = format!(
            "{{\"{}\":[2,0], \"{}\" : [1], \"short\":[\"{}\"]}}",
            "ab".repeat(32),
            "00".repeat(32),
            "c".repeat(70)
        );
        for piece in [1, 7, 4096] {
            let mut names = ListedNames::default();
            let mut found = Vec::new();
            text.as_bytes().chunks(piece).for_each(|part| names.push(part, &mut |id| found.push(id)));
            assert_eq!(found, [[0xab; 32], [0; 32]]);
        }
    }

    #[test]
    fn past_the_limit_the_comparison_says_that_it_gave_up() {
        let mut objects = LfsObjects::new(2);
        objects.has_list = true;
        (0..3).for_each(|n| objects.list([n; 32]));
        let mut problems = Problems::new(10);
        objects.compare(&mut problems);
        let (kept, _) = problems.into_sorted();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].message.contains("more than 2"));
    }
}
