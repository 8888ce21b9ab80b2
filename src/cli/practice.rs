//! `practice`: the built-in GitLab in the foreground, its list of lessons, and the tour of the main path.

use std::path::PathBuf;

use serde_json::json;

use crate::case::{Code, Trouble};
use crate::engine::api::{Answer, Command, PracticeView, StartOptions, Target};
use crate::engine::{Engine, Setup, Timing, lessons};

use super::args::Global;
use super::exports::wrong_answer;
use super::out::{Out, bytes_for_people};
use super::talk::{Talk, run_trouble};
use super::{End, Failure};

/// The tour shows every stage and still ends within half a minute.
const TOUR_PACE: f64 = 0.1;

pub fn run(global: &Global, out: Out, lesson: Option<String>, port: u16, list: bool, tour: bool) -> End {
    if list {
        return Ok(list_lessons(out));
    }
    if tour {
        return walk(global, out, lesson);
    }
    let mut talk = talk(factor(global, 1.0)?, out)?;
    let practice = begin(&mut talk, lesson, port)?;
    out.event("ready", json!({ "url": practice.url, "token": practice.token, "storage_url": practice.storage_url, "project": practice.lesson.as_ref().map(|lesson| &lesson.project) }));
    out.say(&format!("The practice GitLab answers at {} until you stop it.", practice.url));
    out.say(&format!(
        "Try: EXPORT_DESK_TOKEN={} export-desk --instance {} --pace {} check",
        practice.token,
        practice.url,
        talk_pace(global)
    ));
    if let Some(lesson) = &practice.lesson {
        out.say(&format!("{}: {}", lesson.title, lesson.teaches));
        for step in &lesson.steps {
            out.say(&format!("  - {step}"));
        }
    }
    talk.until(|_picture, _out| None::<()>)?;
    Ok(json!({}))
}

fn talk_pace(global: &Global) -> f64 {
    global.pace.unwrap_or(1.0)
}

fn factor(global: &Global, default: f64) -> Result<f64, Trouble> {
    let factor = global.pace.unwrap_or(default);
    if factor.is_finite() && factor > 0.0 && factor <= 1000.0 {
        return Ok(factor);
    }
    Err(Trouble::new(
        Code::Usage,
        "--pace takes a number above 0 and up to 1000.",
        "For example --pace 0.01.",
    ))
}

fn list_lessons(out: Out) -> serde_json::Value {
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

fn talk(factor: f64, out: Out) -> Result<Talk, Trouble> {
    let setup = Setup {
        data_dir: None,
        config_dir: None,
        download_folder: std::env::temp_dir(),
        timing: Timing::scaled(factor),
        ca_file: None,
        token: None,
        instance: None,
        keyring: false,
        practice: None,
        take_up: false,
        patient: false,
    };
    Talk::new(Engine::start(setup, || {})?, out)
}

fn begin(
    talk: &mut Talk,
    lesson: Option<String>,
    port: u16,
) -> Result<std::sync::Arc<PracticeView>, Failure> {
    match talk.ask(Command::StartPractice { lesson, port })? {
        Answer::Practice(view) => Ok(view),
        _ => Err(wrong_answer()),
    }
}

/// The main path in the terminal: queue, watch, download, verify, receipt.
pub fn walk(global: &Global, out: Out, lesson: Option<String>) -> End {
    let mut talk = talk(factor(global, TOUR_PACE)?, out)?;
    let practice = begin(&mut talk, lesson, 0)?;
    let Some(lesson) = practice.lesson.clone() else { return Err(wrong_answer()) };
    let folder = std::env::temp_dir().join(format!("export-desk-tour-{}", std::process::id()));
    out.say("This is the practice GitLab inside this program: nothing here is a customer's.");
    out.say(&format!("1/4  Queue an export of {}.", lesson.project));
    let asked = Command::Start {
        instance: practice.url.clone(),
        project: lesson.project.clone(),
        case: None,
        options: StartOptions::default(),
    };
    let Answer::Run(run) = talk.ask(asked)? else { return Err(wrong_answer()) };
    out.say("2/4  Watch it: GitLab's words, and what they mean.");
    let view = talk.follow_run(run)?;
    if let Some(trouble) = run_trouble(&view) {
        return Err(trouble.into());
    }
    out.say("3/4  Download it, proving every byte on the way.");
    let asked = Command::Download {
        instance: practice.url.clone(),
        project: lesson.project,
        case: None,
        target: Target::Folder(folder),
        connections: None,
    };
    let Answer::Transfer(id) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let view = talk.follow_transfer(id)?;
    if let Some(trouble) = &view.trouble {
        return Err(trouble.clone().into());
    }
    let Some(receipt) = view.done.clone() else { return Err(wrong_answer()) };
    out.say("4/4  The receipt, as it goes into a ticket:");
    out.say("");
    out.document(receipt.markdown().trim_end());
    remove_tour(&receipt.path);
    Ok(json!({
        "path": receipt.path.display().to_string(),
        "bytes": receipt.bytes,
        "size": bytes_for_people(receipt.bytes),
        "sha256": receipt.sha256,
        "verdict": receipt.verdict,
        "receipt": receipt.markdown(),
    }))
}

/// The tour's file is made up; it is not left on the disk.
fn remove_tour(path: &std::path::Path) {
    std::fs::remove_file(path).ok();
    if let Some(folder) = path.parent().map(PathBuf::from) {
        std::fs::remove_dir(folder).ok();
    }
}
