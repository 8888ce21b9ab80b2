//! `POST /projects/remote-import` and `POST /projects/remote-import-s3`: GitLab fetches the archive itself.
//!
//! From `lib/api/project_import.rb` and the `RemoteFile` and `RemoteFileS3` strategies beside it. GitLab first sends
//! a HEAD request to the URL and waits one second for the answer; a link that is signed only for GET usually fails
//! there.

use std::fmt;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::client::{Call, Client};
use super::error::Error;
use super::import_file::ImportTarget;
use super::import_status::ImportStatus;
use super::refusal::Family;

const REMOTE: Call = Call { name: "POST projects/remote-import", family: Family::Import };
const S3: Call = Call { name: "POST projects/remote-import-s3", family: Family::Import };

/// An archive in a bucket, and the keys with which GitLab reads it.
pub struct S3Archive {
    pub region: String,
    pub bucket_name: String,
    pub file_key: String,
    pub access_key_id: String,
    pub secret_access_key: SecretString,
}

#[derive(Serialize)]
struct RemoteParameters<'a> {
    url: &'a str,
    #[serde(flatten)]
    target: &'a ImportTarget,
}

#[derive(Serialize)]
struct S3Parameters<'a> {
    region: &'a str,
    bucket_name: &'a str,
    file_key: &'a str,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(flatten)]
    target: &'a ImportTarget,
}

impl Client {
    /// Imports from an https URL that GitLab can reach.
    pub async fn import_remote(&self, url: &str, target: &ImportTarget) -> Result<ImportStatus, Error> {
        self.secrets.keep_url(url);
        let body = RemoteParameters { url, target };
        Ok(self.send_json(REMOTE, Method::POST, &["projects", "remote-import"], &body).await?.value)
    }

    pub async fn import_s3(&self, archive: &S3Archive, target: &ImportTarget) -> Result<ImportStatus, Error> {
        self.secrets.keep(&archive.access_key_id);
        self.secrets.keep(archive.secret_access_key.expose_secret());
        let body = S3Parameters {
            region: &archive.region,
            bucket_name: &archive.bucket_name,
            file_key: &archive.file_key,
            access_key_id: &archive.access_key_id,
            secret_access_key: archive.secret_access_key.expose_secret(),
            target,
        };
        Ok(self.send_json(S3, Method::POST, &["projects", "remote-import-s3"], &body).await?.value)
    }
}

impl fmt::Debug for S3Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Archive")
            .field("region", &self.region)
            .field("bucket_name", &self.bucket_name)
            .field("file_key", &self.file_key)
            .finish_non_exhaustive()
    }
}
