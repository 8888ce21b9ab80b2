mod hostile;

use super::*;
use crate::case::stepped::{OFFER_SENT, on, with};
use crate::case::{
    Event, Fact, KnownProject, OfferAnswer, RebuiltFrom, Ticket, VerifiedFile, YesNo, YesNoUnknown,
};

fn at(text: &str) -> UtcMs {
    UtcMs::parse_rfc3339(text).unwrap()
}

const NOW: &str = "2026-11-21T08:00:00Z";

/// A case of which only the project's ID is known.
fn unknown() -> Case {
    Case::new(CaseId(4), "https://gitlab.com", None, ProjectRef::by_id(4711), at(NOW))
}

fn evidence() -> Case {
    let ticket = Ticket { url: "https://gitlab.zendesk.com/agent/tickets/418822".into(), id: 418_822 };
    let known = KnownProject {
        id: 4711,
        path: "acme/platform/monorepo".into(),
        web_url: Some("https://gitlab.com/acme/platform/monorepo".into()),
        visibility: Some("private".into()),
        repository_bytes: Some(7 << 30),
        lfs_bytes: Some(3 << 29),
        uploads_bytes: Some(900 << 20),
        storage_bytes: Some(12_345_678_901),
        deletion: None,
        gitlab_version: Some("18.6.0-pre".into()),
        asked_at: at(NOW),
    };
    let project = ProjectRef {
        id: Some(4711),
        path: Some("acme/platform/monorepo".into()),
        known: Some(known),
        counts: None,
    };
    let mut case =
        Case::new(CaseId(4), "https://gitlab.com", Some(ticket), project, at("2026-11-19T09:00:00Z"));
    let facts = &mut case.facts;
    facts.requester = Some("sdoe".into());
    facts.ui_attempt_at = Some(at("2026-11-18T10:00:00Z"));
    facts.ui_attempt_message = Some("Mail to sdoe@acme.example: Project acme/platform/monorepo couldn't be exported.\nExhausted number of retries to export: merge_requests".into());
    facts.api_attempt_at = Some(at("2026-11-19T11:30:00Z"));
    facts.api_attempt_message = Some("{\"export_status\":\"none\"} PRIVATE-TOKEN: abcdef0123456789".into());
    facts.correlation_id = Some("01HZX3ABCDEF".into());
    facts.kibana_link = Some("https://log.gprd.gitlab.net/app/r/s/tuPA6".into());
    facts.sentry_link = Some("https://new-sentry.gitlab.net/organizations/gitlab/issues/77/".into());
    facts.bug_issue = Some("https://gitlab.com/gitlab-org/gitlab/-/issues/514734".into());
    facts.bug_issue_updated = Some(YesNo::Yes);
    facts.offer_sent_at = Some(at("2026-11-19T14:00:00Z"));
    facts.offer_answer = Some(OfferAnswer::Accepted);
    facts.ownership_verified_at = Some(at("2026-11-20T09:00:00Z"));
    case
}

/// When the offer was sent and accepted.
const OFFERED: &str = "2026-11-19T14:00:00Z";

fn accepted(case: &Case) -> Case {
    on(&on(case, OFFER_SENT, at(OFFERED)), Event::OfferAccepted, at(OFFERED))
}

fn console() -> Case {
    accepted(&with(&evidence(), &[(Fact::ExportSucceeded, "no")], at(OFFERED)))
}

fn infra() -> Case {
    let mut case = evidence();
    let facts = &mut case.facts;
    facts.export_succeeded = Some(YesNoUnknown::Yes);
    facts.export_finished_at = Some(at("2026-11-18T10:40:00Z"));
    facts.ui_attempt_message =
        Some("A mail with a link came; the page says: Project export link has expired.".into());
    facts.api_attempt_message = Some("finished".into());
    facts.download_error = Some("404 Not found or has expired ```json\n/close\n@all".into());
    facts.infra_issue =
        Some("https://gitlab.com/gitlab-com/gl-infra/production-engineering/-/issues/9".into());
    facts.infradev_labelled = Some(YesNo::No);
    let attempted = at("2026-11-20T10:00:00Z");
    let mut case =
        on(&on(&accepted(&case), Event::RequestOpened, attempted), Event::AttemptSucceeded, attempted);
    let facts = &mut case.facts;
    facts.handover_link = Some("https://storage.googleapis.com/gitlab-gprd-tmp/k3jh-archive.tar.gz".into());
    facts.handover_expires_at = Some(at("2026-11-23T08:00:00Z"));
    case.served = Some(VerifiedFile {
        bytes: 8_123_456_789,
        sha256: "ab".repeat(32),
        verdict: "importable".into(),
        rebuilt: None,
    });
    case
}

/// What the engineer and this program add: everything on the infrastructure route, nothing before that.
fn context<'a>(handbook: &'a Handbook, case: &Case) -> Context<'a> {
    let mut context = Context::new(handbook, at(NOW));
    if case.facts.infra_issue.is_some() {
        context.account = Some("@ines".into());
        context.own_export = Some("finished on 2026-11-20 10:00:00 UTC".into());
        context.next = Some("Label the bug issue infradev".into());
        context.timeline = vec!["2026-11-19 09:00:00 UTC · Case opened.".into()];
        for asked in TextQuestion::ALL {
            let answer = match asked {
                TextQuestion::Severity | TextQuestion::Priority => "3".to_owned(),
                _ => format!("({})", asked.as_str()),
            };
            context.answers.insert(asked, answer);
        }
    }
    context
}

fn rendered(kind: TextKind, case: &Case) -> Rendered {
    render(kind, case, &context(&Handbook::built_in(), case), None)
}

fn page(rendered: &Rendered) -> String {
    let missing: Vec<String> = rendered.missing.iter().map(|m| format!("missing: {}", m.name)).collect();
    let leaks: Vec<String> =
        rendered.leaks.iter().map(|leak| format!("removed {}: {}", leak.what.label(), leak.found)).collect();
    format!("# {}\n\n{}\n----\n{}\n{}", rendered.title, rendered.text, missing.join("\n"), leaks.join("\n"))
}

/// Every text in three situations.
#[test]
fn every_text_in_three_situations() {
    for (situation, case) in
        [("nothing_known", unknown()), ("console_route", console()), ("infra_route", infra())]
    {
        for kind in TextKind::ALL {
            let rendered = rendered(kind, &case);
            assert_eq!(rendered.mistakes, Vec::<String>::new(), "{kind:?} {situation}");
            insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("{}_{situation}", kind.as_str()), page(&rendered));
            });
        }
    }
}

/// The customer reads what a rebuilt archive is and what it lacks; without gaps there are no empty lines about them.
#[test]
fn a_rebuilt_archive_is_named_as_such() {
    let mut case = infra();
    case.served.as_mut().unwrap().rebuilt = Some(RebuiltFrom {
        exported_at: Some("2026-11-20T08:00:00Z".into()),
        gaps: vec!["issues, batch 2: The file was not downloaded.".into()],
        left_out: vec![crate::case::PartLeftOut::file("uploads", "stray.png", "It belongs to no upload.")],
        notes: vec![crate::case::rebuild::RebuildNote::Said("Check who may push.".into())],
        ..RebuiltFrom::default()
    });
    for kind in [TextKind::Successful, TextKind::Failed, TextKind::Report] {
        let rendered = rendered(kind, &case);
        assert_eq!(rendered.mistakes, Vec::<String>::new(), "{kind:?}");
        let said =
            "Rebuilt from the relations export of 2026-11-20 08:00:00 UTC; not made by GitLab's file export.";
        assert!(rendered.text.contains(said), "{kind:?}: {}", rendered.text);
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{}_rebuilt", kind.as_str()), page(&rendered));
        });
    }
    case.served.as_mut().unwrap().verdict = "importable_with_losses".into();
    let text = rendered(TextKind::Successful, &case).text;
    assert!(
        text.contains("is not complete: it lacks 1 part") && text.contains("- Note: Check who"),
        "{text}"
    );
    assert!(!text.contains("some items in it cannot be imported"), "{text}");
    let rebuilt = case.served.as_mut().unwrap().rebuilt.as_mut().unwrap();
    (rebuilt.gaps, rebuilt.left_out) = (Vec::new(), Vec::new());
    let text = rendered(TextKind::Successful, &case).text;
    assert!(
        !text.contains("Missing in it") && !text.contains("Left out") && !text.contains("complete"),
        "{text}"
    );
    assert!(text.contains("some items in it cannot be imported"), "{text}");
    assert!(!text.contains("- File: ") && !text.contains("import-relation"), "one archive is no set: {text}");
    let rebuilt = case.served.as_mut().unwrap().rebuilt.as_mut().unwrap();
    rebuilt.parts = vec!["001_base.tar.gz, base archive".into(), "002_x.tar.gz, 7 records".into()];
    for kind in [TextKind::Successful, TextKind::Failed] {
        let text = rendered(kind, &case).text;
        let told = ["as a set of 2 archives", "- File: 001_base.tar.gz", "- File: 002_x", "import-relation"];
        assert!(told.iter().all(|told| text.contains(told)), "{kind:?}: {text}");
    }
}

#[test]
fn every_built_in_template_says_that_it_is_a_draft() {
    for kind in TextKind::ALL {
        assert_eq!(TextKind::parse(kind.as_str()), Some(kind));
        assert!(kind.template().starts_with("{#\nA draft by Export Desk"), "{kind:?}");
        assert_eq!(check_template(kind, kind.template(), &Handbook::built_in()), None);
    }
}

#[test]
fn public_texts_never_carry_the_customer() {
    let secrets = ["sdoe", "acme", "monorepo", "abcdef0123456789", "k3jh"];
    let public = TextKind::ALL.into_iter().filter(|kind| kind.is_public());
    for kind in public {
        for case in [unknown(), console(), infra()] {
            let careless = "{% set title %}{{ project.path }}{% endset %}{{ fact.requester }} {{ project.url }} {{ fact.handover_link }} {{ ticket.id }} {{ fact.ui_attempt_message }} {{ fact.api_attempt_message }} {{ ticket.requester.name }}";
            for template in [None, Some(careless)] {
                let rendered = render(kind, &case, &context(&Handbook::built_in(), &case), template);
                assert_eq!(rendered.mistakes, Vec::<String>::new());
                let url = rendered.url.map(|page| page.url).unwrap_or_default();
                let all = format!("{} {} {url}", rendered.title, rendered.text).to_lowercase();
                for secret in secrets {
                    assert!(!all.contains(secret), "{secret} in {kind:?}: {all}");
                }
                assert_eq!(crate::texts::leaks(&rendered.text, &case), vec![]);
            }
        }
    }
}

/// A token that is cut in two would no longer be recognised.
#[test]
fn a_template_that_cuts_a_message_does_not_let_half_a_token_through() {
    let mut case = console();
    case.facts.api_attempt_message = Some("PRIVATE-TOKEN: abcdef0123456789 of bob@firma.example".into());
    let handbook = Handbook::built_in();
    for end in 1..60 {
        let template = format!("{{{{ fact.api_attempt_message[:{end}] }}}}");
        let rendered = render(TextKind::Bug, &case, &Context::new(&handbook, at(NOW)), Some(&template));
        assert_eq!(rendered.mistakes, Vec::<String>::new());
        assert!(!rendered.text.contains("abc") && !rendered.text.contains("bob"), "{}", rendered.text);
        assert!(rendered.leaks.iter().any(|leak| leak.what == crate::texts::Private::Token));
    }
}

#[test]
fn zendesk_fills_its_own_in_replies_and_nowhere_else() {
    let template = "{{ticket.requester.first_name}} {{ ticket.id }} {{agent.name | upcase}} {{ current_user.email }} {% if ticket.organization.name %}{{ ticket.organization.custom_fields.salesforce_id }}{% endif %} {{ticket.ticket_field_12}}";
    let handbook = Handbook::built_in();
    let show = |kind, case: &Case| render(kind, case, &Context::new(&handbook, at(NOW)), Some(template));
    assert_eq!(
        show(TextKind::Offer, &console()).text,
        "{{ticket.requester.first_name}} 418822 {{agent.name | upcase}} {{current_user.email}} {{ticket.organization.custom_fields.salesforce_id}} {{ticket.ticket_field_12}}\n"
    );
    assert!(show(TextKind::Offer, &unknown()).text.contains(" {{ticket.id}} "));
    let elsewhere = show(TextKind::Infra, &console());
    assert!(
        elsewhere.text.starts_with("[ticket.requester.first_name, not recorded yet] 418822 ["),
        "{}",
        elsewhere.text
    );
    assert!(!elsewhere.text.contains("{{"));
    assert_eq!(elsewhere.missing.len(), 4, "{:?}", elsewhere.missing);
}

#[test]
fn what_is_missing_is_named_once_and_only_where_it_shows() {
    let handbook = Handbook::built_in();
    let template = "{% if fact.sentry_link %}x{% endif %}{{ fact.ui_attempt_at }} {{ fact.ui_attempt_at }} {{ asked.plan | code }} {{ fact.ui_attempt_message | block }}";
    let rendered = render(TextKind::Report, &unknown(), &Context::new(&handbook, at(NOW)), Some(template));
    assert_eq!(
        rendered.text,
        "[UI attempt: time, not recorded yet] [UI attempt: time, not recorded yet] [Customer's plan, not recorded yet] [UI attempt: exact message, not recorded yet]\n"
    );
    let facts: Vec<_> = rendered.missing.iter().map(|m| (m.fact, m.asked)).collect();
    assert_eq!(
        facts,
        [
            (Some(Fact::UiAttemptAt), None),
            (None, Some(TextQuestion::Plan)),
            (Some(Fact::UiAttemptMessage), None)
        ]
    );
    assert!(rendered.missing.iter().all(|m| m.why.ends_with('.')));
}

#[test]
fn a_mistake_is_reported_with_its_line_and_the_built_in_text_is_used() {
    let handbook = Handbook::built_in();
    let case = console();
    let context = Context::new(&handbook, at(NOW));
    let built_in = render(TextKind::Offer, &case, &context, None);
    for (template, part) in [
        ("Hi\n{{ fact.ui_atempt_at }}", "Line 2: `fact.ui_atempt_at` is not a known name"),
        ("{{ nothing }}", "Line 1: `nothing` is not a known name"),
        ("a\nb\n{% if %}", "Line 3: "),
        ("{{ fact.requester | shout }}", "Line 1: the filter"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
            "takes too long to render",
        ),
        ("{% include 'x' %}", "Line 1: "),
        ("{{ page.nowhere }}", "`page.nowhere` is not a known name"),
        ("{% endif %}", "Line 1: "),
    ] {
        let rendered = render(TextKind::Offer, &case, &context, Some(template));
        assert_eq!(rendered.mistakes.len(), 1, "{template}");
        assert!(rendered.mistakes[0].contains(part), "{template}: {:?}", rendered.mistakes);
        assert_eq!(rendered.text, built_in.text);
        assert!(check_template(TextKind::Offer, template, &handbook).is_some());
    }
}

#[test]
fn what_others_wrote_stays_inert() {
    let text = rendered(TextKind::Infra, &infra()).text;
    assert!(text.contains("````text\n404 Not found or has expired ```json\n/close\n@all\n````"), "{text}");
    let handbook = Handbook::built_in();
    let mut case = infra();
    case.facts.requester = Some("`x` {{ fact.bug_issue }}".into());
    let shown = render(
        TextKind::Infra,
        &case,
        &Context::new(&handbook, at(NOW)),
        Some("{{ fact.requester | code }}"),
    );
    assert_eq!(shown.text, "`` `x` {{ fact.bug_issue }} ``\n");
}

#[test]
fn the_page_is_filled_in_until_it_would_be_too_long() {
    let console = rendered(TextKind::Console, &console());
    let url = console.url.unwrap();
    assert_eq!(url.note, None);
    assert!(url.url.starts_with("https://gitlab.com/gitlab-com/support/internal-requests/-/issues/new?issue%5Btitle%5D=Console%20export:%20acme%2Fplatform%2Fmonorepo"), "{}", url.url);
    for part in [
        "&issue%5Bconfidential%5D=true",
        "&issuable_template=GitLab.com%20Console%20Export%20Request",
        "&description_template=GitLab.com%20Console%20Export%20Request",
        "&issue%5Bdescription%5D=%23%23%20Request%0A",
    ] {
        assert!(url.url.contains(part), "{part} in {}", url.url);
    }
    let parsed = url::Url::parse(&url.url).unwrap();
    let description = parsed.query_pairs().find(|(name, _)| name == "issue[description]").unwrap().1;
    assert_eq!(description, console.text);

    let mut long = infra();
    long.facts.download_error = Some("é".repeat(3000));
    let page = rendered(TextKind::Infra, &long).url.unwrap();
    assert!(page.url.len() < 7500 && !page.url.contains("description%5D"), "{}", page.url);
    assert!(page.note.unwrap().contains("paste"));

    let comment = rendered(TextKind::Comment, &infra()).url.unwrap();
    assert_eq!(comment.url, "https://gitlab.com/gitlab-org/gitlab/-/issues/514734");
    assert_eq!(rendered(TextKind::Offer, &infra()).url, None);
    assert_eq!(rendered(TextKind::Comment, &unknown()).url, None);
}

#[test]
fn infradev_is_requested_with_severity_priority_and_impact() {
    let label = "/label ~\"infradev\" ~\"severity::3\" ~\"priority::3\"";
    let case = infra();
    assert!(rendered(TextKind::Comment, &case).text.ends_with(&format!("{label}\n")));
    let handbook = Handbook::built_in();
    let without = render(TextKind::Comment, &case, &Context::new(&handbook, at(NOW)), None);
    assert!(!without.text.contains("/label"), "{}", without.text);
    let asked: Vec<_> = without.missing.iter().filter_map(|m| m.asked).collect();
    assert_eq!(asked, [TextQuestion::Impact, TextQuestion::Severity, TextQuestion::Priority]);
}

#[test]
fn the_names_for_templates_are_listed() {
    let names = known_names(TextKind::Infra);
    for name in [
        "fact.ui_attempt_at",
        "asked.plan",
        "project.path",
        "limit.infra_window_days",
        "tracker.labels",
        "now",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
    }
    assert!(!known_names(TextKind::Offer).iter().any(|known| known.starts_with("tracker")));
    let handbook = Handbook::built_in();
    for name in names {
        let template = format!("{{% if {name} %}}{{% endif %}}");
        assert_eq!(check_template(TextKind::Infra, &template, &handbook), None);
    }
}

#[test]
fn an_escalated_case_says_so() {
    let issue = (Fact::ConsoleIssue, "https://gitlab.com/gitlab-com/support/internal-requests/-/issues/3");
    let mut case = with(&console(), &[issue], at(NOW));
    for event in [Event::RequestOpened, Event::AttemptFailed, Event::EscalateToInfra] {
        case = on(&case, event, at(NOW));
    }
    assert!(rendered(TextKind::Infra, &case).text.contains("The console attempt failed: https://"));
    let failed = rendered(TextKind::Failed, &case).text;
    assert!(failed.contains("infrastructure team") && !failed.contains("the one attempt that we could make"));
}

/// Where GitLab finished an export, no text says that none can be made.
#[test]
fn a_finished_export_is_not_called_impossible() {
    let mut case = with(&evidence(), &[(Fact::ExportSucceeded, "yes")], at(NOW));
    case.facts.download_error = None;
    case.facts.ui_attempt_message = None;
    case.facts.api_attempt_message = Some("queued, started, finished".to_owned());
    for (is_own, wanted) in
        [(true, "by GitLab Support through the API finished"), (false, "although an export has finished")]
    {
        case.own_api_attempt = is_own;
        for kind in [TextKind::Bug, TextKind::Comment] {
            let text = rendered(kind, &case).text;
            assert!(text.contains(wanted), "{text}");
            for untrue in ["neither in", "a project cannot be exported.", "the export finishes, but"] {
                assert!(!text.contains(untrue), "{untrue}: {text}");
            }
        }
    }
    case.own_api_attempt = true;
    assert_eq!(
        rendered(TextKind::Bug, &case).title,
        "Project export fails",
        "GitLab's own words were no error"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    /// No template, and no text in the facts, stops the rendering or is itself treated as a template.
    #[test]
    fn any_template_and_any_words_render(template in "(\\{\\{|\\}\\}|\\{%|%\\}| fact\\.| ticket\\.|if |for |end|set |\\||[a-z]{1,6}|\\PC){0,24}", words in "\\PC{0,40}") {
        let handbook = Handbook::built_in();
        let mut case = infra();
        case.facts.ui_attempt_message = Some(words.clone());
        let context = Context::new(&handbook, at(NOW));
        for kind in [TextKind::Offer, TextKind::Bug] {
            let rendered = render(kind, &case, &context, Some(&template));
            proptest::prop_assert!(rendered.text.ends_with('\n'));
            proptest::prop_assert!(rendered.mistakes.len() <= 1);
        }
        let report = render(TextKind::Report, &case, &context, None);
        proptest::prop_assert_eq!(report.mistakes, Vec::<String>::new());
        proptest::prop_assert!(report.text.contains(words.trim_end()));
    }
}
