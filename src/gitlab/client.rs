//! The API client: sends calls to one instance and classifies failures.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::answer::{ApiAnswer, Bounded, MOST_JSON_BYTES, MOST_REFUSAL_BYTES, Raw, correlation_id, plain};
use super::calls::{CallRecord, Calls, Reach, template};
use super::error::{Error, ErrorKind, RequestPhase};
use super::instance::Instance;
use super::network_config::NetworkConfig;
use super::redirect::{Hop, MOST_HOPS, moved_project, next_hop};
use super::refusal::{self, Family};
use super::secrets::{Secrets, Use, decoded_without};
use super::token::Token;
use super::transport;

const PRIVATE_TOKEN: HeaderName = HeaderName::from_static("private-token");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Ranges count the bytes of the file itself, so the transfer must not be compressed.
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Enough for a busy machine even at the pace of practice.
const LEAST_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Calls one instance with one token. Clones share connections and the list of latest calls.
#[derive(Clone)]
pub struct Client {
    pub(super) instance: Arc<Instance>,
    token: Option<Token>,
    pub(super) http: reqwest::Client,
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Duration,
    calls: Calls,
    pub(super) secrets: Secrets,
}

/// A call's name, and the group of endpoints that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub name: &'static str,
    pub family: Family,
}

impl Call {
    /// Whether the call changes something: its name starts with its HTTP method, or with `git` for reading a repository.
    fn changes(self) -> bool {
        !["GET", "HEAD", "git"].iter().any(|reading| self.name.starts_with(reading))
    }
}

/// One request without its headers.
#[derive(Debug)]
pub(super) struct ApiRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub login: Login,
}

/// How a request carries the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Login {
    /// In `PRIVATE-TOKEN`, for the API.
    #[default]
    Api,
    /// As the password of HTTP Basic, for git.
    Git,
}

/// A sent request, as far as it may be logged.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub call: &'static str,
    pub method: &'a Method,
    pub url: &'a Url,
    pub began: Instant,
}

/// The name of an HTTP method that this client uses.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        _ => "other",
    }
}

impl ApiRequest {
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, login: Login::Api }
    }
}

impl Client {
    /// A client for an instance. Without a token, its calls are anonymous.
    pub fn new(instance: Instance, token: Option<Token>, wire: &NetworkConfig) -> Result<Self, Error> {
        Ok(Self {
            http: wire.http(&instance)?,
            instance: Arc::new(instance),
            token,
            connect_timeout: wire.connect_timeout,
            read_timeout: wire.read_timeout,
            calls: Calls::default(),
            secrets: Secrets::default(),
        })
    }

    /// The same client with another proxy or other certificates. Keeps the list of latest calls.
    pub fn rewired(&self, wire: &NetworkConfig) -> Result<Self, Error> {
        Ok(Self {
            http: wire.http(&self.instance)?,
            connect_timeout: wire.connect_timeout,
            read_timeout: wire.read_timeout,
            ..self.clone()
        })
    }

    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whether both are clones of one client, or differ only in proxy and certificates.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.instance, &other.instance)
    }

    /// The latest calls of this client and its clones, oldest first.
    pub fn last_calls(&self) -> Vec<CallRecord> {
        self.calls.all()
    }

    /// When the instance answered last, and since when it does not answer.
    pub fn reach(&self) -> Reach {
        self.calls.reach()
    }

    /// Why GitLab does not accept the token, where its last answers said so.
    pub fn token_refused(&self) -> Option<ErrorKind> {
        self.calls.token_refused()
    }

    /// A GET call with a JSON answer.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: Call,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<ApiAnswer<T>, Error> {
        let mut url = self.instance.api(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.json(call, ApiRequest::get(url)).await
    }

    /// A call with a JSON body and a JSON answer.
    pub(super) async fn send_json<T: DeserializeOwned>(
        &self,
        call: Call,
        method: Method,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<ApiAnswer<T>, Error> {
        let body = serde_json::to_vec(body).map_err(|_unserialisable| {
            Error::new(call.name, ErrorKind::Usage("the parameters are not JSON".to_owned()))
        })?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON)]);
        let url = self.instance.api(segments);
        let request = ApiRequest { method, headers, body: Some(body), ..ApiRequest::get(url) };
        self.json(call, request).await
    }

    async fn json<T: DeserializeOwned>(
        &self,
        call: Call,
        mut request: ApiRequest,
    ) -> Result<ApiAnswer<T>, Error> {
        request.headers.insert(ACCEPT, JSON);
        let changes = request.method != Method::GET;
        self.json_answer(call, request).await.map_err(|mut error| {
            error.maybe_sent = changes && may_have_arrived(&error);
            error
        })
    }

    async fn json_answer<T: DeserializeOwned>(
        &self,
        call: Call,
        request: ApiRequest,
    ) -> Result<ApiAnswer<T>, Error> {
        let response = self.follow_own(call, request).await?;
        let raw = self.read(call, response, MOST_JSON_BYTES).await?;
        self.decode(call, &raw)
    }

    /// The value of a successful answer, or the error that the answer means.
    pub(super) fn decode<T: DeserializeOwned>(&self, call: Call, raw: &Raw) -> Result<ApiAnswer<T>, Error> {
        let id = correlation_id(&raw.headers);
        if !(200..300).contains(&raw.status) {
            return Err(self.refused(call, raw));
        }
        match self.without_secrets(raw, Use::Data).json() {
            Ok(value) => {
                self.calls.accepted();
                Ok(ApiAnswer { value, correlation_id: id })
            }
            Err(kind) => Err(Error::new(call.name, kind).answered(raw.status, id)),
        }
    }

    pub(super) fn refused(&self, call: Call, raw: &Raw) -> Error {
        let raw = &self.without_secrets(raw, Use::Words);
        let (kind, said) = refusal::classify(call.family, call.changes(), raw);
        self.calls.refused(&kind);
        let error = Error::new(call.name, kind).said(said).of_family(call.family);
        error.answered(raw.status, correlation_id(&raw.headers))
    }

    /// Removes secrets from an answer: a server, or a proxy in front of it, may repeat our headers and parameters.
    pub(super) fn without_secrets(&self, raw: &Raw, used_as: Use) -> Raw {
        let body = self.secrets.hidden_in(&raw.body, used_as);
        let body = self.token.as_ref().map_or_else(|| body.clone(), |token| token.hidden_in(&body, used_as));
        let body = decoded_without(&body, &|text| self.hidden_in_text(text, used_as)).unwrap_or(body);
        Raw { status: raw.status, headers: raw.headers.clone(), body }
    }

    /// A decoded text from a server without our secrets; `None` where the text contains none.
    pub(super) fn hidden_in_text(&self, text: &str, used_as: Use) -> Option<String> {
        let hidden = self.secrets.hidden_in_text(text, used_as);
        let now = hidden.as_deref().unwrap_or(text);
        self.token.as_ref().and_then(|token| token.hidden_in_text(now, used_as)).or(hidden)
    }

    /// Removes every header that contains one of our secrets, so that later code cannot leak one. A redirect may
    /// repeat the secrets of a URL that we sent, but never the token.
    pub(super) fn take_secrets_from_headers(&self, headers: &mut HeaderMap) {
        let has_token = |value: &HeaderValue| {
            self.token.as_ref().is_some_and(|token| token.is_in_header(value.as_bytes()))
        };
        let name_of = |(name, value): (&HeaderName, &HeaderValue)| {
            let shown =
                has_token(value) || (*name != LOCATION && self.secrets.are_in_header(value.as_bytes()));
            shown.then(|| name.clone())
        };
        let shown: Vec<_> = headers.iter().filter_map(name_of).collect();
        for name in shown {
            headers.remove(name);
        }
    }

    /// Follows redirects within the instance's own origin (a moved project). A call that changes something is sent
    /// again only if the server requests exactly that (307, 308).
    pub(super) async fn follow_own(
        &self,
        call: Call,
        request: ApiRequest,
    ) -> Result<reqwest::Response, Error> {
        let mut request = request;
        for _ in 0..=MOST_HOPS {
            let response = self.send(call.name, &request, true).await?;
            let Some(hop) = self.hop(call.name, &request.url, &response)? else { return Ok(response) };
            let status = response.status().as_u16();
            let refuse = |what: String| {
                let error = Error::new(call.name, ErrorKind::RedirectRefused(what));
                Err(error.answered(status, correlation_id(response.headers())))
            };
            match hop {
                Hop::Own(url) if request.method == Method::GET || matches!(status, 307 | 308) => {
                    request.url = url;
                }
                Hop::Own(url) if self.instance.is_web_root(&url) => {
                    let error = Error::new(call.name, ErrorKind::ReadOnly).of_family(call.family);
                    return Err(error.answered(status, correlation_id(response.headers())));
                }
                Hop::Own(_) => return refuse("a request that changes something".to_owned()),
                Hop::Foreign(url) => {
                    return refuse(format!("an API call to {}", url.origin().ascii_serialization()));
                }
            }
        }
        Err(Error::new(call.name, ErrorKind::RedirectLoop))
    }

    /// Where an answer redirects to; `None` without a redirect.
    pub(super) fn hop(
        &self,
        call: &'static str,
        from: &Url,
        response: &reqwest::Response,
    ) -> Result<Option<Hop>, Error> {
        let status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let fail = |kind| Error::new(call, kind).answered(status, correlation_id(response.headers()));
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location =
            location.ok_or_else(|| fail(ErrorKind::RedirectRefused("without saying where to".to_owned())))?;
        if let Some(url) = moved_project(&self.instance, location) {
            return Ok(Some(Hop::Own(url)));
        }
        next_hop(&self.instance, from, location).map(Some).map_err(fail)
    }

    /// Sends one request, once. Adds credentials only if `credentials` is set and the URL has the instance's own
    /// origin.
    pub(super) async fn send(
        &self,
        call: &'static str,
        request: &ApiRequest,
        credentials: bool,
    ) -> Result<reqwest::Response, Error> {
        let mut out = reqwest::Request::new(request.method.clone(), request.url.clone());
        *out.headers_mut() = request.headers.clone();
        out.headers_mut().insert(ACCEPT_ENCODING, IDENTITY);
        if let Some(body) = &request.body {
            *out.body_mut() = Some(body.clone().into());
        }
        if credentials && self.instance.owns(&request.url) {
            match request.login {
                Login::Api => self.authorize(call, out.headers_mut())?,
                Login::Git => self.log_in(call, &request.url, out.headers_mut())?,
            }
        }
        let limit = self.connect_timeout.saturating_add(self.read_timeout);
        let began = Instant::now();
        let result = match tokio::time::timeout(limit, self.http.execute(out)).await {
            Ok(Ok(mut response)) => {
                self.take_secrets_from_headers(response.headers_mut());
                Ok(response)
            }
            Ok(Err(error)) => {
                Err(Error::new(call, transport::classify(&error)).said(transport::cause(&error)))
            }
            Err(_elapsed) => Err(Error::new(call, ErrorKind::TimedOut { phase: RequestPhase::ApiAnswer })),
        };
        let sent = Sent { call, method: &request.method, url: &request.url, began };
        self.record(&sent, result.as_ref().ok());
        result
    }

    pub(super) fn authorize(&self, call: &'static str, headers: &mut HeaderMap) -> Result<(), Error> {
        if let Some(token) = &self.token {
            let value =
                token.header().map_err(|error| Error::new(call, ErrorKind::Usage(error.to_string())))?;
            headers.insert(PRIVATE_TOKEN, value);
        }
        Ok(())
    }

    /// Adds the token for git over HTTP. Its encoded form is a secret, too.
    fn log_in(&self, call: &'static str, url: &Url, headers: &mut HeaderMap) -> Result<(), Error> {
        let Some(token) = &self.token else { return Ok(()) };
        let built = token.log_in(self.http.get(url.clone())).build();
        let mut built = built.map_err(|error| Error::new(call, transport::classify(&error)))?;
        if let Some(value) = built.headers_mut().remove(AUTHORIZATION) {
            let encoded = value.to_str().ok().and_then(|text| text.split_once(' '));
            if let Some((_, encoded)) = encoded {
                self.secrets.keep(encoded);
            }
            headers.insert(AUTHORIZATION, value);
        }
        Ok(())
    }

    /// Records and logs a call, without query, headers and project name.
    pub(super) fn record(&self, sent: &Sent<'_>, response: Option<&reqwest::Response>) {
        let record = CallRecord {
            call: sent.call,
            method: known(sent.method),
            path: template(&self.instance, sent.url),
            took: sent.began.elapsed(),
            status: response.map(|response| response.status().as_u16()),
            correlation_id: response.and_then(|response| correlation_id(response.headers())),
        };
        let took_ms = record.took.as_millis() as u64;
        let (status, id) = (record.status.unwrap_or(0), record.correlation_id.as_deref().unwrap_or("-"));
        let (method, path) = (record.method, record.path.as_str());
        match record.status {
            Some(200..=399) => tracing::info!(method, path, status, took_ms, id, "request"),
            Some(_) => tracing::warn!(method, path, status, took_ms, id, "request refused"),
            None => tracing::warn!(method, path, took_ms, "request without an answer"),
        }
        self.calls.record(record);
    }

    /// The time limit for a whole answer that is no file: a server that sends a byte now and then must not block a
    /// call for ever.
    fn body_timeout(&self) -> Duration {
        self.read_timeout.saturating_mul(2).max(LEAST_BODY_TIMEOUT)
    }

    /// Reads a whole body within [`Self::body_timeout`]. The body of an error is cut at its limit; any other body
    /// longer than `most` bytes is an error.
    pub(super) async fn read(
        &self,
        call: Call,
        mut response: reqwest::Response,
        most: usize,
    ) -> Result<Raw, Error> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let refusal = !response.status().is_success();
        let most = if refusal { MOST_REFUSAL_BYTES } else { most };
        let fail = |kind| Error::new(call.name, kind).answered(status, correlation_id(&headers));
        let mut body = Bounded::default();
        let began = Instant::now();
        loop {
            let left = self.body_timeout().saturating_sub(began.elapsed());
            match tokio::time::timeout(self.read_timeout.min(left), response.chunk()).await {
                Ok(Ok(Some(piece))) => {
                    if body.take(&piece, most) {
                        continue;
                    }
                    if !refusal {
                        let what = format!("it is longer than {most} bytes");
                        return Err(fail(ErrorKind::UnexpectedAnswer { status, what }));
                    }
                    break;
                }
                Ok(Ok(None)) => break,
                // The status of an error is worth more than the rest of its message.
                _ if refusal => break,
                Ok(Err(error)) => return Err(fail(ErrorKind::Cut).said(transport::cause(&error))),
                Err(_elapsed) => return Err(fail(ErrorKind::TimedOut { phase: RequestPhase::Body })),
            }
        }
        let body = plain(&headers, body.done(), most);
        Ok(Raw { status, headers, body })
    }
}

/// Whether GitLab may have acted on a failed request: the request was sent, and GitLab did not reject it.
pub(super) fn may_have_arrived(error: &Error) -> bool {
    use ErrorKind as K;
    match &error.kind {
        K::NoAnswer | K::Cut | K::Server { .. } => true,
        K::TimedOut { phase } => *phase != RequestPhase::Connect,
        // A web page instead of JSON comes from a server in front of GitLab, so GitLab did not get the request.
        K::HtmlInsteadOfJson { .. } | K::ReadOnly => false,
        _ => error.status.is_some_and(|status| (200..300).contains(&status) || status == 408),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("instance", &self.instance).finish_non_exhaustive()
    }
}
