//! Downloads of the files of relations exports. The request is stored with the export; the completed files are listed
//! in a manifest beside them.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::case::relations::{RelationFile, RelationsOrder};
use crate::case::{Code, DownloadId, JournalEntry, JournalEvent, RelationsId, UserError};
use crate::download::Target;
use crate::engine::api::{Answer, AskId, DownloadState};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::front_ends::FrontEndId;
use crate::engine::happened::Happened;
use crate::engine::user_error::of_download;
use crate::store::{StoredOrder, Write};

use super::Downloads;
use super::file_download::{DownloadKind, FileDownload, Lane, RelationDownload};
use super::input::{DownloadStop, TaskEnd, Verified};
use super::offer::{RelationsOffer, RelationsRequested};
use super::pending_rename::PendingRename;
use super::relation_files::{
    RelationFiles, by_key, export_of, key_of, key_of_ordered, manifest_of, open, ordered, restored,
};
use super::relation_views::RelationFilesView;
use crate::engine::manifest::{FileKey, ManifestWriter};

impl Downloads {
    /// Queues the requested files that GitLab offers. Running ones continue, others are queued again; files that
    /// GitLab no longer lists, or has regenerated, are removed.
    pub fn download_relations(
        &mut self,
        core: &mut Core,
        wanted: RelationsRequested,
    ) -> Result<(), UserError> {
        let RelationsRequested { offer, folder, relations, batches, source } = wanted;
        let files = offer.chosen(&relations, &batches)?;
        self.is_free(&folder, offer.run)?;
        self.refuse_taken(&folder)?;
        // This also creates the folder and shows whether it is writable.
        Target::Folder(folder.clone()).prepare().map_err(|failed| of_download(&failed))?;
        let mut manifest = manifest_of(&folder, &offer)?;
        manifest.project_path.clone_from(&offer.project_path);
        source.note_in(&mut manifest);
        let now = clock::now();
        let order = self.order_with(&offer, &files, &folder);
        let moves = self.files.counts(Lane::RelationFiles(offer.run)).is_moving();
        let shown = folder.display().to_string();
        let what = JournalEvent::DownloadStarted { project: offer.project_path.clone(), path: shown.clone() };
        let begins = !moves && !files.is_empty();
        let entry = begins.then_some(JournalEntry { case_id: offer.case_id, run_id: None, what });
        let write =
            Write::PutRelationsOrder(Box::new(StoredOrder { run: offer.run, folder: Some(shown), order }));
        core.commit(now, vec![write], entry.into_iter().collect())?;
        let writer = ManifestWriter::new(folder.clone(), manifest);
        self.want(core.sessions.acting(), &offer, files, writer);
        if let Some(files) = self.relations.get_mut(&offer.run) {
            if !self.files.counts(files.lane()).is_over() {
                files.hold_folder();
            }
            files.is_written();
            files.record_list(&offer);
            files.write_manifest(now);
        }
        self.start(core);
        Ok(())
    }

    /// Two exports must not write into the same folder, and the files of one export go to one folder at a time.
    fn is_free(&self, folder: &Path, run: RelationsId) -> Result<(), UserError> {
        let clashes = |(other, files): (&RelationsId, &RelationFiles)| {
            let is_open = !self.files.counts(files.lane()).is_over();
            is_open && (*other == run) != (files.folder() == folder)
        };
        if !self.relations.iter().any(clashes) {
            return Ok(());
        }
        Err(UserError::new(
            Code::Refused,
            "Another download to this folder, or of this export to another folder, is still running.",
            "Wait for that download, or cancel it first.",
        ))
    }

    /// The request after `wanted` is added to the earlier one.
    fn order_with(
        &self,
        offer: &RelationsOffer,
        wanted: &[RelationFile],
        folder: &Path,
    ) -> Option<RelationsOrder> {
        let listed = by_key(offer);
        let again: HashSet<_> = wanted.iter().map(key_of).collect();
        let before = self.relations.get(&offer.run).filter(|files| files.folder() == folder);
        let ids = before.into_iter().flat_map(RelationFiles::ids);
        let stays = |one: &RelationDownload| is_listed(&listed, one) && !again.contains(&one.key());
        let kept = ids.filter_map(|id| self.files.get(id));
        let kept = kept.filter(|one| one.as_relation().is_some_and(stays));
        let files = kept.filter_map(ordered).chain(wanted.iter().map(open)).collect();
        Some(RelationsOrder { folder: folder.to_str()?.to_owned(), files })
    }

    fn want(
        &mut self,
        by: FrontEndId,
        offer: &RelationsOffer,
        wanted: Vec<RelationFile>,
        writer: ManifestWriter,
    ) {
        let folder = writer.folder().to_owned();
        let export = Arc::new(export_of(offer, &folder));
        self.folders.insert(offer.run, folder.clone());
        self.is_waited_for.remove(&offer.run);
        if self.relations.get(&offer.run).is_some_and(|files| files.folder() != folder) {
            self.forget(offer.run);
        }
        self.forget_unlisted(offer);
        let new = RelationFiles::new(Arc::clone(&export), writer, offer);
        let files = match self.relations.entry(offer.run) {
            Slot::Occupied(known) => known.into_mut().renewed(new),
            Slot::Vacant(place) => place.insert(new),
        };
        let all = &mut self.files;
        for file in wanted {
            let key = key_of(&file);
            if let Some(id) = files.id(&key) {
                let Some(known) = all.get_mut(id) else { continue };
                known.followers.add(by);
                if known.is_running() && !known.is_being_cancelled() {
                    continue;
                }
                if known.task.is_some() {
                    // The existing task resumes when the download is started, or ends first and a new task follows.
                    if let DownloadKind::Relation(relation) = &mut known.what {
                        relation.is_told = false;
                    }
                    all.set_state(id, DownloadState::Queued);
                    files.touch(&key.relation);
                    continue;
                }
                all.remove(id);
            }
            let id = self.next_relation_file;
            self.next_relation_file = DownloadId(id.0 + 1);
            all.insert(FileDownload::relation_file(id, Arc::clone(&export), file).for_front_end(by));
            files.add(key, id);
        }
        self.relation_views.changed();
    }

    /// Removes files that GitLab no longer lists or has regenerated.
    fn forget_unlisted(&mut self, offer: &RelationsOffer) {
        let Some(files) = self.relations.get_mut(&offer.run) else { return };
        let listed = by_key(offer);
        let known: Vec<_> = files.ids().collect();
        for id in known {
            let Some(one) = self.files.get(id).and_then(FileDownload::as_relation) else { continue };
            if !is_listed(&listed, one) {
                files.remove(&one.key());
                self.files.remove(id);
            }
        }
    }

    fn forget(&mut self, run: RelationsId) {
        let Some(files) = self.relations.remove(&run) else { return };
        for id in files.ids() {
            self.files.remove(id);
        }
    }

    /// Whether files of this export were requested.
    pub fn has_files_of(&self, run: RelationsId) -> bool {
        self.relations.contains_key(&run)
    }

    /// Applies the export's current list.
    pub fn list(&mut self, offer: &RelationsOffer) {
        if let Some(files) = self.relations.get_mut(&offer.run) {
            files.list(offer);
            self.relation_views.changed();
        }
    }

    /// Applies the export's current list: waiting files start if the list still contains them unchanged.
    pub fn listed(&mut self, core: &mut Core, offer: &RelationsOffer) {
        let Some(files) = self.relations.get_mut(&offer.run) else { return };
        files.list(offer);
        self.relation_views.changed();
        let confirms = std::mem::take(&mut files.is_confirming);
        if !confirms && !self.files.counts(files.lane()).is_moving() {
            return;
        }
        let (listed, ids) = (by_key(offer), files.ids().collect::<Vec<_>>());
        let is_gone = |one: &FileDownload| one.as_relation().is_some_and(|one| !is_listed(&listed, one));
        let mut is_later = false;
        for id in &ids {
            if self.files.get(*id).is_some_and(|one| waits(one) && is_gone(one)) {
                self.fail(*id, regenerated());
                is_later = true;
            }
        }
        if confirms || self.files.counts(Lane::RelationFiles(offer.run)).is_over() {
            // A file that arrived meanwhile may be of the later export.
            for id in ids {
                if self.files.get(id).is_some_and(|one| one.state == DownloadState::Done && is_gone(one)) {
                    self.fail(id, regenerated());
                    is_later = true;
                }
            }
            self.confirmed(offer, is_later);
        }
        self.is_waited_for.remove(&offer.run);
        self.start(core);
        self.settle(core, offer.run);
    }

    /// GitLab rejected the poll that the waiting files needed.
    pub fn not_listed(&mut self, core: &mut Core, run: RelationsId, error: &UserError) {
        let Some(files) = self.relations.get(&run) else { return };
        let ids: Vec<_> = files.ids().filter(|id| self.files.get(*id).is_some_and(waits)).collect();
        for id in ids {
            self.fail(id, error.clone());
        }
        self.is_waited_for.remove(&run);
        self.keep_order(core, run, false);
        self.relation_views.changed();
        // The files that arrived are as good as the list from before.
        self.ends_confirming(core, run);
    }

    /// Whether GitLab's list is now read again: every requested file has ended, and at least one has arrived. A file
    /// that GitLab regenerated meanwhile is of another export than the list says.
    pub(super) fn confirms(&mut self, core: &mut Core, run: RelationsId) -> bool {
        let Some(files) = self.relations.get_mut(&run) else { return false };
        let begins = files.is_unconfirmed && self.files.counts(files.lane()).is_over();
        if begins {
            (files.is_unconfirmed, files.is_confirming) = (false, true);
        }
        self.settle(core, run);
        begins
    }

    /// The list is that of the files, as far as they did not fail.
    fn confirmed(&mut self, offer: &RelationsOffer, is_later: bool) {
        let Some(files) = self.relations.get_mut(&offer.run) else { return };
        files.is_unconfirmed = false;
        files.record_list(offer);
        files.write_manifest(clock::now());
        // The views show files of the current list only.
        files.error = files.error.take().or_else(|| is_later.then(regenerated));
    }

    fn ends_confirming(&mut self, core: &mut Core, run: RelationsId) {
        if self.relations.get_mut(&run).is_some_and(|files| std::mem::take(&mut files.is_confirming)) {
            self.settle(core, run);
        }
    }

    fn fail(&mut self, id: DownloadId, error: UserError) {
        if let Some(one) = self.files.get_mut(id) {
            one.error = Some(error);
        }
        self.files.set_state(id, DownloadState::Failed);
        self.relation_file_changed(id);
    }

    /// Cancels the downloads of an export's files and keeps their bytes.
    pub fn cancel_files(&mut self, core: &mut Core, ask: AskId, run: RelationsId) {
        if let Some(entry) = self.relations.get(&run).and_then(|files| files.cancelled(&self.files)) {
            // The snapshot shows a full disk as an error.
            core.commit(clock::now(), Vec::new(), vec![entry]).ok();
        }
        self.each_file(core, ask, run, |this, core, id| {
            let state = this.files.get(id).map(|one| one.state);
            if state.is_some_and(|state| !state.is_ended()) { this.cancel_one(core, id) } else { Ok(()) }
        });
        self.ends_confirming(core, run);
    }

    pub fn pause_files(&mut self, core: &mut Core, ask: AskId, run: RelationsId) {
        self.each_file(core, ask, run, |this, core, id| {
            let may = |one: &FileDownload| one.state.is_moving() && !one.is_being_cancelled();
            if this.files.get(id).is_some_and(may) { this.pause_one(core, id) } else { Ok(()) }
        });
    }

    fn each_file(
        &mut self,
        core: &mut Core,
        ask: AskId,
        run: RelationsId,
        change: impl Fn(&mut Self, &mut Core, DownloadId) -> Result<(), UserError>,
    ) {
        let ids: Vec<_> = self.relations.get(&run).into_iter().flat_map(RelationFiles::ids).collect();
        let changed = ids.into_iter().try_for_each(|id| change(self, core, id));
        self.keep_order(core, run, false);
        self.share_bandwidth();
        core.reply(ask, changed.map(|()| Answer::Done));
    }

    /// Resumes the paused files.
    pub fn resume_files(&mut self, core: &mut Core, run: RelationsId) -> Vec<Happened> {
        let ids: Vec<_> = self.relations.get(&run).into_iter().flat_map(RelationFiles::ids).collect();
        let paused =
            |id: &DownloadId| self.files.get(*id).is_some_and(|one| one.state == DownloadState::Paused);
        let paused: Vec<_> = ids.iter().copied().filter(paused).collect();
        if paused.is_empty() {
            return Vec::new();
        }
        let has_task = |id: &DownloadId| self.files.get(*id).is_some_and(|one| one.task.is_some());
        if !ids.iter().any(has_task) {
            // An earlier program paused them: GitLab's list may have changed since.
            self.is_waited_for.insert(run);
        }
        for id in paused {
            self.files.set_state(id, DownloadState::Queued);
            self.relation_file_changed(id);
        }
        self.relation_views.changed();
        self.keep_order(core, run, false);
        if self.is_waited_for.contains(&run) {
            return vec![Happened::RelationFilesWait { run }];
        }
        self.start(core);
        Vec::new()
    }

    pub(super) fn relation_file_changed(&mut self, id: DownloadId) {
        let Some(relation) = self.files.get(id).and_then(FileDownload::as_relation) else { return };
        if let Some(files) = self.relations.get_mut(&relation.export.run) {
            files.touch(&relation.file.relation);
            files.falls_behind();
        }
    }

    pub(super) fn record_relation_file(&mut self, id: DownloadId, rename: PendingRename) {
        let Some(relation) = self.files.get(id).and_then(FileDownload::as_relation) else { return };
        let Some(files) = self.relations.get_mut(&relation.export.run) else { return };
        let Some(line) = rename.line else { return };
        if let Err(error) = files.writer.add(*line) {
            files.error = Some(files.unwritten(&error));
        }
    }

    pub(super) fn relation_file_ended(&mut self, id: DownloadId, end: TaskEnd) {
        let Some(one) = self.files.get_mut(id) else { return };
        let state = one.state;
        let DownloadKind::Relation(relation) = &mut one.what else { return };
        let run = relation.export.run;
        let state = match end {
            Ok(done) => {
                relation.already_complete = done.already_complete;
                if let Some(files) = self.relations.get_mut(&run) {
                    files.is_unconfirmed |= !done.already_complete;
                }
                if let Verified::RelationFile(line) = done.verified {
                    relation.line = Some(line);
                }
                DownloadState::Done
            }
            // The file was requested again while it was being cancelled: it stays queued.
            Err(DownloadStop::Cancelled) if state == DownloadState::Queued => state,
            Err(DownloadStop::Cancelled) => DownloadState::Cancelled,
            Err(DownloadStop::Failed(error) | DownloadStop::Rejected { error, .. }) => {
                let key = relation.key();
                one.error = Some(error);
                if let Some(files) = self.relations.get_mut(&run) {
                    files.not_renamed(&key);
                }
                DownloadState::Failed
            }
        };
        self.files.set_state(id, state);
        self.relation_file_changed(id);
        self.relation_views.progressed();
    }

    /// Writes manifest and store if that is due; always after the last file.
    fn settle(&mut self, core: &mut Core, run: RelationsId) {
        let Some(files) = self.relations.get_mut(&run) else { return };
        let is_over = self.files.counts(files.lane()).is_over() && !files.is_confirming;
        if files.writer.is_due() || (is_over && files.writer.is_behind()) {
            files.write_manifest(clock::now());
        }
        // The manifest lists every completed file, so the store need not be written for each.
        if is_over {
            files.lock = None;
        }
        if is_over || files.is_behind_for(core.timing.record) {
            self.keep_order(core, run, is_over);
        }
    }

    /// Writes the state of every file to the store, and with `tell` a journal line about the completed ones.
    fn keep_order(&mut self, core: &mut Core, run: RelationsId, tell: bool) {
        let Some(files) = self.relations.get_mut(&run) else { return };
        let entry = if tell { files.tell(&mut self.files) } else { None };
        let (folder, order) = (files.folder().display().to_string(), files.order(&self.files));
        files.is_written();
        let write = Write::PutRelationsOrder(Box::new(StoredOrder { run, folder: Some(folder), order }));
        // The snapshot shows a full disk as an error. The files already have their names.
        core.commit(clock::now(), vec![write], entry.into_iter().collect()).ok();
    }

    /// Writes the file states of every export that has changed to the store.
    pub(super) fn keep_orders(&mut self, core: &mut Core) {
        let behind = |(run, files): (&RelationsId, &RelationFiles)| files.is_behind().then_some(*run);
        for run in self.relations.iter().filter_map(behind).collect::<Vec<_>>() {
            self.keep_order(core, run, false);
        }
    }

    pub(super) fn keep_manifests(&mut self) {
        for files in self.relations.values_mut().filter(|files| files.writer.is_behind()) {
            files.write_manifest(clock::now());
        }
    }

    /// The views of the files of relations exports.
    pub fn relations_view(&mut self, core: &Core) -> &BTreeMap<RelationsId, Arc<RelationFilesView>> {
        let distance = core.timing.publish;
        self.relation_views.get(&mut self.relations, &mut self.files, distance, clock::now())
    }

    /// The folder of the last download of each relations export.
    pub fn relation_folders(&self) -> &BTreeMap<RelationsId, PathBuf> {
        &self.folders
    }

    /// Whether a file of this relations export is queued or downloading.
    pub fn has_open_files(&self, run: RelationsId) -> bool {
        self.relations
            .get(&run)
            .is_some_and(|files| files.is_confirming || !self.files.counts(files.lane()).is_over())
    }

    /// The relations exports with an unfinished download from an earlier program.
    pub fn ordered(&self) -> impl Iterator<Item = RelationsId> {
        self.orders.keys().copied()
    }

    /// Resumes the downloads that an earlier program left, as far as GitLab still lists the files and the folder
    /// still has them. Queued files start after the export was polled.
    pub fn resume_orders(&mut self, offers: &[RelationsOffer]) -> Vec<Happened> {
        let mut happened = Vec::new();
        for offer in offers {
            let Some(order) = self.orders.remove(&offer.run) else { continue };
            let folder = PathBuf::from(&order.folder);
            let Ok(manifest) = manifest_of(&folder, offer) else { continue };
            let export = Arc::new(export_of(offer, &folder));
            let writer = ManifestWriter::new(folder.clone(), manifest);
            let mut files = RelationFiles::new(Arc::clone(&export), writer, offer);
            let listed = by_key(offer);
            for ordered in &order.files {
                let id = self.next_relation_file;
                let file = listed.get(&key_of_ordered(ordered)).copied();
                let Some(one) = file.and_then(|file| restored(id, &files, file, ordered)) else { continue };
                self.next_relation_file = DownloadId(id.0 + 1);
                files.add(key_of_ordered(ordered), id);
                self.files.insert(one);
            }
            if files.ids().next().is_none() {
                continue;
            }
            if self.files.counts(files.lane()).is_moving() {
                self.is_waited_for.insert(offer.run);
                happened.push(Happened::RelationFilesWait { run: offer.run });
            }
            self.relations.insert(offer.run, files);
        }
        self.relation_views.changed();
        happened
    }
}

/// Whether the download is queued and has no earlier task that still has to end.
fn waits(one: &FileDownload) -> bool {
    one.task.is_none() && one.state == DownloadState::Queued
}

/// Whether GitLab still lists this very file.
fn is_listed(listed: &HashMap<FileKey, &RelationFile>, one: &RelationDownload) -> bool {
    listed.get(&one.key()).is_some_and(|file| file.updated_at == one.file.updated_at)
}

fn regenerated() -> UserError {
    UserError::new(
        Code::NoExportFile,
        "GitLab has regenerated the export since this file was requested.",
        "Check the export again, then download again.",
    )
}
