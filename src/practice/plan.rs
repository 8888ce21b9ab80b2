//! The part of a lesson that describes its world, and the projects that are in every world.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::archive::Size;
use super::limits::Allowances;

/// GitLab's access level of a Maintainer.
pub const MAINTAINER: u8 = 40;

/// The part of a lesson that describes its world; everything else is as on GitLab.com.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldPlan {
    /// Setting `project_export_enabled`.
    pub export_enabled: bool,
    /// Setting `bulk_import_enabled`, which the relations export needs.
    pub relations_enabled: bool,
    /// Setting `relation_export_batch_size`: records of one batch of the relations export.
    pub relation_batch_records: u64,
    /// Setting `max_export_size`; 0 is none.
    pub max_export_bytes: u64,
    /// Setting `max_import_size`, which Workhorse checks while the file arrives; 0 is none.
    pub max_import_bytes: u64,
    /// How long a file is stored, in real time.
    pub retention_ms: u64,
    /// How long a signed URL is valid, in real time.
    pub link_ms: u64,
    /// How long a run is `queued`, in scaled time.
    pub queue_s: u64,
    pub limits: Allowances,
    /// Additional projects, or other properties of existing ones.
    #[serde(rename = "project")]
    pub projects: Vec<ProjectPlan>,
}

impl Default for WorldPlan {
    fn default() -> Self {
        Self {
            export_enabled: true,
            relations_enabled: true,
            relation_batch_records: 50,
            max_export_bytes: 0,
            max_import_bytes: 0,
            retention_ms: 24 * 3_600_000,
            link_ms: 600_000,
            queue_s: 8,
            limits: Allowances::default(),
            projects: Vec::new(),
        }
    }
}

impl WorldPlan {
    /// Whether a project of this path is in the world.
    pub fn has(&self, path: &str) -> bool {
        self.all_projects().iter().any(|project| project.path == path)
    }

    pub(super) fn all_projects(&self) -> Vec<ProjectPlan> {
        let mut all = catalogue();
        for plan in &self.projects {
            match all.iter_mut().find(|known| known.path == plan.path) {
                Some(known) => *known = plan.clone(),
                None => all.push(plan.clone()),
            }
        }
        all
    }
}

/// One project as a lesson describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectPlan {
    pub path: String,
    #[serde(default = "small")]
    pub size: Size,
    #[serde(default)]
    pub storage: Storage,
    /// The main user's access level; 0 means no member.
    #[serde(default = "maintainer")]
    pub role: u8,
    #[serde(default)]
    pub public: bool,
    #[serde(default)]
    pub archived: bool,
    /// The day on which the project was marked for deletion, for example `2099-11-29`.
    #[serde(default)]
    pub marked_for_deletion_on: Option<String>,
    /// How long a run is `started`, in scaled time.
    #[serde(default = "minute")]
    pub export_s: u64,
    /// What an earlier export of the main user has left.
    #[serde(default)]
    pub earlier: EarlierExport,
    /// How long the description of each merge request is.
    #[serde(default)]
    pub merge_request_bytes: usize,
    /// A file that every export of this project returns instead of a synthetic archive. It is held in memory.
    #[serde(default)]
    pub archive: Option<PathBuf>,
    /// How many items the project has that an export leaves out, by the list of the API: `variables`,
    /// `registry/repositories`, `child_pipelines`.
    #[serde(default = "some_left_out")]
    pub left_out: BTreeMap<String, u64>,
}

impl ProjectPlan {
    /// A small private project of the main user that has never been exported.
    pub fn of(path: String) -> Self {
        Self {
            path,
            size: Size::Small,
            storage: Storage::Redirect,
            role: MAINTAINER,
            public: false,
            archived: false,
            marked_for_deletion_on: None,
            export_s: 60,
            earlier: EarlierExport::Nothing,
            merge_request_bytes: 0,
            archive: None,
            left_out: some_left_out(),
        }
    }
}

fn small() -> Size {
    Size::Small
}

fn maintainer() -> u8 {
    MAINTAINER
}

/// What an ordinary project has.
fn some_left_out() -> BTreeMap<String, u64> {
    [
        ("variables", 4),
        ("hooks", 2),
        ("deploy_tokens", 1),
        ("deploy_keys", 1),
        ("triggers", 1),
        ("packages", 3),
        ("registry/repositories", 2),
        ("environments", 2),
        ("remote_mirrors", 1),
        ("integrations", 1),
        ("child_pipelines", 5),
    ]
    .map(|(list, count)| (list.to_owned(), count))
    .into()
}

fn minute() -> u64 {
    60
}

/// How an instance serves its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Object storage with direct download: a redirect to a signed URL.
    #[default]
    Redirect,
    /// The instance's own disk.
    Local,
    /// Object storage behind `proxy_download`.
    Proxied,
}

/// What existed before the lesson started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlierExport {
    #[default]
    Nothing,
    /// A file that can still be downloaded.
    File,
    /// A run under way.
    Running,
    /// A file, and a run started on the web page, which does not delete the file.
    Regenerating,
    /// A run that failed within the last seven days.
    Failed,
}

fn catalogue() -> Vec<ProjectPlan> {
    let small = |path: &str| ProjectPlan::of(path.into());
    let big = |path, size, storage, export_s| ProjectPlan { size, storage, export_s, ..small(path) };
    let of_role = |path, role| ProjectPlan { role, ..small(path) };
    vec![
        small("acme/webshop"),
        big("acme/handbook", Size::Medium, Storage::Local, 120),
        big("acme/tools/proxied", Size::Medium, Storage::Proxied, 120),
        big("acme/media-library", Size::Large, Storage::Redirect, 180),
        big("acme/monorepo", Size::Gigabyte, Storage::Redirect, 600),
        big("acme/warehouse", Size::FourGigabytes, Storage::Redirect, 1200),
        of_role("acme/read-only", 30),
        of_role("other/private", 0),
        ProjectPlan { public: true, ..of_role("other/public", 0) },
        // The handbook's trackers, under their own paths, so that practice needs no setup.
        small("practice/tracker"),
        of_role("gitlab-com/gl-infra/production-engineering", 30),
        of_role("gitlab-com/support/internal-requests", 30),
        of_role("gitlab-com/support/zendesk-global/macros", 30),
        // GitLab's staff may label its issues.
        ProjectPlan { public: true, ..of_role("gitlab-org/gitlab", 30) },
    ]
}
