//! The POST that starts an export. Its fate is written down before it leaves and after its answer, because a
//! second one would delete the file of the first.

use tokio::sync::{mpsc, oneshot};

use crate::case::{RunId, RunInput, Trouble};
use crate::gitlab::{Client, ProjectKey, Schedule, Upload};

use super::access::Fate;
use super::access::PostFailed;
use super::api::{Answer, AskId, StartOptions, UploadMethod};
use super::clock;
use super::core::wait_reporter;
use super::input::{Input, Survey};
use super::limiter::Limit;
use super::router::Router;

impl Router {
    pub(super) fn post(&mut self, ask: AskId, run: RunId, survey: &Survey, options: StartOptions) {
        let Some(session) = self.core.sessions.get(&survey.instance) else { return };
        let (mut reach, inputs, id) = (session.api(), self.core.inputs.clone(), survey.project.id);
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
            let tell = wait_reporter(told, ask);
            let fate = Written { run, inputs: &inputs };
            let schedule = &schedule;
            let call = |client: Client| async move {
                client.schedule_export(&ProjectKey::Id(id), schedule).await.map(|taken| taken.correlation_id)
            };
            let result = reach.send_once(Limit::Export, &fate, call, &tell).await;
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
        self.core.reply(ask, reply);
    }
}

/// Writes the fate of a run's POST into the run.
struct Written<'a> {
    run: RunId,
    inputs: &'a mpsc::Sender<Input>,
}

impl Fate for Written<'_> {
    async fn leaves(&self) -> Result<(), Trouble> {
        let (go, written) = oneshot::channel();
        self.inputs.send(Input::PostLeaves { run: self.run, go }).await.ok();
        written.await.map_err(|_not_written| super::trouble::defect())
    }

    async fn held(&self) {
        self.inputs.send(Input::PostHeld { run: self.run }).await.ok();
    }
}
