//! `GET /version` and `GET /metadata`: which GitLab answers. Both want a token.
//! Read from <https://docs.gitlab.com/api/version/> and <https://docs.gitlab.com/api/metadata/>.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::refusal::Family;

const VERSION: Call = Call { name: "GET version", family: Family::Plain };
const METADATA: Call = Call { name: "GET metadata", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// For example `18.6.0-ee`.
    pub version: String,
    #[serde(default)]
    pub revision: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    pub version: String,
    #[serde(default)]
    pub revision: Option<String>,
    /// Enterprise Edition or not.
    #[serde(default)]
    pub enterprise: Option<bool>,
}

impl Client {
    pub async fn version(&self) -> Result<Version, Error> {
        Ok(self.get(VERSION, &["version"], &[]).await?.value)
    }

    /// Since GitLab 15.2; older instances answer 404.
    pub async fn metadata(&self) -> Result<Metadata, Error> {
        Ok(self.get(METADATA, &["metadata"], &[]).await?.value)
    }
}
