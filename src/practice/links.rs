//! Signed URLs of the object storage, in AWS's form (Signature Version 4 in the query).

use std::collections::HashMap;

use axum::http::{Method, Uri};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::archive::hex;
use super::project::StoredFile;

/// The path of exports in the bucket.
const PREFIX: &str = "/practice-uploads/import_export_upload/export_file";

/// A signed URL that was handed out.
#[derive(Debug)]
struct Link {
    method: Method,
    path: String,
    date: String,
    lasts_s: u64,
    file_id: u64,
    expires_at_real_ms: u64,
    uses_left: Option<u32>,
}

/// How long a signed URL is valid, or for how many requests.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    pub ms: u64,
    pub requests: Option<u32>,
}

/// The moment of a signature, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct SigningTime {
    pub wall: Timestamp,
    pub real_ms: u64,
}

/// Why the storage refuses a URL.
#[derive(Debug, Clone, Copy)]
pub enum LinkRefusal {
    Missing,
    Mismatch,
    Expired,
}

/// The signed URLs by their signature.
#[derive(Debug, Default)]
pub struct Links(HashMap<String, Link>);

impl Links {
    /// A new signed URL for `file`, as path and query. As on AWS, a HEAD needs a URL that was signed for HEAD.
    /// `number` distinguishes two links of the same second.
    pub fn sign(
        &mut self,
        number: u64,
        file: &StoredFile,
        method: &Method,
        lasts: Validity,
        now: SigningTime,
    ) -> String {
        let path = format!("{PREFIX}/{}/{}", file.id, file.name);
        let date = now.wall.strftime("%Y%m%dT%H%M%SZ").to_string();
        let lasts_s = lasts.ms.div_ceil(1000).max(1);
        let method = if method == Method::HEAD { Method::HEAD } else { Method::GET };
        let signed = format!("{method} {path} {date} {lasts_s} {number}");
        let signature = hex(&Sha256::digest(signed.as_bytes()));
        let credential = format!("PRACTICE%2F{}%2Feu-central-1%2Fs3%2Faws4_request", &date[..8]);
        let target = format!(
            "{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}\
             &X-Amz-Expires={lasts_s}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        );
        let expires_at_real_ms = now.real_ms.saturating_add(lasts.ms);
        let (file_id, uses_left) = (file.id, lasts.requests);
        let link = Link { method, path, date, lasts_s, file_id, expires_at_real_ms, uses_left };
        self.0.insert(signature, link);
        target
    }

    /// The ID of the file behind a signed URL. Every request that gets this far uses the link once.
    pub fn open(&mut self, method: &Method, uri: &Uri, real_ms: u64) -> Result<u64, LinkRefusal> {
        let query = uri.query().unwrap_or_default();
        let value = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
        };
        let signature = value("X-Amz-Signature").ok_or(LinkRefusal::Missing)?;
        let link = self.0.get_mut(&signature).ok_or(LinkRefusal::Mismatch)?;
        let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
        let same = link.path == path
            && link.method == *method
            && value("X-Amz-Date").as_deref() == Some(link.date.as_str())
            && value("X-Amz-Expires") == Some(link.lasts_s.to_string());
        if !same {
            return Err(LinkRefusal::Mismatch);
        }
        if real_ms >= link.expires_at_real_ms || link.uses_left == Some(0) {
            return Err(LinkRefusal::Expired);
        }
        link.uses_left = link.uses_left.map(|left| left - 1);
        Ok(link.file_id)
    }
}
