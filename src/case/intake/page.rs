//! Which project a GitLab page belongs to, derived from its path alone.
//!
//! `config/routes/project.rb` and `lib/gitlab/path_regex.rb`: pages come after `/-/`; some words cannot be a
//! project's name; other words can be a page or a project, and only GitLab can tell which.

use super::pasted::is_digits;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PagePath {
    Id(String),
    /// The project's path; if it is ambiguous, all candidates, the most likely first.
    Paths(Vec<String>),
}

/// `TOP_LEVEL_ROUTES`: names that no group can have.
const TOP_LEVEL: [&str; 24] = [
    "-",
    "admin",
    "api",
    "assets",
    "dashboard",
    "explore",
    "files",
    "groups",
    "health_check",
    "help",
    "import",
    "jwt",
    "login",
    "oauth",
    "profile",
    "projects",
    "public",
    "s",
    "search",
    "snippets",
    "unsubscribes",
    "uploads",
    "users",
    "v2",
];

/// `PROJECT_WILDCARD_ROUTES`: names that no project can have.
const RESERVED: [&str; 19] = [
    "-",
    "badges",
    "blame",
    "blob",
    "builds",
    "commits",
    "create",
    "create_dir",
    "edit",
    "files",
    "find_file",
    "gitlab-lfs",
    "new",
    "preview",
    "raw",
    "refs",
    "tree",
    "update",
    "wikis",
];

/// Actions of the export: the link in GitLab's e-mail, and the endpoints that GitLab's settings page posts to.
const OF_EXPORT: [&str; 3] = ["download_export", "generate_new_export", "remove_export"];

/// Project pages whose names a project can have as well, both current pages and those from before `/-/`.
const PAGES: [&str; 40] = [
    "activity",
    "archive",
    "boards",
    "branches",
    "commit",
    "compare",
    "container_registry",
    "cycle_analytics",
    "deploy_keys",
    "deployments",
    "environments",
    "export",
    "feature_flags",
    "forks",
    "graphs",
    "hooks",
    "import",
    "incidents",
    "insights",
    "issues",
    "jobs",
    "labels",
    "members",
    "merge_requests",
    "milestones",
    "network",
    "packages",
    "pages",
    "pipelines",
    "pipeline_schedules",
    "project_members",
    "releases",
    "repository",
    "security",
    "services",
    "settings",
    "snippets",
    "starrers",
    "tags",
    "uploads",
];

/// The maximum number of candidate paths to query.
const MOST_PATHS: usize = 5;

/// Reads a path without its leading slash. `is_page` is set for the path of a URL, which shows some page of the
/// project: then any prefix of the path may be the project.
pub(super) fn of_page(path: &str, is_page: bool) -> Option<PagePath> {
    // In a URL, GitLab reads doubled slashes as one.
    let is_part = |segment: &&str| !is_page || !segment.is_empty();
    let segments: Vec<&str> = path.trim().trim_end_matches('/').split('/').filter(is_part).collect();
    match segments.as_slice() {
        ["projects", id] | ["projects", id, ..] | ["-", "p", id, ..] if is_digits(id) => {
            return Some(PagePath::Id((*id).to_owned()));
        }
        ["-", "ide", "project", rest @ ..] => return of_page(&rest.join("/"), is_page),
        // The page of an administrator (`config/routes/admin.rb`).
        ["admin", "projects", rest @ ..] if is_page => return of_page(&rest.join("/"), is_page),
        _ => {}
    }
    if segments.first().is_none_or(|first| TOP_LEVEL.contains(first)) {
        return None;
    }
    let (kept, is_sure) = kept(&segments, is_page)?;
    if kept.len() < 2 || !kept.iter().all(|segment| is_path_segment(segment)) {
        return None;
    }
    Some(PagePath::Paths(candidates(&kept, is_page && !is_sure, is_sure)))
}

/// The segments that can belong to the project's path, and whether they are certainly all of that path.
fn kept<'a>(segments: &[&'a str], is_page: bool) -> Option<(Vec<&'a str>, bool)> {
    let mut kept: Vec<&str> = Vec::new();
    for (at, &segment) in segments.iter().enumerate() {
        // Git's clone URLs, and the feeds of pages.
        let bare = segment.strip_suffix(".git").or_else(|| segment.strip_suffix(".atom"));
        if let (Some(bare), true) = (bare, at > 0) {
            kept.push(bare);
            return Some((kept, true));
        }
        if at >= 2 && RESERVED.contains(&segment) {
            if segment == "new" && kept.len() > 2 && kept.last() == Some(&"import") {
                kept.pop();
            }
            return Some((kept, segment == "-"));
        }
        if segment == "-" && at == 1 {
            return None;
        }
        if at >= 2 && is_page && !is_path_segment(segment) {
            return Some((kept, false));
        }
        kept.push(segment);
    }
    Some((kept, false))
}

/// All candidate paths. A project's path is never a prefix of another project's path, so the one that GitLab knows is
/// the right one.
fn candidates(kept: &[&str], is_page: bool, is_sure: bool) -> Vec<String> {
    let words = |segment: &&str| OF_EXPORT.contains(segment) || PAGES.contains(segment);
    let page = kept.iter().skip(2).position(words).map(|at| at + 2).filter(|_| !is_sure);
    let front = |length: usize| kept[..length].join("/");
    let mut paths = vec![front(kept.len())];
    if let Some(page) = page {
        // A project is assumed not to have the name of an export action.
        let at = usize::from(!OF_EXPORT.contains(&kept[page]));
        paths.insert(at, front(page));
    }
    if let Some(project) =
        kept.last().and_then(|last| last.strip_suffix(".wiki")).filter(|name| !name.is_empty())
    {
        paths.push(format!("{}/{project}", front(kept.len() - 1)));
    }
    if is_page {
        for length in (2..kept.len()).rev() {
            let path = front(length);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths.truncate(MOST_PATHS);
    paths
}

/// The project's path without a trailing export action, to compare paths that were never looked up.
pub fn without_export_words(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((front, last)) if OF_EXPORT.contains(&last) && front.contains('/') => front,
        Some(_) | None => path,
    }
}

/// A simplified `Gitlab::PathRegex`: letters, digits, `_`, `-` and `.`, not starting with a dash.
fn is_path_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('-')
        && !matches!(segment, "." | "..")
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
