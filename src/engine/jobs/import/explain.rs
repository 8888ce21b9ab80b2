//! The errors for uploads that ended without an answer.

use crate::case::{Hint, UserError, format};
use crate::engine::refusals::of_gitlab;
use crate::gitlab::Error;

/// How far the tries of an upload got.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    pub sent_bytes: u64,
    /// 0 where GitLab fetches the archive.
    pub total_bytes: u64,
    pub tries: u32,
    /// Whether the upload was already retried automatically.
    pub by_itself: bool,
}

impl Tried {
    fn again(self) -> String {
        if self.tries > 1 { format!(", after {} tries", self.tries) } else { String::new() }
    }
}

/// The error for an interrupted upload that is not retried automatically.
pub fn cut(error: &Error, tried: Tried) -> UserError {
    let why = of_gitlab(error);
    let (sent, total) = (tried.sent_bytes, tried.total_bytes);
    let percent = sent.saturating_mul(100) / total.max(1);
    let hint = if tried.by_itself {
        Hint::ImportFromStorage {
            first: "Nothing was imported. Upload the archive again from the start.".to_owned(),
        }
    } else {
        Hint::RetryUpload
    };
    UserError::new(
        why.code,
        format!(
            "The upload was interrupted after {} of {} ({percent} %){}, and GitLab cannot resume uploads. {}",
            format::bytes(sent),
            format::bytes(total),
            tried.again(),
            why.headline
        ),
        hint,
    )
    .with_correlation_id(error.correlation_id.clone())
}

/// The error for an upload that was sent completely but never answered. Only a poll can tell whether GitLab has it.
pub fn unanswered(error: &Error, tried: Tried, path: &str) -> UserError {
    let why = of_gitlab(error);
    let what = match tried.total_bytes {
        0 => "The request was sent".to_owned(),
        bytes => format!("All {} were sent", format::bytes(bytes)),
    };
    let headline = format!(
        "{what}{}, and GitLab may have received it although it did not answer. {}",
        tried.again(),
        why.headline
    );
    UserError::new(why.code, headline, format!("Check {path} before you upload the archive again."))
        .with_correlation_id(error.correlation_id.clone())
}
