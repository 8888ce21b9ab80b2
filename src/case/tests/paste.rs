//! Pasted texts and what is recognised in them.

use proptest::prelude::*;

use super::*;
use crate::case::intake::{parse_project, parse_ticket};
use crate::case::{Recognised, Trackers, recognise};

fn found(text: &str) -> Vec<Recognised> {
    let instances = ["https://gitlab.com".to_owned(), "https://gitlab.example.org/git/".to_owned()];
    recognise(text, &instances, &Trackers::default())
}

fn fact(fact: Fact, text: &str) -> Recognised {
    Recognised::Fact { fact, text: text.to_owned() }
}

fn project(instance: Option<&str>, path: &str) -> Recognised {
    Recognised::Project { instance: instance.map(str::to_owned), project: ProjectRef::by_path(path) }
}

#[test]
fn one_pasted_value_fills_its_fact() {
    let ticket = |url: &str, id| Recognised::Ticket(Ticket { url: url.to_owned(), id });
    let gitlab = Some("https://gitlab.com");
    let ours = "https://gitlab.zendesk.com/agent/tickets/418822";
    let rows = [
        (ours, ticket(ours, 418_822)),
        ("https://gitlab.zendesk.com/agent/tickets/418822/?brand_id=3", ticket(ours, 418_822)),
        (
            "https://gitlab-federal-support.zendesk.com/agent/tickets/7",
            ticket("https://gitlab-federal-support.zendesk.com/agent/tickets/7", 7),
        ),
        ("https://gitlab.com/acme/platform/monorepo", project(gitlab, "acme/platform/monorepo")),
        ("https://gitlab.com/acme/monorepo.git", project(gitlab, "acme/monorepo")),
        ("https://gitlab.com/acme/monorepo/-/settings/integrations", project(gitlab, "acme/monorepo")),
        (
            "https://gitlab.example.org/git/acme/tool",
            project(Some("https://gitlab.example.org/git"), "acme/tool"),
        ),
        ("acme/platform/monorepo", project(None, "acme/platform/monorepo")),
        (
            "https://log.gprd.gitlab.net/app/r/s/AbC",
            fact(Fact::KibanaLink, "https://log.gprd.gitlab.net/app/r/s/AbC"),
        ),
        (
            "https://log.gprd.gitlab.net/goto/12ab",
            fact(Fact::KibanaLink, "https://log.gprd.gitlab.net/goto/12ab"),
        ),
        (
            "https://new-sentry.gitlab.net/organizations/gitlab/issues/1/?project=3",
            fact(Fact::SentryLink, "https://new-sentry.gitlab.net/organizations/gitlab/issues/1/?project=3"),
        ),
        (
            "https://gitlab.com/gitlab-org/gitlab/-/issues/330833#note_1",
            fact(Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/330833"),
        ),
        ("gitlab-org/gitlab#5", fact(Fact::BugIssue, "https://gitlab.com/gitlab-org/gitlab/-/issues/5")),
        (
            "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9",
            fact(
                Fact::InfraIssue,
                "https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9",
            ),
        ),
        (
            "https://gitlab.com/gitlab-com/gl-infra/infrastructure/-/work_items/9",
            fact(Fact::InfraIssue, "https://gitlab.com/gitlab-com/gl-infra/infrastructure/-/work_items/9"),
        ),
        (
            "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7",
            fact(Fact::ConsoleIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/7"),
        ),
        (
            "https://gitlab.com/acme/tool/-/issues/7",
            Recognised::Issue { url: "https://gitlab.com/acme/tool/-/issues/7".to_owned() },
        ),
        ("01HX3KAYQ5W3M0B9S4D2Z7T8RF", fact(Fact::CorrelationId, "01HX3KAYQ5W3M0B9S4D2Z7T8RF")),
        (
            "\"correlation_id\": \"f3a1c0de-0000-4000-8000-123456789abc\"",
            fact(Fact::CorrelationId, "f3a1c0de-0000-4000-8000-123456789abc"),
        ),
        (
            "Correlation ID: f3a1c0de-0000-4000-8000-123456789abc",
            fact(Fact::CorrelationId, "f3a1c0de-0000-4000-8000-123456789abc"),
        ),
        ("2026-11-21 08:54 +02:00", Recognised::Time(UtcMs::parse_rfc3339("2026-11-21T06:54:00Z").unwrap())),
    ];
    for (text, expected) in rows {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn what_programs_write_around_a_value_is_removed() {
    let ours = "https://gitlab.zendesk.com/agent/tickets/418822";
    let ticket = Recognised::Ticket(Ticket { url: ours.to_owned(), id: 418_822 });
    let tool = || project(Some("https://gitlab.com"), "acme/tool");
    let rows = [
        ("<https://gitlab.com/acme/tool|the tool>", tool()),
        ("<a href=\"https://gitlab.com/acme/tool\">the tool</a>", tool()),
        ("\u{202a}https://gitlab.com/acme/tool\u{202c}", tool()),
        ("https://gitlab.com/admin/projects/acme/tool", tool()),
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fgitlab.com%2Facme%2Ftool&data=05%7C02&reserved=0",
            tool(),
        ),
        ("https://urldefense.com/v3/__https://gitlab.zendesk.com/agent/tickets/418822__;!!A!b$", ticket),
    ];
    for (text, expected) in rows {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn what_cannot_serve_is_refused_with_the_reason_and_the_way() {
    for text in [
        "https://log.gprd.gitlab.net/app/discover#/?_g=(time:(from:now-7d,to:now))&_a=h@57c1",
        "https://log.gprd.gitlab.net/app/kibana#/discover?_a=(columns:!(json.class))",
        "https://nonprod-log.gitlab.net/s/eng/app/dashboards#/view/1",
    ] {
        let [Recognised::Refused { refusal, .. }] = &found(text)[..] else { panic!("{text}") };
        assert_eq!(refusal.rule.as_str(), "kibana_share_link");
        assert!(refusal.hint.text().contains("Share"), "{refusal}");
    }
    let [Recognised::Refused { refusal, .. }] = &found("2026-11-21 08:54")[..] else { panic!("no zone") };
    assert_eq!(refusal.rule.as_str(), "time_with_zone");
    let [Recognised::Refused { .. }] = &found("https://gitlab.zendesk.com/agent/dashboard")[..] else {
        panic!("no ticket")
    };
}

#[test]
fn a_whole_note_is_split_into_its_facts() {
    let note = "Hi, see [the ticket](https://gitlab.zendesk.com/agent/tickets/5), project \
                <https://gitlab.com/acme/monorepo>.\r\n\
                Logs: https://log.gprd.gitlab.net/app/r/s/AbC.\n\
                correlation_id=01HX3KAYQ5W3M0B9S4D2Z7T8RF and/or not\n\
                Sat, 21 Nov 2026 06:54:00 +0000\n\
                again https://gitlab.com/acme/monorepo";
    let words: Vec<String> = found(note)
        .into_iter()
        .map(|one| match one {
            Recognised::Ticket(ticket) => format!("ticket {}", ticket.id),
            Recognised::Project { project, .. } => format!("project {}", project.title()),
            Recognised::Fact { fact, text } => format!("{fact} {text}"),
            Recognised::Time(at) => at.rfc3339(),
            Recognised::Issue { url } => url,
            Recognised::Refused { text, .. } => format!("refused {text}"),
        })
        .collect();
    assert_eq!(
        words,
        [
            "ticket 5",
            "project acme/monorepo",
            "kibana_link https://log.gprd.gitlab.net/app/r/s/AbC",
            "correlation_id 01HX3KAYQ5W3M0B9S4D2Z7T8RF",
            "2026-11-21T06:54:00Z",
        ]
    );
}

#[test]
fn prose_is_not_mistaken_for_facts() {
    for text in [
        "",
        "please try and/or retry",
        "https://example.com/page",
        "https://gitlab.com/acme",
        "12345",
        "v18.9",
    ] {
        assert_eq!(found(text), [], "{text:?}");
    }
}

#[test]
fn projects_are_named_by_number_path_or_address_of_the_instance() {
    let read = |text: &str| parse_project(text, "https://gitlab.com").map(|named| named.project);
    assert_eq!(read("42"), Ok(ProjectRef::by_id(42)));
    assert_eq!(read(" acme/monorepo/ "), Ok(ProjectRef::by_path("acme/monorepo")));
    assert_eq!(read("https://gitlab.com/acme/monorepo/-/issues/3"), Ok(ProjectRef::by_path("acme/monorepo")));
    for call in ["", "/export", "/export/download", "/issues?state=opened", "/issues/3"] {
        let pasted = format!("https://gitlab.com/api/v4/projects/acme%2Fsub%2Fmonorepo{call}");
        assert_eq!(read(&pasted), Ok(ProjectRef::by_path("acme/sub/monorepo")), "{pasted}");
        let instance = Some("https://gitlab.com".to_owned());
        let project = ProjectRef::by_path("acme/sub/monorepo");
        assert_eq!(found(&pasted), [Recognised::Project { instance, project }], "{pasted}");
    }
    assert_eq!(read("https://gitlab.com/api/v4/projects/42/export"), Ok(ProjectRef::by_id(42)));
    for text in [
        "0",
        "acme",
        "",
        "acme//monorepo",
        "../etc/passwd",
        "acme/mono repo",
        "https://gitlab.com.evil.org/acme/monorepo",
        "https://gitlab.com:8443/acme/monorepo",
        "https://gitlab.com/acme",
        "https://gitlab.com/users/sign_in",
        "projects/acme/monorepo",
        "https://gitlab.com/api/v4/projects/acme/monorepo",
        "https://gitlab.com/api/v4/groups/acme%2Fmonorepo",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    let foreign = read("https://gitlab.example.org/acme/monorepo?token=abc").unwrap_err();
    assert!(
        foreign.headline.contains("belongs to https://gitlab.example.org, not to https://gitlab.com"),
        "{foreign}"
    );
    assert!(!foreign.to_string().contains("token"));
}

#[test]
fn tickets_are_tickets() {
    for text in [
        "https://gitlab.zendesk.com/agent/tickets/",
        "https://gitlab.zendesk.com/agent/tickets/abc",
        "https://gitlab.zendesk.com/agent/tickets/0",
        "https://zendesk.com.evil.org/agent/tickets/5",
        "http://gitlab.zendesk.com/agent/tickets/5",
        "418822",
    ] {
        assert!(parse_ticket(text).is_err(), "{text}");
    }
    let shared = parse_ticket("https://support.zendesk.com/hc/en-us/requests/5").unwrap();
    assert_eq!(shared.id, 5);
}

proptest! {
    #![proptest_config(walks(256))]

    #[test]
    fn nothing_pasted_panics(text in "\\PC{0,200}") {
        found(&text);
    }

    #[test]
    fn nothing_link_like_panics(text in "(https?://[a-z.:@/#?()!,'0-9-]{0,60}[ \n]?|[a-z/#.]{0,20} ?){0,6}") {
        found(&text);
    }
}
