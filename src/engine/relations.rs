//! Relations exports: look before anything is started, watch all relations with one call, bring their files.

mod shown;
mod watch;

use std::path::PathBuf;

use crate::case::relations::{self as judge, RelationsInput};
use crate::case::{
    CaseId, Code, Entry, Relation, RelationPhase, RelationsId, RelationsRun, Trouble, UtcMs, What,
};
use crate::gitlab::{Client, Error, Project, ProjectKey, RelationExport};
use crate::store::Write;

use super::access::{ApiAccess, OnWait};
use super::access::{LookFailed, PostFailed};
use super::api::{Answer, AskId, RelationsCommand, RelationsOptions, Waiting};
use super::core::wait_reporter;
use super::downloads::{RelationsOffer, RelationsWanted};
use super::input::Input;
use super::limiter::Limit;
use super::paths::absolute;
use super::router::Router;
use super::trouble::of_relations;

pub(super) use shown::RelationsShown;
pub(super) use watch::LiveRelations;

/// What comes back from the network about relations exports.
#[derive(Debug)]
pub enum RelationsNews {
    Surveyed { ask: AskId, purpose: RelationsPurpose, result: Result<Box<RelationsSurvey>, Trouble> },
    Posted { ask: AskId, run: RelationsId, result: Result<Option<String>, PostFailed> },
    Looked { run: RelationsId, result: Result<Vec<Relation>, LookFailed> },
}

/// What a project and its relations looked like when a command began.
#[derive(Debug)]
pub struct RelationsSurvey {
    instance: String,
    project: Project,
    relations: Vec<Relation>,
    gitlab_version: Option<String>,
}

/// What a survey is for.
#[derive(Debug)]
pub enum RelationsPurpose {
    Start { case: Option<CaseId>, batched: bool, collect: bool },
    Look { case: Option<CaseId> },
    Download { case: Option<CaseId>, options: RelationsOptions },
}

impl Router {
    pub(super) fn relations_command(&mut self, ask: AskId, command: RelationsCommand) {
        use RelationsPurpose as P;
        match command {
            RelationsCommand::Start { instance, project, case, batched, collect } => {
                self.relations_survey(ask, &instance, &project, P::Start { case, batched, collect });
            }
            RelationsCommand::Look { instance, project, case } => {
                self.relations_survey(ask, &instance, &project, P::Look { case });
            }
            RelationsCommand::Download { instance, project, case, options } => {
                self.relations_survey(ask, &instance, &project, P::Download { case, options });
            }
            RelationsCommand::Leave { run } => {
                let now = crate::engine::clock::now();
                let result = self.take_in_relations(run, RelationsInput::Left, now);
                self.core.reply(ask, result.map(|()| Answer::Done));
            }
            RelationsCommand::Pause { run } => self.downloads.pause_files(&mut self.core, ask, run),
            RelationsCommand::Resume { run } => {
                let happened = self.downloads.resume_files(&mut self.core, run);
                self.tell(happened);
                self.core.reply(ask, Ok(Answer::Done));
            }
            RelationsCommand::Halt { run } => self.downloads.halt_files(&mut self.core, ask, run),
        }
    }

    pub(super) fn relations_news(&mut self, news: RelationsNews) {
        match news {
            RelationsNews::Surveyed { ask, purpose, result } => match result {
                Ok(survey) => self.relations_surveyed(ask, purpose, &survey),
                Err(trouble) => self.core.reply(ask, Err(trouble)),
            },
            RelationsNews::Posted { ask, run, result } => self.relations_posted(ask, run, result),
            RelationsNews::Looked { run, result } => self.relations_looked(run, result),
        }
    }

    fn relations_survey(&mut self, ask: AskId, url: &str, project: &str, purpose: RelationsPurpose) {
        let (reach, key) = match self.core.api(url, project) {
            Ok(found) => found,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let inputs = self.core.inputs.clone();
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let with_version = matches!(purpose, RelationsPurpose::Download { .. });
            let result = survey(reach, key, with_version, &tell).await.map(Box::new);
            let news = RelationsNews::Surveyed { ask, purpose, result };
            inputs.send(Input::Relations(news)).await.ok();
        });
    }

    fn relations_surveyed(&mut self, ask: AskId, purpose: RelationsPurpose, survey: &RelationsSurvey) {
        let result = match purpose {
            RelationsPurpose::Look { case } => self.relations_seen(survey, case),
            RelationsPurpose::Start { case, batched, collect } => {
                match self.start_relations(ask, survey, case, (batched, collect)) {
                    // The reply comes with GitLab's answer to the POST.
                    Ok(None) => return,
                    Ok(Some(run)) => Ok(run),
                    Err(trouble) => Err(trouble),
                }
            }
            RelationsPurpose::Download { case, options } => self
                .relations_seen(survey, case)
                .and_then(|run| self.download_relations(run, survey, options).map(|()| run)),
        };
        self.core.reply(ask, result.map(Answer::Relations));
    }

    /// The run that a look belongs to: the newest one of the project, or a new one that was met.
    fn relations_seen(
        &mut self,
        survey: &RelationsSurvey,
        case: Option<CaseId>,
    ) -> Result<RelationsId, Trouble> {
        let now = crate::engine::clock::now();
        let latest = self.latest_relations(survey).filter(|id| {
            // An ended run and a list that moves again are two exports.
            !survey.is_under_way() || self.relations.get(id).is_some_and(|live| !live.run.is_ended())
        });
        let id = match latest {
            Some(id) => self.belongs_to(id, case, now).map(|()| id)?,
            None => self.meet_relations(survey, case, now)?,
        };
        self.take_in_relations(id, RelationsInput::Seen { relations: survey.relations.clone() }, now)?;
        if survey.is_under_way() {
            self.schedule_relations_look(id);
        }
        Ok(id)
    }

    fn download_relations(
        &mut self,
        run: RelationsId,
        survey: &RelationsSurvey,
        options: RelationsOptions,
    ) -> Result<(), Trouble> {
        let offer = self.offer_of(run).ok_or_else(|| no_such(run))?;
        let folder = options.folder.map_or_else(|| self.relations_folder(survey), absolute);
        let gitlab_version = survey.gitlab_version.clone();
        let wanted = RelationsWanted { offer, folder, relations: options.relations, gitlab_version };
        self.downloads.download_relations(&mut self.core, wanted)
    }

    fn relations_folder(&self, survey: &RelationsSurvey) -> PathBuf {
        let name = survey.project.path_with_namespace.replace('/', "_");
        self.settings.download_folder().join(format!("{name}_relations"))
    }

    /// What the export offers for download now.
    fn offer_of(&self, run: RelationsId) -> Option<RelationsOffer> {
        let patience = self.core.timing.relations_patience();
        self.relations.get(&run).map(|live| RelationsOffer::of(&live.run, &patience))
    }

    /// Adopts, or asks GitLab; `None` where GitLab was asked.
    fn start_relations(
        &mut self,
        ask: AskId,
        survey: &RelationsSurvey,
        case: Option<CaseId>,
        (batched, collect): (bool, bool),
    ) -> Result<Option<RelationsId>, Trouble> {
        let now = crate::engine::clock::now();
        let open = self
            .latest_relations(survey)
            .filter(|id| self.relations.get(id).is_some_and(|live| !live.run.is_ended()));
        if let Some(id) = open {
            let seen = RelationsInput::Seen { relations: survey.relations.clone() };
            self.take_in_relations(id, seen, now)?;
            self.belongs_to(id, case, now)?;
            let patience = self.core.timing.relations_patience();
            let Some(run) = self.relations.get(&id).map(|live| &live.run) else { return Err(no_such(id)) };
            // GitLab shows nothing of a new export until its first worker starts.
            let unseen = run.relations.iter().all(|relation| run.is_stale(relation, &patience));
            let recent = |at| now.since_ms(at) < patience.stale_ms;
            let ours = run.accepted_at.is_some_and(|at| if unseen { recent(at) } else { collect });
            if survey.is_under_way() || ours {
                self.schedule_relations_look(id);
                return Ok(Some(id));
            }
            if run.asked && run.accepted_at.is_none() && !run.is_ended() {
                // The program ended between writing it down and GitLab's answer, and nothing came of it.
                self.post_relations(ask, id, survey, batched);
                return Ok(None);
            }
            if unseen && run.accepted_at.is_some() {
                // Nothing came of it; the new request is watched in its place.
                self.take_in_relations(id, RelationsInput::Left, now)?;
            }
        }
        if survey.is_under_way() {
            let id = self.meet_relations(survey, case, now)?;
            let seen = RelationsInput::Seen { relations: survey.relations.clone() };
            self.take_in_relations(id, seen, now)?;
            self.schedule_relations_look(id);
            return Ok(Some(id));
        }
        let id = self.next_relations_id()?;
        let (path, before) = (survey.project.path_with_namespace.as_str(), &survey.relations);
        let mut run =
            RelationsRun::asked(id, &survey.instance, (survey.project.id, path), batched, before, now);
        run.case_id = case;
        self.put_relations(run, true, now)?;
        self.post_relations(ask, id, survey, batched);
        Ok(None)
    }

    fn meet_relations(
        &mut self,
        survey: &RelationsSurvey,
        case: Option<CaseId>,
        now: UtcMs,
    ) -> Result<RelationsId, Trouble> {
        let id = self.next_relations_id()?;
        let path = survey.project.path_with_namespace.as_str();
        let mut run = RelationsRun::met(id, &survey.instance, (survey.project.id, path), now);
        run.case_id = case;
        run.batched = survey.relations.iter().any(|relation| relation.batched);
        self.put_relations(run, !survey.relations.is_empty(), now)?;
        Ok(id)
    }

    /// An export that was there before its case: from now on the case tells of it.
    fn belongs_to(&mut self, id: RelationsId, case: Option<CaseId>, now: UtcMs) -> Result<(), Trouble> {
        let Some(live) = self.relations.get(&id).filter(|live| live.run.case_id.is_none()) else {
            return Ok(());
        };
        if case.is_none() {
            return Ok(());
        }
        let run = RelationsRun { case_id: case, ..live.run.clone() };
        let (project, batched) = (run.project_path.clone(), run.batched);
        let what = What::RelationsStarted { project, batched, adopted: true };
        let entry = Entry { case_id: case, run_id: None, what };
        self.core.commit(now, vec![Write::PutRelationsRun(Box::new(run.clone()))], vec![entry])?;
        if let Some(live) = self.relations.get_mut(&id) {
            live.run = run;
        }
        self.publisher.relations_changed();
        Ok(())
    }

    fn put_relations(&mut self, run: RelationsRun, say: bool, now: UtcMs) -> Result<(), Trouble> {
        let (project, batched) = (run.project_path.clone(), run.batched);
        let what = What::RelationsStarted { project, batched, adopted: !run.asked };
        let entry = say.then_some(Entry { case_id: run.case_id, run_id: None, what });
        let entries = entry.into_iter().collect();
        self.core.commit(now, vec![Write::PutRelationsRun(Box::new(run.clone()))], entries)?;
        self.relations.insert(run.id, LiveRelations::new(run));
        self.publisher.relations_changed();
        Ok(())
    }

    fn next_relations_id(&self) -> Result<RelationsId, Trouble> {
        self.core.store.next_relations_id().map_err(|error| error.trouble())
    }

    /// The newest export of a project by this user.
    fn latest_relations(&self, survey: &RelationsSurvey) -> Option<RelationsId> {
        let ours = |run: &RelationsRun| {
            run.instance == survey.instance
                && run.project_id == survey.project.id
                && !matches!(run.outcome, Some(crate::case::RelationsOutcome::NotAccepted { .. }))
        };
        self.relations.values().rev().find(|live| ours(&live.run)).map(|live| live.run.id)
    }

    fn post_relations(&mut self, ask: AskId, run: RelationsId, survey: &RelationsSurvey, batched: bool) {
        let Some(session) = self.core.sessions.get(&survey.instance) else { return };
        let (reach, inputs, id) = (session.api(), self.core.inputs.clone(), survey.project.id);
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let result = post(reach, id, batched, &tell).await;
            inputs.send(Input::Relations(RelationsNews::Posted { ask, run, result })).await.ok();
        });
    }

    fn relations_posted(&mut self, ask: AskId, run: RelationsId, result: Result<Option<String>, PostFailed>) {
        let now = crate::engine::clock::now();
        let reply = match result {
            Ok(correlation_id) => {
                self.take_in_relations(run, RelationsInput::Accepted { correlation_id }, now).map(|()| run)
            }
            Err(PostFailed::Unknown(trouble)) => {
                if let Some(live) = self.relations.get_mut(&run) {
                    let why =
                        format!("{} The next look tells whether the request arrived.", trouble.headline);
                    live.waiting = Some(Waiting { why, until: None });
                }
                Ok(run)
            }
            Err(PostFailed::No(trouble)) => self
                .take_in_relations(run, RelationsInput::NotAccepted { trouble: trouble.clone() }, now)
                .and(Err(trouble)),
        };
        self.schedule_relations_look(run);
        self.core.reply(ask, reply.map(Answer::Relations));
    }

    /// Decides, writes, and only then remembers.
    fn take_in_relations(
        &mut self,
        id: RelationsId,
        input: RelationsInput,
        now: UtcMs,
    ) -> Result<(), Trouble> {
        let patience = self.core.timing.relations_patience();
        let Some(before) = self.relations.get(&id).map(|live| live.run.clone()) else {
            return Err(no_such(id));
        };
        let next = judge::step(&before, input, &patience, now);
        let mut entries = Vec::new();
        if next.is_ended() && next.outcome != before.outcome {
            let headline = judge::standing(&next, &patience, now).sentence;
            let what = What::RelationsEnded { project: next.project_path.clone(), headline };
            entries.push(Entry { case_id: next.case_id, run_id: None, what });
        }
        if next != before {
            self.core.commit(now, vec![Write::PutRelationsRun(Box::new(next.clone()))], entries)?;
        }
        if let Some(live) = self.relations.get_mut(&id) {
            live.now_is(next);
        }
        if self.downloads.has_files_of(id)
            && let Some(offer) = self.offer_of(id)
        {
            self.downloads.list(&offer);
        }
        self.publisher.relations_changed();
        Ok(())
    }
}

impl RelationsSurvey {
    fn is_under_way(&self) -> bool {
        let moving =
            |relation: &Relation| matches!(relation.phase(), RelationPhase::Pending | RelationPhase::Running);
        self.relations.iter().any(moving)
    }
}

fn no_such(id: RelationsId) -> Trouble {
    Trouble::new(Code::Usage, format!("There is no relations export {id}."), "Look at the project again.")
}

async fn survey(
    mut reach: ApiAccess,
    key: ProjectKey,
    with_version: bool,
    tell: &OnWait,
) -> Result<RelationsSurvey, Trouble> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, false).await }
    };
    let project = reach.ask(Limit::ProjectRead, call, tell).await?;
    let id = ProjectKey::Id(project.id);
    let call = |client: Client| {
        let id = id.clone();
        async move { look_once(&client, &id).await }
    };
    let relations = reach.ask(Limit::ProjectRead, call, tell).await?;
    // The manifest names it where it can be had; the files are worth bringing without it.
    let gitlab_version = if with_version {
        reach.ask(Limit::ProjectRead, |client| async move { client.version().await }, tell).await.ok()
    } else {
        None
    };
    let instance = reach.instance.to_string().trim_end_matches('/').to_owned();
    let gitlab_version = gitlab_version.map(|version| version.version);
    Ok(RelationsSurvey { instance, project, relations, gitlab_version })
}

/// One call for all relations.
async fn look_once(client: &Client, id: &ProjectKey) -> Result<Vec<Relation>, Error> {
    let status = client.relations_status(id).await?;
    Ok(status.relations.into_iter().map(relation).collect())
}

fn relation(export: RelationExport) -> Relation {
    let batch = |batch: crate::gitlab::RelationBatch| crate::case::relations::Batch {
        number: batch.batch_number,
        status: batch.status,
        objects_count: batch.objects_count,
        error: batch.error,
        updated_at: batch.updated_at,
    };
    Relation {
        name: export.relation,
        status: export.status,
        error: export.error,
        updated_at: export.updated_at,
        batched: export.batched.unwrap_or(false),
        batches_count: export.batches_count,
        objects_count: export.total_objects_count,
        batches: export.batches.unwrap_or_default().into_iter().map(batch).collect(),
    }
}

/// One POST; again only where it surely did not arrive.
async fn post(
    mut reach: ApiAccess,
    id: u64,
    batched: bool,
    tell: &OnWait,
) -> Result<Option<String>, PostFailed> {
    let client = reach.client().await.map_err(PostFailed::No)?;
    let began = tokio::time::Instant::now();
    let mut failures = 0;
    loop {
        reach.limiter.wait(&Limit::ProjectRead).await;
        let error = match client.start_relations(&ProjectKey::Id(id), batched).await {
            Ok(accepted) => return Ok(accepted.correlation_id),
            Err(error) => error,
        };
        // GitLab's own words for a 500 that started nothing.
        let not_started = error.said.as_deref().is_some_and(|said| said.contains("could not be started"));
        if error.maybe_sent() && !not_started {
            return Err(PostFailed::Unknown(of_relations(&error)));
        }
        failures += 1;
        let wait = reach.next_try(&error, failures).filter(|_| !not_started || failures < 3);
        match wait {
            Some(wait) if began.elapsed() + wait <= reach.timing.give_up => {
                tell(super::access::waiting(&error, wait));
                tokio::time::sleep(wait).await;
            }
            _ => return Err(PostFailed::No(of_relations(&error))),
        }
    }
}
