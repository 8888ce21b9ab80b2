//! The upload after an export (`after_export_strategies/web_upload_strategy.rb`): a PUT or POST of the archive to the
//! given URL. The API never reports whether the upload succeeded.

use std::sync::Arc;

use axum::http::header;
use futures_util::StreamExt as _;
use tokio::time::sleep_until;
use url::{Host, Url};

use super::project::StoredFile;
use super::serving;
use super::shared::SharedState;

/// The target of a run's upload.
#[derive(Debug, Clone)]
pub struct StoredUpload {
    pub url: Url,
    pub post: bool,
}

/// Waits for the run's file, sends it, and ends the run.
pub async fn follow(
    shared: Arc<SharedState>,
    project_id: u64,
    user_id: u64,
    stored_at_ms: u64,
    upload: StoredUpload,
) {
    sleep_until(shared.clock.instant_of(stored_at_ms + 1)).await;
    let file = shared.world().export_file(project_id, user_id, &shared.clock);
    if let Some(file) = file
        && is_loopback(&upload.url)
    {
        // Only an e-mail reports a failure; the run finishes anyway.
        put(&file, &upload).await.unwrap_or_default();
    }
    shared.world().upload_ended(project_id, user_id, &shared.clock);
}

/// Only loopback URLs: the practice server never contacts another machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

async fn put(file: &StoredFile, upload: &StoredUpload) -> Result<(), reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let request = if upload.post { client.post(upload.url.clone()) } else { client.put(upload.url.clone()) };
    let size = file.archive.size_bytes();
    let stream = serving::body(Arc::clone(&file.archive), 0, size).into_data_stream();
    // The stream's items are `Result<Bytes, axum::Error>`, which reqwest takes as they are.
    let body = reqwest::Body::wrap_stream(stream.map(|piece| piece));
    let sent = request
        .header(header::CONTENT_TYPE, "application/gzip")
        .header(header::CONTENT_LENGTH, size)
        .body(body)
        .send()
        .await?;
    sent.error_for_status().map(drop)
}
