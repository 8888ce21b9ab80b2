//! All names that a template can use, built from a case and its context.

use minijinja::Value;

use crate::case::format::{bytes, duration_in_words, number_of};
use crate::case::rules::{DAY_MS, HOUR_MS};
use crate::case::{
    Case, Fact, KnownProject, RebuiltFrom, Request, RoutedBy, Rules, Stage, UtcMs, Value as FactValue,
    VerifiedFile, YesNoUnknown, deadlines, route, same_instance,
};

use super::customer;
use super::handbook::{Handbook, KnownIssue, TrackerProject};
use super::inert::trusted;
use super::kind::{TextKind, TextTarget};
use super::names::{Missing, Names, Recorder, Zendesk};
use super::render::Context;
use super::text_question::TextQuestion;
use super::{kibana, sentry};

/// The root of the names.
pub(super) fn world(kind: TextKind, case: &Case, context: &Context<'_>, recorder: &Recorder) -> Value {
    let rules = context.handbook.rules();
    let reply = kind.target() == TextTarget::TicketReply;
    let zendesk = |path: &str| {
        Value::from_object(if reply { Zendesk::kept(path) } else { Zendesk::missing(path, recorder) })
    };
    let mut root = Names::default()
        .with("ticket", ticket(case, reply, recorder))
        .with("agent", zendesk("agent"))
        .with("current_user", zendesk("current_user"))
        .with("satisfaction", zendesk("satisfaction"))
        .with("dc", zendesk("dc"))
        .with("case", of_case(case))
        .with("project", project(case, recorder))
        .with("fact", facts(case, recorder))
        .with("asked", asked(context, recorder))
        .with("own", own(case, context, recorder))
        .with("window", window(case, &rules, context.now, recorder))
        .with("limit", limits(&rules))
        .with("page", pages(context.handbook))
        .with("infradev", trusted(&context.handbook.infradev.label))
        .with("route", routing(case, &rules, context.now))
        .with("clocks", deadline_list(case, &rules, context.now))
        .with("searches", searches(case, context.handbook))
        .with("known_issues", known_issues(case, context.handbook))
        .with("timeline", context.timeline.iter().map(Value::from).collect::<Vec<_>>())
        .with("notes", notes(kind, case))
        .with("now", context.now.for_people());
    if let Some(tracker) = context.handbook.tracker(kind) {
        root = root.with("tracker", of_tracker(tracker, context.now));
    }
    Value::from_object(root)
}

fn names(names: Names) -> Value {
    Value::from_object(names)
}

fn ticket(case: &Case, reply: bool, recorder: &Recorder) -> Value {
    let zendesk = if reply { Zendesk::kept("ticket") } else { Zendesk::missing("ticket", recorder) };
    let ticket = Names::default().or_zendesk(zendesk);
    let known = case.ticket.as_ref();
    if known.is_none() && reply {
        return names(ticket);
    }
    let lack = || Missing::other("Ticket", "Colleagues find the customer's words by it.");
    let link = known.map(|known| known.url.as_str());
    let bare = link.map(|link| link.split_once("://").map_or(link, |(_, bare)| bare));
    names(
        ticket
            .with("id", recorder.value(known.map(|known| known.id.to_string()), lack()))
            .with("link", recorder.value(link, lack()))
            .with("url", recorder.value(bare, lack())),
    )
}

/// The engineer's notes, for the report alone: no other text may contain them.
fn notes(kind: TextKind, case: &Case) -> Vec<Value> {
    let notes = case.notes.iter().filter(|_| kind == TextKind::Report);
    notes
        .map(|note| names(Names::default().with("at", note.at.for_people()).with("text", note.text.clone())))
        .collect()
}

fn of_case(case: &Case) -> Value {
    let escalated = matches!(
        case.stage,
        Stage::InfraRequest { by: RoutedBy::Escalation } | Stage::AwaitingAttempt { request: Request::Infra }
    ) && case.facts.console_issue.is_some();
    names(
        Names::default()
            .with("id", case.id.to_string())
            .with("title", case.title())
            .with("instance", case.instance.clone())
            .with("stage", case.stage.label())
            .with("since", case.stage_since.for_people())
            .with("opened", case.created_at.for_people())
            .with("error", case.error_messages().next().and_then(first_line).unwrap_or_default())
            .with("escalated", escalated)
            .with("fails_at", fails_at(case))
            .with("gitlab", gitlab(case)),
    )
}

/// What the customer's problem is, for the drafts that describe it: `download` of a finished export, `interface` if our
/// own attempt through the API finished, `file` if an export finished and its file did not arrive, or the `export`.
fn fails_at(case: &Case) -> &'static str {
    let finished = case.facts.export_succeeded == Some(YesNoUnknown::Yes);
    match (finished, case.facts.download_error.is_some(), case.own_api_attempt) {
        (false, _, _) => "export",
        (true, true, _) => "download",
        (true, false, true) => "interface",
        (true, false, false) => "file",
    }
}

/// The GitLab of the case in a public text, which does not name a customer's host.
fn gitlab(case: &Case) -> &'static str {
    let is_com = same_instance(&case.instance, "https://gitlab.com");
    if is_com { "GitLab.com" } else { "a GitLab instance other than GitLab.com" }
}

/// The first line of a message that says something.
fn first_line(message: &str) -> Option<String> {
    message.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

fn project(case: &Case, recorder: &Recorder) -> Value {
    const ASK: &str = "Export Desk reads this value from GitLab when it can reach the instance. Otherwise, fill in the value yourself.";
    let project = &case.project;
    let known = project.known.as_ref();
    let lack = |name: &str| Missing::other(name, ASK);
    let size = |name: &str, of: fn(&KnownProject) -> Option<u64>| {
        recorder.value(known.and_then(of).map(bytes), lack(name))
    };
    let path = project.path.as_deref().or(known.map(|known| known.path.as_str()));
    let url = known.and_then(|known| known.web_url.clone());
    let url = url.or_else(|| path.map(|path| format!("{}/{path}", case.instance)));
    let is_public = known.and_then(|known| known.visibility.as_deref()) == Some("public");
    names(
        Names::default()
            .with("path", recorder.value(path, lack("Project path")))
            .with("id", recorder.value(project.id.or(known.map(|k| k.id)), lack("Project ID")))
            .with("url", recorder.value(url, lack("Project URL")))
            .with(
                "visibility",
                recorder.value(known.and_then(|k| k.visibility.as_deref()), lack("Project visibility")),
            )
            .with("is_public", is_public)
            .with("left_out", project.left_out_in_replies())
            .with("repository_size", size("Repository size", |k| k.repository_bytes))
            .with("lfs_size", size("LFS size", |k| k.lfs_bytes))
            .with("uploads_size", size("Uploads size", |k| k.uploads_bytes))
            .with("storage_size", size("Storage size", |k| k.storage_bytes))
            .with(
                "gitlab_version",
                recorder.value(known.and_then(|k| k.gitlab_version.as_deref()), lack("GitLab version")),
            ),
    )
}

fn facts(case: &Case, recorder: &Recorder) -> Value {
    let shown = |fact| {
        case.facts.value(fact).map(|value| match value {
            FactValue::Time(at) => at.for_people(),
            other => other.to_string(),
        })
    };
    names(Fact::ALL.into_iter().fold(Names::default(), |all, fact| {
        all.with(fact.as_str(), recorder.value(shown(fact), Missing::fact(fact)))
    }))
}

fn asked(context: &Context<'_>, recorder: &Recorder) -> Value {
    let answer = |asked| context.answers.get(&asked).map(|text| text.trim()).filter(|text| !text.is_empty());
    names(TextQuestion::ALL.into_iter().fold(Names::default(), |all, asked| {
        // The engineer's own words, in which a mention is intended.
        all.with(asked.as_str(), recorder.value(answer(asked).map(trusted), Missing::asked(asked)))
    }))
}

const OWN: &str = "Known only if Export Desk made the export.";

fn own(case: &Case, context: &Context<'_>, recorder: &Recorder) -> Value {
    let value =
        |value: Option<&String>, name: &str| recorder.value(value.cloned(), Missing::other(name, OWN));
    let served = case.served.as_ref();
    let rebuilt = served.and_then(|file| file.rebuilt.as_ref());
    names(
        Names::default()
            .with("account", value(context.account.as_ref(), "Account of the export"))
            .with("export", value(context.own_export.as_ref(), "Export with Export Desk"))
            .with("download", value(context.own_download.as_ref(), "Download with Export Desk"))
            .with("api_attempt", case.own_api_attempt)
            .with("next", value(context.next.as_ref(), "Next step"))
            .with("size", recorder.value(served.map(|s| bytes(s.bytes)), Missing::other("File size", OWN)))
            .with(
                "bytes",
                recorder.value(served.map(|s| s.bytes.to_string()), Missing::other("File size", OWN)),
            )
            .with("sha256", value(served.map(|s| &s.sha256), "SHA-256 of the file"))
            .with("verdict", value(served.map(|s| &s.verdict), "Verdict of the verification"))
            .with("rebuilt", rebuilt.map(RebuiltFrom::sentence).unwrap_or_default())
            .with("parts", rebuilt.map(|from| listed(&from.parts)).unwrap_or_default())
            .with("gaps", rebuilt.map(|from| listed(&from.gaps)).unwrap_or_default())
            .with("left_out", rebuilt.map(|from| listed(&customer::left_out(from))).unwrap_or_default())
            .with("notes", rebuilt.map(|from| listed(&customer::notes(from))).unwrap_or_default())
            .with("missing_parts", rebuilt.map(missing_parts).unwrap_or_default())
            .with("loses", served.is_some_and(loses)),
    )
}

/// How many parts a rebuilt archive lacks; empty if none.
fn missing_parts(rebuilt: &RebuiltFrom) -> String {
    let count = rebuilt.gaps.len() as u64;
    if count == 0 { String::new() } else { number_of(count, "part", "parts") }
}

/// Whether the file has items that GitLab cannot import. A gap alone makes none.
fn loses(file: &VerifiedFile) -> bool {
    let only_gaps = file.rebuilt.as_ref().is_some_and(|rebuilt| !rebuilt.gaps.is_empty() && !rebuilt.loses);
    file.verdict == "importable_with_losses" && !only_gaps
}

fn listed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| Value::from(line.as_str())).collect()
}

/// The infrastructure window, the file's 24 hours and the hand-over link's expiry, computed from the facts.
fn window(case: &Case, rules: &Rules, now: UtcMs, recorder: &Recorder) -> Value {
    let finished = case.facts.export_finished_at;
    let infra = finished.map(|at| at.plus_ms(rules.infra_window_ms));
    let file = finished.map(|at| at.plus_ms(rules.file_expiry_ms));
    let lack = || Missing::fact(Fact::ExportFinishedAt);
    names(
        Names::default()
            .with("infra_ends", recorder.value(infra.map(UtcMs::for_people), lack()))
            .with("infra_left", recorder.value(infra.map(|at| left(at, now)), lack()))
            .with("infra_due", recorder.value(infra.filter(|at| *at > now).map(date), lack()))
            .with("file_ends", recorder.value(file.map(UtcMs::for_people), lack()))
            .with("file_over", file.is_some_and(|at| at <= now)),
    )
}

fn limits(rules: &Rules) -> Value {
    names(
        Names::default()
            .with("infra_window_days", rules.infra_window_ms / DAY_MS)
            .with("file_hours", rules.file_expiry_ms / HOUR_MS)
            .with("handover_days", rules.handover_link_ms / DAY_MS)
            .with("answer_days", rules.answer_over_ms / DAY_MS)
            .with("logs_short_days", rules.logs_short_ms / DAY_MS)
            .with("logs_long_days", rules.logs_long_ms / DAY_MS),
    )
}

fn pages(handbook: &Handbook) -> Value {
    Value::from_object(Addresses(
        handbook.pages.iter().map(|(key, page)| (key.clone(), page.as_str().to_owned())).collect(),
    ))
}

/// The handbook's pages by key.
#[derive(Debug)]
struct Addresses(std::collections::BTreeMap<String, String>);

impl minijinja::value::Object for Addresses {
    fn get_value(self: &std::sync::Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).map(trusted)
    }
}

fn routing(case: &Case, rules: &Rules, now: UtcMs) -> Value {
    let routing = route(&case.facts, rules, now);
    names(Names::default().with("request", routing.request.as_str()).with("why", routing.why))
}

fn deadline_list(case: &Case, rules: &Rules, now: UtcMs) -> Vec<Value> {
    let deadline = |deadline: crate::case::Deadline| {
        names(
            Names::default()
                .with("label", deadline.name.label())
                .with("ends", deadline.ends_at.for_people())
                .with("left", left(deadline.ends_at, now))
                .with("why", deadline.why),
        )
    };
    deadlines(case, None, rules, now).into_iter().map(deadline).collect()
}

fn searches(case: &Case, handbook: &Handbook) -> Vec<Value> {
    let logs = kibana::links(case, &handbook.kibana);
    let errors = sentry::links(case, &handbook.sentry);
    let link =
        |link: kibana::LogLink| names(Names::default().with("label", link.label).with("url", link.url));
    logs.into_iter().chain(errors).map(link).collect()
}

fn known_issues(case: &Case, handbook: &Handbook) -> Vec<Value> {
    let facts = &case.facts;
    let messages = [&facts.ui_attempt_message, &facts.api_attempt_message, &facts.download_error];
    let messages: Vec<&str> = messages.into_iter().filter_map(|message| message.as_deref()).collect();
    let known = |known: &KnownIssue| {
        names(
            Names::default()
                .with("symptom", trusted(&known.symptom))
                .with("issues", known.issues.iter().map(trusted).collect::<Vec<_>>())
                .with("advice", trusted(&known.advice)),
        )
    };
    handbook.known_issues_in(&messages).into_iter().map(known).collect()
}

fn of_tracker(tracker: &TrackerProject, now: UtcMs) -> Value {
    let labels: Vec<Value> = tracker.labels.iter().map(|label| trusted(label.replace('"', ""))).collect();
    let due = (tracker.due_days > 0).then(|| date(now.plus_ms(i64::from(tracker.due_days) * DAY_MS)));
    names(
        Names::default()
            .with("project", trusted(&tracker.project))
            .with("template", trusted(&tracker.template))
            .with("labels", labels)
            .with("confidential", tracker.confidential)
            .with("due", due.unwrap_or_default()),
    )
}

/// `2026-11-21`.
fn date(at: UtcMs) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// `29 days left`, `5 hours left`, `over for 2 days`.
fn left(ends_at: UtcMs, now: UtcMs) -> String {
    let ms = ends_at.since_ms(now);
    let span = duration_in_words(ms.saturating_abs());
    if ms > 0 { format!("{span} left") } else { format!("ended {span} ago") }
}
