//! All state, and the loop that is its only owner.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::case::{CaseId, Input, JobId, RelationsId, UserError};
use crate::gitlab::NewIssue;
use crate::store::Store;

use super::after_token::after_token;
use super::api::{Answer, AskId, CaseDeed, Command, Retried};
use super::batches::Batches;
use super::builds::Builds;
use super::cases::Cases;
use super::core::Core;
use super::deadlines::{DeadlineTimer, token_ends};
use super::downloads::Downloads;
use super::happened::Happened;
use super::input::{Download, EngineInput};
use super::inspections::Inspections;
use super::jobs::{ExportPurpose, Jobs};
use super::old_candidates::{archives_of, old_archives as old_archives_of};
use super::practice::PracticeServer;
use super::publish::Publisher;
use super::pulse::Pulse;
use super::relations_shown::RelationsShown;
use super::settings::Choices;
use super::setup::Setup;
use super::texts::Texts;
use super::tracker::{PostContext, Tracker};
use super::{accounts, clock, diagnose, front_end, journal_head, last_inputs, old_archives};

/// All state of the program.
#[derive(Debug)]
pub(super) struct Router {
    pub core: Core,
    /// Whether interrupted jobs and downloads resume automatically.
    pub resumes: bool,
    pub cases: Cases,
    pub texts: Texts,
    tracker: Tracker,
    pub settings: Choices,
    pub jobs: Jobs,
    pub downloads: Downloads,
    pub batches: Batches,
    pub relations_shown: RelationsShown,
    pub inspections: Inspections,
    pub builds: Builds,
    pub practice: PracticeServer,
    pub deadlines: DeadlineTimer,
    pub publisher: Publisher,
    stopping: bool,
}

impl Router {
    pub fn new(
        setup: Setup,
        store: Store,
        inputs: mpsc::Sender<EngineInput>,
        publisher: Publisher,
    ) -> Result<Self, UserError> {
        let settings = Choices::load(&setup, &store);
        let mut core = Core::new(&setup, store, settings.wire(), inputs)?;
        let cases = Cases::load(&core)?;
        let jobs = Jobs::load(&mut core)?;
        let downloads = Downloads::load(&mut core, settings.bandwidth())?;
        let batches = Batches::load(&core)?;
        let mut router = Self {
            core,
            resumes: setup.resume,
            cases,
            texts: Texts::new(setup.config_dir),
            tracker: Tracker::default(),
            settings,
            jobs,
            downloads,
            batches,
            relations_shown: RelationsShown::default(),
            inspections: Inspections::default(),
            builds: Builds::default(),
            practice: PracticeServer::default(),
            deadlines: DeadlineTimer::default(),
            publisher,
            stopping: false,
        };
        let happened = router.texts.read(&router.core);
        router.tell(happened);
        if let Some(lesson) = setup.practice {
            let (started, happened) = router.practice.begin(&mut router.core, (Some(&lesson), 0));
            started?;
            router.tell(happened);
        }
        let own = setup.instance.filter(|_| setup.token.is_some());
        accounts::load(&mut router.core, own.as_deref(), router.resumes)?;
        router.join_test_imports();
        Ok(router)
    }

    /// Handles inputs until the engine is shut down. Reads the progress of downloads between inputs, at most once per
    /// `publish` interval.
    pub async fn work(mut self, mut inputs: mpsc::Receiver<EngineInput>, pulse: &Pulse) {
        while !self.stopping {
            let moving = self.is_moving();
            let pause = self.core.timing.publish;
            let deadline = self.deadlines.until_next(&self.core.timing, clock::now());
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(input) => {
                        self.decide(input);
                        // Handles other waiting inputs before the next snapshot is built.
                        for _ in 0..64 {
                            // The end of what the shutdown has cancelled says nothing about it.
                            if self.stopping {
                                break;
                            }
                            let Ok(input) = inputs.try_recv() else { break };
                            self.decide(input);
                        }
                        self.publish();
                    }
                    None => return,
                },
                () = pulse.beat() => {}
                () = tokio::time::sleep(pause), if moving => {
                    self.downloads.sample(Instant::now());
                    self.publish();
                }
                () = tokio::time::sleep(deadline.unwrap_or_default()), if deadline.is_some() => {
                    if self.check_deadlines() {
                        self.publish();
                    }
                }
            }
        }
        self.downloads.rest(&mut self.core).await;
        self.batches.rest();
        last_inputs::take(&mut self.core, &mut self.builds, &mut inputs).await;
    }

    /// Resumes what was running when the program last ended, and publishes the first snapshot.
    pub fn begin(&mut self) {
        if self.resumes {
            let happened = self.jobs.resume(&mut self.core);
            self.tell(happened);
            let offers: Vec<_> = self.downloads.ordered().filter_map(|run| self.offer_of(run)).collect();
            let happened = self.downloads.resume_after_restart(&mut self.core, &offers);
            self.tell(happened);
            self.batches.resume_after_restart(&self.core);
        }
        self.publish();
    }

    pub(super) fn is_moving(&self) -> bool {
        self.downloads.is_moving()
            || self.inspections.is_moving()
            || self.builds.is_moving()
            || self.jobs.is_moving()
    }

    fn decide(&mut self, input: EngineInput) {
        let core = &mut self.core;
        let happened = match input {
            EngineInput::Ask(ask, command) => return self.command(ask, command),
            EngineInput::FrontEnd(input) => return front_end::input(self, input),
            EngineInput::For { by, input } => {
                return self.as_front_end(by, |router| router.decide(*input));
            }
            EngineInput::AskWaits(ask, waiting) => return core.waits(ask, waiting),
            EngineInput::Answered(ask, result) => return core.reply(ask, result),
            EngineInput::TokenFound { instance, answer } => {
                core.token_found(&instance, answer);
                after_token(core, &self.batches, (&mut self.jobs, &mut self.downloads))
            }
            EngineInput::KeyringSlow { instance } => return core.keyring_is_slow(&instance),
            EngineInput::Head(input) => return journal_head::input(core, input),
            EngineInput::Audit { ask, answer } => return core.audit_with(ask, answer),
            EngineInput::Accounts(input) => {
                accounts::input(core, input);
                after_token(core, &self.batches, (&mut self.jobs, &mut self.downloads))
            }
            EngineInput::Cases(input) => return self.cases.input(core, input),
            EngineInput::Texts(input) => return self.texts.input(core, input),
            EngineInput::OldArchives(input) => return old_archives::input(core, input),
            EngineInput::Surveyed { ask, download, result } => {
                return self.after_preflight(ask, download, result);
            }
            EngineInput::Tracker(input) => self.tracker.input(core, input),
            EngineInput::Downloads(input) => self.downloads.input(core, input),
            EngineInput::Inspections(input) => self.inspections.input(core, input).into_iter().collect(),
            EngineInput::Builds(input) => self.builds.input(core, input),
            EngineInput::Batches(input) => self.batches.input(core, input),
            EngineInput::Jobs(input) => {
                if let Some((ask, other)) = self.repeats(&input) {
                    return self.core.reply(ask, Ok(Answer::Repeats(other)));
                }
                let input = self.with_room(input);
                self.jobs.input(&mut self.core, input)
            }
        };
        self.tell(happened);
    }

    #[expect(clippy::too_many_lines, reason = "the table of who carries out what: one arm a command")]
    pub(super) fn command(&mut self, ask: AskId, command: Command) {
        let core = &mut self.core;
        match command {
            Command::Try { instance, token } => accounts::try_token(core, ask, &instance, token),
            Command::Connect { instance, token } => accounts::connect(core, ask, &instance, token),
            Command::Check { instance, project, contents } => {
                accounts::check(core, ask, &instance, (project.as_deref(), contents));
            }
            Command::ReadTokens => accounts::read_tokens(core, ask),
            Command::Forget { instance } => {
                accounts::forget(core, ask, &instance);
                self.downloads.pause_without_instance(core);
            }
            Command::SearchProjects { instance, text } => {
                accounts::search_projects(core, ask, &instance, text);
            }
            Command::CheckOnce { instance, project } => {
                Jobs::preflight_export(core, ask, (&instance, &project), ExportPurpose::CheckOnce);
            }
            Command::Start { instance, project, case, options } => {
                let downloaded = self.downloads.receipts().filter_map(|(row, _receipt)| row.run_id).collect();
                let purpose = ExportPurpose::Start { case, options, downloaded };
                Jobs::preflight_export(core, ask, (&instance, &project), purpose);
            }
            Command::Watch { instance, project, case } => {
                Jobs::preflight_export(core, ask, (&instance, &project), ExportPurpose::Watch { case });
            }
            Command::Leave { run } => self.unwatch(ask, JobId::Export(run)),
            Command::Download { instance, project, case, target, connections } => {
                let download = Download { case, target, connections };
                self.preflight(ask, &instance, &project, download);
            }
            Command::Pause { download } => self.downloads.pause(core, ask, download),
            Command::Resume { download } => self.downloads.resume(core, ask, download),
            Command::Cancel { download } => self.downloads.cancel(core, ask, download),
            Command::RetryNow(Retried::Download(id)) => self.downloads.retry_now(core, ask, id),
            Command::RetryNow(Retried::Job(id)) => {
                let happened = self.jobs.retry_now(core, ask, id);
                self.tell(happened);
            }
            Command::PauseAll => self.downloads.pause_all(core, ask),
            Command::ResumeAll => {
                let happened = self.downloads.resume_all(core, ask);
                self.tell(happened);
            }
            Command::Relations(command) => self.relations_command(ask, command),
            Command::Batch(command) => self.batch_command(ask, command),
            Command::Rebuild(command) => {
                let happened = self.jobs.rebuild(core, ask, command);
                self.tell(happened);
            }
            Command::Import(command) => {
                let happened = self.jobs.import(core, ask, command);
                self.tell(happened);
            }
            Command::Verify { path, against, deep } => {
                self.inspections.verify(core, ask, path, (against, deep));
            }
            Command::CancelVerify { path } => self.inspections.cancel(core, ask, &path),
            Command::BuildArchive { folder, options } => self.build_archive(ask, folder, options),
            Command::FillRelations { folder, members } => {
                self.fill_relations(ask, folder, members.as_ref());
            }
            Command::CancelFill { folder } => self.builds.cancel_fill(core, ask, &folder),
            Command::CancelBuild { output } => self.builds.cancel(core, ask, &output),
            Command::FindOldArchives => old_archives::find(&self.core, ask, old_archives_of(self)),
            Command::FindArchivesOf { case } => match archives_of(self, case) {
                Ok(all) => old_archives::find(&self.core, ask, all),
                Err(error) => self.core.reply(ask, Err(error)),
            },
            Command::DeleteArchives { archives } => {
                old_archives::delete_all(&self.core, ask, old_archives_of(self), &archives);
            }
            Command::Diagnose => {
                let snapshot = self.snapshot();
                diagnose::diagnose(&self.core, ask, snapshot);
            }
            Command::Audit => core.audit(ask),
            Command::Keep { key, value } => self.choose(ask, vec![(key, value)]),
            Command::KeepAll { values } => self.choose(ask, values),
            Command::NewCase { ticket, instance, project } => {
                self.cases.new_case(core, ask, ticket.as_deref(), (&instance, &project));
            }
            Command::SetFacts { case, values } => self.cases.set_facts(core, ask, case, &values),
            Command::CorrectCase { case, correction, values } => {
                self.cases.correct(core, ask, case, &correction, &values);
            }
            Command::CaseDeed { case, deed } => self.cases.perform(core, ask, case, deed),
            Command::UndoDeed { case, undo } => self.cases.undo(core, ask, case, &undo),
            Command::AskProject { case } => self.cases.ask_project(core, ask, case),
            Command::CaseEvent { case, event } => {
                let deed = CaseDeed { event: Some(event), ..CaseDeed::default() };
                self.cases.perform(core, ask, case, deed);
            }
            Command::Archive { case, archived } => self.cases.put(core, ask, case, Input::Archive(archived)),
            Command::DeletePrivateData { case } => self.cases.put(core, ask, case, Input::DeletePrivateData),
            Command::Note { case, at, text } => self.cases.put(core, ask, case, Input::Note { at, text }),
            Command::Remind { case, reminder } => self.cases.put(core, ask, case, Input::Remind(reminder)),
            Command::CaseJournal { case } => Cases::journal(core, ask, case),
            Command::TextCopied { case, kind } => self.cases.text_copied(core, ask, case, kind),
            Command::SaveTemplate { kind, template } => {
                let happened = self.texts.save_template(core, ask, kind, template.as_deref());
                self.tell(happened);
            }
            Command::SaveHandbook { text } => {
                let happened = self.texts.save_handbook(core, ask, text.as_deref());
                self.tell(happened);
            }
            Command::ReloadTexts => {
                let happened = self.texts.reload(core, ask);
                self.tell(happened);
            }
            Command::FetchUpstream { kind } => self.texts.fetch_upstream(core, ask, kind),
            Command::SearchIssues { case, text, closed_too } => {
                self.of_case(ask, case, |_, core, grounds| {
                    Tracker::search_issues(core, ask, grounds, &text, closed_too);
                });
            }
            Command::SearchRequests { case } => {
                self.of_case(ask, case, |_, core, of| Tracker::search_requests(core, ask, of));
            }
            Command::ReadIssues { case } => {
                self.of_case(ask, case, |_, core, of| Tracker::read_issues(core, ask, of));
            }
            Command::PostIssue { case, kind, title, text, confidential, labels, marks_opened } => {
                let issue = NewIssue { title, description: text, labels, confidential };
                self.of_case(ask, case, |tracker, core, grounds| {
                    tracker.post_issue(core, ask, grounds, (kind, marks_opened), issue);
                });
            }
            Command::PostComment { case, issue, text, internal } => {
                self.of_case(ask, case, |tracker, core, grounds| {
                    tracker.post_comment(core, ask, grounds, (&issue, text, internal));
                });
            }
            Command::AddInfradev { case, severity, priority, impact } => {
                self.of_case(ask, case, |tracker, core, grounds| {
                    tracker.add_infradev(core, ask, grounds, [&severity, &priority, &impact]);
                });
            }
            Command::StartPractice { lesson, port } => {
                let happened = self.practice.start(core, ask, (lesson.as_deref(), port));
                self.tell(happened);
            }
            #[cfg(test)]
            Command::Break => panic!("a test asked for it"),
            Command::Shutdown => {
                self.stopping = true;
                self.builds.stop();
                core.reply(ask, Ok(Answer::Done));
            }
        }
    }

    /// Calls the tracker with the facts by which it judges a write.
    fn of_case(
        &mut self,
        ask: AskId,
        case: CaseId,
        act: impl FnOnce(&mut Tracker, &mut Core, &PostContext<'_>),
    ) {
        let (text_config, rules) = (self.texts.text_config_view(), self.cases.rules_view());
        match self.cases.get(case) {
            Ok(case) => {
                let grounds = PostContext { case, handbook: &text_config.handbook, rules: &rules };
                act(&mut self.tracker, &mut self.core, &grounds);
            }
            Err(error) => self.core.reply(ask, Err(error)),
        }
    }

    /// Stores settings. A changed setting can affect other owners.
    fn choose(&mut self, ask: AskId, values: Vec<(String, serde_json::Value)>) {
        let happened = self.settings.choose(&mut self.core, ask, values);
        self.tell(happened);
    }

    pub(super) fn unwatch(&mut self, ask: AskId, id: JobId) {
        let happened = self.jobs.unwatch(&mut self.core, ask, id);
        self.tell(happened);
    }

    /// Adds the result of the newest test import of its archive to every receipt.
    pub(super) fn join_test_imports(&mut self) {
        let known = Arc::new(self.jobs.test_imports());
        self.downloads.test_import_result(&known);
        self.inspections.test_import_result(&known);
    }

    fn cancel_work_of_rebuild(&mut self, run: Option<RelationsId>, output: Option<&Path>) {
        if let Some(run) = run {
            self.downloads.cancel_files(&mut self.core, AskId::NO_REPLY, run);
        }
        if let Some(output) = output {
            self.builds.cancel(&mut self.core, AskId::NO_REPLY, output);
        }
    }

    /// Passes on what an owner reported: the only place where owners learn from each other.
    pub(super) fn tell(&mut self, happened: Vec<Happened>) {
        let mut untold = VecDeque::from(happened);
        while let Some(event) = untold.pop_front() {
            match event {
                Happened::PracticeEnded { url } => {
                    // The jobs and downloads of that lesson can no longer continue.
                    untold.extend(self.jobs.unwatch_instance(&mut self.core, &url));
                    self.downloads.cancel_all_of(&mut self.core, &url);
                }
                Happened::ProjectSeen { case, preflight } => {
                    self.cases.project_seen(&mut self.core, case, &preflight.project);
                }
                Happened::ExportEnded { case, ended } => {
                    // If the stage does not accept this, or the disk is full, the job's own view shows the result.
                    self.cases.step(&mut self.core, case, Input::RunEnded(ended)).ok();
                }
                Happened::TestImportsChanged => self.join_test_imports(),
                Happened::RelationsRequested { run, preflight, options, rebuild: Some(rebuild), .. } => {
                    self.download_for_rebuild(rebuild, run, &preflight, options);
                }
                Happened::RelationsRequested { ask, run, preflight, options, rebuild: None } => {
                    let result = self.download_relations(run, &preflight, options);
                    self.core.reply(ask, result.map(|_folder| Answer::Relations(run)));
                }
                Happened::RelationsPolled { run } => {
                    if let Some(offer) = self.offer_of(run).filter(|_| self.downloads.has_files_of(run)) {
                        self.downloads.listed(&mut self.core, &offer);
                        self.files_ended(run);
                    }
                }
                Happened::RelationsNotPolled { run, error } => {
                    self.downloads.not_listed(&mut self.core, run, &error);
                    self.files_ended(run);
                }
                Happened::RelationFilesEnded { run, ended } => {
                    untold.extend(self.jobs.files_ended(&mut self.core, run, &ended));
                }
                Happened::BuildWanted { rebuild, folder, options } => {
                    untold.extend(self.build_for_rebuild(rebuild, folder, *options));
                }
                Happened::RebuildCancelled { run, output } => {
                    self.cancel_work_of_rebuild(run, output.as_deref());
                }
                Happened::ArchiveIsNamed { output, archive, recorded } => {
                    self.jobs.archive_is_named(&mut self.core, &output, &archive, recorded);
                }
                Happened::BuildEnded { output, result } => {
                    untold.extend(self.jobs.build_ended(&mut self.core, &output, result));
                }
                Happened::RelationFilesWait { run } => {
                    untold.extend(self.jobs.poll_relations_now(&mut self.core, run));
                }
                // If the stage does not accept this, the download's own view shows the result.
                Happened::DownloadEnded { case, ended } => {
                    self.cases.step(&mut self.core, case, Input::DownloadEnded(ended)).ok();
                }
                Happened::DeepChecked { download, result } => {
                    untold.extend(self.downloads.deep_checked(&mut self.core, download, &result));
                }
                Happened::PracticeStarted { url } => untold.extend(self.texts.practice_at(&self.core, url)),
                Happened::RulesRead { rules } => self.cases.rules_are(rules),
                Happened::Asked { by, ask, command } => {
                    self.as_front_end(by, |router| router.command(ask, *command));
                }
                Happened::GivenUp { ask } => untold.extend(self.jobs.give_up(&mut self.core, ask)),
                Happened::BandwidthChosen => self.downloads.limit_bandwidth(self.settings.bandwidth()),
                Happened::Posted { ask, case, written } => {
                    self.cases.posted(&mut self.core, ask, case, *written);
                }
            }
        }
    }

    /// Checks the deadlines. Returns whether a new snapshot is needed.
    fn check_deadlines(&mut self) -> bool {
        let (changed, rules) = (self.cases.take_has_changed(), self.cases.rules_view());
        let tokens = token_ends(&self.core.sessions);
        self.deadlines.check((self.cases.all(), changed), tokens, &rules, clock::now())
    }

    fn publish(&mut self) {
        self.check_deadlines();
        self.check_in_depth();
        self.advance_batches();
        let snapshot = self.snapshot();
        self.publisher.publish(snapshot);
        self.core.asks.deliver();
    }
}
