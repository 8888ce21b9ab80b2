//! Imports: their commands, and what a front end shows of them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::import::{PartState, RemoteVerdict};
use crate::case::{CaseId, CurrentImportStatus, ImportId, ImportJob, UserError};

use super::account::ProjectHit;
use super::job::JobWatch;

/// One command about an import. The answer is `Import` unless stated otherwise, and comes as soon as a job exists.
/// Everything later, rejections included, is visible in [`super::ImportView`].
#[derive(Debug)]
pub enum ImportCommand {
    /// Verifies an archive, runs the preflight of the target, uploads the archive and watches the import until it
    /// ends.
    File {
        instance: String,
        file: PathBuf,
        target: NewProjectTarget,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// Makes the same HEAD request as GitLab, runs the preflight of the target, and has GitLab fetch the URL.
    Remote {
        instance: String,
        url: SecretUrl,
        target: NewProjectTarget,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// Runs the preflight of the target and has GitLab fetch an object from S3.
    S3 { instance: String, object: S3Object, keys: S3Keys, target: NewProjectTarget, case: Option<CaseId> },
    /// Uploads an archive, of which GitLab imports one relation into an existing project.
    Relation {
        instance: String,
        project: String,
        file: PathBuf,
        relation: String,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// Imports the archives of a set one after another. The answer is the import of the base archive, which stands for
    /// the set. A set that was stopped continues at its current part.
    Set {
        instance: String,
        list: PathBuf,
        target: NewProjectTarget,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// Continues the set of this base archive after a stop.
    ContinueSet { import: ImportId },
    /// Imports one relation again, from the same archive, because an earlier import of this program lost some of its
    /// records.
    Repair { import: ImportId, relation: String },
    /// Repeats an interrupted or rejected upload from the start, with the same file and target. A large file is then
    /// retried automatically, as small ones always are.
    Again { import: ImportId },
    /// Checks a project's import once, and watches it if it is still running.
    CheckOnce { instance: String, project: String },
    /// Cancels the upload if it is still running. After that only stops watching: GitLab cannot cancel an import.
    /// Answer: `Done`.
    Leave { import: ImportId },
    /// For an import form: the full path of the target, and the project that already exists there. Answer:
    /// `DownloadTarget`.
    CheckTarget { instance: String, target: NewProjectTarget },
    /// Makes the HEAD request that GitLab will make. Answer: `Probed`.
    Probe { instance: String, url: SecretUrl },
}

/// The target of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProjectTarget {
    /// The last part of the project's path.
    pub path: String,
    /// Full path or ID of the namespace; `None` is the namespace of the token's owner.
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// The user agreed to delete the project with this full path; it must be the project that exists at the target.
    pub delete: Option<String>,
    /// Attributes that override those in the archive.
    pub override_params: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Uploads although the archive, its size or the HEAD request show that GitLab will reject the import.
    pub anyway: bool,
    /// Sends a large file again from the start if the upload is interrupted. Small files are always sent again.
    pub retry_upload: bool,
    /// This is a test import: its result is added to the archive's receipt, and it deletes no project.
    pub test_import: bool,
}

/// A URL whose query may be a secret. It is displayed without the query.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(pub String);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl")
    }
}

/// An object in a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Object {
    pub region: String,
    pub bucket: String,
    pub key: String,
}

/// The keys with which GitLab reads the object. They are never stored.
#[derive(Clone)]
pub struct S3Keys {
    pub access_key_id: secrecy::SecretString,
    pub secret_access_key: secrecy::SecretString,
}

impl S3Keys {
    pub fn new(access_key_id: String, secret_access_key: String) -> Self {
        Self { access_key_id: access_key_id.into(), secret_access_key: secret_access_key.into() }
    }
}

impl fmt::Debug for S3Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Keys")
    }
}

/// One import.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportView {
    /// The stored job with its `id`, source, target and GitLab statuses.
    pub job: ImportJob,
    /// The current state, with the lost records by relation and cause.
    pub status: CurrentImportStatus,
    /// Bytes of the archive verified so far.
    pub verified_bytes: u64,
    /// The result of the verification, also for an archive that is uploaded with `anyway`.
    pub report: Option<Arc<Report>>,
    /// Bytes of the archive sent in this try.
    pub sent_bytes: u64,
    /// Size of the archive; 0 where GitLab fetches it.
    pub total_bytes: u64,
    pub bytes_per_s: u64,
    /// Number of upload tries so far.
    pub tries: u32,
    /// URL of the project, once GitLab has named it.
    pub web_url: Option<String>,
    /// Page on which its owner can delete the project, where this import created it.
    pub delete_url: Option<String>,
    pub watch: JobWatch,
    /// The set, where the import is that of its base archive.
    pub set: Option<Arc<SetView>>,
}

impl ImportView {
    /// Whether it runs: the import of a set until its last part has ended, or until it stops.
    pub fn is_running(&self) -> bool {
        self.set.as_ref().map_or(!self.job.is_ended(), |set| set.is_running())
    }
}

impl SetView {
    pub fn is_running(&self) -> bool {
        self.current.is_some() && !self.is_stopped
    }

    /// Number of the part that is imported now or next, counted from 1; `None` at the end.
    pub fn number(&self) -> Option<usize> {
        self.current.map(|part| part + 1)
    }

    /// Whether a part of the set has lost records.
    pub fn has_losses(&self) -> bool {
        self.parts.iter().any(|part| part.state == PartState::Partial)
    }
}

/// Ending of the name of a set's list.
pub const SET_ENDING: &str = ".set.json";

/// A set of archives that is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetView {
    /// The set's list.
    pub list: PathBuf,
    pub parts: Vec<SetPartView>,
    /// Index of the part that is imported now or next; `None` at the end.
    pub current: Option<usize>,
    pub sentence: String,
    /// The set does not continue by itself.
    pub is_stopped: bool,
    /// A person stopped it at this part, so that nothing has failed.
    pub is_left: bool,
    /// Why the next part could not begin.
    pub error: Option<UserError>,
}

/// One archive of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPartView {
    pub path: PathBuf,
    /// The relation of a slice; `None` for the base archive.
    pub relation: Option<String>,
    pub records: u64,
    pub bytes: u64,
    /// The newest import of the part.
    pub import: Option<ImportId>,
    /// The correlation ID of that import.
    pub correlation_id: Option<String>,
    pub state: PartState,
}

/// The target of an import as GitLab knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetView {
    /// `None` where the namespace is given by its ID, which does not reveal the path.
    pub full_path: Option<String>,
    /// The project that already exists there; an import would have to delete it.
    pub taken_by: Option<ProjectHit>,
}

/// How GitLab will judge a remote URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeView {
    pub verdict: RemoteVerdict,
    pub sentence: String,
}
