//! `export start … --dry-run`: which projects can be exported and why not, before anything is requested.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::batch::{CheckCounts, CheckedProject, Exportable, worst_code};
use crate::case::{Code, UserError, format};
use crate::engine::api::{Answer, BatchCheckView, BatchCommand, CheckId, Command};
use crate::platform::words;

use super::client::{EngineClient, wrong_answer};
use super::output::{End, Failure, Out};

/// Checks the projects, reports each one, and ends with the worst of them. `folder` is where the archives are to go.
pub fn check(client: &mut EngineClient, command: BatchCommand, folder: Option<PathBuf>) -> End {
    let Answer::BatchCheck(id) = client.ask(Command::Batch(command))? else { return Err(wrong_answer()) };
    let mut reporter = Reporter::default();
    let view = client.until(|snapshot, out| {
        let view = snapshot.batch_checks.iter().find(|view| view.id == id)?;
        reporter.tell(view, out);
        view.is_over().then(|| Arc::clone(view))
    })?;
    forget(client, id)?;
    let free_bytes = match folder {
        Some(folder) => match client.ask(Command::Batch(BatchCommand::Measure { folder }))? {
            Answer::FreeBytes(free) => free,
            _ => return Err(wrong_answer()),
        },
        None => None,
    };
    ended(&client.out, &view, free_bytes)
}

fn forget(client: &mut EngineClient, check: CheckId) -> Result<(), Failure> {
    match client.ask(Command::Batch(BatchCommand::DropCheck { check }))? {
        Answer::Done => Ok(()),
        _ => Err(wrong_answer()),
    }
}

/// Reports each project once, in the order of the list.
#[derive(Default)]
struct Reporter {
    told: usize,
    wide: Option<usize>,
}

impl Reporter {
    fn tell(&mut self, view: &BatchCheckView, out: &Out) {
        let rest = view.projects.iter().skip(self.told);
        let wide = *self.wide.get_or_insert_with(|| width(view));
        for project in rest.take_while(|project| project.exportable.is_some()) {
            self.told += 1;
            out.event("check", fields(project));
            out.say(&line(project, wide));
        }
    }
}

/// The width of the column with the projects.
fn width(view: &BatchCheckView) -> usize {
    let lengths = view.projects.iter().map(|project| project.item.title().chars().count());
    lengths.max().unwrap_or(0).min(60)
}

/// One row of the table for people.
fn line(project: &CheckedProject, wide: usize) -> String {
    let label = project.exportable.as_ref().map_or("", Exportable::label);
    let size = project.item.expected_bytes.map_or_else(|| "?".to_owned(), format::bytes);
    format!("{:<wide$}  {label:<10}  {size:>10}  {}", project.item.title(), project.reason())
}

fn fields(project: &CheckedProject) -> Value {
    let exportable = project.exportable.as_ref();
    let code = exportable.and_then(Exportable::code);
    let may_export = match exportable {
        None | Some(Exportable::Unknown { .. }) => None,
        Some(found) => Some(found.is_wanted()),
    };
    json!({
        "project": { "id": project.item.project_id, "path": project.item.path },
        "named": project.item.named,
        "may_export": may_export,
        "check": exportable.map(Exportable::label),
        "reason": project.reason(),
        "exit": code.map(Code::exit),
        "code": code.map(Code::as_str),
        "server_status": project.server_status,
        "expected_bytes": project.item.expected_bytes,
        "marked_for_deletion_on": project.deletion.as_ref().map(|deletion| &deletion.marked_for_deletion_on),
    })
}

fn ended(out: &Out, view: &BatchCheckView, free_bytes: Option<u64>) -> End {
    let counts = view.counts;
    let mut all = json!({
        "dry_run": true,
        "counts": {
            "all": counts.all, "checked": counts.checked, "exportable": counts.wanted,
            "refused": counts.refused(), "repeated": counts.repeated, "replaced": counts.replaced, "expected_bytes": counts.expected_bytes,
        },
        "projects": view.projects.iter().map(|project| fields(project)).collect::<Vec<_>>(),
    });
    if let Some(free) = free_bytes {
        all["free_bytes"] = free.into();
    }
    if let Some(error) = &view.error {
        return Err(Failure::with(error.clone(), all));
    }
    out.say(&sentence(counts));
    if let Some(free) = free_bytes {
        out.say(&format!("The folder has {} free.", format::bytes(free)));
        if free < counts.expected_bytes {
            let lacks = format!(
                "About {} are missing: a project that does not fit fails, and the others are downloaded.",
                format::bytes(counts.expected_bytes - free)
            );
            out.warn(&words::about_free_space(&lacks));
        }
    }
    if let Some(loss) = counts.loss() {
        out.say(&loss);
    }
    out.say("Nothing was requested.");
    let codes = view.projects.iter().filter_map(|project| project.exportable.as_ref()?.code());
    match worst_code(codes) {
        None => Ok(all),
        Some(code) => Err(Failure::with(
            UserError::new(code, sentence(counts), "Read the reason beside each project."),
            all,
        )),
    }
}

/// How many projects can be exported, and how large they are.
fn sentence(counts: CheckCounts) -> String {
    // Another name of a project is none of its own.
    let many = format::number_of((counts.all - counts.repeated) as u64, "project", "projects");
    let size = format::bytes(counts.expected_bytes);
    format!("{} of {many} can be exported, about {size}.", format::count(counts.wanted as u64))
}
