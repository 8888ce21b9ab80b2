//! The task of one download: bring the file, prove it on the way, and say how it ended.

use std::ops::ControlFlow;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::archive::{self, Limits, Report, VerifyError};
use crate::case::{Code, Trouble};
use crate::download::{
    self, Announce, Control, Decision, Done, Failed, Gate, Job, Progress, Source, Space, Tempo,
};

use super::access::ApiAccess;
use super::api::archive_trouble;
use super::limiter::Limit;
use super::naming::{Naming, Proven};
use super::transfer_view::shown;

/// The archive's report, or why the walk could not end.
pub(super) type Proof = Result<Report, VerifyError>;

/// How a transfer's task ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub result: Result<Done<Proof>, Stopped>,
    /// GitLab's status, where it had no file: a run may be under way.
    pub word_now: Option<String>,
}

/// Why a transfer has no file.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Nothing was asked: there is no way to the instance.
    Before(Trouble),
    Failed(Failed),
}

/// What a transfer's task is given.
pub(super) struct Plan {
    pub target: download::Target,
    pub connections: Option<u8>,
    pub run: Option<String>,
    pub tempo: Tempo,
    pub control: Control,
    /// The name the file was about to get when the program ended.
    pub naming: Option<Naming>,
    pub proven: Proven,
    pub announce: Announce,
}

pub(super) async fn bring(
    mut reach: ApiAccess,
    project_id: u64,
    plan: Plan,
    progress: watch::Sender<Progress>,
) -> Ended {
    if let Some(naming) = plan.naming {
        let looked = tokio::task::spawn_blocking(move || naming.done());
        if let Ok(Some(done)) = looked.await {
            return Ended { result: Ok(done), word_now: None };
        }
    }
    let client = match reach.client().await {
        Ok(client) => client,
        Err(trouble) => return Ended { result: Err(Stopped::Before(trouble)), word_now: None },
    };
    let (limiter, when_refused) = (reach.limiter.clone(), reach.limiter.clone());
    let job = Job {
        source: Source::export(client.clone(), project_id),
        target: plan.target,
        connections: plan.connections,
        run: plan.run,
        tempo: plan.tempo,
        control: plan.control,
        gate: Gate::new(
            move || limiter.book(&Limit::Download(project_id), Instant::now()),
            move |wait| when_refused.blocked(&Limit::Download(project_id), wait, Instant::now()),
        ),
        announce: plan.announce,
        space: Space::default(),
    };
    let proven = plan.proven;
    let prove = move |bytes| {
        let (proof, decision) = prove(bytes);
        if let Ok(report) = &proof {
            proven.put(report);
        }
        (proof, decision)
    };
    let result = download::download(job, prove, progress).await;
    let word_now = match &result {
        Err(Failed::Api(error)) if matches!(error.kind, crate::gitlab::ErrorKind::NoExportFile) => {
            let key = crate::gitlab::ProjectKey::Id(project_id);
            client.export_status(&key).await.ok().map(|status| status.export_status)
        }
        Ok(_) | Err(_) => None,
    };
    Ended { result: result.map_err(Stopped::Failed), word_now }
}

/// Members are not listed: nobody looks at them here.
pub(super) fn limits() -> Limits {
    Limits { max_members_kept: 0, ..Limits::default() }
}

/// Walks the archive while it grows.
fn prove(bytes: download::Follow) -> (Proof, Decision) {
    let proof = archive::verify(bytes, &limits(), &mut |_progress| ControlFlow::Continue(()));
    let keep = matches!(&proof, Ok(report) if report.verdict.may_import());
    (proof, if keep { Decision::Keep } else { Decision::Reject })
}

/// The report of a file that got its name, or why it did not.
pub(super) fn judged(done: &Done<Proof>) -> Result<&Report, Trouble> {
    let report = match &done.proof {
        Ok(report) => report,
        Err(error) => {
            return Err(Trouble::new(
                Code::Local,
                format!("The downloaded file could not be read back: {error}."),
                "Check the disk, then download again.",
            ));
        }
    };
    match archive_trouble(report) {
        None => Ok(report),
        Some(mut trouble) => {
            let beside = shown(&done.path);
            trouble.headline = format!("{} The file was moved to {beside}.", trouble.headline);
            Err(trouble)
        }
    }
}

/// GitLab had no file: what its status says decides what the person is told.
pub(super) fn with_word(trouble: Trouble, word: Option<&str>) -> Trouble {
    match word {
        Some("queued" | "started") => Trouble::new(
            Code::FileNotReady,
            "The export is still running. There is no file yet.",
            "Watch the export, and download when it is ready.",
        )
        .with_correlation_id(trouble.correlation_id),
        Some(_) | None => trouble,
    }
}
