//! What the faces see of imports.

use std::sync::Arc;

use crate::archive::Report;
use crate::case::import::RemoteVerdict;
use crate::case::{ImportJob, ImportStanding, Trouble, UtcMs};

use crate::engine::snapshot::{ProjectHit, Waiting};

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
    pub next_look_at: Option<UtcMs>,
    pub waiting: Option<Waiting>,
    /// Why it is no longer watched although it has not ended; `Look` takes it up again.
    pub trouble: Option<Trouble>,
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
