//! `text KIND --case ID`: a draft on stdout, as Markdown.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::case::{CaseId, Code, Fact, Trouble};
use crate::engine::{Answer, Command, draft};
use crate::texts::{Asked, Kind, Missing};

use super::args::Global;
use super::cases::find;
use super::exports::wrong_answer;
use super::out::Out;
use super::{End, setup};

pub fn run(global: &Global, out: Out, word: &str, id: i64, said: &[String]) -> End {
    let Some(kind) = Kind::parse(word) else {
        let known = Kind::ALL.map(Kind::word).join(", ");
        return Err(Trouble::new(
            Code::Usage,
            format!("There is no text “{word}”."),
            format!("The texts are {known}."),
        )
        .into());
    };
    let mut talk = setup::talk(global, out)?;
    let (case, picture) = find(&mut talk, CaseId(id))?;
    let Answer::Journal(timeline) = talk.ask(Command::CaseJournal { case: case.id })? else {
        return Err(wrong_answer());
    };
    let drafted = draft(kind, &case, &picture, &timeline, &answers(said)?);
    let of_handbook = picture.wording.mistakes.iter().map(|mistake| {
        format!("handbook.toml, line {}, column {}: {}", mistake.line, mistake.column, mistake.message)
    });
    for mistake in of_handbook.chain(drafted.mistakes.iter().cloned()) {
        out.warn(&mistake);
    }
    if !out.json {
        out.say(drafted.text.trim_end());
    }
    let missing: Vec<_> = drafted.missing.iter().map(lacks).collect();
    Ok(json!({
        "kind": kind.word(),
        "title": drafted.title,
        "text": drafted.text,
        "missing": missing,
        "url": drafted.url.as_ref().map(|page| &page.url),
        "url_note": drafted.url.as_ref().and_then(|page| page.note.as_ref()),
        "removed": drafted.leaks.len(),
    }))
}

/// What a text lacks: a fact of the case, an answer, or something that GitLab tells.
fn lacks(missing: &Missing) -> Value {
    let fact = missing.fact.map(Fact::word);
    let asked = missing.asked.map(Asked::word);
    json!({ "fact": fact.or(asked).unwrap_or(&missing.name), "name": missing.name, "why": missing.why })
}

/// `plan=Premium` and its like.
fn answers(said: &[String]) -> Result<BTreeMap<Asked, String>, Trouble> {
    said.iter()
        .map(|text| {
            let known = || Asked::ALL.map(Asked::word).join(", ");
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
