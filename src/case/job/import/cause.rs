//! The meaning of GitLab's `import_error`, if known; GitLab's own words are shown beside it.

/// A known error: what it means, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownError {
    pub meaning: &'static str,
    pub next: &'static str,
}

const BUNDLE: KnownError = KnownError {
    meaning: "GitLab's Git could not read project.bundle, the repository in the archive.",
    next: "Verify the archive. If its bundle is sound, import it again; if it fails again, ask whoever runs the instance's \
           Gitaly to search its log for the correlation ID (known issue gitlab-org/gitlab#24806).",
};

/// The same error if the bundle was verified before the upload.
const SOUND_BUNDLE: KnownError = KnownError {
    meaning: "GitLab's Git could not read project.bundle, the repository in the archive. Export Desk found nothing \
              wrong with the bundle before the upload.",
    next: "Import the archive again. If it fails again, ask whoever runs the instance's Gitaly to search its log for the \
           correlation ID (known issue gitlab-org/gitlab#24806).",
};

/// Parts of GitLab's messages (`lib/gitlab/import_export`, `app/workers/stuck_import_job.rb`), with their meaning.
const KNOWN: [(&[&str], KnownError); 11] = [
    (&["CreateRepositoryFromBundle", "create_repository_from_bundle"], BUNDLE),
    (
        &["shares hard link"],
        KnownError {
            meaning: "The archive contains a hard link, which GitLab's importer does not extract.",
            next: "Export the project again, or repack the archive without hard links.",
        },
    ),
    (
        &["Import version mismatch", "version mismatch"],
        KnownError {
            meaning: "Another version of GitLab's export format made the archive.",
            next: "Import the archive into the GitLab version that created it, upgrade that instance, and export the project again.",
        },
    ),
    (
        &["archive size validation failed"],
        KnownError {
            meaning: "The unpacked archive is larger than the instance accepts, or took longer than 210 seconds to unpack.",
            next: "Ask an administrator to raise max_decompressed_archive_size, or import the relations in parts.",
        },
    ),
    (
        &["Incorrect JSON format"],
        KnownError {
            meaning: "A line of a relation's file is not JSON, is empty, or is longer than 50 MiB. The records before that line stay in the project.",
            next: "Verify the archive: the report names the file and the line.",
        },
    ),
    (
        &["import format"],
        KnownError {
            meaning: "The archive has no tree/project.json, or no tree folder.",
            next: "Verify the archive. A group's export and a single relation's file are imported in other ways.",
        },
    ),
    (
        &["maximum number of interruptions"],
        KnownError {
            meaning: "GitLab's background workers were restarted while they imported, again and again.",
            next: "Import the archive again when no deployment runs. If that fails as well, import the relations one by one.",
        },
    ),
    (
        &["Import timed out"],
        KnownError {
            meaning: "The import took longer than 24 hours, after which GitLab ends it.",
            next: "Check the project. Then import again, as a whole or in parts.",
        },
    ),
    (
        &["project bots cannot be added"],
        KnownError {
            meaning: "The token belongs to a bot of a group or project, which cannot import projects.",
            next: "Use a personal access token of a user who is Maintainer in the namespace.",
        },
    ),
    (
        &["unsupported response downloading fragment"],
        KnownError {
            meaning: "The server answered GitLab's download with a status other than 200.",
            next: "Check that the URL is still valid and can be fetched without a login, then import again.",
        },
    ),
    (
        &["Ask a maintainer"],
        KnownError {
            meaning: "GitLab shows the error only to maintainers of the project.",
            next: "Ask a maintainer of the project for the import status.",
        },
    ),
];

/// The meaning of GitLab's message about an import; `None` if the message is not known.
pub(super) fn known_error(text: &str, has_sound_bundle: bool) -> Option<KnownError> {
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let known = KNOWN.iter().find(|(parts, _)| says(parts)).map(|(_, known)| *known)?;
    Some(if known == BUNDLE && has_sound_bundle { SOUND_BUNDLE } else { known })
}
