//! What bad news is about, and how long it holds: it ends when that has changed.

use std::mem::Discriminant;

use crate::case::{
    BatchId, Case, CaseId, DeadlineName, DownloadId, ImportId, Phase, ProjectRef, RebuildId, RebuildPhase,
    RelationsId, RelationsPhase, RunId, UserError, UtcMs, same_instance,
};
use crate::engine::api::{
    AskId, BatchView, Command, DownloadState, DownloadView, DueDeadline, ImportView, RebuildView,
    RelationsView, RunView, Snapshot, downloads_of, rebuild_of, relations_of, runs_of,
};

/// What bad news is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Run(RunId),
    Download(DownloadId),
    Relations(RelationsId),
    Import(ImportId),
    /// A rebuild, and when it ended: it may be continued.
    Rebuild(RebuildId, Option<UtcMs>),
    Batch(BatchId),
    Deadline(DeadlineName, UtcMs),
    /// A case as it was at this revision.
    Case(CaseId, u64),
    /// The project of a case, as it was.
    Project(CaseId, Box<ProjectRef>),
    /// A request that failed, and the state of its case at that time.
    Request(SentCommand, Option<CaseState>),
    /// The error that the snapshot shows, for example a full disk.
    Error(Box<UserError>),
    /// A text that was not written to a file.
    Writing,
}

/// A command that was sent to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentCommand {
    kind: Discriminant<Command>,
    /// Later commands have larger IDs; 0 if the command was not sent.
    ask: AskId,
    /// The case that was on the screen.
    pub case: Option<CaseId>,
}

impl SentCommand {
    pub fn new(command: &Command, case: Option<CaseId>) -> Self {
        Self { kind: std::mem::discriminant(command), ask: AskId(0), case }
    }

    #[must_use]
    pub fn sent_as(self, ask: AskId) -> Self {
        Self { ask, ..self }
    }

    /// Whether this request has succeeded where `earlier` failed.
    pub fn makes_up_for(&self, earlier: &Self) -> bool {
        self.kind == earlier.kind && self.ask.0 > earlier.ask.0
    }
}

/// Where a case and its jobs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseState {
    case: CaseId,
    revision: u64,
    run: Option<(RunId, Phase)>,
    download: Option<(DownloadId, DownloadState)>,
    relations: Option<(RelationsId, RelationsPhase)>,
    rebuild: Option<(RebuildId, RebuildPhase)>,
}

impl CaseState {
    /// `None` if there is no such case.
    pub fn of(id: CaseId, snapshot: &Snapshot) -> Option<Self> {
        let case = snapshot.cases.iter().find(|case| case.id == id)?;
        Some(Self {
            case: id,
            revision: case.revision,
            run: runs_of(snapshot, case).next().map(|view| (view.run.id, view.status.phase)),
            download: downloads_of(snapshot, case).next().map(|view| (view.id, view.state)),
            relations: relations_of(snapshot, case).next().map(|view| (view.run.id, view.status.phase)),
            rebuild: rebuild_of(snapshot, case).map(|view| (view.job.id, view.job.phase())),
        })
    }
}

/// Whether the state that the news was about still lasts.
pub fn lasts(subject: &Subject, snapshot: &Snapshot) -> bool {
    match subject {
        Subject::Run(id) => run_lasts(*id, snapshot),
        Subject::Download(id) => {
            let same = |a: &DownloadView, b: &DownloadView| {
                let archives = a.relation.is_none() && b.relation.is_none();
                archives && a.project_id == b.project_id && same_instance(&a.instance, &b.instance)
            };
            let newest = newest(&snapshot.downloads, |view| view.id == *id, same);
            newest.is_some_and(|view| view.state == DownloadState::Failed)
        }
        Subject::Relations(id) => {
            let same = |a: &RelationsView, b: &RelationsView| {
                a.run.project_id == b.run.project_id && same_instance(&a.run.instance, &b.run.instance)
            };
            let newest = newest(&snapshot.relations, |view| view.run.id == *id, same);
            newest.is_some_and(|view| view.run.is_ended() && !moves(view))
        }
        Subject::Import(id) => {
            let same = |a: &ImportView, b: &ImportView| {
                let slices = a.job.slice_of().is_some() || b.job.slice_of().is_some();
                !slices
                    && a.job.target_path == b.job.target_path
                    && same_instance(&a.job.instance, &b.job.instance)
            };
            newest(&snapshot.imports, |view| view.job.id == *id, same).is_some_and(|view| !view.is_running())
        }
        Subject::Rebuild(id, ended_at) => {
            let same = |a: &RebuildView, b: &RebuildView| {
                a.job.title() == b.job.title() && same_instance(&a.job.instance, &b.job.instance)
            };
            newest(&snapshot.rebuilds, |view| view.job.id == *id, same)
                .is_some_and(|view| view.job.is_ended() && view.job.ended_at == *ended_at)
        }
        Subject::Batch(id) => snapshot.batches.iter().any(|view| view.batch.id == *id && rests(view)),
        Subject::Deadline(name, ends_at) => {
            let is_it = |due: &&DueDeadline| due.deadline.name == *name && due.deadline.ends_at == *ends_at;
            snapshot.due_deadlines.iter().any(|due| is_it(&due))
        }
        Subject::Case(id, revision) => {
            snapshot.cases.iter().any(|case| case.id == *id && case.revision == *revision)
        }
        Subject::Project(id, project) => {
            let has_same = |case: &Case| (case.project.id, &case.project.path) == (project.id, &project.path);
            snapshot.cases.iter().any(|case| case.id == *id && has_same(case))
        }
        Subject::Request(_, Some(then)) => CaseState::of(then.case, snapshot).as_ref() == Some(then),
        Subject::Request(_, None) | Subject::Writing => true,
        Subject::Error(error) => snapshot.error.as_ref() == Some(error),
    }
}

/// A newer export of the project replaces the failed one, and so does a rebuild of its archive.
fn run_lasts(id: RunId, snapshot: &Snapshot) -> bool {
    let same = |a: &RunView, b: &RunView| {
        a.run.project_id == b.run.project_id && same_instance(&a.run.instance, &b.run.instance)
    };
    let Some(view) = newest(&snapshot.runs, |view| view.run.id == id, same) else { return false };
    let run = &view.run;
    !snapshot.rebuilds.iter().any(|rebuild| {
        let job = &rebuild.job;
        let is_same = job.project_id == Some(run.project_id) || job.project == run.project_path;
        is_same
            && same_instance(&job.instance, &run.instance)
            && run.ended_at.is_some_and(|at| job.created_at >= at)
    })
}

/// The job that `is_it` names, if no newer one of the list is about the same. The newest come first.
fn newest<T>(
    all: &[std::sync::Arc<T>],
    is_it: impl Fn(&T) -> bool,
    is_same: impl Fn(&T, &T) -> bool,
) -> Option<&T> {
    let this = all.iter().find(|view| is_it(view))?;
    let first = all.iter().find(|view| is_it(view) || is_same(view, this))?;
    is_it(first).then_some(first)
}

/// Whether nothing of the batch happens until a person acts.
pub fn rests(view: &BatchView) -> bool {
    view.is_over() || view.batch.stopped.is_some()
}

/// Whether files of a relations export are being downloaded.
pub fn moves(view: &RelationsView) -> bool {
    view.download.as_ref().is_some_and(|download| download.is_moving)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::Theme;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::case::rebuild::step;
    use crate::case::{Code, JobInput, RebuildJob, RebuildOptions, RebuildSeen};
    use crate::engine::api::{Answer, RebuildCommand, Reply};
    use crate::gui::App;
    use crate::gui::fixture::{GITLAB, ago, at_work, case, now, run_of, window_of};
    use crate::gui::intent::IfUnhandled;
    use crate::gui::workspace::Workspace;

    const FAILED: &[(&str, i64)] = &[("queued", 29), ("started", 28), ("failed", 20), ("failed", 19)];

    fn window(snapshot: Snapshot) -> Harness<'static, App> {
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, Theme::Dark, 1100.0, 900.0);
        window.run();
        window
    }

    fn show(window: &mut Harness<'static, App>, snapshot: Snapshot) {
        window.state_mut().own.show(snapshot);
        window.run_steps(3);
    }

    /// A case whose export failed, and a rebuild of its archive.
    fn rebuild(id: i64, seen: Vec<RebuildSeen>) -> Arc<RebuildView> {
        let options = RebuildOptions::default();
        let start = RebuildJob::new(RebuildId(id), (GITLAB, "1001"), Some(CaseId(1)), options, ago(9 - id));
        let start = RebuildJob { project_id: Some(1001), ..start };
        let job = seen.into_iter().fold(start, |job, seen| step(&job, JobInput::Polled(seen), ago(2)));
        Arc::new(RebuildView {
            job: Arc::new(job),
            is_at_work: true,
            next_poll_at: None,
            checked_until: None,
            waiting: None,
            receipt: None,
        })
    }

    fn failure() -> Vec<RebuildSeen> {
        let error = UserError::new(Code::Network, "The connection was lost.", "Check the network.");
        vec![RebuildSeen::Failed { error, gaps: Vec::new() }]
    }

    fn with(rebuilds: Vec<Arc<RebuildView>>) -> Snapshot {
        let one = case(1, 418_822, "acme/platform/monorepo");
        let two = case(2, 418_790, "acme/api");
        Snapshot {
            runs: [Arc::new(run_of(&one, 1, 30, FAILED))].into(),
            cases: [one, two].map(Arc::new).into(),
            downloads: Arc::new([]),
            rebuilds: rebuilds.into(),
            ..at_work()
        }
    }

    const TOLD: &str = "#418822: The archive of 1001 was not rebuilt";

    fn told(window: &Harness<'static, App>) -> bool {
        window.query_by_label(TOLD).is_some()
    }

    #[test]
    fn news_of_a_failed_rebuild_end_with_the_next_one_and_beside_another_case() {
        let failed = || {
            let mut window = window(with(vec![rebuild(4, Vec::new())]));
            show(&mut window, with(vec![rebuild(4, failure())]));
            assert!(told(&window));
            window
        };
        let mut window = failed();
        show(&mut window, with(vec![rebuild(5, Vec::new()), rebuild(4, failure())]));
        assert!(!told(&window), "a newer rebuild runs");
        let mut window = failed();
        window.state_mut().own.selected = Some(CaseId(2));
        window.run_steps(2);
        assert!(!told(&window), "its own page has told it");
        // Nobody has read what happened while another case was on the screen.
        let mut window = window_at(CaseId(2));
        show(&mut window, with(vec![rebuild(4, failure())]));
        assert!(told(&window));
        window.state_mut().own.selected = Some(CaseId(1));
        window.run_steps(2);
        assert!(told(&window));
    }

    fn window_at(case: CaseId) -> Harness<'static, App> {
        let mut window = window(with(vec![rebuild(4, Vec::new())]));
        window.state_mut().own.selected = Some(case);
        window.run();
        window
    }

    #[test]
    fn news_of_a_failed_export_end_when_its_archive_is_rebuilt() {
        let running = run_of(&case(1, 418_822, "acme/platform/monorepo"), 1, 30, &FAILED[..2]);
        let mut window = window(Snapshot { runs: [Arc::new(running)].into(), ..with(Vec::new()) });
        show(&mut window, with(Vec::new()));
        let told = "#418822: The export of acme/platform/monorepo has failed";
        window.get_by_label(told);
        show(&mut window, with(vec![rebuild(4, Vec::new())]));
        assert!(window.query_by_label(told).is_none());
    }

    #[test]
    fn a_refusal_stays_until_the_request_succeeds_or_its_case_changes() {
        let refusal = || Err(UserError::new(Code::Refused, "The folder is taken.", "Choose another."));
        let rebuild = || Command::Rebuild(RebuildCommand::Cancel { rebuild: RebuildId(4) });
        let answered = |ask: u64, result: Result<Answer, UserError>| Snapshot {
            replies: [Reply { ask: AskId(ask), at: now(), result }.into()].into(),
            ..with(Vec::new())
        };
        let is_told =
            |window: &Harness<'static, App>| window.query_by_label("The folder is taken.").is_some();
        let refused = || {
            let mut window = window(with(Vec::new()));
            window.state_mut().own.ask(rebuild(), IfUnhandled::ToastError);
            show(&mut window, answered(1, refusal()));
            assert!(is_told(&window));
            window
        };
        let later = |window: &mut Harness<'static, App>| {
            let time = window.ctx.input(|input| input.time);
            window.input_mut().time = Some(time + 9.0);
            window.run_steps(3);
        };
        let mut window = refused();
        later(&mut window);
        assert!(is_told(&window), "nothing has changed");
        window.state_mut().own.ask(Command::Audit, IfUnhandled::Nothing);
        show(&mut window, answered(2, Ok(Answer::Done)));
        assert!(is_told(&window), "something else succeeded");
        window.state_mut().own.ask(rebuild(), IfUnhandled::Nothing);
        show(&mut window, answered(3, Ok(Answer::Done)));
        assert!(!is_told(&window), "the same request succeeded");

        let mut window = refused();
        let mut changed = with(Vec::new());
        let mut cases = changed.cases.to_vec();
        Arc::make_mut(&mut cases[0]).revision += 1;
        changed.cases = cases.into();
        show(&mut window, changed);
        assert!(is_told(&window), "it can still be read");
        later(&mut window);
        assert!(!is_told(&window), "its case has changed");
    }

    #[test]
    fn an_error_of_the_whole_program_ends_with_it() {
        let error = || UserError::new(Code::Local, "The disk is full.", "Free some space.");
        let mut window = window(with(Vec::new()));
        show(&mut window, Snapshot { error: Some(error()), ..with(Vec::new()) });
        let shown = window.query_all_by_label_contains("The disk is full.").count();
        show(&mut window, with(Vec::new()));
        assert!(shown > 0 && window.query_by_label_contains("The disk is full.").is_none());
    }
}
