//! Relations exports that are being watched: when to look again, when to give up, and their picture.

use std::sync::Arc;
use std::time::Duration;

use crate::case::relations::{self as judge, RelationsInput, RelationsPatience};
use crate::case::{Relation, RelationPhase, RelationsId, RelationsRun, Trouble, UtcMs};
use crate::engine::access::LookFailed;
use crate::engine::access::{ApiAccess, waiting};
use crate::engine::api::{FileState, RelationFileView, RelationRow, RelationsView, Waiting};
use crate::engine::input::Input;
use crate::engine::limiter::Limit;
use crate::engine::router::Router;
use crate::gitlab::ProjectKey;

use super::bringing::Bringing;
use super::{RelationsNews, look_once, of_relations};

/// A relations export, how it is being watched, and the downloads of its files.
#[derive(Debug)]
pub struct LiveRelations {
    pub run: RelationsRun,
    pub waiting: Option<Waiting>,
    pub bringing: Option<Bringing>,
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
            bringing: None,
            trouble: None,
            next_look_at: None,
            looks: 0,
            failures: 0,
            failing_since: None,
            watch: None,
        }
    }

    /// Whether numbers of it change without news.
    pub fn is_moving(&self) -> bool {
        self.bringing.as_ref().is_some_and(Bringing::is_moving)
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

    fn view(&self, patience: &RelationsPatience, now: UtcMs) -> RelationsView {
        RelationsView {
            standing: judge::standing(&self.run, patience, now),
            rows: self.run.relations.iter().map(|relation| self.row(relation, patience)).collect(),
            run: self.run.clone(),
            next_look_at: self.next_look_at,
            waiting: self.waiting.clone(),
            trouble: self.trouble.clone(),
            download: self.bringing.as_ref().map(Bringing::view),
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
            files: relation.files().iter().map(|file| self.file(file, stale)).collect(),
        }
    }

    fn file(&self, file: &judge::RelationFile, stale: bool) -> RelationFileView {
        let offered = file.phase == RelationPhase::Ready && !stale;
        let brought = self.bringing.as_ref().and_then(|bringing| bringing.file(file));
        brought.unwrap_or_else(|| RelationFileView {
            batch: file.batch,
            state: if offered { FileState::Offered } else { FileState::NotOffered },
            path: None,
            bytes: 0,
            total_bytes: None,
            sha256: None,
            records: None,
            objects_count: file.objects_count,
            warnings: Vec::new(),
            resumed: 0,
            waiting: None,
            trouble: None,
        })
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

    /// Exports that were under way when the program ended are looked at again, and their downloads go on once
    /// GitLab has said what it lists now; what was paused stays paused.
    pub fn take_up_relations(&mut self) {
        let mut open = Vec::new();
        for live in self.relations.values_mut() {
            live.bringing = Bringing::of_order(&live.run);
            let brings = live.bringing.as_ref().is_some_and(Bringing::is_moving);
            if brings || !live.run.is_ended() {
                open.push((live.run.id, brings));
            }
        }
        for (id, brings) in open {
            if brings {
                self.look_at_relations_in(id, Duration::ZERO);
            } else {
                self.schedule_relations_look(id);
            }
        }
    }

    /// Goes on with the files that wait, as far as GitLab still lists them as they were asked for.
    fn go_on_with_files(&mut self, id: RelationsId) {
        let Some(live) = self.relations.get_mut(&id) else { return };
        let listed = live.run.files();
        let Some(bringing) = live.bringing.as_mut().filter(|bringing| bringing.is_moving()) else { return };
        bringing.fail_unlisted(&listed);
        self.start_relation_files(id);
    }

    /// Newest first; pictures that did not change stay the same.
    pub fn relations_views(&self, last: &[Arc<RelationsView>], now: UtcMs) -> Arc<[Arc<RelationsView>]> {
        let patience = self.core.timing.relations_patience();
        let picture = |live: &LiveRelations| {
            let view = live.view(&patience, now);
            match last.iter().find(|old| old.run.id == view.run.id) {
                Some(old) if **old == view => old.clone(),
                _ => Arc::new(view),
            }
        };
        self.relations.values().rev().map(picture).collect()
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
                self.go_on_with_files(id);
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
            if let Some(bringing) = &mut live.bringing {
                bringing.fail_waiting(&failed.trouble);
            }
            live.trouble = Some(failed.trouble);
            self.keep_order(id, false);
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

    pub(super) fn look_at_relations_in(&mut self, id: RelationsId, wait: Duration) {
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
