//! Uploads a file to GitLab: one multipart request, streamed. It gives up only when no bytes move.

use std::borrow::Cow;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::TryStreamExt;
use reqwest::Method;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue};
use reqwest::multipart::{Form, Part};
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::Notify;
use tokio_util::io::ReaderStream;

use super::answer::{ApiAnswer, MOST_JSON_BYTES, correlation_id};
use super::client::{Call, Client, Sent, may_have_arrived};
use super::error::{Error, ErrorKind, RequestPhase};
use super::redirect::Hop;
use super::stamp::FileStamp;
use super::transport;

/// How many bytes of the file are read at once.
const PIECE_BYTES: usize = 256 * 1024;

/// Name and text of a multipart field.
pub(super) type FormField = (Cow<'static, str>, String);

/// What the file's stream reports while `reqwest` reads it.
#[derive(Debug, Default)]
struct Moved {
    sent_bytes: AtomicU64,
    again: Notify,
    read_error: Mutex<Option<String>>,
}

impl Client {
    /// Sends text fields, then the file as field `file`, if it still matches the stamp. Does not follow redirects,
    /// because the body can be sent only once.
    pub(super) async fn send_file<T: DeserializeOwned>(
        &self,
        call: Call,
        segments: &[&str],
        fields: Vec<FormField>,
        (file, stamp): (&Path, Option<FileStamp>),
        sent_bytes: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<ApiAnswer<T>, Error> {
        let moved = Arc::new(Moved::default());
        let (part, length_bytes) =
            file_part(call.name, (file, stamp), Arc::clone(&moved), sent_bytes).await?;
        let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        let request = self
            .http
            .request(Method::POST, self.instance.api(segments))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .multipart(form.part("file", part))
            .build();
        let mut request = request.map_err(|error| Error::new(call.name, transport::classify(&error)))?;
        self.authorize(call.name, request.headers_mut())?;
        let url = request.url().clone();

        let began = Instant::now();
        let result = self.while_it_moves(call, request, &moved).await;
        let sent = Sent { call: call.name, method: &Method::POST, url: &url, began };
        self.record(&sent, result.as_ref().ok());
        let answer = match result {
            Ok(response) => self.answer_of(call, &url, response).await,
            Err(error) => Err(of_the_file(error, file, &moved, length_bytes).await),
        };
        answer.map_err(|mut error| {
            error.maybe_sent = may_have_arrived(&error);
            error
        })
    }

    async fn answer_of<T: DeserializeOwned>(
        &self,
        call: Call,
        url: &url::Url,
        response: reqwest::Response,
    ) -> Result<ApiAnswer<T>, Error> {
        if let Some(hop) = self.hop(call.name, url, &response)? {
            let kind = match hop {
                Hop::Own(url) if self.instance.is_web_root(&url) => ErrorKind::ReadOnly,
                Hop::Own(_) | Hop::Foreign(_) => ErrorKind::RedirectRefused("an upload".to_owned()),
            };
            let error = Error::new(call.name, kind).of_family(call.family);
            return Err(error.answered(response.status().as_u16(), correlation_id(response.headers())));
        }
        let raw = self.read(call, response, MOST_JSON_BYTES).await?;
        self.decode(call, &raw)
    }

    /// Waits for the answer. Every sent piece restarts the time limit.
    async fn while_it_moves(
        &self,
        call: Call,
        request: reqwest::Request,
        moved: &Moved,
    ) -> Result<reqwest::Response, Error> {
        let limit = self.connect_timeout.saturating_add(self.read_timeout);
        let mut sending = pin!(self.http.execute(request));
        loop {
            tokio::select! {
                result = &mut sending => {
                    let mut response = result.map_err(|error| {
                        Error::new(call.name, transport::classify(&error)).said(transport::cause(&error))
                    })?;
                    self.take_secrets_from_headers(response.headers_mut());
                    return Ok(response);
                }
                () = moved.again.notified() => {}
                () = tokio::time::sleep(limit) => {
                    return Err(Error::new(call.name, ErrorKind::TimedOut { phase: RequestPhase::ApiAnswer }));
                }
            }
        }
    }
}

/// The file as a multipart field, and its length. Bytes that are appended later are not sent.
async fn file_part(
    call: &'static str,
    (path, stamp): (&Path, Option<FileStamp>),
    moved: Arc<Moved>,
    sent_bytes: impl Fn(u64) + Send + Sync + 'static,
) -> Result<(Part, u64), Error> {
    let unreadable =
        |error: std::io::Error| Error::local(call, format!("{} cannot be read ({error})", path.display()));
    // Checked first, because opening a pipe would block.
    if !tokio::fs::metadata(path).await.map_err(unreadable)?.is_file() {
        return Err(Error::local(call, format!("{} is not a file", path.display())));
    }
    let file = File::open(path).await.map_err(unreadable)?;
    let metadata = file.metadata().await.map_err(unreadable)?;
    if stamp.is_some_and(|stamp| stamp != FileStamp::of(&metadata)) {
        return Err(Error::local(call, format!("{} was changed since it was checked", path.display())));
    }
    let length_bytes = metadata.len();
    let on_error = Arc::clone(&moved);
    let stream = ReaderStream::with_capacity(file.take(length_bytes), PIECE_BYTES)
        .inspect_ok(move |piece| {
            let piece_bytes = piece.len() as u64;
            sent_bytes(moved.sent_bytes.fetch_add(piece_bytes, Ordering::Relaxed) + piece_bytes);
            moved.again.notify_one();
        })
        .inspect_err(move |error| {
            *on_error.read_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        });
    let name = sent_name(&path.file_name().unwrap_or_default().to_string_lossy());
    let part = Part::stream_with_length(reqwest::Body::wrap_stream(stream), length_bytes)
        .file_name(name)
        .mime_str("application/gzip")
        .map_err(|error| Error::new(call, transport::classify(&error)))?;
    Ok((part, length_bytes))
}

/// The file name that is sent. GitLab rejects a name without `.gz` at the end, and only after the whole upload
/// (`lib/api/project_import.rb`). The name on this computer does not matter to GitLab.
fn sent_name(name: &str) -> String {
    if Path::new(name).extension().is_some_and(|extension| extension == "gz") {
        return name.to_owned();
    }
    let lower = name.to_ascii_lowercase();
    let known = [".tar.gz", ".tgz", ".tar", ".gz"].into_iter().find(|ending| lower.ends_with(ending));
    let stem = &name[..name.len() - known.map_or(0, str::len)];
    let stem = if stem.is_empty() { "archive" } else { stem };
    format!("{stem}.tar.gz")
}

/// Turns an error that was caused by the local file into one that says so.
async fn of_the_file(error: Error, file: &Path, moved: &Moved, length_bytes: u64) -> Error {
    if let Some(why) = moved.read_error.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Error::local(error.call, format!("the file could not be read to its end ({why})"));
    }
    // If the file ends early, our side ends the request, which looks like a lost connection.
    match tokio::fs::metadata(file).await {
        Ok(now) if now.len() < length_bytes => {
            Error::local(error.call, "the file became shorter while it was sent".to_owned())
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::sent_name;

    #[test]
    fn every_name_ends_as_gitlab_wants_it() {
        for (name, sent) in [
            ("a_export.tar.gz", "a_export.tar.gz"),
            ("issues.ndjson.gz", "issues.ndjson.gz"),
            ("lab_demo_export.tgz", "lab_demo_export.tar.gz"),
            ("A.TAR.GZ", "A.tar.gz"),
            ("export", "export.tar.gz"),
            ("a.tar.gz.part", "a.tar.gz.part.tar.gz"),
            ("日本.tgz", "日本.tar.gz"),
            (".tgz", "archive.tar.gz"),
            ("", "archive.tar.gz"),
        ] {
            assert_eq!(sent_name(name), sent, "{name}");
        }
    }
}
