//! The list of a set of archives: one base archive and slices of its largest relations, which GitLab imports one after
//! another. Written by a build, read by an import.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::case::import::{REPAIRABLE, SetPart};
use crate::case::{Code, UserError};
use crate::platform::disk;

use super::user_error::{json_fault, unopened_with};

const FORMAT: u32 = 1;
/// Enough for ten thousand parts.
const MOST_BYTES: usize = 4 << 20;
const MOST_PARTS: usize = 10_000;
const NAME_LIST: &str = "Name the .set.json file that the build of a set has written.";

/// The contents of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetList {
    pub format: u32,
    /// Full path of the project on its source.
    pub project_path: String,
    pub gitlab_version: Option<String>,
    /// When GitLab wrote the newest of the relation files, in GitLab's own notation.
    pub exported_at: Option<String>,
    /// RFC 3339.
    pub written_at: String,
    /// The import limit that every part keeps.
    pub limit_bytes: u64,
    /// In the order of the import.
    pub parts: Vec<SetListPart>,
}

/// One archive of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetListPart {
    /// Name of the file, which is beside the list.
    pub file: String,
    /// The relation of a slice; `None` for the base archive.
    pub relation: Option<String>,
    /// Records of the relation in this slice; 0 for the base archive.
    pub records: u64,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl SetListPart {
    /// The part of a list in this folder.
    pub fn in_folder(self, folder: &Path) -> SetPart {
        let Self { file, relation, records, bytes, sha256 } = self;
        SetPart { path: folder.join(file), relation, records, bytes, sha256 }
    }
}

impl SetList {
    pub fn new(project_path: &str, written_at: String, limit_bytes: u64) -> Self {
        Self {
            format: FORMAT,
            project_path: project_path.to_owned(),
            gitlab_version: None,
            exported_at: None,
            written_at,
            limit_bytes,
            parts: Vec::new(),
        }
    }

    /// Reads and checks a list. The names in it lead to no other folder.
    pub fn read(path: &Path) -> Result<Self, UserError> {
        let bytes = disk::read_short(path, MOST_BYTES).map_err(|error| match error.kind() {
            io::ErrorKind::Other => not_a_set(path, &error.to_string()),
            _ => unopened_with(path, &error, NAME_LIST),
        })?;
        let list: Self =
            serde_json::from_slice(&bytes).map_err(|error| not_a_set(path, &json_fault(&error)))?;
        list.fault().map_or(Ok(list), |why| Err(not_a_set(path, &why)))
    }

    /// What is wrong with the list.
    fn fault(&self) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("its format is {}, and this version reads {FORMAT}", self.format));
        }
        if self.parts.len() > MOST_PARTS {
            return Some(format!("it has more than {MOST_PARTS} parts"));
        }
        if self.parts.first().is_none_or(|base| base.relation.is_some()) {
            return Some("its first part is not the base archive".to_owned());
        }
        self.parts.iter().enumerate().find_map(|(at, part)| {
            let is_plain = !part.file.contains(['/', '\\', ':']) && !part.file.starts_with('.');
            let is_digest =
                part.sha256.len() == 64 && part.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_known = part.relation.as_ref().is_none_or(|name| REPAIRABLE.contains(&name.as_str()));
            let twice = self.parts[..at].iter().any(|other| other.file == part.file);
            let why = match (at, &part.relation) {
                _ if !is_plain || Path::new(&part.file).extension().is_none_or(|end| end != "gz") => {
                    "has no plain file name that ends in .gz"
                }
                _ if twice => "has the file of another part",
                _ if !is_digest => "has no SHA-256",
                (1.., None) => "names no relation",
                _ if !is_known => "names a relation that GitLab cannot import separately",
                _ => return None,
            };
            Some(format!("part {} {why}", at + 1))
        })
    }
}

fn not_a_set(path: &Path, why: &str) -> UserError {
    UserError::new(
        Code::Usage,
        format!("{} is not a set that can be imported: {why}.", path.display()),
        NAME_LIST,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = Box<dyn FnOnce(&mut SetList)>;

    fn part(file: &str, relation: Option<&str>) -> SetListPart {
        let relation = relation.map(str::to_owned);
        SetListPart { file: file.to_owned(), relation, records: 1, bytes: 1, sha256: "0".repeat(64) }
    }

    fn read(change: impl FnOnce(&mut SetList)) -> Result<SetList, UserError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.set.json");
        let mut list = SetList::new("a/b", String::new(), 1);
        list.parts = vec![part("1.tar.gz", None), part("2.tar.gz", Some("issues"))];
        change(&mut list);
        std::fs::write(&path, serde_json::to_vec(&list).unwrap()).unwrap();
        SetList::read(&path)
    }

    #[test]
    fn only_a_list_of_files_beside_it_is_read() {
        assert_eq!(read(|_| ()).unwrap().parts.len(), 2);
        let faults: [(&str, Change); 9] = [
            ("format", Box::new(|list| list.format = 2)),
            ("base", Box::new(|list| list.parts.clear())),
            ("base", Box::new(|list| list.parts.reverse())),
            ("part 2", Box::new(|list| list.parts[1].file = "../2.tar.gz".into())),
            ("part 1", Box::new(|list| list.parts[0].file = "C:\\1.tar.gz".into())),
            ("part 2", Box::new(|list| list.parts[1].file = "1.tar.gz".into())),
            ("part 2", Box::new(|list| list.parts[1].relation = Some("labels".into()))),
            ("part 2", Box::new(|list| list.parts[1].relation = None)),
            ("SHA-256", Box::new(|list| list.parts[1].sha256 = "x".into())),
        ];
        for (word, change) in faults {
            let error = read(change).unwrap_err();
            assert!(error.code == Code::Usage && error.headline.contains(word), "{word}: {error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.set.json");
        let missing = SetList::read(&path).unwrap_err();
        assert!(missing.code == Code::Local && missing.hint == NAME_LIST.into(), "{missing}");
        std::fs::write(&path, vec![b' '; MOST_BYTES + 1]).unwrap();
        assert_eq!(SetList::read(&path).unwrap_err().code, Code::Usage);
    }
}
