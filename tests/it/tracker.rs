//! The handbook's trackers through the API, against the practice GitLab: what is sent, what is refused, what the case
//! knows afterwards.

mod commands;
mod reading;

use export_desk::case::{Case, CaseId, Code, Event, Fact, UserError as Told};
use export_desk::engine::api::{Answer, Command, IssueSearch, StartOptions};
use export_desk::practice::{ApiCall, Fault, FaultKind};
use export_desk::texts::{DiffLine, TextKind};
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;
use commands::{bug, comment, infradev, search};

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";
const PROJECT: &str = "acme/webshop";

/// A fixture on whose practice GitLab the handbook's trackers are.
pub fn fixture_with(handbook: &str) -> Fixture {
    fixture_of("first-export", handbook)
}

fn fixture_of(lesson: &str, handbook: &str) -> Fixture {
    let fixture = Fixture::of(lesson);
    let folder = fixture.data_dir().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("[new_issue]\nhost = \"{}\"\n{handbook}", fixture.practice.url());
    std::fs::write(folder.join("handbook.toml"), text).unwrap();
    fixture
}

fn new_case(front_end: &FrontEnd, fixture: &Fixture, project: &str) -> CaseId {
    let (ticket, instance) = (Some(TICKET.to_owned()), fixture.practice.url().to_owned());
    match front_end.ask(Command::NewCase { ticket, instance, project: project.to_owned() }) {
        Ok(Answer::Case(id) | Answer::CaseOfUnknown(id, _)) => id,
        other => panic!("{other:?}"),
    }
}

fn set(front_end: &FrontEnd, case: CaseId, facts: &[(Fact, &str)]) {
    let values = facts.iter().map(|(fact, text)| (*fact, (*text).to_owned())).collect();
    front_end.ask(Command::SetFacts { case, values }).unwrap();
}

/// Moves a case forward until the customer has accepted the offer.
fn accept(front_end: &FrontEnd, fixture: &Fixture, case: CaseId) {
    let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", fixture.practice.url());
    let facts = [
        (Fact::UiAttemptAt, "2026-11-20T10:00:00Z"),
        (Fact::UiAttemptMessage, "500"),
        (Fact::ApiAttemptAt, "2026-11-20T10:10:00Z"),
        (Fact::ApiAttemptMessage, "none"),
        (Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/aBcD1"),
        (Fact::BugIssue, &issue),
        (Fact::BugIssueUpdated, "yes"),
    ];
    set(front_end, case, &facts);
    let offer = Event::OfferSent { override_reason: None, by: None };
    front_end.ask(Command::CaseEvent { case, event: offer }).unwrap();
    front_end.ask(Command::CaseEvent { case, event: Event::OfferAccepted }).unwrap();
}

fn case_of(front_end: &FrontEnd, id: CaseId) -> Case {
    front_end
        .until(|snapshot| snapshot.cases.iter().find(|case| case.id == id).map(|case| case.as_ref().clone()))
}

fn found(answer: Result<Answer, Told>) -> IssueSearch {
    match answer {
        Ok(Answer::Issues(found)) => found.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

fn posted(answer: Result<Answer, Told>) -> (String, Vec<String>) {
    match answer {
        Ok(Answer::Posted { url, notes }) => (url, notes),
        other => panic!("{other:?}"),
    }
}

/// The bodies of the changing requests, selected by method and the end of their paths.
fn sent(fixture: &Fixture, method: &str, end: &str) -> Vec<Value> {
    let all = fixture.practice.requests();
    let ours = all.iter().filter(|seen| seen.method == method && seen.path().ends_with(end));
    ours.map(|seen| serde_json::from_slice(&seen.body).unwrap()).collect()
}

fn answer(status: u16) -> FaultKind {
    let body = json!({ "message": format!("{status} Forbidden") }).to_string();
    FaultKind::Answer { status, content_type: "application/json".into(), body }
}

#[test]
fn a_search_lists_the_known_issues_first() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    set(&front_end, case, &[(Fact::DownloadError, "404 Not found or has expired")]);
    let hits = found(front_end.ask(search(case, "project export"))).hits;
    let first = &hits[0];
    assert_eq!(first.reference, "gitlab-org/gitlab#330833");
    assert_eq!(first.title.as_deref(), Some("Project export download link has expired"));
    assert_eq!((first.is_open, first.labels.as_slice()), (Some(true), &["type::bug".to_owned()][..]));
    assert!(first.url.starts_with(fixture.practice.url()) && first.known.is_some(), "{first:?}");
    let stuck = hits.iter().position(|hit| hit.reference == "gitlab-org/gitlab#436638").unwrap();
    assert!(hits[stuck].known.is_none() && hits[..stuck].iter().all(|hit| hit.known.is_some()), "{hits:?}");
    assert_eq!(hits.iter().filter(|hit| hit.reference == first.reference).count(), 1);
    let asked = fixture.practice.requests();
    let query = asked.iter().rfind(|seen| seen.path().ends_with("/issues")).unwrap();
    assert!(query.target.contains("state=opened") && query.target.contains("in=title%2Cdescription"));
}

#[test]
fn earlier_requests_for_the_project_are_seen() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, "other/private");
    let requests = found(front_end.ask(Command::SearchRequests { case }));
    let references: Vec<_> = requests.hits.iter().map(|hit| hit.reference.as_str()).collect();
    assert_eq!(references, ["gitlab-com/support/internal-requests#1"]);
    assert_eq!(requests.hits[0].is_open, Some(false), "closed ones count as well");
    // The tracker's former project is not in the practice world: reported, but no error.
    assert_eq!(requests.not_searched.len(), 1);
    assert!(requests.not_searched[0].starts_with("gitlab-com/gl-infra/infrastructure could not be searched"));
    let none = new_case(&front_end, &fixture, "other/privat");
    assert!(found(front_end.ask(Command::SearchRequests { case: none })).hits.is_empty());
}

#[test]
fn no_access_is_reported_and_no_error() {
    for (status, handbook) in [(404, "[trackers.bug]\nproject = \"other/private\"\n"), (403, "")] {
        let fixture = fixture_with(handbook);
        if status == 403 {
            fixture.practice.trigger(Fault::always(ApiCall::Issues, answer(403)));
        }
        let front_end = FrontEnd::of(&fixture);
        let case = new_case(&front_end, &fixture, PROJECT);
        let nothing = found(front_end.ask(search(case, "export")));
        assert!(nothing.hits.is_empty() && nothing.not_searched.len() == 1, "{status}: {nothing:?}");
        set(&front_end, case, &[(Fact::DownloadError, "the link has expired")]);
        let known = found(front_end.ask(search(case, "export")));
        assert!(known.hits.iter().all(|hit| hit.known.is_some()) && !known.hits.is_empty(), "{status}");
    }
}

#[test]
fn a_rate_limit_is_waited_out() {
    let fixture = fixture_with("");
    let limited = || FaultKind::RateLimited { retry_after: Some("60".into()) };
    fixture.practice.trigger(Fault::next(ApiCall::Issues, limited()));
    fixture.practice.trigger(Fault::next(ApiCall::IssueCreate, limited()));
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    assert_eq!(found(front_end.ask(search(case, "expired"))).hits.len(), 1);
    let (_, notes) = posted(front_end.ask(bug(case, "Export fails", "It fails.", &[])));
    assert!(notes.is_empty(), "a 429 is no lost answer: {notes:?}");
    assert_eq!(sent(&fixture, "POST", "/issues").len(), 2, "the refused one and its repetition");
}

#[test]
fn an_issue_is_posted_as_it_was_seen_and_recorded() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    set(&front_end, case, &[(Fact::KibanaLink, "https://log.gprd.gitlab.net/goto/1")]);
    let (title, text) = ("Export fails: \"500\"", "It fails: https://log.gprd.gitlab.net/goto/1\n");
    let (url, notes) = posted(front_end.ask(bug(case, title, text, &["type::bug", "group::import"])));
    assert_eq!(notes, [""; 0]);
    assert_eq!(
        sent(&fixture, "POST", "/issues"),
        [
            json!({"title": title, "description": text, "labels": "type::bug,group::import", "confidential": false})
        ]
    );
    let facts = case_of(&front_end, case).facts;
    assert_eq!(facts.bug_issue.as_ref(), Some(&url));
    assert_eq!(facts.get(Fact::BugIssueUpdated).as_deref(), Some("yes"));
    let Ok(Answer::Journal(lines)) = front_end.ask(Command::CaseJournal { case }) else { panic!() };
    let at = lines.iter().position(|line| line.kind == "issue_posted").unwrap();
    assert!(lines[at].sentence.contains(&url));
    assert!(lines[at..at + 3].iter().all(|line| line.at == lines[at].at), "one commit: {lines:?}");
    let again = front_end.ask(bug(case, "Once more", "x", &[])).unwrap_err();
    assert!(again.code == Code::Refused && again.headline.contains(&url), "{again:?}");
    assert_eq!(sent(&fixture, "POST", "/issues").len(), 1);
}

#[test]
fn a_request_needs_its_stage_verified_ownership_and_confidence() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let console = |confidential| Command::PostIssue {
        case,
        kind: TextKind::Console,
        title: format!("Export of {PROJECT}"),
        text: format!("For {PROJECT}, asked by sam@acme.example"),
        confidential,
        labels: vec!["Console Escalation::GitLab.com".into()],
        marks_opened: false,
    };
    let refused = front_end.ask(console(true)).unwrap_err();
    assert!(
        refused.code == Code::Refused && refused.headline.contains("after an accepted offer"),
        "{refused:?}"
    );
    accept(&front_end, &fixture, case);
    let early = front_end.ask(console(true)).unwrap_err();
    assert!(
        early.code == Code::Refused && early.headline.contains("Verify the account's ownership first"),
        "{early:?}"
    );
    set(&front_end, case, &[(Fact::OwnershipVerifiedAt, "2026-11-20T10:00:00Z")]);
    assert_eq!(front_end.ask(console(false)).unwrap_err().code, Code::Refused);
    let infra = Command::PostIssue {
        case,
        kind: TextKind::Infra,
        title: format!("Export of {PROJECT}"),
        text: "Please fetch it.".into(),
        confidential: true,
        labels: Vec::new(),
        marks_opened: false,
    };
    let other = front_end.ask(infra).unwrap_err();
    assert!(other.headline.contains("does not fit this case. Use a console request: "), "{other:?}");
    let (url, _) = posted(front_end.ask(console(true)));
    assert!(url.contains("gitlab-com/support/internal-requests"));
    assert_eq!(case_of(&front_end, case).facts.console_issue, Some(url));
    assert_eq!(sent(&fixture, "POST", "/issues").len(), 1);
}

#[test]
fn a_leak_is_refused_and_named() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", fixture.practice.url());
    set(&front_end, case, &[(Fact::BugIssue, &issue)]);
    let free = new_case(&front_end, &fixture, "acme/handbook");
    for (leaky, what) in [
        (bug(free, "Export of acme/handbook fails", "x", &[]), "project"),
        (bug(free, "Export fails", "says sam@acme.example", &[]), "e-mail address"),
        (comment(case, &issue, "see ticket 418822", false), "ticket"),
        (comment(case, &issue, "PRIVATE-TOKEN: abcdef0123456789", true), "token"),
        (infradev(case, "2", "2", "the webshop cannot be moved"), "project"),
    ] {
        let refused = front_end.ask(leaky).unwrap_err();
        assert_eq!(refused.code, Code::Refused, "{refused:?}");
        assert!(refused.headline.contains(what) && !refused.headline.contains("abcdef0"), "{refused:?}");
    }
    assert!(fixture.practice.requests().iter().all(|seen| seen.method == "GET"), "nothing was sent");
    // A comment that only members can read may name the customer.
    posted(front_end.ask(comment(case, &issue, "this is acme/webshop", true)));
    assert_eq!(sent(&fixture, "POST", "/notes"), [json!({"body": "this is acme/webshop", "internal": true})]);
}

#[test]
fn a_lost_answer_is_searched_and_never_sent_twice() {
    let lost = || FaultKind::CutInHeader { after_bytes: 0 };
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    fixture.practice.trigger(Fault::next(ApiCall::IssueCreate, lost()));
    let (url, notes) = posted(front_end.ask(bug(case, "Export fails at the upload", "Text.", &[])));
    assert!(notes.len() == 1 && notes[0].contains("lost"), "{notes:?}");
    assert_eq!(case_of(&front_end, case).facts.bug_issue, Some(url.clone()));
    assert_eq!(case_of(&front_end, case).facts.bug_issue_updated, None, "an offer needs a log link in it");
    fixture.practice.trigger(Fault::next(ApiCall::IssueNote, lost()));
    let (note, notes) = posted(front_end.ask(comment(case, &url, "One more.\n\n/label ~x", false)));
    assert!(note.starts_with(&format!("{url}#note_")) && notes.len() == 1, "{note} {notes:?}");
    assert_eq!((sent(&fixture, "POST", "/issues").len(), sent(&fixture, "POST", "/notes").len()), (1, 1));
}

#[test]
fn what_did_not_arrive_is_reported_and_never_sent_twice() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    fixture.practice.trigger(Fault::always(ApiCall::IssueCreate, FaultKind::BadGateway));
    let failed = front_end.ask(bug(case, "Export fails at the upload", "Text.", &[])).unwrap_err();
    assert_eq!(failed.code, Code::Network, "{failed:?}");
    assert!(failed.headline.contains(", so it was not posted."), "{failed:?}");
    assert_eq!(sent(&fixture, "POST", "/issues").len(), 1);
    assert_eq!(case_of(&front_end, case).facts.bug_issue, None);
    // The search itself fails: then nothing is claimed.
    fixture.practice.trigger(Fault::always(ApiCall::Issues, answer(403)));
    let unknown = front_end.ask(bug(case, "Export fails at the upload", "Text.", &[])).unwrap_err();
    assert!(unknown.headline.contains("unknown"), "{unknown:?}");
}

#[test]
fn writing_without_access_changes_nothing() {
    let hidden = fixture_with("[trackers.bug]\nproject = \"other/private\"\n");
    let barred = fixture_with("");
    barred.practice.trigger(Fault::always(ApiCall::IssueCreate, answer(403)));
    for (fixture, code) in [(hidden, Code::NotFoundOrNoAccess), (barred, Code::RoleTooLow)] {
        let front_end = FrontEnd::of(&fixture);
        let case = new_case(&front_end, &fixture, PROJECT);
        let refused = front_end.ask(bug(case, "Export fails", "Text.", &[])).unwrap_err();
        assert_eq!(refused.code, code, "{refused:?}");
        assert_eq!(case_of(&front_end, case).facts.bug_issue, None);
    }
}

#[test]
fn a_label_that_does_not_exist_is_reported() {
    let fixture = fixture_with("[trackers.bug]\nearlier_projects = [\"other/public\"]\n");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let refused =
        front_end.ask(bug(case, "Export fails", "Text.", &["type::bug", "no such label"])).unwrap_err();
    assert_eq!(refused.code, Code::Refused);
    assert!(refused.headline.contains("no such label") && !refused.headline.contains("type::bug"));
    let issue = format!("{}/other/public/-/issues/1", fixture.practice.url());
    set(&front_end, case, &[(Fact::BugIssue, &issue)]);
    let refused = front_end.ask(infradev(case, "2", "2", "Exports of large projects fail")).unwrap_err();
    assert!(refused.code == Code::Refused && refused.headline.contains("infradev"), "{refused:?}");
    assert!(fixture.practice.requests().iter().all(|seen| seen.method == "GET"), "nothing was sent");
    assert_eq!(case_of(&front_end, case).facts.infradev_labelled, None);
}

#[test]
fn infradev_is_set_with_severity_priority_and_impact() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let impact = "Large projects cannot be moved away";
    assert_eq!(
        front_end.ask(infradev(case, "2", "3", impact)).unwrap_err().code,
        Code::Refused,
        "no issue yet"
    );
    let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", fixture.practice.url());
    set(&front_end, case, &[(Fact::BugIssue, &issue)]);
    for (severity, priority, impact) in
        [("", "3", impact), ("2", "high", impact), ("2", "3", " "), ("5", "3", impact)]
    {
        let refused = front_end.ask(infradev(case, severity, priority, impact)).unwrap_err();
        assert_eq!(refused.code, Code::Refused, "{severity} {priority} {impact}");
    }
    assert!(sent(&fixture, "PUT", "/330833").is_empty());
    fixture.practice.trigger(Fault::next(ApiCall::IssueUpdate, answer(403)));
    assert_eq!(front_end.ask(infradev(case, "2", "3", impact)).unwrap_err().code, Code::RoleTooLow);
    assert_eq!(case_of(&front_end, case).facts.infradev_labelled, None);
    let (url, notes) = posted(front_end.ask(infradev(case, "severity::2", "P3", impact)));
    assert_eq!((url, notes.len()), (issue, 0));
    let labels = json!({"add_labels": "infradev,severity::2,priority::3"});
    assert_eq!(sent(&fixture, "PUT", "/330833").last(), Some(&labels));
    let note = &sent(&fixture, "POST", "/notes")[0]["body"];
    assert!(note.as_str().unwrap().contains(impact), "{note}");
    assert_eq!(case_of(&front_end, case).facts.get(Fact::InfradevLabelled).as_deref(), Some("yes"));
}

#[test]
fn a_label_without_its_comment_is_recorded() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let issue = format!("{}/gitlab-org/gitlab/-/issues/330833", fixture.practice.url());
    set(&front_end, case, &[(Fact::BugIssue, &issue)]);
    fixture.practice.trigger(Fault::always(ApiCall::IssueNote, answer(403)));
    let half = front_end.ask(infradev(case, "2", "3", "Large projects cannot be moved")).unwrap_err();
    assert!(half.headline.contains("The labels were added, but the comment was not: "), "{half:?}");
    assert_eq!(case_of(&front_end, case).facts.get(Fact::InfradevLabelled).as_deref(), Some("yes"));
}

#[test]
fn live_wording_is_fetched_compared_and_kept() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let Ok(Answer::UpstreamText(offer)) = front_end.ask(Command::FetchUpstream { kind: TextKind::Offer })
    else {
        panic!()
    };
    assert!(offer.text.contains("one-time courtesy") && offer.source.contains("Offer one time.md"));
    assert!(
        offer
            .difference
            .iter()
            .any(|line| matches!(line, DiffLine::Theirs(text) if text.contains("courtesy")))
    );
    assert!(offer.difference.iter().any(|line| matches!(line, DiffLine::Ours(_))));
    let Ok(Answer::UpstreamText(template)) = front_end.ask(Command::FetchUpstream { kind: TextKind::Infra })
    else {
        panic!()
    };
    assert!(template.text.contains("## Project export request"));
    let unread = front_end.ask(Command::FetchUpstream { kind: TextKind::Failed }).unwrap_err();
    assert_eq!(unread.code, Code::NotFoundOrNoAccess);
    assert!(unread.headline.starts_with("This token cannot read"), "{unread:?}");
    assert_eq!(
        front_end.ask(Command::FetchUpstream { kind: TextKind::Report }).unwrap_err().code,
        Code::Usage
    );
    drop(front_end);
    let later = FrontEnd::of(&fixture);
    let kept = later.engine.snapshot().live.clone();
    assert_eq!(kept.keys().copied().collect::<Vec<_>>(), [TextKind::Offer, TextKind::Infra]);
    assert_eq!(kept[&TextKind::Offer], offer, "with the date it was fetched at");
    // From then on, a person's own template is the one compared with GitLab's.
    let template = Some(offer.text.clone());
    later.ask(Command::SaveTemplate { kind: TextKind::Offer, template }).unwrap();
    let live = later.engine.snapshot().live[&TextKind::Offer].clone();
    assert!(live.difference.iter().all(|line| matches!(line, DiffLine::Same(_))), "{live:?}");
}

#[test]
fn the_programs_own_export_is_the_api_attempt() {
    for (lesson, says, succeeded) in [
        ("first-export", "finished", "yes"),
        ("silent-none", "none", "no"),
        ("size-limit", "exceeds the export limit", "no"),
    ] {
        let fixture = Fixture::of(lesson);
        let front_end = FrontEnd::of(&fixture);
        let case = new_case(&front_end, &fixture, &fixture.lesson.project);
        let own = new_case(&front_end, &fixture, &fixture.lesson.project);
        let written = [(Fact::ApiAttemptAt, "2026-11-01T10:00:00Z"), (Fact::ApiAttemptMessage, "500")];
        for case in [case, own] {
            if case == own {
                set(&front_end, case, &written);
            }
            let start = Command::Start {
                instance: fixture.practice.url().into(),
                project: fixture.lesson.project.clone(),
                case: Some(case),
                options: StartOptions {
                    replace: true,
                    replace_undownloaded: true,
                    ..StartOptions::default()
                },
            };
            let started = front_end.ask(start);
            assert_eq!(started.is_err(), lesson == "size-limit", "{lesson}: {started:?}");
            front_end.until(|snapshot| {
                let case = snapshot.cases.iter().find(|one| one.id == case)?;
                case.facts.export_succeeded.map(|_| ())
            });
        }
        let facts = case_of(&front_end, case).facts;
        assert!(facts.api_attempt_at.is_some(), "{lesson}");
        assert_eq!(facts.get(Fact::ExportSucceeded).as_deref(), Some(succeeded), "{lesson}");
        let message = facts.api_attempt_message.unwrap();
        assert!(message.contains(says), "{lesson}: {message}");
        let kept = case_of(&front_end, own).facts.api_attempt_message;
        assert_eq!(kept.as_deref(), Some("500"), "{lesson}: what a person wrote stays");
    }
}

#[test]
fn the_command_line_shows_before_it_posts() {
    let fixture = fixture_with("");
    let id =
        fixture.run(&["case", "new", "--ticket", TICKET, "--project", PROJECT]).result()["id"].to_string();
    fixture.run(&["case", "set", &id, "download_error=404 Not found or has expired"]);
    let issues = fixture.run(&["case", "issues", &id]);
    assert_eq!(issues.result()["issues"][0]["reference"], "gitlab-org/gitlab#330833", "{}", issues.result());
    let shown = fixture.run(&["case", "post", &id, "bug"]);
    let would = &shown.result()["would_post"];
    assert_eq!((shown.exit, &shown.result()["posted"]), (0, &json!(false)));
    assert_eq!(would["project"], "gitlab-org/gitlab");
    assert!(sent(&fixture, "POST", "/issues").is_empty(), "shown, not posted");
    let done = fixture.run(&["case", "post", &id, "bug", "--yes"]);
    assert_eq!(done.exit, 0, "{}", done.result());
    let body = &sent(&fixture, "POST", "/issues")[0];
    assert_eq!((&body["title"], &body["description"]), (&would["title"], &would["text"]));
    let show = fixture.run(&["case", "show", &id]);
    assert_eq!(show.result()["facts"]["bug_issue"], done.result()["url"]);
    let commented = fixture.run(&["case", "post", &id, "comment", "--yes"]);
    assert_eq!(commented.exit, 0, "{}", commented.result());
    let live = fixture.run(&["text", "offer", "--case", &id, "--live"]);
    assert_eq!(live.exit, 0, "{}", live.result());
    assert!(
        live.result()["live"]["text"].as_str().unwrap().contains("one-time courtesy"),
        "{}",
        live.result()
    );
    assert!(
        live.result()["live"]["difference"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line.as_str().unwrap().starts_with('+'))
    );
    assert_eq!(fixture.run(&["text", "report", "--case", &id, "--live"]).exit, 2, "GitLab has no such text");
    assert!(fixture.run(&["text", "report", "--case", &id]).result()["live"].is_null());
    let console = fixture.run(&["case", "post", &id, "console", "--yes"]);
    assert_eq!((console.exit, console.code()), (3, "refused"), "{}", console.result());
    let lacking = fixture.run(&["case", "post", &id, "infradev", "--say", "severity=2"]);
    assert_eq!((lacking.exit, lacking.code()), (3, "refused"));
    let said = ["--say", "severity=2", "--say", "priority=2", "--say", "impact=Exports of this size fail"];
    let labelled = fixture.run(&[&["case", "post", id.as_str(), "infradev", "--yes"], &said[..]].concat());
    assert_eq!(labelled.exit, 0, "{}", labelled.result());
    assert_eq!(fixture.run(&["case", "post", &id, "offer"]).exit, 2);
    let requests = fixture.run(&["case", "issues", &id, "--requests"]);
    assert_eq!(requests.exit, 0);
    assert_eq!(requests.result()["not_searched"].as_array().unwrap().len(), 1);
}
