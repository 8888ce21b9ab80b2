//! `text KIND --case ID`: a draft on stdout, as Markdown.

use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use crate::case::{CaseId, Code, Fact, UserError};
use crate::engine::api::{Answer, Command, UpstreamText};
use crate::engine::draft;
use crate::texts::{DiffLine, Missing, TextKind, TextQuestion};

use super::args::SayArgs;
use super::client::{EngineClient, wrong_answer};
use super::invocation::Invocation;
use super::output::{End, Failure};
use super::setup;

#[derive(Debug, Args)]
pub struct TextArgs {
    /// The text: attempts, offer, successful, failed, alternatives, infra, console, bug, comment or report
    kind: String,
    /// ID of the case, as `case list` shows it
    #[arg(long, value_name = "ID")]
    case: i64,
    #[command(flatten)]
    say: SayArgs,
    /// Fetch and print GitLab's own text instead, and its differences to the built-in text
    #[arg(long)]
    live: bool,
}

pub fn run(call: &Invocation, args: &TextArgs) -> End {
    let out = &call.out;
    let word = args.kind.as_str();
    let Some(kind) = TextKind::parse(word) else {
        let known = TextKind::ALL.map(TextKind::as_str).join(", ");
        return Err(UserError::new(
            Code::Usage,
            format!("Unknown text “{word}”."),
            format!("The texts are {known}."),
        )
        .into());
    };
    let mut client = setup::client_by_handbook(call)?;
    let (case, snapshot) = client.case(CaseId(args.case))?;
    let Answer::Journal(timeline) = client.ask(Command::CaseJournal { case: case.id })? else {
        return Err(wrong_answer());
    };
    let drafted = draft(kind, &case, &snapshot, &timeline, &args.say.answers()?);
    for mistake in &drafted.mistakes {
        out.warn(mistake);
    }
    let live = if args.live { Some(fetched(&mut client, kind)?) } else { None };
    if !out.json {
        out.document(live.as_ref().map_or(drafted.text.as_str(), |live| live.text.as_str()).trim_end());
    }
    let missing: Vec<_> = drafted.missing.iter().map(lacks).collect();
    Ok(json!({
        "kind": kind.as_str(),
        "title": drafted.title,
        "text": drafted.text,
        "missing": missing,
        "url": drafted.url.as_ref().map(|page| &page.url),
        "url_note": drafted.url.as_ref().and_then(|page| page.note.as_ref()),
        "removed": drafted.leaks.len(),
        "live": live.as_deref().map(shown),
    }))
}

/// GitLab's own text, fetched now; the engine stores it with its date.
fn fetched(client: &mut EngineClient, kind: TextKind) -> Result<Arc<UpstreamText>, Failure> {
    let Answer::UpstreamText(live) = client.ask(Command::FetchUpstream { kind })? else {
        return Err(wrong_answer());
    };
    Ok(live)
}

/// GitLab's own text for scripts; `difference` is line by line, `-` only ours and `+` only GitLab's.
fn shown(live: &UpstreamText) -> Value {
    let marked = |line: &DiffLine| match line {
        DiffLine::Same(text) => format!(" {text}"),
        DiffLine::Ours(text) => format!("-{text}"),
        DiffLine::Theirs(text) => format!("+{text}"),
    };
    json!({
        "text": live.text,
        "source": live.source,
        "fetched_at": live.fetched_at.rfc3339(),
        "difference": live.difference.iter().map(marked).collect::<Vec<_>>(),
    })
}

/// What a text lacks: a fact of the case, an answer, or something that only GitLab can tell.
fn lacks(missing: &Missing) -> Value {
    let fact = missing.fact.map(Fact::as_str);
    let asked = missing.asked.map(TextQuestion::as_str);
    json!({ "fact": fact.or(asked).unwrap_or(&missing.name), "name": missing.name, "why": missing.why })
}
