//! Errors of API calls, classified as far as GitLab's answers allow.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::refusal::Family;

/// A failed call. Its text is a sentence for the user and contains no token and no signed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    /// `X-Request-Id` of the answer: a support report needs it.
    pub correlation_id: Option<String>,
    /// The call, for example `POST export`.
    pub call: &'static str,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// GitLab's own message, or the operating system's if there was no answer.
    pub said: Option<String>,
    /// The group of endpoints that the call belongs to; the next step depends on it.
    pub family: Family,
    /// `host:port` of the storage, if the request did not go to GitLab.
    pub storage: Option<Box<str>>,
    pub(super) maybe_sent: bool,
}

/// What a failure means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    #[error("Export Desk cannot send this request: {0}.")]
    Usage(String),
    #[error("GitLab did not accept the token.")]
    TokenRejected,
    #[error("The token has expired.")]
    TokenExpired,
    #[error("The token was revoked.")]
    TokenRevoked,
    #[error("The token needs the scope {needs}.")]
    ScopeMissing { needs: String },
    /// 403 `insufficient_granular_scope`. A classic token also gets this, in a group that enforces fine-grained
    /// tokens.
    #[error("{}", permission_sentence(.needs.as_deref()))]
    PermissionMissing { needs: Option<String> },
    /// 401 `dpop_error`: the user has enabled `DPoP` for all own tokens.
    #[error("The user of this token requires DPoP, and Export Desk cannot sign requests with DPoP.")]
    DpopRequired,
    /// 403 of a call that requires `:admin_project`.
    #[error("The token's owner needs the role Maintainer or Owner in the project.")]
    RoleTooLow,
    /// 403 of any other call, without a reason.
    #[error("GitLab does not allow this to the token's owner.")]
    Forbidden,
    /// 403 with a reason in GitLab's own message.
    #[error("{}", .0.sentence())]
    Denied(Denial),
    /// 403 of an import call: the import source `gitlab_project` is disabled (`lib/api/project_import.rb`).
    #[error("The import source “GitLab export” is disabled on this instance.")]
    ImportSourceOff,
    /// A Geo secondary (403) or maintenance mode (503, or an empty redirect): GitLab rejected the call before it did
    /// anything (`lib/gitlab/middleware/read_only`).
    #[error("This GitLab is read-only: it is a Geo secondary, or in maintenance. Nothing was started.")]
    ReadOnly,
    #[error("The project was not found, or the token has no access to it.")]
    ProjectNotFoundOrNoAccess,
    /// 405: the path is a former one, which GitLab redirects only for GET (`find_project!`). Read the project and use
    /// its ID.
    #[error("The project has moved. GitLab accepts changes only at its new path.")]
    ProjectMoved,
    /// `404 Not Found` before authentication: `project_export_enabled` is disabled.
    #[error("Project exports are disabled on this instance.")]
    ExportDisabled,
    /// The same for the relations export: `bulk_import_enabled` is disabled.
    #[error("Direct transfer is disabled on this instance. The relations export needs it.")]
    RelationsDisabled,
    #[error("This user has no export file of the project. There was no export, or its file has expired.")]
    NoExportFile,
    /// The record exists, but the object in the storage does not: GitLab is still storing it, or has lost it.
    #[error("The export file is not available yet.")]
    FileNotReady,
    /// Workhorse's plain `404 page not found`: this GitLab node cannot see the shared disk.
    #[error("The GitLab node that answered cannot read the export file from its disk.")]
    WorkhorseFileMissing,
    /// Any other 404.
    #[error("GitLab did not find the requested object.")]
    NotFound,
    #[error("The project is larger than the export limit of this instance.")]
    SizeLimit,
    /// 400 in another language than English: the size limit, or an export that is running already. The status tells.
    #[error("GitLab refuses to export the project.")]
    ExportRefused,
    /// 413: larger than `max_import_size`, or than a proxy in front of GitLab allows.
    #[error("The file is larger than the instance, or a proxy in front of it, accepts.")]
    TooLarge,
    #[error("GitLab does not accept the upload URL: {0}.")]
    UploadUrlRefused(String),
    #[error("GitLab does not accept a parameter: {0}.")]
    Parameter(String),
    /// 401, 403 or 404 of git over HTTP.
    #[error("GitLab does not let this token read the repository with git.")]
    NoRepository,
    /// A message of git itself, after GitLab's answer has begun.
    #[error("Git on the server could not send the repository.")]
    Git,
    /// 409 `Conflict: Resource lock`, possible on any call.
    #[error("GitLab is changing this data right now, and did not answer the request.")]
    Locked,
    /// Any other 409.
    #[error("GitLab reports a conflict with existing data: {0}.")]
    Conflict(String),
    /// Status 429. `app_limit`: the limit of this endpoint; otherwise a limit of the whole instance or its proxy.
    #[error("{}", rate_limit_sentence(*.retry_after, *.app_limit))]
    RateLimited { retry_after: Option<Duration>, app_limit: bool },
    #[error("GitLab failed with status {status}.")]
    Server { status: u16 },
    /// `ray` is Cloudflare's ID of the request.
    #[error("{}", page_sentence(*.status, .ray.as_deref()))]
    HtmlInsteadOfJson { status: u16, ray: Option<String> },
    #[error("The server's answer is empty (status {status}).")]
    EmptyBody { status: u16 },
    #[error("Export Desk does not understand the server's answer (status {status}): {what}.")]
    UnexpectedAnswer { status: u16, what: String },
    #[error("The server redirected the request more than 5 times.")]
    RedirectLoop,
    #[error("The server redirects to unencrypted http. Export Desk did not follow the redirect.")]
    RedirectToHttp,
    #[error("The server redirects {0}. Export Desk did not follow the redirect.")]
    RedirectRefused(String),
    #[error("Export Desk cannot connect to the server.")]
    Connect,
    #[error("The server's host name cannot be resolved.")]
    Dns,
    #[error("The server's certificate is not trusted.")]
    Tls,
    #[error("The server does not speak https on this port.")]
    NoTls,
    #[error("The server did not {} in time.", .phase.wanted())]
    TimedOut { phase: RequestPhase },
    #[error("The connection ended before the server answered.")]
    NoAnswer,
    #[error("The connection ended in the middle of the answer.")]
    Cut,
    /// The cause is on this computer, not in the network: a file, for example.
    #[error("The request failed on this computer: {0}.")]
    Local(String),
    /// The object storage rejected the link. `code` is the storage's own, for example `ExpiredToken`.
    #[error("The object storage rejected the link{} (status {status}).", .code.as_ref().map(|code| format!(": {code}")).unwrap_or_default())]
    StorageDenied { status: u16, code: Option<String> },
}

/// During which step a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestPhase {
    Connect,
    /// The request was sent, but no answer began.
    ApiAnswer,
    /// The body stalled.
    Body,
}

/// Why GitLab denies a user access, by its own message (`lib/gitlab/auth/user_access_denied_reason.rb` and others).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    Terms,
    /// Blocked, deactivated, not approved, not confirmed, password expired.
    Account,
    IpAddress,
    SsoSession,
    AdminMode,
    /// A bot or an internal user.
    Bot,
    /// Not in GitLab's form: a server in front of GitLab, or GitLab's ban of an IP address.
    Front,
    /// 407: the proxy between this computer and GitLab.
    ProxyLogin,
    /// A reason that this program does not know.
    Other,
}

impl Denial {
    fn sentence(self) -> &'static str {
        match self {
            Self::Terms => "The token's owner has not accepted the terms of service of this GitLab.",
            Self::Account => "GitLab blocks the account of the token's owner.",
            Self::IpAddress => "GitLab does not allow this from the IP address of this computer.",
            Self::SsoSession => "The group requires a current single sign-on (SSO) session.",
            Self::AdminMode => "The instance requires Admin Mode for this.",
            Self::Bot => "GitLab does not allow this to bots and internal users.",
            Self::Front => {
                "A server in front of GitLab refused the request, or GitLab has banned the IP address of this computer."
            }
            Self::ProxyLogin => "The proxy between this computer and GitLab requires a login (status 407).",
            Self::Other => "GitLab refused the request.",
        }
    }
}

impl RequestPhase {
    fn wanted(self) -> &'static str {
        match self {
            Self::Connect => "accept the connection",
            Self::ApiAnswer => "answer",
            Self::Body => "send more data",
        }
    }
}

fn permission_sentence(needs: Option<&str>) -> String {
    match needs {
        Some(needs) => format!("The token lacks a fine-grained permission: {needs}."),
        None => "The token lacks a fine-grained permission.".to_owned(),
    }
}

fn page_sentence(status: u16, ray: Option<&str>) -> String {
    let ray = ray.map(|ray| format!(", CF-Ray {ray}")).unwrap_or_default();
    let cause = if status == 403 {
        "a proxy that checks browsers, for example Cloudflare"
    } else {
        "a proxy, a login page or a wrong base URL"
    };
    format!("The server sent a web page instead of data (status {status}{ray}). The cause is {cause}.")
}

fn rate_limit_sentence(retry_after: Option<Duration>, app_limit: bool) -> String {
    let whose = if app_limit { "this API call" } else { "the instance" };
    match retry_after {
        Some(wait) => format!("The rate limit of {whose} is used up. Try again in {} s.", wait.as_secs()),
        None => format!("The rate limit of {whose} is used up."),
    }
}

impl Error {
    pub fn new(call: &'static str, kind: ErrorKind) -> Self {
        Self {
            kind,
            correlation_id: None,
            call,
            status: None,
            said: None,
            family: Family::Plain,
            storage: None,
            maybe_sent: false,
        }
    }

    pub(super) fn local(call: &'static str, what: String) -> Self {
        Self::new(call, ErrorKind::Local(what))
    }

    pub(super) fn said(mut self, said: Option<String>) -> Self {
        self.said = said.map(|text| one_line(&text)).filter(|text| !text.is_empty());
        self
    }

    pub(super) fn of_family(mut self, family: Family) -> Self {
        self.family = family;
        self
    }

    /// Marks an error of a request to the storage behind a signed link, which is not GitLab.
    pub(super) fn of_storage(mut self, url: &url::Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        self.storage = Some(format!("{host}{port}").into());
        self
    }

    /// Whether the call uploads a file.
    pub fn is_upload(&self) -> bool {
        matches!(self.call, "POST projects/import" | "POST projects/import-relation")
    }

    pub(super) fn answered(mut self, status: u16, correlation_id: Option<String>) -> Self {
        self.status = Some(status);
        self.correlation_id = correlation_id;
        self
    }

    /// GitLab's own message, where it says more than the status: `404 Not Found` does not.
    pub fn sentence(&self) -> Option<&str> {
        let said = self.said.as_deref()?;
        self.status?;
        (!is_status_line(said)).then_some(said)
    }

    /// Whether a failed call that changes something may have reached GitLab. Check the status before sending it
    /// again, because a second `POST export` deletes the file of the first.
    pub fn maybe_sent(&self) -> bool {
        self.maybe_sent
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.maybe_sent {
            f.write_str(" It is unknown whether GitLab accepted the request.")?;
        }
        write!(f, " ({}", self.call)?;
        if let Some(host) = &self.storage {
            write!(f, ", {host}")?;
        }
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(said) = &self.said {
            write!(f, ", “{said}”")?;
        }
        if let Some(id) = &self.correlation_id {
            write!(f, ", correlation ID {id}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.kind)
    }
}

/// `403 Forbidden`, `404 Project Not Found`: only a status and its name, without a reason.
pub(super) fn is_status_line(said: &str) -> bool {
    let (number, name) = said.split_once(' ').unwrap_or((said, ""));
    let is_status = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_status && !name.contains(" - ") && name.split(' ').count() <= 4
}

/// A server's message on one line, of limited length, and without the query of any URL in it: GitLab may repeat an
/// upload URL, whose query is a secret.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(shown_word(word).chars().filter(|c| !c.is_control() && !is_direction(*c)));
        if line.chars().count() > LONGEST {
            line = line.chars().take(LONGEST).collect();
            line.push('…');
            break;
        }
    }
    line
}

/// Marks that turn the direction of the text around them, so that a message can read as another one.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A word of a server's message, without the secrets of a URL: its query, and its username and password.
fn shown_word(word: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = word.split_once("://") else { return Cow::Borrowed(word) };
    let (place, query) = rest.split_once('?').map_or((rest, ""), |(place, _hidden)| (place, "?…"));
    let host_end = place.find('/').unwrap_or(place.len());
    let login_end = place[..host_end].rfind('@').map_or(0, |at| at + 1);
    Cow::Owned(format!("{scheme}://{}{query}", &place[login_end..]))
}

/// A server's text with its white space, but without the secrets of its URLs.
pub(super) fn without_keys(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end_matches(char::is_whitespace);
        shown.push_str(&shown_word(word));
        shown.push_str(&part[word.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence_with_what_support_needs() {
        let error = Error::new("POST export", ErrorKind::Server { status: 502 })
            .answered(502, Some("01HX".to_owned()))
            .said(Some("Bad\n\tGateway ".to_owned()));
        assert_eq!(
            error.to_string(),
            "GitLab failed with status 502. (POST export, status 502, “Bad Gateway”, correlation ID 01HX)"
        );
        let unknown = Error { maybe_sent: true, ..Error::new("POST export", ErrorKind::NoAnswer) };
        assert!(unknown.to_string().contains("unknown whether GitLab accepted"));
    }

    #[test]
    fn words_of_a_server_are_tamed() {
        assert_eq!(one_line("x https://s3/a?X-Amz-Signature=secret, y"), "x https://s3/a?… y");
        assert_eq!(one_line("a\u{1b}[31m?b"), "a[31m?b");
        assert_eq!(one_line("at https://me:pw@s3/a@b ok"), "at https://s3/a@b ok");
        assert_eq!(without_keys("a  https://me:pw@s3?k\n b?c"), "a  https://s3?…\n b?c");
        assert_eq!(one_line(&"é".repeat(5000)).chars().count(), 301);
    }
}
