//! Which file to download from GitLab, and with which request. Everything below is the same for every file.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::judge::{Difference, Expectation, RangeRefusal};
use super::sidecar::Owner;
use crate::gitlab::{self, Body, Client, ErrorKind, ProjectKey, RequestPhase, Resume, SignedUrl};

type DownloadCall = Pin<Box<dyn Future<Output = Result<gitlab::DownloadAnswer, gitlab::Error>> + Send>>;
type CallApi = dyn Fn(Client, Option<Resume>) -> DownloadCall + Send + Sync;

/// A file that GitLab offers for download: the API call that leads to it, and its name in the sidecar.
#[derive(Clone)]
pub struct Source {
    client: Client,
    what: String,
    fallback_name: String,
    ask: Arc<CallApi>,
}

impl Source {
    /// The archive of a project export.
    pub fn export(client: Client, project_id: u64) -> Self {
        let what = format!("project {project_id} export");
        let name = format!("project-{project_id}_export.tar.gz");
        Self::new(client, what, name, move |client, resume| async move {
            let key = ProjectKey::Id(project_id);
            match resume {
                Some(resume) => client.download_from(&key, &resume).await,
                None => client.download(&key).await,
            }
        })
    }

    /// Any other file behind an API call, for example a relation. `what` distinguishes it from every other file of
    /// the instance; `fallback_name` is used where neither headers nor link contain a name.
    pub fn new<F>(
        client: Client,
        what: String,
        fallback_name: String,
        ask: impl Fn(Client, Option<Resume>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<gitlab::DownloadAnswer, gitlab::Error>> + Send + 'static,
    {
        Self {
            client,
            what,
            fallback_name,
            ask: Arc::new(move |client, resume| Box::pin(ask(client, resume))),
        }
    }

    /// The owner of a `.part` file of this source.
    pub fn owner(&self, run: Option<String>) -> Owner {
        Owner { origin: self.client.instance().to_string(), what: self.what.clone(), run }
    }

    pub fn fallback_name(&self) -> &str {
        &self.fallback_name
    }

    /// One API call.
    pub async fn ask(&self, expected: &Expectation) -> Result<gitlab::DownloadAnswer, gitlab::Error> {
        (self.ask)(self.client.clone(), resume(expected)).await
    }

    /// One request to the storage.
    pub async fn fetch(&self, link: &SignedUrl, expected: &Expectation) -> Result<Body, gitlab::Error> {
        self.client.fetch(link, resume(expected).as_ref()).await
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("what", &self.what).finish_non_exhaustive()
    }
}

fn resume(expected: &Expectation) -> Option<Resume> {
    let (from, end) = expected.range?;
    let to = end.map(|end| end.saturating_sub(1));
    Some(Resume { from, to, validator: expected.known.if_range().map(str::to_owned) })
}

/// What a failed request to the storage means for the download.
#[derive(Debug)]
pub enum StorageFailure {
    /// The network failed; the bytes that arrived are valid.
    Cut(String),
    /// No connection was possible. The storage may be reachable only from another network.
    Unreachable(Box<gitlab::Error>),
    Refused(RangeRefusal, Option<Duration>),
    /// A retry would not help.
    Final(Box<gitlab::Error>),
}

impl StorageFailure {
    /// Whether the same request may succeed a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Cut(_) | Self::Unreachable(_) | Self::Refused(RangeRefusal::Busy(_), _))
    }
}

impl From<gitlab::Error> for StorageFailure {
    fn from(error: gitlab::Error) -> Self {
        use ErrorKind as K;
        let refusal = match &error.kind {
            K::Connect | K::Dns | K::TimedOut { phase: RequestPhase::Connect } => {
                return Self::Unreachable(Box::new(error));
            }
            K::TimedOut { .. } | K::NoAnswer | K::Cut => {
                return Self::Cut(error.to_string());
            }
            K::Tls
            | K::NoTls
            | K::Local(_)
            | K::Usage(_)
            | K::RedirectLoop
            | K::RedirectToHttp
            | K::RedirectRefused(_) => {
                return Self::Final(Box::new(error));
            }
            K::RateLimited { retry_after, .. } => {
                return Self::Refused(RangeRefusal::Busy(429), *retry_after);
            }
            K::StorageDenied { status, .. } => match *status {
                400 | 401 | 403 => RangeRefusal::LinkExpired(*status),
                404 | 410 => RangeRefusal::FileGone(*status),
                408 | 425 => RangeRefusal::Busy(*status),
                412 => RangeRefusal::FileChanged(Difference::Condition),
                other => RangeRefusal::Status(other),
            },
            K::Server { status } => RangeRefusal::Busy(*status),
            K::HtmlInsteadOfJson { .. } => RangeRefusal::NotAnArchive("a web page"),
            _ => RangeRefusal::Status(error.status.unwrap_or(0)),
        };
        Self::Refused(refusal, None)
    }
}
