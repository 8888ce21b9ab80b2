//! The state, and the loop that is its only owner.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::case::{Case, CaseId, JobId, Ledger, RelationsId, Rules, TransferId, Trouble};
use crate::gitlab::NewIssue;
use crate::store::Store;

use super::api::{Answer, AskId, Command, ImportCommand, LiveTexts, LogLevel, Settings, Wording};
use super::bell::Bell;
use super::clock;
use super::core::Core;
use super::happened::Happened;
use super::input::{Input, Purpose};
use super::inspections::Inspections;
use super::jobs::{ExportPurpose, Jobs};
use super::practice::PracticeServer;
use super::publish::Publisher;
use super::relations::Bringing;
use super::settings;
use super::setup::Setup;
use super::transfers::LiveTransfer;

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
    pub jobs: Jobs,
    pub transfers: BTreeMap<TransferId, LiveTransfer>,
    /// Files of relations exports that were asked for.
    pub relation_files: BTreeMap<RelationsId, Bringing>,
    pub inspections: Inspections,
    pub practice: PracticeServer,
    pub bandwidth_bytes_per_s: Option<u64>,
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
        let jobs = Jobs::load(&core)?;
        let mut router = Self {
            core,
            setup,
            cases: cases.into_iter().map(|case| (case.id, Arc::new(case))).collect(),
            ledger: Arc::new(ledger),
            rules: Arc::default(),
            wording: Arc::default(),
            live: Arc::default(),
            writing: HashSet::new(),
            jobs,
            transfers: BTreeMap::new(),
            relation_files: BTreeMap::new(),
            inspections: Inspections::default(),
            practice: PracticeServer::default(),
            bandwidth_bytes_per_s: settings.bandwidth,
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
        router.load_transfers()?;
        router.tell(vec![Happened::RehearsalsChanged]);
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
                    self.sample_progress(Instant::now());
                    self.publish();
                }
                () = tokio::time::sleep(bell.unwrap_or_default()), if bell.is_some() => {
                    if self.look_at_clocks() {
                        self.publish();
                    }
                }
            }
        }
        self.rest_transfers().await;
        self.rest_relations().await;
    }

    /// What was under way when the program last ended goes on, and the first picture is shown.
    pub fn begin(&mut self) {
        if self.setup.take_up {
            let happened = self.jobs.resume(&mut self.core);
            self.tell(happened);
            self.take_up_transfers();
            self.take_up_relation_files();
        }
        self.publish();
    }

    fn is_moving(&self) -> bool {
        self.transfers.values().any(LiveTransfer::is_moving)
            || self.inspections.is_moving()
            || self.relation_files.values().any(Bringing::is_moving)
            || self.jobs.is_moving()
    }

    fn decide(&mut self, input: Input) {
        match input {
            Input::Ask(ask, command) => self.command(ask, command),
            Input::AskWaits(ask, waiting) => self.core.waits(ask, waiting),
            Input::Answered(ask, result) => self.core.reply(ask, result),
            Input::TokenFound { instance, answer } => self.core.token_found(&instance, answer),
            Input::TokenKept { ask, check, answer } => self.token_kept(ask, *check, &answer),
            Input::Checked { ask, keep, result } => self.checked(ask, keep, result),
            Input::Surveyed { ask, purpose, result } => self.surveyed(ask, purpose, result),
            Input::Written { ask, case, result } => self.written(ask, case, result),
            Input::LiveFetched { ask, kind, source, result } => self.live_fetched(ask, kind, source, result),
            Input::TransferNaming { id, naming, written } => self.transfer_naming(id, naming, written),
            Input::TransferEnded { id, result } => self.transfer_ended(id, &result),
            Input::Inspections(input) => self.inspections.input(&mut self.core, input),
            Input::ArchivesDeleted { ask, results } => self.archives_deleted(ask, results),
            Input::Jobs(input) => {
                let happened = self.jobs.input(&mut self.core, input);
                self.tell(happened);
            }
            Input::RelationFileEnded { run, relation, batch, end } => {
                self.relation_file_ended(run, &relation, batch, *end);
            }
        }
    }

    fn command(&mut self, ask: AskId, command: Command) {
        use ExportPurpose::{Look, Start, Watch};
        match command {
            Command::Try { instance, token } => self.try_token(ask, &instance, token, false),
            Command::Connect { instance, token } => self.try_token(ask, &instance, token, true),
            Command::Check { instance, project } => self.check(ask, &instance, project.as_deref()),
            Command::Forget { instance } => self.forget(ask, &instance),
            Command::SearchProjects { instance, text } => self.search_projects(ask, &instance, text),
            Command::Look { instance, project } => self.look_at_export(ask, (&instance, &project), Look),
            Command::Start { instance, project, case, options } => {
                self.look_at_export(ask, (&instance, &project), Start { case, options });
            }
            Command::Watch { instance, project, case } => {
                self.look_at_export(ask, (&instance, &project), Watch { case });
            }
            Command::Leave { run } => self.unwatch(ask, JobId::Export(run)),
            Command::Download { instance, project, case, target, connections } => {
                let purpose = Purpose::Download { case, target, connections };
                self.survey(ask, &instance, &project, purpose);
            }
            Command::Pause { transfer } => self.pause(ask, transfer),
            Command::Resume { transfer } => self.resume(ask, transfer),
            Command::Cancel { transfer } => self.cancel(ask, transfer),
            Command::PauseAll => self.pause_all(ask),
            Command::ResumeAll => self.resume_all(ask),
            Command::LimitBandwidth { bytes_per_s } => self.limit_bandwidth(ask, bytes_per_s),
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
            Command::SearchIssues { case, text, closed_too: all } => {
                self.search_issues(ask, case, &text, all);
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
    pub(super) fn tell(&mut self, happened: Vec<Happened>) {
        for event in happened {
            match event {
                Happened::PracticeEnded { url } => {
                    // Nothing of that lesson is waited for any longer.
                    let happened = self.jobs.unwatch_instance(&mut self.core, &url);
                    self.tell(happened);
                    self.cancel_transfers_of(&url);
                }
                // Where the case's stage has no use for it, or the disk is full, the job itself still tells it.
                Happened::ExportEnded { case, ended } => {
                    drop(self.step_case(case, crate::case::Input::RunEnded(ended), clock::now()));
                }
                Happened::ProjectSeen { case, survey } => drop(self.project_known(case, &survey)),
                Happened::RehearsalsChanged => self.join_rehearsals(),
                Happened::RelationsWanted { ask, run, survey, options } => {
                    let result = self.download_relations(run, &survey, &options);
                    self.core.reply(ask, result.map(|()| Answer::Relations(run)));
                }
                Happened::RelationsPolled { run } => self.go_on_with_files(run),
                Happened::RelationsNotPolled { run, trouble } => self.fail_waiting_files(run, &trouble),
                // The practice GitLab has the handbook's trackers too.
                Happened::PracticeStarted => self.read_wording(),
            }
        }
    }

    fn look_at_export(&mut self, ask: AskId, project: (&str, &str), purpose: ExportPurpose) {
        Jobs::look_at_export(&mut self.core, ask, project, purpose);
    }

    fn import_command(&mut self, ask: AskId, command: ImportCommand) {
        let happened = self.jobs.import(&mut self.core, ask, command);
        self.tell(happened);
    }

    pub(super) fn unwatch(&mut self, ask: AskId, id: JobId) {
        let happened = self.jobs.unwatch(&mut self.core, ask, id);
        self.tell(happened);
    }

    /// Brings every receipt up to what the newest test import of its archive says.
    pub(super) fn join_rehearsals(&mut self) {
        let known = Arc::new(self.jobs.rehearsals());
        let receipts = self.transfers.values_mut().filter_map(|transfer| transfer.receipt.as_mut());
        let mut changed = false;
        for receipt in receipts {
            changed |= known.join(receipt);
        }
        if changed {
            self.publisher.transfers_changed();
        }
        self.inspections.rehearsed(&known);
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
