//! Imports: what can be asked of them, and what is seen of them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Report;
use crate::case::import::RemoteVerdict;
use crate::case::{CaseId, ImportId, ImportJob, ImportStanding};

use super::account::ProjectHit;
use super::job::JobWatch;

/// One thing to do with an import. The answer is `Import` unless said otherwise, given as soon as there is a job;
/// everything after, refusals included, is seen in [`super::ImportView`].
#[derive(Debug)]
pub enum ImportCommand {
    /// Verifies an archive, looks at the target, sends the archive and watches the import to its end.
    File { instance: String, file: PathBuf, target: ImportTo, case: Option<CaseId>, options: ImportOptions },
    /// Makes the HEAD that GitLab will make, looks at the target, and has GitLab fetch the URL.
    Remote {
        instance: String,
        url: SecretUrl,
        target: ImportTo,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// Looks at the target and has GitLab fetch an object from S3.
    S3 { instance: String, object: S3Object, keys: S3Keys, target: ImportTo, case: Option<CaseId> },
    /// Sends an archive of which GitLab takes one relation, into a project that exists.
    Relation {
        instance: String,
        project: String,
        file: PathBuf,
        relation: String,
        case: Option<CaseId>,
        options: ImportOptions,
    },
    /// The same for a relation that an import of this program lost records of, from the same archive.
    Repair { import: ImportId, relation: String },
    /// The upload that was cut or refused, from the start, from the same file to the same place; a large one is then
    /// sent again by itself.
    Again { import: ImportId },
    /// One look at a project's import; what is under way is watched on.
    Look { instance: String, project: String },
    /// While sending: ends the upload. Afterwards: no longer watches, GitLab has no way to cancel. Answer: `Done`.
    Leave { import: ImportId },
    /// For a form as it is filled in: the full path, and the project that is there already. Answer: `DownloadTarget`.
    CheckTarget { instance: String, target: ImportTo },
    /// The HEAD that GitLab will make. Answer: `Probed`.
    Probe { instance: String, url: SecretUrl },
}

/// Where an import goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportTo {
    /// The project's path, its last part alone.
    pub path: String,
    /// Full path or number of the namespace; `None` is the token owner's own.
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// The explicit yes to deleting a project: its full path, which must be the one that is there.
    pub delete: Option<String>,
    /// Attributes of the project that replace those in the archive.
    pub override_params: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Send it although the archive, its size or the HEAD say that GitLab will refuse it.
    pub anyway: bool,
    /// A cut upload of a large file is sent again from the start; small ones are in any case.
    pub retry_upload: bool,
    /// It is made to learn whether the archive imports: its verdict joins the archive's receipt. Such an import
    /// deletes no project.
    pub rehearsal: bool,
}

/// A URL whose query may be a key; it is shown without.
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

/// The keys with which GitLab reads it; kept nowhere.
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
    /// Its `id` names it in commands; what it is made of, where it goes and GitLab's words are here.
    pub job: ImportJob,
    /// What is true now, with the lost records by relation and cause.
    pub standing: ImportStanding,
    /// How far the walk through the archive is, while it is being verified.
    pub verified_bytes: u64,
    /// What the walk found; the verdict of an archive that is sent with `anyway` is here too.
    pub report: Option<Arc<Report>>,
    /// Bytes of the archive that went out, in this try.
    pub sent_bytes: u64,
    /// Size of the archive; 0 where GitLab fetches it.
    pub total_bytes: u64,
    pub bytes_per_s: u64,
    /// Tries to send it so far.
    pub tries: u32,
    /// The project on its instance, once GitLab named it.
    pub web_url: Option<String>,
    /// Where its owner can delete it again, where this import has made it.
    pub delete_url: Option<String>,
    pub watch: JobWatch,
}

/// Where an import would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetView {
    /// `None` where the namespace is given as a number, which does not tell its path.
    pub full_path: Option<String>,
    /// The project that is there; importing needs its deletion.
    pub taken_by: Option<ProjectHit>,
}

/// What GitLab will say of a remote URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeView {
    pub verdict: RemoteVerdict,
    pub sentence: String,
}
