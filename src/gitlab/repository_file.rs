//! `GET /projects/:id/repository/files/:path/raw`: one file of a repository, unchanged. Documented at
//! <https://docs.gitlab.com/api/repository_files/>.

use bytes::Bytes;
use reqwest::header::{ACCEPT, HeaderValue};

use super::answer::MOST_JSON_BYTES;
use super::client::{ApiRequest, Call, Client};
use super::error::Error;
use super::project_key::ProjectKey;
use super::refusal::Family;

const CALL: Call = Call { name: "GET repository file", family: Family::Project };

impl Client {
    /// A file of at most 8 MiB. `path` is its path in the repository, `reference` a branch, tag or commit.
    pub async fn repository_file(
        &self,
        id: &ProjectKey,
        path: &str,
        reference: &str,
    ) -> Result<Bytes, Error> {
        let segments = ["projects", &id.segment(), "repository", "files", path, "raw"];
        let mut url = self.instance.api(&segments);
        url.query_pairs_mut().append_pair("ref", reference);
        let mut request = ApiRequest::get(url);
        request.headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let response = self.follow_own(CALL, request).await?;
        let raw = self.read(CALL, response, MOST_JSON_BYTES).await?;
        if (200..300).contains(&raw.status) { Ok(raw.body) } else { Err(self.refused(CALL, &raw)) }
    }
}
