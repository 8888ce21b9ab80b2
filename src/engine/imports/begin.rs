//! The beginning of an import: what the arguments say, what the target says, and whether to go on.

use std::path::{Path, PathBuf};

use url::Url;

use crate::case::import::{GITLAB_COM_UPLOAD_BYTES, ImportInput, REPAIRABLE, Rehearsal, path_fault};
use crate::case::{CaseId, Code, ImportId, ImportJob, ImportKind, ImportOutcome, Trouble};
use crate::engine::api::{AskId, ImportOptions, ImportTo, S3Keys, S3Object, SecretUrl};
use crate::engine::core::wait_reporter;
use crate::engine::input::Input;
use crate::engine::paths::{absolute, shown};
use crate::engine::router::Router;
use crate::engine::trouble::of_project_key;
use crate::engine::trouble::unopened;
use crate::gitlab::ProjectKey;

use super::send::Load;
use super::target::{Aim, TargetSurvey, survey};
use super::watch::LiveImport;
use super::{ImportNews, no_such};

/// An import before its target was looked at.
#[derive(Debug)]
pub struct Draft {
    pub instance: String,
    pub kind: ImportKind,
    pub load: Load,
    pub aim: Aim,
    pub case: Option<CaseId>,
    pub repairs: Option<ImportId>,
    pub options: ImportOptions,
}

impl Router {
    pub(super) fn begin_file(
        &mut self,
        ask: AskId,
        url: &str,
        file: PathBuf,
        target: ImportTo,
        case: Option<CaseId>,
        options: ImportOptions,
    ) -> Result<(), Trouble> {
        usable(&target)?;
        if options.rehearsal && target.delete.is_some() {
            return Err(Trouble::new(
                Code::Refused,
                "A rehearsal deletes no project.",
                "Give it a path of its own.",
            ));
        }
        let (file, bytes) = readable(file)?;
        let gitlab_com = self.core.session(url)?.instance.host().eq_ignore_ascii_case("gitlab.com");
        if gitlab_com && bytes > GITLAB_COM_UPLOAD_BYTES && !options.anyway {
            return Err(Trouble::new(
                Code::SizeLimit,
                format!("The archive has {bytes} bytes; GitLab.com takes uploads up to 5 GiB."),
                "Put it into object storage and use `import remote` (up to 10 GiB).",
            ));
        }
        let kind = ImportKind::File { path: shown(&file), bytes };
        let draft = Draft {
            instance: String::new(),
            kind,
            load: Load::File { file, bytes },
            aim: Aim::New(target),
            case,
            repairs: None,
            options,
        };
        self.aim_at(ask, url, draft)
    }

    pub(super) fn begin_remote(
        &mut self,
        ask: AskId,
        instance: &str,
        url: &SecretUrl,
        target: ImportTo,
        case: Option<CaseId>,
        options: ImportOptions,
    ) -> Result<(), Trouble> {
        usable(&target)?;
        let parsed = self.remote_url(instance, url)?;
        let shown_url = format!("{}{}", parsed.origin().ascii_serialization(), parsed.path());
        let draft = Draft {
            instance: String::new(),
            kind: ImportKind::Remote { shown_url },
            load: Load::Remote { url: parsed.into(), probe: !options.anyway },
            aim: Aim::New(target),
            case,
            repairs: None,
            options,
        };
        self.aim_at(ask, instance, draft)
    }

    pub(super) fn begin_s3(
        &mut self,
        ask: AskId,
        instance: &str,
        object: S3Object,
        keys: S3Keys,
        target: ImportTo,
        case: Option<CaseId>,
    ) -> Result<(), Trouble> {
        usable(&target)?;
        if [&object.region, &object.bucket, &object.key].iter().any(|text| text.trim().is_empty()) {
            return Err(Trouble::new(
                Code::Usage,
                "Region, bucket and key are all needed.",
                "Name all three.",
            ));
        }
        let S3Object { region, bucket, key } = object.clone();
        let draft = Draft {
            instance: String::new(),
            kind: ImportKind::S3 { region, bucket, key },
            load: Load::S3 { object, keys },
            aim: Aim::New(target),
            case,
            repairs: None,
            options: ImportOptions::default(),
        };
        self.aim_at(ask, instance, draft)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one command, taken apart")]
    pub(super) fn begin_relation(
        &mut self,
        ask: AskId,
        instance: &str,
        project: &str,
        file: PathBuf,
        relation: String,
        case: Option<CaseId>,
        options: ImportOptions,
    ) -> Result<(), Trouble> {
        let key = self.core.session(instance)?.instance.project_from(project);
        let key = key.map_err(|error| of_project_key(&error))?;
        self.begin_relation_of(ask, instance, key, file, relation, (case, None), options)
    }

    /// Again, from the same archive, what an import lost.
    pub(super) fn begin_repair(
        &mut self,
        ask: AskId,
        import: ImportId,
        relation: String,
    ) -> Result<(), Trouble> {
        let Some(job) = self.imports.get(&import).map(|live| live.job.clone()) else {
            return Err(no_such(import));
        };
        let (ImportKind::File { path, .. } | ImportKind::Relation { path, .. }, Some(project)) =
            (&job.kind, job.project_id)
        else {
            return Err(Trouble::new(
                Code::Refused,
                "The archive of this import is not on this machine.",
                "Use `import relation FILE --project PROJECT --relation NAME` with the archive.",
            ));
        };
        let (file, key) = (PathBuf::from(path), ProjectKey::Id(project));
        let link = (job.case_id, Some(import));
        self.begin_relation_of(ask, &job.instance, key, file, relation, link, ImportOptions::default())
    }

    /// What was not taken, once more and from the start. A project is not deleted by this: that takes a new yes.
    pub(super) fn begin_again(&mut self, ask: AskId, import: ImportId) -> Result<(), Trouble> {
        let Some(job) = self.imports.get(&import).map(|live| live.job.clone()) else {
            return Err(no_such(import));
        };
        let over = matches!(job.outcome, Some(ImportOutcome::NotSent { .. } | ImportOutcome::Left));
        if !over || job.accepted_at.is_some() {
            return Err(Trouble::new(
                Code::Refused,
                "GitLab has this import, or is still getting it.",
                "Begin another import, with a path of its own.",
            ));
        }
        let options = ImportOptions { anyway: false, retry_upload: true, rehearsal: job.rehearsal.is_some() };
        match &job.kind {
            ImportKind::File { path, .. } => {
                let target = again_to(&job);
                self.begin_file(ask, &job.instance, PathBuf::from(path), target, job.case_id, options)
            }
            ImportKind::Relation { path, relation, .. } => {
                let key = self.core.session(&job.instance)?.instance.project_from(&job.target_path);
                let key = key.map_err(|error| of_project_key(&error))?;
                let (file, link) = (PathBuf::from(path), (job.case_id, job.repairs));
                self.begin_relation_of(ask, &job.instance, key, file, relation.clone(), link, options)
            }
            ImportKind::Remote { .. } | ImportKind::S3 { .. } | ImportKind::Met => Err(Trouble::new(
                Code::Refused,
                "What GitLab fetches it with is kept nowhere.",
                "Begin the import again, with the URL or the keys.",
            )),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one command, taken apart")]
    fn begin_relation_of(
        &mut self,
        ask: AskId,
        instance: &str,
        project: ProjectKey,
        file: PathBuf,
        relation: String,
        (case, repairs): (Option<CaseId>, Option<ImportId>),
        options: ImportOptions,
    ) -> Result<(), Trouble> {
        if !REPAIRABLE.contains(&relation.as_str()) {
            return Err(Trouble::new(
                Code::Usage,
                format!("GitLab does not import “{relation}” alone."),
                format!("It takes {}.", REPAIRABLE.join(", ")),
            ));
        }
        let (file, bytes) = readable(file)?;
        let kind = ImportKind::Relation { path: shown(&file), bytes, relation: relation.clone() };
        let draft = Draft {
            instance: String::new(),
            kind,
            load: Load::Relation { file, bytes, relation },
            aim: Aim::Existing(project),
            case,
            repairs,
            options,
        };
        self.aim_at(ask, instance, draft)
    }

    fn aim_at(&mut self, ask: AskId, url: &str, mut draft: Draft) -> Result<(), Trouble> {
        let session = self.core.session(url)?;
        draft.instance.clone_from(&session.url);
        let reach = session.api();
        let inputs = self.core.inputs.clone();
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let result = survey(reach, &draft.aim, &tell).await.map(Box::new);
            let news = ImportNews::Targeted { ask, draft: Box::new(draft), result };
            inputs.send(Input::Import(news)).await.ok();
        });
        Ok(())
    }

    /// Goes on with an import of before that the end of the program cut off, refuses, or begins.
    pub(super) fn begin_import(&mut self, draft: Draft, survey: &TargetSurvey) -> Result<ImportId, Trouble> {
        let now = crate::engine::clock::now();
        let overwrite = match &draft.aim {
            Aim::Existing(_) => false,
            Aim::New(to) => {
                if let Some(id) = self.arrived_before(&draft, survey) {
                    let known = self.imports.get(&id).is_some_and(|live| live.job.project_id.is_some());
                    if known {
                        self.schedule_import_look(id);
                    } else {
                        if self.imports.get(&id).is_some_and(|live| live.job.unheard) {
                            self.take_in_import(id, ImportInput::Sending, now)?;
                        }
                        self.find_import(id);
                    }
                    return Ok(id);
                }
                self.end_interrupted(&draft, survey);
                survey.may_go(to)?
            }
        };
        let id = self.next_import_id()?;
        let mut job = ImportJob::new(id, &draft.instance, draft.kind, &survey.shown_path(), now);
        job.case_id = draft.case;
        job.repairs = draft.repairs;
        job.rehearsal = draft.options.rehearsal.then(Rehearsal::default);
        if let Aim::New(to) = &draft.aim {
            (job.name, job.override_params) = (to.name.clone(), to.override_params.clone());
        }
        if let Aim::Existing(_) = draft.aim {
            job.project_id = survey.existing.as_ref().map(|hit| hit.id);
        }
        job.replaces_id = survey.existing.as_ref().map(|hit| hit.id).filter(|_| overwrite);
        let target = match &draft.aim {
            Aim::New(to) => survey.parameters(to, overwrite),
            Aim::Existing(_) => crate::gitlab::ImportTarget::default(),
        };
        let mut live = LiveImport::new(job);
        live.options = draft.options;
        live.target = target;
        let checks = draft.load.file().map(Path::to_owned);
        live.load = Some(draft.load);
        self.put_import(live, true, now)?;
        match checks {
            Some(file) => self.verify_before(id, &file),
            None => self.send_import(id),
        }
        Ok(id)
    }

    /// The same import of ours, under way already: GitLab has it, or its answer was never heard and its project is
    /// there now.
    fn arrived_before(&self, draft: &Draft, survey: &TargetSurvey) -> Option<ImportId> {
        let there = survey.existing.as_ref()?;
        let ours = |live: &&LiveImport| {
            let job = &live.job;
            let open = job.is_being_sent() || job.unheard;
            let arrived = job.project_id == Some(there.id)
                || (open && live.task.is_none() && job.replaces_id != Some(there.id));
            (!job.is_ended() || job.unheard)
                && arrived
                && job.instance == draft.instance
                && job.kind == draft.kind
                && job.target_path.eq_ignore_ascii_case(&there.path)
        };
        self.imports.values().rev().find(ours).map(|live| live.job.id)
    }

    /// What was cut off and has not arrived is over; the same import begins anew.
    fn end_interrupted(&mut self, draft: &Draft, survey: &TargetSurvey) {
        let path = survey.shown_path();
        let cut: Vec<_> = self
            .imports
            .values()
            .filter(|live| {
                live.job.is_being_sent()
                    && live.task.is_none()
                    && live.job.instance == draft.instance
                    && live.job.target_path.eq_ignore_ascii_case(&path)
            })
            .map(|live| live.job.id)
            .collect();
        for id in cut {
            self.import_found(id, Ok(None));
        }
    }

    /// An https URL; plain http for practice on this machine alone.
    pub(super) fn remote_url(&mut self, instance: &str, url: &SecretUrl) -> Result<Url, Trouble> {
        let loopback = self.core.session(instance)?.instance.is_loopback();
        let unusable = |headline: &str| {
            Trouble::new(Code::Usage, headline, "Give an https URL that GitLab can reach without a login.")
        };
        let parsed =
            Url::parse(url.0.trim()).map_err(|_shown_nowhere| unusable("The remote URL is no URL."))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(unusable("The remote URL holds a user name; GitLab does not take it."));
        }
        match parsed.scheme() {
            "https" => Ok(parsed),
            "http" if loopback => Ok(parsed),
            _ => Err(unusable("GitLab imports from https URLs alone.")),
        }
    }
}

/// The project's path, as GitLab takes it.
fn usable(to: &ImportTo) -> Result<(), Trouble> {
    let Some(why) = path_fault(&to.path) else { return Ok(()) };
    Err(Trouble::new(
        Code::Usage,
        why,
        "The new project's path is its last part alone: name it with --path, and the group with --namespace.",
    ))
}

/// Where an import of before went, without the yes to a deletion.
fn again_to(job: &ImportJob) -> ImportTo {
    // Where a namespace was given as a number, the path tells the number: see `TargetSurvey::shown_path`.
    let full = job.target_path.strip_prefix("namespace ").unwrap_or(&job.target_path);
    let (namespace, path) = match full.rsplit_once('/') {
        Some((namespace, path)) => (Some(namespace.to_owned()), path),
        None => (None, full),
    };
    ImportTo {
        path: path.to_owned(),
        namespace,
        name: job.name.clone(),
        delete: None,
        override_params: job.override_params.clone(),
    }
}

fn readable(file: PathBuf) -> Result<(PathBuf, u64), Trouble> {
    let file = absolute(file);
    // Looked at before it is opened: a pipe would be waited for.
    let why = match std::fs::metadata(&file) {
        Ok(facts) if facts.is_file() => match std::fs::File::open(&file) {
            Ok(_readable) => return Ok((file, facts.len())),
            Err(error) => error.to_string(),
        },
        Ok(_) => "it is no file".to_owned(),
        Err(error) => return Err(unopened(&file, &error)),
    };
    let headline = format!("{} cannot be read: {why}.", file.display());
    Err(Trouble::new(Code::Local, headline, "Name a project archive, usually *_export.tar.gz."))
}
