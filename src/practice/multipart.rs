//! Reads `multipart/form-data` as it arrives: fields are stored, a file is unpacked as the importer would.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::{Stream, StreamExt as _, stream};
use multer::{Field, Multipart};

use super::answer::{self, HttpAnswer};
use super::importer::{Importer, UnpackedArchive};
use super::params::Params;

/// The longest field that is stored.
const FIELD_BYTES: usize = 64 * 1024;
/// The maximum number of bytes that the parser may hold before it returns something: two pieces as they arrive from a
/// socket, or the head of a part.
const HELD_BYTES: usize = 1024 * 1024;

/// An uploaded file.
#[derive(Debug)]
pub struct SentFile {
    pub name: String,
    pub size_bytes: u64,
    /// The file as the importer unpacks it.
    pub archive: UnpackedArchive,
}

/// Reads the body to its end, or to the first byte of a file above `most_bytes`; 0 is no limit. A file's name becomes
/// the parameter with the name of its field.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    most_bytes: u64,
) -> Result<(Params, Option<SentFile>), HttpAnswer> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = async {
        let unread = Unread::default();
        let pieces = unread.count(body);
        parts(Multipart::new(pieces, multer::parse_boundary(kind)?), &unread, most_bytes).await
    };
    match read.await {
        Ok((_, Some(file))) if is_above(file.size_bytes, most_bytes) => Err(answer::too_large()),
        Ok(read) => Ok(read),
        Err(_malformed) => {
            Err(answer::error(StatusCode::BAD_REQUEST, "The request body is not valid multipart/form-data"))
        }
    }
}

fn is_above(bytes: u64, most_bytes: u64) -> bool {
    most_bytes > 0 && bytes > most_bytes
}

async fn parts(
    mut form: Multipart<'_>,
    unread: &Unread,
    most_bytes: u64,
) -> Result<(Params, Option<SentFile>), multer::Error> {
    let mut params = Params::default();
    let mut file = None;
    while let Some(mut field) = form.next_field().await? {
        unread.none();
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(file_name) = field.file_name().map(str::to_owned) {
            let (mut importer, mut size_bytes) = (Importer::default(), 0);
            while let Some(bytes) = field.chunk().await? {
                unread.none();
                size_bytes += bytes.len() as u64;
                if is_above(size_bytes, most_bytes) {
                    break;
                }
                importer.feed(&bytes);
            }
            params.set(&name, file_name.clone());
            file = Some(SentFile { name: file_name, size_bytes, archive: importer.end() });
            if is_above(size_bytes, most_bytes) {
                break;
            }
        } else {
            let mut value = Vec::new();
            each_chunk(&mut field, unread, |bytes| {
                let room = FIELD_BYTES.saturating_sub(value.len());
                value.extend_from_slice(&bytes[..bytes.len().min(room)]);
            })
            .await?;
            params.set(&name, String::from_utf8_lossy(&value).into_owned());
        }
    }
    Ok((params, file))
}

async fn each_chunk(
    field: &mut Field<'_>,
    unread: &Unread,
    mut take: impl FnMut(&[u8]),
) -> Result<(), multer::Error> {
    while let Some(bytes) = field.chunk().await? {
        unread.none();
        take(&bytes);
    }
    Ok(())
}

/// How many bytes the parser has taken since it last returned something. It takes whatever is ready: without this
/// limit, an upload that is faster than its inspection, or an endless head, would fill the memory.
#[derive(Debug, Default, Clone)]
struct Unread(Arc<AtomicUsize>);

impl Unread {
    /// The pieces of a body, one at a time, and an error if the parser would hold too much.
    fn count(&self, body: Body) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send + 'static {
        let unread = Arc::clone(&self.0);
        stream::unfold((body.into_data_stream(), true), move |(mut pieces, is_first)| {
            let unread = Arc::clone(&unread);
            async move {
                // Waiting once makes the parser stop taking pieces. It must not wait before the first piece: multer
                // reports a body that ends right after a wait as one without a beginning.
                if !is_first {
                    tokio::task::yield_now().await;
                }
                let piece = pieces.next().await?.and_then(|piece: Bytes| {
                    let held = unread.fetch_add(piece.len(), Ordering::Relaxed);
                    let too_long = || axum::Error::new("the head of a part is too long");
                    (held <= HELD_BYTES).then_some(piece).ok_or_else(too_long)
                });
                Some((piece, (pieces, false)))
            }
        })
    }

    fn none(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap())])
    }

    fn body(pieces: impl Iterator<Item = Vec<u8>> + Send + 'static) -> Body {
        Body::from_stream(stream::iter(pieces.map(Ok::<_, std::io::Error>)))
    }

    const FILE: &[u8] =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.tar.gz\"\r\n\r\n";

    #[tokio::test]
    async fn an_upload_of_a_gigabyte_is_counted_and_not_buffered() {
        let chunk = vec![7_u8; 1 << 20];
        let pieces = std::iter::once(FILE.to_vec())
            .chain(std::iter::repeat_n(chunk, 1024))
            .chain([b"\r\n--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\nx\r\n--b--".to_vec()]);
        let (params, file) = read(&form(), body(pieces), 0).await.unwrap();
        let file = file.unwrap();
        assert_eq!((file.name.as_str(), file.size_bytes), ("a.tar.gz", 1 << 30));
        assert_eq!((params.get("file"), params.get("path")), (Some("a.tar.gz"), Some("x")));
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused_and_a_head_without_an_end_is_not_read_to_its_end() {
        for pieces in [
            vec![FILE.to_vec()],
            vec![b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--c--".to_vec()],
            vec![b"--b\r\n".to_vec(), b"not a head\r\n\r\nx\r\n--b--\r\n".to_vec()],
            vec![],
        ] {
            assert_eq!(read(&form(), body(pieces.into_iter()), 0).await.unwrap_err().status, 400);
        }
        assert_eq!(read(&HeaderMap::new(), Body::empty(), 0).await.unwrap_err().status, 400);
        let endless = std::iter::once(b"--b\r\nContent-Disposition: ".to_vec())
            .chain(std::iter::repeat(vec![b'a'; 4096]));
        assert_eq!(read(&form(), body(endless), 0).await.unwrap_err().status, 400);
    }

    #[tokio::test]
    async fn a_form_is_read_however_its_bytes_are_cut() {
        let whole = [
            FILE,
            &b"\r\n--".repeat(3_000),
            b"\r\n--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\nx\r\n--b--\r\n",
        ]
        .concat();
        for length in [1, 2, 7, 64, 4_096, whole.len()] {
            let pieces: Vec<_> = whole.chunks(length).map(<[u8]>::to_vec).collect();
            let (params, file) = read(&form(), body(pieces.into_iter()), 0).await.unwrap();
            assert_eq!((file.unwrap().size_bytes, params.get("path")), (12_000, Some("x")), "{length}");
        }
    }

    #[tokio::test]
    async fn a_file_above_the_limit_is_read_no_further() {
        let pieces = std::iter::once(FILE.to_vec()).chain(std::iter::repeat(vec![7_u8; 1000]));
        let refused = read(&form(), body(pieces), 12_000).await.unwrap_err();
        assert_eq!(refused.status, 413);
        let whole = std::iter::once(FILE.to_vec())
            .chain(std::iter::repeat_n(vec![7_u8; 1000], 12))
            .chain([b"\r\n--b--\r\n".to_vec()]);
        let (_, file) = read(&form(), body(whole), 12_000).await.unwrap();
        assert_eq!(file.unwrap().size_bytes, 12_000);
    }

    #[tokio::test]
    async fn a_field_is_kept_up_to_its_limit() {
        let pieces =
            std::iter::once(b"--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n".to_vec())
                .chain(std::iter::repeat_n(vec![b'a'; 10_000], 10))
                .chain([b"\r\n--b--\r\n".to_vec()]);
        let (params, file) = read(&form(), body(pieces), 0).await.unwrap();
        assert_eq!(params.get("path").map(str::len), Some(FIELD_BYTES));
        assert!(file.is_none());
    }
}
