//! Checks the parts of a set before the first upload: each must be the file that the set's list names, and must have what
//! the list says. GitLab calls the import of a slice finished even if the slice has none of its relation.

use std::io;

use crate::archive::Report;
use crate::case::format::number_of;
use crate::case::import::{ImportSet, SetPart};
use crate::case::{Code, UserError};
use crate::platform::words::denied_hint;

/// Every slice may have the members: GitLab maps the users of each import by those in its archive.
const MEMBERS: &str = "project_members";
const RESTORE: &str = "Put the original file back beside the list of the set, or build the set again.";

/// A part that is checked.
#[derive(Clone, Debug)]
pub struct PartCheck {
    pub part: SetPart,
    /// Counted from 0.
    pub index: usize,
    /// Number of parts of the set.
    of: usize,
    /// The relations of all slices of the set.
    sliced: Vec<String>,
}

impl PartCheck {
    /// The parts of a set from this one on.
    pub fn from(set: &ImportSet, first: usize) -> Vec<Self> {
        let of = set.parts.len();
        let sliced: Vec<_> = set.parts.iter().filter_map(|part| part.relation.clone()).collect();
        let check = |(index, part): (usize, &SetPart)| Self {
            part: part.clone(),
            index,
            of,
            sliced: if part.relation.is_none() { sliced.clone() } else { Vec::new() },
        };
        set.parts.iter().enumerate().skip(first).map(check).collect()
    }

    /// Whether a file with the part's name and size can be opened. Does not read the file.
    pub fn is_there(&self) -> Result<(), UserError> {
        let facts = self.part.path.metadata().map_err(|error| self.unopened(&error))?;
        if !facts.is_file() {
            return Err(self.unopened(&io::Error::other("it is not a file")));
        }
        std::fs::File::open(&self.part.path).map_err(|error| self.unopened(&error))?;
        if facts.len() != self.part.bytes {
            let (has, wanted) = (facts.len(), self.part.bytes);
            return Err(self.other_file(&format!("it has {has} bytes instead of {wanted}")));
        }
        Ok(())
    }

    /// Whether the file that was read is the one that the list names.
    pub fn is_the_file(&self, report: &Report) -> Result<(), UserError> {
        if report.sha256 == self.part.sha256 && report.bytes == self.part.bytes {
            return Ok(());
        }
        Err(self.other_file("its SHA-256 differs"))
    }

    /// Whether the part has what the list says.
    pub fn has_what_the_list_says(&self, report: &Report) -> Result<(), UserError> {
        let there = |relation: &str| report.counts.get(relation).copied().unwrap_or(0);
        let records = self.part.records;
        let (is_so, says) = if let Some(relation) = &self.part.relation {
            let is_other = |name: &&String| *name != relation && *name != MEMBERS && there(name) > 0;
            let others = report.counts.keys().any(|name| is_other(&name));
            let says = format!("{} of {relation}", number_of(records, "record", "records"));
            (records > 0 && there(relation) == records && !others, says)
        } else {
            let has_slices = self.sliced.iter().any(|relation| there(relation) > 0);
            (!has_slices, "the base archive, without the relations of the other parts".to_owned())
        };
        if is_so {
            return Ok(());
        }
        let has = report.counts.iter().filter(|(name, count)| **count > 0 && *name != MEMBERS);
        let has: Vec<_> = has
            .map(|(name, count)| format!("{} of {name}", number_of(*count, "record", "records")))
            .collect();
        let has = if has.is_empty() { "no records".to_owned() } else { has.join(", ") };
        let (place, path) = (self.place(), self.part.path.display());
        Err(UserError::new(
            Code::Refused,
            format!("The list of the set says that part {place} is {says}, but {path} has {has}."),
            "Restore the list as the build of the set wrote it, or build the set again.",
        ))
    }

    /// An error about the part's contents, with the part's place.
    pub fn refused(&self, mut error: UserError) -> UserError {
        error.headline = format!("Part {} cannot be imported: {}", self.place(), error.headline);
        error
    }

    /// `3 of 4`.
    fn place(&self) -> String {
        format!("{} of {}", self.index + 1, self.of)
    }

    /// The error where the part cannot be opened.
    pub fn unopened(&self, error: &io::Error) -> UserError {
        let (place, path) = (self.place(), self.part.path.display());
        if error.kind() == io::ErrorKind::NotFound {
            return UserError::new(
                Code::Local,
                format!("Part {place} is missing: there is no {path}."),
                RESTORE,
            );
        }
        let hint = denied_hint(error).unwrap_or("Make the file readable, then start the import again.");
        UserError::new(Code::Local, format!("Part {place} cannot be read: {path}: {error}."), hint)
    }

    fn other_file(&self, why: &str) -> UserError {
        let (place, path) = (self.place(), self.part.path.display());
        let headline = format!("Part {place} is not the file that the list of the set names: {path}: {why}.");
        UserError::new(Code::Refused, headline, RESTORE)
    }
}
