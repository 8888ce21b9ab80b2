//! `text KIND --case ID`: a draft on stdout, as Markdown.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::{CaseId, Code, Fact, Trouble};
use crate::engine::api::{Answer, Command, LiveText};
use crate::engine::draft;
use crate::texts::{Asked, DiffLine, Kind, Missing};

use super::args::Global;
use super::cases::{by_handbook, find};
use super::exports::wrong_answer;
use super::out::Out;
use super::talk::Talk;
use super::{End, Failure};

pub fn run(global: &Global, out: Out, word: &str, id: i64, said: &[String], live: bool) -> End {
    let Some(kind) = Kind::parse(word) else {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        return Err(Trouble::new(
            Code::Usage,
            format!("There is no text “{word}”."),
            format!("The texts are {known}."),
        )
        .into());
    };
    let mut talk = by_handbook(global, out)?;
    let (case, picture) = find(&mut talk, CaseId(id))?;
    let Answer::Journal(timeline) = talk.ask(Command::CaseJournal { case: case.id })? else {
        return Err(wrong_answer());
    };
    let drafted = draft(kind, &case, &picture, &timeline, &answers(said)?);
    for mistake in &drafted.mistakes {
        out.warn(mistake);
    }
    let live = if live { Some(fetched(&mut talk, kind)?) } else { None };
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

/// GitLab's own wording, asked for now; the engine keeps it with its date.
fn fetched(talk: &mut Talk, kind: Kind) -> Result<Arc<LiveText>, Failure> {
    let Answer::Live(live) = talk.ask(Command::FetchLive { kind })? else { return Err(wrong_answer()) };
    Ok(live)
}

/// The live wording for scripts; `difference` is line by line, `-` ours alone and `+` GitLab's alone.
fn shown(live: &LiveText) -> Value {
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

/// What a text lacks: a fact of the case, an answer, or something that GitLab tells.
fn lacks(missing: &Missing) -> Value {
    let fact = missing.fact.map(Fact::as_str);
    let asked = missing.asked.map(Asked::as_str);
    json!({ "fact": fact.or(asked).unwrap_or(&missing.name), "name": missing.name, "why": missing.why })
}

/// `plan=Premium` and its like.
pub(super) fn answers(said: &[String]) -> Result<BTreeMap<Asked, String>, Trouble> {
    said.iter()
        .map(|text| {
            let known = || Asked::ALL.map(Asked::as_str).join(", ");
            let (word, answer) = text.split_once('=').unwrap_or((text, ""));
            match Asked::parse(word) {
                Some(asked) if !answer.trim().is_empty() => Ok((asked, answer.trim().to_owned())),
                Some(_) | None => Err(Trouble::new(
                    Code::Usage,
                    format!("“{text}” is not WHAT=ANSWER."),
                    format!("The questions are {}.", known()),
                )),
            }
        })
        .collect()
}
