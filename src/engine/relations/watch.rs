//! Relations exports that are being watched: when to look again, when to give up, and their picture.

use std::sync::Arc;
use std::time::Duration;

use crate::case::relations::{self as judge, RelationsInput, RelationsPatience};
use crate::case::{Relation, RelationPhase, RelationsId, RelationsRun, Trouble, UtcMs};
use crate::engine::access::LookFailed;
use crate::engine::access::{ApiAccess, waiting};
use crate::engine::api::{RelationFileView, RelationRow, RelationsView, Waiting};
use crate::engine::input::Input;
use crate::engine::limiter::Limit;
use crate::engine::router::Router;
use crate::gitlab::ProjectKey;

use super::{RelationsNews, look_once};
use crate::engine::trouble::of_relations;

/// A relations export, how it is being watched, and the downloads of its files.
#[derive(Debug)]
pub struct LiveRelations {
    pub run: RelationsRun,
    pub waiting: Option<Waiting>,
    trouble: Option<Trouble>,
    next_look_at: Option<UtcMs>,
    looks: u32,
    /// Looks in a row that brought no answer, and since when.
    failures: u32,
    failing_since: Option<UtcMs>,
    watch: Option<tokio::task::AbortHandle>,
}

impl LiveRelations {
    pub fn new(run: RelationsRun) -> Self {
        Self {
            run,
            waiting: None,
            trouble: None,
            next_look_at: None,
            looks: 0,
            failures: 0,
            failing_since: None,
            watch: None,
        }
    }

    pub(super) fn now_is(&mut self, run: RelationsRun) {
        self.run = run;
        self.trouble = None;
        if self.run.is_ended() {
            self.stop_looking();
            self.waiting = None;
        }
    }

    fn stop_looking(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
        self.next_look_at = None;
    }

    /// What is shown of it, without the downloads of its files.
    pub fn view(&self, patience: &RelationsPatience, now: UtcMs) -> RelationsView {
        RelationsView {
            standing: judge::standing(&self.run, patience, now),
            rows: self.run.relations.iter().map(|relation| self.row(relation, patience)).collect(),
            run: Arc::new(self.run.clone()),
            next_look_at: self.next_look_at,
            waiting: self.waiting.clone(),
            trouble: self.trouble.clone(),
            download: None,
            folder: None,
        }
    }

    fn row(&self, relation: &Relation, patience: &RelationsPatience) -> RelationRow {
        let stale = self.run.is_stale(relation, patience);
        let ready = |batch: &&judge::Batch| batch.phase() == RelationPhase::Ready;
        RelationRow {
            relation: relation.name.clone(),
            status: relation.status.clone(),
            phase: relation.phase(),
            error: relation.error.clone(),
            missing: relation.missing(),
            updated_at: relation.updated_at.clone(),
            batched: relation.batched,
            batches_ready: relation.batches.iter().filter(ready).count() as u64,
            batches: relation.batches_count.unwrap_or(relation.batches.len() as u64),
            objects_count: relation.objects_count,
            kept: self.run.is_kept(relation, patience),
            stale,
            files: relation.files().iter().map(|file| Self::file(file, stale)).collect(),
        }
    }

    /// A file without its download.
    fn file(file: &judge::RelationFile, stale: bool) -> RelationFileView {
        RelationFileView {
            batch: file.batch,
            objects_count: file.objects_count,
            is_offered: file.phase == RelationPhase::Ready && !stale,
            download: None,
        }
    }
}

impl Drop for LiveRelations {
    fn drop(&mut self) {
        self.stop_looking();
    }
}

impl Router {
    pub fn load_relations(&mut self) -> Result<(), Trouble> {
        let rows = self.core.store.relations_runs().map_err(|error| error.trouble())?;
        self.relations = rows.into_iter().map(|run| (run.id, LiveRelations::new(run))).collect();
        Ok(())
    }

    /// Exports that were under way when the program ended are looked at again.
    pub fn take_up_relations(&mut self) {
        let open = self.relations.values().filter(|live| !live.run.is_ended()).map(|live| live.run.id);
        for id in open.collect::<Vec<_>>() {
            self.schedule_relations_look(id);
        }
    }

    /// Downloads go on; files of relations exports once GitLab has said what it lists now.
    pub fn take_up_downloads(&mut self) {
        let offers: Vec<_> = self.downloads.ordered().filter_map(|run| self.offer_of(run)).collect();
        let happened = self.downloads.resume_after_restart(&mut self.core, &offers);
        self.tell(happened);
    }

    pub(super) fn relations_looked(&mut self, id: RelationsId, result: Result<Vec<Relation>, LookFailed>) {
        let now = crate::engine::clock::now();
        match result {
            Ok(relations) => {
                if let Some(live) = self.relations.get_mut(&id) {
                    (live.failures, live.failing_since, live.waiting) = (0, None, None);
                    live.looks += 1;
                }
                // A full disk is told in the picture; the look is made again.
                self.take_in_relations(id, RelationsInput::Seen { relations }, now).ok();
                self.schedule_relations_look(id);
                if self.downloads.has_files_of(id)
                    && let Some(offer) = self.offer_of(id)
                {
                    self.downloads.listed(&mut self.core, &offer);
                }
            }
            Err(failed) => self.relations_not_seen(id, failed, now),
        }
        self.publisher.relations_changed();
    }

    fn relations_not_seen(&mut self, id: RelationsId, failed: LookFailed, now: UtcMs) {
        let (give_up, late, patient) =
            (self.core.timing.give_up, self.core.timing.late_look, self.core.patient);
        let Some(live) = self.relations.get_mut(&id) else { return };
        live.failures += 1;
        let since = *live.failing_since.get_or_insert(now);
        let reach = self.core.sessions.get(&live.run.instance).map(crate::engine::session::Session::api);
        let wait = failed.error.as_ref().zip(reach).and_then(|(e, reach)| reach.next_try(e, live.failures));
        let wait = wait.filter(|_| patient || now.since_ms(since) < give_up.as_millis() as i64);
        if let (Some(wait), Some(error)) = (wait, &failed.error) {
            let wait = wait.min(late);
            live.waiting = Some(waiting(error, wait));
            self.look_at_relations_in(id, wait);
        } else {
            live.waiting = None;
            live.stop_looking();
            self.downloads.not_listed(&mut self.core, id, &failed.trouble);
            live.trouble = Some(failed.trouble);
        }
    }

    /// Looks again after a distance that grows with the looks made.
    pub(super) fn schedule_relations_look(&mut self, id: RelationsId) {
        let pace = self.core.timing;
        let now = crate::engine::clock::now();
        let Some(live) = self.relations.get(&id).filter(|live| !live.run.is_ended()) else { return };
        let stuck = judge::standing(&live.run, &pace.relations_patience(), now).stuck;
        let wait = if stuck { pace.late_look } else { pace.look_after(live.looks) };
        self.look_at_relations_in(id, wait);
    }

    pub fn look_at_relations_in(&mut self, id: RelationsId, wait: Duration) {
        let now = crate::engine::clock::now();
        let inputs = self.core.inputs.clone();
        let Some(live) = self.relations.get_mut(&id) else { return };
        let Some(session) = self.core.sessions.get(&live.run.instance) else { return };
        let (mut reach, project) = (session.api(), ProjectKey::Id(live.run.project_id));
        live.stop_looking();
        live.next_look_at = Some(now.plus_ms(wait.as_millis() as i64));
        let task = tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let result = look(&mut reach, &project).await;
            inputs.send(Input::Relations(RelationsNews::Looked { run: id, result })).await.ok();
        });
        live.watch = Some(task.abort_handle());
    }
}

async fn look(reach: &mut ApiAccess, project: &ProjectKey) -> Result<Vec<Relation>, LookFailed> {
    let client = reach.client().await.map_err(|trouble| LookFailed { error: None, trouble })?;
    reach.limiter.wait(&Limit::ProjectRead).await;
    let looked = look_once(&client, project).await;
    looked.map_err(|error| LookFailed { trouble: of_relations(&error), error: Some(error) })
}
