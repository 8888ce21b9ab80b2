//! What is known of an archive that this program rebuilt: what it was built from, what is not in it, and what a person
//! should know before its import. Data: receipts, both front ends and the customer's text say it in their own words.

mod filled;
mod left_out;
mod note;
mod verdict;

use serde::{Deserialize, Serialize};

use super::format;
use super::time::UtcMs;

pub use filled::Filled;
pub use left_out::PartLeftOut;
pub use note::RebuildNote;
pub use verdict::{ImportDoubt, RebuiltVerdict};

/// What a rebuilt archive was built from, and what is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuiltFrom {
    /// When GitLab wrote the newest of the relation files, in GitLab's own notation.
    pub exported_at: Option<String>,
    /// What is missing, one sentence each.
    pub gaps: Vec<String>,
    /// The archives of a set, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// What was added to the relations export, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<String>,
    /// What was left out on purpose or because GitLab could not import it.
    pub left_out: Vec<PartLeftOut>,
    /// How many more were left out than the list shows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out_more: u64,
    /// Whether the archive has the members of the project.
    #[serde(default)]
    pub members: MembersIn,
    /// What a person should know before the import or check after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<RebuildNote>,
    /// Whether the verification found that data in the archive will be lost, whatever else is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses: bool,
    /// Size of all archives of a set; 0 for one archive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parts_bytes: u64,
}

/// Which data of the project's members are in a rebuilt archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembersIn {
    /// Rows of earlier versions do not tell.
    #[default]
    Unknown,
    NotIn,
    Names,
    /// Of one member or more there is an e-mail address.
    NamesAndAddresses,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl RebuiltFrom {
    /// What is not in the archive, one sentence each.
    pub fn left_out_lines(&self) -> Vec<String> {
        self.left_out_as(|part| Some(part.sentence()))
    }

    /// The same in the words of `say`, which says nothing of some parts.
    pub fn left_out_as(&self, say: impl Fn(&PartLeftOut) -> Option<String>) -> Vec<String> {
        let more = (self.left_out_more > 0).then(|| format!("{} more files.", self.left_out_more));
        self.left_out.iter().filter_map(say).chain(more).collect()
    }

    /// The remarks, one sentence each.
    pub fn note_lines(&self) -> Vec<String> {
        self.notes.iter().map(RebuildNote::sentence).collect()
    }

    /// The origin in one sentence, the same in receipts and texts.
    pub fn sentence(&self) -> String {
        let shown = |at: &String| UtcMs::parse_rfc3339(at).map_or_else(|| at.clone(), UtcMs::for_people);
        let of = self.exported_at.as_ref().map(|at| format!(" of {}", shown(at))).unwrap_or_default();
        let set = match self.parts.len() {
            0 => String::new(),
            parts => format!(" as a set of {}", format::number_of(parts as u64, "archive", "archives")),
        };
        format!("Rebuilt from the relations export{of}{set}; not made by GitLab's file export.")
    }
}
