//! Finds what a folder of relation files lacks, compared with what GitLab listed when they were downloaded.

use std::io;
use std::path::Path;

use crate::engine::api::{Gap, GapReason};
use crate::engine::manifest::{FileKey, ListedRelation, Manifest, NotExported};

/// Exists only for direct transfer: archives do not contain it, and GitLab's importer of archives never reads it.
const NEVER: &str = "user_contributions";
/// Without these two relations GitLab cannot import a project.
const NEEDED: [&str; 2] = ["self", "repository"];

/// Everything that is missing, by relation. Relations in `without` are left out on purpose and are no gaps.
pub fn gaps(manifest: &Manifest, without: &[String]) -> Vec<Gap> {
    let is_wanted = |relation: &str| relation != NEVER && !without.iter().any(|name| name == relation);
    let mut gaps = Vec::new();
    let mut add = |relation: &str, batch, why| gaps.push(Gap { relation: relation.to_owned(), batch, why });
    if manifest.listed.is_empty() {
        add("all", None, GapReason::ListUnknown);
    }
    for line in manifest.not_exported.iter().filter(|line| is_wanted(&line.relation)) {
        let word = line.error.as_ref().unwrap_or(&line.status);
        add(&line.relation, line.batch, GapReason::NotExported(word.trim_end_matches('.').to_owned()));
    }
    for listed in manifest.listed.iter().filter(|listed| is_wanted(&listed.relation)) {
        let is_told = |batch| {
            let of = |line: &&NotExported| line.relation == listed.relation;
            manifest.not_exported.iter().filter(of).any(|line| line.batch.is_none() || line.batch == batch)
        };
        for (batch, why) in of_relation(manifest, listed) {
            if !is_told(batch) {
                add(&listed.relation, batch, why);
            }
        }
    }
    for needed in NEEDED.iter().filter(|needed| is_wanted(needed)) {
        let is_listed = manifest.listed.iter().any(|listed| listed.relation == *needed);
        if !manifest.listed.is_empty() && !is_listed {
            add(needed, None, GapReason::NotListed);
        }
    }
    gaps
}

/// Removes from the manifest what is no longer in the folder, and adds it to the gaps.
pub fn forget_missing_files(manifest: &mut Manifest, folder: &Path, without: &[String], gaps: &mut Vec<Gap>) {
    manifest.files.retain(|key, file| {
        let path = folder.join(&file.file);
        let is_gone = path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        let is_told = gaps.iter().any(|gap| gap.relation == key.relation && gap.batch == key.batch);
        if is_gone && !is_told && key.relation != NEVER && !without.contains(&key.relation) {
            let (relation, batch) = (key.relation.clone(), key.batch);
            gaps.push(Gap { relation, batch, why: GapReason::FileMissing });
        }
        !is_gone
    });
}

fn of_relation(manifest: &Manifest, listed: &ListedRelation) -> Vec<(Option<u64>, GapReason)> {
    let file = |batch| manifest.files.get(&FileKey { relation: listed.relation.clone(), batch });
    let mut gaps: Vec<_> = listed
        .files
        .iter()
        .filter_map(|one| {
            let why = match file(one.batch) {
                None => GapReason::NotDownloaded,
                Some(there) if there.updated_at != one.updated_at => GapReason::OtherExport,
                Some(_) => return None,
            };
            Some((one.batch, why))
        })
        .collect();
    // For a relation without batches, GitLab counts what it wrote, not what the project has.
    if listed.batched && gaps.is_empty() {
        let written = listed
            .files
            .iter()
            .filter_map(|one| file(one.batch))
            .map(|file| file.objects_count)
            .sum::<Option<u64>>();
        if let (Some(written), Some(total)) = (written, listed.total_objects_count)
            && written != total
        {
            gaps.push((None, GapReason::RecordsMissing { written, total }));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::manifest::{ListedFile, ManifestFile, fixture};

    const AT: &str = "2026-11-20T10:00:00Z";

    fn file(relation: &str, batch: Option<u64>, count: u64) -> ManifestFile {
        ManifestFile {
            records: count,
            objects_count: Some(count),
            updated_at: Some(AT.to_owned()),
            ..fixture::file(relation, batch)
        }
    }

    fn listed(relation: &str, counts: &[u64]) -> ListedRelation {
        let one =
            |batch, count| ListedFile { batch, objects_count: Some(count), updated_at: Some(AT.to_owned()) };
        let batched = counts.len() > 1;
        let number = |at: usize| batched.then_some(at as u64 + 1);
        ListedRelation {
            relation: relation.to_owned(),
            batched,
            batches_count: batched.then_some(counts.len() as u64),
            total_objects_count: Some(counts.iter().sum()),
            files: counts.iter().enumerate().map(|(at, count)| one(number(at), *count)).collect(),
        }
    }

    /// A manifest with two unbatched relations, one of three batches, and an empty batched one.
    fn whole() -> Manifest {
        let mut manifest = Manifest::new("https://i", 7, "a/b");
        manifest.listed =
            vec![listed("self", &[1]), listed("repository", &[1]), listed("issues", &[50, 50, 7])];
        let empty = ListedRelation { batched: true, batches_count: Some(0), ..listed("labels", &[]) };
        manifest.listed.push(empty);
        let counts = [("self", None, 1), ("repository", None, 1), ("issues", Some(1), 50)];
        let more = [("issues", Some(2), 50), ("issues", Some(3), 7)];
        for (relation, batch, count) in counts.into_iter().chain(more) {
            let file = file(relation, batch, count);
            manifest.files.insert(file.key(), file);
        }
        manifest
    }

    fn said(manifest: &Manifest) -> Vec<(String, Option<u64>, GapReason)> {
        gaps(manifest, &[]).into_iter().map(|gap| (gap.relation, gap.batch, gap.why)).collect()
    }

    #[test]
    fn a_whole_folder_has_no_gap() {
        assert_eq!(gaps(&whole(), &[]), []);
    }

    #[test]
    fn every_kind_of_gap_is_listed_once() {
        let issues = |batch, why| vec![("issues".to_owned(), batch, why)];
        let key = |batch| FileKey { relation: "issues".into(), batch: Some(batch) };

        let mut missing = whole();
        missing.files.remove(&key(2));
        assert_eq!(said(&missing), issues(Some(2), GapReason::NotDownloaded));
        assert_eq!(gaps(&missing, &["issues".to_owned()]), [], "it is left out on purpose");

        let mut other = whole();
        other.files.get_mut(&key(3)).unwrap().updated_at = Some("2026-11-19T10:00:00Z".into());
        assert_eq!(said(&other), issues(Some(3), GapReason::OtherExport));

        // GitLab skips a database batch that raised an error and reports that nowhere else.
        let mut short = whole();
        short.listed[2].total_objects_count = Some(108);
        assert_eq!(said(&short), issues(None, GapReason::RecordsMissing { written: 107, total: 108 }));

        let mut failed = whole();
        failed.files.remove(&key(2));
        failed.not_exported.push(NotExported {
            relation: "issues".into(),
            batch: Some(2),
            status: "-1".into(),
            error: Some("Export timed out.".into()),
        });
        assert_eq!(said(&failed), issues(Some(2), GapReason::NotExported("Export timed out".into())));

        let mut more = whole();
        more.listed[2].total_objects_count = Some(5);
        let sentence = gaps(&more, &[])[0].sentence();
        assert_eq!(sentence, "issues: GitLab wrote 107 records, although it counts 5.");

        let mut unlisted = whole();
        unlisted.listed.remove(1);
        assert_eq!(said(&unlisted), [("repository".into(), None, GapReason::NotListed)]);

        let mut old = whole();
        old.listed.clear();
        assert_eq!(said(&old), [("all".into(), None, GapReason::ListUnknown)]);
    }

    #[test]
    fn lists_of_contributions_are_never_missed() {
        let mut manifest = whole();
        manifest.listed.push(listed("user_contributions", &[1]));
        assert_eq!(gaps(&manifest, &[]), []);
    }
}
