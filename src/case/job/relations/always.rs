//! The relations that GitLab lists for every project, whatever the project has.
//!
//! The list of an export is the top level of `project:` in `lib/gitlab/import_export/project/import_export.yml`, without
//! the members, and the files (`app/models/bulk_imports/file_transfer/base_config.rb`). These names are in the file of
//! 13.x and of 18.x alike; those of the Enterprise Edition depend on the instance. An empty relation is listed as well.

use super::relation::Relation;

/// In the order of the file; the relations of files come last.
pub const ALWAYS_LISTED: [&str; 22] = [
    "self",
    "labels",
    "milestones",
    "issues",
    "snippets",
    "releases",
    "merge_requests",
    "ci_pipelines",
    "pipeline_schedules",
    "protected_branches",
    "protected_tags",
    "project_feature",
    "custom_attributes",
    "project_badges",
    "ci_cd_settings",
    "auto_devops",
    "container_expiration_policy",
    "boards",
    "uploads",
    "lfs_objects",
    "repository",
    "design",
];

/// Every relation that GitLab exports or has exported for archives, in both editions.
pub const KNOWN_RELATIONS: [&str; 39] = [
    "approval_rules",
    "auto_devops",
    "boards",
    "ci_cd_settings",
    "ci_pipelines",
    "commit_notes",
    "container_expiration_policy",
    "custom_attributes",
    "design",
    "error_tracking_setting",
    "external_pull_requests",
    "external_status_checks",
    "issues",
    "iterations",
    "labels",
    "lfs_objects",
    "max_iids",
    "merge_requests",
    "metrics_setting",
    "milestones",
    "pipeline_schedules",
    "project_badges",
    "project_feature",
    "prometheus_metrics",
    "protected_branches",
    "protected_environments",
    "protected_tags",
    "push_rule",
    "releases",
    "repository",
    "security_setting",
    "self",
    "service_desk_setting",
    "services",
    "snippets",
    "triggers",
    "uploads",
    "user_contributions",
    "vulnerabilities",
];

/// The relations that GitLab always lists, and that this list lacks.
pub fn not_listed(list: &[Relation]) -> impl Iterator<Item = &'static str> {
    ALWAYS_LISTED.into_iter().filter(|name| !list.iter().any(|relation| relation.name == *name))
}
