//! `practice`: the built-in GitLab in the foreground, its list of lessons, and the tour of one export.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use serde_json::json;

use crate::case::{RebuildOptions, RebuildOutcome, RebuildRemedy, format};
use crate::engine::api::{
    Answer, Command, DownloadTarget, LessonView, PracticeView, RebuildCommand, Receipt, StartOptions,
    fallback_of_run,
};
use crate::engine::lessons;

use super::client::{EngineClient, run_error, wrong_answer};
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::rebuild::follow as follow_rebuild;
use super::setup;

/// Fast enough that the tour ends within half a minute, but still shows every stage.
const TOUR_PACE: f64 = 0.1;

#[derive(Debug, Args)]
pub struct PracticeArgs {
    /// Name of a lesson (see --list), or your own lesson as a .toml file; default: first-export
    lesson: Option<String>,
    /// Port of the practice API; 0 uses any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// List the lessons
    #[arg(long)]
    list: bool,
    /// Show one export in the terminal, from the request to the receipt
    #[arg(long, conflicts_with_all = ["list", "port"])]
    tour: bool,
}

pub fn run(call: &Invocation, args: PracticeArgs) -> End {
    let Invocation { global, out, .. } = call;
    if args.list {
        return Ok(list_lessons(out));
    }
    if args.tour {
        return walk(call, args.lesson);
    }
    let mut client = setup::client_for_practice(call, 1.0)?;
    let practice = begin(&mut client, args.lesson, args.port)?;
    out.event("ready", json!({ "url": practice.url, "token": practice.token, "storage_url": practice.storage_url, "project": practice.lesson.as_ref().map(|lesson| &lesson.project) }));
    out.say(&format!("The practice GitLab runs at {} until you stop it.", practice.url));
    out.say(&format!(
        "Try: EXPORT_DESK_TOKEN={} export-desk --instance {} --pace {} check",
        practice.token,
        practice.url,
        global.pace.unwrap_or(1.0)
    ));
    if let Some(lesson) = &practice.lesson {
        out.say(&format!("{}: {}", lesson.title, lesson.teaches));
        for step in &lesson.steps {
            out.say(&format!("  - {step}"));
        }
    }
    client.until(|_snapshot, _out| None::<()>)?;
    Ok(json!({}))
}

fn list_lessons(out: &Out) -> serde_json::Value {
    let all = lessons();
    for lesson in &all {
        out.say(&format!("{:<24} {}", lesson.name, lesson.teaches));
    }
    let lines: Vec<_> = all
        .iter()
        .map(|lesson| json!({ "name": lesson.name, "title": lesson.title, "teaches": lesson.teaches, "project": lesson.project }))
        .collect();
    json!({ "lessons": lines })
}

fn begin(client: &mut EngineClient, lesson: Option<String>, port: u16) -> Result<Arc<PracticeView>, Failure> {
    match client.ask(Command::StartPractice { lesson, port })? {
        Answer::Practice(view) => Ok(view),
        _ => Err(wrong_answer()),
    }
}

/// The tour in the terminal: request, watch, download, verify, receipt.
pub fn walk(call: &Invocation, lesson: Option<String>) -> End {
    let out = &call.out;
    let mut client = setup::client_for_practice(call, TOUR_PACE)?;
    let practice = begin(&mut client, lesson, 0)?;
    let Some(lesson) = practice.lesson.clone() else { return Err(wrong_answer()) };
    let folder = std::env::temp_dir().join(format!("export-desk-tour-{}", std::process::id()));
    out.say("This is the practice GitLab inside Export Desk. It contains no customer data.");
    out.say(&format!("1/4  Queue an export of {}.", lesson.project));
    let asked = Command::Start {
        instance: practice.url.clone(),
        project: lesson.project.clone(),
        case: None,
        options: StartOptions::default(),
    };
    let Answer::Run(run) = client.ask(asked)? else { return Err(wrong_answer()) };
    out.say("2/4  Watch it: the GitLab status, and what it means.");
    let view = client.follow_run(run)?;
    if let Some(error) = run_error(&view) {
        if fallback_of_run(&client.snapshot(), &view.run).is_none() {
            return Err(error.into());
        }
        out.say(&error.headline);
        return rebuilt(&mut client, call, &practice.url, (&lesson, &folder));
    }
    out.say("3/4  Download it and verify every byte.");
    let asked = Command::Download {
        instance: practice.url.clone(),
        project: lesson.project,
        case: None,
        target: DownloadTarget::Folder(folder),
        connections: None,
    };
    let Answer::Download(id) = client.ask(asked)? else { return Err(wrong_answer()) };
    let view = client.follow_download(id)?;
    if let Some(error) = &view.error {
        return Err(error.clone().into());
    }
    let Some(receipt) = view.done.clone() else { return Err(wrong_answer()) };
    out.say("4/4  The receipt, as it goes into a ticket:");
    out.say("");
    out.document(receipt.markdown().trim_end());
    remove_tour(&receipt.path);
    Ok(fields(&receipt))
}

/// The import limit of the practice GitLab in a lesson about a set.
const TOUR_LIMIT_BYTES: u64 = 150 << 10;

/// The rest of a tour whose export failed: the archive is rebuilt from a relations export.
fn rebuilt(
    client: &mut EngineClient,
    call: &Invocation,
    url: &str,
    (lesson, folder): (&LessonView, &Path),
) -> End {
    let out = &call.out;
    out.say("3/4  GitLab could not build the archive: rebuild it from a relations export, and verify it.");
    let named = |name: &str| Some(folder.join(name).display().to_string());
    let options = RebuildOptions {
        folder: named("relations"),
        output: named("rebuilt_export.tar.gz"),
        limit_bytes: lesson.makes_set.then_some(TOUR_LIMIT_BYTES),
        ..RebuildOptions::default()
    };
    let (instance, project) = (url.to_owned(), lesson.project.clone());
    let mut asked = RebuildCommand::Start { instance, project, case: None, options };
    let ended = loop {
        let Answer::Rebuild(rebuild) = client.ask(Command::Rebuild(asked))? else {
            return Err(wrong_answer());
        };
        let view = follow_rebuild(client, rebuild)?;
        if !view.job.remedies().contains(&RebuildRemedy::ExportAgain) {
            break view;
        }
        view.job.gaps().iter().for_each(|gap| out.say(&format!("Missing: {}", gap.sentence())));
        out.say("     Data is missing, so nothing was built. Export the relations again.");
        asked = RebuildCommand::Resume { rebuild, remedy: RebuildRemedy::ExportAgain };
    };
    std::fs::remove_dir_all(folder).ok();
    if let Some(RebuildOutcome::Failed { error, .. }) = &ended.job.outcome {
        return Err(error.clone().into());
    }
    let Some(receipt) = ended.receipt.as_deref() else { return Err(wrong_answer()) };
    out.say("4/4  The receipt, as it goes into a ticket:");
    out.say("");
    out.document(receipt.markdown().trim_end());
    Ok(fields(receipt))
}

fn fields(receipt: &Receipt) -> serde_json::Value {
    json!({
        "path": receipt.path.display().to_string(),
        "bytes": receipt.bytes,
        "size": format::bytes(receipt.bytes),
        "sha256": receipt.sha256,
        "verdict": receipt.verdict,
        "receipt": receipt.markdown(),
    })
}

/// Deletes the tour's file, because its contents are invented.
fn remove_tour(path: &Path) {
    std::fs::remove_file(path).ok();
    if let Some(folder) = path.parent().map(PathBuf::from) {
        std::fs::remove_dir(folder).ok();
    }
}
