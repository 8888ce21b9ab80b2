//! Drafts a text for a case: fills its template with facts from a snapshot.

use std::collections::BTreeMap;

use crate::case::{Case, next_step};
use crate::engine::api::{DownloadState, JournalLine, Snapshot, download_of, runs_of};
use crate::texts::{Context, Rendered, TextKind, TextQuestion, render};

/// Drafts a text for a case from a snapshot. `timeline` is the case's journal, oldest first.
pub fn draft(
    kind: TextKind,
    case: &Case,
    snapshot: &Snapshot,
    timeline: &[JournalLine],
    answers: &BTreeMap<TextQuestion, String>,
) -> Rendered {
    let text_config = &snapshot.text_config;

    let run = runs_of(snapshot, case).next();

    let download = download_of(snapshot, case);

    let account = snapshot.instances.iter().find(|instance| instance.url == case.instance);

    let context = Context {
        account: account
            .and_then(|i| i.account.as_ref())
            .and_then(|account| Some(format!("@{}", account.user.as_ref()?))),
        own_export: run.map(|view| view.status.sentence.clone()),
        own_download: download.map(|view| match (&view.done, &view.error) {
            (Some(receipt), _) => format!("{} SHA-256 {}.", receipt.verdict_sentence, receipt.sha256),
            (None, Some(error)) => error.headline.clone(),
            (None, None) => unfinished(view.state).to_owned(),
        }),
        next: next_step(case, &snapshot.offer_log, &snapshot.rules, snapshot.at)
            .map(|step| format!("{}. {}", step.label, step.why)),
        timeline: timeline.iter().map(|line| format!("{} {}", line.at.for_people(), line.sentence)).collect(),
        answers: answers.clone(),
        ..Context::new(&text_config.handbook, snapshot.at)
    };
    let mut rendered = render(kind, case, &context, text_config.templates.get(&kind).map(String::as_str));
    rendered.mistakes.extend(text_config.unread.get(&kind).cloned());
    rendered
}

/// A download without a file and without an error.
fn unfinished(state: DownloadState) -> &'static str {
    match state {
        DownloadState::Paused => "The download is paused.",
        DownloadState::Cancelled => "The download was cancelled.",
        _ => "The download is running.",
    }
}
