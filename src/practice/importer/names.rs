//! The names by which the importer opens files.

/// The relations that the importer opens, in the order of `import_export.yml`.
pub const TREE: [&str; 31] = [
    "labels",
    "milestones",
    "issues",
    "snippets",
    "releases",
    "project_members",
    "merge_requests",
    "external_pull_requests",
    "ci_pipelines",
    "pipeline_schedules",
    "container_expiration_policy",
    "protected_branches",
    "protected_tags",
    "project_feature",
    "custom_attributes",
    "prometheus_metrics",
    "project_badges",
    "ci_cd_settings",
    "error_tracking_setting",
    "metrics_setting",
    "boards",
    "service_desk_setting",
    "security_setting",
    "push_rule",
    "protected_environments",
    "auto_devops",
    "triggers",
    "commit_notes",
    "user_contributions",
    "approval_rules",
    "vulnerabilities",
];

/// The folder of an upload is its secret: ten hex digits before 11.5, 32 since (`FileUploader::VALID_SECRET_PATTERN`).
pub fn is_upload_placed(path: &str) -> bool {
    let is_secret = |folder: &str| {
        matches!(folder.len(), 10 | 32)
            && folder.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    path.split_once('/').is_some_and(|(folder, file)| is_secret(folder) && !file.is_empty())
}
