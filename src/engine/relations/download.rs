//! The downloads of one relations export: a queue of files, several at once, and the manifest beside them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use crate::case::relations::{RelationFile, RelationsPatience};
use crate::case::{Code, Entry, RelationPhase, RelationsId, RelationsRun, Trouble, What};
use crate::download::{self, Control, Orders, Progress, Tempo, Wish};
use crate::engine::command::AskId;
use crate::engine::desk::Desk;
use crate::engine::input::Input;
use crate::engine::snapshot::{Answer, Waiting};
use crate::engine::transfer_view::{absolute, shown};
use crate::engine::trouble::of_download;
use crate::store::Write;

use super::bring::{Errand, FileEnd, bring};
use super::command::RelationsOptions;
use super::manifest::{Line, Manifest, NotExported};
use super::view::{FileState, FileWarning, RelationFileView, RelationsDownload};
use super::{RelationsNews, RelationsSurvey, no_such};

/// Files at once; each has one connection.
const AT_ONCE: usize = 4;

/// The downloads of one run.
#[derive(Debug)]
pub struct Bringing {
    folder: PathBuf,
    manifest: Manifest,
    files: Vec<Bringee>,
    trouble: Option<Trouble>,
}

/// One file that was asked for.
#[derive(Debug)]
struct Bringee {
    file: RelationFile,
    state: FileState,
    line: Option<Line>,
    warnings: Vec<FileWarning>,
    resumed: u32,
    trouble: Option<Trouble>,
    progress: Option<watch::Receiver<Progress>>,
    orders: Option<watch::Sender<Orders>>,
    task: Option<tokio::task::AbortHandle>,
}

impl Bringee {
    fn new(file: RelationFile) -> Self {
        Self {
            file,
            state: FileState::Queued,
            line: None,
            warnings: Vec::new(),
            resumed: 0,
            trouble: None,
            progress: None,
            orders: None,
            task: None,
        }
    }

    fn is(&self, relation: &str, batch: Option<u64>) -> bool {
        self.file.relation == relation && self.file.batch == batch
    }

    fn seen(&self) -> Option<Progress> {
        self.progress.as_ref().map(|progress| progress.borrow().clone())
    }

    fn view(&self, folder: &Path) -> RelationFileView {
        let seen = self.seen();
        let moving = seen.as_ref().filter(|_| self.state == FileState::Running);
        let line = self.line.as_ref();
        let wait = moving.and_then(|now| now.waiting.as_ref());
        let bytes = line.map_or_else(|| seen.as_ref().map_or(0, |now| now.bytes), |line| line.bytes);
        RelationFileView {
            batch: self.file.batch,
            state: self.state,
            path: line.map(|line| folder.join(&line.file)),
            bytes,
            total_bytes: line.map(|line| line.bytes).or(seen.as_ref().and_then(|now| now.total_bytes)),
            sha256: line.map(|line| line.sha256.clone()),
            records: line.map(|line| line.records),
            objects_count: self.file.objects_count,
            warnings: self.warnings.clone(),
            resumed: moving.map_or(self.resumed, |now| now.resumed),
            waiting: wait.map(|wait| Waiting { why: format!("{}.", wait.why), until: None }),
            trouble: self.trouble.clone(),
        }
    }
}

impl Drop for Bringee {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Bringing {
    pub fn is_moving(&self) -> bool {
        self.files.iter().any(|file| matches!(file.state, FileState::Queued | FileState::Running))
    }

    pub fn file(&self, file: &RelationFile) -> Option<RelationFileView> {
        let found = self.files.iter().find(|bringee| bringee.is(&file.relation, file.batch))?;
        Some(found.view(&self.folder))
    }

    pub fn view(&self) -> RelationsDownload {
        let count = |wanted: fn(FileState) -> bool| self.files.iter().filter(|f| wanted(f.state)).count();
        let seen = |file: &Bringee| {
            let now = file.seen().unwrap_or_default();
            let speed = if file.state == FileState::Running { now.bytes_per_second } else { 0 };
            (file.line.as_ref().map_or(now.bytes, |line| line.bytes), speed)
        };
        let (bytes, bytes_per_s) =
            self.files.iter().map(seen).fold((0, 0), |(a, b), (bytes, speed)| (a + bytes, b + speed));
        RelationsDownload {
            folder: self.folder.clone(),
            is_moving: self.is_moving(),
            files_done: count(FileState::is_there),
            files_failed: count(|state| state == FileState::Failed),
            files_all: self.files.len(),
            bytes,
            bytes_per_s,
            trouble: self.trouble.clone(),
        }
    }
}

impl Desk {
    /// Queues what is offered and was asked for.
    pub(super) fn download_relations(
        &mut self,
        id: RelationsId,
        survey: &RelationsSurvey,
        options: &RelationsOptions,
    ) -> Result<(), Trouble> {
        let folder = options.folder.clone().map_or_else(|| self.relations_folder(survey), absolute);
        let Some(live) = self.relations.get(&id) else { return Err(no_such(id)) };
        let wanted = wanted(&live.run, options, &self.setup.pace.relations_patience())?;
        // Creates the folder, and finds out whether it can be written to.
        download::Target::Folder(folder.clone()).prepare().map_err(|failed| of_download(&failed))?;
        let (instance, project) = (&survey.instance, &survey.project);
        let known = Manifest::read(&folder);
        if known.as_ref().is_some_and(|manifest| !manifest.is_of(instance, project.id)) {
            return Err(Trouble::new(
                Code::Refused,
                format!("{} holds the relations of another project.", folder.display()),
                "Name another folder.",
            ));
        }
        let fresh = || Manifest::new(instance, project.id, &project.path_with_namespace);
        let mut manifest = known.unwrap_or_else(fresh);
        manifest.project_path.clone_from(&project.path_with_namespace);
        manifest.gitlab_version = survey.gitlab_version.clone().or(manifest.gitlab_version);
        manifest.not_exported = not_exported(&live.run);
        let mut run = live.run.clone();
        run.folder = Some(shown(&folder));
        let now = crate::engine::clock::now();
        self.commit(now, vec![Write::PutRelationsRun(Box::new(run.clone()))], Vec::new())?;
        if let Some(live) = self.relations.get_mut(&id) {
            live.run = run;
            let keep = live.bringing.take().filter(|bringing| bringing.folder == folder);
            let mut files = keep.map(|bringing| bringing.files).unwrap_or_default();
            // What still runs goes on; all else is looked at anew.
            let runs =
                |bringee: &Bringee| bringee.state == FileState::Running && wanted.contains(&bringee.file);
            let asked_again =
                |bringee: &Bringee| wanted.iter().any(|file| bringee.is(&file.relation, file.batch));
            files.retain(|bringee| runs(bringee) || !asked_again(bringee));
            for file in wanted {
                if !files.iter().any(|bringee| bringee.is(&file.relation, file.batch)) {
                    files.push(Bringee::new(file));
                }
            }
            live.bringing = Some(Bringing { folder, manifest, files, trouble: None });
        }
        self.write_manifest(id);
        self.start_relation_files(id);
        Ok(())
    }

    fn relations_folder(&self, survey: &RelationsSurvey) -> PathBuf {
        let name = survey.project.path_with_namespace.replace('/', "_");
        self.download_folder().join(format!("{name}_relations"))
    }

    fn start_relation_files(&mut self, id: RelationsId) {
        let pace = self.setup.pace;
        let inputs = self.inputs.clone();
        let Some(live) = self.relations.get_mut(&id) else { return };
        let Some(session) = self.sessions.get(&live.run.instance) else { return };
        let Some(bringing) = &mut live.bringing else { return };
        let project_id = live.run.project_id;
        let running = bringing.files.iter().filter(|file| file.task.is_some()).count();
        let queued = bringing.files.iter_mut().filter(|file| file.state == FileState::Queued);
        for bringee in queued.take(AT_ONCE.saturating_sub(running)) {
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
            (bringee.state, bringee.trouble) = (FileState::Running, None);
            (bringee.progress, bringee.orders) = (Some(seen), Some(orders));
            let (reach, inputs) = (session.reach(), inputs.clone());
            let (relation, batch) = (bringee.file.relation.clone(), bringee.file.batch);
            let task = tokio::spawn(async move {
                let end = Box::new(bring(reach, errand, progress).await);
                let news = RelationsNews::FileEnded { run: id, relation, batch, end };
                inputs.send(Input::Relations(news)).await.ok();
            });
            bringee.task = Some(task.abort_handle());
        }
        self.publisher.relations_changed();
    }

    pub(super) fn relation_file_ended(
        &mut self,
        id: RelationsId,
        relation: &str,
        batch: Option<u64>,
        end: FileEnd,
    ) {
        let Some(bringing) = self.relations.get_mut(&id).and_then(|live| live.bringing.as_mut()) else {
            return;
        };
        let Some(bringee) = bringing.files.iter_mut().find(|file| file.is(relation, batch)) else { return };
        bringee.task = None;
        bringee.orders = None;
        match end {
            FileEnd::Unchanged(line) => (bringee.state, bringee.line) = (FileState::Unchanged, Some(line)),
            FileEnd::Brought { line, warnings, resumed } => {
                (bringee.state, bringee.resumed) = (FileState::Done, resumed);
                bringee.warnings = warnings;
                bringee.line = Some(line.clone());
                bringing.manifest.put(line);
                self.write_manifest(id);
            }
            FileEnd::Halted => bringee.state = FileState::Halted,
            FileEnd::Failed(trouble) => {
                (bringee.state, bringee.trouble) = (FileState::Failed, Some(trouble));
            }
        }
        self.start_relation_files(id);
        self.say_relations_brought(id);
    }

    /// Once the last file has come.
    fn say_relations_brought(&mut self, id: RelationsId) {
        let Some(live) = self.relations.get(&id) else { return };
        let Some(bringing) = live.bringing.as_ref().filter(|bringing| !bringing.is_moving()) else { return };
        let done: Vec<_> = bringing.files.iter().filter(|file| file.state == FileState::Done).collect();
        if done.is_empty() {
            return;
        }
        let what = What::RelationsBrought {
            project: live.run.project_path.clone(),
            folder: shown(&bringing.folder),
            files: done.len() as u64,
            bytes: done.iter().filter_map(|file| file.line.as_ref()).map(|line| line.bytes).sum(),
        };
        let entry = Entry { case_id: live.run.case_id, run_id: None, what };
        let now = crate::engine::clock::now();
        // A full disk is told in the picture; the files are safe under their names.
        self.commit(now, Vec::new(), vec![entry]).ok();
    }

    fn write_manifest(&mut self, id: RelationsId) {
        let now = crate::engine::clock::now();
        let Some(bringing) = self.relations.get_mut(&id).and_then(|live| live.bringing.as_mut()) else {
            return;
        };
        bringing.manifest.written_at = now.rfc3339();
        bringing.trouble = bringing.manifest.write(&bringing.folder).err().map(|error| {
            Trouble::new(
                Code::Local,
                format!("The manifest in {} cannot be written: {error}.", bringing.folder.display()),
                "Choose a folder you may write to; free some space.",
            )
        });
    }

    pub(super) fn halt_relations(&mut self, ask: AskId, id: RelationsId) {
        let Some(live) = self.relations.get_mut(&id) else { return self.reply(ask, Err(no_such(id))) };
        for file in live.bringing.iter_mut().flat_map(|bringing| &mut bringing.files) {
            match (&file.orders, file.state) {
                (Some(orders), _) => orders.send_modify(|orders| orders.wish = Wish::Cancel),
                (None, FileState::Queued) => file.state = FileState::Halted,
                (None, _) => {}
            }
        }
        self.publisher.relations_changed();
        self.reply(ask, Ok(Answer::Done));
    }

    /// Lets every running file write down what it has; the next download goes on from there.
    pub async fn rest_relations(&mut self) {
        let patience: Duration = self.setup.pace.rest;
        let all = self.relations.values_mut().filter_map(|live| live.bringing.as_mut());
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
            "Exports are per user: start one with this token (`relations start`).",
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
    let now = crate::engine::clock::now();
    let current = run.relations.iter().filter(|relation| !run.is_stale(relation, patience, now));
    let files = current.flat_map(crate::case::Relation::files);
    Ok(files.filter(|file| file.phase == RelationPhase::Ready && chosen(file)).collect())
}

fn not_exported(run: &RelationsRun) -> Vec<NotExported> {
    let without = run.relations.iter().filter(|relation| relation.phase() != RelationPhase::Ready);
    without
        .map(|relation| NotExported {
            relation: relation.name.clone(),
            status: relation.status.clone(),
            error: relation.error.clone(),
        })
        .collect()
}
