//! The next step after an error, as data. Each front end puts it into words: the command line names its options, the
//! window its buttons.

use serde::{Deserialize, Deserializer, Serialize};

use super::fact::Fact;

/// What a person does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// The instance has no token yet.
    Connect { instance: String },
    /// The token of the instance is in a locked keyring.
    UnlockKeyring { instance: String },
    /// Check what the token may do.
    CheckToken,
    /// Check the path, and the version of the instance.
    CheckVersion,
    /// Trust the root certificate with which the organisation signed the instance's certificate.
    NameCaFile,
    /// There is a finished export file: download it, or confirm that it may be lost.
    ConfirmReplace,
    /// The finished export file was requested here and never downloaded: download it, or confirm a second time that
    /// it may be lost.
    ConfirmLoss { project: String },
    /// A second one-time offer for a project needs a reason.
    OverrideOffer,
    /// These facts of the case are recorded first.
    RecordFirst { facts: Vec<Fact> },
    /// `first` is the better choice; the request can be sent to GitLab anyway.
    SendAnyway { first: Box<Self> },
    /// Import to a path that is not taken.
    OtherPath,
    /// Path or name of the import is taken: choose another path or name.
    OtherPathOrName,
    /// The path of an import must be the project's own part; its group is given separately.
    SplitPath,
    /// Choose another path, or confirm the deletion of the project at `path`.
    ConfirmDelete { path: String },
    /// The confirmation named another project than the one at `path`: confirm again.
    RepeatDelete { path: String },
    /// Send the upload again from the start, manually or automatically.
    RetryUpload,
    /// Do `first`, or have GitLab fetch the archive from object storage, which accepts larger and slower imports.
    ImportFromStorage { first: String },
    /// Do `first`. The archive is too large for this instance: have GitLab fetch it from object storage, or rebuild the
    /// project as a set of smaller archives.
    TooLargeToUpload { first: String },
    /// Import one relation from the archive on this computer.
    ImportRelation,
    /// Compare the archive with the project that its import created.
    CompareArchive { project: u64 },
    /// Import the archive again, or only one missing relation if GitLab can import that relation alone. `alone` holds
    /// the project's ID and such a relation.
    ImportMissing { alone: Option<Box<(u64, String)>> },
    /// Do `first`, or use another data folder.
    OtherDataFolder { first: String },
    /// Free some space on the disk of a download, then continue it.
    MakeRoom,
    /// The port of the practice GitLab is taken: use another one.
    OtherPort,
    /// Choose one of the existing lessons.
    ListLessons,
    /// Choose one of the existing cases.
    ListCases,
    /// This is a defect of Export Desk: report it.
    ReportDefect,
    /// The next step of a relations export or a rebuild.
    #[serde(untagged)]
    Relations(RelationsHint),
    /// A sentence that is the same in every front end; empty if there is no hint.
    #[serde(untagged)]
    Text(String),
}

/// What a person does next with a relations export or a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationsHint {
    /// GitLab has finished files: download them, or confirm that they may be lost.
    #[serde(rename = "confirm_replace_relations")]
    ConfirmReplace,
    /// The folder has the relation files of another project: choose another folder.
    #[serde(rename = "other_relations_folder")]
    OtherFolder,
    /// The members of the project are not in the folder: read them from GitLab first.
    FillMembers,
    /// A part that was read from GitLab has changed: read it again, or leave it out.
    FillAgain,
    /// The file is the list of a set: import the set, or name one of its archives.
    ImportSet,
    /// One archive may be too much for one import: build a set of smaller ones.
    SplitArchive,
    /// The folder is incomplete: download the missing files, or agree to build without them.
    AllowGaps,
    /// GitLab did not write all of the export: export again, or agree to build without the missing parts.
    ExportAgainOrAllowGaps,
}

impl Hint {
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// The sentence if it is the same in every front end, otherwise an empty string.
    #[cfg(test)]
    pub fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// Reads a stored hint. An earlier version stored sentences that name options of the command line.
    pub(super) fn kept<'de, D: Deserializer<'de>>(kept: D) -> Result<Self, D::Error> {
        Ok(match Self::deserialize(kept)? {
            Self::Text(text) => Self::of_sentence(text),
            hint => hint,
        })
    }

    fn of_sentence(text: String) -> Self {
        if let Some(first) = text.strip_suffix(" To send it all the same: --anyway.") {
            return Self::SendAnyway { first: Box::new(first.into()) };
        }
        if let Some(first) = text.strip_suffix("; to ask GitLab all the same: --anyway.") {
            return Self::SendAnyway { first: Box::new(format!("{first}.").into()) };
        }
        if text.contains("--retry-upload") {
            return Self::RetryUpload;
        }
        if let Some((first, _)) = text.split_once("`import remote`") {
            let first = first.trim_end().trim_end_matches([';', '.']);
            return Self::ImportFromStorage { first: format!("{first}.") };
        }
        match text.as_str() {
            "Connect to it in the window, or set EXPORT_DESK_TOKEN." => {
                Self::Connect { instance: String::new() }
            }
            "Unlock the keyring and try again, or set EXPORT_DESK_TOKEN." => {
                Self::UnlockKeyring { instance: String::new() }
            }
            "Choose another --path, and --name if the name is what is taken." => Self::OtherPathOrName,
            "Begin the import again, with another --path." => Self::OtherPath,
            "Check the role and the scopes of the token with `check`." => Self::CheckToken,
            "Check the path, and the GitLab version with `check`." => Self::CheckVersion,
            "Name the instance's own root certificate with --ca-file, if it has one." => Self::NameCaFile,
            "Download it, or start with the explicit yes (--replace) if it may be lost." => {
                Self::ConfirmReplace
            }
            _ => Self::Text(text),
        }
    }
}

impl Default for Hint {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<RelationsHint> for Hint {
    fn from(hint: RelationsHint) -> Self {
        Self::Relations(hint)
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(super::user_error::plain(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Code, UserError};

    fn kept(sentence: &str) -> Hint {
        let row = serde_json::json!({
            "code": "network", "headline": "It broke.", "hint": sentence, "correlation_id": null,
        });
        serde_json::from_value::<UserError>(row).unwrap().hint
    }

    #[test]
    fn sentences_of_the_version_before_become_data() {
        assert_eq!(kept("Look again."), Hint::from("Look again."));
        assert_eq!(kept(""), Hint::default());
        let first = Box::new(Hint::from("Have it made again."));
        assert_eq!(
            kept("Have it made again. To send it all the same: --anyway."),
            Hint::SendAnyway { first }
        );
        let first = Box::new(Hint::from("Correct the URL or the server."));
        assert_eq!(
            kept("Correct the URL or the server; to ask GitLab all the same: --anyway."),
            Hint::SendAnyway { first }
        );
        assert_eq!(
            kept(
                "Nothing was imported. Send it again from the start; with --retry-upload this program does so by itself."
            ),
            Hint::RetryUpload
        );
        let first = "Nothing was imported. Send it again from the start.".to_owned();
        assert_eq!(
            kept(
                "Nothing was imported. Send it again from the start; `import remote` from object storage avoids the upload."
            ),
            Hint::ImportFromStorage { first }
        );
        assert_eq!(
            kept("Connect to it in the window, or set EXPORT_DESK_TOKEN."),
            Hint::Connect { instance: String::new() }
        );
    }

    /// A stored rebuild keeps these words.
    #[test]
    fn the_hints_of_relations_are_stored_as_before() {
        let hints = [
            (RelationsHint::ConfirmReplace, "confirm_replace_relations"),
            (RelationsHint::OtherFolder, "other_relations_folder"),
            (RelationsHint::FillMembers, "fill_members"),
            (RelationsHint::FillAgain, "fill_again"),
            (RelationsHint::ImportSet, "import_set"),
            (RelationsHint::SplitArchive, "split_archive"),
            (RelationsHint::AllowGaps, "allow_gaps"),
            (RelationsHint::ExportAgainOrAllowGaps, "export_again_or_allow_gaps"),
        ];
        for (hint, word) in hints {
            assert_eq!(kept(word), hint.into());
            assert_eq!(serde_json::to_value(Hint::from(hint)).unwrap(), word);
        }
    }

    #[test]
    fn a_hint_is_read_back_as_it_was_kept() {
        let instance = "https://gitlab.example.com".to_owned();
        for hint in [Hint::Connect { instance }, Hint::NameCaFile, Hint::from("Try again."), Hint::default()]
        {
            let error = UserError::new(Code::Network, "It broke.", hint);
            let text = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<UserError>(&text).unwrap(), error, "{text}");
        }
    }
}
