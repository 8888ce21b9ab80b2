//! Remarks on a built archive: what a person should know before its import, or check after it.

use crate::archive::build::Built;
use crate::archive::{Report, Verdict};
use crate::case::format;
use crate::case::rebuild::{ImportDoubt, RebuiltVerdict};
use crate::engine::api::{BuildOptions, SetPart};
use crate::engine::manifest::Manifest;

/// One sentence each.
pub fn notes(manifest: &Manifest, of_others: usize, built: &Built) -> Vec<String> {
    let mut notes = Vec::new();
    if of_others > 0 {
        let files = format::number_of(of_others as u64, "file", "files");
        notes.push(format!(
            "The folder also has {files} of another relations export, which are not in the archive."
        ));
    }
    if built.dropped_rows > 0 {
        let rows = format::number_of(built.dropped_rows, "row", "rows");
        notes.push(format!(
            "Export Desk left out {rows} with deploy keys of protected branches: an import would give their push access to Maintainers."
        ));
    }
    if manifest.deploy_key_rows.is_none()
        && manifest.files.keys().any(|key| key.relation == "protected_branches")
    {
        notes.push(
            "It is not known whether deploy keys may push to protected branches. After the import, check who may push: \
             GitLab replaces a deploy key by Maintainers."
                .to_owned(),
        );
    }
    if built.unlisted_lfs > 0 {
        let objects = format::number_of(built.unlisted_lfs, "LFS object", "LFS objects");
        notes.push(format!(
            "GitLab listed {objects} without a type. Export Desk assigned them to the project's repository, because an import stops at an \
             unlisted object."
        ));
    }
    if built.issues_unordered {
        notes.push("There are too many issues to restore their manual order on boards.".to_owned());
    }
    if manifest.listed.iter().any(|listed| !listed.batched && listed.relation == "issues") {
        notes.push(
            "The relations export was not batched, so GitLab does not report whether records are missing."
                .to_owned(),
        );
    }
    notes
}

/// Why an import may fail. Every archive of a set keeps the import limit, and a slice has few records.
pub fn doubts(report: &Report, parts: &[SetPart], options: &BuildOptions) -> Vec<ImportDoubt> {
    let bytes = if parts.is_empty() { report.bytes } else { 0 };
    ImportDoubt::of(bytes, options.import_limit_bytes(), report.counts.values().sum())
}

/// The verdict of the archive, from its verification and from what is missing in it.
pub fn verdict(
    report: &Report,
    gaps: usize,
    options: &BuildOptions,
    doubts: &[ImportDoubt],
) -> RebuiltVerdict {
    RebuiltVerdict {
        loses: report.verdict == Verdict::ImportableWithLosses,
        gaps,
        without: options.without.len(),
        too_large: doubts.iter().any(|doubt| matches!(doubt, ImportDoubt::TooLarge { .. })),
    }
}
