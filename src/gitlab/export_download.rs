//! `GET /projects/:id/export/download`: the archive itself, or the signed link to it.
//!
//! From `present_carrierwave_file!` in `lib/api/helpers.rb` and Workhorse's `sendfile` and `sendurl`. Each call uses
//! one unit of `project_download_export` (1 per minute), even one that answers 404.

use reqwest::header::{ACCEPT, HeaderValue};

use super::answer::{MOST_JSON_BYTES, content_type, correlation_id};
use super::body::{Body, Resume};
use super::client::{ApiRequest, Call, Client};
use super::error::{Error, ErrorKind};
use super::project_key::ProjectKey;
use super::redirect::{Hop, MOST_HOPS};
use super::refusal::{self, Family};
use super::secrets::Use;
use super::signed_url::SignedUrl;

const CALL: Call = Call { name: "GET export/download", family: Family::ExportFile };
const STORAGE: &str = "GET signed link";
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// Where the archive can be read.
#[derive(Debug)]
pub enum DownloadAnswer {
    /// From object storage with direct download: use [`Client::fetch`], as often as needed while the link is valid.
    Storage(StorageLink),
    /// GitLab sends the file itself (from a local disk, or proxied from storage).
    Direct(Body),
}

/// A signed link from GitLab, which is valid for minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageLink {
    pub url: SignedUrl,
    /// The last part of the URL's path.
    pub file_name: Option<String>,
    /// The ID of the answer that contained the link.
    pub correlation_id: Option<String>,
}

impl Client {
    /// Requests the archive. Does not read its bytes yet.
    pub async fn download(&self, id: &ProjectKey) -> Result<DownloadAnswer, Error> {
        self.source(CALL, &["projects", &id.segment(), "export", "download"], &[], None).await
    }

    /// Requests the rest of an archive that GitLab sends itself. If GitLab answers with a link, pass the range to
    /// [`Client::fetch`].
    pub async fn download_from(&self, id: &ProjectKey, resume: &Resume) -> Result<DownloadAnswer, Error> {
        self.source(CALL, &["projects", &id.segment(), "export", "download"], &[], Some(resume)).await
    }

    /// A file of the API. Follows redirects to API calls of the instance with credentials; any other redirect is the
    /// link to the file.
    pub(super) async fn source(
        &self,
        call: Call,
        segments: &[&str],
        query: &[(&str, &str)],
        resume: Option<&Resume>,
    ) -> Result<DownloadAnswer, Error> {
        let mut url = self.instance.api(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = file_request(call.name, url, resume)?;
        for _ in 0..=MOST_HOPS {
            let response = self.send(call.name, &request, true).await?;
            match self.hop(call.name, &request.url, &response)? {
                Some(Hop::Own(url)) if self.instance.is_api(&url) => request.url = url,
                Some(Hop::Own(url) | Hop::Foreign(url)) => {
                    let url = SignedUrl::new(url);
                    let correlation_id = correlation_id(response.headers());
                    // The name is decoded, so it may reveal a secret that the URL hid.
                    let file_name = url.file_name().filter(|it| self.hidden_in_text(it, Use::Data).is_none());
                    return Ok(DownloadAnswer::Storage(StorageLink { url, file_name, correlation_id }));
                }
                None if is_file(&response) => {
                    return Ok(DownloadAnswer::Direct(Body::new(response, self.read_timeout, call.name)));
                }
                None => {
                    let raw = self.read(call, response, MOST_JSON_BYTES).await?;
                    return Err(not_a_file(raw.status, self.refused(call, &raw)));
                }
            }
        }
        Err(Error::new(call.name, ErrorKind::RedirectLoop))
    }

    /// Fetches a signed link, whole or in part, and follows up to five redirects. Never sends credentials, even if
    /// the link leads to the instance.
    pub async fn fetch(&self, url: &SignedUrl, resume: Option<&Resume>) -> Result<Body, Error> {
        let call = Call { name: STORAGE, family: Family::Plain };
        let mut request = file_request(STORAGE, url.url().clone(), resume)?;
        for _ in 0..=MOST_HOPS {
            let of_storage = |error: Error| error.of_storage(&request.url);
            let response = self.send(STORAGE, &request, false).await.map_err(of_storage)?;
            match self.hop(STORAGE, &request.url, &response).map_err(of_storage)? {
                Some(Hop::Own(url) | Hop::Foreign(url)) => request.url = url,
                None if is_file(&response) => return Ok(Body::new(response, self.read_timeout, STORAGE)),
                None => {
                    let raw = self.read(call, response, MOST_JSON_BYTES).await?;
                    let (kind, said) = refusal::classify_storage(&self.without_secrets(&raw, Use::Words));
                    let error = Error::new(STORAGE, kind).said(said).of_storage(&request.url);
                    return Err(not_a_file(
                        raw.status,
                        error.answered(raw.status, correlation_id(&raw.headers)),
                    ));
                }
            }
        }
        Err(Error::new(STORAGE, ErrorKind::RedirectLoop))
    }
}

fn file_request(call: &'static str, url: url::Url, resume: Option<&Resume>) -> Result<ApiRequest, Error> {
    let mut request = ApiRequest::get(url);
    request.headers.insert(ACCEPT, ANYTHING);
    if let Some(resume) = resume {
        request.headers.extend(resume.headers().map_err(|kind| Error::new(call, kind))?);
    }
    Ok(request)
}

/// 200 and 206 contain a file, unless it is a web page; 416 contains its length, whatever its body says.
fn is_file(response: &reqwest::Response) -> bool {
    match response.status().as_u16() {
        200 | 206 => content_type(response.headers()).as_deref() != Some("text/html"),
        status => status == 416,
    }
}

/// Turns a web page with a success status into the right error.
fn not_a_file(status: u16, mut error: Error) -> Error {
    if matches!(status, 200 | 206) {
        error.kind = ErrorKind::HtmlInsteadOfJson { status, ray: None };
    }
    error
}
