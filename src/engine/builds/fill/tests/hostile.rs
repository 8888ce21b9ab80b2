//! Servers that lie. Each gets a sentence, and leaves no file.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha1::{Digest as _, Sha1};

use super::git::{fetched, path_in};

const OID: &str = "0123456789012345678901234567890123456789";
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";
const RESULT: &str = "application/x-git-upload-pack-result";

fn pkt(content: &[u8]) -> Vec<u8> {
    [format!("{:04x}", content.len() + 4).as_bytes(), content].concat()
}

fn advertisement() -> Vec<u8> {
    let first = format!("{OID} refs/heads/main\0side-band-64k ofs-delta\n");
    [pkt(b"# service=git-upload-pack\n"), b"0000".to_vec(), pkt(first.as_bytes()), b"0000".to_vec()].concat()
}

fn band(number: u8, content: &[u8]) -> Vec<u8> {
    pkt(&[&[number], content].concat())
}

/// A pack with one blob, whose object is not the one of the reference; its checksum is right.
fn pack() -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
    pack.push(0x31);
    // `x`, as stored deflate.
    pack.extend([0x78, 0x01, 1, 1, 0, 0xfe, 0xff, b'x', 0, 0x79, 0, 0x79]);
    let digest = Sha1::digest(&pack);
    pack.extend(digest);
    pack
}

/// What the server answers to a request: all of it, then perhaps the same piece for ever.
#[derive(Clone)]
struct Answer {
    head: String,
    body: Vec<u8>,
    and_on: Option<Vec<u8>>,
}

fn ok(kind: &str, body: Vec<u8>) -> Answer {
    Answer { head: format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"), body, and_on: None }
}

/// A server with an answer for the references and one for the pack; the requests that it received.
fn start(refs: Answer, pack: Answer) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (refs, pack, kept) = (refs.clone(), pack.clone(), Arc::clone(&kept));
            thread::spawn(move || serve(stream, &refs, &pack, &kept));
        }
    });
    (url, seen)
}

fn serve(mut stream: TcpStream, refs: &Answer, pack: &Answer, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    // The requests of these tests are short.
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&piece[..read]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let answer = if text.starts_with("GET ") { refs } else { pack };
    seen.lock().unwrap().push(text);
    let length = match answer.and_on {
        None => format!("Content-Length: {}\r\n", answer.body.len()),
        Some(_) => String::new(),
    };
    let head = format!("{}{length}Connection: close\r\n\r\n", answer.head);
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()?;
    while let Some(more) = &answer.and_on {
        stream.write_all(more).ok()?;
    }
    Some(())
}

/// The sentence about a server with these answers, which must leave nothing.
async fn said(refs: Answer, pack: Answer) -> String {
    let (url, seen) = start(refs, pack);
    let folder = tempfile::tempdir().unwrap();
    let failed = fetched(&url, folder.path()).await.unwrap_err();
    assert!(!path_in(folder.path()).exists(), "{}", failed.why);
    let left = std::fs::read_dir(folder.path().join("filled")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{}", failed.why);
    assert!(!failed.why.contains("glpat") && failed.why.ends_with(['.', '”']), "{}", failed.why);
    assert!(!seen.lock().unwrap().is_empty());
    failed.why
}

fn packed(body: Vec<u8>) -> Answer {
    ok(RESULT, [pkt(b"NAK\n"), body].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_list_of_references_is_reported() {
    let nothing = || packed(Vec::new());
    let endless = Answer {
        and_on: Some(pkt(format!("{OID} refs/heads/x\n").as_bytes())),
        ..ok(ADVERTISEMENT, [pkt(b"# service=git-upload-pack\n"), b"0000".to_vec()].concat())
    };
    assert!(said(endless, nothing()).await.contains("it is longer than 8388608 bytes"));
    let whole = advertisement();
    let cut = ok(ADVERTISEMENT, whole[..whole.len() - 9].to_vec());
    assert!(said(cut, nothing()).await.contains("the list of git references ends early"));
    let page = ok("text/html", b"<html>Sign in</html>".to_vec());
    assert!(said(page, nothing()).await.contains("web page"));
    let dumb = ok("text/plain", format!("{OID}\trefs/heads/main\n").into_bytes());
    assert!(said(dumb, nothing()).await.contains("not a list of git references"));
    let error =
        [pkt(b"# service=git-upload-pack\n"), b"0000".to_vec(), pkt(b"ERR the disk is on fire\n")].concat();
    assert!(said(ok(ADVERTISEMENT, error), nothing()).await.contains("“the disk is on fire”"));
    // Another line in the header of the bundle.
    let first = format!("{OID} refs/heads/a\nrefs/heads/b\0side-band-64k");
    let lines =
        [pkt(b"# service=git-upload-pack\n"), b"0000".to_vec(), pkt(first.as_bytes()), b"0000".to_vec()];
    assert!(said(ok(ADVERTISEMENT, lines.concat()), nothing()).await.contains("has the wrong form"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_changed_or_invalid_pack_is_reported() {
    let refs = || ok(ADVERTISEMENT, advertisement());
    let whole = pack();
    let end = b"0000".to_vec();
    let sent = |bytes: &[u8]| packed([band(1, bytes), end.clone()].concat());
    let cut = packed(band(1, &whole[..20]));
    assert!(said(refs(), cut).await.contains("ended in the middle"));
    let short = sent(&whole[..whole.len() - 5]);
    assert!(said(refs(), short).await.contains("wrong checksum"));
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(said(refs(), sent(&changed)).await.contains("wrong checksum"));
    assert!(said(refs(), sent(&whole)).await.contains("lacks an object"));
    assert!(said(refs(), sent(b"no pack at all")).await.contains("no pack that git can read"));
    assert!(said(refs(), sent(b"")).await.contains("ends inside its header"));
    let error = packed([band(2, b"Counting"), band(3, b"fatal: bad object\n")].concat());
    let why = said(refs(), error).await;
    assert!(why.contains("Git on the server") && why.contains("“fatal: bad object”"), "{why}");
    assert!(said(refs(), ok(RESULT, pkt(b"ERR no room glpat-secret\n"))).await.contains("no room (token)"));
    assert!(said(refs(), ok(RESULT, b"garbage".to_vec())).await.contains("not sent in packets"));
    assert!(said(refs(), ok(RESULT, band(1, &whole))).await.contains("something other than a pack"));
    assert!(said(refs(), ok("text/plain", Vec::new())).await.contains("not a pack of git objects"));
    let idle = Answer { and_on: Some(band(2, &vec![b'.'; 60_000])), ..packed(Vec::new()) };
    assert!(said(refs(), idle).await.contains("git sends no pack"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_follows_no_redirect_to_another_host() {
    let (elsewhere, seen) = start(ok(ADVERTISEMENT, advertisement()), packed(Vec::new()));
    let to = |path: &str, status: u16| Answer {
        head: format!("HTTP/1.1 {status} X\r\nLocation: {elsewhere}{path}\r\n"),
        body: Vec::new(),
        and_on: None,
    };
    let why = said(to("/a/b.wiki.git/info/refs", 301), packed(Vec::new())).await;
    assert!(why.contains("redirects") && why.contains("did not follow"), "{why}");
    let why = said(ok(ADVERTISEMENT, advertisement()), to("/a/b.wiki.git/git-upload-pack", 307)).await;
    assert!(why.contains("redirects") && why.contains("did not follow"), "{why}");
    assert!(seen.lock().unwrap().is_empty(), "nothing was requested there");
}
