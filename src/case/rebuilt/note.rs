//! Remarks on a rebuilt archive: what a person should know before its import, or check after it.

use serde::{Deserialize, Serialize};

use crate::case::format;

use super::verdict::ImportDoubt;

/// One remark, as data: the receipt and the customer's text say it in different words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildNote {
    /// The folder also has files of another relations export.
    OtherExport {
        files: u64,
    },
    /// Rows of protected branches that let a deploy key push were left out. An import would let
    /// Maintainers push instead.
    DeployKeyRows {
        rows: u64,
    },
    /// Such rows were not found among those of their branch.
    DeployKeysUnrecognized {
        keys: u64,
    },
    /// GitLab did not say whether there are such rows.
    DeployKeysUnknown,
    /// LFS objects that no list gave a type.
    UnlistedLfs {
        objects: u64,
    },
    IssuesUnordered,
    /// GitLab did not regenerate these relations: their files are of the previous export.
    NotRegenerated {
        relations: u64,
    },
    /// GitLab counts the records of batches only.
    NotBatched,
    /// Batched relations that GitLab did not count.
    Uncounted {
        relations: Vec<String>,
    },
    Doubt(ImportDoubt),
    /// What the computer says of the file or its folder, and every remark in rows of earlier versions.
    #[serde(untagged)]
    Said(String),
}

impl RebuildNote {
    /// Whether nothing in it is somebody's text.
    pub fn is_only_numbers(&self) -> bool {
        !matches!(self, Self::Uncounted { .. } | Self::Doubt(_) | Self::Said(_))
    }

    /// Whether something may be missing or wrong after an import; otherwise it is only good to know.
    pub fn is_warning(&self) -> bool {
        match self {
            Self::DeployKeyRows { .. }
            | Self::UnlistedLfs { .. }
            | Self::IssuesUnordered
            | Self::OtherExport { .. } => false,
            Self::DeployKeysUnrecognized { .. }
            | Self::DeployKeysUnknown
            | Self::NotRegenerated { .. }
            | Self::NotBatched
            | Self::Uncounted { .. }
            | Self::Doubt(_)
            | Self::Said(_) => true,
        }
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::OtherExport { files } => format!(
                "The folder also has {} of another relations export, which are not in the archive.",
                format::number_of(*files, "file", "files")
            ),
            Self::DeployKeyRows { rows } => format!(
                "Export Desk left out {} with deploy keys of protected branches: an import would give their push access to \
                 Maintainers.",
                format::number_of(*rows, "row", "rows")
            ),
            Self::DeployKeysUnrecognized { keys } => format!(
                "The rows of {} that may push to protected branches were not recognized. After the import, check who may \
                 push: GitLab may let a role push instead.",
                format::number_of(*keys, "deploy key", "deploy keys")
            ),
            Self::DeployKeysUnknown => {
                "It is not known whether deploy keys may push to protected branches. After the import, check who may push: \
                 GitLab replaces a deploy key by Maintainers."
                    .to_owned()
            }
            Self::UnlistedLfs { objects } => format!(
                "GitLab listed {} without a type. Export Desk assigned them to the project's repository, because an import \
                 stops at an unlisted object.",
                format::number_of(*objects, "LFS object", "LFS objects")
            ),
            Self::IssuesUnordered => {
                "There are too many issues to restore their manual order on boards.".to_owned()
            }
            Self::NotRegenerated { relations } => format!(
                "GitLab did not regenerate {}, because the previous export was less than 3 minutes older. Their files are \
                 of that export.",
                format::number_of(*relations, "relation", "relations")
            ),
            Self::NotBatched => {
                "The relations export was not batched, so GitLab does not report whether records are missing."
                    .to_owned()
            }
            Self::Uncounted { relations } => format!(
                "GitLab gives no number of records for {}, so it is not known whether records are missing there.",
                relations.join(", ")
            ),
            Self::Doubt(doubt) => doubt.sentence(),
            Self::Said(sentence) => sentence.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_kept_as_data_and_rows_of_earlier_versions_as_they_are() {
        let notes = vec![
            RebuildNote::DeployKeyRows { rows: 1 },
            RebuildNote::DeployKeysUnknown,
            RebuildNote::Doubt(ImportDoubt::ManyRecords { records: 200_000 }),
            RebuildNote::Said("The disk keeps no modes.".into()),
        ];
        let row = serde_json::to_string(&notes).unwrap();
        assert_eq!(serde_json::from_str::<Vec<RebuildNote>>(&row).unwrap(), notes, "{row}");
        let earlier: Vec<RebuildNote> = serde_json::from_str(r#"["Export Desk left out 1 row."]"#).unwrap();
        assert_eq!(earlier[0].sentence(), "Export Desk left out 1 row.");
    }
}
