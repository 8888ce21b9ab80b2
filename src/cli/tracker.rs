//! `case offer_log`, `case issues`, `case post`: the offer log as a table, and the handbook's trackers for scripts.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::case::offer_log::{to_csv, to_markdown};
use crate::case::{Case, CaseId, Code, UserError};
use crate::engine::api::{Answer, Command, IssueHit, Snapshot};
use crate::engine::{draft, infradev_plan, search_words};
use crate::texts::{TextKind, TextQuestion};

use super::args::SayArgs;
use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::End;
use super::setup;

#[derive(Debug, Args)]
pub struct OfferLogArgs {
    /// Format of the list
    #[arg(long, value_enum, default_value_t = OfferLogFormat::Markdown)]
    format: OfferLogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OfferLogFormat {
    Csv,
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub struct IssuesArgs {
    /// ID of the case, as `case list` shows it
    id: i64,
    /// Words from the title or description; default: words from the case's messages
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Include closed issues
    #[arg(long)]
    closed: bool,
    /// Search for earlier requests for the case's project instead of bugs
    #[arg(long, conflicts_with_all = ["search", "closed"])]
    requests: bool,
}

#[derive(Debug, Args)]
pub struct PostArgs {
    /// ID of the case, as `case list` shows it
    id: i64,
    /// What to post: bug, console, infra, comment or infradev
    kind: String,
    /// Post the text; without this option, it is only shown
    #[arg(long)]
    yes: bool,
    /// URL of the issue to comment on; default: the case's bug issue
    #[arg(long, value_name = "URL")]
    issue: Option<String>,
    /// Post an internal note, which only members of the project can read
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    say: SayArgs,
}

pub fn offer_log(call: &Invocation, args: &OfferLogArgs) -> End {
    let out = &call.out;
    let snapshot = setup::client(call)?.snapshot();
    let offers = &snapshot.offer_log.offers;
    let rows = json!(
        offers
            .iter()
            .map(|offer| {
                let mut row = json!({
                "offered_at": offer.at.rfc3339(),
                "instance": offer.instance,
                "project": offer.project_path,
                "project_id": offer.project_id,
                "ticket": offer.ticket.as_ref().map(|ticket| &ticket.url),
                "case": offer.case_id.0,
                "by": offer.by,
                "override_reason": offer.override_reason,
                });
                if let Some(at) = offer.withdrawn_at {
                    row["withdrawn_at"] = json!(at.rfc3339());
                }
                row
            })
            .collect::<Vec<_>>()
    );
    let sheet = match args.format {
        OfferLogFormat::Csv => to_csv(offers),
        OfferLogFormat::Markdown => to_markdown(offers),
        OfferLogFormat::Json => rows.to_string(),
    };
    if !out.json {
        out.document(&sheet);
    }
    Ok(json!({ "offers": rows, "text": sheet }))
}

pub fn issues(call: &Invocation, args: IssuesArgs) -> End {
    let out = &call.out;
    let id = CaseId(args.id);
    let mut client = setup::client_by_handbook(call)?;
    let (case, _) = client.case(id)?;
    let asked = if args.requests {
        Command::SearchRequests { case: id }
    } else {
        let text = args.search.unwrap_or_else(|| search_words(&case));
        Command::SearchIssues { case: id, text, closed_too: args.closed }
    };
    let Answer::Issues(found) = client.ask(asked)? else { return Err(wrong_answer()) };
    for sentence in &found.not_searched {
        out.warn(sentence);
    }
    for hit in &found.hits {
        let known = hit.known.as_ref().map(|known| known.symptom.as_str());
        out.say(&format!("{}  {}", hit.url, hit.title.as_deref().or(known).unwrap_or_default()));
    }
    if found.hits.is_empty() {
        out.say("No matching issue was found.");
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

/// Shows exactly what would be posted; with `--yes`, posts exactly that.
pub fn post(call: &Invocation, post: &PostArgs) -> End {
    let out = &call.out;
    let mut client = setup::client_by_handbook(call)?;
    let (case, snapshot) = client.case(CaseId(post.id))?;
    let (asked, shown) = prepared(post, &case, &snapshot)?;
    for (name, value) in shown.as_object().into_iter().flatten() {
        match value {
            Value::String(text) if name == "text" => out.document(&format!("{name}: {text}")),
            Value::String(text) => out.say(&format!("{name}: {text}")),
            other => out.say(&format!("{name}: {other}")),
        }
    }
    let mut fields = json!({ "id": post.id, "posted": post.yes, "would_post": shown });
    if !post.yes {
        out.say("Nothing was posted. Post exactly this with --yes.");
        return Ok(fields);
    }
    let Answer::Posted { url, notes } = client.ask(asked)? else { return Err(wrong_answer()) };
    out.say(&format!("Posted: {url}"));
    for note in &notes {
        out.warn(note);
    }
    fields["url"] = json!(url);
    fields["notes"] = json!(notes);
    Ok(fields)
}

/// The command and the text that it will post, for people and scripts.
fn prepared(post: &PostArgs, case: &Case, snapshot: &Snapshot) -> Result<(Command, Value), UserError> {
    let said = post.say.answers()?;
    if post.kind == "infradev" {
        let answer = |asked: TextQuestion| said.get(&asked).cloned().unwrap_or_default();
        let (severity, priority, impact) =
            (answer(TextQuestion::Severity), answer(TextQuestion::Priority), answer(TextQuestion::Impact));
        let plan = infradev_plan(&snapshot.text_config.handbook, case, &severity, &priority, &impact)?;
        let shown = json!({ "issue": case.facts.bug_issue, "labels": plan.labels, "text": plan.comment });
        return Ok((Command::AddInfradev { case: case.id, severity, priority, impact }, shown));
    }
    let kind = TextKind::parse(&post.kind).filter(|kind| {
        matches!(kind, TextKind::Bug | TextKind::Console | TextKind::Infra | TextKind::Comment)
    });
    let Some(kind) = kind else {
        let headline = format!("“{}” cannot be posted.", post.kind);
        return Err(UserError::new(Code::Usage, headline, "Post bug, console, infra, comment or infradev."));
    };
    let drafted = draft(kind, case, snapshot, &[], &said);
    let lacks: Vec<&str> = drafted.missing.iter().map(|missing| missing.name.as_str()).collect();
    let Some(tracker) = snapshot.text_config.handbook.tracker(kind) else {
        let Some(issue) = post.issue.clone().or_else(|| case.facts.bug_issue.clone()) else {
            let headline = "The case has no bug issue yet to comment on.";
            return Err(UserError::new(Code::Refused, headline, "Name one with --issue URL."));
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
        // A script reports the event itself.
        marks_opened: false,
    };
    Ok((asked, shown))
}
