//! `case ledger`, `case issues`, `case post`: the ledger as a sheet, and the handbook's trackers for scripts.

use serde_json::{Value, json};

use crate::case::ledger::{to_csv, to_markdown};
use crate::case::{Case, CaseId, Code, Trouble};
use crate::engine::api::{Answer, Command, IssueHit, Snapshot};
use crate::engine::{draft, infradev_plan, search_words};
use crate::texts::{Asked, Kind};

use super::args::{Global, Sheet};
use super::cases::{by_handbook, find};
use super::exports::wrong_answer;
use super::out::Out;
use super::texts::answers;
use super::{End, setup};

pub fn ledger(global: &Global, out: Out, format: Sheet) -> End {
    let picture = setup::talk(global, out)?.snapshot();
    let offers = &picture.ledger.offers;
    let rows = json!(
        offers
            .iter()
            .map(|offer| json!({
                "offered_at": offer.at.rfc3339(),
                "instance": offer.instance,
                "project": offer.project_path,
                "project_id": offer.project_id,
                "ticket": offer.ticket.as_ref().map(|ticket| &ticket.url),
                "case": offer.case_id.0,
                "by": offer.by,
                "override_reason": offer.override_reason,
            }))
            .collect::<Vec<_>>()
    );
    let sheet = match format {
        Sheet::Csv => to_csv(offers),
        Sheet::Markdown => to_markdown(offers),
        Sheet::Json => rows.to_string(),
    };
    if !out.json {
        out.document(&sheet);
    }
    Ok(json!({ "offers": rows, "text": sheet }))
}

pub fn issues(
    global: &Global,
    out: Out,
    id: CaseId,
    search: Option<String>,
    closed_too: bool,
    requests: bool,
) -> End {
    let mut talk = by_handbook(global, out)?;
    let (case, _) = find(&mut talk, id)?;
    let asked = if requests {
        Command::SearchRequests { case: id }
    } else {
        let text = search.unwrap_or_else(|| search_words(&case));
        Command::SearchIssues { case: id, text, closed_too }
    };
    let Answer::Issues(found) = talk.ask(asked)? else { return Err(wrong_answer()) };
    for sentence in &found.not_searched {
        out.warn(sentence);
    }
    for hit in &found.hits {
        let known = hit.known.as_ref().map(|known| known.symptom.as_str());
        out.say(&format!("{}  {}", hit.url, hit.title.as_deref().or(known).unwrap_or_default()));
    }
    if found.hits.is_empty() {
        out.say("Nothing was found.");
    }
    let issues: Vec<Value> = found.hits.iter().map(fields).collect();
    Ok(json!({ "issues": issues, "not_searched": found.not_searched }))
}

fn fields(hit: &IssueHit) -> Value {
    json!({
        "url": hit.url,
        "reference": hit.reference,
        "title": hit.title,
        "open": hit.is_open,
        "labels": hit.labels,
        "updated_at": hit.updated_at,
        "known": hit.known.as_ref().map(|known| json!({ "symptom": known.symptom, "advice": known.advice })),
    })
}

/// The words of `case post`.
pub struct Post {
    pub case: CaseId,
    pub kind: String,
    pub yes: bool,
    pub issue: Option<String>,
    pub internal: bool,
    pub said: Vec<String>,
}

/// Shows exactly what would be posted; with `--yes` posts exactly that.
pub fn post(global: &Global, out: Out, post: &Post) -> End {
    let mut talk = by_handbook(global, out)?;
    let (case, picture) = find(&mut talk, post.case)?;
    let (asked, shown) = prepared(post, &case, &picture)?;
    for (name, value) in shown.as_object().into_iter().flatten() {
        match value {
            Value::String(text) if name == "text" => out.document(&format!("{name}: {text}")),
            Value::String(text) => out.say(&format!("{name}: {text}")),
            other => out.say(&format!("{name}: {other}")),
        }
    }
    let mut fields = json!({ "id": post.case.0, "posted": post.yes, "would_post": shown });
    if !post.yes {
        out.say("Nothing was posted. Post exactly this with --yes.");
        return Ok(fields);
    }
    let Answer::Posted { url, notes } = talk.ask(asked)? else { return Err(wrong_answer()) };
    out.say(&format!("Posted: {url}"));
    for note in &notes {
        out.warn(note);
    }
    fields["url"] = json!(url);
    fields["notes"] = json!(notes);
    Ok(fields)
}

/// The command, and what it will post, for people and scripts.
fn prepared(post: &Post, case: &Case, picture: &Snapshot) -> Result<(Command, Value), Trouble> {
    let said = answers(&post.said)?;
    if post.kind == "infradev" {
        let answer = |asked: Asked| said.get(&asked).cloned().unwrap_or_default();
        let (severity, priority, impact) =
            (answer(Asked::Severity), answer(Asked::Priority), answer(Asked::Impact));
        let plan = infradev_plan(&picture.wording.handbook, case, &severity, &priority, &impact)?;
        let shown = json!({ "issue": case.facts.bug_issue, "labels": plan.labels, "text": plan.comment });
        return Ok((Command::AddInfradev { case: case.id, severity, priority, impact }, shown));
    }
    let kind = Kind::parse(&post.kind)
        .filter(|kind| matches!(kind, Kind::Bug | Kind::Console | Kind::Infra | Kind::Comment));
    let Some(kind) = kind else {
        let headline = format!("“{}” cannot be posted.", post.kind);
        return Err(Trouble::new(Code::Usage, headline, "Post bug, console, infra, comment or infradev."));
    };
    let drafted = draft(kind, case, picture, &[], &said);
    let lacks: Vec<&str> = drafted.missing.iter().map(|missing| missing.name.as_str()).collect();
    let Some(tracker) = picture.wording.handbook.tracker(kind) else {
        let Some(issue) = post.issue.clone().or_else(|| case.facts.bug_issue.clone()) else {
            let headline = "The case has no bug issue yet to comment on.";
            return Err(Trouble::new(Code::Refused, headline, "Name one with --issue URL."));
        };
        let shown = json!({
            "issue": issue,
            "internal": post.internal,
            "text": drafted.text,
            "not_recorded_yet": lacks,
        });
        let asked =
            Command::PostComment { case: case.id, issue, text: drafted.text, internal: post.internal };
        return Ok((asked, shown));
    };
    let (labels, confidential) = (tracker.labels.clone(), tracker.confidential);
    let shown = json!({
        "project": tracker.project,
        "title": drafted.title,
        "labels": labels,
        "confidential": confidential,
        "text": drafted.text,
        "not_recorded_yet": lacks,
    });
    let asked = Command::PostIssue {
        case: case.id,
        kind,
        title: drafted.title,
        text: drafted.text,
        confidential,
        labels,
    };
    Ok((asked, shown))
}
