//! Downloads: a queue, a few at once, each proven before it gets its name; what was moving goes on after a
//! restart.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::case::{
    CaseId, Code, DownloadEnded, Entry, Input as CaseInput, Outcome, RunId, Served, TransferId, Trouble,
    UtcMs, What,
};
use crate::download::{self, Control, Failed, Orders, Progress, Tempo, Wish};
use crate::store::{TransferRow, Write};

use super::api::{Answer, AskId, Receipt, Target, TransferState, TransferView};
use super::bring::{Ended, Plan, Stopped, bring, judged, with_word};
use super::clock;
use super::input::Input;
use super::naming::{Naming, Proven};
use super::router::Router;
use super::survey::Survey;
use super::transfer_view::{Live, absolute, place_of, said, shown, state_of};
use super::trouble::of_download;

/// Downloads at once; each has several connections of its own.
const AT_ONCE: usize = 3;

/// What only the engine reads of a transfer's row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Detail {
    /// The target path is a folder; the archive's own name is used in it.
    pub into_folder: bool,
    pub connections: Option<u8>,
    pub trouble: Option<Trouble>,
    /// Until the end is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naming: Option<Naming>,
}

/// A transfer and its task.
#[derive(Debug)]
pub(super) struct LiveTransfer {
    pub row: TransferRow,
    pub state: TransferState,
    pub detail: Detail,
    pub receipt: Option<Arc<Receipt>>,
    pub live: Live,
    orders: watch::Sender<Orders>,
    task: Option<tokio::task::AbortHandle>,
}

impl LiveTransfer {
    fn new(row: TransferRow) -> Self {
        let state = state_of(&row.state);
        let receipt = row.receipt.as_deref().and_then(|json| serde_json::from_str(json).ok()).map(Arc::new);
        let detail =
            row.detail.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let live = Live::from_store(row.bytes, row.total_bytes);
        let (orders, _) = Control::new();
        Self { row, state, detail, receipt, live, orders, task: None }
    }

    pub fn is_moving(&self) -> bool {
        matches!(self.state, TransferState::Running | TransferState::Proving)
    }

    /// The picture of this transfer; the old one where nothing in it moved.
    pub fn view(&self, last: &[Arc<TransferView>], now: UtcMs) -> Arc<TransferView> {
        let view = self.live.view(self, now);
        match last.iter().find(|old| old.id == view.id) {
            Some(old) if **old == view => old.clone(),
            _ => Arc::new(view),
        }
    }
}

impl Drop for LiveTransfer {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Router {
    pub(super) fn load_transfers(&mut self) -> Result<(), Trouble> {
        let rows = self.core.store.transfers().map_err(|error| error.trouble())?;
        self.transfers = rows.into_iter().map(|row| (row.id, LiveTransfer::new(row))).collect();
        Ok(())
    }

    /// What was moving when the program ended waits for its turn again; what was paused stays paused.
    pub(super) fn take_up_transfers(&mut self) {
        for transfer in self.transfers.values_mut().filter(|transfer| transfer.is_moving()) {
            transfer.state = TransferState::Queued;
        }
        self.start_queued();
    }

    pub(super) fn download(
        &mut self,
        survey: &Survey,
        case: Option<CaseId>,
        target: Target,
        connections: Option<u8>,
    ) -> Result<Answer, Trouble> {
        let target = match target {
            Target::File(path) => download::Target::File(absolute(path)),
            Target::Folder(path) => download::Target::Folder(absolute(path)),
            Target::Default => download::Target::Folder(self.settings.download_folder()),
        };
        target.prepare().map_err(|failed| of_download(&failed))?;
        let place = place_of(&target).to_owned();
        let unended = self.unended(survey, &place);
        if let Some(id) = unended
            && self.is_of_another_run(id, survey)
        {
            // It came whole before the program ended: that is put on record, and this is another download.
            self.enqueue(id)?;
        } else if let Some(id) = unended {
            if let Some(transfer) = self.transfers.get_mut(&id) {
                transfer.detail.connections = connections;
            }
            self.enqueue(id)?;
            return Ok(Answer::Transfer(id));
        }
        let now = clock::now();
        let id = self.core.store.next_transfer_id().map_err(|error| error.trouble())?;
        let into_folder = matches!(target, download::Target::Folder(_));
        let detail = Detail { into_folder, connections, ..Detail::default() };
        let row = TransferRow {
            id,
            instance: survey.instance.clone(),
            project: survey.project.path_with_namespace.clone(),
            project_id: Some(survey.project.id),
            run_id: self.ready_run(survey),
            case_id: case,
            target_path: place,
            state: TransferState::Queued.as_str().to_owned(),
            bytes: 0,
            total_bytes: None,
            sha256: None,
            verdict: None,
            detail: serde_json::to_string(&detail).ok(),
            receipt: None,
            created_at: now,
            ended_at: None,
        };
        let what = What::DownloadStarted { project: row.project.clone(), path: shown(&row.target_path) };
        let entry = Entry { case_id: case, run_id: row.run_id, what };
        self.core.commit(now, vec![Write::PutTransfer(Box::new(row.clone()))], vec![entry])?;
        self.transfers.insert(id, LiveTransfer::new(row));
        self.publisher.transfers_changed();
        self.start_queued();
        Ok(Answer::Transfer(id))
    }

    /// A transfer of the same project to the same place that has not come to its end.
    fn unended(&self, survey: &Survey, place: &Path) -> Option<TransferId> {
        let same = |row: &TransferRow| {
            row.instance == survey.instance
                && row.project_id == Some(survey.project.id)
                && row.target_path == place
        };
        self.transfers
            .values()
            .rev()
            .find(|transfer| same(&transfer.row) && transfer.state != TransferState::Done)
            .map(|transfer| transfer.row.id)
    }

    /// Whether it has come whole, and nobody knows that the file GitLab has now is the same one.
    fn is_of_another_run(&self, id: TransferId, survey: &Survey) -> bool {
        let ready = self.ready_run(survey);
        self.transfers.get(&id).is_some_and(|transfer| {
            transfer.detail.naming.is_some() && (ready.is_none() || transfer.row.run_id != ready)
        })
    }

    fn ready_run(&self, survey: &Survey) -> Option<RunId> {
        let ready = |run: &&crate::case::Run| {
            run.instance == survey.instance
                && run.project_id == survey.project.id
                && matches!(run.outcome, Some(Outcome::Ready))
        };
        self.jobs.exports().find(ready).map(|run| run.id)
    }

    fn enqueue(&mut self, id: TransferId) -> Result<(), Trouble> {
        let Some(transfer) = self.transfers.get(&id) else { return Err(no_such(id)) };
        match transfer.state {
            TransferState::Running | TransferState::Proving | TransferState::Done | TransferState::Queued => {
            }
            TransferState::Paused | TransferState::Failed | TransferState::Cancelled => {
                self.put_state(id, TransferState::Queued, None)?;
            }
        }
        self.start_queued();
        Ok(())
    }

    /// Starts waiting transfers while there is room.
    fn start_queued(&mut self) {
        let moving = self.ids(|transfer| transfer.task.is_some() && transfer.is_moving()).len();
        let mut room = AT_ONCE.saturating_sub(moving);
        for id in self.ids(|transfer| transfer.state == TransferState::Queued) {
            if room == 0 {
                break;
            }
            if self.start_one(id) {
                room -= 1;
            }
        }
        self.share_bandwidth();
    }

    fn start_one(&mut self, id: TransferId) -> bool {
        let (give_up, pace) = (self.core.timing.give_up, self.core.timing);
        let inputs = self.core.inputs.clone();
        let Some(transfer) = self.transfers.get_mut(&id) else { return false };
        let Some(session) = self.core.sessions.get(&transfer.row.instance) else { return false };
        let Some(project_id) = transfer.row.project_id else { return false };
        if transfer.task.is_some() {
            // It was paused, and its task with it; one that is being cancelled ends by itself.
            if transfer.orders.borrow().wish != Wish::Pause {
                return false;
            }
            transfer.orders.send_modify(|orders| orders.wish = Wish::Run);
            transfer.state = TransferState::Running;
            self.publisher.transfers_changed();
            return true;
        }
        let (orders, control) = Control::new();
        let (progress, seen) = watch::channel(Progress::default());
        transfer.orders = orders;
        transfer.live.follow(seen);
        transfer.state = TransferState::Running;
        transfer.detail.trouble = None;
        let path = transfer.row.target_path.clone();
        let proven = Proven::default();
        let plan = Plan {
            target: if transfer.detail.into_folder {
                download::Target::Folder(path)
            } else {
                download::Target::File(path)
            },
            connections: transfer.detail.connections,
            run: transfer.row.run_id.map(|run| run.0.to_string()),
            tempo: Tempo {
                progress_every: pace.publish,
                sync_every: pace.record,
                rate_patience: give_up,
                ..Tempo::default().paced(pace.factor)
            },
            control,
            naming: transfer.detail.naming.clone(),
            announce: proven.announce(id, inputs.clone()),
            proven,
        };
        let reach = session.api();
        let task = tokio::spawn(async move {
            let result = Box::new(bring(reach, project_id, plan, progress).await);
            inputs.send(Input::TransferEnded { id, result }).await.ok();
        });
        transfer.task = Some(task.abort_handle());
        self.publisher.transfers_changed();
        true
    }

    /// The name is on record before the file has it. Where it cannot be, the file is named all the same: it is whole.
    pub(super) fn transfer_naming(&mut self, id: TransferId, naming: Naming, written: oneshot::Sender<()>) {
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.detail.naming = Some(naming);
            transfer.row.detail = serde_json::to_string(&transfer.detail).ok();
            let row = Box::new(transfer.row.clone());
            self.core.commit(clock::now(), vec![Write::PutTransfer(row)], Vec::new()).ok();
        }
        // Whoever waited was cancelled.
        written.send(()).ok();
    }

    pub(super) fn transfer_ended(&mut self, id: TransferId, ended: &Ended) {
        let now = clock::now();
        let Some(transfer) = self.transfers.get_mut(&id) else { return };
        transfer.task = None;
        transfer.live.take_last();
        let mut row = transfer.row.clone();
        row.bytes = transfer.live.bytes;
        row.total_bytes = transfer.live.total_bytes;
        let mut receipt = None;
        let (state, trouble) = match &ended.result {
            Ok(done) => {
                row.bytes = done.bytes;
                match judged(done) {
                    Ok(report) => {
                        let proven = Receipt::of(report, done.path.clone(), Some(row.project.clone()), now);
                        row.sha256 = Some(proven.sha256.clone());
                        row.verdict = Some(proven.verdict.clone());
                        row.receipt = serde_json::to_string(&proven).ok();
                        receipt = Some(Arc::new(proven));
                        (TransferState::Done, None)
                    }
                    Err(trouble) => (TransferState::Failed, Some(trouble)),
                }
            }
            Err(Stopped::Failed(Failed::Cancelled { .. })) => (TransferState::Cancelled, None),
            Err(Stopped::Before(trouble)) => (TransferState::Failed, Some(trouble.clone())),
            Err(Stopped::Failed(failed)) => {
                (TransferState::Failed, Some(with_word(of_download(failed), ended.word_now.as_deref())))
            }
        };
        row.ended_at = Some(now);
        state.as_str().clone_into(&mut row.state);
        let detail = Detail { trouble: trouble.clone(), naming: None, ..transfer.detail.clone() };
        row.detail = serde_json::to_string(&detail).ok();
        let entries = said(&row, receipt.as_deref(), trouble.as_ref());
        // A full disk is told in the picture; the file itself is safe under its name.
        self.core.commit(now, vec![Write::PutTransfer(Box::new(row.clone()))], entries).ok();
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.live.ended(ended);
            (transfer.row, transfer.state) = (row.clone(), state);
            (transfer.receipt, transfer.detail) = (receipt.clone(), detail);
        }
        self.join_rehearsals();
        self.publisher.transfers_changed();
        self.tell_case_of_download(&row, receipt.as_deref(), trouble.as_ref(), now);
        self.start_queued();
    }

    fn tell_case_of_download(
        &mut self,
        row: &TransferRow,
        receipt: Option<&Receipt>,
        trouble: Option<&Trouble>,
        now: UtcMs,
    ) {
        let Some(case) = row.case_id else { return };
        let result = match (receipt, trouble) {
            (Some(receipt), _) => Ok(Served {
                bytes: receipt.bytes,
                sha256: receipt.sha256.clone(),
                verdict: receipt.verdict.clone(),
            }),
            (None, Some(trouble)) => Err(trouble.headline.clone()),
            (None, None) => return,
        };
        // Where the case's stage has no use for it, the transfer itself still tells it.
        let ended = DownloadEnded { ended_at: now, result };
        self.cases.step(&mut self.core, case, CaseInput::DownloadEnded(ended)).ok();
    }

    pub(super) fn pause(&mut self, ask: AskId, id: TransferId) {
        let result =
            self.order(id, Wish::Pause).and_then(|()| self.put_state(id, TransferState::Paused, None));
        self.start_queued();
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    pub(super) fn resume(&mut self, ask: AskId, id: TransferId) {
        let result = self.enqueue(id);
        self.core.reply(ask, result.map(|()| Answer::Transfer(id)));
    }

    pub(super) fn cancel(&mut self, ask: AskId, id: TransferId) {
        let runs = self.transfers.get(&id).is_some_and(|transfer| transfer.task.is_some());
        let result = if runs {
            self.order(id, Wish::Cancel)
        } else {
            let now = clock::now();
            self.put_state(id, TransferState::Cancelled, Some(now))
        };
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    /// Nothing of this instance is waited for any longer.
    pub(super) fn cancel_transfers_of(&mut self, url: &str) {
        let of_it = |row: &TransferRow| row.instance.trim_end_matches('/') == url.trim_end_matches('/');
        for id in self.ids(|transfer| of_it(&transfer.row) && !transfer.state.is_ended()) {
            self.cancel(AskId::NO_REPLY, id);
        }
    }

    pub(super) fn pause_all(&mut self, ask: AskId) {
        let all =
            self.ids(|transfer| matches!(transfer.state, TransferState::Queued | TransferState::Running));
        let result = all.into_iter().try_for_each(|id| {
            self.order(id, Wish::Pause).and_then(|()| self.put_state(id, TransferState::Paused, None))
        });
        for run in self.relations_to(true) {
            self.pause_relations(AskId::NO_REPLY, run);
        }
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    pub(super) fn resume_all(&mut self, ask: AskId) {
        for id in self.ids(|transfer| transfer.state == TransferState::Paused) {
            self.resume(AskId::NO_REPLY, id);
        }
        for run in self.relations_to(false) {
            self.resume_relations(AskId::NO_REPLY, run);
        }
        self.core.reply(ask, Ok(Answer::Done));
    }

    pub(super) fn sample_progress(&mut self, now: Instant) {
        self.sample_relations(now);
        for transfer in self.transfers.values_mut().filter(|transfer| transfer.is_moving()) {
            transfer.live.sample(now);
            transfer.state =
                if transfer.live.is_whole() { TransferState::Proving } else { TransferState::Running };
        }
    }

    pub(super) fn share_bandwidth(&mut self) {
        let archives = self.ids(|transfer| transfer.task.is_some() && transfer.is_moving()).len();
        let running = (archives + self.relation_files_running()).max(1) as u64;
        let each = self.settings.bandwidth().and_then(|all| NonZeroU64::new((all / running).max(1)));
        self.limit_relation_files(each);
        for transfer in self.transfers.values().filter(|transfer| transfer.task.is_some()) {
            transfer.orders.send_if_modified(|orders| {
                let changed = orders.limit_bytes_per_second != each;
                orders.limit_bytes_per_second = each;
                changed
            });
        }
    }

    /// Lets every running download write down what it has; a restart goes on from there.
    pub(super) async fn rest_transfers(&mut self) {
        let patience = self.core.timing.rest;
        for transfer in self.transfers.values().filter(|transfer| transfer.task.is_some()) {
            transfer.orders.send_modify(|orders| orders.wish = Wish::Pause);
        }
        for transfer in self.transfers.values_mut().filter(|transfer| transfer.task.is_some()) {
            // A network that hangs is not waited for: what it brought is safe up to the last record.
            tokio::time::timeout(patience, transfer.live.paused()).await.ok();
        }
    }

    fn ids(&self, which: impl Fn(&LiveTransfer) -> bool) -> Vec<TransferId> {
        self.transfers.values().filter(|transfer| which(transfer)).map(|transfer| transfer.row.id).collect()
    }

    fn order(&self, id: TransferId, wish: Wish) -> Result<(), Trouble> {
        let transfer = self.transfers.get(&id).ok_or_else(|| no_such(id))?;
        if transfer.state.is_ended() {
            return Err(Trouble::new(Code::Refused, "This download has ended.", "Start it again."));
        }
        transfer.orders.send_modify(|orders| orders.wish = wish);
        Ok(())
    }

    fn put_state(
        &mut self,
        id: TransferId,
        state: TransferState,
        ended_at: Option<UtcMs>,
    ) -> Result<(), Trouble> {
        let now = clock::now();
        let Some(transfer) = self.transfers.get(&id) else { return Err(no_such(id)) };
        let mut row = transfer.row.clone();
        state.as_str().clone_into(&mut row.state);
        row.ended_at = ended_at;
        row.bytes = transfer.live.bytes.max(row.bytes);
        self.core.commit(now, vec![Write::PutTransfer(Box::new(row.clone()))], Vec::new())?;
        if let Some(transfer) = self.transfers.get_mut(&id) {
            (transfer.row, transfer.state) = (row, state);
        }
        self.publisher.transfers_changed();
        Ok(())
    }
}

fn no_such(id: TransferId) -> Trouble {
    Trouble::new(Code::Usage, format!("There is no download {id}."), "Check the list of downloads.")
}
