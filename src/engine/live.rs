//! GitLab's own wording of the texts, fetched where the token can read it, kept with its date, and compared with
//! ours. The real sources are private to GitLab's staff.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::{Code, Trouble, UtcMs};
use crate::gitlab::{Client, ProjectKey};
use crate::store::Write;
use crate::texts::{Kind, LiveSource, difference};

use super::access::{ApiAccess, OnWait};
use super::api::{Answer, AskId, LiveText, Wording};
use super::clock;
use super::core::wait_reporter;
use super::input::Input;
use super::limiter::Limit;
use super::router::Router;
use super::tracker::is_no_access;

/// What the settings keep, under `live_text.<kind>`.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The GitLab it came from: what a practice GitLab said is not GitLab's wording.
    host: String,
    source: String,
    text: String,
    fetched_at: UtcMs,
}

impl Router {
    pub(super) fn fetch_live(&mut self, ask: AskId, kind: Kind) {
        let Some(source) = self.wording.handbook.live_source(kind) else {
            let headline = format!("GitLab has no wording of its own for the text {}.", kind.as_str());
            return self.core.reply(ask, Err(Trouble::new(Code::Usage, headline, "Ours is all there is.")));
        };
        let mut reach = match self.tracker_reach() {
            Ok(reach) => reach,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let inputs = self.core.inputs.clone();
        tokio::spawn(async move {
            let tell = wait_reporter(inputs.clone(), ask);
            let result = fetch(&mut reach, &source, &tell).await;
            let source = shown(&source);
            inputs.send(Input::LiveFetched { ask, kind, source, result }).await.ok();
        });
    }

    pub(super) fn live_fetched(
        &mut self,
        ask: AskId,
        kind: Kind,
        source: String,
        result: Result<String, Trouble>,
    ) {
        let reply = match result {
            Ok(text) => self.keep_live(kind, source, text),
            Err(trouble) if is_no_access(&trouble) => {
                let headline = format!("This token cannot read {source}: {}", trouble.headline);
                let hint = "GitLab keeps it for its staff: use a token of an account that may read it, or go on with \
                            our wording.";
                Err(Trouble::new(trouble.code, headline, hint).with_correlation_id(trouble.correlation_id))
            }
            Err(trouble) => Err(trouble),
        };
        self.core.reply(ask, reply);
    }

    fn keep_live(&mut self, kind: Kind, source: String, text: String) -> Result<Answer, Trouble> {
        let now = clock::now();
        let host = self.wording.handbook.new_issue.host.as_str().to_owned();
        let kept = Kept { host, source, text, fetched_at: now };
        let value = serde_json::to_value(&kept).map_err(|_unserialisable| super::trouble::defect())?;
        self.core.commit(now, vec![Write::PutSetting { key: key(kind), value }], Vec::new())?;
        let live = Arc::new(compared(kind, kept, &self.wording));
        Arc::make_mut(&mut self.live).insert(kind, live.clone());
        Ok(Answer::Live(live))
    }

    /// Takes what was kept, and compares it with the wording of now.
    pub(super) fn read_live(&mut self) {
        // What cannot be read is fetched again when somebody asks; the settings are no journal.
        let settings = self.core.store.settings().unwrap_or_default();
        let host = self.wording.handbook.new_issue.host.as_str();
        let kept = |kind: Kind| {
            let kept: Kept = serde_json::from_value(settings.get(&key(kind))?.clone()).ok()?;
            (kept.host == host).then(|| (kind, Arc::new(compared(kind, kept, &self.wording))))
        };
        self.live = Arc::new(Kind::ALL.into_iter().filter_map(kept).collect());
    }
}

fn key(kind: Kind) -> String {
    format!("live_text.{}", kind.as_str())
}

fn compared(kind: Kind, kept: Kept, wording: &Wording) -> LiveText {
    let ours = wording.templates.get(&kind).map_or(kind.template(), String::as_str);
    let difference = difference(ours, &kept.text);
    LiveText { kind, text: kept.text, fetched_at: kept.fetched_at, source: kept.source, difference }
}

fn shown(source: &LiveSource) -> String {
    match source {
        LiveSource::File { project, branch, path } => format!("{path} of {project} ({branch})"),
        LiveSource::IssueTemplate { project, name } => format!("issue template “{name}” of {project}"),
    }
}

async fn fetch(reach: &mut ApiAccess, source: &LiveSource, tell: &OnWait) -> Result<String, Trouble> {
    match source {
        LiveSource::File { project, branch, path } => {
            let project = ProjectKey::Path(project.clone());
            let call = |client: Client| {
                let project = project.clone();
                async move { client.repository_file(&project, path, branch).await }
            };
            let bytes = reach.ask(Limit::Tracker, call, tell).await?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        LiveSource::IssueTemplate { project, name } => {
            let project = ProjectKey::Path(project.clone());
            let call = |client: Client| {
                let project = project.clone();
                async move { client.issue_template(&project, name).await }
            };
            Ok(reach.ask(Limit::Tracker, call, tell).await?.content)
        }
    }
}
