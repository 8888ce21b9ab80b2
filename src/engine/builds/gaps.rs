//! Finds what a folder of relation files lacks, compared with what GitLab listed when they were downloaded.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;

use crate::case::UtcMs;
use crate::case::relations::{ALWAYS_LISTED, NEVER_IMPORTED};
use crate::engine::api::{Gap, GapReason};
use crate::engine::manifest::{FileKey, ListedRelation, Manifest, ManifestFile, NotExported};

/// The relations that the list of 18.x has in addition to those of every version (`import_export.yml`).
const LISTED_IN_18: [&str; 2] = ["commit_notes", "service_desk_setting"];
/// One export is over long before: GitLab fails a relation whose worker takes more than some hours. Files that are
/// further apart are of two exports.
const ONE_RUN_MS: i64 = 24 * 3_600_000;
/// The size of `null`, which GitLab counts as one record of a relation without any.
const NULL_BYTES: u64 = 4;

/// Everything that is missing, by relation. Relations in `without` are left out on purpose and are no gaps.
pub fn gaps(manifest: &Manifest, without: &[String]) -> Vec<Gap> {
    let is_wanted =
        |relation: &str| relation != NEVER_IMPORTED && !without.iter().any(|name| name == relation);
    let mut gaps = Vec::new();
    let mut add = |relation: &str, batch, why| gaps.push(Gap { relation: relation.to_owned(), batch, why });
    if manifest.listed.is_empty() {
        add("all", None, GapReason::ListUnknown);
    }
    for line in manifest.not_exported.iter().filter(|line| is_wanted(&line.relation)) {
        let word = line.error.as_ref().unwrap_or(&line.status);
        add(&line.relation, line.batch, GapReason::NotExported(word.trim_end_matches('.').to_owned()));
    }
    let newest = newest(manifest);
    for listed in manifest.listed.iter().filter(|listed| is_wanted(&listed.relation)) {
        let is_told = |batch| {
            let of = |line: &&NotExported| line.relation == listed.relation;
            manifest.not_exported.iter().filter(of).any(|line| line.batch.is_none() || line.batch == batch)
        };
        for (batch, why) in of_relation(manifest, listed, newest) {
            if !is_told(batch) {
                add(&listed.relation, batch, why);
            }
        }
    }
    for needed in always_listed(manifest).filter(|needed| is_wanted(needed)) {
        let is_listed = manifest.listed.iter().any(|listed| listed.relation == needed);
        if !manifest.listed.is_empty() && !is_listed {
            add(needed, None, GapReason::NotListed);
        }
    }
    gaps
}

/// Adds the files of the export that are no longer in the folder.
pub fn add_missing_files(manifest: &Manifest, folder: &Path, without: &[String], gaps: &mut Vec<Gap>) {
    let is_told = |gaps: &[Gap], file: &ManifestFile| {
        gaps.iter().any(|gap| gap.relation == file.relation && gap.batch == file.batch)
    };
    for file in manifest.files_of_export().filter(|file| is_gone(folder, file)) {
        let ManifestFile { relation, batch, .. } = file;
        if !is_told(gaps, file) && relation != NEVER_IMPORTED && !without.contains(relation) {
            gaps.push(Gap { relation: relation.clone(), batch: *batch, why: GapReason::FileMissing });
        }
    }
}

/// Leaves in the manifest only what a build may use: the files of one export that are in the folder. Returns how many
/// files of other exports the folder also has and no gap names.
pub fn keep_one_export(manifest: &mut Manifest, folder: &Path, gaps: &[Gap]) -> usize {
    let of_export: HashSet<_> = manifest.files_of_export().map(ManifestFile::key).collect();
    let older = if manifest.listed.is_empty() { older_kinds(manifest) } else { HashSet::new() };
    let is_told = |key: &FileKey| {
        let mut of_other =
            gaps.iter().filter(|gap| matches!(gap.why, GapReason::OtherExport | GapReason::OtherRun { .. }));
        of_other.any(|gap| gap.relation == key.relation && gap.batch == key.batch)
    };
    let mut unused = 0;
    manifest.files.retain(|key, file| {
        if is_gone(folder, file) || is_told(key) {
            return false;
        }
        let is_used =
            of_export.contains(key) && !older.contains(&(key.relation.clone(), key.batch.is_some()));
        unused += usize::from(!is_used);
        is_used
    });
    unused
}

/// Where one relation has batches and a file without batches, they are of two exports. Returns the older of them, by
/// relation and whether it is the batches: the manifest of an earlier version does not tell which ones GitLab listed.
fn older_kinds(manifest: &Manifest) -> HashSet<(String, bool)> {
    let mut newest = BTreeMap::new();
    for (key, file) in &manifest.files {
        let at: &mut Option<UtcMs> = newest.entry((key.relation.clone(), key.batch.is_some())).or_default();
        *at = (*at).max(time_of(file.updated_at.as_ref()));
    }
    let is_older = |((relation, is_batch), at): &(&(String, bool), &Option<UtcMs>)| {
        let other = newest.get(&(relation.clone(), !is_batch));
        other.is_some_and(|other| (*other, !*is_batch) > (**at, *is_batch))
    };
    newest.iter().filter(is_older).map(|(kind, _at)| kind.clone()).collect()
}

fn is_gone(folder: &Path, file: &ManifestFile) -> bool {
    let there = folder.join(&file.file).symlink_metadata();
    there.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The relations that this GitLab lists for every project.
pub fn always_listed(manifest: &Manifest) -> impl Iterator<Item = &'static str> {
    let is_18 = manifest.gitlab_version.as_ref().is_some_and(|version| version.starts_with("18."));
    ALWAYS_LISTED.into_iter().chain(LISTED_IN_18.into_iter().filter(move |_| is_18))
}

/// When GitLab wrote the newest of the listed files.
fn newest(manifest: &Manifest) -> Option<UtcMs> {
    let files = manifest.listed.iter().flat_map(|listed| &listed.files);
    files.filter_map(|file| time_of(file.updated_at.as_ref())).max()
}

fn time_of(written: Option<&String>) -> Option<UtcMs> {
    written.and_then(|at| UtcMs::parse_rfc3339(at))
}

fn of_relation(
    manifest: &Manifest,
    listed: &ListedRelation,
    newest: Option<UtcMs>,
) -> Vec<(Option<u64>, GapReason)> {
    let file = |batch| manifest.files.get(&FileKey { relation: listed.relation.clone(), batch });
    let mut gaps: Vec<_> = listed
        .files
        .iter()
        .filter_map(|one| {
            let why = match file(one.batch) {
                None => GapReason::NotDownloaded,
                Some(there) if there.updated_at != one.updated_at => GapReason::OtherExport,
                Some(there) => of_file(there, listed.is_old, newest)?,
            };
            Some((one.batch, why))
        })
        .collect();
    gaps.extend(batches_differ(manifest, listed).map(|why| (None, why)));
    // For a relation without batches, GitLab counts what it wrote, not what the project has.
    if listed.batched && gaps.is_empty() {
        let written = listed
            .files
            .iter()
            .filter_map(|one| file(one.batch))
            .map(|file| file.objects_count)
            .try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)));
        if let (Some(written), Some(total)) = (written, listed.total_objects_count)
            && written != total
        {
            gaps.push((None, GapReason::RecordsMissing { written, total }));
        }
    }
    gaps
}

/// What is wrong with a file that is there and of the listed export.
fn of_file(file: &ManifestFile, is_old: bool, newest: Option<UtcMs>) -> Option<GapReason> {
    let written = time_of(file.updated_at.as_ref());
    if let (Some(at), Some(newest)) = (written, newest)
        && (is_old || newest.since_ms(at) > ONE_RUN_MS)
    {
        return Some(GapReason::OtherRun { written: at.for_people(), newest: newest.for_people() });
    }
    let (counted, found) = (file.objects_count?, file.records);
    let is_null = counted == 1 && found == 0 && file.unpacked_bytes == Some(NULL_BYTES);
    let is_of_lines = file.file.ends_with(".ndjson.gz");
    (is_of_lines && counted != found && !is_null).then_some(GapReason::CountDiffers { counted, found })
}

/// Whether GitLab counts another number of batches than it lists. Batches that are not listed are gaps of their own if
/// the download has recorded them.
fn batches_differ(manifest: &Manifest, listed: &ListedRelation) -> Option<GapReason> {
    let counted = listed.batches_count.filter(|_| listed.batched)?;
    let is_told = manifest.not_exported.iter().any(|line| line.relation == listed.relation);
    let numbers: BTreeSet<_> = listed.files.iter().map(|file| file.batch).collect();
    let listed = numbers.len() as u64;
    (counted != listed && !is_told).then_some(GapReason::BatchesDiffer { counted, listed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::manifest::{ListedFile, fixture};

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
            is_old: false,
            is_skipped: false,
            files: counts.iter().enumerate().map(|(at, count)| one(number(at), *count)).collect(),
        }
    }

    /// A manifest with a relation of three batches and an empty batched one; the others have one record each.
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
        for name in ALWAYS_LISTED {
            if !manifest.listed.iter().any(|listed| listed.relation == name) {
                manifest.listed.push(listed(name, &[1]));
                let file = file(name, None, 1);
                manifest.files.insert(file.key(), file);
            }
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
        assert_eq!(sentence, "issues. GitLab wrote 107 records, although it counts 5.");

        let mut unlisted = whole();
        unlisted.listed.remove(1);
        assert_eq!(said(&unlisted), [("repository".into(), None, GapReason::NotListed)]);

        let mut old = whole();
        old.listed.clear();
        assert_eq!(said(&old), [("all".into(), None, GapReason::ListUnknown)]);
    }

    #[test]
    fn a_relation_that_gitlab_lists_for_every_project_is_a_gap_where_it_is_not_listed() {
        for name in ALWAYS_LISTED {
            let mut manifest = whole();
            manifest.listed.retain(|listed| listed.relation != name);
            assert_eq!(said(&manifest), [(name.to_owned(), None, GapReason::NotListed)]);
            assert_eq!(gaps(&manifest, &[name.to_owned()]), [], "it is left out on purpose");
        }
        let of_18 = Manifest { gitlab_version: Some("18.9.1-ee".to_owned()), ..whole() };
        let names: Vec<_> = said(&of_18).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, LISTED_IN_18);
    }

    #[test]
    fn counts_and_times_that_do_not_fit_are_gaps_with_their_numbers() {
        let key = FileKey { relation: "issues".into(), batch: Some(3) };
        let one = |batch, why| vec![("issues".to_owned(), batch, why)];
        for counted in [2, 4] {
            let mut manifest = whole();
            manifest.listed[2].batches_count = Some(counted);
            assert_eq!(said(&manifest), one(None, GapReason::BatchesDiffer { counted, listed: 3 }));
        }
        let mut cut = whole();
        cut.files.get_mut(&key).unwrap().records = 6;
        let why = GapReason::CountDiffers { counted: 7, found: 6 };
        assert_eq!(why.to_string(), "GitLab counted 7 records in the file, but it contains 6.");
        assert_eq!(said(&cut), one(Some(3), why));
        // GitLab counts a `null`, and the files in a tar in its own way.
        let mut other = whole();
        let file = |manifest: &mut Manifest, relation: &str| {
            let key = FileKey { relation: relation.to_owned(), batch: None };
            manifest.files.remove(&key).unwrap()
        };
        let null = ManifestFile { records: 0, unpacked_bytes: Some(4), ..file(&mut other, "auto_devops") };
        let uploads = file(&mut other, "uploads");
        let tar = ManifestFile { records: 0, file: "uploads.tar.gz".to_owned(), ..uploads };
        for file in [null, tar] {
            other.files.insert(file.key(), file);
        }
        assert_eq!(said(&other), []);

        let old = "2026-11-19T09:59:59Z".to_owned();
        let mut mixed = whole();
        mixed.files.get_mut(&key).unwrap().updated_at = Some(old.clone());
        mixed.listed[2].files[2].updated_at = Some(old);
        let at = |text: &str| UtcMs::parse_rfc3339(text).unwrap().for_people();
        let (written, newest) = (at("2026-11-19T09:59:59Z"), at(AT));
        assert_eq!(said(&mixed), one(Some(3), GapReason::OtherRun { written, newest }));
        // What GitLab never regenerated is of another export, however close its time is.
        let mut kept = whole();
        kept.listed[0].is_old = true;
        let why = GapReason::OtherRun { written: at(AT), newest: at(AT) };
        assert_eq!(said(&kept), [("self".to_owned(), None, why)]);
    }

    #[test]
    fn lists_of_contributions_are_never_missed() {
        let mut manifest = whole();
        manifest.listed.push(listed("user_contributions", &[1]));
        assert_eq!(gaps(&manifest, &[]), []);
    }
}
