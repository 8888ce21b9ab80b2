//! The walk through a project export: what each member has to be, and what must be there at the end.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Limits;
use super::bundle::BundleCheck;
use super::document::Document;
use super::lfs::{LfsObjects, ListedNames};
use super::lines::{BadLine, LineFault, Lines};
use super::members;
use super::names::Name;
use super::problem::{ProblemCode, Problems};
use super::report::{BundleReport, MemberKind, Members};
use super::tar::{TarEntry, Visit};
use super::uploads::{LinkScan, Uploads};

/// What GitLab has written to VERSION since 2018, and the only thing its importer accepts.
const FORMAT_VERSION: &str = "0.2.4";

/// As much of VERSION and its siblings as is read.
const MAX_TEXT_BYTES: usize = 1024;

/// GitLab has some thirty relations; a tar with more than this is not from GitLab.
const MAX_RELATIONS: usize = 1000;

/// Each snippet has a bundle.
const MAX_BUNDLES_KEPT: usize = 1000;

/// What the content of the member at hand goes through.
#[derive(Debug)]
enum Check {
    Nothing,
    Text(Text, Vec<u8>),
    ProjectJson(Document),
    Relation { relation: String, lines: Lines },
    LfsList(Document, ListedNames),
    LfsObject(Sha256),
    Bundle(Box<BundleCheck>),
}

#[derive(Debug, Clone, Copy)]
enum Text {
    Version,
    GitlabVersion,
    GitlabRevision,
}

/// The state of the walk. It is fed by [`super::tar::Tar`] and read by [`super::verify`].
#[derive(Debug)]
pub(super) struct Walk<'a> {
    limits: &'a Limits,
    check: Check,
    /// The member at hand.
    name: String,
    links: LinkScan,
    pub problems: Problems,
    pub members: Members,
    pub counts: BTreeMap<String, u64>,
    pub bundles: Vec<BundleReport>,
    pub lfs: LfsObjects,
    uploads: Uploads,
    pub format_version: Option<String>,
    pub gitlab_version: Option<String>,
    pub gitlab_revision: Option<String>,
    versions_seen: u32,
    has_version: bool,
    has_tree: bool,
    has_project_json: bool,
    has_legacy_json: bool,
    has_bundle: bool,
    /// The folder of the archive that contains the export, if it is not at the top.
    inside_folder: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            check: Check::Nothing,
            name: String::new(),
            links: LinkScan::new(),
            problems: Problems::new(limits.max_problems_per_code),
            members: Members::default(),
            counts: BTreeMap::new(),
            bundles: Vec::new(),
            lfs: LfsObjects::new(limits.max_lfs_objects),
            uploads: Uploads::new(limits.max_uploads),
            format_version: None,
            gitlab_version: None,
            gitlab_revision: None,
            versions_seen: 0,
            has_version: false,
            has_tree: false,
            has_project_json: false,
            has_legacy_json: false,
            has_bundle: false,
            inside_folder: None,
        }
    }

    /// Whether anything of a project export was there.
    pub(super) fn looks_like_export(&self) -> bool {
        self.versions_seen > 0 || self.has_tree || self.has_legacy_json
    }

    /// Reports what is not there, once it is certain that all of the archive was seen.
    pub(super) fn report_absences(&mut self) {
        let is_export = self.looks_like_export();
        let problems = &mut self.problems;
        if !self.has_version {
            problems.add(
                ProblemCode::VersionMissing,
                Some("VERSION"),
                || "The archive has no VERSION file. GitLab's importer reads that file first.",
            );
        }
        if self.has_legacy_json && !self.has_tree {
            problems.add(
                ProblemCode::LegacyFormat,
                Some("project.json"),
                || "The archive has the old format with one project.json. GitLab 15.11 and later reject it.",
            );
        } else if let (false, Some(folder)) = (self.has_project_json, &self.inside_folder) {
            problems.add(ProblemCode::ProjectJsonMissing, Some("tree/project.json"), || {
                format!(
                    "The export is inside a folder of the archive, {folder}, where GitLab does not find it. Pack it again from inside that folder."
                )
            });
        } else if !self.has_project_json {
            problems.add(
                ProblemCode::ProjectJsonMissing,
                Some("tree/project.json"),
                || "The archive has no tree/project.json, so GitLab has no project to import.",
            );
        }
        if !is_export {
            return;
        }
        if !self.has_bundle {
            problems.add(ProblemCode::BundleMissing, Some("project.bundle"), || {
                "The archive has no project.bundle: the repository was empty or was left out. The imported project will have no repository."
            });
        }
        self.lfs.compare(problems);
        self.uploads.compare(problems);
    }

    /// What a member with this name has to be. The last one of a name wins, as it does for `tar -x`.
    fn check_for(&mut self, name: &str, kind: MemberKind) -> Check {
        let is_file = kind == MemberKind::File;
        self.has_tree |= name == "tree" || name.starts_with("tree/");
        match name {
            "VERSION" => {
                self.versions_seen += 1;
                self.has_version = is_file;
                if self.versions_seen == 2 {
                    self.problems.add(ProblemCode::VersionDuplicate, Some(name), || {
                        "The archive contains VERSION more than once, so GitLab did not write it in one run."
                    });
                }
            }
            "tree/project.json" => self.has_project_json = is_file,
            "project.json" => self.has_legacy_json = is_file,
            "project.bundle" => self.has_bundle = is_file,
            _ => {
                if let Some(folder) = name.strip_suffix("/tree/project.json") {
                    self.inside_folder = Some(folder.to_owned());
                }
            }
        }
        if !is_file {
            return Check::Nothing;
        }
        match name {
            "VERSION" => Check::Text(Text::Version, Vec::new()),
            "GITLAB_VERSION" => Check::Text(Text::GitlabVersion, Vec::new()),
            "GITLAB_REVISION" => Check::Text(Text::GitlabRevision, Vec::new()),
            "tree/project.json" => Check::ProjectJson(Document::new(self.limits.max_line_bytes)),
            "lfs-objects.json" => Check::LfsList(Document::new(u64::MAX), ListedNames::default()),
            "project.bundle" | "project.wiki.bundle" | "project.design.bundle" => {
                Check::Bundle(Box::new(BundleCheck::new()))
            }
            _ => {
                if let Some(relation) =
                    name.strip_prefix("tree/project/").and_then(|n| n.strip_suffix(".ndjson"))
                {
                    let lines = Lines::new(self.limits.max_line_bytes);
                    Check::Relation { relation: relation.to_owned(), lines }
                } else if name.starts_with("lfs-objects/") {
                    Check::LfsObject(Sha256::new())
                } else if name.starts_with("snippets/") && has_extension(name, "bundle") {
                    Check::Bundle(Box::new(BundleCheck::new()))
                } else {
                    self.uploads.take(name);
                    Check::Nothing
                }
            }
        }
    }

    fn end_text(&mut self, which: Text, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let line: String =
            text.lines().next().unwrap_or("").trim().chars().filter(|c| !c.is_control()).collect();
        match which {
            Text::GitlabVersion => self.gitlab_version = Some(line).filter(|line| !line.is_empty()),
            Text::GitlabRevision => self.gitlab_revision = Some(line).filter(|line| !line.is_empty()),
            Text::Version => {
                if line != FORMAT_VERSION {
                    self.problems.add(ProblemCode::VersionMismatch, Some("VERSION"), || {
                        let was: String = line.chars().take(40).collect();
                        format!(
                            "GitLab's importer needs VERSION {FORMAT_VERSION}, but the archive has \"{was}\"."
                        )
                    });
                }
                self.format_version = Some(line);
            }
        }
    }
}

impl Visit for Walk<'_> {
    fn open(&mut self, entry: &TarEntry) {
        let name = Name::of(&entry.name);
        members::add_member(&mut self.members, entry, &name, self.limits, &mut self.problems);
        self.check = Check::Nothing;
        if name.unsafe_because.is_none() {
            self.check = self.check_for(&name.shown, entry.kind);
        }
        self.name = name.shown;
        self.links.reset();
    }

    fn data(&mut self, bytes: &[u8]) {
        let uploads = &mut self.uploads;
        match &mut self.check {
            Check::Nothing => {}
            Check::Text(_, text) => {
                text.extend_from_slice(&bytes[..bytes.len().min(MAX_TEXT_BYTES - text.len())]);
            }
            Check::ProjectJson(document) => {
                document.push(bytes);
                self.links.push(bytes, &mut |upload| uploads.link(upload));
            }
            Check::Relation { lines, .. } => {
                lines.push(bytes, &mut |bad| report_line(bad, &self.name, self.limits, &mut self.problems));
                self.links.push(bytes, &mut |upload| uploads.link(upload));
            }
            Check::LfsList(document, names) => {
                document.push(bytes);
                names.push(bytes, &mut |id| self.lfs.list(id));
            }
            Check::LfsObject(hash) => hash.update(bytes),
            Check::Bundle(bundle) => bundle.push(bytes),
        }
    }

    fn close(&mut self) {
        let uploads = &mut self.uploads;
        self.links.finish(&mut |upload| uploads.link(upload));
        let name = self.name.as_str();
        match std::mem::replace(&mut self.check, Check::Nothing) {
            Check::Nothing => {}
            Check::Text(which, text) => self.end_text(which, &text),
            Check::ProjectJson(document) => {
                if let Err(flaw) = document.finish() {
                    self.problems.add(ProblemCode::ProjectJsonInvalid, Some(name), || {
                        format!("tree/project.json {flaw}")
                    });
                }
            }
            Check::Relation { relation, mut lines } => {
                lines.finish(&mut |bad| report_line(bad, name, self.limits, &mut self.problems));
                if self.counts.len() < MAX_RELATIONS || self.counts.contains_key(&relation) {
                    self.counts.insert(relation, lines.records());
                }
            }
            Check::LfsList(document, _) => {
                self.lfs.has_list = true;
                if let Err(flaw) = document.finish() {
                    self.problems
                        .add(ProblemCode::NdjsonInvalid, Some(name), || format!("lfs-objects.json {flaw}"));
                }
            }
            Check::LfsObject(hash) => self.lfs.take(name, hash, &mut self.problems),
            Check::Bundle(bundle) => keep_bundle(*bundle, name, &mut self.bundles, &mut self.problems),
        }
    }
}

/// The position of the flaw, never the text there: it is a customer's data.
pub(super) fn report_line(bad: BadLine, member: &str, limits: &Limits, problems: &mut Problems) {
    let BadLine { line, at_byte, why } = bad;
    match why {
        LineFault::Json(what) => problems.add(ProblemCode::NdjsonInvalid, Some(member), || {
            format!("Line {line} is not valid JSON: at byte {at_byte} of the file, {what}.")
        }),
        LineFault::TooLong => problems.add(ProblemCode::NdjsonLineTooLong, Some(member), || {
            let max = limits.max_line_bytes;
            format!("Line {line}, which starts at byte {at_byte} of the file, is longer than {max} bytes. GitLab does not read longer lines.")
        }),
    }
}

/// Judges a bundle and keeps what is known of it.
pub(super) fn keep_bundle(
    bundle: BundleCheck,
    member: &str,
    bundles: &mut Vec<BundleReport>,
    problems: &mut Problems,
) {
    let (report, flaw) = bundle.finish(member);
    if let Some(flaw) = flaw {
        problems.add(ProblemCode::BundleCorrupt, Some(member), || format!("This git bundle {flaw}."));
    }
    if bundles.len() < MAX_BUNDLES_KEPT {
        bundles.push(report);
    }
}

pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, found)| !stem.is_empty() && found == extension)
}
