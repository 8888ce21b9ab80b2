//! Runs that are being watched: when to look again, what a look changes, when to give up.

use std::time::Duration;

use crate::case::{
    Code, Entry, ExportEnded, Outcome, Patience, Post, Run, RunId, RunInput, Standing, Trouble, UtcMs, What,
    run as runs,
};
use crate::gitlab::ProjectKey;
use crate::store::Write;

use super::access::ApiAccess;
use super::access::LookFailed;
use super::api::{Answer, AskId, RunView, StartOptions, Waiting};
use super::clock;
use super::input::{Input, Purpose};
use super::limiter::Limit;
use super::router::Router;
use super::trouble::of_gitlab;

/// A run and how it is being watched.
#[derive(Debug)]
pub(super) struct WatchedRun {
    pub run: Run,
    pub waiting: Option<Waiting>,
    pub trouble: Option<Trouble>,
    pub next_look_at: Option<UtcMs>,
    /// How many looks were made since it was taken up.
    looks: u32,
    /// Looks in a row that brought no answer, and since when.
    failures: u32,
    failing_since: Option<UtcMs>,
    watch: Option<tokio::task::AbortHandle>,
}

impl WatchedRun {
    pub fn new(run: Run) -> Self {
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

    pub fn view(&self, patience: &Patience, now: UtcMs) -> RunView {
        RunView {
            standing: runs::standing(&self.run, patience, now),
            run: self.run.clone(),
            next_look_at: self.next_look_at,
            waiting: self.waiting.clone(),
            trouble: self.trouble.clone(),
        }
    }

    fn stop_looking(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
        self.next_look_at = None;
    }
}

impl Drop for WatchedRun {
    fn drop(&mut self) {
        self.stop_looking();
    }
}

impl Router {
    pub(super) fn load_runs(&mut self) -> Result<(), Trouble> {
        let rows = self.core.store.runs().map_err(|error| error.trouble())?;
        self.runs = rows.into_iter().map(|run| (run.id, WatchedRun::new(run))).collect();
        Ok(())
    }

    /// Runs that were under way when the program ended are looked at again, spread over the first minute.
    pub(super) fn take_up_runs(&mut self) {
        let open: Vec<_> = self.runs.values().filter(|w| !w.run.is_ended()).map(|w| w.run.id).collect();
        for (place, id) in open.into_iter().enumerate() {
            if self.runs.get(&id).is_some_and(|watched| watched.run.post == Post::Planned) {
                self.start_again(id);
                continue;
            }
            let spread =
                self.core.timing.slowest_look.min(self.core.timing.backoff_base.mul_f64(place as f64 / 8.0));
            self.look_in(id, spread);
        }
    }

    /// A run that was decided and never left is started as it was meant, after a look; where it had an upload URL
    /// the person has to give that again, because such a URL is not kept.
    fn start_again(&mut self, id: RunId) {
        let Some(run) = self.runs.get(&id).map(|watched| watched.run.clone()) else { return };
        if run.upload_host.is_some() {
            let trouble = Trouble::new(
                Code::Internal,
                "The program ended before the request left: GitLab was not asked for this run.",
                "Start it again with its upload URL, which is a secret and was not kept.",
            );
            self.take_in(id, RunInput::NotAccepted { trouble }, clock::now()).ok();
            return;
        }
        let options = StartOptions {
            description: run.description,
            upload: None,
            replace: run.replaced_file,
            collect: true,
        };
        let purpose = Purpose::Start { case: run.case_id, options };
        self.survey(AskId::NO_REPLY, &run.instance, &run.project_id.to_string(), purpose);
    }

    pub(super) fn looked(&mut self, id: RunId, result: Result<crate::gitlab::ExportStatus, LookFailed>) {
        let now = clock::now();
        let (give_up, late) = (self.core.timing.give_up, self.core.timing.late_look);
        let patient = self.core.patient;
        match result {
            Ok(status) => {
                if let Some(watched) = self.runs.get_mut(&id) {
                    (watched.failures, watched.failing_since, watched.waiting) = (0, None, None);
                    watched.looks += 1;
                }
                // A full disk is told in the picture; the look is made again.
                self.take_in(id, RunInput::Seen { word: status.export_status }, now).ok();
                self.schedule_look(id);
            }
            Err(failed) => {
                let Some(watched) = self.runs.get_mut(&id) else { return };
                watched.failures += 1;
                let since = *watched.failing_since.get_or_insert(now);
                let reach = self.core.sessions.get(&watched.run.instance).map(super::session::Session::api);
                let wait = failed
                    .error
                    .as_ref()
                    .zip(reach)
                    .and_then(|(error, reach)| reach.next_try(error, watched.failures));
                let wait = wait.filter(|_| patient || now.since_ms(since) < give_up.as_millis() as i64);
                if let (Some(wait), Some(error)) = (wait, &failed.error) {
                    let wait = wait.min(late);
                    watched.waiting = Some(super::access::waiting(error, wait));
                    self.look_in(id, wait);
                } else {
                    watched.waiting = None;
                    watched.trouble = Some(failed.trouble);
                    watched.stop_looking();
                }
            }
        }
        self.publisher.runs_changed();
    }

    pub(super) fn leave(&mut self, ask: AskId, run: RunId) {
        let now = clock::now();
        let result = self.take_in(run, RunInput::Left, now).map(|()| Answer::Done);
        self.core.reply(ask, result);
    }

    /// Nothing of this instance is waited for any longer.
    pub(super) fn leave_runs_of(&mut self, url: &str) {
        let of_it = |run: &Run| run.instance.trim_end_matches('/') == url.trim_end_matches('/');
        let open = self.runs.values().filter(|watched| of_it(&watched.run) && !watched.run.is_ended());
        let open: Vec<_> = open.map(|watched| watched.run.id).collect();
        for run in open {
            self.leave(AskId::NO_REPLY, run);
        }
    }

    /// Decides, writes, and only then remembers.
    pub(super) fn take_in(&mut self, id: RunId, input: RunInput, now: UtcMs) -> Result<(), Trouble> {
        let Some(before) = self.runs.get(&id).map(|watched| watched.run.clone()) else {
            return Err(super::trouble::defect());
        };
        let patience = self.core.timing.patience();
        let next = runs::step(&before, input, &patience, now);
        let entries = said_by(&before, &next, &runs::standing(&next, &patience, now));
        // A word that only repeats itself moves a time and nothing else: not worth a write to disk.
        if !entries.is_empty() || next.post != before.post {
            self.core.commit(now, vec![Write::PutRun(Box::new(next.clone()))], entries)?;
        }
        let ended = next.is_ended() && !before.is_ended();
        if let Some(watched) = self.runs.get_mut(&id) {
            watched.run = next;
            watched.trouble = None;
            if watched.run.is_ended() {
                watched.stop_looking();
                watched.waiting = None;
            }
        }
        self.publisher.runs_changed();
        if ended {
            self.tell_case_of_run(id, now);
        }
        Ok(())
    }

    fn tell_case_of_run(&mut self, id: RunId, now: UtcMs) {
        let Some(run) = self.runs.get(&id).map(|watched| watched.run.clone()) else { return };
        let Some(case) = run.case_id else { return };
        let input = crate::case::Input::RunEnded(ExportEnded {
            started_at: run.accepted_at.unwrap_or(run.created_at),
            ended_at: run.ended_at.unwrap_or(now),
            succeeded: matches!(run.outcome, Some(Outcome::Ready)),
            message: run.exact_words(),
            correlation_id: run.correlation_id,
        });
        // Where the case's stage has no use for it, the run itself still tells it.
        self.cases.step(&mut self.core, case, input).ok();
    }

    /// Looks again after a distance that grows with the looks made.
    pub(super) fn schedule_look(&mut self, id: RunId) {
        let pace = self.core.timing;
        let patience = pace.patience();
        let now = clock::now();
        let Some(watched) = self.runs.get(&id).filter(|watched| !watched.run.is_ended()) else { return };
        let grown =
            pace.first_look.mul_f64(1.5_f64.powi(watched.looks.min(16) as i32)).min(pace.slowest_look);
        let watched_for = now.since_ms(watched.run.created_at);
        let late = watched_for > pace.late_after.as_millis() as i64
            || runs::standing(&watched.run, &patience, now).stuck;
        let wait = if late { pace.late_look } else { grown };
        self.look_in(id, wait.mul_f64(0.9 + 0.2 * fastrand::f64()));
    }

    fn look_in(&mut self, id: RunId, wait: Duration) {
        let now = clock::now();
        let inputs = self.core.inputs.clone();
        let Some(watched) = self.runs.get_mut(&id) else { return };
        let Some(session) = self.core.sessions.get(&watched.run.instance) else {
            // A run of an instance that was forgotten: its session comes back with a connection.
            return;
        };
        let (mut reach, project) = (session.api(), ProjectKey::Id(watched.run.project_id));
        watched.stop_looking();
        watched.next_look_at = Some(now.plus_ms(wait.as_millis() as i64));
        let task = tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let result = look(&mut reach, &project).await;
            inputs.send(Input::Looked { run: id, result }).await.ok();
        });
        watched.watch = Some(task.abort_handle());
    }
}

/// What a run's change is worth in the journal.
fn said_by(before: &Run, after: &Run, standing: &Standing) -> Vec<Entry> {
    let entry = |what| Entry::of_run(after.case_id, after.id, what);
    let mut entries = Vec::new();
    if let Some(word) = after.server_word().filter(|word| before.server_word() != Some(word)) {
        let (server_status, phase) = (word.to_owned(), after.phase.as_str().to_owned());
        entries.push(entry(What::RunSaid { server_status, phase }));
    }
    if after.is_ended() && !before.is_ended() {
        let (phase, headline) = (after.phase.as_str().to_owned(), Some(standing.sentence.clone()));
        entries.push(entry(What::RunEnded { phase, headline }));
    }
    entries
}

async fn look(
    reach: &mut ApiAccess,
    project: &ProjectKey,
) -> Result<crate::gitlab::ExportStatus, LookFailed> {
    let client = reach.client().await.map_err(|trouble| LookFailed { error: None, trouble })?;
    reach.limiter.wait(&Limit::ProjectRead).await;
    client
        .export_status(project)
        .await
        .map_err(|error| LookFailed { trouble: of_gitlab(&error), error: Some(error) })
}
