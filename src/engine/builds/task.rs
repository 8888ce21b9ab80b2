//! One build on its own thread: checks the files, finds gaps, writes the archive, verifies it, and gives it its name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::archive::build::{BuildError, BuildInput, Built, Part, RelationParts, build};
use crate::archive::{self, Limits, Report, VerifyError};
use crate::case::{Code, Hint, RebuiltFrom, UserError, format};
use crate::engine::api::{BuildFailed, BuildOptions, BuiltArchive, Gap, Receipt, archive_beside};
use crate::engine::clock;
use crate::engine::manifest::{Manifest, NAME};
use crate::engine::user_error::{unopened, unreadable};
use crate::platform::disk::{self, Space};

use super::draft_file::DraftFile;
use super::gaps::gaps;

/// Shared with a running build: its progress, and the request to cancel.
#[derive(Debug, Default)]
pub struct BuildMeter {
    pub bytes: AtomicU64,
    pub total_bytes: AtomicU64,
    pub verifies: AtomicBool,
    pub cancelled: AtomicBool,
}

impl BuildMeter {
    fn read(&self, bytes: u64) -> ControlFlow<()> {
        self.bytes.store(bytes, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn begin(&self, total_bytes: u64, verifies: bool) {
        self.bytes.store(0, Ordering::Relaxed);
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
        self.verifies.store(verifies, Ordering::Relaxed);
    }
}

/// The source and the target of a build.
#[derive(Debug)]
pub struct BuildOrder {
    pub folder: PathBuf,
    pub output: PathBuf,
    pub options: BuildOptions,
    pub space: Space,
}

/// Builds, verifies and names the archive. Leaves nothing behind on failure. `record` is called before the archive gets
/// its name, and returns whether it may get it.
pub fn run(
    order: &BuildOrder,
    meter: &BuildMeter,
    record: &dyn Fn(&Arc<BuiltArchive>) -> bool,
) -> Result<Arc<BuiltArchive>, BuildFailed> {
    let manifest = Manifest::read(&order.folder).ok_or_else(|| no_manifest(&order.folder))?;
    let gaps = missing(&manifest, &order.options)?;
    let input = input_of(&manifest, order)?;
    let total_bytes = input.relations.iter().flat_map(|of| &of.parts).map(|part| part.bytes).sum();
    has_space(order, &input, total_bytes)?;
    meter.begin(total_bytes, false);
    let mut draft = DraftFile::begin(&order.output).map_err(|error| not_written(&order.output, &error))?;
    let spool = draft.folder().to_owned();
    let (_file, mut built) = build(&input, draft.file(), &spool, &mut |read| meter.read(read))
        .map_err(|error| not_built(&error, &order.output))?;
    draft.sync().map_err(|error| not_written(&order.output, &error))?;
    let report = verified(&mut draft, meter, &order.output)?;
    for relation in &order.options.without {
        let why = "It was left out on purpose.".to_owned();
        built.left_out.push(archive::build::LeftOut { relation: relation.clone(), name: None, why });
    }
    let receipt = receipt(&report, &manifest, (&gaps, &built), &order.output);
    let notes = notes(&manifest, &built);
    let archive = Arc::new(BuiltArchive {
        report: Arc::new(report),
        receipt: Arc::new(receipt),
        gaps,
        left_out: built.left_out,
        left_out_more: built.left_out_more,
        notes,
    });
    if !record(&archive) {
        return Err(cancelled().into());
    }
    draft.name().map_err(|error| not_written(&order.output, &error))?;
    Ok(archive)
}

fn missing(manifest: &Manifest, options: &BuildOptions) -> Result<Vec<Gap>, BuildFailed> {
    let is_there = |name: &String| manifest.files.keys().any(|key| key.relation == *name);
    if let Some(unknown) = options.without.iter().find(|name| !is_there(name)) {
        let headline = format!("The folder has no file of the relation “{unknown}”.");
        return Err(UserError::new(Code::Usage, headline, "Check the name in its manifest.json.").into());
    }
    let gaps = gaps(manifest, &options.without);
    if gaps.is_empty() || options.allow_gaps {
        return Ok(gaps);
    }
    let headline = match gaps.len() {
        1 => "The folder lacks a part of the relations export, so the archive would lack it as well."
            .to_owned(),
        many => format!(
            "The folder lacks {many} parts of the relations export, so the archive would lack them as well."
        ),
    };
    Err(BuildFailed { error: UserError::new(Code::RelationsIncomplete, headline, Hint::AllowGaps), gaps })
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
                format!("{} is missing, or has changed since its download.", path.display()),
                "Download the relations again into this folder: only what is missing is fetched.",
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
    })
}

/// Checks for free space: the archive is about as large as its parts, and issues of several batches are first
/// unpacked to a temporary file.
fn has_space(order: &BuildOrder, input: &BuildInput, total_bytes: u64) -> Result<(), UserError> {
    let issues = input.relations.iter().filter(|of| of.relation == "issues" && of.parts.len() > 1);
    let spooled: u64 = issues.flat_map(|of| &of.parts).filter_map(|part| part.unpacked_bytes).sum();
    let wanted = total_bytes.saturating_add(total_bytes / 16).saturating_add(spooled).saturating_add(1 << 20);
    let folder = disk::folder_of(&order.output);
    // Where the free space is unknown, a full disk shows up as a failed write.
    match order.space.available_bytes(folder) {
        Ok(free) if free < wanted => Err(UserError::new(
            Code::Local,
            format!(
                "The disk has {} free, but the archive may need {}.",
                format::bytes(free),
                format::bytes(wanted)
            ),
            "Free some space, or name a file on another disk.",
        )),
        _ => Ok(()),
    }
}

/// Verifies the archive like any other, before the file gets its name.
fn verified(draft: &mut DraftFile, meter: &BuildMeter, output: &Path) -> Result<Report, UserError> {
    let mut file: &File = draft.file();
    let bytes = file.metadata().and_then(|facts| file.rewind().map(|()| facts.len()));
    meter.begin(bytes.map_err(|error| unopened(output, &error))?, true);
    let report = archive::verify(file, &Limits::default(), &mut |read| meter.read(read.compressed_bytes));
    let report = report.map_err(|error| match error {
        VerifyError::Cancelled => cancelled(),
        VerifyError::Read(_) | VerifyError::Foreign { .. } => unreadable(output, &error.to_string()),
    })?;
    if report.verdict.may_import() {
        return Ok(report);
    }
    let first = report.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
    Err(UserError::new(
        Code::NotImportable,
        format!("GitLab could not import the archive built from these files.{first}"),
        "Download the relations again. If the relation is broken in GitLab itself, leave it out.",
    ))
}

fn receipt(report: &Report, manifest: &Manifest, (gaps, built): (&[Gap], &Built), output: &Path) -> Receipt {
    let mut receipt =
        Receipt::of(report, output.to_owned(), Some(manifest.project_path.clone()), clock::now());
    let exported_at = manifest.files.values().filter_map(|file| file.updated_at.clone()).max();
    receipt.rebuilt = Some(RebuiltFrom {
        exported_at,
        gaps: gaps.iter().map(Gap::sentence).collect(),
        left_out: left_out(built),
    });
    receipt
}

/// What is not in the archive, one sentence each. A receipt lists a limited number.
fn left_out(built: &Built) -> Vec<String> {
    const LISTED: usize = 20;
    let line = |left: &archive::build::LeftOut| match &left.name {
        Some(name) => format!("{}, {name}: {}", left.relation, left.why),
        None => format!("{}: {}", left.relation, left.why),
    };
    let mut lines: Vec<_> = built.left_out.iter().take(LISTED).map(line).collect();
    let more = built.left_out.len().saturating_sub(LISTED) as u64 + built.left_out_more;
    lines.extend((more > 0).then(|| format!("{more} more files.")));
    lines
}

fn notes(manifest: &Manifest, built: &Built) -> Vec<String> {
    let mut notes = Vec::new();
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
            "The manifest does not say whether deploy keys may push to protected branches. After the import, check who \
             may push: GitLab replaces a deploy key by Maintainers."
                .to_owned(),
        );
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

fn no_manifest(folder: &Path) -> UserError {
    UserError::new(
        Code::Usage,
        format!("{} has no {NAME} of a relations download.", folder.display()),
        "Name a folder that the relations were downloaded to.",
    )
}

fn cancelled() -> UserError {
    UserError::new(
        Code::Refused,
        "The build was cancelled. The partial archive was deleted.",
        "To build the archive, start the build again.",
    )
}

fn not_written(output: &Path, error: &io::Error) -> UserError {
    let (headline, hint) = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            (format!("{} exists already and was not overwritten.", output.display()), "Name another file.")
        }
        io::ErrorKind::WouldBlock => {
            (format!("Another build writes {}.", output.display()), "Wait for it, or name another file.")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            "The disk is full. The partial archive was deleted.".to_owned(),
            "Free some space and build again.",
        ),
        _ => (
            format!("{} cannot be written: {error}.", output.display()),
            "Name a file in a folder that you can write to.",
        ),
    };
    let code = if error.kind() == io::ErrorKind::AlreadyExists { Code::Refused } else { Code::Local };
    UserError::new(code, headline, hint)
}

fn not_built(error: &BuildError, output: &Path) -> UserError {
    match error {
        BuildError::Cancelled => cancelled(),
        BuildError::Write(error) => not_written(output, error),
        BuildError::Read { path, source } => unopened(path, source),
        BuildError::Changed { path } | BuildError::Corrupt { path, .. } => UserError::new(
            Code::ArchiveDamaged,
            format!("{error}."),
            format!(
                "Delete {} and download the relations again: only what is missing is fetched.",
                path.display()
            ),
        ),
        BuildError::Line { relation, .. } => UserError::new(
            Code::NotImportable,
            format!("One line would fail the whole import: {error}."),
            format!("Start the relations export again, or leave out the relation {relation}."),
        ),
        BuildError::NoProject => UserError::new(
            Code::RelationsIncomplete,
            "The relation self is missing or empty, and no archive can be imported without it.",
            "Start the relations export again.",
        ),
    }
}

/// The first path beside the folder that is not taken.
pub fn free_beside(folder: &Path) -> PathBuf {
    let first = archive_beside(folder);
    let name = first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".tar.gz").unwrap_or(&name);
    let numbered = (2..1000).map(|number| first.with_file_name(format!("{stem}_{number}.tar.gz")));
    let free = |path: &PathBuf| is_taken(path).is_none();
    std::iter::once(first.clone()).chain(numbered).find(free).unwrap_or(first)
}

/// The error where the path already exists.
pub fn is_taken(output: &Path) -> Option<UserError> {
    output.symlink_metadata().is_ok().then(|| not_written(output, &io::ErrorKind::AlreadyExists.into()))
}

/// Creates the folder of an archive where it is missing.
pub fn folder_for(output: &Path) -> Result<(), UserError> {
    disk::create_folder(disk::folder_of(output)).map_err(|error| not_written(output, &error))
}
