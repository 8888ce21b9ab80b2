//! `relations fill`: reads from GitLab what the relations export of a folder lacks.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::case::PartLeftOut;
use crate::engine::api::{Answer, Command, FillReport, Filled, LeftOut};

use super::client::wrong_answer;
use super::invocation::Invocation;
use super::members::MembersArgs;
use super::output::{End, Out};
use super::setup;

#[derive(Debug, Args)]
pub struct FillArgs {
    /// The folder that `relations download` made, with its manifest.json
    dir: PathBuf,
    #[command(flatten)]
    members: MembersArgs,
}

pub fn run(call: &Invocation, args: &FillArgs) -> End {
    let out = &call.out;
    let mut client = setup::client(call)?;
    let members = args.members.choice_or_ask(call)?;
    let asked = Command::FillRelations { folder: call.path(&args.dir)?, members };
    let Answer::Filling(folder) = client.ask(asked)? else { return Err(wrong_answer()) };
    let mut told = 0;
    let ended = client.until(|snapshot, out| {
        let view = snapshot.fills.iter().find(|view| view.folder == folder)?;
        if view.bytes > told {
            told = view.bytes;
            out.event("progress", json!({ "bytes": view.bytes, "total": null }));
        }
        view.ended.clone()
    })?;
    let report = ended?;
    say(out, &report.filled, &report.left_out);
    Ok(fields(&folder.display().to_string(), &report))
}

/// Says what was added and what was left out.
pub fn say(out: &Out, filled: &[Filled], left_out: &[LeftOut]) {
    for filled in filled {
        out.say(&format!("Added: {}", filled.sentence()));
    }
    for left in left_out {
        out.say(&format!("Left out: {}", PartLeftOut::from(left).sentence()));
    }
}

fn fields(folder: &str, report: &FillReport) -> Value {
    json!({
        "folder": folder,
        "filled": report.filled.iter().map(filled).collect::<Vec<_>>(),
        "left_out": report.left_out.iter().map(left_out).collect::<Vec<_>>(),
    })
}

/// A filled part in results.
pub fn filled(filled: &Filled) -> Value {
    let Filled { what, from, at, count, .. } = filled;
    json!({ "what": what, "from": from, "at": at, "count": count, "note": filled.facts() })
}

/// A part that was left out in results.
pub fn left_out(left: &LeftOut) -> Value {
    json!({ "relation": left.relation, "name": left.name, "why": left.why })
}
