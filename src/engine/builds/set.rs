//! A set of archives instead of one that is too large: a base archive, and slices of the relations that GitLab can
//! import separately and that take the most room. They are built in a hidden folder, which gets its name when every
//! archive is verified.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use crate::archive::build::{
    BuildInput, Extra, RelationParts, RelationSlice, SliceLimits, build_slice, cut, halves,
};
use crate::archive::{Limits, sha256};
use crate::case::rebuild::RebuildNote;
use crate::case::{Code, UserError, format};
use crate::engine::api::{BuildFailed, BuildStage, BuiltArchive, SET_ENDING, set_folder};
use crate::engine::clock;
use crate::engine::import_set::{SetList, SetListPart};
use crate::engine::rebuilt_mark::{self, MarkedPart};
use crate::engine::user_error::unopened_with;
use crate::platform::disk::Backups;
use crate::platform::private_file;

use super::built_record::source_of;
use super::checks::{Place, not_built, not_written, verified};
use super::draft_file::DraftFile;
use super::draft_folder::DraftFolder;
use super::fill::MEMBER;
use super::meter::{BuildMeter, cancelled};
use super::task::{self, BuildSource, RecordName};

/// The relations that go into slices, in GitLab's order of import: pipelines refer to merge requests.
const SLICED: [&str; 2] = ["merge_requests", "ci_pipelines"];
/// How many records a slice has at most. GitLab ends the import of a relation after 24 hours; no source tells how many
/// records that is, so this is chosen with a wide margin.
const MOST_RECORDS: u64 = 20_000;
/// Which share of the importer's size limit a slice may take when it is unpacked. The importer also measures that size
/// within 210 seconds (`DecompressedArchiveSizeValidator`), which a full one may miss.
const UNPACKED_SHARE: u64 = 8;

/// Builds the set. `limit_bytes` is the import limit that every archive keeps.
pub(super) fn run(
    source: BuildSource<'_>,
    (meter, record): (&BuildMeter, RecordName<'_>),
    limit_bytes: u64,
) -> Result<Arc<BuiltArchive>, BuildFailed> {
    let output = set_folder(&source.order.output);
    let stem = stem_of(&output);
    let draft = DraftFolder::begin(&output).map_err(|error| not_written(&output, &error))?;
    let at = |name: &str| draft.path().join(name);
    let marked = |part| rebuilt_mark::before(&source.marked(None), Some(part));
    let written_at = clock::now().rfc3339();
    let mut list = SetList::new(&source.manifest.project_path, written_at, limit_bytes);
    list.gitlab_version.clone_from(&source.manifest.gitlab_version);
    list.exported_at = source.manifest.exported_at();

    let mut input = base_of(&source.input);
    input.mark = marked(MarkedPart::Base);
    let planned = planned(&source, &input, (limit_bytes, meter))?;
    meter.begin_part(1);
    let base = at("001_base.tar.gz");
    let (mut file, built) = task::written(&source, (&input, Some(MarkedPart::Base)), &base, meter)?;
    has_room(limit_bytes, file.bytes().unwrap_or(0))?;
    let checked = (meter, &source.order.limits);
    let report = verified(&mut file, checked, &base, Place::Base)?;
    file.name().map_err(|error| not_written(&base, &error))?;
    let folder_notes = file.folder_notes();
    list.parts.push(part_of(&base, None, 0, (report.bytes, &report.sha256)));

    let mut input = slices_of(&source.input);
    for (of, slices) in planned {
        input.mark = marked(MarkedPart::Slice(of.relation.clone()));
        let mut waiting: VecDeque<_> = slices.into();
        let mut before = 0;
        while let Some(slice) = waiting.pop_front() {
            let number = list.parts.len() + 1;
            meter.begin_part(number as u64);
            let path = at(&format!("{number:03}_{}.tar.gz", of.relation));
            match sliced(&input, (of, &slice), &path, (limit_bytes, checked))? {
                Sliced::Fits(part) => list.parts.push(part),
                // Its text compresses less than the rest of its file.
                Sliced::TooLarge(bytes) => {
                    let halves = halves(of, &slice, &mut |read| meter.read(read));
                    let halves = halves.map_err(|error| not_built(&error, &output))?;
                    let Some([first, second]) = halves else {
                        return Err(one_record(of, before + 1, (bytes, limit_bytes)).into());
                    };
                    waiting.push_front(second);
                    waiting.push_front(first);
                    continue;
                }
            }
            before += slice.records;
        }
    }
    let name = format!("{stem}{SET_ENDING}");
    let mut text = serde_json::to_vec_pretty(&list).unwrap_or_default();
    text.push(b'\n');
    private_file::create(&at(&name), &text, Backups::LeaveOut)
        .map_err(|error| not_written(&output, &error))?;
    let digest = (text.len() as u64, digest_of(&at(&name))?);
    let parts = list.parts.into_iter().map(|part| part.in_folder(&output)).collect();
    let (order, of) = (source.order, source_of(&source.manifest));
    let mut set = task::summary(source, &built, report, (output.join(&name), parts));
    set.of_set(digest);
    set.notes.extend(folder_notes.into_iter().map(RebuildNote::Said));
    order.keep_record(of, &mut set);
    let set = Arc::new(set);
    if !record(&set) {
        return Err(cancelled().into());
    }
    draft.name().map_err(|error| {
        order.forget_record(&set);
        not_written(&output, &error)
    })?;
    Ok(set)
}

fn digest_of(path: &Path) -> Result<String, UserError> {
    std::fs::File::open(path)
        .and_then(sha256)
        .map_err(|error| unopened_with(path, &error, "Check the disk, then build again."))
}

/// Everything but the relations of the slices.
fn base_of(input: &BuildInput) -> BuildInput {
    let mut base = input.clone();
    base.relations.retain(|of| !SLICED.contains(&of.relation.as_str()));
    base.max_iids = false;
    base
}

/// What the slices need: the members (GitLab maps the users of each import by those in its archive), and their
/// relations.
fn slices_of(input: &BuildInput) -> BuildInput {
    let mut slices = input.clone();
    slices.relations.retain(|of| SLICED.contains(&of.relation.as_str()));
    slices.extras.retain(|extra| extra.name == MEMBER);
    slices
}

/// Decides where every relation is cut, before anything is written: a set that cannot keep the limit costs no hours.
fn planned<'a>(
    source: &'a BuildSource<'_>,
    base: &BuildInput,
    (limit_bytes, meter): (u64, &BuildMeter),
) -> Result<Vec<(&'a RelationParts, Vec<RelationSlice>)>, UserError> {
    let of_parts = base.relations.iter().flat_map(|of| &of.parts).map(|part| part.bytes);
    let base_bytes = format::total(of_parts.chain(base.extras.iter().map(Extra::bytes)));
    // An archive is about as large as its input.
    has_room(limit_bytes, base_bytes - base_bytes / 16)?;
    let beside: u64 = slices_of(&source.input).extras.iter().map(Extra::bytes).sum();
    let limits = SliceLimits {
        bytes: limit_bytes.saturating_sub(beside),
        unpacked_bytes: source.order.limits.max_unpacked_bytes / UNPACKED_SHARE,
        records: MOST_RECORDS,
    };
    let relations = SLICED.iter().filter_map(|name| {
        let of_name = |of: &&RelationParts| of.relation == *name;
        source.input.relations.iter().find(of_name)
    });
    let mut all = Vec::new();
    for of in relations {
        meter.begin(of.parts.iter().map(|part| part.bytes).sum(), BuildStage::Building);
        let slices = cut(of, limits, &mut |read| meter.read(read));
        let slices = slices.map_err(|error| not_built(&error, &source.order.output))?;
        let mut before = 0;
        for slice in &slices {
            // A record takes its share of its file, and a file with many records says little about one of them.
            if slice.records == 1 && slice.packed_bytes / 2 > limit_bytes {
                return Err(one_record(of, before + 1, (slice.packed_bytes, limit_bytes)));
            }
            before += slice.records;
        }
        all.push((of, slices));
    }
    Ok(all)
}

/// A slice that was written.
enum Sliced {
    /// It is verified and has its name.
    Fits(SetListPart),
    /// It is larger than the limit, by its size in bytes, and was deleted.
    TooLarge(u64),
}

/// Writes, verifies and names one slice.
fn sliced(
    input: &BuildInput,
    (of, slice): (&RelationParts, &RelationSlice),
    path: &Path,
    (limit_bytes, (meter, limits)): (u64, (&BuildMeter, &Limits)),
) -> Result<Sliced, UserError> {
    meter.begin(of.parts.iter().map(|part| part.bytes).sum(), BuildStage::Building);
    let mut draft = DraftFile::begin(path).map_err(|error| not_written(path, &error))?;
    build_slice(input, (&of.relation, slice), draft.file(), &mut |read| meter.read(read))
        .map_err(|error| not_built(&error, path))?;
    draft.sync().map_err(|error| not_written(path, &error))?;
    let bytes = draft.bytes().unwrap_or(0);
    if bytes > limit_bytes {
        return Ok(Sliced::TooLarge(bytes));
    }
    let report = verified(&mut draft, (meter, limits), path, Place::Slice(&of.relation))?;
    draft.name().map_err(|error| not_written(path, &error))?;
    let identity = (report.bytes, report.sha256.as_str());
    Ok(Sliced::Fits(part_of(path, Some(&of.relation), slice.records, identity)))
}

fn part_of(path: &Path, relation: Option<&str>, records: u64, (bytes, sha256): (u64, &str)) -> SetListPart {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    SetListPart { file, relation: relation.map(str::to_owned), records, bytes, sha256: sha256.to_owned() }
}

/// The base archive must keep the limit.
fn has_room(limit_bytes: u64, bytes: u64) -> Result<(), UserError> {
    if bytes <= limit_bytes {
        return Ok(());
    }
    let (has, limit) = (format::bytes(bytes), format::bytes(limit_bytes));
    let headline = format!(
        "Even without merge requests and pipelines, the archive has {has}. The import limit is {limit}."
    );
    let hint = "Use an instance with a higher import limit, or build one archive and have GitLab fetch it from object \
                storage (up to 10 GiB).";
    Err(UserError::new(Code::SizeLimit, headline, hint))
}

/// The error where one record alone is larger than the limit.
fn one_record(of: &RelationParts, number: u64, (bytes, limit_bytes): (u64, u64)) -> UserError {
    let (has, limit) = (format::bytes(bytes), format::bytes(limit_bytes));
    let headline = format!(
        "Record {number} of {} alone makes an archive of {has}. The import limit is {limit}.",
        of.relation
    );
    let hint = format!("Leave out {}, or use an instance with a higher import limit.", of.relation);
    UserError::new(Code::SizeLimit, headline, hint)
}

fn stem_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.strip_suffix("_set").map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_named_after_the_folder() {
        assert_eq!(stem_of(Path::new("/d/acme_webshop_rebuilt_set")), "acme_webshop_rebuilt");
    }
}
