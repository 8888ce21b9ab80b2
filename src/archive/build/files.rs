//! The relations that consist of files: copies the members of their tars under the names that they have in an
//! archive.
//!
//! | relation | member | in the archive |
//! | --- | --- | --- |
//! | `repository` | `repository.bundle` | `project.bundle` |
//! | `design` | `design.bundle` | `project.design.bundle` |
//! | `lfs_objects` | `<oid>`, `lfs_objects.json` | `lfs-objects/<oid>`, `lfs-objects.json` |
//! | `uploads` | `<secret>/<file>`, `avatar/<file>` | `uploads/<secret>/<file>`, `avatar/<file>` |

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use super::part::Reading;
use super::tar_out::TarOut;
use super::{BuildError, BuildInput, Built, Part};
use crate::archive::names::Name;
use crate::archive::report::MemberKind;
use crate::archive::roles::is_upload_secret;
use crate::archive::tar::{Tar, TarEnd, TarEntry, TarVisitor};

const LFS: &str = "lfs_objects";
/// The list of LFS objects in each file of the relation.
const LFS_LIST: &str = "lfs_objects.json";
/// The list of the 250,000 objects that a verification compares takes half of that.
const MOST_LIST_BYTES: u64 = 64 << 20;
/// GitLab's type of an LFS object of the project's own repository (`LfsObjectsProject.repository_types`).
const OF_PROJECT: u64 = 0;

/// Where the members of a relation's tar go in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    /// The one bundle, under this name.
    Bundle(&'static str),
    LfsObjects,
    Uploads,
}

impl Destination {
    fn of(relation: &str) -> Option<Self> {
        Some(match relation {
            "repository" => Self::Bundle("project.bundle"),
            "design" => Self::Bundle("project.design.bundle"),
            LFS => Self::LfsObjects,
            "uploads" => Self::Uploads,
            _ => return None,
        })
    }

    /// The folder, if it is one of many, and the member's name in the archive; or why there is no such name. File
    /// names are kept unchanged, whatever their bytes.
    fn name(self, member: &[u8]) -> Result<(Option<Vec<u8>>, Vec<u8>), &'static str> {
        let folder = memchr::memchr(b'/', member).map(|at| &member[..at]);
        match (self, folder) {
            (Self::Bundle(name), None) if member.ends_with(b".bundle") => Ok((None, name.into())),
            (Self::Bundle(_), _) => Err("This relation may contain only its bundle."),
            (Self::LfsObjects, None) => {
                Ok((Some(b"lfs-objects".to_vec()), [b"lfs-objects/", member].concat()))
            }
            (Self::LfsObjects, Some(_)) => Err("LFS objects are not in folders."),
            (Self::Uploads, Some(b"avatar")) => Ok((Some(b"avatar".to_vec()), member.to_vec())),
            (Self::Uploads, Some(secret)) if is_upload_secret(secret) => {
                Ok((Some([b"uploads/", secret].concat()), [b"uploads/", member].concat()))
            }
            (Self::Uploads, Some(_)) => Err(
                "The folder name is not the secret of an upload; GitLab's importer could not place the file.",
            ),
            (Self::Uploads, None) => Err("The upload has no secret; GitLab's importer could not place it."),
        }
    }
}

/// A member's name without `./` and doubled slashes, otherwise unchanged.
fn plain(name: &[u8]) -> Vec<u8> {
    let parts: Vec<_> =
        name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    parts.join(&b'/')
}

/// Writes all relations that consist of files.
pub(super) fn write<W: Write>(
    input: &BuildInput,
    tar: &mut TarOut<W>,
    reading: &mut Reading<'_>,
    built: &mut Built,
) -> Result<(), BuildError> {
    for of in &input.relations {
        if of.parts.iter().all(|part| !part.is_tar) {
            continue;
        }
        let Some(destination) = Destination::of(&of.relation) else {
            built.leave_out(&of.relation, None, "A project archive cannot contain these files.");
            continue;
        };
        let mut lists = LfsLists::default();
        for part in of.parts.iter().filter(|part| part.is_tar) {
            copy(part, destination, &of.relation, (&mut *tar, reading), (built, &mut lists))?;
        }
        if destination == Destination::LfsObjects {
            built.unlisted_lfs = lists.unlisted();
            if let Some(list) = lists.joined() {
                tar.small("lfs-objects.json", &list).map_err(BuildError::Write)?;
            }
        }
    }
    Ok(())
}

fn copy<W: Write>(
    part: &Part,
    destination: Destination,
    relation: &str,
    (out, reading): (&mut TarOut<W>, &mut Reading<'_>),
    (built, lists): (&mut Built, &mut LfsLists),
) -> Result<(), BuildError> {
    let mut tar = Tar::new();
    let now = Now::Skipped;
    let mut copy = Copy { destination, relation, out, built, lists, folder: None, now, fault: None };
    reading.unpack(part, |piece| {
        tar.push(piece, &mut copy);
        copy.fault.take().map_or(Ok(()), |why| Err(why.of(part)))
    })?;
    let corrupt = |why: &str| BuildError::Corrupt { path: part.path.clone(), why: why.to_owned() };
    match tar.finish() {
        TarEnd::Complete | TarEnd::Empty => copy.fault.take().map_or(Ok(()), |why| Err(why.of(part))),
        TarEnd::NotTar => Err(corrupt("it is not a tar")),
        TarEnd::Corrupt { what, .. } => Err(corrupt(what)),
    }
}

/// What happens to the content of the current member.
enum Now {
    Skipped,
    Copied,
    List(Vec<u8>),
}

/// Why the walk through a tar stops.
enum CopyStopped {
    Write(std::io::Error),
    List(&'static str),
}

impl CopyStopped {
    fn of(self, part: &Part) -> BuildError {
        match self {
            Self::Write(error) => BuildError::Write(error),
            Self::List(why) => BuildError::Corrupt { path: part.path.clone(), why: why.to_owned() },
        }
    }
}

/// Copies members as they are read.
struct Copy<'a, W> {
    destination: Destination,
    relation: &'a str,
    out: &'a mut TarOut<W>,
    built: &'a mut Built,
    lists: &'a mut LfsLists,
    /// The folder that was written last.
    folder: Option<Vec<u8>>,
    now: Now,
    fault: Option<CopyStopped>,
}

impl<W: Write> Copy<'_, W> {
    fn begin(&mut self, entry: &TarEntry) -> std::io::Result<Now> {
        let name = Name::of(&entry.name);
        if entry.kind == MemberKind::Directory || name.shown.is_empty() {
            return Ok(Now::Skipped);
        }
        if entry.kind != MemberKind::File || name.misplaced.is_some() {
            self.built.leave_out(self.relation, Some(&name.shown), "It is not a regular file.");
            return Ok(Now::Skipped);
        }
        if self.destination == Destination::LfsObjects && name.shown == LFS_LIST {
            return Ok(Now::List(Vec::new()));
        }
        match self.destination.name(&plain(&entry.name)) {
            Err(why) => {
                self.built.leave_out(self.relation, Some(&name.shown), why);
                Ok(Now::Skipped)
            }
            Ok((folder, target)) => {
                if let Some(folder) = folder.filter(|folder| self.folder.as_ref() != Some(folder)) {
                    self.out.folder(&folder)?;
                    self.folder = Some(folder);
                }
                if self.destination == Destination::LfsObjects {
                    self.lists.has(&name.shown);
                }
                self.out.open(&target, entry.bytes)?;
                Ok(Now::Copied)
            }
        }
    }

    fn failed<T>(&mut self, result: std::io::Result<T>) -> Option<T> {
        result.map_err(|error| self.fault = self.fault.take().or(Some(CopyStopped::Write(error)))).ok()
    }
}

impl<W: Write> TarVisitor for Copy<'_, W> {
    fn open(&mut self, entry: &TarEntry) {
        if self.fault.is_none() {
            let begun = self.begin(entry);
            self.now = self.failed(begun).unwrap_or(Now::Skipped);
        }
    }

    fn data(&mut self, bytes: &[u8]) {
        match &mut self.now {
            _ if self.fault.is_some() => {}
            Now::Skipped => {}
            Now::Copied => {
                let put = self.out.data(bytes);
                self.failed(put);
            }
            Now::List(list) if (list.len() + bytes.len()) as u64 > MOST_LIST_BYTES => {
                self.fault = Some(CopyStopped::List("its list of LFS objects is too large"));
            }
            Now::List(list) => list.extend_from_slice(bytes),
        }
    }

    fn close(&mut self) {
        match std::mem::replace(&mut self.now, Now::Skipped) {
            _ if self.fault.is_some() => {}
            Now::Skipped => {}
            Now::Copied => {
                let closed = self.out.close();
                self.failed(closed);
            }
            Now::List(list) => {
                if self.lists.add(&list).is_none() {
                    self.fault =
                        Some(CopyStopped::List("its list of LFS objects is not a JSON object of lists"));
                }
            }
        }
    }
}

/// The lists of all batches. GitLab's importer stops at an object that no list names, so an entry is added for it.
#[derive(Debug, Default)]
struct LfsLists {
    all: BTreeMap<String, Vec<Value>>,
    /// The lists unchanged, as long as there is only one.
    lists: u64,
    only: Vec<u8>,
}

impl LfsLists {
    fn add(&mut self, list: &[u8]) -> Option<()> {
        let more: BTreeMap<String, Vec<Value>> = serde_json::from_slice(list).ok()?;
        self.lists += 1;
        self.only = if self.lists == 1 { list.to_vec() } else { Vec::new() };
        for (oid, types) in more {
            let known = self.all.entry(oid).or_default();
            for one in types {
                if !known.contains(&one) {
                    known.push(one);
                }
            }
        }
        Some(())
    }

    fn has(&mut self, oid: &str) {
        self.all.entry(oid.to_owned()).or_default();
    }

    /// How many objects no list gives a type.
    fn unlisted(&self) -> u64 {
        self.all.values().filter(|types| types.is_empty()).count() as u64
    }

    /// The list for the archive, byte for byte unchanged if one list names every object; `None` if there is nothing
    /// to list.
    fn joined(mut self) -> Option<Vec<u8>> {
        if self.lists == 1 && self.unlisted() == 0 {
            return Some(self.only);
        }
        for types in self.all.values_mut().filter(|types| types.is_empty()) {
            types.push(OF_PROJECT.into());
        }
        (!self.all.is_empty()).then(|| serde_json::to_vec(&self.all).unwrap_or_default())
    }
}
