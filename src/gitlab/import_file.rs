//! `POST /projects/import`: imports an archive from this machine.
//!
//! From `lib/api/project_import.rb` and <https://docs.gitlab.com/api/project_import_export/> ("Import a project from
//! a local archive"). The archive is one multipart field, streamed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::client::{Call, Client};
use super::error::Error;
use super::import_status::ImportStatus;
use super::refusal::Family;
use super::sending::FormField;
use super::stamp::FileStamp;

const CALL: Call = Call { name: "POST projects/import", family: Family::Import };

/// The target of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportTarget {
    /// The last part of the new project's path.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Without a namespace, GitLab uses the user's own.
    #[serde(flatten)]
    pub namespace: Option<Namespace>,
    /// Replaces an existing project at the same path.
    #[serde(skip_serializing_if = "is_false")]
    pub overwrite: bool,
    /// Attributes that override those in the archive.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub override_params: BTreeMap<String, String>,
}

/// A namespace, under the parameter name that the instance's version knows: since 18.7 there are two names, which
/// exclude each other, and the old one is deprecated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Namespace {
    #[serde(rename = "namespace_path")]
    Path(String),
    #[serde(rename = "namespace_id")]
    Id(u64),
    /// Path or ID, before 18.7.
    #[serde(rename = "namespace")]
    Either(String),
}

impl Namespace {
    fn field(&self) -> (&'static str, String) {
        match self {
            Self::Path(path) => ("namespace_path", path.clone()),
            Self::Id(id) => ("namespace_id", id.to_string()),
            Self::Either(text) => ("namespace", text.clone()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Client {
    /// Uploads an archive if the file still matches the stamp; `sent_bytes` is called with the number of bytes sent.
    /// If [`Error::maybe_sent`] is set, check whether the project exists before a retry.
    pub async fn import_file(
        &self,
        file: &Path,
        stamp: Option<FileStamp>,
        target: &ImportTarget,
        sent_bytes: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<ImportStatus, Error> {
        let mut fields: Vec<FormField> = vec![("path".into(), target.path.clone())];
        fields.extend(target.name.clone().map(|name| ("name".into(), name)));
        fields
            .extend(target.namespace.as_ref().map(Namespace::field).map(|(name, text)| (name.into(), text)));
        if target.overwrite {
            fields.push(("overwrite".into(), "true".to_owned()));
        }
        let overrides = target.override_params.iter();
        fields
            .extend(overrides.map(|(name, text)| (format!("override_params[{name}]").into(), text.clone())));
        Ok(self.send_file(CALL, &["projects", "import"], fields, (file, stamp), sent_bytes).await?.value)
    }
}
