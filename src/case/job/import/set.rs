//! A set of archives that is imported one after another: the base archive into a new project, then slices of relations
//! into that project. GitLab imports one relation of a project at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::case::format::{self, number_of};
use crate::case::id::ImportId;

use super::{ImportJob, ImportOutcome, status};

/// One archive of a set: that a rebuild made, or that an import sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPart {
    /// Path on this computer.
    pub path: PathBuf,
    /// The relation of a slice; `None` for the base archive.
    pub relation: Option<String>,
    /// Records of the relation in this slice; 0 for the base archive.
    pub records: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// A set, as it was read when its import began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSet {
    /// Path of the set's list.
    pub list: String,
    /// In the order of the import; the base archive comes first.
    pub parts: Vec<SetPart>,
    /// Whether large parts are sent again after an interruption.
    pub retry_upload: bool,
}

/// The place of an import in a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SetPlace {
    /// The base archive. Its job stands for the whole set.
    Base(ImportSet),
    Slice {
        /// The job of the base archive.
        base: ImportId,
        /// Index of the part.
        part: usize,
        /// Records of the same relation in earlier parts.
        before: u64,
    },
}

/// How far the import of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PartState {
    /// An earlier part comes first.
    Waiting,
    Running,
    Imported,
    /// The part was imported, and some records were lost.
    Partial,
    /// The part was not imported. The set stops here until the person continues it.
    Stopped,
}

words!(PartState);

impl PartState {
    pub fn is_done(self) -> bool {
        matches!(self, Self::Imported | Self::Partial)
    }
}

/// How far a set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetProgress {
    /// The state of each part, with the newest import of it.
    pub parts: Vec<(PartState, Option<ImportId>)>,
    /// Index of the first part that is not imported; `None` at the end.
    pub current: Option<usize>,
    pub sentence: String,
}

impl SetProgress {
    /// The state of the current part.
    pub fn state(&self) -> Option<PartState> {
        self.current.map(|part| self.parts[part].0)
    }
}

impl SetPart {
    /// The part in a receipt, as a sentence.
    pub fn sentence(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let what = match &self.relation {
            None => "base archive".to_owned(),
            Some(relation) => format!("{} of {relation}", number_of(self.records, "record", "records")),
        };
        format!("{name}, {what}, {}, SHA-256 {}", format::bytes(self.bytes), self.sha256)
    }
}

impl ImportSet {
    /// Records of the same relation in the parts before this one.
    pub fn before(&self, part: usize) -> u64 {
        let relation = self.parts.get(part).and_then(|part| part.relation.as_ref());
        let earlier = self.parts.iter().take(part).filter(|one| one.relation.as_ref() == relation);
        format::total(earlier.map(|one| one.records))
    }

    /// `2 of 4 (merge_requests)`.
    fn place(&self, part: usize) -> String {
        let what = self.parts.get(part).and_then(|part| part.relation.as_deref()).unwrap_or("base archive");
        format!("{} of {} ({what})", part + 1, self.parts.len())
    }

    /// The sentence while all parts that are still to be sent are checked, this one now.
    pub fn checked_now(&self, part: usize) -> String {
        format!("Export Desk checks all parts before the upload, now part {}.", self.place(part))
    }

    /// The sentence where a part could not begin.
    pub fn stopped_before(&self, part: usize) -> String {
        format!("The import of the set stopped before part {}. {}", self.place(part), what_was_sent(part))
    }

    /// The sentence while nothing is known of a part yet.
    pub fn comes_next(&self, part: usize) -> String {
        format!("Part {} comes next.", self.place(part))
    }

    /// Whether both are the same archives.
    pub fn is_same(&self, other: &Self) -> bool {
        let digests = |set: &Self| set.parts.iter().map(|part| part.sha256.clone()).collect::<Vec<_>>();
        digests(self) == digests(other)
    }
}

/// What GitLab has of a set whose part with this index is not sent.
pub fn what_was_sent(part: usize) -> String {
    match part {
        0 => "Nothing was sent.".to_owned(),
        1 => "Nothing more was sent: GitLab has imported the base archive.".to_owned(),
        parts => format!("Nothing more was sent: GitLab has imported the first {parts} parts of the set."),
    }
}

impl ImportJob {
    /// The set, if the job is that of its base archive.
    pub fn import_set(&self) -> Option<&ImportSet> {
        match self.set.as_deref() {
            Some(SetPlace::Base(set)) => Some(set),
            Some(SetPlace::Slice { .. }) | None => None,
        }
    }

    /// The job of the base archive, if this one imports a slice, and the index of the part.
    pub fn slice_of(&self) -> Option<(ImportId, usize)> {
        match self.set.as_deref() {
            Some(SetPlace::Slice { base, part, .. }) => Some((*base, *part)),
            Some(SetPlace::Base(_)) | None => None,
        }
    }

    fn part_state(&self) -> PartState {
        match &self.outcome {
            None => PartState::Running,
            Some(ImportOutcome::Imported) => PartState::Imported,
            Some(ImportOutcome::Partial) if self.nothing_arrived() || self.slice_is_lost() => {
                PartState::Stopped
            }
            Some(ImportOutcome::Partial) => PartState::Partial,
            Some(_) => PartState::Stopped,
        }
    }

    /// Whether the project has no more records of the relation than before this slice.
    fn slice_is_lost(&self) -> bool {
        let (Some(SetPlace::Slice { before, .. }), super::ImportKind::Relation { relation, .. }) =
            (self.set.as_deref(), &self.kind)
        else {
            return false;
        };
        let arrived =
            self.arrived.as_ref().and_then(|arrived| arrived.records.get(relation).copied().flatten());
        arrived.is_some_and(|arrived| arrived <= *before)
    }
}

/// How far the set of a base archive is. `jobs` are all imports, newest first.
pub fn set_progress<'a>(base: &ImportJob, jobs: impl Iterator<Item = &'a ImportJob>) -> Option<SetProgress> {
    let set = base.import_set()?;
    let mut newest: BTreeMap<usize, &ImportJob> = BTreeMap::new();
    for job in jobs {
        if let Some((_, part)) = job.slice_of().filter(|(of, _)| *of == base.id) {
            newest.entry(part).or_insert(job);
        }
    }
    let state = |part: usize| match (part, newest.get(&part)) {
        (0, _) => (base.part_state(), Some(base.id)),
        (_, Some(job)) => (job.part_state(), Some(job.id)),
        (_, None) => (PartState::Waiting, None),
    };
    let parts: Vec<_> = (0..set.parts.len()).map(state).collect();
    let current = parts.iter().position(|(state, _)| !state.is_done());
    let job = current.and_then(|part| if part == 0 { Some(base) } else { newest.get(&part).copied() });
    let sentence = sentence(base, set, &parts, current.map(|part| (part, job)));
    Some(SetProgress { parts, current, sentence })
}

fn sentence(
    base: &ImportJob,
    set: &ImportSet,
    parts: &[(PartState, Option<ImportId>)],
    current: Option<(usize, Option<&ImportJob>)>,
) -> String {
    let (path, all) = (&base.target_path, set.parts.len());
    let Some((part, job)) = current else {
        let partial = parts.iter().filter(|(state, _)| *state == PartState::Partial).count() as u64;
        let lost = match partial {
            0 => String::new(),
            some => format!(", but {}", number_of(some, "part has lost records", "parts have lost records")),
        };
        let lacks = if base.has_gaps() {
            " They did not have all data of the project: the warnings name what is missing."
        } else {
            ""
        };
        return format!("All {all} parts of the set were imported into {path}{lost}.{lacks}");
    };
    let place = set.place(part);
    match (parts[part].0, job) {
        // The reason may be another part: all are checked before the upload.
        (PartState::Stopped, Some(job)) if matches!(job.outcome, Some(ImportOutcome::NotSent { .. })) => {
            format!("The import of the set stopped before part {place}. {}", status(job).sentence)
        }
        (PartState::Stopped, Some(job)) => {
            format!("The import of the set stopped. Part {place}: {}", status(job).sentence)
        }
        (_, Some(job)) => format!("Part {place}: {}", status(job).sentence),
        (_, None) => set.comes_next(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::import::{ArrivedProject, ImportKind, SentArchive};
    use crate::case::{Code, UserError, UtcMs};

    fn part(relation: Option<&str>, records: u64) -> SetPart {
        let relation = relation.map(str::to_owned);
        SetPart { path: PathBuf::new(), relation, records, bytes: 1, sha256: records.to_string() }
    }

    fn set() -> ImportSet {
        let parts = vec![
            part(None, 0),
            part(Some("merge_requests"), 10),
            part(Some("merge_requests"), 5),
            part(Some("ci_pipelines"), 7),
        ];
        ImportSet { list: "a.set.json".into(), parts, retry_upload: false }
    }

    fn base(outcome: Option<ImportOutcome>) -> ImportJob {
        let kind = ImportKind::File { path: String::new(), bytes: 1 };
        let mut job = ImportJob::new(ImportId(1), "https://i", kind, "a/b", UtcMs(0));
        (job.set, job.outcome) = (Some(Box::new(SetPlace::Base(set()))), outcome);
        job
    }

    fn slice(id: i64, part: usize, outcome: Option<ImportOutcome>) -> ImportJob {
        let relation = set().parts[part].relation.clone().unwrap();
        let kind = ImportKind::Relation { path: String::new(), bytes: 1, relation };
        let mut job = ImportJob::new(ImportId(id), "https://i", kind, "a/b", UtcMs(0));
        let before = set().before(part);
        (job.set, job.outcome) =
            (Some(Box::new(SetPlace::Slice { base: ImportId(1), part, before })), outcome);
        job
    }

    fn counted(mut job: ImportJob, arrived: u64) -> ImportJob {
        let name = "merge_requests".to_owned();
        let records = BTreeMap::from([(name.clone(), 15)]);
        job.archive = Some(Box::new(SentArchive { records, ..SentArchive::default() }));
        let records = BTreeMap::from([(name, Some(arrived))]);
        job.arrived = Some(Box::new(ArrivedProject { records, ..ArrivedProject::default() }));
        job
    }

    #[test]
    fn the_first_part_that_is_not_imported_is_the_step() {
        let done = || Some(ImportOutcome::Imported);
        let failed = || Some(ImportOutcome::Failed { because: "it broke".into() });
        let at = |base: &ImportJob, jobs: &[ImportJob]| set_progress(base, jobs.iter()).unwrap();
        let running = at(&base(None), &[]);
        assert_eq!((running.current, running.state()), (Some(0), Some(PartState::Running)));
        let next = at(&base(done()), &[]);
        assert_eq!((next.current, next.state()), (Some(1), Some(PartState::Waiting)));
        assert_eq!(next.sentence, "Part 2 of 4 (merge_requests) comes next.");
        // The newest import of a part counts.
        let jobs = [slice(4, 2, None), slice(3, 1, done()), slice(2, 1, failed())];
        let progress = at(&base(done()), &jobs);
        assert_eq!((progress.current, progress.parts[1].1), (Some(2), Some(ImportId(3))));
        let stopped = at(&base(done()), &jobs[2..]);
        assert_eq!(stopped.state(), Some(PartState::Stopped));
        assert!(stopped.sentence.contains("stopped. Part 2 of 4 (merge_requests)"), "{}", stopped.sentence);
        assert!(stopped.sentence.contains("it broke"), "{}", stopped.sentence);
        let error = UserError::new(Code::Local, "Part 4 of 4 is missing. Nothing was sent.", "");
        let unsent = at(&base(Some(ImportOutcome::NotSent { error })), &[]);
        assert_eq!(
            unsent.sentence,
            "The import of the set stopped before part 1 of 4 (base archive). Part 4 of 4 is missing. Nothing was sent."
        );
        let all = [slice(4, 3, Some(ImportOutcome::Partial)), slice(3, 2, done()), slice(2, 1, done())];
        let end = at(&base(done()), &all);
        assert_eq!(end.current, None);
        assert_eq!(
            end.sentence,
            "All 4 parts of the set were imported into a/b, but 1 part has lost records."
        );
        assert_eq!(set_progress(&slice(2, 1, None), [].iter()), None);
    }

    #[test]
    fn a_slice_that_imported_nothing_stops_the_set() {
        assert_eq!((set().before(1), set().before(2), set().before(3)), (0, 10, 0));
        let partial = || Some(ImportOutcome::Partial);
        assert_eq!(counted(slice(2, 2, partial()), 10).part_state(), PartState::Stopped);
        assert_eq!(counted(slice(2, 2, partial()), 12).part_state(), PartState::Partial);
        assert_eq!(counted(slice(2, 1, partial()), 0).part_state(), PartState::Stopped);
    }

    #[test]
    fn a_place_is_read_back_as_it_was_kept() {
        for place in [SetPlace::Base(set()), SetPlace::Slice { base: ImportId(1), part: 2, before: 3 }] {
            let text = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<SetPlace>(&text).unwrap(), place, "{text}");
        }
    }
}
