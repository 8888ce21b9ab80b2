//! The API call that leads to the file, with everything that can delay it: the download limit, a 429, a file that
//! GitLab is still storing, a failing network.

use std::time::Duration;

use tokio::time::timeout;

use super::control::{Control, Gate};
use super::fail::Failed;
use super::judge::Expectation;
use super::progress::{ProgressSink, WaitFor};
use super::source::Source;
use super::timing::DownloadTiming;
use crate::gitlab::{self, ErrorKind, Retry, retry};

/// Requests the file from GitLab, and retries within the limits of its timing.
#[derive(Clone, Debug)]
pub struct DownloadRequester {
    pub source: Source,
    pub download_timing: DownloadTiming,
    pub gate: Gate,
    pub progress_sink: ProgressSink,
    pub control: Control,
}

/// Time and tries used so far for one request.
#[derive(Default)]
struct Spent {
    have_bytes: u64,
    not_ready: Duration,
    limited: Duration,
    limited_answers: u32,
    failures: u32,
}

impl DownloadRequester {
    /// The file itself, or the link to it. `have_bytes` are already on disk; error messages mention them.
    pub async fn ask(
        &self,
        expected: &Expectation,
        have_bytes: u64,
    ) -> Result<gitlab::DownloadAnswer, Failed> {
        let mut spent = Spent { have_bytes, ..Spent::default() };
        loop {
            self.wait(WaitFor::DownloadLimit, self.gate.reserve()).await;
            self.progress_sink.edit(|now| now.api_requests += 1);
            let error = match timeout(self.download_timing.stall, self.source.ask(expected)).await {
                Ok(Ok(source)) => return Ok(source),
                Ok(Err(error)) => Some(error),
                Err(_elapsed) => None,
            };
            let (why, wait) = self.after(&mut spent, expected, error)?;
            if why == WaitFor::RateLimit {
                self.gate.limited(wait);
            }
            self.wait(why, wait).await;
        }
    }

    async fn wait(&self, why: WaitFor, wait: Duration) {
        self.progress_sink.wait(why, wait, self.control.clone()).await;
    }

    /// What to wait for after a failed call (`None`: no answer in time), or the final error.
    fn after(
        &self,
        spent: &mut Spent,
        expected: &Expectation,
        error: Option<gitlab::Error>,
    ) -> Result<(WaitFor, Duration), Failed> {
        let download_timing = &self.download_timing;
        let Some(error) = error else {
            let why = "GitLab did not answer in time".to_owned();
            spent.failures += 1;
            if spent.failures >= download_timing.attempts {
                let (have_bytes, tries) = (spent.have_bytes, spent.failures);
                return Err(Failed::Incomplete { have_bytes, total_bytes: expected.known.total, tries, why });
            }
            self.progress_sink.edit(|now| now.retries += 1);
            return Ok((WaitFor::Retry(why), download_timing.backoff(spent.failures)));
        };
        if matches!(error.kind, ErrorKind::FileNotReady | ErrorKind::WorkhorseFileMissing) {
            spent.not_ready += download_timing.not_ready_every;
            if spent.not_ready > download_timing.not_ready_wait {
                return Err(error.into());
            }
            return Ok((WaitFor::FileNotReady, download_timing.not_ready_every));
        }
        match retry(&error.kind) {
            Retry::No => Err(error.into()),
            Retry::After(asked) => {
                spent.limited_answers += 1;
                let asked = asked.map(|asked| download_timing.retry_after(asked, spent.limited_answers));
                let wait = asked.unwrap_or(download_timing.rate_default);
                spent.limited = spent.limited.saturating_add(wait);
                if spent.limited > download_timing.rate_wait
                    || spent.limited_answers > download_timing.limited_answers
                {
                    return Err(error.into());
                }
                Ok((WaitFor::RateLimit, wait))
            }
            Retry::WithBackoff => {
                spent.failures += 1;
                if spent.failures >= download_timing.attempts {
                    return Err(error.into());
                }
                self.progress_sink.edit(|now| now.retries += 1);
                Ok((WaitFor::Retry(error.to_string()), download_timing.backoff(spent.failures)))
            }
        }
    }
}
