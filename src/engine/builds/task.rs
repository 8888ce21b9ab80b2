//! One build on its own thread: checks the files, finds gaps, writes the archive, verifies it, and gives it its name.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::archive::build::{
    BuildInput, Built, Extra, LeftOut, Part, RelationParts, build, numbered_relations, rewrite_mark,
};
use crate::archive::{Limits, Report};
use crate::case::rebuild::{PROJECT, RebuildNote, check_without, unknown_relation};
use crate::case::{Code, PartLeftOut, RebuiltFrom, RelationsHint, UserError, UtcMs, format};
use crate::engine::api::{
    BuildFailed, BuildOptions, BuildStage, BuiltArchive, Filled, Gap, GapReason, Receipt, SetPart,
    archive_beside, set_folder,
};
use crate::engine::clock;
use crate::engine::manifest::Manifest;
use crate::engine::rebuilt_mark::{self, Marked, MarkedPart};
use crate::platform::disk::{self, NewFolders, Space, try_folder};
use crate::platform::words;

use super::RecordPlace;
use super::built_record::{BuiltRecord, source_of};
use super::checks::{Place, no_manifest, not_built, not_written, verified};
use super::draft_file::DraftFile;
use super::fill::{BY_CHOICE, MembersWanted, Used};
use super::gaps::{add_missing_files, always_listed, gaps, keep_one_export};
use super::meter::{BuildMeter, cancelled};
use super::notes::{doubts, notes, verdict};
use super::set;

/// The source and the target of a build.
#[derive(Debug)]
pub struct BuildOrder {
    pub folder: PathBuf,
    pub output: PathBuf,
    pub options: BuildOptions,
    /// The user's choice of members, with the table already read.
    pub members: Option<MembersWanted>,
    /// Why nothing could be read from GitLab before this build, where that was requested.
    pub unread: Option<String>,
    pub recorded: RecordPlace,
    pub space: Space,
    /// What the importer of the destination takes.
    pub limits: Limits,
}

impl BuildOrder {
    /// Records an archive that is about to get its name.
    pub(super) fn keep_record(&self, of: (String, u64), archive: &mut BuiltArchive) {
        if self.recorded == RecordPlace::Folder {
            BuiltRecord::keep(&self.folder, of, archive);
        }
    }

    /// Forgets an archive that did not get its name: the path is somebody else's.
    pub(super) fn forget_record(&self, archive: &BuiltArchive) {
        if self.recorded == RecordPlace::Folder {
            BuiltRecord::forget_archive(&self.folder, archive);
        }
    }
}

/// The relation with the highest IIDs, which GitLab exports only in newer versions.
const MAX_IIDS: &str = "max_iids";

/// Records a result that is about to get its name, and returns whether it may get it.
pub type RecordName<'a> = &'a dyn Fn(&Arc<BuiltArchive>) -> bool;

/// What a build reads.
#[derive(Debug)]
pub(super) struct BuildSource<'a> {
    pub order: &'a BuildOrder,
    pub manifest: Manifest,
    pub gaps: Vec<Gap>,
    /// How many files of other exports the folder has in addition.
    pub of_others: usize,
    pub used: Used,
    pub input: BuildInput,
    /// Size of everything that is read.
    pub total_bytes: u64,
    /// When the files were read, as the archive and its receipt say it.
    pub read_at: UtcMs,
}

/// Builds, verifies and names the archive, or the set of archives. Leaves nothing behind on failure. `record` is called
/// before the result gets its name, and returns whether it may get it.
pub fn run(
    order: &BuildOrder,
    meter: &BuildMeter,
    record: RecordName<'_>,
) -> Result<Arc<BuiltArchive>, BuildFailed> {
    let mut manifest = Manifest::read(&order.folder).ok_or_else(|| no_manifest(&order.folder))?;
    let mut used = Used::of(&order.folder, &manifest, order.members.as_ref(), order.unread.as_deref());
    let gaps = missing(&manifest, order, &used.changed)?;
    for relation in &order.options.without {
        used.left_out.push(LeftOut::of(relation, BY_CHOICE));
    }
    let of_others = keep_one_export(&mut manifest, &order.folder, &gaps);
    has_project(&manifest, &gaps)?;
    used.is_unchanged(order.options.allow_gaps)?;
    if !order.options.fills {
        used.uses_choice(order.members.as_ref())?;
    }
    let mut input = input_of(&manifest, order)?;
    input.extras = std::mem::take(&mut used.extras);
    input.max_iids = has_all_numbers(&manifest, &gaps, &order.options);
    let of_relations = input.relations.iter().flat_map(|of| &of.parts).map(|part| part.bytes);
    let total_bytes = format::total(of_relations.chain(input.extras.iter().map(Extra::bytes)));
    let unpacked = unpacked_bytes(&input);
    has_space(order, &input, total_bytes)?;
    let read_at = clock::now();
    let mut source = BuildSource { order, manifest, gaps, of_others, used, input, total_bytes, read_at };
    source.input.mark = rebuilt_mark::before(&source.marked(None), None);
    let Some(split) = order.options.split else {
        let (draft, built) = written(&source, (&source.input, None), &order.output, meter)?;
        return whole(source, draft, &built, (meter, record));
    };
    // An archive is about as large as its input. If it becomes larger after all, a set is built.
    if !split.always && total_bytes <= split.limit_bytes && unpacked <= order.limits.max_unpacked_bytes {
        let (draft, built) = written(&source, (&source.input, None), &order.output, meter)?;
        if draft.bytes().is_ok_and(|bytes| bytes <= split.limit_bytes) {
            return whole(source, draft, &built, (meter, record));
        }
    }
    set::run(source, (meter, record), split.limit_bytes)
}

impl BuildSource<'_> {
    /// What went in besides the relations and what did not, with what only the build of the archive knows.
    fn used_by(&self, built: &Built) -> Used {
        let mut used = self.used.clone();
        used.filled.extend(built.max_iids.map(|count| max_iids(count, self.read_at)));
        if built.max_iids.is_none() && !self.manifest.files.keys().any(|key| key.relation == MAX_IIDS) {
            let why = if self.input.max_iids {
                "The base archive of a set does not have all records, so the highest IIDs are not computed."
            } else if self.gaps.is_empty() {
                "Relations were left out, so the highest IIDs are not known."
            } else {
                "Records are missing, so the highest IIDs are not known."
            };
            used.left_out.push(LeftOut::of(MAX_IIDS, why));
        }
        used.left_out.extend(built.left_out.iter().cloned());
        used
    }

    /// What an archive says of itself, before and after its build.
    pub(super) fn marked(&self, built: Option<&Built>) -> Marked {
        let of = |used: &Used, more| rebuilt_from(&self.manifest, (&self.gaps, used, more));
        let rebuilt = built.map_or_else(
            || of(&self.used, 0),
            |built| RebuiltFrom {
                notes: notes(&self.manifest, self.of_others, built),
                ..of(&self.used_by(built), built.left_out_more)
            },
        );
        Marked { project: Some(self.manifest.project_path.clone()), rebuilt }
    }
}

/// Writes an archive, or the first one of a set, to its temporary file.
pub(super) fn written(
    source: &BuildSource<'_>,
    (input, part): (&BuildInput, Option<MarkedPart>),
    output: &Path,
    meter: &BuildMeter,
) -> Result<(DraftFile, Built), UserError> {
    meter.begin(source.total_bytes, BuildStage::Building);
    let draft = DraftFile::begin(output).map_err(|error| not_written(output, &error))?;
    let spool = draft.folder().to_owned();
    let built = build(input, draft.file(), &spool, &mut |read| meter.read(read));
    let (_file, built) = built.map_err(|error| not_built(&error, output))?;
    let mark = rebuilt_mark::after(&source.marked(Some(&built)), part, input.mark.len());
    rewrite_mark(draft.file(), &mark).map_err(|error| not_written(output, &error))?;
    draft.sync().map_err(|error| not_written(output, &error))?;
    Ok((draft, built))
}

/// Verifies a single archive and gives it its name.
fn whole(
    source: BuildSource<'_>,
    mut draft: DraftFile,
    built: &Built,
    (meter, record): (&BuildMeter, RecordName<'_>),
) -> Result<Arc<BuiltArchive>, BuildFailed> {
    let output = &source.order.output;
    let limits = &source.order.limits;
    let report = verified(&mut draft, (meter, limits), output, Place::Whole)?;
    has_all_records(&source, &report)?;
    let (path, order, of) = (output.clone(), source.order, source_of(&source.manifest));
    let mut archive = summary(source, built, report, (path, Vec::new()));
    archive.notes.extend(draft.folder_notes().into_iter().map(RebuildNote::Said));
    order.keep_record(of, &mut archive);
    let archive = Arc::new(archive);
    if !record(&archive) {
        return Err(cancelled().into());
    }
    draft.name().map_err(|error| {
        order.forget_record(&archive);
        not_written(output, &error)
    })?;
    Ok(archive)
}

/// Compares the records of the archive with those that were counted when the files were downloaded: the list of the folder
/// may have been changed together with a file.
fn has_all_records(source: &BuildSource<'_>, report: &Report) -> Result<(), UserError> {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for file in source.manifest.files.values().filter(|file| file.file.ends_with(".ndjson.gz")) {
        let sum = counted.entry(&file.relation).or_default();
        *sum = sum.saturating_add(file.records);
    }
    let is_used = |name: &str| source.input.relations.iter().any(|of| of.relation == name);
    let is_less = |name: &str, records: u64| report.counts.get(name).is_some_and(|found| *found < records);
    let Some((name, records)) =
        counted.into_iter().find(|(name, records)| is_used(name) && is_less(name, *records))
    else {
        return Ok(());
    };
    let found = report.counts.get(name).copied().unwrap_or_default();
    Err(UserError::new(
        Code::RelationsIncomplete,
        format!(
            "The files have {} of {name}, but there were {} when they were downloaded.",
            format::number_of(found, "record", "records"),
            format::count(records),
        ),
        "Download the relations again into this folder: only what has changed is fetched.",
    ))
}

/// How large the archive is when it is unpacked, as far as that is known before.
fn unpacked_bytes(input: &BuildInput) -> u64 {
    let parts = input.relations.iter().flat_map(|of| &of.parts).filter_map(|part| part.unpacked_bytes);
    format::total(parts.chain(input.extras.iter().map(Extra::bytes)))
}

/// The view of a finished archive, or of a set with the report of its base archive.
pub(super) fn summary(
    source: BuildSource<'_>,
    built: &Built,
    report: Report,
    (path, parts): (PathBuf, Vec<SetPart>),
) -> BuiltArchive {
    let used = source.used_by(built);
    let BuildSource { order, manifest, gaps, of_others, .. } = source;
    let mut receipt = receipt(&report, &manifest, (&gaps, &used, built.left_out_more), &path);
    let notes = notes(&manifest, of_others, built);
    let doubts = doubts(&report, &parts, &order.options);
    let verdict = verdict(&report, (gaps.len(), &parts), &order.options, &doubts);
    (receipt.verdict, receipt.verdict_sentence) = (verdict.code().to_owned(), verdict.sentence());
    let mut counts = report.counts.clone();
    for (part, relation) in parts.iter().filter_map(|part| Some((part, part.relation.as_ref()?))) {
        *counts.entry(relation.clone()).or_default() += part.records;
    }
    if let Some(rebuilt) = &mut receipt.rebuilt {
        rebuilt.parts = parts.iter().map(SetPart::sentence).collect();
        rebuilt.parts_bytes = parts.iter().map(|part| part.bytes).sum();
        rebuilt.notes = notes.iter().cloned().chain(doubts.iter().cloned().map(RebuildNote::Doubt)).collect();
        rebuilt.loses = verdict.loses;
    }
    receipt.counts.clone_from(&counts);
    BuiltArchive {
        path,
        parts,
        counts,
        report: Arc::new(report),
        receipt: Arc::new(receipt),
        gaps,
        filled: used.filled,
        left_out: used.left_out,
        left_out_more: built.left_out_more,
        notes,
        doubts,
    }
}

/// Whether the highest IIDs can be computed: GitLab has not exported them, and no record is missing.
fn has_all_numbers(manifest: &Manifest, gaps: &[Gap], options: &BuildOptions) -> bool {
    let is_there = |relation: &str| {
        manifest.listed.iter().any(|listed| listed.relation == relation)
            && !options.without.iter().any(|without| without == relation)
            && !gaps.iter().any(|gap| gap.relation == relation)
    };
    !manifest.files.keys().any(|key| key.relation == MAX_IIDS) && numbered_relations().all(is_there)
}

fn max_iids(count: u64, read_at: UtcMs) -> Filled {
    Filled {
        what: MAX_IIDS.to_owned(),
        from: "the relation files".to_owned(),
        at: read_at.rfc3339(),
        count,
        with_address: None,
        note: None,
    }
}

/// Every gap, also of what was read from GitLab besides and has changed since. Refuses where a relation has one, unless
/// the person agrees: they agree to all of them.
fn missing(manifest: &Manifest, order: &BuildOrder, changed: &[String]) -> Result<Vec<Gap>, BuildFailed> {
    let options = &order.options;
    // A relation that GitLab could not export has no file, and may be left out all the more.
    let is_there = |name: &String| {
        manifest.files.keys().any(|key| key.relation == *name)
            || manifest.listed.iter().any(|listed| listed.relation == *name)
            || manifest.not_exported.iter().any(|line| line.relation == *name)
            || always_listed(manifest).any(|always| always == name)
    };
    if let Some(unknown) = options.without.iter().find(|name| !is_there(name)) {
        let headline = format!("The relations export has no relation “{unknown}”.");
        let names: BTreeSet<_> = manifest.listed.iter().map(|listed| listed.relation.as_str()).collect();
        return Err(unknown_relation(&headline, names).into());
    }
    check_without(&options.without)?;
    let mut gaps = gaps(manifest, &options.without);
    add_missing_files(manifest, &order.folder, &options.without, &mut gaps);
    let of_relations = gaps.len();
    gaps.extend(changed.iter().map(|part| Gap {
        relation: part.clone(),
        batch: None,
        why: GapReason::FileChanged,
    }));
    if of_relations == 0 || options.allow_gaps {
        return Ok(gaps);
    }
    let names = named(&gaps);
    let headline = match gaps.len() {
        1 => format!("A part of the relations export is missing: {names}."),
        many => format!("{many} parts of the relations export are missing: {names}."),
    };
    let is_of_gitlab = gaps.iter().any(Gap::is_of_gitlab);
    let hint = if is_of_gitlab { RelationsHint::ExportAgainOrAllowGaps } else { RelationsHint::AllowGaps };
    Err(BuildFailed { error: UserError::new(Code::RelationsIncomplete, headline, hint), gaps })
}

/// The first gaps by name: the headline stands alone in lists and in the timeline.
fn named(gaps: &[Gap]) -> String {
    const NAMED: usize = 3;
    let names: Vec<_> = gaps.iter().take(NAMED).map(Gap::name).collect();
    let more = if gaps.len() > NAMED { " and others" } else { "" };
    names.join("; ") + more
}

/// Refuses a folder without the project itself, which no agreement to gaps can replace.
fn has_project(manifest: &Manifest, gaps: &[Gap]) -> Result<(), BuildFailed> {
    let gap = gaps.iter().find(|gap| gap.relation == PROJECT);
    let Some(gap) = gap.filter(|_| !manifest.files.keys().any(|key| key.relation == PROJECT)) else {
        return Ok(());
    };
    let headline = format!("No archive can be imported without the relation {PROJECT}. {}", gap.why);
    let hint = if gap.is_of_gitlab() {
        "Start the relations export again."
    } else {
        "Download the relation self again."
    };
    Err(BuildFailed { error: UserError::new(Code::RelationsIncomplete, headline, hint), gaps: gaps.to_vec() })
}

fn input_of(manifest: &Manifest, order: &BuildOrder) -> Result<BuildInput, UserError> {
    let mut relations: BTreeMap<&str, Vec<Part>> = BTreeMap::new();
    for (key, file) in &manifest.files {
        if order.options.without.contains(&key.relation) {
            continue;
        }
        if !file.is_there(&order.folder) {
            let path = order.folder.join(&file.file);
            return Err(UserError::new(
                Code::ArchiveDamaged,
                format!("{} has changed since its download.", path.display()),
                "Download the relations again into this folder: only what has changed is fetched.",
            ));
        }
        relations.entry(&key.relation).or_default().push(Part {
            path: order.folder.join(&file.file),
            batch: key.batch,
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            unpacked_bytes: file.unpacked_bytes,
            is_tar: file.file.ends_with(".tar.gz"),
        });
    }
    Ok(BuildInput {
        relations: relations
            .into_iter()
            .map(|(relation, parts)| RelationParts { relation: relation.to_owned(), parts })
            .collect(),
        gitlab_version: manifest.gitlab_version.clone(),
        gitlab_revision: manifest.gitlab_revision.clone(),
        at_s: (clock::now().0 / 1000).max(0) as u64,
        deploy_key_rows: manifest.deploy_key_rows.clone().unwrap_or_default(),
        ..BuildInput::default()
    })
}

/// Checks for free space: the archive is about as large as its parts, and issues of several batches are first
/// unpacked to a temporary file.
fn has_space(order: &BuildOrder, input: &BuildInput, total_bytes: u64) -> Result<(), UserError> {
    let issues = input.relations.iter().filter(|of| of.relation == "issues" && of.parts.len() > 1);
    let spooled = format::total(issues.flat_map(|of| &of.parts).filter_map(|part| part.unpacked_bytes));
    let wanted = total_bytes.saturating_add(total_bytes / 16).saturating_add(spooled).saturating_add(1 << 20);
    let folder = disk::folder_of(&order.output);
    match order.space.too_little_for(wanted, folder) {
        Some(free) => Err(UserError::new(
            Code::Local,
            format!(
                "The disk has {} free, but the archive may need {}.",
                format::bytes(free),
                format::bytes(wanted)
            ),
            "Free some space, or name a file on another disk.",
        )),
        None => Ok(()),
    }
}

fn receipt(report: &Report, manifest: &Manifest, of: (&[Gap], &Used, u64), output: &Path) -> Receipt {
    let project = Some(manifest.project_path.clone());
    let receipt = Receipt::of(report, output.to_owned(), project, clock::now());
    Receipt { rebuilt: Some(rebuilt_from(manifest, of)), ..receipt }
}

/// What the archive is built from, as far as it is known. `left_out_more` are those that [`Used`] does not list.
fn rebuilt_from(manifest: &Manifest, (gaps, used, left_out_more): (&[Gap], &Used, u64)) -> RebuiltFrom {
    /// A receipt lists a limited number of what is not in the archive.
    const LISTED: usize = 20;
    RebuiltFrom {
        exported_at: manifest.exported_at(),
        gaps: gaps.iter().map(Gap::sentence).collect(),
        filled: used.filled.iter().map(Filled::sentence).collect(),
        left_out: used.left_out.iter().take(LISTED).map(PartLeftOut::from).collect(),
        left_out_more: used.left_out.len().saturating_sub(LISTED) as u64 + left_out_more,
        members: used.members_in(),
        ..RebuiltFrom::default()
    }
}

/// The first path beside the folder that is not taken, neither by an archive nor by a set of its name.
pub fn free_beside(folder: &Path) -> PathBuf {
    let first = archive_beside(folder);
    let name = first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".tar.gz").unwrap_or(&name);
    let numbered = (2..1000).map(|number| first.with_file_name(format!("{stem}_{number}.tar.gz")));
    let free = |path: &PathBuf| is_taken(path).is_none() && is_taken(&set_folder(path)).is_none();
    std::iter::once(first.clone()).chain(numbered).find(free).unwrap_or(first)
}

/// The error where the path already exists.
pub fn is_taken(output: &Path) -> Option<UserError> {
    output.symlink_metadata().is_ok().then(|| not_written(output, &io::ErrorKind::AlreadyExists.into()))
}

/// Creates the folder of an archive where it is missing.
pub fn folder_for(output: &Path) -> Result<NewFolders, UserError> {
    let folder = disk::folder_of(output);
    let created = NewFolders::create(folder).map_err(|error| {
        let headline = format!("The folder {} cannot be created: {error}.", folder.display());
        let hint = words::denied_hint(&error);
        UserError::new(
            Code::Local,
            headline,
            hint.unwrap_or("Name a file in a folder that you can write to."),
        )
    })?;
    try_folder(folder).map_err(|error| not_written(output, &error))?;
    Ok(created)
}
