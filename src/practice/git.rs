//! Git over HTTP: the repositories of wikis and snippets (gitprotocol-http, gitprotocol-pack, version 0).
//!
//! As strict as GitLab: only HTTP Basic with the token as password counts, any other header is ignored, and without it
//! the answer is 401 whether the repository exists or not. The request has to want what the server has offered.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;

use super::access::caller;
use super::answer::{self, HttpAnswer, put};
use super::archive::{Flaw, SNIPPET_ID, snippet_files, wiki};
use super::call::ApiCall;
use super::request::IncomingRequest;
use super::world::World;

const REFS: &str = "/info/refs";
const PACK: &str = "/git-upload-pack";
const DENIED: &str = "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was \
                      incorrect or you're required to use a token instead of a password.";
const NOT_FOUND: &str =
    "The project you were looking for could not be found or you don't have permission to view it.";
/// The pack comes in pieces of this length, which is short on purpose: a client has to put them together.
const BAND_BYTES: usize = 64;

/// The call of a path outside the API.
pub fn call_of(method: &Method, path: &str) -> ApiCall {
    match path {
        _ if *method == Method::GET && path.ends_with(&format!(".git{REFS}")) => ApiCall::GitRefs,
        _ if *method == Method::POST && path.ends_with(&format!(".git{PACK}")) => ApiCall::GitPack,
        _ => ApiCall::Unknown,
    }
}

/// Answers a request outside the API.
pub async fn serve(request: IncomingRequest, whole: Request) -> Response<Body> {
    let (parts, body) = whole.into_parts();
    let call = call_of(&parts.method, parts.uri.path());
    if call == ApiCall::Unknown {
        return answer::error(StatusCode::NOT_FOUND, "404 Not Found").into_response();
    }
    let path = parts.uri.path().to_owned();
    let bundle = match repository(&request.world(), &parts.headers, &path) {
        Ok(bundle) => bundle,
        Err(refused) => return *refused,
    };
    let kind = |name: &str| format!("application/x-git-upload-pack-{name}");
    if call == ApiCall::GitRefs {
        if parts.uri.query() != Some("service=git-upload-pack") {
            return text(StatusCode::FORBIDDEN, "Unknown service");
        }
        return packets(&kind("advertisement"), &advertisement(&bundle));
    }
    let is_request =
        parts.headers.get(header::CONTENT_TYPE) == HeaderValue::from_str(&kind("request")).ok().as_ref();
    // The middleware has read the body already.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if !is_request {
        return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type");
    }
    packets(&kind("result"), &result(&bundle, &body))
}

/// A repository as the file export contains it: its references and its pack.
struct Repository {
    refs: Vec<(String, String)>,
    pack: Vec<u8>,
}

impl Repository {
    fn of(bundle: &[u8]) -> Option<Self> {
        let end = bundle.windows(2).position(|two| two == b"\n\n")?;
        let lines = String::from_utf8_lossy(&bundle[..end]).into_owned();
        let pair = |line: &str| line.split_once(' ').map(|(oid, name)| (oid.to_owned(), name.to_owned()));
        let mut refs: Vec<_> = lines.lines().skip(1).filter_map(pair).collect();
        // `HEAD` comes first, the others by name.
        refs.sort_by_key(|(_, name)| (name != "HEAD", name.clone()));
        Some(Self { refs, pack: bundle[end + 2..].to_vec() })
    }
}

fn repository(world: &World, headers: &HeaderMap, path: &str) -> Result<Repository, Box<Response<Body>>> {
    let denied = || {
        let mut response = text(StatusCode::UNAUTHORIZED, DENIED);
        put(&mut response, header::WWW_AUTHENTICATE, "Basic realm=\"GitLab\"");
        Box::new(response)
    };
    let token = password(headers).ok_or_else(denied)?;
    let mut own = HeaderMap::new();
    own.insert(
        HeaderName::from_static("private-token"),
        HeaderValue::from_str(&token).map_err(|_odd| denied())?,
    );
    let caller = caller(world, &own).map_err(|_refused: HttpAnswer| denied())?.ok_or_else(denied)?;
    if !["api", "read_repository"].iter().any(|scope| caller.card.scopes.contains(scope)) {
        return Err(denied());
    }
    let not_found = || Box::new(text(StatusCode::NOT_FOUND, NOT_FOUND));
    let path = path.strip_suffix(REFS).or_else(|| path.strip_suffix(PACK)).unwrap_or(path);
    let path = path.trim_start_matches('/').trim_end_matches(".git");
    let (project, is_wiki) = match path.strip_suffix(".wiki") {
        Some(project) => (project, true),
        None => (path.strip_suffix(&format!("/snippets/{SNIPPET_ID}")).ok_or_else(not_found)?, false),
    };
    let project = world.projects.iter().find(|known| known.is_at(project)).ok_or_else(not_found)?;
    if !project.visible_to(Some(&caller.user)) {
        return Err(not_found());
    }
    let recipe = world.recipe(project.id, None, Flaw::None).ok_or_else(not_found)?;
    let bundle = if is_wiki { wiki(&recipe) } else { snippet_files() };
    Repository::of(&bundle).ok_or_else(not_found)
}

/// The password of HTTP Basic; any username is accepted.
fn password(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let pair = String::from_utf8(base64(value.strip_prefix("Basic ")?)?).ok()?;
    let (user, password) = pair.split_once(':')?;
    (!user.is_empty() && !password.is_empty()).then(|| password.to_owned())
}

/// Decodes Base64 with padding (RFC 4648).
fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in digits.bytes() {
        let value = DIGITS.iter().position(|digit| *digit == byte)? as u32;
        (bits, count) = (bits << 6 | value, count + 6);
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

fn pkt(out: &mut Vec<u8>, content: &[u8]) {
    out.extend(format!("{:04x}", content.len() + 4).bytes());
    out.extend_from_slice(content);
}

fn advertisement(repository: &Repository) -> Vec<u8> {
    let mut out = Vec::new();
    pkt(&mut out, b"# service=git-upload-pack\n");
    out.extend(b"0000");
    let mut capabilities = "\0multi_ack thin-pack side-band side-band-64k ofs-delta shallow no-progress \
                            symref=HEAD:refs/heads/main object-format=sha1 agent=git/2.47.3";
    for (oid, name) in &repository.refs {
        pkt(&mut out, format!("{oid} {name}{capabilities}\n").as_bytes());
        capabilities = "";
    }
    out.extend(b"0000");
    out
}

/// The answer to a request: everything, because nothing is there yet.
fn result(repository: &Repository, request: &Bytes) -> Vec<u8> {
    let mut out = Vec::new();
    if let Err(why) = wants(repository, request) {
        pkt(&mut out, format!("ERR upload-pack: {why}\n").as_bytes());
        return out;
    }
    pkt(&mut out, b"NAK\n");
    pkt(&mut out, b"\x02Enumerating objects\n");
    for piece in repository.pack.chunks(BAND_BYTES) {
        pkt(&mut out, &[&b"\x01"[..], piece].concat());
    }
    out.extend(b"0000");
    out
}

/// Whether the request wants only what was offered, and ends.
fn wants(repository: &Repository, request: &[u8]) -> Result<(), String> {
    let mut lines = Vec::new();
    let mut rest = request;
    while let Some((length, more)) = rest.split_at_checked(4) {
        let length = std::str::from_utf8(length).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let length = length.ok_or("bad line length")?;
        let content = length.saturating_sub(4);
        let (line, after) = more.split_at_checked(content).ok_or("the remote end hung up unexpectedly")?;
        lines.push(if length == 0 { None } else { Some(String::from_utf8_lossy(line).into_owned()) });
        rest = after;
    }
    let (last, wants) = lines.split_last().ok_or("no request")?;
    let (flush, wants) = wants.split_last().ok_or("no request")?;
    if last.as_deref() != Some("done\n") || flush.is_some() || wants.is_empty() {
        return Err("expected wants, a flush and done".to_owned());
    }
    for (at, want) in wants.iter().enumerate() {
        let line = want.as_deref().and_then(|line| line.strip_prefix("want ")).ok_or("expected a want")?;
        let (oid, capabilities) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        if (at == 0) != capabilities.contains("side-band-64k") {
            return Err("the first want names the capabilities".to_owned());
        }
        if !repository.refs.iter().any(|(known, _)| known == oid) {
            return Err(format!("not our ref {oid}"));
        }
    }
    Ok(())
}

fn packets(kind: &str, bytes: &[u8]) -> Response<Body> {
    let mut response = answer::text(200, kind, bytes.to_vec());
    put(&mut response, header::CACHE_CONTROL, "no-cache, max-age=0, must-revalidate");
    response
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    answer::text(status.as_u16(), "text/plain; charset=utf-8", text.to_owned())
}
