//! Makes the same HEAD request from this machine that GitLab makes before it imports from a URL.
//!
//! From `Gitlab::ImportExport::FileAcquisitionStrategies::RemoteFileValidator`: a time limit of one second, and
//! redirects are followed. Sends no credentials, wherever the URL leads.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, SERVER};
use url::Url;

use super::answer::content_type;
use super::client::{ApiRequest, Client};
use super::error::{Error, ErrorKind, RequestPhase};
use super::redirect::{Hop, MOST_HOPS};

/// Whether a connection to the URL's host and port succeeds within `timing`.
async fn accepts_connections(url: &Url, timing: Duration) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    // The URL puts an IPv6 address in brackets.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let connected = tokio::time::timeout(timing, tokio::net::TcpStream::connect((host, port))).await;
    matches!(connected, Ok(Ok(_)))
}

const CALL: &str = "HEAD of the remote archive";

/// The headers that GitLab checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadAnswer {
    pub status: u16,
    /// Lower case, without parameters.
    pub content_type: Option<String>,
    pub content_length: Option<u64>,
    /// `Server: AmazonS3` with an `x-amz-request-id`: GitLab skips its checks then.
    pub is_amazon_s3: bool,
}

impl Client {
    /// Sends the HEAD request; `timing` is the time limit for everything.
    pub async fn remote_head(&self, url: &Url, timing: Duration) -> Result<HeadAnswer, Error> {
        if let Ok(answer) = tokio::time::timeout(timing, self.head_of(url.clone())).await {
            return answer;
        }
        // Distinguishes a slow server from one that this machine cannot reach at all.
        let kind = if accepts_connections(url, timing).await {
            ErrorKind::TimedOut { phase: RequestPhase::ApiAnswer }
        } else {
            ErrorKind::Connect
        };
        Err(Error::new(CALL, kind))
    }

    async fn head_of(&self, mut url: Url) -> Result<HeadAnswer, Error> {
        for _ in 0..=MOST_HOPS {
            let request = ApiRequest { method: Method::HEAD, ..ApiRequest::get(url.clone()) };
            let response = self.send(CALL, &request, false).await?;
            if let Some(Hop::Own(next) | Hop::Foreign(next)) = self.hop(CALL, &url, &response)? {
                url = next;
                continue;
            }
            let headers = response.headers();
            let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
            return Ok(HeadAnswer {
                status: response.status().as_u16(),
                content_type: content_type(headers),
                content_length: length.and_then(|text| text.trim().parse().ok()),
                is_amazon_s3: headers.get(SERVER).is_some_and(|server| server == "AmazonS3")
                    && headers.contains_key("x-amz-request-id"),
            });
        }
        Err(Error::new(CALL, ErrorKind::RedirectLoop))
    }
}
