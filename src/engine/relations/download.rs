//! The downloads of one relations export: a queue of files, several at once, and the manifest beside them.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::case::relations::{
    MissingBatch, OrderState, OrderedFile, RelationFile, RelationsOrder, RelationsPatience,
};
use crate::case::{Code, Entry, RelationPhase, RelationsId, RelationsRun, Trouble, What};
use crate::download::{self, Control, Progress, Tempo, Wish};
use crate::engine::api::{Answer, AskId, FileState, RelationsOptions};
use crate::engine::input::Input;
use crate::engine::jobs::RelationsSurvey;
use crate::engine::router::Router;
use crate::engine::transfer_view::{absolute, shown};
use crate::engine::trouble::of_download;

use super::bring::{Errand, FileEnd, bring};
use super::bringing::{Bringee, Bringing};
use super::command::no_such;
use super::manifest::{Manifest, NotExported};

/// Files at once; each has one connection.
const AT_ONCE: usize = 4;

impl Router {
    /// Queues what is offered and was asked for.
    pub fn download_relations(
        &mut self,
        id: RelationsId,
        survey: &RelationsSurvey,
        options: &RelationsOptions,
    ) -> Result<(), Trouble> {
        let folder = options.folder.clone().map_or_else(|| self.relations_folder(survey), absolute);
        let Some(run) = self.jobs.relations_run(id).cloned() else { return Err(no_such(id)) };
        let wanted = wanted(&run, options, &self.core.timing.job_patience().relations)?;
        self.is_free(&folder, id)?;
        // Creates the folder, and finds out whether it can be written to.
        download::Target::Folder(folder.clone()).prepare().map_err(|failed| of_download(&failed))?;
        let (instance, project) = (&survey.instance, &survey.project);
        let known = Manifest::read(&folder);
        if known.as_ref().is_some_and(|manifest| !manifest.is_of(instance, project.id)) {
            return Err(Trouble::new(
                Code::Refused,
                format!("{} contains the relations of another project.", folder.display()),
                "Name another folder.",
            ));
        }
        let fresh = || Manifest::new(instance, project.id, &project.path_with_namespace);
        let mut manifest = known.unwrap_or_else(fresh);
        manifest.project_path.clone_from(&project.path_with_namespace);
        manifest.gitlab_version = survey.gitlab_version.clone().or(manifest.gitlab_version);
        manifest.not_exported = not_exported(&run);
        let known = self.relation_files.get(&id);
        let order = order_with(known, &run, &wanted, &folder);
        let moves = known.is_some_and(Bringing::is_moving);
        let what = What::DownloadStarted { project: run.project_path.clone(), path: shown(&folder) };
        let begins = !moves && !wanted.is_empty();
        let entry = begins.then_some(Entry { case_id: run.case_id, run_id: None, what });
        self.jobs.keep_order(&mut self.core, id, order, entry.into_iter().collect())?;
        let before = self.relation_files.remove(&id).filter(|bringing| bringing.folder == folder);
        let mut bringing = before.unwrap_or_else(|| Bringing::new(folder, manifest.clone(), Vec::new()));
        (bringing.manifest, bringing.trouble) = (manifest, None);
        bringing.want(&run, wanted);
        self.relation_files.insert(id, bringing);
        self.write_manifest(id);
        self.start_relation_files(id);
        Ok(())
    }

    /// Two downloads at once must not write into one folder, and one run's files go to one folder at a time.
    fn is_free(&self, folder: &Path, id: RelationsId) -> Result<(), Trouble> {
        let clashes = |(other, bringing): (&RelationsId, &Bringing)| {
            !bringing.is_over() && (*other == id) != (bringing.folder == folder)
        };
        if !self.relation_files.iter().any(clashes) {
            return Ok(());
        }
        Err(Trouble::new(
            Code::Refused,
            "Another download to this folder, or of this export to another folder, is still running.",
            "Wait for that download, or cancel it first.",
        ))
    }

    fn relations_folder(&self, survey: &RelationsSurvey) -> PathBuf {
        let name = survey.project.path_with_namespace.replace('/', "_");
        self.settings.download_folder().join(format!("{name}_relations"))
    }

    pub(super) fn start_relation_files(&mut self, id: RelationsId) {
        let pace = self.core.timing;
        let inputs = self.core.inputs.clone();
        let Some(run) = self.jobs.relations_run(id) else { return };
        let Some(session) = self.core.sessions.get(&run.instance) else { return };
        let Some(bringing) = self.relation_files.get_mut(&id) else { return };
        let project_id = run.project_id;
        let running = bringing.running().count();
        let ready = |file: &&mut Bringee| {
            // What is being cancelled ends by itself, and then has its turn.
            file.state == FileState::Queued && file.wish() != Some(Wish::Cancel)
        };
        let queued = bringing.files.iter_mut().filter(ready);
        for bringee in queued.take(AT_ONCE.saturating_sub(running)) {
            (bringee.state, bringee.trouble) = (FileState::Running, None);
            if bringee.task.is_some() {
                bringee.order(Wish::Run);
                continue;
            }
            let (orders, control) = Control::new();
            let (progress, seen) = watch::channel(Progress::default());
            let errand = Errand {
                project_id,
                file: bringee.file.clone(),
                folder: bringing.folder.clone(),
                known: bringing.manifest.line(&bringee.file.relation, bringee.file.batch).cloned(),
                tempo: Tempo {
                    progress_every: pace.publish,
                    rate_patience: pace.give_up,
                    ..Tempo::default().paced(pace.factor)
                },
                control,
            };
            (bringee.progress, bringee.orders) = (Some(seen), Some(orders));
            let (reach, inputs) = (session.api(), inputs.clone());
            let (relation, batch) = (bringee.file.relation.clone(), bringee.file.batch);
            let task = tokio::spawn(async move {
                let end = Box::new(bring(reach, errand, progress).await);
                inputs.send(Input::RelationFileEnded { run: id, relation, batch, end }).await.ok();
            });
            bringee.task = Some(task.abort_handle());
        }
        self.publisher.relations_changed();
        self.share_bandwidth();
    }

    pub fn relation_file_ended(&mut self, id: RelationsId, relation: &str, batch: Option<u64>, end: FileEnd) {
        let Some(bringing) = self.relation_files.get_mut(&id) else { return };
        let Some(bringee) = bringing.files.iter_mut().find(|file| file.is(relation, batch)) else { return };
        bringee.task = None;
        bringee.orders = None;
        let mut failed = false;
        match end {
            FileEnd::Unchanged(line) => (bringee.state, bringee.line) = (FileState::Unchanged, Some(line)),
            FileEnd::Brought { line, resumed } => {
                (bringee.state, bringee.resumed) = (FileState::Done, resumed);
                bringee.line = Some(line.clone());
                bringing.manifest.put(line);
                self.write_manifest(id);
            }
            // Asked for again while it was being cancelled: it waits for its turn.
            FileEnd::Halted if bringee.state == FileState::Queued => {}
            FileEnd::Halted => bringee.state = FileState::Halted,
            FileEnd::Failed(trouble) => {
                (bringee.state, bringee.trouble) = (FileState::Failed, Some(trouble));
                failed = true;
            }
        }
        self.start_relation_files(id);
        let is_over = self.relation_files.get(&id).is_some_and(Bringing::is_over);
        // The manifest holds every file that came, so that the store need not write each.
        if failed || is_over {
            self.keep_order(id, is_over);
        }
    }

    /// Writes down where every file stands, and once the last one has come also what came.
    pub(super) fn keep_order(&mut self, id: RelationsId, say: bool) {
        let Some(run) = self.jobs.relations_run(id) else { return };
        let Some(bringing) = self.relation_files.get_mut(&id) else { return };
        let entry = if say { brought(run, bringing) } else { None };
        let order = bringing.order();
        // A full disk is told in the picture; the files are safe under their names.
        self.jobs.keep_order(&mut self.core, id, order, entry.into_iter().collect()).ok();
        self.publisher.relations_changed();
    }

    fn write_manifest(&mut self, id: RelationsId) {
        let now = crate::engine::clock::now();
        let Some(bringing) = self.relation_files.get_mut(&id) else { return };
        bringing.manifest.written_at = now.rfc3339();
        bringing.trouble = bringing.manifest.write(&bringing.folder).err().map(|error| {
            Trouble::new(
                Code::Local,
                format!("The manifest in {} cannot be written: {error}.", bringing.folder.display()),
                "Choose a folder that you can write to, or free some space.",
            )
        });
    }

    pub(super) fn halt_relations(&mut self, ask: AskId, id: RelationsId) {
        self.each_relation_file(ask, id, |file| match file.state {
            FileState::Queued | FileState::Running | FileState::Paused => {
                file.order(Wish::Cancel);
                if file.task.is_none() || file.state != FileState::Running {
                    file.state = FileState::Halted;
                }
            }
            _ => {}
        });
    }

    pub fn pause_relations(&mut self, ask: AskId, id: RelationsId) {
        self.each_relation_file(ask, id, |file| {
            if file.state.is_moving() && file.wish() != Some(Wish::Cancel) {
                file.order(Wish::Pause);
                file.state = FileState::Paused;
            }
        });
    }

    pub fn resume_relations(&mut self, ask: AskId, id: RelationsId) {
        self.each_relation_file(ask, id, |file| {
            if file.state == FileState::Paused {
                file.state = FileState::Queued;
            }
        });
        let bringing = self.relation_files.get(&id);
        if bringing.is_some_and(|bringing| bringing.files.iter().any(|file| file.task.is_some())) {
            self.start_relation_files(id);
        } else {
            // Paused by an earlier program: what GitLab lists may have changed since.
            self.list_relations_again(id);
        }
    }

    fn each_relation_file(&mut self, ask: AskId, id: RelationsId, change: impl Fn(&mut Bringee)) {
        if self.jobs.relations_run(id).is_none() {
            return self.core.reply(ask, Err(no_such(id)));
        }
        let bringing = self.relation_files.get_mut(&id);
        bringing.into_iter().flat_map(|bringing| &mut bringing.files).for_each(change);
        self.keep_order(id, false);
        self.share_bandwidth();
        self.core.reply(ask, Ok(Answer::Done));
    }

    /// Runs with files that still move, or that are paused.
    pub fn relations_to(&self, pause: bool) -> Vec<RelationsId> {
        let wanted = |bringing: &Bringing| {
            if pause { bringing.is_moving() } else { bringing.view().files_paused > 0 }
        };
        let open = |(id, bringing): (&RelationsId, &Bringing)| wanted(bringing).then_some(*id);
        self.relation_files.iter().filter_map(open).collect()
    }

    /// How many files are on their way.
    pub fn relation_files_running(&self) -> usize {
        self.relation_files.values().map(|bringing| bringing.running().count()).sum()
    }

    /// Holds each file to its share.
    pub fn limit_relation_files(&self, each: Option<NonZeroU64>) {
        let all = self.relation_files.values();
        for orders in all.flat_map(|bringing| &bringing.files).filter_map(|file| file.orders.as_ref()) {
            orders.send_if_modified(|orders| {
                let changed = orders.limit_bytes_per_second != each;
                orders.limit_bytes_per_second = each;
                changed
            });
        }
    }

    /// Notes the speeds of this second.
    pub fn sample_relations(&mut self, now: Instant) {
        for bringing in self.relation_files.values_mut() {
            if bringing.is_moving() {
                bringing.sample(now);
            }
        }
    }

    /// Lets every running file write down what it has; the next download goes on from there.
    pub async fn rest_relations(&mut self) {
        let patience: Duration = self.core.timing.rest;
        let all = self.relation_files.values_mut();
        let running: Vec<_> = all.flat_map(|bringing| &mut bringing.files).collect();
        for file in running.iter().filter_map(|file| file.orders.as_ref()) {
            file.send_modify(|orders| orders.wish = Wish::Pause);
        }
        for file in running {
            if let (Some(_), Some(progress)) = (&file.orders, &mut file.progress) {
                // What hangs is not waited for: what it brought is safe up to the last record.
                tokio::time::timeout(patience, progress.wait_for(|now| now.paused)).await.map(drop).ok();
            }
        }
    }
}

/// What will have been asked for with `wanted` added to what was before.
fn order_with(
    before: Option<&Bringing>,
    run: &RelationsRun,
    wanted: &[RelationFile],
    folder: &Path,
) -> Option<RelationsOrder> {
    let open = |file: &RelationFile| OrderedFile {
        relation: file.relation.clone(),
        batch: file.batch,
        state: OrderState::Open,
        trouble: None,
    };
    let before = before.filter(|before| before.folder == folder);
    let mut files = before.map(|before| before.without(run, wanted)).unwrap_or_default();
    files.extend(wanted.iter().map(open));
    Some(RelationsOrder { folder: folder.to_str()?.to_owned(), files })
}

/// What came since it was last said.
fn brought(run: &RelationsRun, bringing: &mut Bringing) -> Option<Entry> {
    let fresh: Vec<_> = bringing.files.iter_mut().filter(|file| !file.said).collect();
    let count = |state| fresh.iter().filter(|file| file.state == state).count() as u64;
    let (files, failed) = (count(FileState::Done), count(FileState::Failed));
    let nothing_new = !fresh.is_empty() && count(FileState::Unchanged) == fresh.len() as u64;
    let done = fresh.iter().filter(|file| file.state == FileState::Done);
    let bytes = done.filter_map(|file| file.line.as_ref()).map(|line| line.bytes).sum();
    for file in fresh {
        file.said = true;
    }
    let (project, folder) = (run.project_path.clone(), shown(&bringing.folder));
    let what = What::RelationsBrought { project, folder, files, bytes, failed };
    (files > 0 || failed > 0 || nothing_new).then_some(Entry { case_id: run.case_id, run_id: None, what })
}

/// The files to bring: those that GitLab offers of the relations that were asked for.
fn wanted(
    run: &RelationsRun,
    options: &RelationsOptions,
    patience: &RelationsPatience,
) -> Result<Vec<RelationFile>, Trouble> {
    if run.relations.is_empty() {
        return Err(Trouble::new(
            Code::NoExportFile,
            "This user has no relations export of the project.",
            "Start an export with this token: each user sees only their own exports.",
        ));
    }
    let known = |name: &String| run.relations.iter().any(|relation| relation.name == *name);
    if let Some(unknown) = options.relations.iter().find(|name| !known(name)) {
        let names: Vec<_> = run.relations.iter().map(|relation| relation.name.as_str()).collect();
        return Err(Trouble::new(
            Code::Usage,
            format!("GitLab lists no relation “{unknown}”."),
            format!("There are {}.", names.join(", ")),
        ));
    }
    let chosen =
        |file: &RelationFile| options.relations.is_empty() || options.relations.contains(&file.relation);
    let current = run.relations.iter().filter(|relation| !run.is_stale(relation, patience));
    let files = current.flat_map(crate::case::Relation::files);
    Ok(files.filter(|file| file.phase == RelationPhase::Ready && chosen(file)).collect())
}

/// A line for each relation without files, and for each batch without one.
fn not_exported(run: &RelationsRun) -> Vec<NotExported> {
    let mut all = Vec::new();
    for relation in &run.relations {
        let line = |batch, status: &str, error: &Option<String>| NotExported {
            relation: relation.name.clone(),
            batch,
            status: status.to_owned(),
            error: error.clone(),
        };
        let missing = relation.missing();
        let whole = relation.phase() != RelationPhase::Ready
            && (missing.is_empty() || RelationPhase::of_status(&relation.status) == RelationPhase::Failed);
        all.extend(whole.then(|| line(None, &relation.status, &relation.error)));
        let status = |batch: &MissingBatch| batch.status.clone().unwrap_or_else(|| "not listed".to_owned());
        all.extend(missing.iter().map(|batch| line(Some(batch.number), &status(batch), &batch.error)));
    }
    all
}
