//! `text KIND --case ID`: a draft on stdout, as Markdown.

use std::collections::BTreeMap;

use serde_json::json;

use crate::case::{CaseId, Code, Trouble};
use crate::engine::{Answer, Command, draft};
use crate::texts::Kind;

use super::args::Global;
use super::cases::find;
use super::exports::wrong_answer;
use super::out::Out;
use super::{End, setup};

pub fn run(global: &Global, out: Out, word: &str, id: i64) -> End {
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
    let drafted = draft(kind, &case, &picture, &timeline, &BTreeMap::new());
    for mistake in
        picture.wording.mistakes.iter().map(ToString::to_string).chain(drafted.mistakes.iter().cloned())
    {
        out.event("warning", json!({ "message": mistake }));
        eprintln!("export-desk: {mistake}");
    }
    if !out.json {
        out.say(drafted.text.trim_end());
    }
    let missing: Vec<_> = drafted
        .missing
        .iter()
        .map(|missing| json!({ "fact": missing.fact.map(crate::case::Fact::word), "name": missing.name, "why": missing.why }))
        .collect();
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
