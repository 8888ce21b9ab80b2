//! Which project a page of GitLab belongs to, by its path alone.
//!
//! `config/routes/project.rb` and `lib/gitlab/path_regex.rb`: behind `/-/` are pages; some words no project can have as
//! its name; others may be both, and then only GitLab can tell.

use super::pasted::is_digits;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PagePath {
    Id(String),
    /// The project's path; where it is not sure, all that it may be, the likeliest first.
    Paths(Vec<String>),
}

/// `TOP_LEVEL_ROUTES`: no group is called so.
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

/// `PROJECT_WILDCARD_ROUTES`: no project is called so.
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

/// Actions of the export itself: the link of GitLab's e-mail, and what its settings page posts to.
const OF_EXPORT: [&str; 3] = ["download_export", "generate_new_export", "remove_export"];

/// Pages of a project that a project may be called like, today's and those before `/-/`.
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

/// The most paths that are asked for.
const MOST_PATHS: usize = 5;

/// Reads a path without a slash in front. `is_page` where it is a URL's, which shows some page of the project: then any
/// front of it may be the project.
pub(super) fn of_page(path: &str, is_page: bool) -> Option<PagePath> {
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match segments.as_slice() {
        ["projects", id] | ["projects", id, ..] | ["-", "p", id, ..] if is_digits(id) => {
            return Some(PagePath::Id((*id).to_owned()));
        }
        ["-", "ide", "project", rest @ ..] => return of_page(&rest.join("/"), is_page),
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

/// The segments that can belong to the project's path, and whether they surely are all of it.
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

/// All paths that it may be. A project's path is never the front of another project's, so whichever GitLab knows is the
/// right one.
fn candidates(kept: &[&str], is_page: bool, is_sure: bool) -> Vec<String> {
    let words = |segment: &&str| OF_EXPORT.contains(segment) || PAGES.contains(segment);
    let page = kept.iter().skip(2).position(words).map(|at| at + 2).filter(|_| !is_sure);
    let front = |length: usize| kept[..length].join("/");
    let mut paths = vec![front(kept.len())];
    if let Some(page) = page {
        // Nobody calls a project like an action of the export.
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

/// The path of the project in front of the export's own words, to compare paths that were never looked up.
pub fn without_export_words(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((front, last)) if OF_EXPORT.contains(&last) && front.contains('/') => front,
        Some(_) | None => path,
    }
}

/// `Gitlab::PathRegex` in short: letters, digits, `_`, `-` and `.`, not starting with a dash.
fn is_path_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('-')
        && !matches!(segment, "." | "..")
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
