//! Reads a repository over git's smart HTTP protocol, version 0 (gitprotocol-http, gitprotocol-pack): the references,
//! then all their objects as one pack.
//!
//! GitLab accepts an access token as the password of HTTP Basic, for the user `oauth2`. The token goes to the
//! instance's own origin only, as with every API call, and is never part of a URL.

mod pkt;
mod refs;
mod side_band;

use std::fmt;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::answer::{content_type, correlation_id, is_html};
use super::body::Body;
use super::client::{ApiRequest, Call, Client, Login};
use super::error::{Error, ErrorKind};
use super::instance::Instance;
use super::refusal::Family;
use super::secrets::Use;

pub use refs::{GitRef, ObjectFormat};
pub use side_band::Pack;

const REFS: Call = Call { name: "GET info/refs", family: Family::Plain };
/// Named without its method: the request changes nothing.
const PACK: Call = Call { name: "git-upload-pack", family: Family::Plain };
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";
const REQUEST: HeaderValue = HeaderValue::from_static("application/x-git-upload-pack-request");
const RESULT: HeaderValue = HeaderValue::from_static("application/x-git-upload-pack-result");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");
const INFO_REFS: &str = "/info/refs";
/// The most bytes of references that are read: more than 100,000 references.
const MOST_REFS_BYTES: usize = 8 << 20;

/// A repository on an instance's own origin. Shows its URL, which contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRepository(Url);

/// The references of a repository, and where its objects can be requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRefs {
    /// In the server's order; empty for a repository without commits.
    pub refs: Vec<GitRef>,
    pub format: ObjectFormat,
    /// The repository's URL after redirects.
    repository: Url,
}

impl fmt::Display for GitRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Instance {
    /// The repository of a project's wiki.
    pub fn wiki_repository(&self, project_path: &str) -> Option<GitRepository> {
        self.repository(&format!("{}/{project_path}.wiki.git", self.root()))
    }

    /// The repository at the path of a URL from GitLab, on this instance's own origin: GitLab's configured host may
    /// differ from the one that is called, and the token must not go to any other host.
    pub fn repository_at(&self, url: &str) -> Option<GitRepository> {
        self.repository(Url::parse(url).ok()?.path())
    }

    fn repository(&self, path: &str) -> Option<GitRepository> {
        // Parsing the path again would resolve dots; a path with them is none of GitLab's.
        let parts = path.strip_prefix('/')?.split('/');
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        let is_repository = |path: &str| path.strip_suffix(".git").is_some();
        if !is_repository(path) || !parts.clone().all(is_plain) {
            return None;
        }
        let mut url = Url::parse(&self.origin()).ok()?;
        url.set_path(path);
        (self.owns(&url) && is_repository(url.path())).then_some(GitRepository(url))
    }
}

impl Client {
    /// The references of a repository.
    pub async fn git_refs(&self, repository: &GitRepository) -> Result<GitRefs, Error> {
        let mut url = repository.0.clone();
        url.set_path(&format!("{}{INFO_REFS}", repository.0.path()));
        url.set_query(Some("service=git-upload-pack"));
        let headers = HeaderMap::from_iter([(ACCEPT, ANYTHING)]);
        let request = ApiRequest { headers, login: Login::Git, ..ApiRequest::get(url) };
        let response = self.follow_own(REFS, request).await?;
        let at = response.url().clone();
        let raw = self.read(REFS, response, MOST_REFS_BYTES).await?;
        let id = correlation_id(&raw.headers);
        let fail = |kind| Error::new(REFS.name, kind).answered(raw.status, id.clone());
        let odd =
            |what: &str| fail(ErrorKind::UnexpectedAnswer { status: raw.status, what: what.to_owned() });
        if raw.status != 200 {
            return Err(no_repository(self.refused(REFS, &raw)));
        }
        if content_type(&raw.headers).as_deref() != Some(ADVERTISEMENT) {
            let is_page = is_html(&raw.headers, &raw.body);
            let page = ErrorKind::HtmlInsteadOfJson { status: raw.status, ray: None };
            return Err(if is_page { fail(page) } else { odd("it is not a list of git references") });
        }
        let list = refs::parse(&raw.body).map_err(|fault| match fault {
            refs::RefsFault::Said(said) => {
                let said = self.hidden_in_text(&said, Use::Words).unwrap_or(said);
                fail(ErrorKind::Git).said(Some(said))
            }
            refs::RefsFault::Odd(what) => odd(what),
        })?;
        let mut repository = at;
        repository.set_query(None);
        let path = repository.path().strip_suffix(INFO_REFS).map(str::to_owned);
        repository.set_path(&path.ok_or_else(|| odd("the redirect leads to another kind of URL"))?);
        Ok(GitRefs { refs: list.refs, format: list.format, repository })
    }

    /// All objects of these references, as one pack that needs no other objects. There must be at least one.
    pub async fn git_pack(&self, refs: &GitRefs) -> Result<Pack, Error> {
        let mut url = refs.repository.clone();
        url.set_path(&format!("{}/git-upload-pack", refs.repository.path()));
        let request = ApiRequest {
            method: Method::POST,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, REQUEST), (ACCEPT, RESULT)]),
            body: Some(refs::request(&refs.refs, refs.format)),
            login: Login::Git,
            url,
        };
        let response = self.follow_own(PACK, request).await?;
        let status = response.status().as_u16();
        let is_pack = content_type(response.headers()).as_deref() == RESULT.to_str().ok();
        if status == 200 && is_pack {
            let secrets = self.clone();
            let hide = move |text: String| secrets.hidden_in_text(&text, Use::Words).unwrap_or(text);
            return Ok(Pack::new(
                Body::new(response, self.read_timeout, PACK.name),
                PACK.name,
                Box::new(hide),
            ));
        }
        let raw = self.read(PACK, response, super::answer::MOST_REFUSAL_BYTES).await?;
        if status == 200 {
            let what = "it is not a pack of git objects".to_owned();
            let error = Error::new(PACK.name, ErrorKind::UnexpectedAnswer { status, what });
            return Err(error.answered(status, correlation_id(&raw.headers)));
        }
        Err(no_repository(self.refused(PACK, &raw)))
    }
}

/// GitLab answers 401, 403 or 404 where git may not read: the token is right for the API nevertheless.
fn no_repository(mut error: Error) -> Error {
    if matches!(error.status, Some(401 | 403 | 404)) {
        error.kind = ErrorKind::NoRepository;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_on_the_instance_itself_whatever_its_url_says() {
        let instance = Instance::parse("https://git.example/root").unwrap();
        let at = |url| instance.repository_at(url).map(|repository| repository.to_string());
        let ours = Some("https://git.example/root/a/b/snippets/7.git".to_owned());
        for url in [
            "https://git.example/root/a/b/snippets/7.git",
            "http://inside.example:8080/root/a/b/snippets/7.git",
            "https://user:secret@evil.example/root/a/b/snippets/7.git?x=1#y",
        ] {
            assert_eq!(at(url), ours, "{url}");
        }
        for url in ["https://git.example/a/b/7", "no url", "https://git.example//evil.example/a.git"] {
            assert_eq!(at(url), None, "{url}");
        }
        let wiki = |path| instance.wiki_repository(path).map(|repository| repository.to_string());
        assert_eq!(wiki("a/b"), Some("https://git.example/root/a/b.wiki.git".to_owned()));
        assert_eq!(wiki("../x"), None);
        assert_eq!(wiki("a/?b"), Some("https://git.example/root/a/%3Fb.wiki.git".to_owned()));
    }
}
