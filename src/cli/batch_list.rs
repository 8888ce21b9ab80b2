//! Which projects `export start` exports: those of the arguments, of a list, and of a group.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::case::batch::{BatchItem, MOST_UNASKED, read_list};
use crate::case::{Code, UserError, format};
use crate::engine::api::{Answer, BatchCommand, Command, GroupQuery};
use crate::host::LineRead;

use super::client::{EngineClient, wrong_answer};
use super::invocation::Invocation;
use super::output::Failure;

/// The longest list that is read.
const MOST_BYTES: u64 = 16 << 20;

#[derive(Clone, Debug, Args)]
pub struct GroupArgs {
    /// Also export the projects of this group: its ID, full path or URL
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Also those of its subgroups
    #[arg(long, requires = "group")]
    recursive: bool,
    /// Also its archived projects
    #[arg(long, requires = "group")]
    archived: bool,
    /// Only projects in which you have at least this role: guest, planner, reporter, developer, maintainer or owner, or
    /// its number; default: maintainer, or every project for an administrator
    #[arg(long, value_name = "LEVEL", requires = "group", value_parser = access_level)]
    min_access: Option<u8>,
    /// Export more than 100 projects of a group without a question
    #[arg(long, requires = "group")]
    yes: bool,
}

/// Reads a role by name or number, as GitLab's API numbers them (`Gitlab::Access`).
fn access_level(text: &str) -> Result<u8, String> {
    const ROLES: [(&str, u8); 7] = [
        ("minimal", 5),
        ("guest", 10),
        ("planner", 15),
        ("reporter", 20),
        ("developer", 30),
        ("maintainer", 40),
        ("owner", 50),
    ];
    let wanted = text.trim().to_lowercase();
    let is_it = |(name, level): &&(&str, u8)| wanted == *name || wanted == level.to_string();
    ROLES
        .iter()
        .find(is_it)
        .map(|(_, level)| *level)
        .ok_or_else(|| format!("“{text}” is not a role; for example developer or 30"))
}

/// The projects of the arguments, then those of the list. A project that is named twice is told, and is in the list
/// once.
pub fn listed(
    call: &Invocation,
    projects: &[String],
    from: Option<&Path>,
) -> Result<Vec<BatchItem>, Failure> {
    let list = from.map(|from| read(call, from)).transpose()?.unwrap_or_default();
    let listed = read_list(projects, &list, &call.global.instance)
        .map_err(|refusal| UserError::new(refusal.code(), refusal.headline.clone(), refusal.hint.clone()))?;
    for repeated in &listed.repeated {
        call.out.warn(&repeated.sentence());
    }
    Ok(listed.items)
}

/// The list that the caller reads, whole or not at all: projects of a list that was cut would be missed by nobody.
fn read_input(mut next: impl FnMut() -> LineRead, name: &str) -> Result<String, UserError> {
    let mut text = String::new();
    for number in 1.. {
        match next() {
            LineRead::Line(line) => text.push_str(&line),
            LineRead::End => break,
            LineRead::Unreadable(why) => {
                return Err(UserError::new(
                    Code::Usage,
                    format!("Line {number} of {name} cannot be read: {why}. Nothing was requested."),
                    "Check that the list is a text in UTF-8, with one project a line.",
                ));
            }
        }
        text.push('\n');
        if text.len() as u64 > MOST_BYTES {
            return Err(too_long());
        }
    }
    Ok(text)
}

fn too_long() -> UserError {
    UserError::new(Code::Usage, "The list is longer than 16 MiB.", "Export it in several parts.")
}

/// Whether only the caller can read it: a descriptor of its shell (`--from <(…)`), or a pipe, which is empty once it was
/// read.
fn is_of_caller(path: &Path) -> bool {
    const DESCRIPTORS: [&str; 4] = ["/dev/fd", "/dev/stdin", "/proc/self", "/proc/thread-self"];
    DESCRIPTORS.iter().any(|folder| path.starts_with(folder))
        || path.metadata().is_ok_and(|facts| !facts.is_file() && !facts.is_dir())
}

fn read(call: &Invocation, from: &Path) -> Result<String, UserError> {
    if from == Path::new("-") || from == Path::new("/dev/stdin") {
        return read_input(|| call.out.read_line(), "standard input");
    }
    let path: PathBuf = call.path(from)?;
    if is_of_caller(&path) {
        return read_input(|| call.out.read_line_of(&path), &path.display().to_string());
    }
    let unreadable = |error: std::io::Error| {
        UserError::new(
            Code::Usage,
            format!("The list {} cannot be read: {error}.", path.display()),
            "Check the path, and that the file is a text in UTF-8.",
        )
    };
    let mut text = String::new();
    let file = std::fs::File::open(&path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MOST_BYTES { Err(too_long()) } else { Ok(text) }
}

/// Adds the projects of the group that are not in the list yet. A large group is asked about, unless nothing is
/// requested.
pub fn with_group(
    call: &Invocation,
    client: &mut EngineClient,
    mut typed: Vec<BatchItem>,
    (args, only_checks): (&GroupArgs, bool),
) -> Result<Vec<BatchItem>, Failure> {
    let Some(named) = &args.group else { return Ok(typed) };
    let group = GroupQuery {
        group: named.clone(),
        with_subgroups: args.recursive,
        with_archived: args.archived,
        least_access: args.min_access,
    };
    let list = BatchCommand::ListGroup { instance: call.global.instance.clone(), group };
    let Answer::GroupProjects(found) = client.ask(Command::Batch(list))? else { return Err(wrong_answer()) };
    let many = format::number_of(found.len() as u64, "project", "projects");
    call.out.say(&format!("The group {named} has {many}."));
    if found.len() > MOST_UNASKED && !only_checks && !args.yes {
        confirm(call, named, &many)?;
    }
    let known: HashSet<String> = typed.iter().flat_map(BatchItem::names).collect();
    typed.extend(found.iter().filter(|item| !item.names().any(|name| known.contains(&name))).cloned());
    Ok(typed)
}

/// Asks the person at the terminal. Nobody there, or another answer than yes, refuses.
fn confirm(call: &Invocation, group: &str, many: &str) -> Result<(), UserError> {
    let is_asked = !call.out.json && call.caller.stdin_is_terminal && call.caller.stderr_is_terminal;
    let question = format!("Export all {many} of the group {group}? [y/N] ");
    let answer = if is_asked { call.out.ask_line(&question, false) } else { None };
    if answer.is_some_and(|line| matches!(line.trim().to_lowercase().as_str(), "y" | "yes")) {
        return Ok(());
    }
    Err(UserError::new(
        Code::Refused,
        format!("The group {group} has {many}, more than {MOST_UNASKED}. Nothing was requested."),
        "Check them first with --dry-run. Then confirm with --yes.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_by_name_or_number() {
        assert_eq!(access_level("Maintainer"), Ok(40));
        assert_eq!(access_level("30"), Ok(30));
        for wrong in ["", "41", "boss", "-1"] {
            assert!(access_level(wrong).is_err(), "{wrong}");
        }
    }
}
