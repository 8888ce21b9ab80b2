//! `case clean`: deletes the private data of a closed case, and the archives and relation files of its project.

use clap::Args;
use serde_json::{Value, json};

use crate::case::{CaseId, Code, Fact, UserError, format};
use crate::engine::api::{Answer, Command, OldArchive, OldArchiveId};

use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::{End, Failure};
use super::setup;

#[derive(Debug, Args)]
pub struct CleanArgs {
    /// ID of the case, as `case list` shows it
    id: i64,
    /// Delete; without this option, the command only lists what it would delete
    #[arg(long)]
    yes: bool,
}

pub fn clean(call: &Invocation, args: &CleanArgs) -> End {
    let out = &call.out;
    let id = CaseId(args.id);
    let mut client = setup::client_by_handbook(call)?;
    let (case, _) = client.case(id)?;
    let Answer::OldArchives(found) = client.ask(Command::FindArchivesOf { case: id })? else {
        return Err(wrong_answer());
    };
    let facts: Vec<_> =
        Fact::ALL.into_iter().filter(|fact| fact.is_private() && case.facts.has(*fact)).collect();
    for fact in &facts {
        out.say(&format!("Fact: {}", fact.label()));
    }
    for archive in found.iter() {
        out.say(&format!("{}: {}, {}", kind(archive), archive.path.display(), format::bytes(archive.bytes)));
    }
    let mut fields = json!({
        "id": args.id,
        "deleted": args.yes,
        "facts": facts.iter().map(|fact| fact.as_str()).collect::<Vec<_>>(),
        "archives": found.iter().map(listed).collect::<Vec<_>>(),
    });
    if !args.yes {
        out.say("Nothing was deleted. Delete exactly this with --yes.");
        return Ok(fields);
    }
    if case.private_data_deleted.is_none() {
        let Answer::Case(_) = client.ask(Command::DeletePrivateData { case: id })? else {
            return Err(wrong_answer());
        };
    }
    let archives = found.iter().map(|archive| archive.id).collect();
    let Answer::Deleted { files, bytes, kept } = client.ask(Command::DeleteArchives { archives })? else {
        return Err(wrong_answer());
    };
    fields["files"] = json!(files);
    fields["bytes"] = json!(bytes);
    fields["kept"] = json!(kept);
    for line in &kept {
        out.warn(line);
    }
    if !kept.is_empty() {
        let count = format::number_of(kept.len() as u64, "file was kept", "files were kept");
        let headline = format!("The private data of case {id} was deleted, but {count}.");
        let error =
            UserError::new(Code::Refused, headline, "Read why each file was kept, and delete it yourself.");
        return Err(Failure::with(error, fields));
    }
    let count = format::number_of(files, "file", "files");
    out.say(&format!("Deleted: the private data of case {id}, and {count} ({}).", format::bytes(bytes)));
    Ok(fields)
}

fn kind(archive: &OldArchive) -> &'static str {
    match archive.id {
        OldArchiveId::Download(_) => "Downloaded archive",
        OldArchiveId::Rebuild(_) | OldArchiveId::Built(..) if archive.files > 1 => "Rebuilt set of archives",
        OldArchiveId::Rebuild(_) | OldArchiveId::Built(..) => "Rebuilt archive",
        OldArchiveId::Relations(_) => "Relation files",
    }
}

fn listed(archive: &OldArchive) -> Value {
    let kind = match archive.id {
        OldArchiveId::Download(_) => "download",
        OldArchiveId::Rebuild(_) | OldArchiveId::Built(..) => "rebuilt",
        OldArchiveId::Relations(_) => "relations",
    };
    json!({
        "kind": kind,
        "path": archive.path.display().to_string(),
        "files": archive.files,
        "bytes": archive.bytes,
    })
}
