//! LFS objects as `LfsRestorer` links them: by their content, which must be in the list `lfs-objects.json`. The file
//! name does not matter.

use sha2::{Digest, Sha256};

use super::document::Document;
use super::hex::{from_hex, to_hex};
use super::outline::Outline;
use super::problem::ProblemCode;
use super::problems::{Problems, hash_of};

pub(super) type ObjectId = [u8; 32];

const LIST: &str = "lfs-objects.json";

/// The maximum number of bytes of stored names, for files whose name differs from their content's digest.
const MAX_NAME_BYTES: usize = 256 << 10;

/// The files in `lfs-objects/`.
#[derive(Debug)]
pub(super) struct LfsFiles {
    /// Each file by a hash of its name; the last one of a name counts. `None` if the member is no file.
    present: Vec<(u64, Option<ObjectId>)>,
    /// Names that differ from the digest of the content.
    misnamed: Vec<(ObjectId, Box<str>)>,
    misnamed_bytes: usize,
    max: usize,
    overflown: bool,
    /// Number of files, including those beyond the limit.
    pub files: u64,
}

/// `lfs-objects.json`: `{"<sha256>":[0],…}`, where 0 is the project's repository, 1 the wiki's and 2 the designs'.
#[derive(Debug)]
pub(super) struct LfsObjectList {
    state: ListState,
    /// Each object, and whether the importer can read its value.
    objects: Vec<(ObjectId, bool)>,
    max: usize,
    overflown: bool,
}

#[derive(Debug)]
enum ListState {
    /// The archive is older than GitLab's list: every file belongs to the project's repository.
    Absent,
    Good,
    /// What is wrong, as the end of a sentence that starts with the file's name.
    Bad(String),
}

/// Reads the list while the archive is read.
#[derive(Debug)]
pub(super) struct ListCheck {
    document: Document,
    outline: Outline,
}

impl ListCheck {
    pub(super) fn new() -> Self {
        Self { document: Document::new(u64::MAX), outline: Outline::default() }
    }
}

impl LfsObjectList {
    pub(super) fn new(max: usize) -> Self {
        Self { state: ListState::Absent, objects: Vec::new(), max, overflown: false }
    }

    /// A member `lfs-objects.json` starts; the content of an earlier one no longer counts.
    pub(super) fn begin(&mut self) {
        (self.state, self.objects) = (ListState::Absent, Vec::new());
    }

    pub(super) fn push(&mut self, check: &mut ListCheck, bytes: &[u8]) {
        check.document.push(bytes);
        let (list, max) = (&mut self.objects, self.max);
        let overflown = &mut self.overflown;
        check.outline.push(bytes, &mut |key, value| {
            let Some(id) = from_hex(key) else { return };
            if list.len() < max { list.push((id, is_types(value))) } else { *overflown = true }
        });
    }

    pub(super) fn end(&mut self, check: &ListCheck) {
        self.state = match check.document.finish() {
            Ok(()) => ListState::Good,
            Err(flaw) => ListState::Bad(flaw),
        };
    }

    /// Compares the list with the files, as the importer does, and the files with the list.
    pub(super) fn compare(&mut self, mut files: LfsFiles, problems: &mut Problems) {
        let contents = files.contents();
        if let ListState::Bad(flaw) = &self.state
            && !contents.is_empty()
        {
            // If there is no file, the importer does not read the list.
            problems.add(ProblemCode::LfsListInvalid, Some(LIST), || format!("{LIST} {flaw}"));
            return;
        }
        if self.overflown || files.overflown {
            let max = self.max;
            problems.add(ProblemCode::LfsObjectMissing, Some(LIST), || {
                format!("There are more than {max} LFS objects. Export Desk did not check whether every listed object is in the archive.")
            });
            return;
        }
        if matches!(self.state, ListState::Good) {
            self.compare_good(&contents, &files, problems);
        } else {
            for (id, member) in &files.misnamed {
                if contents.binary_search(id).is_ok() && is_object_name(member) {
                    problems.add(ProblemCode::LfsObjectMissing, Some(member), || CHANGED);
                }
            }
        }
    }

    fn compare_good(&mut self, contents: &[ObjectId], files: &LfsFiles, problems: &mut Problems) {
        // If a key occurs twice, the last one counts: the stable sort keeps their order.
        self.objects.sort_by_key(|(id, _)| *id);
        let listed = |id: &ObjectId| {
            let end = self.objects.partition_point(|(known, _)| known <= id);
            self.objects[..end].last().filter(|(known, _)| known == id).map(|(_, readable)| *readable)
        };
        for id in contents {
            match listed(id) {
                Some(true) => {}
                Some(false) => {
                    let member = format!("lfs-objects/{}", to_hex(id));
                    problems.add(ProblemCode::LfsListInvalid, Some(&member), || {
                        format!("{LIST} has no list of repositories for this LFS object, so GitLab's importer fails.")
                    });
                }
                None => files.report_unlisted(id, problems),
            }
        }
        let mut last = None;
        for (id, _) in self.objects.iter().filter(|(id, _)| contents.binary_search(id).is_err()) {
            if last.replace(id) != Some(id) {
                let member = format!("lfs-objects/{}", to_hex(id));
                problems.add(
                    ProblemCode::LfsObjectMissing,
                    Some(&member),
                    || "lfs-objects.json lists this LFS object, but the archive does not contain its file.",
                );
            }
        }
    }
}

impl LfsFiles {
    pub(super) fn new(max: usize) -> Self {
        Self { present: Vec::new(), misnamed: Vec::new(), misnamed_bytes: 0, max, overflown: false, files: 0 }
    }

    /// Records a link with the name of an LFS file, which the importer removes.
    pub(super) fn dropped(&mut self, member: &str) {
        self.put(member, None);
    }

    /// Records a file by its content.
    pub(super) fn take(&mut self, member: &str, content: Sha256) {
        self.files += 1;
        let id = content.finalize().into();
        self.put(member, Some(id));
        let name = member.rsplit('/').next().unwrap_or(member);
        if from_hex(name.as_bytes()) != Some(id) && self.misnamed_bytes < MAX_NAME_BYTES {
            self.misnamed_bytes += member.len() + 64;
            self.misnamed.push((id, member.into()));
        }
    }

    fn put(&mut self, member: &str, id: Option<ObjectId>) {
        if self.present.len() < self.max {
            self.present.push((hash_of(member), id));
        } else {
            self.overflown = true;
        }
    }

    fn report_unlisted(&self, id: &ObjectId, problems: &mut Problems) {
        let named = self.misnamed.iter().find(|(known, _)| known == id).map(|(_, member)| &**member);
        match named {
            Some(member) if is_object_name(member) => {
                problems.add(ProblemCode::LfsHashMismatch, Some(member), || CHANGED);
            }
            other => {
                let member = other.map_or_else(|| format!("lfs-objects/{}", to_hex(id)), str::to_owned);
                problems.add(ProblemCode::LfsObjectUnlisted, Some(&member), || {
                    "This LFS object is not listed in lfs-objects.json, and GitLab's importer fails on one that is not."
                });
            }
        }
    }

    /// The digests that are present at the end, sorted.
    fn contents(&mut self) -> Vec<ObjectId> {
        let mut files = std::mem::take(&mut self.present);
        files.sort_by_key(|(name, _)| *name);
        let mut contents = Vec::with_capacity(files.len());
        for (index, (name, id)) in files.iter().enumerate() {
            let is_last = files.get(index + 1).is_none_or(|(next, _)| next != name);
            contents.extend(id.filter(|_| is_last));
        }
        drop(files);
        contents.sort_unstable();
        contents.dedup();
        contents
    }
}

const CHANGED: &str = "The content of this LFS object does not match the SHA-256 in its name.";

fn is_object_name(member: &str) -> bool {
    from_hex::<32>(member.rsplit('/').next().unwrap_or(member).as_bytes()).is_some()
}

/// Whether a value has the form that the importer iterates over: a list of the repositories of the object.
fn is_types(value: &[u8]) -> bool {
    let Some(inner) = value.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) else { return false };
    inner.is_empty()
        || inner.split(|byte| *byte == b',').all(|one| matches!(one, b"0" | b"1" | b"2" | b"null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(list: &str, files: &[(&str, &str)]) -> Vec<(ProblemCode, String)> {
        let mut listed = LfsObjectList::new(100);
        let mut check = ListCheck::new();
        listed.begin();
        listed.push(&mut check, list.as_bytes());
        listed.end(&check);
        let mut present = LfsFiles::new(100);
        for (name, content) in files {
            present.take(name, Sha256::new_with_prefix(content));
        }
        let mut problems = Problems::new(100);
        listed.compare(present, &mut problems);
        let (kept, _) = problems.into_sorted();
        kept.into_iter().map(|problem| (problem.code, problem.member.unwrap_or_default())).collect()
    }

    #[test]
    fn an_object_is_found_by_its_content_in_a_list_that_the_importer_can_read() {
        let id = to_hex(&Sha256::digest("x"));
        let whole = format!("lfs-objects/{id}");
        let listed = |value: &str| format!("{{\"{id}\":{value}}}");
        let file = [(&*whole, "x")];
        assert_eq!(problems_of(&listed("[0, 2]"), &file), []);
        assert_eq!(problems_of(&listed("[]"), &file), []);
        assert_eq!(problems_of(&listed("[0]"), &[("lfs-objects/any", "x")]), []);
        for value in ["null", "0", "\"0\"", "{}", "[7]", "[[0]]"] {
            assert_eq!(
                problems_of(&listed(value), &file),
                [(ProblemCode::LfsListInvalid, whole.clone())],
                "{value}"
            );
        }
        let twice = format!("{{\"{id}\":null,\"{id}\":[0]}}");
        assert_eq!(problems_of(&twice, &file), [], "the last key counts");
        for list in ["{nope", "[]", "null", ""] {
            assert_eq!(problems_of(list, &file), [(ProblemCode::LfsListInvalid, LIST.to_owned())], "{list}");
            assert_eq!(problems_of(list, &[]), [], "nobody reads the list where there is no file");
        }
        assert_eq!(problems_of("{}", &file), [(ProblemCode::LfsObjectUnlisted, whole.clone())]);
        assert_eq!(
            problems_of(&listed("[0]"), &[(&whole, "y")]),
            [(ProblemCode::LfsHashMismatch, whole.clone()), (ProblemCode::LfsObjectMissing, whole.clone())]
        );
        assert_eq!(
            problems_of(&listed("[0]"), &[(&whole, "y"), (&whole, "x")]),
            [],
            "the last file of a name counts"
        );
    }

    #[test]
    fn past_the_limit_the_comparison_reports_that_it_ended() {
        let mut files = LfsFiles::new(2);
        (0..3).for_each(|n| files.take(&format!("lfs-objects/{n}"), Sha256::new_with_prefix([n])));
        let mut problems = Problems::new(10);
        LfsObjectList::new(2).compare(files, &mut problems);
        let (kept, _) = problems.into_sorted();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].message.contains("more than 2"));
    }
}
