//! Downloads of an archive or of relations start with a preflight of their project.

use std::path::{Path, PathBuf};

use crate::case::{
    Code, JobId, MembersChoice, Outcome, RebuildId, RebuildOptions, RelationsId, Run, UserError, format,
};
use crate::platform::disk::{Space, nearest_folder};

use super::api::{
    Answer, AskId, BuildOptions, DownloadTarget, RelationsCommand, RelationsOptions, Split, set_folder,
};
use super::builds::{RecordPlace, free_beside};
use super::downloads::{ArchiveRequest, FilesEnded, RelationsOffer, RelationsRequested};
use super::front_ends::FrontEndId;
use super::happened::Happened;
use super::input::{Download, EngineInput};
use super::jobs::{Jobs, JobsInput, RelationsPreflight, RelationsPurpose, RelationsStart};
use super::paths::absolute;
use super::preflight::{self, Preflight, Wanted};
use super::relations_folder::default_relations_folder;
use super::router::Router;
use super::user_error::defect;

/// What the files of the smallest project need, with those that Export Desk writes beside them.
const LEAST_ROOM_BYTES: u64 = 1 << 20;

impl Router {
    /// Does something with the session of a front end.
    pub(super) fn as_front_end<T>(&mut self, id: FrontEndId, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.core.sessions.act_for(id);
        let done = act(self);
        self.core.sessions.act_for(before);
        done
    }

    /// Starts the preflight of a project.
    pub(super) fn preflight(&mut self, ask: AskId, url: &str, project: &str, download: Download) {
        let (api, key) = match self.core.api(url, project) {
            Ok(found) => found,
            Err(error) => return self.core.reply(ask, Err(error)),
        };
        let user = self.core.session(url).is_ok_and(|session| session.user().is_none());
        let on_wait = self.core.wait_reporter(ask);
        let wanted = Wanted { status: false, user };
        let work = async move { preflight::preflight(api, key, wanted, &on_wait).await.map(Box::new) };
        self.core.spawn(work, move |result| EngineInput::Surveyed { ask, download, result });
    }

    pub(super) fn after_preflight(
        &mut self,
        ask: AskId,
        download: Download,
        result: Result<Box<Preflight>, UserError>,
    ) {
        let reply = result.and_then(|preflight| {
            if let (Some(user), Some(session)) =
                (&preflight.user, self.core.sessions.get_mut(&preflight.instance))
            {
                session.user = Some(user.clone());
            }
            if let Some(case) = download.case {
                // GitLab's answer tells a case that was opened offline which project it is about.
                self.cases.project_seen(&mut self.core, case, &preflight.project);
            }
            let wanted = self.archive_wanted(&preflight, download);
            self.downloads.download_archive(&mut self.core, wanted)
        });
        self.core.reply(ask, reply);
    }
    /// Which archive to download: the project, and the export whose file GitLab has now, where it is known.
    fn archive_wanted(&self, preflight: &Preflight, download: Download) -> ArchiveRequest {
        let is_ready = |run: &&Run| {
            run.instance == preflight.instance
                && run.project_id == preflight.project.id
                && matches!(run.outcome, Some(Outcome::Ready))
        };
        ArchiveRequest {
            instance: preflight.instance.clone(),
            project_id: preflight.project.id,
            project_path: preflight.project.path_with_namespace.clone(),
            case: download.case,
            run: self.jobs.exports().find(is_ready).map(|run| run.id),
            target: match download.target {
                DownloadTarget::File(path) => crate::download::Target::File(absolute(path)),
                DownloadTarget::Folder(path) => crate::download::Target::Folder(absolute(path)),
                DownloadTarget::Default => crate::download::Target::Folder(self.settings.download_folder()),
            },
            connections: download.connections,
        }
    }
    /// Carries out a command about a relations export and its files.
    pub(super) fn relations_command(&mut self, ask: AskId, command: RelationsCommand) {
        let core = &mut self.core;
        let (project, purpose) = match command {
            RelationsCommand::Start { instance, project, case, batched, collect, replace } => {
                let start = RelationsStart { batched, collect, replace, rebuild: None };
                ((instance, project), RelationsPurpose::Start { case, start })
            }
            RelationsCommand::CheckRelations { instance, project, relations } => {
                return Jobs::poll_named_relations(core, ask, (&instance, &project), relations);
            }
            RelationsCommand::CheckOnce { instance, project, case } => {
                ((instance, project), RelationsPurpose::CheckOnce { case })
            }
            RelationsCommand::Download { instance, project, case, options } => {
                ((instance, project), RelationsPurpose::Download { case, options, rebuild: None })
            }
            RelationsCommand::Leave { run } => return self.unwatch(ask, JobId::Relations(run)),
            RelationsCommand::Pause { run } => return self.downloads.pause_files(core, ask, run),
            RelationsCommand::CancelFiles { run } => {
                self.downloads.cancel_files(core, ask, run);
                return self.files_ended(run);
            }
            RelationsCommand::Resume { run } => {
                let happened = self.downloads.resume_files(core, run);
                core.reply(ask, Ok(Answer::Done));
                return self.tell(happened);
            }
        };
        Jobs::preflight_relations(core, ask, (&project.0, &project.1), purpose);
    }

    /// The files that GitLab offers of a relations export now.
    pub(super) fn offer_of(&self, run: RelationsId) -> Option<RelationsOffer> {
        let timing = self.core.timing.job_timing().relations;
        self.jobs.relations_run(run).map(|run| RelationsOffer::of(run, &timing))
    }

    /// The answer of a preflight, or why nothing is requested after it: another program writes to the folder of a rebuild,
    /// or its disk has no room, and an export that takes hours would be in vain.
    pub(super) fn with_room(&self, input: JobsInput) -> JobsInput {
        let JobsInput::Relations { ask, purpose, result: Ok(found) } = input else { return input };
        let RelationsPurpose::Start { start: RelationsStart { rebuild: Some(id), .. }, .. } = &purpose else {
            return JobsInput::Relations { ask, purpose, result: Ok(found) };
        };
        let result = self.has_room(*id, &found).map(|()| found);
        JobsInput::Relations { ask, purpose, result }
    }

    fn has_room(&self, id: RebuildId, found: &RelationsPreflight) -> Result<(), UserError> {
        let job = self.jobs.rebuilds().find(|job| job.id == id);
        let chosen = job.and_then(|job| job.folder.as_ref().or(job.options.folder.as_ref()));
        let project = &found.project.path_with_namespace;
        let folder = chosen.map_or_else(
            || {
                let of = (found.instance.as_str(), found.project.id, project.as_str());
                default_relations_folder(&self.settings.download_folder(), of)
            },
            PathBuf::from,
        );
        self.downloads.refuse_taken(&folder)?;
        let output = job.and_then(|job| job.options.output.as_ref());
        let beside = output.and_then(|output| Some(Path::new(output).parent()?.to_owned()));
        let about = preflight::hit(&found.project).export_bytes_about.unwrap_or(0).max(LEAST_ROOM_BYTES);
        for (folder, what) in
            std::iter::once((folder, "relation files")).chain(beside.map(|to| (to, "archive")))
        {
            let existing = nearest_folder(&folder).unwrap_or(&folder);
            if let Some(free) = Space::default().too_little_for(about, existing) {
                let headline = format!(
                    "The disk of {} has {} free. The {what} of {project} may need {}. Nothing was requested.",
                    folder.display(),
                    format::bytes(free),
                    format::bytes(about)
                );
                let hint =
                    "Free some space there, or choose a folder on another disk. Then continue the rebuild.";
                return Err(UserError::new(Code::Local, headline, hint));
            }
        }
        Ok(())
    }

    /// Queues files of a relations export after a preflight of its project.
    pub(super) fn download_relations(
        &mut self,
        run: RelationsId,
        preflight: &RelationsPreflight,
        options: RelationsOptions,
    ) -> Result<PathBuf, UserError> {
        let offer = self.offer_of(run).ok_or_else(defect)?;
        let default = || {
            let project = &preflight.project;
            let project = (preflight.instance.as_str(), project.id, project.path_with_namespace.as_str());
            default_relations_folder(&self.settings.download_folder(), project)
        };
        let folder = options.folder.clone().map_or_else(default, absolute);
        let source = preflight.source.clone();
        let RelationsOptions { relations, batches, .. } = options;
        let wanted = RelationsRequested { offer, folder: folder.clone(), relations, batches, source };
        self.downloads.download_relations(&mut self.core, wanted).map(|()| folder)
    }

    /// Requests the files of a rebuild's relations export.
    pub(super) fn download_for_rebuild(
        &mut self,
        rebuild: RebuildId,
        run: RelationsId,
        preflight: &RelationsPreflight,
        options: RelationsOptions,
    ) {
        let folder = self.download_relations(run, preflight, options);
        let happened =
            self.jobs.rebuild_downloads(&mut self.core, rebuild, folder.as_deref().map_err(Clone::clone));
        self.tell(happened);
        // GitLab may offer no file at all.
        self.files_ended(run);
    }

    /// Tells whoever waits for the files of a relations export that they have ended.
    pub(super) fn files_ended(&mut self, run: RelationsId) {
        let ended = FilesEnded::of(&self.downloads, run);
        self.tell(ended.map(|ended| Happened::RelationFilesEnded { run, ended }).into_iter().collect());
    }

    /// Builds the archive of a folder of relation files.
    pub(super) fn build_archive(&mut self, ask: AskId, folder: PathBuf, options: BuildOptions) {
        if let Err(error) = self.downloads.no_download_to(&folder) {
            return self.core.reply(ask, Err(error));
        }
        let options = options.under(self.settings.import_limit_bytes());
        self.builds.build(&mut self.core, ask, folder, options);
    }

    /// Reads what the relations export of a folder lacks.
    pub(super) fn fill_relations(&mut self, ask: AskId, folder: PathBuf, members: Option<&MembersChoice>) {
        match self.downloads.no_download_to(&folder) {
            Ok(()) => self.builds.fill(&mut self.core, ask, folder, members),
            Err(error) => self.core.reply(ask, Err(error)),
        }
    }

    /// Builds the archive of a rebuild.
    pub(super) fn build_for_rebuild(
        &mut self,
        rebuild: RebuildId,
        folder: PathBuf,
        options: RebuildOptions,
    ) -> Vec<Happened> {
        let output = options.output.map_or_else(|| free_beside(&folder), PathBuf::from);
        let output = if options.always_splits { set_folder(&output) } else { output };
        let limit_bytes = options.limit_bytes.unwrap_or_else(|| self.settings.import_limit_bytes());
        let by = self.jobs.follower(&self.core, JobId::Rebuild(rebuild));
        let begun = self.as_front_end(by, |router| {
            router.jobs.rebuild_builds(&mut router.core, rebuild, &output)?;
            let options = BuildOptions {
                output: Some(output.clone()),
                allow_gaps: options.allow_gaps,
                without: options.without,
                split: Some(Split { limit_bytes, always: options.always_splits }),
                members: Some(options.members),
                limit_bytes: None,
                fills: true,
            };
            router.builds.begin(&mut router.core, folder, options, RecordPlace::Rebuild)
        });
        match begun {
            Ok(_output) => Vec::new(),
            Err(error) => self.jobs.build_ended(&mut self.core, &output, Err(error.into())),
        }
    }
}
