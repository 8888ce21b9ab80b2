//! Predicts GitLab's reaction to a remote archive from the answer to the same HEAD request that GitLab makes.
//!
//! `Gitlab::ImportExport::FileAcquisitionStrategies::RemoteFileValidator`: HEAD with a timeout of one second, an
//! accepted content type and a length within the limit; skipped if the answer shows that the server is Amazon S3.

use crate::case::format;

/// The content types that GitLab accepts.
const TYPES: [&str; 3] = ["application/gzip", "application/x-tar", "application/x-gzip"];

/// The relevant parts of the answer to HEAD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteHead {
    pub status: u16,
    /// Lower case, without parameters.
    pub content_type: Option<String>,
    pub content_length: Option<u64>,
    /// `Server: AmazonS3` together with `x-amz-request-id`.
    pub is_amazon_s3: bool,
}

/// GitLab's expected reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteVerdict {
    /// GitLab accepts it.
    Accepted { bytes: u64 },
    /// Amazon S3: GitLab does not check type and length.
    Unchecked,
    /// GitLab will refuse it; the sentence says why.
    Refused { why: String },
    /// This computer cannot reach the URL. GitLab may still reach it, for example inside the instance's own network.
    NotReached { why: String },
}

/// Judges the answer; `None` means that HEAD brought no answer within GitLab's one second.
pub fn judge_head(head: Option<&RemoteHead>, most_bytes: u64) -> RemoteVerdict {
    let refused = |why: String| RemoteVerdict::Refused { why };
    let Some(head) = head else {
        return refused(
            "the server does not answer a HEAD request within one second, and GitLab does not wait longer"
                .into(),
        );
    };
    if head.is_amazon_s3 {
        return RemoteVerdict::Unchecked;
    }
    if !(200..300).contains(&head.status) {
        let signed = if matches!(head.status, 400 | 401 | 403) {
            ". A URL signed only for GET does not work for HEAD outside Amazon S3"
        } else {
            ""
        };
        return refused(format!("the server answers HEAD with {}{signed}", head.status));
    }
    match head.content_type.as_deref() {
        Some(kind) if TYPES.contains(&kind) => {}
        Some(kind) => {
            return refused(format!("the content type is {kind}. GitLab accepts {}", TYPES.join(", ")));
        }
        None => return refused("the answer to HEAD has no content type".into()),
    }
    match head.content_length {
        None | Some(0) => refused("the answer to HEAD has no length".into()),
        Some(bytes) if bytes > most_bytes => refused(format!(
            "the file has {}. GitLab fetches at most {}",
            format::bytes(bytes),
            format::bytes(most_bytes)
        )),
        Some(bytes) => RemoteVerdict::Accepted { bytes },
    }
}
