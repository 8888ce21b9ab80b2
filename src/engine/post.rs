//! The POST that starts an export. Its fate is written down before it leaves and after its answer, because a
//! second one would delete the file of the first.

use tokio::sync::{mpsc, oneshot};

use crate::case::{RunId, RunInput};
use crate::gitlab::{ProjectKey, Schedule, Upload};

use super::clock;
use super::command::{AskId, StartOptions, UploadMethod};
use super::desk::Desk;
use super::exports::teller;
use super::input::{Input, PostFailed, Survey};
use super::limiter::Limit;
use super::session::{Reach, Told};
use super::snapshot::Answer;
use super::trouble::of_gitlab;

impl Desk {
    pub(super) fn post(&mut self, ask: AskId, run: RunId, survey: &Survey, options: StartOptions) {
        let Some(session) = self.sessions.get(&survey.instance) else { return };
        let (reach, inputs, id) = (session.reach(), self.inputs.clone(), survey.project.id);
        let waits = options.collect;
        self.posting.insert(run);
        let schedule = Schedule {
            description: options.description,
            upload: options.upload.map(|upload| Upload {
                url: upload.url,
                method: match upload.method {
                    UploadMethod::Put => crate::gitlab::UploadMethod::Put,
                    UploadMethod::Post => crate::gitlab::UploadMethod::Post,
                },
            }),
        };
        tokio::spawn(async move {
            let told = inputs.clone();
            let tell = teller(told, ask);
            let result = post(reach, (run, id), schedule, &inputs, &tell).await;
            inputs.send(Input::Posted { ask, run, waits, result }).await.ok();
        });
    }

    /// Writes down that the POST leaves, then lets it go. If that cannot be written, it does not leave.
    pub(super) fn post_leaves(&mut self, run: RunId, go: oneshot::Sender<()>) {
        if self.take_in(run, RunInput::PostLeaves, clock::now()).is_ok() {
            go.send(()).ok();
        }
    }

    pub(super) fn post_held(&mut self, run: RunId) {
        // A full disk is told in the picture; the worst that follows is a look where a second POST were right.
        self.take_in(run, RunInput::PostHeld, clock::now()).ok();
    }

    pub(super) fn posted(
        &mut self,
        ask: AskId,
        run: RunId,
        waits: bool,
        result: Result<Option<String>, PostFailed>,
    ) {
        let now = clock::now();
        self.posting.remove(&run);
        let reply = match result {
            Ok(correlation_id) => {
                self.take_in(run, RunInput::Accepted { correlation_id }, now).map(|()| Answer::Run(run))
            }
            // Only a look tells whether it arrived; a second POST would delete the file of the first.
            Err(PostFailed::Unknown(mut trouble)) => {
                let taken = self.take_in(run, RunInput::Unanswered { trouble: trouble.clone() }, now);
                trouble.hint = "GitLab may have taken the request all the same: look at the status before you start again.".into();
                taken.and(if waits { Ok(Answer::Run(run)) } else { Err(trouble) })
            }
            Err(PostFailed::No(trouble)) => {
                let taken = self.take_in(run, RunInput::NotAccepted { trouble: trouble.clone() }, now);
                taken.and(Err(trouble))
            }
        };
        self.schedule_look(run);
        self.reply(ask, reply);
    }
}

/// One POST; again only where it surely was not taken. Each time it leaves is written down first.
async fn post(
    mut reach: Reach,
    (run, project): (RunId, u64),
    schedule: Schedule,
    inputs: &mpsc::Sender<Input>,
    tell: &Told,
) -> Result<Option<String>, PostFailed> {
    let client = reach.client().await.map_err(PostFailed::No)?;
    let began = tokio::time::Instant::now();
    let mut failures = 0;
    loop {
        reach.limiter.wait(&Limit::Export).await;
        let (go, written) = oneshot::channel();
        inputs.send(Input::PostLeaves { run, go }).await.ok();
        if written.await.is_err() {
            return Err(PostFailed::No(super::defect()));
        }
        let error = match client.schedule_export(&ProjectKey::Id(project), &schedule).await {
            Ok(accepted) => return Ok(accepted.correlation_id),
            Err(error) => error,
        };
        if error.maybe_sent() {
            return Err(PostFailed::Unknown(of_gitlab(&error)));
        }
        inputs.send(Input::PostHeld { run }).await.ok();
        failures += 1;
        // A page in GitLab's place is no answer to wait out: the person should see it.
        let again =
            reach.next_try(&error, failures).filter(|_| error.status.is_none_or(|status| status == 429));
        match again {
            Some(wait) if began.elapsed() + wait <= reach.pace.give_up => {
                tell(super::session::waiting(&error, wait));
                tokio::time::sleep(wait).await;
            }
            Some(_) | None => return Err(PostFailed::No(of_gitlab(&error))),
        }
    }
}
