//! `case …`: the handbook's workflow for scripts. All but `audit` work offline.

use serde_json::{Map, Value, json};

use crate::case::{Case, CaseId, Code, Event, Fact, Trouble, attention, blocked_by, clocks, next_steps};
use crate::engine::api::{Answer, Command, Snapshot};

use super::args::{CaseVerb, Global};
use super::exports::wrong_answer;
use super::out::Out;
use super::talk::Talk;
use super::{End, setup, tracker};

pub fn run(global: &Global, out: Out, verb: CaseVerb) -> End {
    match verb {
        CaseVerb::New { ticket, project } => {
            let asked = Command::NewCase { ticket: Some(ticket), instance: global.instance.clone(), project };
            change(global, out, asked)
        }
        CaseVerb::List => list(global, out),
        CaseVerb::Show { id } => show(global, out, CaseId(id)),
        CaseVerb::Set { id, facts } => {
            let values = facts.iter().map(|text| fact(text)).collect::<Result<_, _>>()?;
            change(global, out, Command::SetFacts { case: CaseId(id), values })
        }
        CaseVerb::Event { id, event, override_reason } => {
            let event = parse_event(&event, override_reason)?;
            change(global, out, Command::CaseEvent { case: CaseId(id), event })
        }
        CaseVerb::Ledger { format } => tracker::ledger(global, out, format),
        CaseVerb::Issues { id, search, closed, requests } => {
            tracker::issues(global, out, CaseId(id), search, closed, requests)
        }
        CaseVerb::Post { id, kind, yes, issue, internal, said } => {
            let post = tracker::Post { case: CaseId(id), kind, yes, issue, internal, said };
            tracker::post(global, out, &post)
        }
        CaseVerb::Audit => {
            let mut talk = setup::talk(global, out)?;
            let Answer::Audited { rows } = talk.ask(Command::Audit)? else { return Err(wrong_answer()) };
            out.say(&format!("The journal's {rows} rows are whole."));
            Ok(json!({ "rows": rows }))
        }
    }
}

fn change(global: &Global, out: Out, asked: Command) -> End {
    let mut talk = by_handbook(global, out)?;
    let Answer::Case(id) = talk.ask(asked)? else { return Err(wrong_answer()) };
    stands(&mut talk, out, id)
}

fn stands(talk: &mut Talk, out: Out, id: CaseId) -> End {
    let (case, picture) = find(talk, id)?;
    let fields = standing(&case, &picture);
    out.say(&format!("Case {id}: {} ({})", case.title(), case.stage.as_str()));
    if let Some(step) = next_steps(&case, &picture.ledger, &picture.rules, picture.at).now {
        out.say(&format!("Next: {}. {}", step.label, step.why));
    }
    Ok(fields)
}

/// A conversation whose clocks and next steps follow the handbook; mistakes in the person's own are told first.
pub(super) fn by_handbook(global: &Global, out: Out) -> Result<Talk, Trouble> {
    let talk = setup::talk(global, out)?;
    for mistake in &talk.snapshot().wording.mistakes {
        let (line, column) = (mistake.line, mistake.column);
        out.warn(&format!("handbook.toml, line {line}, column {column}: {}", mistake.message));
    }
    Ok(talk)
}

fn list(global: &Global, out: Out) -> End {
    let talk = by_handbook(global, out)?;
    let picture = talk.snapshot();
    let mut lines: Vec<_> =
        picture.cases.iter().map(|case| (attention(case, &picture.rules, picture.at), case)).collect();
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    let cases: Vec<_> = lines
        .iter()
        .map(|(attention, case)| {
            out.say(&format!(
                "{:>4}  {:<18} {}  {}",
                case.id.0,
                case.stage.as_str(),
                case.title(),
                attention.sentence
            ));
            json!({
                "id": case.id.0,
                "ticket": case.ticket.as_ref().map(|ticket| &ticket.url),
                "project": case.project.title(),
                "stage": case.stage.as_str(),
                "attention": attention.level.as_str(),
            })
        })
        .collect();
    if cases.is_empty() {
        out.say("There are no cases. Open one: export-desk case new --ticket URL --project PROJECT");
    }
    Ok(json!({ "cases": cases }))
}

fn show(global: &Global, out: Out, id: CaseId) -> End {
    let mut talk = by_handbook(global, out)?;
    let (case, picture) = find(&mut talk, id)?;
    let mut fields = standing(&case, &picture);
    let facts: Map<String, Value> =
        case.facts.known().map(|(fact, text)| (fact.as_str().to_owned(), Value::String(text))).collect();
    let clocks: Vec<_> = clocks(&case, None, &picture.rules, picture.at)
        .iter()
        .map(|clock| json!({ "name": clock.name.as_str(), "ends_at": clock.ends_at.rfc3339(), "state": clock.state.as_str(), "why": clock.why }))
        .collect();
    out.say(&format!("Case {id}: {} ({})", case.title(), case.stage.as_str()));
    for (fact, text) in case.facts.known() {
        out.say(&format!("  {:<24} {text}", fact.label()));
    }
    for blocked in blocked_by(&case) {
        out.say(&format!("  missing: {}. {}", blocked.fact.label(), blocked.why));
    }
    fields["ticket"] = json!(case.ticket.as_ref().map(|ticket| &ticket.url));
    fields["project"] = json!({ "id": case.project.id, "path": case.project.path });
    fields["facts"] = Value::Object(facts);
    fields["clocks"] = json!(clocks);
    Ok(fields)
}

/// Stage, next steps and what is in the way: the common part of all answers.
fn standing(case: &Case, picture: &Snapshot) -> Value {
    let steps = next_steps(case, &picture.ledger, &picture.rules, picture.at);
    let now = steps
        .now
        .iter()
        .map(|step| json!({ "action": step.action.to_string(), "label": step.label, "why": step.why }));
    let other = steps
        .choices
        .iter()
        .filter(|choice| {
            choice.refused.is_none() && steps.now.as_ref().is_none_or(|now| now.action != choice.action)
        })
        .map(|choice| json!({ "action": choice.action.to_string(), "label": choice.label }));
    let blocked: Vec<_> = blocked_by(case)
        .iter()
        .map(|blocked| json!({ "fact": blocked.fact.as_str(), "why": blocked.why }))
        .collect();
    json!({
        "id": case.id.0,
        "stage": case.stage.as_str(),
        "next": now.chain(other).collect::<Vec<_>>(),
        "blocked_by": blocked,
    })
}

/// A case and the picture it was found in.
pub(super) fn find(
    talk: &mut Talk,
    id: CaseId,
) -> Result<(std::sync::Arc<Case>, std::sync::Arc<Snapshot>), Trouble> {
    let picture = talk.snapshot();
    match picture.cases.iter().find(|case| case.id == id).cloned() {
        Some(case) => Ok((case, picture)),
        None => {
            Err(Trouble::new(Code::Usage, format!("There is no case {id}."), "See `export-desk case list`."))
        }
    }
}

fn fact(text: &str) -> Result<(Fact, String), Trouble> {
    let unusable = |headline: String| {
        let known = Fact::ALL.map(Fact::as_str).join(", ");
        Trouble::new(Code::Usage, headline, format!("Write FACT=VALUE; the facts are {known}."))
    };
    let (word, value) =
        text.split_once('=').ok_or_else(|| unusable(format!("“{text}” is not FACT=VALUE.")))?;
    let fact = Fact::parse(word.trim()).ok_or_else(|| unusable(format!("There is no fact “{word}”.")))?;
    Ok((fact, value.to_owned()))
}

fn parse_event(word: &str, override_reason: Option<String>) -> Result<Event, Trouble> {
    let unusable = |headline: String| {
        Trouble::new(Code::Usage, headline, format!("The events are {}.", Event::WORDS.join(", ")))
    };
    match Event::parse(word) {
        Some(Event::OfferSent { by, .. }) => Ok(Event::OfferSent { override_reason, by }),
        Some(_) if override_reason.is_some() => {
            Err(unusable("--override is for offer-sent alone.".to_owned()))
        }
        Some(event) => Ok(event),
        None => Err(unusable(format!("There is no event “{word}”."))),
    }
}
