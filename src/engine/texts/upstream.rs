//! GitLab's own texts: fetched where the token can read them, stored with their date, and compared with ours. The
//! real sources can be read only by GitLab's staff.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::case::{UserError, UtcMs};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::api::{TextConfig, UpstreamText, UpstreamTexts};
use crate::engine::clock;
use crate::engine::core::Core;
use crate::engine::limiter::Limit;
use crate::engine::user_error::{defect, is_no_access};
use crate::gitlab::{Client, ProjectKey};
use crate::store::Write;
use crate::texts::{TextKind, UpstreamSource, difference};

/// How the settings store a text, under `live_text.<kind>`.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The host it came from: a text of a practice GitLab is not GitLab's own.
    host: String,
    source: String,
    text: String,
    fetched_at: UtcMs,
}

/// Stores a fetched text.
pub fn keep(
    core: &mut Core,
    text_config: &TextConfig,
    kind: TextKind,
    (source, text): (String, String),
) -> Result<Arc<UpstreamText>, UserError> {
    let now = clock::now();
    let host = text_config.handbook.new_issue.host.as_str().to_owned();
    let kept = Kept { host, source, text, fetched_at: now };
    let value = serde_json::to_value(&kept).map_err(|_unserialisable| defect())?;
    core.commit(now, vec![Write::PutSetting { key: key(kind), value }], Vec::new())?;
    Ok(Arc::new(compared(kind, kept, text_config)))
}

/// Reads the stored texts, and compares them with the current templates.
pub fn read(core: &Core, text_config: &TextConfig) -> UpstreamTexts {
    // Unreadable texts can be fetched again.
    let settings = core.store.settings().unwrap_or_default();
    let host = text_config.handbook.new_issue.host.as_str();
    let kept = |kind: TextKind| {
        let kept: Kept = serde_json::from_value(settings.get(&key(kind))?.clone()).ok()?;
        (kept.host == host).then(|| (kind, Arc::new(compared(kind, kept, text_config))))
    };
    TextKind::ALL.into_iter().filter_map(kept).collect()
}

/// Why a text was not fetched, with a next step where the token may not read it.
pub fn not_fetched(error: UserError, source: &str) -> UserError {
    if !is_no_access(&error) {
        return error;
    }
    let headline = format!("This token cannot read {source}: {}", error.headline);
    let hint = "Use a token of an account that can read it: GitLab publishes it only to its staff. Or continue with the built-in text.";
    UserError::new(error.code, headline, hint).with_correlation_id(error.correlation_id)
}

fn key(kind: TextKind) -> String {
    format!("live_text.{}", kind.as_str())
}

fn compared(kind: TextKind, kept: Kept, text_config: &TextConfig) -> UpstreamText {
    let ours = text_config.templates.get(&kind).map_or(kind.template(), String::as_str);
    let difference = difference(ours, &kept.text);
    UpstreamText { kind, text: kept.text, fetched_at: kept.fetched_at, source: kept.source, difference }
}

pub fn shown(source: &UpstreamSource) -> String {
    match source {
        UpstreamSource::File { project, branch, path } => format!("{path} of {project} ({branch})"),
        UpstreamSource::IssueTemplate { project, name } => format!("issue template “{name}” of {project}"),
    }
}

pub async fn fetch(
    reach: &mut ApiAccess,
    source: &UpstreamSource,
    tell: &OnWait,
) -> Result<String, UserError> {
    match source {
        UpstreamSource::File { project, branch, path } => {
            let project = ProjectKey::Path(project.clone());
            let call = |client: Client| {
                let project = project.clone();
                async move { client.repository_file(&project, path, branch).await }
            };
            let bytes = reach.ask(Limit::Tracker, call, tell).await?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        UpstreamSource::IssueTemplate { project, name } => {
            let project = ProjectKey::Path(project.clone());
            let call = |client: Client| {
                let project = project.clone();
                async move { client.issue_template(&project, name).await }
            };
            Ok(reach.ask(Limit::Tracker, call, tell).await?.content)
        }
    }
}
