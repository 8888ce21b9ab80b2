//! Reads what a person types or pastes for a project: an ID, a path, or a URL of any page, API call or clone of the
//! project, in the forms in which browsers, GitLab's e-mails and mail programs show it.

use percent_encoding::percent_decode_str;
use url::Url;

use super::page::{PagePath, of_page};
use super::pasted::{behind_redirector, cleaned, id_in_words, is_digits, ssh_location};
use crate::case::refusal::{Refusal, Rule};
use crate::case::subject::ProjectRef;

/// A project as a person named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedProject {
    pub project: ProjectRef,
    /// Other candidate paths in case GitLab does not know the first, the most likely first: the end of a path may be
    /// the name of a project or of one of its pages.
    pub or: Vec<String>,
}

impl NamedProject {
    fn id(id: u64) -> Self {
        Self { project: ProjectRef::by_id(id), or: Vec::new() }
    }
}

/// Why a text names no project of the instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Unnamed {
    #[error("The project is missing. Use its ID, full path or URL.")]
    Empty,
    #[error("“{0}” is not a project ID.")]
    Number(String),
    #[error("“{0}” is not a full project path, such as group/project.")]
    Path(String),
    #[error("“{0}” is not a usable URL.")]
    Url(String),
    #[error("The URL belongs to {other}, not to {instance}.")]
    OtherInstance { other: String, instance: String },
    #[error("The URL is not the URL of a project, such as {0}/group/project.")]
    NoProject(String),
}

/// The instance that people name without `https://`, whatever else they are connected to.
pub(super) const GITLAB_COM: &str = "gitlab.com";

/// Reads a project of the instance with this base URL.
pub fn parse_project(text: &str, instance: &str) -> Result<NamedProject, Refusal> {
    let instance = instance.trim().trim_end_matches('/');
    let mut named = read(text, instance).map_err(|unnamed| {
        Refusal::new(Rule::LinkForm, unnamed.to_string(), "Use the project's ID, full path or URL.")
    })?;
    // The next line may continue the URL, or be another word.
    let first_line = text.trim().split_once(['\n', '\r']).map(|(line, _)| line);
    if let Some(Ok(of_line)) = first_line.map(|line| read(line, instance))
        && let (Some(path), Some(joined)) = (of_line.project.path, &named.project.path)
        && path != *joined
        && !named.or.contains(&path)
    {
        named.or.push(path);
    }
    Ok(named)
}

fn read(text: &str, instance: &str) -> Result<NamedProject, Unnamed> {
    let text = cleaned(text);
    if text.is_empty() {
        return Err(Unnamed::Empty);
    }
    if let Some(digits) = id_in_words(&text) {
        return number(&digits);
    }
    let base = Url::parse(instance).map_err(|_not_a_url| Unnamed::Url(shown(instance)))?;
    if let Some((host, path)) = ssh_location(&text) {
        return of_ssh((host, path), &base, instance);
    }
    if text.contains("://") {
        return of_url(&text, &base, instance);
    }
    // A URL as browsers show it, without its scheme.
    let first = text.split('/').next().unwrap_or_default();
    if authority(&base).is_some_and(|own| own.eq_ignore_ascii_case(first)) {
        return of_url(&format!("{}://{text}", base.scheme()), &base, instance);
    }
    // No group is called so.
    if first.eq_ignore_ascii_case(GITLAB_COM) {
        return Err(Unnamed::OtherInstance { other: GITLAB_COM.to_owned(), instance: instance.to_owned() });
    }
    // Git's short form without a login: `host:group/project.git`.
    let short = text.split_once(':').filter(|(host, _)| base.host_str() == Some(*host));
    if let Some(location) = short {
        return of_ssh(location, &base, instance);
    }
    match of_page(typed_path(&text).trim_start_matches('/'), false) {
        Some(page) => named(page, &text),
        None => Err(Unnamed::Path(shown(&text))),
    }
}

/// The path in `group/project#5`, `group/project!7`, `@group/project`, `Group / project` and `group\\project`.
fn typed_path(text: &str) -> String {
    let path = text.trim_start_matches('@').split(['?', '#', '!', '@', '$', '&']).next().unwrap_or_default();
    let path = if path.contains('/') { path.to_owned() } else { path.replace('\\', "/") };
    decoded(&path.replace(" / ", "/"))
}

fn named(page: PagePath, text: &str) -> Result<NamedProject, Unnamed> {
    match page {
        PagePath::Id(digits) => number(&digits),
        PagePath::Paths(mut paths) => {
            if paths.is_empty() {
                return Err(Unnamed::Path(shown(text)));
            }
            let first = paths.remove(0);
            Ok(NamedProject { project: ProjectRef::by_path(first), or: paths })
        }
    }
}

fn number(digits: &str) -> Result<NamedProject, Unnamed> {
    match digits.parse() {
        Ok(0) | Err(_) => Err(Unnamed::Number(shown(digits))),
        Ok(id) => Ok(NamedProject::id(id)),
    }
}

fn of_url(text: &str, base: &Url, instance: &str) -> Result<NamedProject, Unnamed> {
    let url = Url::parse(text).map_err(|_not_a_url| Unnamed::Url(shown(text)))?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "https" | "http"));
    let Some(host) = host else { return Err(Unnamed::Url(shown(text))) };
    let other = |other: String| Err(Unnamed::OtherInstance { other, instance: instance.to_owned() });
    if !is_same_place(&url, base)
        && let Some(inner) = behind_redirector(&url).filter(|inner| is_same_place(inner, base))
    {
        return of_url(inner.as_str(), base, instance);
    }
    if !is_same_place(&url, base) {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        return other(format!("{}://{host}{port}", url.scheme()));
    }
    let root = base.path().trim_end_matches('/');
    let below = url.path().strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(below) = below else {
        return other(format!("{}{}", url.origin().ascii_serialization(), url.path()));
    };
    let no_project = || Unnamed::NoProject(instance.to_owned());
    let page = match below.strip_prefix("/api/") {
        Some(call) => of_api(call),
        None => of_page(decoded(below).trim_start_matches('/'), true),
    };
    page.ok_or_else(no_project).and_then(|page| named(page, text))
}

/// In an API URL the project is one segment, whatever endpoint follows.
fn of_api(call: &str) -> Option<PagePath> {
    let mut segments =
        call.split('/').skip_while(|segment| segment.starts_with('v')).skip_while(|s| s.is_empty());
    if segments.next() != Some("projects") {
        return None;
    }
    let segment = decoded(segments.next()?);
    if is_digits(&segment) {
        return Some(PagePath::Id(segment));
    }
    let page = of_page(&segment, false)?;
    let PagePath::Paths(mut paths) = page else { return Some(page) };
    paths.truncate(1);
    Some(PagePath::Paths(paths))
}

/// Git over SSH may use a subdomain of the instance, such as `altssh.gitlab.com`; its port is ignored.
fn of_ssh((host, path): (&str, &str), base: &Url, instance: &str) -> Result<NamedProject, Unnamed> {
    let own = base.host_str().unwrap_or_default().to_ascii_lowercase();
    let theirs = host.to_ascii_lowercase();
    if theirs != own && !theirs.ends_with(&format!(".{own}")) {
        return Err(Unnamed::OtherInstance { other: host.to_owned(), instance: instance.to_owned() });
    }
    let root = base.path().trim_matches('/');
    let path = decoded(path);
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix(root).filter(|_| !root.is_empty()).unwrap_or(path);
    let page = of_page(path.trim_start_matches('/'), true);
    let mut project =
        page.ok_or_else(|| Unnamed::NoProject(instance.to_owned())).and_then(|page| named(page, path))?;
    // `git@host:2222/group/project.git` means a port, although git reads a folder.
    let without_port = path.split_once('/').filter(|(port, _)| is_digits(port));
    if let Some(PagePath::Paths(paths)) = without_port.and_then(|(_, path)| of_page(path, true)) {
        project.or.extend(paths);
    }
    Ok(project)
}

/// Compares host and port. `http://` is accepted as well: only the path is used, and nothing is sent to that URL.
pub(super) fn is_same_place(url: &Url, base: &Url) -> bool {
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let default_ports = url.port().is_none() && base.port().is_none();
    host(url) == host(base) && (default_ports || url.port_or_known_default() == base.port_or_known_default())
}

/// Host and port as a browser shows them.
pub(super) fn authority(base: &Url) -> Option<String> {
    let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", base.host_str()?))
}

/// Percent-decoded; twice, because some programs encode twice.
pub(super) fn decoded(path: &str) -> String {
    let once = percent_decode_str(path).decode_utf8_lossy().into_owned();
    if once.contains('%') { percent_decode_str(&once).decode_utf8_lossy().into_owned() } else { once }
}

/// The part of the text that a sentence may repeat: no password before an `@`, no query.
pub(super) fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
#[path = "project/tests.rs"]
mod tests;
