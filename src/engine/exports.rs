//! Export runs: look before anything is started, write down what was asked, watch it to its end.

use std::sync::Arc;

use crate::case::{
    CaseId, Code, Entry, Origin, Patience, Phase, Post, Run, RunId, RunInput, Standing, Trouble, UtcMs, What,
    run as runs, upload_url,
};
use crate::gitlab::{Client, ProjectKey};
use crate::store::Write;

use super::access::{ApiAccess, OnWait};
use super::accounts::hit;
use super::api::{Answer, AskId, LookView, StartOptions, UploadTo};
use super::clock;
use super::core::wait_reporter;
use super::input::{Input, Purpose, Survey};
use super::limiter::Limit;
use super::router::Router;
use super::watch::WatchedRun;

impl Router {
    /// Looks at a project, and at its export where the purpose needs it.
    pub(super) fn survey(&mut self, ask: AskId, url: &str, project: &str, purpose: Purpose) {
        let (reach, key) = match self.core.api(url, project) {
            Ok(found) => found,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let inputs = self.core.inputs.clone();
        let wanted = Wanted {
            status: purpose.needs_status(),
            user: self.core.session(url).is_ok_and(|session| session.user().is_none()),
        };
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let result = survey(reach, key, wanted, &tell).await.map(Box::new);
            inputs.send(Input::Surveyed { ask, purpose, result }).await.ok();
        });
    }

    pub(super) fn surveyed(&mut self, ask: AskId, purpose: Purpose, survey: &Survey) {
        if let (Some(user), Some(session)) = (&survey.user, self.core.sessions.get_mut(&survey.instance)) {
            session.user = Some(user.clone());
        }
        if let Purpose::Start { case: Some(case), .. }
        | Purpose::Watch { case: Some(case) }
        | Purpose::Download { case: Some(case), .. } = &purpose
        {
            // A case that was opened offline learns here who its project is; a refusal there is none here.
            self.cases.project_seen(&mut self.core, *case, &survey.project);
        }
        let result = match purpose {
            Purpose::Look => self.look_at(survey),
            Purpose::Start { case, options } => match self.start(ask, survey, case, options) {
                // The reply comes with GitLab's answer to the POST.
                Ok(None) => return,
                Ok(Some(run)) => Ok(Answer::Run(run)),
                Err(trouble) => Err(trouble),
            },
            Purpose::Watch { case } => self.watch(survey, case),
            Purpose::Download { case, target, connections } => {
                self.download(survey, case, target, connections)
            }
        };
        self.core.reply(ask, result);
    }

    fn look_at(&mut self, survey: &Survey) -> Result<Answer, Trouble> {
        let word = word_of(survey)?;
        let now = clock::now();
        let mut latest = self.latest_run(survey);
        if let Some(id) = latest
            && self.runs.get(&id).is_some_and(|watched| !watched.run.is_ended())
        {
            self.take_in(id, RunInput::Seen { word: word.to_owned() }, now)?;
        } else if latest.and_then(|id| self.runs.get(&id)).is_some_and(|w| w.run.server_word() != Some(word))
        {
            // What GitLab says now is not about the run we remember.
            latest = None;
        }
        let patience = self.core.timing.patience();
        let standing = match latest.and_then(|id| self.runs.get(&id)) {
            Some(watched) => runs::standing(&watched.run, &patience, now),
            None => standing_of_stranger(word, survey, now, &patience),
        };
        Ok(Answer::Looked(Arc::new(LookView {
            instance: survey.instance.clone(),
            project_id: survey.project.id,
            project_path: survey.project.path_with_namespace.clone(),
            server_word: word.to_owned(),
            standing,
            run: latest,
        })))
    }

    /// Decides what starting means here: adopt, refuse, or ask GitLab; `None` where GitLab was asked.
    fn start(
        &mut self,
        ask: AskId,
        survey: &Survey,
        case: Option<CaseId>,
        options: StartOptions,
    ) -> Result<Option<RunId>, Trouble> {
        let word = word_of(survey)?.to_owned();
        let now = clock::now();
        let upload =
            options.upload.as_ref().map(|upload| self.judge_upload(survey, upload, now)).transpose()?;
        let unseen = self.open_run(survey);
        let adopted = match self.still_open(survey, &word, now)? {
            Some(run) => Some(run),
            None if Phase::of_word(&word).under_way() => Some(self.meet(survey, &word, case, now)?),
            None => None,
        };
        if adopted.is_some() && (upload.is_some() || options.description.is_some()) {
            return Err(runs_without_these(survey));
        }
        if let Some(run) = adopted {
            self.give_to_case(run, case, now)?;
            return Ok(adopted);
        }
        if Phase::of_word(&word) == Phase::Ready && !options.replace {
            let ready = unseen.filter(|id| self.runs.get(id).is_some_and(|w| w.run.phase == Phase::Ready));
            return match ready {
                Some(run) if options.collect => Ok(Some(run)),
                Some(_) | None => Err(file_is_there(survey)),
            };
        }
        let mut run = self.new_run(survey, &word, now)?;
        run.case_id = case;
        run.replaced_file = Phase::of_word(&word) == Phase::Ready;
        run.description.clone_from(&options.description);
        if let Some(upload) = upload {
            run.upload_host = Some(upload.host);
            run.warnings = upload.warnings;
        }
        let id = run.id;
        self.put_run(run, now)?;
        self.post(ask, id, survey, options);
        Ok(None)
    }

    fn watch(&mut self, survey: &Survey, case: Option<CaseId>) -> Result<Answer, Trouble> {
        let word = word_of(survey)?.to_owned();
        let now = clock::now();
        if let Some(run) = self.still_open(survey, &word, now)? {
            self.give_to_case(run, case, now)?;
            return Ok(Answer::Run(run));
        }
        let latest = self.latest_run(survey);
        if let Some(id) = latest
            && self.runs.get(&id).is_some_and(|watched| watched.run.server_word() == Some(word.as_str()))
        {
            return Ok(Answer::Run(id));
        }
        match Phase::of_word(&word) {
            Phase::Idle => Err(Trouble::new(
                Code::NoExportFile,
                "GitLab says `none`: this user has no export of the project, under way or finished.",
                "Start one; exports are per user and their files live for 24 hours.",
            )),
            Phase::Failed => Err(Trouble::new(
                Code::ExportFailed,
                "GitLab says `failed`: a run of the last 7 days failed, and no file is there.",
                "Start it again; note the correlation id of the new run.",
            )),
            Phase::Requested | Phase::Queued | Phase::Running | Phase::Ready | Phase::Unknown => {
                self.meet(survey, &word, case, now).map(Answer::Run)
            }
        }
    }

    /// The run that this program already watches or remembers as open, with this look taken in; where it
    /// has just ended by this look without a file, a new one may start.
    fn still_open(&mut self, survey: &Survey, word: &str, now: UtcMs) -> Result<Option<RunId>, Trouble> {
        let Some(id) = self.open_run(survey) else { return Ok(None) };
        let planned = self.runs.get(&id).is_some_and(|watched| watched.run.post == Post::Planned);
        if planned && !self.posting.contains(&id) {
            // The program ended before the request left: nothing was asked of GitLab.
            self.take_in(id, RunInput::NotAccepted { trouble: never_sent() }, now)?;
            return Ok(None);
        }
        self.take_in(id, RunInput::Seen { word: word.to_owned() }, now)?;
        let under_way = self.runs.get(&id).is_some_and(|watched| !watched.run.is_ended());
        if under_way {
            self.schedule_look(id);
            return Ok(Some(id));
        }
        Ok(None)
    }

    /// A run under way that belongs to no case is the one that asks for it now.
    fn give_to_case(&mut self, id: RunId, case: Option<CaseId>, now: UtcMs) -> Result<(), Trouble> {
        let Some(watched) = self.runs.get(&id).filter(|watched| watched.run.case_id.is_none()) else {
            return Ok(());
        };
        if case.is_none() {
            return Ok(());
        }
        let run = Run { case_id: case, ..watched.run.clone() };
        let what =
            What::RunStarted { project: run.project_path.clone(), by: run.user.clone(), adopted: true };
        let entry = Entry::of_run(case, id, what);
        self.core.commit(now, vec![Write::PutRun(Box::new(run.clone()))], vec![entry])?;
        if let Some(watched) = self.runs.get_mut(&id) {
            watched.run = run;
        }
        self.publisher.runs_changed();
        Ok(())
    }

    /// The newest run of a project, where it has not ended yet as far as this program knows.
    fn open_run(&self, survey: &Survey) -> Option<RunId> {
        self.latest_run(survey).filter(|id| self.runs.get(id).is_some_and(|watched| !watched.run.is_ended()))
    }

    fn meet(
        &mut self,
        survey: &Survey,
        word: &str,
        case: Option<CaseId>,
        now: UtcMs,
    ) -> Result<RunId, Trouble> {
        let id = self.core.store.next_run_id().map_err(|error| error.trouble())?;
        let mut run = Run::met(
            id,
            &survey.instance,
            (survey.project.id, &survey.project.path_with_namespace),
            word,
            now,
        );
        run.user = self.core.user_of(&survey.instance);
        run.case_id = case;
        self.put_run(run, now)?;
        self.schedule_look(id);
        Ok(id)
    }

    fn new_run(&self, survey: &Survey, word: &str, now: UtcMs) -> Result<Run, Trouble> {
        let id = self.core.store.next_run_id().map_err(|error| error.trouble())?;
        let project = (survey.project.id, survey.project.path_with_namespace.as_str());
        Ok(Run {
            user: self.core.user_of(&survey.instance),
            ..Run::scheduled(id, &survey.instance, project, word, now)
        })
    }

    fn put_run(&mut self, run: Run, now: UtcMs) -> Result<(), Trouble> {
        let what = What::RunStarted {
            project: run.project_path.clone(),
            by: run.user.clone(),
            adopted: run.origin != Origin::Scheduled,
        };
        let entry = Entry::of_run(run.case_id, run.id, what);
        self.core.commit(now, vec![Write::PutRun(Box::new(run.clone()))], vec![entry])?;
        self.runs.insert(run.id, WatchedRun::new(run));
        self.publisher.runs_changed();
        Ok(())
    }

    fn judge_upload(
        &self,
        survey: &Survey,
        upload: &UploadTo,
        now: UtcMs,
    ) -> Result<upload_url::Acceptable, Trouble> {
        let loopback =
            self.core.sessions.get(&survey.instance).is_some_and(|session| session.instance.is_loopback());
        upload_url::judge(&upload.url, hit(&survey.project).export_bytes_about, loopback, now)
            .map_err(|unusable| Trouble::new(Code::Usage, unusable.to_string(), unusable.hint()))
    }

    /// The newest run of a project by this user.
    fn latest_run(&self, survey: &Survey) -> Option<RunId> {
        let ours = |run: &Run| run.instance == survey.instance && run.project_id == survey.project.id;
        self.runs.values().rev().find(|watched| ours(&watched.run)).map(|watched| watched.run.id)
    }
}

fn word_of(survey: &Survey) -> Result<&str, Trouble> {
    survey.status.as_ref().map(|status| status.export_status.as_str()).ok_or_else(super::trouble::defect)
}

fn standing_of_stranger(word: &str, survey: &Survey, now: UtcMs, patience: &Patience) -> Standing {
    let project = (survey.project.id, survey.project.path_with_namespace.as_str());
    match Phase::of_word(word) {
        Phase::Idle => Standing {
            phase: Phase::Idle,
            stuck: false,
            sentence: "GitLab says `none`: this user has no export of the project, under way or finished."
                .into(),
            hint: None,
            file_until: None,
        },
        Phase::Failed => Standing {
            phase: Phase::Failed,
            stuck: false,
            sentence: "GitLab says `failed`: a run of the last 7 days failed, and no file is there.".into(),
            hint: Some("Start it again and watch it.".into()),
            file_until: None,
        },
        Phase::Requested | Phase::Queued | Phase::Running | Phase::Ready | Phase::Unknown => {
            let run = Run::met(RunId(0), &survey.instance, project, word, now);
            // When GitLab finished it is not known, so no end of the file is claimed.
            Standing { file_until: None, ..runs::standing(&run, patience, now) }
        }
    }
}

fn runs_without_these(survey: &Survey) -> Trouble {
    Trouble::new(
        Code::Refused,
        format!(
            "An export of {} is under way already, without this upload or description.",
            survey.project.path_with_namespace
        ),
        "It is watched now. Start again with them when it has ended.",
    )
}

fn never_sent() -> Trouble {
    Trouble::new(
        Code::Internal,
        "The program ended before the request left: GitLab was not asked for this run.",
        "Start it again.",
    )
}

fn file_is_there(survey: &Survey) -> Trouble {
    Trouble::new(
        Code::Refused,
        format!(
            "A finished export of {} is there; starting another deletes it at once.",
            survey.project.path_with_namespace
        ),
        "Download it, or start with the explicit yes (--replace) if it may be lost.",
    )
}

/// What a survey asks for beside the project.
struct Wanted {
    status: bool,
    user: bool,
}

async fn survey(
    mut reach: ApiAccess,
    key: ProjectKey,
    wanted: Wanted,
    tell: &OnWait,
) -> Result<Survey, Trouble> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, true).await }
    };
    let project = reach.ask(Limit::ProjectRead, call, tell).await?;
    let id = ProjectKey::Id(project.id);
    let status = if wanted.status {
        let call = |client: Client| {
            let id = id.clone();
            async move { client.export_status(&id).await }
        };
        Some(reach.ask(Limit::ProjectRead, call, tell).await?)
    } else {
        None
    };
    // Only a name for the record of attempts: without it the record says less, and nothing else changes.
    let user = match reach.client().await {
        Ok(client) if wanted.user => client.user().await.ok().map(|user| user.username),
        Ok(_) | Err(_) => None,
    };
    let instance = reach.instance.to_string().trim_end_matches('/').to_owned();
    Ok(Survey { instance, project, user, status })
}
