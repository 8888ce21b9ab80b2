//! The state, and the loop that is its only owner.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::case::{Case, CaseId, ImportId, Input as CaseInput, Ledger, RelationsId, Rules, RunId, Trouble};
use crate::gitlab::NewIssue;
use crate::store::Store;

use super::api::{Answer, AskId, Command, LiveTexts, LogLevel, Settings, Wording};
use super::bell::Bell;
use super::core::Core;
use super::downloads::Downloads;
use super::happened::Happened;
use super::imports::LiveImport;
use super::input::{Input, Purpose};
use super::inspections::Inspections;
use super::practice::PracticeServer;
use super::publish::Publisher;
use super::relations::{LiveRelations, RelationsShown};
use super::settings;
use super::setup::Setup;
use super::watch::WatchedRun;

/// All state of the program.
#[derive(Debug)]
pub(super) struct Router {
    pub core: Core,
    pub setup: Setup,
    pub cases: BTreeMap<CaseId, Arc<Case>>,
    pub ledger: Arc<Ledger>,
    pub rules: Arc<Rules>,
    pub wording: Arc<Wording>,
    pub live: Arc<LiveTexts>,
    /// Cases for which a write into a tracker is on its way.
    pub writing: HashSet<CaseId>,
    pub runs: BTreeMap<RunId, WatchedRun>,
    /// Runs whose POST is on its way in this very program.
    pub posting: HashSet<RunId>,
    pub downloads: Downloads,
    pub relations: BTreeMap<RelationsId, LiveRelations>,
    pub relations_shown: RelationsShown,
    pub imports: BTreeMap<ImportId, LiveImport>,
    pub inspections: Inspections,
    pub practice: PracticeServer,
    /// What the person chose.
    pub settings: Arc<Settings>,
    pub publisher: Publisher,
    pub bell: Bell,
    stopping: bool,
}

impl Router {
    pub fn new(
        setup: Setup,
        store: Store,
        inputs: mpsc::Sender<Input>,
        publisher: Publisher,
    ) -> Result<Self, Trouble> {
        let cases = store.cases().map_err(|error| error.trouble())?;
        let ledger = store.offers().map_err(|error| error.trouble())?;
        let settings = settings::load(&store);
        let core = Core::new(&setup, store, settings::wire(&setup, &settings), inputs)?;
        let downloads = Downloads::load(&core, settings.bandwidth)?;
        let mut router = Self {
            core,
            setup,
            cases: cases.into_iter().map(|case| (case.id, Arc::new(case))).collect(),
            ledger: Arc::new(ledger),
            rules: Arc::default(),
            wording: Arc::default(),
            live: Arc::default(),
            writing: HashSet::new(),
            runs: BTreeMap::new(),
            posting: HashSet::new(),
            downloads,
            relations: BTreeMap::new(),
            relations_shown: RelationsShown::default(),
            imports: BTreeMap::new(),
            inspections: Inspections::default(),
            practice: PracticeServer::default(),
            settings,
            publisher,
            bell: Bell::default(),
            stopping: false,
        };
        if router.setup.data_dir.is_some() {
            // Practice has no settings of its own, and the log is one for all.
            super::diagnose::set_level(router.settings.log_level.unwrap_or(LogLevel::Info));
        }
        router.read_wording();
        if let Some(lesson) = router.setup.practice.clone() {
            let (started, happened) = router.practice.begin(&mut router.core, (Some(&lesson), 0));
            started?;
            router.tell(happened);
        }
        router.load_instances()?;
        router.load_runs()?;
        router.load_relations()?;
        router.load_imports()?;
        Ok(router)
    }

    /// Decides until told to stop. Progress of transfers is looked at between inputs, at most once a `publish`.
    pub async fn work(mut self, mut inputs: mpsc::Receiver<Input>) {
        while !self.stopping {
            let moving = self.is_moving();
            let pause = self.core.timing.publish;
            let bell = self.until_bell();
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(input) => {
                        self.decide(input);
                        // What else has come is decided before the next picture is drawn.
                        for _ in 0..64 {
                            let Ok(input) = inputs.try_recv() else { break };
                            self.decide(input);
                        }
                        self.publish();
                    }
                    None => return,
                },
                () = tokio::time::sleep(pause), if moving => {
                    self.downloads.sample(Instant::now());
                    self.publish();
                }
                () = tokio::time::sleep(bell.unwrap_or_default()), if bell.is_some() => {
                    if self.look_at_clocks() {
                        self.publish();
                    }
                }
            }
        }
        self.downloads.rest(&mut self.core).await;
    }

    /// What was under way when the program last ended goes on, and the first picture is shown.
    pub fn begin(&mut self) {
        if self.setup.take_up {
            self.take_up_runs();
            self.take_up_relations();
            self.take_up_downloads();
            self.take_up_imports();
        }
        self.publish();
    }

    fn is_moving(&self) -> bool {
        self.downloads.is_moving()
            || self.inspections.is_moving()
            || self.imports.values().any(LiveImport::is_moving)
    }

    fn decide(&mut self, input: Input) {
        match input {
            Input::Ask(ask, command) => self.command(ask, command),
            Input::AskWaits(ask, waiting) => self.core.waits(ask, waiting),
            Input::Answered(ask, result) => self.core.reply(ask, result),
            Input::TokenFound { instance, answer } => self.core.token_found(&instance, answer),
            Input::TokenKept { ask, check, answer } => self.token_kept(ask, *check, &answer),
            Input::Checked { ask, keep, result } => self.checked(ask, keep, result),
            Input::Surveyed { ask, purpose, result } => match result {
                Ok(survey) => self.surveyed(ask, purpose, &survey),
                Err(trouble) => match purpose {
                    Purpose::KnowProject { case, then } => self.project_told(ask, case, then, None),
                    Purpose::Look
                    | Purpose::Start { .. }
                    | Purpose::Watch { .. }
                    | Purpose::Download { .. } => {
                        self.core.reply(ask, Err(trouble));
                    }
                },
            },
            Input::PostLeaves { run, go } => self.post_leaves(run, go),
            Input::PostHeld { run } => self.post_held(run),
            Input::Posted { ask, run, waits, result } => self.posted(ask, run, waits, result),
            Input::Written { ask, case, result } => self.written(ask, case, result),
            Input::LiveFetched { ask, kind, source, result } => self.live_fetched(ask, kind, source, result),
            Input::Looked { run, result } => self.looked(run, result),
            Input::Downloads(input) => {
                let happened = self.downloads.input(&mut self.core, input);
                self.tell(happened);
            }
            Input::Inspections(input) => self.inspections.input(&mut self.core, input),
            Input::ArchivesDeleted { ask, results } => self.archives_deleted(ask, results),
            Input::Relations(news) => self.relations_news(news),
            Input::Import(news) => self.import_news(news),
        }
    }

    fn command(&mut self, ask: AskId, command: Command) {
        match command {
            Command::Try { instance, token } => self.try_token(ask, &instance, token, false),
            Command::Connect { instance, token } => self.try_token(ask, &instance, token, true),
            Command::Check { instance, project } => self.check(ask, &instance, project.as_deref()),
            Command::Forget { instance } => self.forget(ask, &instance),
            Command::SearchProjects { instance, text } => self.search_projects(ask, &instance, text),
            Command::Look { instance, project } => self.survey(ask, &instance, &project, Purpose::Look),
            Command::Start { instance, project, case, options } => {
                self.survey(ask, &instance, &project, Purpose::Start { case, options });
            }
            Command::Watch { instance, project, case } => {
                self.survey(ask, &instance, &project, Purpose::Watch { case });
            }
            Command::Leave { run } => self.leave(ask, run),
            Command::Download { instance, project, case, target, connections } => {
                let purpose = Purpose::Download { case, target, connections };
                self.survey(ask, &instance, &project, purpose);
            }
            Command::Pause { transfer } => self.downloads.pause(&mut self.core, ask, transfer),
            Command::Resume { transfer } => self.downloads.resume(&mut self.core, ask, transfer),
            Command::Cancel { transfer } => self.downloads.cancel(&mut self.core, ask, transfer),
            Command::PauseAll => self.downloads.pause_all(&mut self.core, ask),
            Command::ResumeAll => {
                let happened = self.downloads.resume_all(&mut self.core, ask);
                self.tell(happened);
            }
            Command::LimitBandwidth { bytes_per_s } => {
                self.downloads.limit_bandwidth(bytes_per_s);
                self.core.reply(ask, Ok(Answer::Done));
            }
            Command::Verify { path, against } => self.inspections.verify(&mut self.core, ask, path, against),
            Command::Keep { key, value } => self.choose(ask, vec![(key, value)]),
            Command::KeepAll { values } => self.choose(ask, values),
            Command::FindOldArchives => self.find_old_archives(ask),
            Command::DeleteArchives { transfers } => self.delete_archives(ask, &transfers),
            Command::Diagnose => self.diagnose(ask),
            Command::SaveHandbook { text } => self.save_handbook(ask, text.as_deref()),
            Command::CancelVerify { path } => self.inspections.cancel(&mut self.core, ask, &path),
            Command::NewCase { ticket, instance, project } => {
                self.new_case(ask, ticket.as_deref(), &instance, &project);
            }
            Command::SetFacts { case, values } => self.set_facts(ask, case, &values),
            Command::CaseEvent { case, event } => self.case_event(ask, case, event),
            Command::Archive { case, archived } => self.archive_case(ask, case, archived),
            Command::DeletePrivateData { case } => self.delete_private_data(ask, case),
            Command::CaseJournal { case } => self.case_journal(ask, case),
            Command::TextCopied { case, kind } => self.text_copied(ask, case, kind),
            Command::SaveTemplate { kind, template } => self.save_template(ask, kind, template.as_deref()),
            Command::ReloadWording => self.reload_wording(ask),
            Command::Audit => self.audit(ask),
            Command::Relations(command) => self.relations_command(ask, command),
            Command::Import(command) => self.import_command(ask, command),
            Command::SearchIssues { case, text, closed_too } => {
                self.search_issues(ask, case, &text, closed_too);
            }
            Command::SearchRequests { case } => self.search_requests(ask, case),
            Command::PostIssue { case, kind, title, text, confidential, labels } => {
                let issue = NewIssue { title, description: text, labels, confidential };
                self.post_issue(ask, case, kind, issue);
            }
            Command::PostComment { case, issue, text, internal } => {
                self.post_comment(ask, case, &issue, text, internal);
            }
            Command::AddInfradev { case, severity, priority, impact } => {
                self.add_infradev(ask, case, [&severity, &priority, &impact]);
            }
            Command::FetchLive { kind } => self.fetch_live(ask, kind),
            Command::StartPractice { lesson, port } => self.start_practice(ask, (lesson.as_deref(), port)),
            #[cfg(test)]
            Command::Break => panic!("a test asked for it"),
            Command::Shutdown => {
                self.stopping = true;
                self.core.reply(ask, Ok(Answer::Done));
            }
        }
    }

    fn start_practice(&mut self, ask: AskId, lesson_and_port: (Option<&str>, u16)) {
        let happened = self.practice.start(&mut self.core, ask, lesson_and_port);
        self.tell(happened);
    }

    /// What one owner has told, told to those who have to know: the one place where owners hear of each other.
    pub fn tell(&mut self, happened: Vec<Happened>) {
        for event in happened {
            match event {
                Happened::PracticeEnded { url } => {
                    // Nothing of that lesson is waited for any longer.
                    self.leave_runs_of(&url);
                    self.downloads.cancel_all_of(&mut self.core, &url);
                }
                // Where the case's stage has no use for it, the download itself still tells it.
                Happened::DownloadEnded { case, ended } => {
                    let now = ended.ended_at;
                    self.step_case(case, CaseInput::DownloadEnded(ended), now).ok();
                }
                Happened::RelationFilesWait { run } => self.look_at_relations_in(run, Duration::ZERO),
                // The practice GitLab has the handbook's trackers too.
                Happened::PracticeStarted => self.read_wording(),
            }
        }
    }

    /// The folder for archives: the person's choice, or the setup's.
    pub fn download_folder(&self) -> PathBuf {
        self.settings.download_folder.clone().unwrap_or_else(|| self.setup.download_folder.clone())
    }

    fn publish(&mut self) {
        self.look_at_clocks();
        let picture = self.picture();
        self.publisher.publish(picture);
    }
}
