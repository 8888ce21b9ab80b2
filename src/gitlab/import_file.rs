//! `POST /projects/import`: imports an archive from this machine.
//!
//! Read from `lib/api/project_import.rb` and <https://docs.gitlab.com/api/project_import_export/> ("Import a project
//! from a local archive"). The archive is one multipart field, streamed.

use std::path::Path;

use serde::Serialize;

use super::client::{Call, Client};
use super::error::Error;
use super::import_status::ImportStatus;
use super::refusal::Family;

const CALL: Call = Call { name: "POST projects/import", family: Family::Import };

/// Where an import goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportTarget {
    /// The new project's path, its last part alone.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A namespace's number or full path; the user's own where none is given. The newer `namespace_path`
    /// (18.7) is unknown to older instances, so the deprecated name is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Replaces a project of the same path.
    #[serde(skip_serializing_if = "is_false")]
    pub overwrite: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Client {
    /// Sends an archive; `sent_bytes` hears how many of its bytes went out. Where [`Error::maybe_sent`] is
    /// set, look whether the project is there before sending it again.
    pub async fn import_file(
        &self,
        file: &Path,
        target: &ImportTarget,
        sent_bytes: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<ImportStatus, Error> {
        let mut fields = vec![("path", target.path.clone())];
        fields.extend(target.name.clone().map(|name| ("name", name)));
        fields.extend(target.namespace.clone().map(|namespace| ("namespace", namespace)));
        if target.overwrite {
            fields.push(("overwrite", "true".to_owned()));
        }
        Ok(self.send_file(CALL, &["projects", "import"], fields, file, sent_bytes).await?.value)
    }
}
