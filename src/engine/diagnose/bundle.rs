//! Diagnostics: everything a bug report needs, as text that the user reads before it goes anywhere.
//!
//! Most of it consists of this program's own words: kinds, states, numbers. Free text (the log, a panic message, an
//! error sentence) is scrubbed, and the names in cases are removed from it.

use std::fmt::Write as _;

use serde_json::Value;

use super::scrub::{PrivateNames, names_nobody, scrub, without_hosts};
use super::stop::Crash;
use crate::case::{UserError, UtcMs};
use crate::engine::api::{DownloadState, LOG_LEVEL, NOTIFICATIONS, PROXY, Snapshot, THEME};
use crate::gitlab::CallRecord;
use crate::platform::version;

/// Number of journal rows in the diagnostics.
const ROWS: usize = 100;
/// Number of failed jobs and downloads in the diagnostics.
const MOST_ERRORS: usize = 30;

/// The source data of the diagnostics.
#[derive(Debug)]
pub(super) struct BundleFacts<'a> {
    pub at: UtcMs,
    pub snapshot: Option<&'a Snapshot>,
    /// Host and call, oldest first.
    pub calls: &'a [(String, CallRecord)],
    pub stop: Option<&'a Crash>,
    /// `None` where no log is written.
    pub log: Option<&'a str>,
}

/// The diagnostics as text. Writing to a `String` cannot fail.
pub(super) fn bundle(facts: &BundleFacts<'_>) -> String {
    let private = facts.snapshot.map(names).unwrap_or_default();
    let free = |text: &str| private.without(&without_hosts(&scrub(&without_home(text))));
    let mut out = String::new();
    writeln!(out, "Export Desk, diagnostics of {}", facts.at.for_people()).ok();
    out.push_str(
        "Read this before you send it. Names of customers, projects and files, tokens, and all URLs except those of gitlab.com and this computer are left out.\n",
    );
    if let Some(stop) = facts.stop {
        heading(&mut out, "What happened");
        writeln!(out, "panic in thread {} at {}", stop.thread, free(&stop.place)).ok();
        writeln!(out, "{}", free(&stop.message)).ok();
    }
    heading(&mut out, "Versions");
    writeln!(out, "Export Desk {}", env!("CARGO_PKG_VERSION")).ok();
    writeln!(out, "{}", version::system()).ok();
    if let Some(snapshot) = facts.snapshot {
        instances(&mut out, snapshot);
        heading(&mut out, "Settings");
        for (key, value) in snapshot.settings.rows() {
            writeln!(out, "{key} = {}", shown(&key, &value)).ok();
        }
        state(&mut out, snapshot);
        errors(&mut out, snapshot, &free);
        heading(&mut out, "Journal (kinds only)");
        for line in snapshot.journal.iter().rev().take(ROWS).rev() {
            let case = line.case_id.map(|case| format!(" case {case}")).unwrap_or_default();
            let run = line.run_id.map(|run| format!(" run {run}")).unwrap_or_default();
            writeln!(out, "{} {} {}{case}{run}", line.seq, line.at.rfc3339(), line.kind).ok();
        }
    }
    if !facts.calls.is_empty() {
        heading(&mut out, "Last requests, oldest first");
        for (host, call) in facts.calls {
            let status = call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let id = call.correlation_id.as_deref().unwrap_or("-");
            let took = call.took.as_millis();
            let host = if names_nobody(host) { host } else { "[host]" };
            writeln!(out, "{} {host}{} {status} {took} ms {}", call.method, call.path, scrub(id)).ok();
        }
    }
    if let Some(stop) = facts.stop {
        heading(&mut out, "Position in the program");
        writeln!(out, "{}", free(&stop.frames)).ok();
    }
    heading(&mut out, "End of the log");
    out.push_str(&facts.log.map_or_else(|| "No log is written.\n".to_owned(), free));
    out
}

fn heading(out: &mut String, words: &str) {
    writeln!(out, "\n== {words} ==").ok();
}

fn instances(out: &mut String, snapshot: &Snapshot) {
    for instance in snapshot.instances.iter() {
        let token = serde_json::to_value(instance.token).unwrap_or_default();
        let token = token.as_str().unwrap_or_default().to_owned();
        let known = instance.account.as_ref().map_or_else(
            || "not checked yet".to_owned(),
            |account| {
                let until = account.expires_on.as_deref().unwrap_or("no date");
                format!("{}, scopes {}, token until {until}", account.gitlab(), account.scopes.join(" "))
            },
        );
        writeln!(out, "{}: token {token}; {known}", without_hosts(&instance.url)).ok();
    }
}

/// The value of a setting, if it reveals nothing private: numbers, booleans and fixed choices.
fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::Number(_) | Value::Bool(_) | Value::Null => value.to_string(),
        Value::String(text) if matches!(key, THEME | LOG_LEVEL | NOTIFICATIONS) => text.clone(),
        Value::String(text) if key == PROXY => without_hosts(&scrub(text)),
        Value::String(_) | Value::Object(_) | Value::Array(_) => "(set)".to_owned(),
    }
}

fn state(out: &mut String, snapshot: &Snapshot) {
    heading(out, "State");
    let count = |state: DownloadState| snapshot.downloads.iter().filter(|view| view.state == state).count();
    let states = [
        DownloadState::Queued,
        DownloadState::Running,
        DownloadState::Verifying,
        DownloadState::Paused,
        DownloadState::Done,
        DownloadState::Failed,
        DownloadState::Cancelled,
    ];
    let downloads: Vec<_> =
        states.into_iter().map(|state| format!("{} {}", count(state), state.as_str())).collect();
    writeln!(out, "cases {}, runs {}", snapshot.cases.len(), snapshot.runs.len()).ok();
    writeln!(out, "downloads: {}", downloads.join(", ")).ok();
    writeln!(
        out,
        "relations exports {}, imports {}, inspections {}",
        snapshot.relations.len(),
        snapshot.imports.len(),
        snapshot.inspections.len()
    )
    .ok();
    let own = snapshot.text_config.templates.keys().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    let own = if own.is_empty() { "none" } else { own.as_str() };
    writeln!(
        out,
        "your templates: {own}; mistakes in handbook.toml: {}",
        snapshot.text_config.mistakes.len()
    )
    .ok();
}

fn errors(out: &mut String, snapshot: &Snapshot, free: &impl Fn(&str) -> String) {
    heading(out, "Errors");
    let mut tell = |what: String, error: &UserError| {
        let id = error.correlation_id.as_deref().map(scrub).unwrap_or_default();
        writeln!(out, "{what}: {} {id}", error.code.as_str()).ok();
    };
    for view in snapshot.runs.iter().take(MOST_ERRORS) {
        view.watch.error.iter().for_each(|error| tell(format!("run {}", view.run.id), error));
    }
    for view in snapshot.downloads.iter().take(MOST_ERRORS) {
        view.error.iter().for_each(|error| tell(format!("download {}", view.id), error));
    }
    if let Some(error) = &snapshot.error {
        tell("the program".to_owned(), error);
        writeln!(out, "{}", free(&error.headline)).ok();
    }
}

/// Every name in a snapshot that identifies a customer.
fn names(snapshot: &Snapshot) -> PrivateNames {
    let mut private = PrivateNames::default();
    for instance in snapshot.instances.iter() {
        let host = instance.url.split("://").last().unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default();
        if !names_nobody(host) {
            private.add(host.split(':').next().unwrap_or_default());
        }
    }
    for case in snapshot.cases.iter() {
        case.project.path.iter().for_each(|path| private.add(path));
        case.ticket.iter().for_each(|ticket| private.add(&ticket.id.to_string()));
        case.facts.requester.iter().for_each(|name| private.add(name));
    }
    let mut file = |path: &std::path::Path| {
        path.file_name().iter().for_each(|name| private.add(&name.to_string_lossy()));
    };
    snapshot.downloads.iter().filter_map(|view| view.path.as_deref()).for_each(&mut file);
    snapshot.inspections.iter().for_each(|view| file(&view.path));
    snapshot.runs.iter().for_each(|view| private.add(&view.run.project_path));
    snapshot.downloads.iter().for_each(|view| private.add(&view.project_path));
    private
}

/// Replaces the home folder, because its path contains the user's name.
fn without_home(text: &str) -> String {
    let home = std::env::home_dir().map(|home| home.to_string_lossy().into_owned());
    match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(&home, "~"),
        None => text.to_owned(),
    }
}
