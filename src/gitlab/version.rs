//! `GET /version` and `GET /metadata`: which GitLab version answers. Both require a token. Documented at
//! <https://docs.gitlab.com/api/version/> and <https://docs.gitlab.com/api/metadata/>; since 15.5 the first returns
//! the same as the second.

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Error;
use super::lenient::optional;
use super::refusal::Family;

const VERSION: Call = Call { name: "GET version", family: Family::Plain };
const METADATA: Call = Call { name: "GET metadata", family: Family::Plain };

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Version {
    /// For example `18.6.0-ee`.
    pub version: String,
    #[serde(default, deserialize_with = "optional")]
    pub revision: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    pub version: String,
    #[serde(default, deserialize_with = "optional")]
    pub revision: Option<String>,
    /// Whether this is the Enterprise Edition; since 15.6.
    #[serde(default, deserialize_with = "optional")]
    pub enterprise: Option<bool>,
}

impl Client {
    pub async fn version(&self) -> Result<Version, Error> {
        Ok(self.get(VERSION, &["version"], &[]).await?.value)
    }

    /// Newer than `version`: instances before about 15.1 answer 404.
    pub async fn metadata(&self) -> Result<Metadata, Error> {
        Ok(self.get(METADATA, &["metadata"], &[]).await?.value)
    }
}
