//! The role of a member for GitLab's importer, which opens files by name and ignores all others.

/// The GitLab version of the list of relations.
pub(super) const RELATIONS_OF: &str = "18.9";

/// Relations that the importer of that GitLab reads (`IE/project/import_export.yml` in both editions), with those of
/// older archives.
const RELATIONS: [&str; 35] = [
    "approval_rules",
    "auto_devops",
    "boards",
    "ci_cd_settings",
    "ci_pipelines",
    "commit_notes",
    "container_expiration_policy",
    "custom_attributes",
    "design_management_repository",
    "designs",
    "error_tracking_setting",
    "external_pull_requests",
    "issues",
    "iterations",
    "labels",
    "merge_requests",
    "metrics_setting",
    "milestones",
    "pipeline_schedules",
    "project_badges",
    "project_feature",
    "project_members",
    "prometheus_metrics",
    "protected_branches",
    "protected_environments",
    "protected_tags",
    "push_rule",
    "releases",
    "security_setting",
    "service_desk_setting",
    "services",
    "snippets",
    "triggers",
    "user_contributions",
    "vulnerabilities",
];

/// Whether the importer knows the relation.
pub(super) fn is_relation(name: &str) -> bool {
    RELATIONS.binary_search(&name).is_ok()
}

/// The role of a member for the importer, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role<'a> {
    Version,
    GitlabVersion,
    GitlabRevision,
    ProjectJson,
    /// The old format with one JSON file.
    LegacyJson,
    Relation(&'a str),
    /// At the place of a relation, under a name that the importer does not know.
    UnknownRelation(&'a str),
    Bundle,
    LfsList,
    LfsObject,
    Upload,
    /// Never opened.
    Ignored,
}

impl<'a> Role<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        match name {
            "VERSION" => return Self::Version,
            "GITLAB_VERSION" => return Self::GitlabVersion,
            "GITLAB_REVISION" => return Self::GitlabRevision,
            "tree/project.json" => return Self::ProjectJson,
            "project.json" => return Self::LegacyJson,
            "lfs-objects.json" => return Self::LfsList,
            "project.bundle" | "project.wiki.bundle" | "project.design.bundle" => return Self::Bundle,
            _ => {}
        }
        // The importer lists folders without dot files.
        if name.split('/').any(|part| part.starts_with('.')) {
            return Self::Ignored;
        }
        if let Some(relation) = name.strip_prefix("tree/project/").and_then(|n| n.strip_suffix(".ndjson")) {
            return if is_relation(relation) {
                Self::Relation(relation)
            } else if relation.contains('/') {
                Self::Ignored
            } else {
                Self::UnknownRelation(relation)
            };
        }
        match name.split_once('/') {
            Some(("lfs-objects", rest)) if !rest.contains('/') => Self::LfsObject,
            Some(("snippets", rest)) if !rest.contains('/') && has_extension(rest, "bundle") => Self::Bundle,
            Some(("uploads", _)) => Self::Upload,
            _ => Self::Ignored,
        }
    }

    /// Whether the importer opens this as a file, so that a folder in its place makes it fail.
    pub(super) fn must_be_file(self) -> bool {
        !matches!(self, Self::Upload | Self::Ignored | Self::UnknownRelation(_) | Self::LegacyJson)
            && !matches!(self, Self::GitlabVersion | Self::GitlabRevision)
    }
}

pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, found)| !stem.is_empty() && found == extension)
}

/// Whether macOS adds files of this name to its archives.
pub(super) fn is_of_macos(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with("._") || matches!(part, ".DS_Store" | "__MACOSX"))
}

/// Whether the importer finds the folder of an upload in its path: 10 or 32 hexadecimal digits that are a whole part
/// of the path, or that end a part after a character other than a letter, digit or underscore
/// (`FileUploader::DYNAMIC_PATH_PATTERN`).
pub(super) fn has_upload_folder(name: &str) -> bool {
    let Some((folders, _file)) = name.rsplit_once('/') else { return false };
    folders.split('/').any(|part| {
        [10, 32].into_iter().any(|digits| {
            let part = part.as_bytes();
            let Some(at) = part.len().checked_sub(digits) else { return false };
            let is_start =
                at == 0 || !(part[at - 1].is_ascii_alphanumeric() || matches!(part[at - 1], b'_' | 0x80..));
            is_start && is_upload_secret(&part[at..])
        })
    })
}

/// Whether a folder's name is the secret of an upload: ten hexadecimal digits since 9.0, 32 since 11.5, in any case
/// (`\h` in `FileUploader::DYNAMIC_PATH_PATTERN`).
pub(super) fn is_upload_secret(folder: &[u8]) -> bool {
    matches!(folder.len(), 10 | 32) && folder.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relations_are_sorted() {
        assert!(RELATIONS.is_sorted());
    }

    #[test]
    fn files_are_read_by_name_alone() {
        for (name, role) in [
            ("tree/project/issues.ndjson", Role::Relation("issues")),
            ("tree/project/holidays.ndjson", Role::UnknownRelation("holidays")),
            ("tree/project/._issues.ndjson", Role::Ignored),
            ("tree/project/issues.ndjson~", Role::Ignored),
            ("tree/project/deep/issues.ndjson", Role::Ignored),
            ("Tree/project.json", Role::Ignored),
            ("lfs-objects/.DS_Store", Role::Ignored),
            ("lfs-objects/a/b", Role::Ignored),
            ("lfs-objects/readme", Role::LfsObject),
            ("snippets/1f.bundle", Role::Bundle),
            ("snippets/._1f.bundle", Role::Ignored),
            ("snippets/a/1f.bundle", Role::Ignored),
            ("backup.bundle", Role::Ignored),
            ("uploads/a/b", Role::Upload),
            ("uploads/.a/b", Role::Ignored),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }

    #[test]
    fn uploads_lie_in_folders_of_hexadecimal_digits() {
        let (ten, all) = ("0123456789", "0123456789ABCDEFabcdef0123456789");
        for name in [format!("uploads/{ten}/x"), format!("uploads/{all}/a/b"), format!("uploads/x-{ten}/y")] {
            assert!(has_upload_folder(&name), "{name}");
        }
        for name in [
            "uploads/x.png".to_owned(),
            format!("uploads/{ten}"),
            format!("uploads/{ten}0/x"),
            format!("uploads/x{ten}/y"),
            format!("uploads/_{all}/y"),
            format!("uploads/{all}.d/y"),
        ] {
            assert!(!has_upload_folder(&name), "{name}");
        }
    }
}
