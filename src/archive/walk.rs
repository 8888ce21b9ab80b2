//! The walk through a project export: what each member must be for GitLab's importer, and what must exist at the end.
//! Of members with the same name the last one counts, because `tar -x` keeps that one.

use std::collections::BTreeMap;

use super::binaries::Binaries;
use super::document::Document;
use super::first::Sink;
use super::lfs::{LfsFiles, LfsObjectList, ListCheck};
use super::limits::Limits;
use super::lines::{BadLine, LineFault, Lines};
use super::members::MemberTally;
use super::names::Name;
use super::outline::Outline;
use super::problem::ProblemCode;
use super::problems::Problems;
use super::report::MemberKind;
use super::roles::{self, Role};
use super::tar::{TarEntry, TarVisitor};
use super::uploads::{LinkScan, Uploads};
use super::version;

/// The number of bytes that are read of VERSION and similar files.
const MAX_TEXT_BYTES: usize = 1024;

/// The check for the content of the current member.
#[derive(Debug)]
enum Check {
    Nothing,
    Text(Text, Vec<u8>),
    ProjectJson(Document, Outline),
    Relation {
        relation: String,
        lines: Lines,
    },
    LfsList(Box<ListCheck>),
    /// [`Binaries`] checks it.
    Binary,
}

#[derive(Debug, Clone, Copy)]
enum Text {
    Version,
    GitlabVersion,
    GitlabRevision,
}

impl Present {
    /// An attribute in `tree/project.json`.
    fn setting(&mut self, key: &[u8], value: &[u8]) {
        self.has_settings = true;
        match key {
            b"archived" => self.archived = value == b"true",
            // 0 is private (`Gitlab::VisibilityLevel`).
            b"visibility_level" => {
                self.visible = match value {
                    b"10" => Some("internal"),
                    b"20" => Some("public"),
                    _ => None,
                }
            }
            _ => {}
        }
    }
}

/// Which parts of an export exist, by the last member of each name.
#[derive(Debug, Default)]
struct Present {
    version: bool,
    tree: bool,
    project_json: bool,
    /// Whether it contains `"archived": true`.
    archived: bool,
    /// Whether it has any attribute.
    has_settings: bool,
    /// Its `visibility_level` if that is more than private: `internal` or `public`.
    visible: Option<&'static str>,
    legacy_json: bool,
    bundle: bool,
    /// Whether there are the folders of a group's export.
    group: bool,
    /// The folder of the archive that contains the export, if it is not at the top.
    inside_folder: Option<String>,
    /// A member that is an archive itself.
    inner_archive: Option<String>,
    /// Whether there is the file that describes a backup of a whole instance.
    backup: bool,
    /// Number of files that macOS adds.
    of_macos: u64,
    /// The relation whose files in a relations export look like this.
    relation: Option<&'static str>,
}

/// The state of the walk. [`super::tar::Tar`] feeds it, and [`super::verify`] reads it.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    limits: &'a Limits,
    check: Check,
    /// The name of the current member.
    name: String,
    links: LinkScan,
    pub problems: Problems,
    pub members: MemberTally,
    pub counts: BTreeMap<String, u64>,
    pub binaries: Binaries,
    lfs: LfsObjectList,
    uploads: Uploads,
    pub format_version: Option<String>,
    pub gitlab_version: Option<String>,
    pub gitlab_revision: Option<String>,
    versions_seen: u32,
    present: Present,
}

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            check: Check::Nothing,
            name: String::new(),
            links: LinkScan::new(),
            problems: Problems::new(limits.max_problems_per_code),
            members: MemberTally::default(),
            counts: BTreeMap::new(),
            binaries: Binaries::new(limits),
            lfs: LfsObjectList::new(limits.max_lfs_objects),
            uploads: Uploads::new(limits.max_uploads),
            format_version: None,
            gitlab_version: None,
            gitlab_revision: None,
            versions_seen: 0,
            present: Present::default(),
        }
    }

    /// Whether `tree/project.json` has any attribute.
    pub(super) fn has_settings(&self) -> bool {
        self.present.has_settings
    }

    /// Whether any part of a project export was found.
    pub(super) fn looks_like_export(&self) -> bool {
        let present = &self.present;
        self.versions_seen > 0 || present.tree || present.legacy_json || present.inside_folder.is_some()
    }

    /// Whether all files of an export were found.
    pub(super) fn is_whole(&self) -> bool {
        self.present.version && self.present.project_json
    }

    /// Reports what is missing, once the whole archive was certainly read.
    pub(super) fn report_absences(&mut self, lfs: LfsFiles) {
        let is_export = self.looks_like_export();
        let (present, problems) = (&self.present, &mut self.problems);
        if present.of_macos > 0 {
            let files = present.of_macos;
            problems.add(ProblemCode::ForeignFiles, None, || {
                format!("The archive was packed on a Mac: {files} members such as ._* or .DS_Store are not GitLab's. Its importer ignores them.")
            });
        }
        if report_other_export(present, is_export, problems) {
            return;
        }
        report_no_version(present, is_export, problems);
        if !present.project_json && !problems.has_about(ProblemCode::FolderInPlace, "tree/project.json") {
            problems.add_with(ProblemCode::ProjectJsonMissing, Some("tree/project.json"), || {
                let message = "The archive has no tree/project.json, so GitLab has no project to import.";
                (message.to_owned(), step_without(present, is_export).to_owned())
            });
        }
        if !is_export {
            return;
        }
        if present.archived {
            problems.add(ProblemCode::ImportsArchived, Some("tree/project.json"), || {
                "The project was archived when it was exported: the import makes an archived project, which lists of projects hide."
            });
        }
        if let Some(visible) = present.visible {
            problems.add(ProblemCode::ImportsVisible, Some("tree/project.json"), || {
                format!(
                    "The project was {visible} when it was exported: the import makes a project that is {visible} too, as far \
                     as the namespace allows."
                )
            });
        }
        if !present.bundle && !problems.has_about(ProblemCode::FolderInPlace, "project.bundle") {
            problems.add(ProblemCode::BundleMissing, Some("project.bundle"), || {
                "The archive has no project.bundle: the repository was empty or was left out. The imported project will have no repository."
            });
        }
        self.lfs.compare(lfs, problems);
        self.uploads.compare(problems);
    }

    /// Records a member and selects the check for its content.
    fn check_for(&mut self, name: &str, kind: MemberKind) -> Check {
        let is_file = kind.has_content();
        let role = Role::of(name);
        // A hard link is refused, but its file is there.
        self.note(name, role, is_file || kind == MemberKind::HardLink);
        self.report_folders(name, role, kind);
        self.replace(name, role, is_file);
        if !is_file {
            return Check::Nothing;
        }
        match role {
            Role::Version => Check::Text(Text::Version, Vec::new()),
            Role::GitlabVersion => Check::Text(Text::GitlabVersion, Vec::new()),
            Role::GitlabRevision => Check::Text(Text::GitlabRevision, Vec::new()),
            Role::ProjectJson => {
                Check::ProjectJson(Document::new(self.limits.max_line_bytes), Outline::default())
            }
            Role::LfsList => Check::LfsList(Box::new(ListCheck::new())),
            Role::Bundle => {
                self.binaries.bundle();
                Check::Binary
            }
            Role::LfsObject => {
                self.binaries.lfs_object();
                Check::Binary
            }
            Role::Relation(relation) => {
                let lines = Lines::new(self.limits.max_line_bytes);
                Check::Relation { relation: relation.to_owned(), lines }
            }
            Role::UnknownRelation(relation) => {
                self.problems.add(ProblemCode::RelationUnknown, Some(name), || {
                    let (relation, of) = (super::names::shortened(relation), roles::RELATIONS_OF);
                    format!("GitLab {of} knows no relation {relation} and ignores this file.")
                });
                Check::Nothing
            }
            Role::Upload => {
                if !roles::has_upload_folder(name) {
                    self.problems.add(ProblemCode::UploadPathInvalid, Some(name), || {
                        "This upload is not in a folder whose name has 10 or 32 hexadecimal digits, and GitLab's importer fails on it."
                    });
                }
                self.uploads.take(name);
                Check::Nothing
            }
            Role::LegacyJson | Role::Ignored => Check::Nothing,
        }
    }

    /// Records what the name alone says about the archive.
    fn note(&mut self, name: &str, role: Role<'_>, is_file: bool) {
        let present = &mut self.present;
        present.tree |= name == "tree" || name.starts_with("tree/");
        present.group |= name.starts_with("tree/groups/");
        present.of_macos += u64::from(roles::is_of_macos(name));
        match role {
            Role::Version => {
                self.versions_seen += 1;
                present.version = is_file;
                if self.versions_seen > 1 {
                    self.problems.add(ProblemCode::VersionDuplicate, Some(name), || {
                        "The archive contains VERSION more than once, so GitLab did not write it in one run. GitLab reads the last one."
                    });
                }
            }
            Role::ProjectJson => {
                (present.project_json, present.archived, present.visible) = (is_file, false, None);
                present.has_settings = false;
            }
            Role::LegacyJson => present.legacy_json = is_file,
            Role::Bundle if name == "project.bundle" => present.bundle = is_file,
            Role::Ignored => {
                if let Some(folder) = name.strip_suffix("/tree/project.json") {
                    present.inside_folder = Some(folder.to_owned());
                }
                if is_file && present.relation.is_none() {
                    present.relation = relation_of(name);
                }
                present.backup |= name == "backup_information.yml";
                if is_file && (name.ends_with(".tar.gz") || roles::has_extension(name, "tgz")) {
                    present.inner_archive.get_or_insert_with(|| name.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Reports a folder where the importer opens a file, which makes it fail.
    fn report_folders(&mut self, name: &str, role: Role<'_>, kind: MemberKind) {
        let folder = if kind == MemberKind::Directory && role.must_be_file() {
            name
        } else {
            match name.rsplit_once('/') {
                Some((folder, _)) if Role::of(folder).must_be_file() => folder,
                _ => return,
            }
        };
        self.problems.forget(folder);
        self.problems.add(
            ProblemCode::FolderInPlace,
            Some(folder),
            || "This is a folder. GitLab's importer reads a file of this name, and fails.",
        );
    }

    /// Discards what earlier members of this name said.
    fn replace(&mut self, name: &str, role: Role<'_>, is_file: bool) {
        match role {
            Role::Version => self.format_version = None,
            Role::GitlabVersion => self.gitlab_version = None,
            Role::GitlabRevision => self.gitlab_revision = None,
            Role::Relation(relation) => drop(self.counts.remove(relation)),
            Role::Bundle => self.binaries.forget_bundle(name),
            Role::LfsList => self.lfs.begin(),
            Role::LfsObject if !is_file => self.binaries.no_lfs_object(name),
            _ => {}
        }
    }

    fn end_text(&mut self, which: Text, text: &[u8]) {
        let line = version::shown(text);
        match which {
            Text::GitlabVersion => self.gitlab_version = Some(line).filter(|line| !line.is_empty()),
            Text::GitlabRevision => self.gitlab_revision = Some(line).filter(|line| !line.is_empty()),
            Text::Version => {
                if let Some(words) = version::mismatch(text) {
                    self.problems.add_with(ProblemCode::VersionMismatch, Some("VERSION"), || words);
                }
                self.format_version = Some(line);
            }
        }
    }
}

fn report_no_version(present: &Present, is_export: bool, problems: &mut Problems) {
    if !present.version && !problems.has_about(ProblemCode::FolderInPlace, "VERSION") {
        problems.add_with(ProblemCode::VersionMissing, Some("VERSION"), || {
            let message = "The archive has no VERSION file. GitLab's importer reads that file first.";
            (message.to_owned(), step_without(present, is_export).to_owned())
        });
    }
}

/// What a person does about an archive without the files of an export.
fn step_without(present: &Present, is_export: bool) -> &'static str {
    if present.backup {
        "This is a backup of a whole GitLab instance. Restore it on a GitLab of the same version, and export the project there."
    } else if is_export {
        ProblemCode::VersionMissing.next_step()
    } else {
        ProblemCode::NotTar.next_step()
    }
}

/// Reports what the archive is if it is not a project export at its top level. Returns true if it is something else.
fn report_other_export(present: &Present, is_export: bool, problems: &mut Problems) -> bool {
    let relation = present.relation.or(present.bundle.then_some("repository"));
    if present.group && !present.project_json {
        problems.add(ProblemCode::GroupExport, Some("tree/groups"), || {
            "This is the export of a group. It holds the group's settings, labels, milestones and members, but no projects and no repositories."
        });
    } else if present.legacy_json && !present.tree {
        problems.add(
            ProblemCode::LegacyFormat,
            Some("project.json"),
            || "The archive has the old format with one project.json. GitLab 15.11 and later reject it.",
        );
        report_no_version(present, is_export, problems);
    } else if let (false, Some(folder)) = (present.project_json, &present.inside_folder) {
        let shown = super::names::shortened(folder);
        problems.add_with(ProblemCode::WrappedFolder, Some("tree/project.json"), || {
            (
                format!("The export is inside a folder of the archive, {shown}, where GitLab does not find it. Pack it again from inside that folder."),
                format!("Unpack the archive, and pack it again from inside that folder: tar -C \"{shown}\" -czf NEW.tar.gz ."),
            )
        });
    } else if let (false, Some(relation)) = (is_export, relation) {
        problems.add(ProblemCode::RelationFile, None, || {
            format!("This is a file of the relations export: the relation {relation}.")
        });
    } else if let (false, Some(inner)) = (is_export, &present.inner_archive) {
        let shown = super::names::shortened(inner);
        problems.add(ProblemCode::WrappedArchive, Some(&shown), || {
            format!("The archive contains another archive, {shown}, which may be the export.")
        });
    } else {
        return false;
    }
    true
}

/// The relation whose file in a relations export has a member of this name.
fn relation_of(name: &str) -> Option<&'static str> {
    match name {
        "repository.bundle" => return Some("repository"),
        "design.bundle" => return Some("design"),
        "lfs_objects.json" => return Some("lfs_objects"),
        _ => {}
    }
    let (folder, _) = name.split_once('/')?;
    (roles::is_upload_secret(folder.as_bytes()) || folder == "avatar").then_some("uploads")
}

impl Sink for Walk<'_> {
    fn limits(&self) -> &Limits {
        self.limits
    }

    fn binaries(&mut self) -> &mut Binaries {
        &mut self.binaries
    }

    /// Lines instead of an archive are reported as a whole.
    fn bad_line(&mut self, _bad: BadLine) {}
}

impl TarVisitor for Walk<'_> {
    fn open(&mut self, entry: &TarEntry) {
        let name = Name::of(&entry.name);
        let is_reached = self.members.add(entry, &name, self.limits, &mut self.problems);
        self.check = Check::Nothing;
        if let Some(path) = name.extracted().filter(|_| is_reached) {
            self.check = self.check_for(path, entry.kind);
            path.clone_into(&mut self.name);
        }
        self.links.reset();
    }

    fn data(&mut self, bytes: &[u8]) {
        let uploads = &mut self.uploads;
        match &mut self.check {
            Check::Nothing => {}
            Check::Text(_, text) => {
                text.extend_from_slice(&bytes[..bytes.len().min(MAX_TEXT_BYTES - text.len())]);
            }
            Check::ProjectJson(document, outline) => {
                document.push(bytes);
                let present = &mut self.present;
                outline.push(bytes, &mut |key, value| present.setting(key, value));
                self.links.push(bytes, &mut |upload| uploads.link(upload));
            }
            Check::Relation { lines, .. } => {
                lines.push(bytes, &mut |bad| report_line(bad, &self.name, self.limits, &mut self.problems));
                self.links.push(bytes, &mut |upload| uploads.link(upload));
            }
            Check::LfsList(list) => self.lfs.push(list, bytes),
            Check::Binary => self.binaries.content(bytes),
        }
    }

    fn close(&mut self) {
        let uploads = &mut self.uploads;
        self.links.finish(&mut |upload| uploads.link(upload));
        let name = self.name.as_str();
        match std::mem::replace(&mut self.check, Check::Nothing) {
            Check::Nothing => {}
            Check::Text(which, text) => self.end_text(which, &text),
            Check::ProjectJson(document, _) => {
                if let Err(flaw) = document.finish() {
                    self.problems.add(ProblemCode::ProjectJsonInvalid, Some(name), || {
                        format!("tree/project.json {flaw}")
                    });
                }
            }
            Check::Relation { relation, mut lines } => {
                lines.finish(&mut |bad| report_line(bad, name, self.limits, &mut self.problems));
                self.counts.insert(relation, lines.records());
            }
            Check::LfsList(list) => self.lfs.end(&list),
            Check::Binary => self.binaries.close(name),
        }
    }
}

/// Reports the position of the flaw, never the text there, because that is a customer's data.
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
