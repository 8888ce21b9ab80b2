//! Remarks on a built archive: what a person should know before its import, or check after it.

use crate::archive::build::Built;
use crate::archive::{Report, Verdict};
use crate::case::format;
use crate::case::rebuild::{DEPLOY_KEY_ROWS, ImportDoubt, RebuiltVerdict};
use crate::engine::api::{BuildOptions, SetPart};
use crate::engine::manifest::{ListedRelation, Manifest};

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
            "Export Desk left out {rows} {DEPLOY_KEY_ROWS}: an import would give their push access to Maintainers."
        ));
    }
    if built.undropped_rows > 0 {
        let keys = format::number_of(built.undropped_rows, "deploy key", "deploy keys");
        notes.push(format!(
            "The rows of {keys} that may push to protected branches were not recognized. After the import, check who may \
             push: GitLab may let a role push instead."
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
    let uncounted = uncounted(manifest);
    if !uncounted.is_empty() {
        notes.push(format!(
            "GitLab gives no number of records for {}, so it is not known whether records are missing there.",
            uncounted.join(", ")
        ));
    }
    notes
}

/// The batched relations of which GitLab does not count every batch, or not the whole.
fn uncounted(manifest: &Manifest) -> Vec<String> {
    let is_uncounted = |listed: &&ListedRelation| {
        let of_files = listed.files.iter().any(|file| file.objects_count.is_none());
        listed.batched && !listed.files.is_empty() && (of_files || listed.total_objects_count.is_none())
    };
    manifest.listed.iter().filter(is_uncounted).map(|listed| listed.relation.clone()).collect()
}

/// Why an import may fail. Every archive of a set keeps the import limit, and a slice has few records.
pub fn doubts(report: &Report, parts: &[SetPart], options: &BuildOptions) -> Vec<ImportDoubt> {
    let bytes = if parts.is_empty() { report.bytes } else { 0 };
    ImportDoubt::of(bytes, options.import_limit_bytes(), report.counts.values().sum())
}

/// The verdict of the archive, from its verification and from what is missing in it.
pub fn verdict(
    report: &Report,
    (gaps, parts): (usize, &[SetPart]),
    options: &BuildOptions,
    doubts: &[ImportDoubt],
) -> RebuiltVerdict {
    RebuiltVerdict {
        loses: report.verdict == Verdict::ImportableWithLosses,
        gaps,
        without: options.without.len(),
        too_large: doubts.iter().any(|doubt| matches!(doubt, ImportDoubt::TooLarge { .. })),
        is_set: !parts.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::manifest::ListedFile;

    #[test]
    fn what_could_not_be_checked_is_named() {
        let file = |objects_count| ListedFile { batch: Some(1), objects_count, updated_at: None };
        let one = |relation: &str, count, total| ListedRelation {
            relation: relation.to_owned(),
            batched: true,
            batches_count: Some(1),
            total_objects_count: total,
            is_old: false,
            files: vec![file(count)],
        };
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        manifest.listed = vec![one("issues", Some(1), Some(1))];
        assert_eq!(notes(&manifest, 0, &Built::default()), [""; 0]);
        manifest.listed.push(one("labels", None, Some(1)));
        manifest.listed.push(one("boards", Some(1), None));
        let built = Built { undropped_rows: 2, ..Built::default() };
        let told = notes(&manifest, 0, &built);
        assert!(told[0].contains("2 deploy keys") && told[0].contains("check who may push"), "{told:?}");
        assert!(told[1].contains("for labels, boards, so"), "{told:?}");
    }
}
