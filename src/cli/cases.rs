//! `case …`: the handbook's workflow for scripts. Only searches, posts and fetched texts need a network.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::case::fallback::FallbackReason;
use crate::case::{
    Attention, Case, CaseId, CaseNote, Code, Event, Fact, RebuildJob, UserError, UtcMs, attention,
    blocked_by, deadlines, format, next_steps, parse_reminder,
};
use crate::engine::api::{
    Answer, CaseCorrection, Command, NewestOfCase, Snapshot, fallback_of, rebuild_of, runs_of,
};

use super::again::Begun;
use super::args::PROJECT;
use super::build;
use super::check::left_out_json;
use super::clean::{self, CleanArgs};
use super::client::{EngineClient, run_fields, wrong_answer};
use super::hint;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::rebuild::fields as rebuild_fields;
use super::setup;
use super::tracker::{self, IssuesArgs, OfferLogArgs, PostArgs};

/// The help text of every ID argument.
const ID: &str = "ID of the case, as `case list` shows it";

#[derive(Debug, Subcommand)]
pub enum CaseVerb {
    /// Opens a case
    New {
        /// URL of the customer's ticket
        #[arg(long, value_name = "URL")]
        ticket: String,
        #[arg(long, help = PROJECT)]
        project: String,
    },
    /// Lists the cases
    List,
    /// Shows a case: stage, facts, next step and deadlines
    Show {
        #[arg(help = ID)]
        id: i64,
    },
    /// Sets or clears facts
    Set {
        #[arg(help = ID)]
        id: i64,
        /// A fact and its value, for example requester=Maria, ticket=URL, project=PATH or title=TEXT; an empty value clears the fact
        #[arg(required = true, value_name = "FACT=VALUE")]
        facts: Vec<String>,
    },
    /// Records an event of the workflow
    Event {
        #[arg(help = ID)]
        id: i64,
        /// offer-sent, offer-accepted, offer-declined, request-opened, attempt-succeeded, attempt-failed,
        /// escalate-to-infra, close or reopen
        event: String,
        /// Reason for a second offer, when this project has already had one
        #[arg(long = "override", value_name = "REASON")]
        override_reason: Option<String>,
    },
    /// Adds a note to a case: free text, which only the report contains
    Note {
        #[arg(help = ID)]
        id: i64,
        /// The note, of any length; quote it
        text: String,
        /// Changes the note with this time, as `case show` prints it; an empty text removes the note
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Sets a reminder: when to return to a case
    Remind {
        #[arg(help = ID)]
        id: i64,
        /// tomorrow, "in 3 days", 2026-12-01, or a time with its zone; none removes the reminder
        when: String,
        /// What to do then
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
    },
    /// Lists every one-time offer (the offer log)
    #[command(name = "ledger")]
    OfferLog(OfferLogArgs),
    /// Searches the bug tracker for issues of a case, known issues first; with --requests, earlier requests for its project
    Issues(IssuesArgs),
    /// Shows what would be posted for a case; with --yes, posts it
    Post(PostArgs),
    /// Deletes the private data of a closed case, and the archives and relation files of its project; without --yes, only
    /// lists them
    Clean(CleanArgs),
    /// Verifies the journal's hash chain, and the tables against it
    ///
    /// The audit detects rows of the journal that were changed, moved or removed. It detects offers that are only in the offer
    /// log or only in the journal. It detects facts, tickets, projects and stages that differ from the journal, and downloaded
    /// files that the journal does not record. It also detects cases, jobs, downloads, settings and instances that another
    /// program changed, added or removed. The system's password store (keyring, keychain or Credential Manager) has the hash
    /// of the last row, so the audit also detects a rewritten last row and an older copy of the database.
    ///
    /// The audit cannot detect rewritten last rows if this computer has no password store, or if it was locked; then the audit
    /// says so. It cannot detect rows that were written after the password store last answered. It cannot detect a database
    /// that somebody rewrote together with the entry in the password store, or a job, download, setting or instance that
    /// somebody changed together with its digest. Against these, keep a copy of the data folder that only you can change.
    ///
    /// After you put an older copy of the data folder back, delete the entry "journal of FOLDER" of export-desk in the
    /// password store.
    Audit,
}

pub fn run(call: &Invocation, verb: CaseVerb) -> End {
    let Invocation { global, out, .. } = call;
    match verb {
        CaseVerb::New { ticket, project } => {
            if let Some(begun) = Begun::of(call) {
                let client = setup::client_by_handbook(call)?;
                if let Some(id) = begun.case(&client.snapshot(), &ticket, &project) {
                    return tell_status(&client, &call.out, id);
                }
            }
            let asked = Command::NewCase { ticket: Some(ticket), instance: global.instance.clone(), project };
            open(call, asked)
        }
        CaseVerb::List => list(call),
        CaseVerb::Show { id } => show(call, CaseId(id)),
        CaseVerb::Set { id, facts } => {
            let end = set(CaseId(id), &facts).map_err(Into::into).and_then(|command| match command {
                corrected @ Command::CorrectCase {
                    correction: CaseCorrection { project: Some(_), .. },
                    ..
                } => open(call, corrected),
                other => change(call, other),
            });
            // The error is about one of them.
            if let Err(Failure { error: UserError { code: Code::Usage | Code::Refused, .. }, .. }) = &end
                && facts.len() > 1
            {
                call.out.notice("None of these facts was saved.");
            }
            end
        }
        CaseVerb::Event { id, event, override_reason } => {
            let event = parse_event(&event, override_reason)?;
            if let Some(begun) = Begun::of(call) {
                let client = setup::client_by_handbook(call)?;
                if begun.event(&client.snapshot(), CaseId(id), &event) {
                    return tell_status(&client, &call.out, CaseId(id));
                }
            }
            change(call, Command::CaseEvent { case: CaseId(id), event })
        }
        CaseVerb::Note { id, text, at } => change(call, note(CaseId(id), text, at.as_deref())?),
        CaseVerb::Remind { id, when, why } => remind(call, CaseId(id), &when, &why),
        CaseVerb::OfferLog(args) => tracker::offer_log(call, &args),
        CaseVerb::Issues(args) => tracker::issues(call, args),
        CaseVerb::Post(args) => tracker::post(call, &args),
        CaseVerb::Clean(args) => clean::clean(call, &args),
        CaseVerb::Audit => {
            let mut client = setup::client(call)?;
            let Answer::Audited { rows, head } = client.ask(Command::Audit)? else {
                return Err(wrong_answer());
            };
            let verified = format::number_of(rows, "row", "rows");
            out.say(&format!("The journal is complete: {verified} verified. {}", head.sentence()));
            Ok(json!({ "rows": rows, "head": head.as_str() }))
        }
    }
}

fn open(call: &Invocation, asked: Command) -> End {
    let out = &call.out;
    let mut client = setup::client_by_handbook(call)?;
    let (id, unknown) = match client.ask(asked)? {
        Answer::Case(id) => (id, None),
        Answer::CaseOfUnknown(id, unknown) => (id, Some(unknown)),
        _ => return Err(wrong_answer()),
    };
    let mut fields = tell_status(&client, out, id)?;
    let (case, _) = client.case(id)?;
    fields["project"] = json!({ "id": case.project.id, "path": case.project.path });
    // `null` where GitLab was not queried, or refused to tell: then nobody knows.
    fields["project_found"] = match &unknown {
        Some(unknown) if unknown.error.code == Code::NotFoundOrNoAccess => json!(false),
        Some(_) => Value::Null,
        None => case.project.known.as_ref().map(|_| true).into(),
    };
    if let Some(unknown) = unknown {
        let may_be = unknown.may_be.join(", ");
        let offer = if may_be.is_empty() { String::new() } else { format!(" Possible projects: {may_be}.") };
        out.warn(&format!("{} {}{offer}", unknown.error.headline, hint::words(&unknown.error.hint)));
        fields["may_be"] = json!(unknown.may_be);
    }
    Ok(fields)
}

fn change(call: &Invocation, asked: Command) -> End {
    let out = &call.out;
    let mut client = setup::client_by_handbook(call)?;
    let Answer::Case(id) = client.ask(asked)? else { return Err(wrong_answer()) };
    tell_status(&client, out, id)
}

fn tell_status(client: &EngineClient, out: &Out, id: CaseId) -> End {
    let (case, snapshot) = client.case(id)?;
    let fields = status(&case, &snapshot);
    out.say(&format!("Case {id}: {} ({})", case.title(), case.stage.as_str()));
    if let Some(step) = next_steps(&case, &snapshot.offer_log, &snapshot.rules, snapshot.at).now {
        out.say(&format!("Next: {}. {}", step.label, step.why));
    }
    Ok(fields)
}

fn list(call: &Invocation) -> End {
    let out = &call.out;
    let client = setup::client_by_handbook(call)?;
    let snapshot = client.snapshot();
    let newest = NewestOfCase::new(&snapshot);
    let of = |case| attention_of(case, &newest, &snapshot);
    let mut lines: Vec<_> = snapshot.cases.iter().map(|case| (of(case), case)).collect();
    lines.sort_by_key(|(attention, _)| attention.rank());
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

/// What a case needs now, its export included.
fn attention_of(case: &Case, newest: &NewestOfCase, snapshot: &Snapshot) -> Attention {
    let export = newest.export_step(snapshot, case);
    attention(case, export, &snapshot.offer_log, &snapshot.rules, snapshot.at)
}

fn show(call: &Invocation, id: CaseId) -> End {
    let out = &call.out;
    let client = setup::client_by_handbook(call)?;
    let (case, snapshot) = client.case(id)?;
    let mut fields = status(&case, &snapshot);
    let facts: Map<String, Value> =
        case.facts.known().map(|(fact, text)| (fact.as_str().to_owned(), Value::String(text))).collect();
    let deadlines: Vec<_> = deadlines(&case, None, &snapshot.rules, snapshot.at)
        .iter()
        .map(|deadline| json!({ "name": deadline.name.as_str(), "ends_at": deadline.ends_at.rfc3339(), "state": deadline.state.as_str(), "why": deadline.why }))
        .collect();
    out.say(&format!("Case {id}: {} ({})", case.title(), case.stage.as_str()));
    for (fact, text) in case.facts.known() {
        out.say(&format!("  {:<24} {text}", fact.label()));
    }
    for blocked in blocked_by(&case, &snapshot.rules, snapshot.at) {
        out.say(&format!("  missing: {}. {}", blocked.fact.label(), blocked.why));
    }
    if let Some(view) = runs_of(&snapshot, &case).next() {
        out.say(&format!("  export: {}", view.status.sentence));
        fields["export"] = run_fields(view);
    }
    fields["rebuild"] = json!(rebuild_of(&snapshot, &case).map(|view| rebuilt(out, &view.job)));
    fields["fallback"] = json!(fallback_of(&snapshot, &case).map(|reason| {
        let project = project_of(&case);
        out.say(&format!("  fallback: {} {}", why_fallback(&reason), rebuild_command(&project, id)));
        match reason {
            FallbackReason::KnownIssue { symptom, issue, because } => {
                json!({ "because": "known_issue", "symptom": symptom, "issue": issue, "reason": because })
            }
            FallbackReason::FailedAgain { attempts } => {
                json!({ "because": "failed_again", "attempts": attempts })
            }
        }
    }));
    let attention = attention_of(&case, &NewestOfCase::new(&snapshot), &snapshot);
    out.say(&format!("  next: {}", attention.sentence));
    fields["attention"] = json!({ "level": attention.level.as_str(), "sentence": attention.sentence });
    notes(out, &case, &mut fields);
    fields["ticket"] = json!(case.ticket.as_ref().map(|ticket| &ticket.url));
    fields["title"] = json!(case.given_title);
    fields["project"] = json!({ "id": case.project.id, "path": case.project.path });
    fields["facts"] = Value::Object(facts);
    fields["clocks"] = json!(deadlines);
    fields["left_out"] = left_out_json(case.project.left_out());
    Ok(fields)
}

/// The rebuild of the case's archive: where it is, and what is missing in it.
fn rebuilt(out: &Out, job: &RebuildJob) -> Value {
    let mut fields = rebuild_fields(job);
    out.say(&format!("  rebuild: {}", job.sentence()));
    let gaps = match job.archive() {
        Some(archive) => {
            out.say(&format!("  archive: {}", archive.path));
            fields["path"] = archive.path.clone().into();
            fields["verdict"] = archive.file.verdict.clone().into();
            &archive.gaps[..]
        }
        None => job.gaps(),
    };
    for gap in gaps {
        out.say(&format!("  missing: {}", gap.sentence()));
    }
    fields["gaps"] = gaps.iter().map(build::gap).collect();
    fields
}

/// The engineer's notes, and when to return.
fn notes(out: &Out, case: &Case, fields: &mut Value) {
    for note in &case.notes {
        out.say(&format!("  note of {}: {}", note.at.rfc3339(), note.text));
    }
    if let Some(reminder) = &case.reminder {
        out.say(&format!("  reminder: {}. {}", reminder.at.for_people(), reminder.sentence()));
    }
    let told = |note: &CaseNote| json!({ "at": note.at.rfc3339(), "text": note.text });
    fields["notes"] = case.notes.iter().map(told).collect();
    let reminder = case.reminder.as_ref();
    fields["reminder"] =
        json!(reminder.map(|reminder| json!({ "at": reminder.at.rfc3339(), "why": reminder.why })));
}

fn note(case: CaseId, text: String, at: Option<&str>) -> Result<Command, UserError> {
    let read = |text: &str| {
        let headline = format!("“{text}” is not the time of a note.");
        UtcMs::parse_rfc3339(text).ok_or_else(|| {
            UserError::new(Code::Usage, headline, "Copy the time from `export-desk case show`.")
        })
    };
    Ok(Command::Note { case, at: at.map(read).transpose()?, text })
}

fn remind(call: &Invocation, case: CaseId, when: &str, why: &str) -> End {
    let mut client = setup::client_by_handbook(call)?;
    let now = client.snapshot().at;
    let reminder = match when.trim() {
        "none" | "" => None,
        when => Some(
            parse_reminder(when, why, now)
                .map_err(|refusal| UserError::new(refusal.code(), refusal.headline, refusal.hint))?,
        ),
    };
    let Answer::Case(id) = client.ask(Command::Remind { case, reminder })? else {
        return Err(wrong_answer());
    };
    tell_status(&client, &call.out, id)
}

/// The project in words that a command accepts.
fn project_of(case: &Case) -> String {
    case.project.path.clone().or(case.project.id.map(|id| id.to_string())).unwrap_or_default()
}

fn why_fallback(reason: &FallbackReason) -> String {
    match reason {
        FallbackReason::KnownIssue { symptom, because, .. } => format!("{symptom}. {because}"),
        FallbackReason::FailedAgain { attempts } => format!("{attempts} attempts have failed."),
    }
}

fn rebuild_command(project: &str, case: CaseId) -> String {
    format!("Rebuild the archive: `relations rebuild {project} --case {case}`.")
}

/// Stage, next steps and obstacles: the common part of all answers.
fn status(case: &Case, snapshot: &Snapshot) -> Value {
    let steps = next_steps(case, &snapshot.offer_log, &snapshot.rules, snapshot.at);
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
    let blocked: Vec<_> = blocked_by(case, &snapshot.rules, snapshot.at)
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

/// The command for `FACT=VALUE…`; `ticket`, `project` and `title` are accepted like facts.
fn set(case: CaseId, texts: &[String]) -> Result<Command, UserError> {
    let unusable = |headline: String| {
        let known = Fact::ALL.map(Fact::as_str).join(", ");
        UserError::new(
            Code::Usage,
            headline,
            format!("Write FACT=VALUE; the facts are ticket, project, title, {known}."),
        )
    };
    let (mut ticket, mut project, mut title, mut values) = (None, None, None, Vec::new());
    for text in texts {
        let (word, value) =
            text.split_once('=').ok_or_else(|| unusable(format!("“{text}” is not FACT=VALUE.")))?;
        match (word.trim(), Fact::parse(word.trim())) {
            ("ticket", _) if ticket.is_some() => {
                return Err(unusable("A case has one ticket.".to_owned()));
            }
            ("project", _) if project.is_some() => {
                return Err(unusable("A case has one project.".to_owned()));
            }
            ("ticket", _) if value.trim().is_empty() => {
                return Err(unusable("The URL of the ticket is missing.".to_owned()));
            }
            ("ticket", _) => ticket = Some(value.to_owned()),
            ("project", _) => project = Some(value.to_owned()),
            ("title", _) if title.is_some() => {
                return Err(unusable("A case has one title.".to_owned()));
            }
            ("title", _) => title = Some(value.to_owned()),
            (_, Some(fact)) => values.push((fact, value.to_owned())),
            (_, None) => return Err(unusable(format!("Unknown fact “{word}”."))),
        }
    }
    let correction = CaseCorrection { ticket, project, title };
    Ok(if correction == CaseCorrection::default() {
        Command::SetFacts { case, values }
    } else {
        Command::CorrectCase { case, correction, values }
    })
}

fn parse_event(word: &str, override_reason: Option<String>) -> Result<Event, UserError> {
    let unusable = |headline: String| {
        UserError::new(Code::Usage, headline, format!("The events are {}.", Event::WORDS.join(", ")))
    };
    match Event::parse(word) {
        Some(Event::OfferSent { by, .. }) => Ok(Event::OfferSent { override_reason, by }),
        Some(_) if override_reason.is_some() => {
            Err(unusable("--override works only with offer-sent.".to_owned()))
        }
        Some(event) => Ok(event),
        None => Err(unusable(format!("Unknown event “{word}”."))),
    }
}
