//! `GET /projects/:id/export/download`: the archive itself, or the signed link to it.
//!
//! Read from `present_carrierwave_file!` in `lib/api/helpers.rb` and Workhorse's `sendfile` and `sendurl`. Each call
//! is one unit of `project_download_export` (1 a minute), even one that answers 404.

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

const CALL: Call = Call { name: "GET export/download", family: Family::Export };
const STORAGE: &str = "GET signed link";
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// Where the archive comes from.
#[derive(Debug)]
pub enum DownloadAnswer {
    /// Object storage with direct download: fetch it with [`Client::fetch`], as often as the link lives.
    Storage(StorageLink),
    /// GitLab sends the file itself (local disk, or proxied storage).
    Direct(Body),
}

/// A signed link that GitLab gave; it lives for minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageLink {
    pub url: SignedUrl,
    /// The last part of the URL's path, without any path.
    pub file_name: Option<String>,
    /// Of the answer that gave the link.
    pub correlation_id: Option<String>,
}

impl Client {
    /// Asks for the archive. No byte of it is read yet.
    pub async fn download(&self, id: &ProjectKey) -> Result<DownloadAnswer, Error> {
        self.source(CALL, &["projects", &id.segment(), "export", "download"], &[], None).await
    }

    /// Asks for the rest of an archive that GitLab sends itself. Where a link comes back, the range goes to
    /// [`Client::fetch`].
    pub async fn download_from(&self, id: &ProjectKey, resume: &Resume) -> Result<DownloadAnswer, Error> {
        self.source(CALL, &["projects", &id.segment(), "export", "download"], &[], Some(resume)).await
    }

    /// A file of the API: redirects to API calls of the instance are followed with credentials, any other
    /// redirect is the link to the file.
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
                    // A name is decoded, and may show what the URL did not.
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

    /// Fetches a signed link, whole or in part, following up to five redirects. No credential is ever sent,
    /// not even where the link leads to the instance.
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

/// 200 and 206 carry a file, unless it is a web page; 416 says how long it is, in whatever words.
fn is_file(response: &reqwest::Response) -> bool {
    match response.status().as_u16() {
        200 | 206 => content_type(response.headers()).as_deref() != Some("text/html"),
        status => status == 416,
    }
}

/// A web page that came with a success is named as what it is.
fn not_a_file(status: u16, mut error: Error) -> Error {
    if matches!(status, 200 | 206) {
        error.kind = ErrorKind::HtmlInsteadOfJson { status, ray: None };
    }
    error
}
