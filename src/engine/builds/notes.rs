//! Remarks on a built archive: what a person should know before its import, or check after it.

use crate::archive::build::Built;
use crate::archive::{Report, Verdict};
use crate::case::rebuild::{ImportDoubt, RebuildNote, RebuiltVerdict};
use crate::engine::api::{BuildOptions, SetPart};
use crate::engine::manifest::{ListedRelation, Manifest};

/// What the build and the manifest tell of the archive.
pub fn notes(manifest: &Manifest, of_others: usize, built: &Built) -> Vec<RebuildNote> {
    let some = |count: u64, note: fn(u64) -> RebuildNote| (count > 0).then(|| note(count));
    let has_branches = manifest.files.keys().any(|key| key.relation == "protected_branches");
    let keys_are_unknown = manifest.deploy_key_rows.is_none() && has_branches;
    let unbatched = manifest.listed.iter().any(|listed| !listed.batched && listed.relation == "issues");
    let skipped = manifest.listed.iter().filter(|listed| listed.is_skipped).count() as u64;
    let uncounted = uncounted(manifest);
    let all = [
        some(of_others as u64, |files| RebuildNote::OtherExport { files }),
        some(built.dropped_rows, |rows| RebuildNote::DeployKeyRows { rows }),
        some(built.undropped_rows, |keys| RebuildNote::DeployKeysUnrecognized { keys }),
        keys_are_unknown.then_some(RebuildNote::DeployKeysUnknown),
        some(built.unlisted_lfs, |objects| RebuildNote::UnlistedLfs { objects }),
        built.issues_unordered.then_some(RebuildNote::IssuesUnordered),
        some(skipped, |relations| RebuildNote::NotRegenerated { relations }),
        unbatched.then_some(RebuildNote::NotBatched),
        (!uncounted.is_empty()).then_some(RebuildNote::Uncounted { relations: uncounted }),
    ];
    all.into_iter().flatten().collect()
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
            is_skipped: false,
            files: vec![file(count)],
        };
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        manifest.listed = vec![one("issues", Some(1), Some(1))];
        assert_eq!(notes(&manifest, 0, &Built::default()), []);
        manifest.listed.push(one("labels", None, Some(1)));
        manifest.listed.push(one("boards", Some(1), None));
        let built = Built { undropped_rows: 2, ..Built::default() };
        let told = notes(&manifest, 0, &built);
        assert_eq!(told[0], RebuildNote::DeployKeysUnrecognized { keys: 2 });
        assert!(told[1].sentence().contains("for labels, boards, so"), "{told:?}");
    }
}
