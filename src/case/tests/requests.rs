//! Which request may be opened when, and which Kibana hosts are accepted.

use super::*;
use crate::case::intake::foreign_handover;
use crate::case::{Request, Rule, blocked_by, may_request, next_step, step_form};

fn allowed(driver: &CaseDriver) -> (bool, bool) {
    let may = |request| may_request(&driver.case, request, &driver.rules, driver.now).is_ok();
    (may(Request::Console), may(Request::Infra))
}

fn refusal(driver: &CaseDriver, request: Request) -> Refusal {
    may_request(&driver.case, request, &driver.rules, driver.now).unwrap_err()
}

#[test]
fn a_request_is_opened_at_its_own_stage_alone() {
    let mut declined = CaseDriver::new().with_evidence();
    declined.event("offer-sent").event("offer-declined");
    let mut waiting = CaseDriver::new().with_evidence();
    waiting.event("offer-sent");
    let mut failed = CaseDriver::new().console_opened();
    failed.event("attempt-failed");
    let mut closed = CaseDriver::new().console_opened();
    closed.event("attempt-failed").event("close");
    for (driver, stage) in [
        (CaseDriver::new(), "troubleshoot"),
        (CaseDriver::new().with_attempts(), "bug_issue"),
        (CaseDriver::new().with_evidence(), "offer"),
        (waiting, "awaiting_answer"),
        (declined, "outcome"),
        (CaseDriver::new().console_opened(), "awaiting_attempt"),
        (CaseDriver::new().infra_opened(), "awaiting_attempt"),
        (failed, "outcome"),
        (closed, "closed"),
    ] {
        assert_eq!((driver.stage(), allowed(&driver)), (stage, (false, false)));
        for request in [Request::Console, Request::Infra] {
            let no = refusal(&driver, request);
            assert!(no.headline.contains("request ") && !no.hint.is_empty(), "{stage}: {no}");
            assert_eq!(no.code(), crate::case::Code::Refused, "{stage}");
        }
    }
    assert_eq!(refusal(&CaseDriver::new(), Request::Console).rule, Rule::EvidenceBeforeOffer);
    assert_eq!(allowed(&CaseDriver::new().accepted()), (true, false));
    assert_eq!(allowed(&CaseDriver::new().accepted().exported(days_ago(3))), (false, true));
    let mut escalated = CaseDriver::new().console_opened();
    escalated.event("attempt-failed").event("escalate-to-infra");
    assert_eq!(allowed(&escalated), (false, true));
}

#[test]
fn a_request_for_infrastructure_ends_with_its_window_by_time_alone() {
    let mut driver = CaseDriver::new().accepted().exported(days_ago(29));
    assert_eq!(allowed(&driver), (false, true));
    driver.now = driver.now.plus_ms(2 * DAY_MS);
    assert_eq!((driver.stage(), allowed(&driver)), ("infra_request", (true, false)));
    assert!(refusal(&driver, Request::Infra).headline.contains("more than 30 days ago"));
}

#[test]
fn a_share_link_of_a_foreign_kibana_is_no_evidence() {
    let mut driver = CaseDriver::new();
    let set = |text: &str| Input::SetFact(Fact::KibanaLink, parse_fact(Fact::KibanaLink, text).unwrap());
    for url in [
        "https://kibana.example.com/app/r/s/x1",
        "https://log.gprd.gitlab.net:8443/goto/1",
        "https://log.gprd.gitlab.net.example.com/goto/1",
    ] {
        let no = driver.input(set(url)).unwrap_err();
        assert_eq!(no.rule, Rule::KibanaShareLink, "{url}");
        assert!(no.headline.contains("log.gprd.gitlab.net, nonprod-log.gitlab.net"), "{no}");
        assert!(driver.case.facts.kibana_link.is_none());
    }
    for url in ["https://log.gprd.gitlab.net/app/r/s/x1", "https://NONPROD-LOG.gitlab.net/goto/1"] {
        driver.input(set(url)).unwrap();
    }
    driver.rules.kibana_hosts = vec!["kibana.example.com".into()];
    driver.input(set("https://kibana.example.com/app/r/s/x1")).unwrap();
    assert!(driver.input(set("https://log.gprd.gitlab.net/app/r/s/x1")).is_err());
}

#[test]
fn the_form_the_step_and_the_obstacles_agree_when_the_window_ends_by_time_alone() {
    let told = |driver: &CaseDriver| {
        let step = next_step(&driver.case, &driver.offer_log, &driver.rules, driver.now).unwrap();
        let form = step_form(&driver.case, &step);
        let links = [Fact::ConsoleIssue, Fact::InfraIssue];
        let asked = form.fields.iter().map(|field| field.fact).find(|fact| links.contains(fact));
        let missing = blocked_by(&driver.case, &driver.rules, driver.now);
        let blocked = missing.iter().map(|one| one.fact).find(|fact| links.contains(fact));
        (step.request, form.text, asked, blocked)
    };
    let infra = (Some(Request::Infra), Some("infra"), Some(Fact::InfraIssue), Some(Fact::InfraIssue));
    let console =
        (Some(Request::Console), Some("console"), Some(Fact::ConsoleIssue), Some(Fact::ConsoleIssue));
    let mut driver = CaseDriver::new().accepted().exported(days_ago(29));
    assert_eq!(told(&driver), infra);
    driver.now = driver.now.plus_ms(2 * DAY_MS);
    assert_eq!((driver.stage(), told(&driver)), ("infra_request", console));
    driver.set("ownership_verified_at", &days_ago(0).rfc3339());
    assert_eq!(told(&driver), console);
}

/// A link decides something: a request counts as made, an offer as allowed. So it must lead where the handbook says.
#[test]
fn a_link_belongs_to_the_tracker_or_the_host_of_its_fact() {
    let mut driver = CaseDriver::new();
    let set = |fact: Fact, text: &str| Input::SetFact(fact, parse_fact(fact, text).unwrap());
    for (fact, url) in [
        (Fact::ConsoleIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/1"),
        (Fact::InfraIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/5"),
        (Fact::BugIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/9"),
        (Fact::BugIssue, "https://gitlab.com/acme/web/-/issues/9"),
        (Fact::BugIssue, "https://evil.example/gitlab-org/gitlab/-/issues/9"),
        (Fact::SentryLink, "https://example.com/foo"),
    ] {
        let no = driver.input(set(fact, url)).unwrap_err();
        assert_eq!(no.rule, Rule::LinkPlace, "{url}");
        assert!(!driver.case.facts.has(fact), "{url}");
    }
    let no = driver.input(set(Fact::ConsoleIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/1"));
    assert!(no.unwrap_err().hint.text().contains("Bug issue"), "the hint says where the link belongs");
    for (fact, url) in [
        (Fact::InfraIssue, "https://gitlab.com/gitlab-com/gl-infra/infrastructure/-/issues/5"),
        (Fact::BugIssue, "https://gitlab.com/gitlab-org/gitaly/-/issues/9"),
        (Fact::SentryLink, "https://sentry.gitlab.net/gitlab/gitlabcom/?query=x"),
    ] {
        driver.input(set(fact, url)).unwrap();
    }
    // The handbook's file decides, and the trackers of the case's own instance count, as in practice.
    driver.rules.sentry_hosts = vec!["sentry.example.com".into()];
    driver.rules.tracker_hosts = vec!["git.example.com".into()];
    driver.rules.trackers.console = vec!["team/requests".into()];
    driver.input(set(Fact::SentryLink, "https://sentry.example.com/1")).unwrap();
    driver.input(set(Fact::ConsoleIssue, "https://git.example.com/team/requests/-/issues/3")).unwrap();
    driver.case.instance = "http://127.0.0.1:4001".into();
    driver.input(set(Fact::ConsoleIssue, "http://127.0.0.1:4001/team/requests/-/issues/4")).unwrap();
}

#[test]
fn a_hand_over_on_an_unknown_host_is_noticed() {
    let mut rules = Rules::default();
    let known = "https://storage.googleapis.com/gitlab-gprd-tmp/x.tar.gz";
    assert_eq!(foreign_handover(known, &rules), None);
    assert_eq!(foreign_handover("https://evil.example/x", &rules).as_deref(), Some("evil.example"));
    rules.handover_hosts.clear();
    assert_eq!(foreign_handover("https://evil.example/x", &rules), None);
}

#[test]
fn a_corrected_result_leaves_no_deadline_of_a_link() {
    let mut driver = CaseDriver::new().console_opened();
    driver.event("attempt-succeeded").set("handover_link", "https://storage.googleapis.com/b/x");
    let has_link = |driver: &CaseDriver| {
        let all = crate::case::deadlines(&driver.case, None, &driver.rules, driver.now);
        all.iter().any(|deadline| deadline.name == crate::case::DeadlineName::HandoverLink)
    };
    assert!(has_link(&driver));
    driver.set("attempt_result", "failed");
    assert!(!has_link(&driver));
}
