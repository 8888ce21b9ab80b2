use super::*;

fn mistakes(text: &str) -> Vec<(usize, usize, String)> {
    Handbook::with_override(text).1.into_iter().map(|m| (m.line, m.column, m.message)).collect()
}

#[test]
fn the_built_in_file_is_whole() {
    let handbook: Handbook = toml::from_str(BUILT_IN).unwrap();
    assert_eq!(handbook, Handbook::built_in());
    for (name, known) in &handbook.known_issues {
        assert_eq!(known.fault(), None, "{name}");
        // The offer of a rebuild gives its own reason: no issue says so for it.
        assert_eq!(known.repeats, !known.because.is_empty(), "{name}");
        assert_eq!(known.instead(), known.repeats.then_some(known.because.as_str()), "{name}");
    }
}

/// People paste the window's own sentence about such an export; an earlier version used another sentence.
#[test]
fn an_export_that_ends_without_a_file_is_a_known_issue_in_our_own_words() {
    use crate::case::job::export::{ExportTiming, Run, status, step};
    use crate::case::{JobInput, RunId, UtcMs};
    let (timing, now) = (ExportTiming::default(), UtcMs(60_000));
    let mut run = Run::scheduled(RunId(1), "https://gitlab.com", (7, "a/b"), "none", UtcMs(0));
    let accepted = JobInput::Accepted { correlation_id: None, polled: None };
    let polls = ["started", "none"].map(|word| JobInput::Polled(word.to_owned()));
    for input in [JobInput::AboutToSend, accepted].into_iter().chain(polls) {
        run = step(&run, input, &timing, now);
    }
    let before = "GitLab showed this run at work and now says `none`: it ended without a file, which the API never calls `failed`.";
    let handbook = Handbook::built_in();
    for message in [status(&run, &timing, now).sentence.as_str(), before] {
        let known: Vec<_> = handbook.known_issues_in(&[message]).iter().map(|known| &known.symptom).collect();
        assert_eq!(known, [&handbook.known_issues["silent_none"].symptom], "{message}");
    }
}

#[test]
fn the_built_in_rules_are_the_defaults_of_the_tree() {
    let (rules, default) = (Handbook::built_in().rules(), Rules::default());
    for (key, page) in &default.handbook {
        assert_eq!(rules.handbook.get(key), Some(page), "{key}");
    }
    assert_eq!(Rules { handbook: default.handbook.clone(), ..rules }, default);
}

#[test]
fn an_override_replaces_its_keys_and_nothing_else() {
    let text = r#"
deadlines.infra_window_days = 14
[trackers.infra]
project = "gitlab-com/elsewhere"
[pages]
kibana = "http://127.0.0.1:8080/kibana"
[known_issues.terminated]
says = ["killed by signal"]
[known_issues.my_own]
symptom = "Cannot write"
says = ["no space left on device"]
"#;
    let (handbook, mistakes) = Handbook::with_override(text);
    assert_eq!(mistakes, []);
    let built_in = Handbook::built_in();
    assert_eq!(handbook.rules().infra_window_ms, 14 * DAY_MS);
    assert_eq!(handbook.trackers.infra.project, "gitlab-com/elsewhere");
    assert_eq!(handbook.trackers.infra.template, built_in.trackers.infra.template);
    assert_eq!(handbook.page("kibana"), Some("http://127.0.0.1:8080/kibana"));
    assert_eq!(handbook.known_issues["terminated"].says, ["killed by signal"]);
    assert_eq!(handbook.known_issues["terminated"].issues, built_in.known_issues["terminated"].issues);
    assert_eq!(handbook.known_issues_in(&["No space left on DEVICE"])[0].symptom, "Cannot write");
    assert_eq!(handbook.sentry, built_in.sentry);
    assert_eq!(Handbook::with_override(BUILT_IN), (built_in.clone(), vec![]));
    assert_eq!(Handbook::with_override(""), (built_in, vec![]));
}

#[test]
fn each_mistake_has_its_place_and_costs_only_its_key() {
    let text = "\
[pages]
kibana = \"ftp://example.com\"
sentry = \"https://example.com/sentry\"
nowhere = \"https://example.com/\"
[deadlines]
infra_window_days = 0
on_hold_days = \"four\"
soon_hours = 12
[kibana]
host = \"https://me:secret@example.com\"
[trackers]
infra = 3
[surprise]
x = 1
";
    let (handbook, _) = Handbook::with_override(text);
    assert_eq!(
        mistakes(text),
        [
            (2, 10, "pages.kibana is not usable: \"ftp://example.com\" does not start with https://.".to_owned()),
            (4, 1, "There is no key pages.nowhere.".to_owned()),
            (6, 21, "deadlines.infra_window_days is not usable: invalid value: integer `0`, expected a nonzero u16.".to_owned()),
            (7, 16, "deadlines.on_hold_days is not usable: invalid type: string \"four\", expected a nonzero u16.".to_owned()),
            (10, 8, "kibana.host is not usable: a URL must not contain a username or password.".to_owned()),
            (12, 1, "trackers.infra is a table, not a single value.".to_owned()),
            (13, 2, "There is no key surprise.".to_owned()),
        ]
    );
    assert_eq!(handbook.page("sentry"), Some("https://example.com/sentry"));
    assert_eq!(handbook.rules().soon_ms, 12 * HOUR_MS);
    assert_eq!(handbook.rules().infra_window_ms, Rules::default().infra_window_ms);
    assert_eq!(handbook.kibana.host, Handbook::built_in().kibana.host);
}

#[test]
fn a_file_that_is_not_toml_is_reported_where_it_breaks() {
    let (handbook, mistakes) =
        Handbook::with_override("[infradev]\nlabel = \"sooner\"\n[sentry\nproject = = 4\n");
    assert_eq!((mistakes[0].line, mistakes[0].column), (3, 8), "{mistakes:?}");
    assert_eq!(mistakes[0].message, "This is not TOML: unclosed table, expected `]`.");
    assert_eq!(handbook.infradev.label, "sooner");
}

#[test]
fn a_known_issue_that_says_nothing_is_left_out() {
    let text = "[known_issues.vague]\nsymptom = \"x\"\nsays = [\"a\"]\n[known_issues.memory]\nissues = [\"420623\"]\n[known_issues.odd]\ncolour = 1\n";
    let (handbook, _) = Handbook::with_override(text);
    let found = mistakes(text);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(!handbook.known_issues.contains_key("vague") && !handbook.known_issues.contains_key("odd"));
    assert_eq!(handbook.known_issues["memory"], Handbook::built_in().known_issues["memory"]);
}

#[test]
fn columns_count_characters() {
    assert_eq!(mistakes("[pages]\n\"é\" = 1\n"), [(2, 1, "There is no key pages.é.".to_owned())]);
    assert_eq!(mistakes("sentry = { 'ü' = 1, project = 'x' }")[1].1, 31);
}

#[test]
fn messages_lead_to_known_issues() {
    let handbook = Handbook::built_in();
    for (message, reference) in [
        ("Project export link has expired. Please generate a new export", "gitlab-org/gitlab#330833"),
        ("404 Not found or has expired", "gitlab-org/gitlab#400454"),
        (
            "The file containing the export is not available yet; it may still be transferring.",
            "gitlab-org/gitlab#349425",
        ),
        ("PG::QueryCanceled: ERROR: canceling statement due to statement timeout", "gitlab-org/gitlab#12107"),
        ("Exhausted number of retries to export: merge_requests", "gitlab-org/gitlab#514734"),
        ("command exited with error code 15 and Unable to save [FILTERED]", "gitlab-org/gitlab#370617"),
    ] {
        let known = handbook.known_issues_in(&[message]);
        assert!(known.iter().any(|k| k.issues.iter().any(|i| i == reference)), "{message}: {known:?}");
    }
    assert!(handbook.known_issues_in(&["202 Accepted", ""]).is_empty());
    assert_eq!(
        KnownIssue::issue_url("https://gitlab.com/", "gitlab-org/gitlab#5").as_deref(),
        Some("https://gitlab.com/gitlab-org/gitlab/-/issues/5")
    );
}

#[test]
fn live_sources_name_file_and_template() {
    let handbook = Handbook::built_in();
    assert_eq!(
        handbook.upstream_source(TextKind::Failed),
        Some(UpstreamSource::File {
            project: "gitlab-com/support/zendesk-global/macros".into(),
            branch: "master".into(),
            path: "active/Support/SaaS/GitLab.com/Export/Complete - Failed.md".into(),
        })
    );
    assert_eq!(
        handbook.upstream_source(TextKind::Infra),
        Some(UpstreamSource::IssueTemplate {
            project: "gitlab-com/gl-infra/production-engineering".into(),
            name: "Project Export".into(),
        })
    );
    assert_eq!(handbook.upstream_source(TextKind::Report), None);
}

proptest::proptest! {
    #[test]
    fn no_file_panics(text in "([a-z]{1,12}(\\.[a-z]{1,5})?|\\[[a-z_.]{1,20}\\]| = |\"[^\"]{0,5}\"|\\n|[0-9]|\\PC){0,40}") {
        let (handbook, mistakes) = Handbook::with_override(&text);
        proptest::prop_assert!(handbook.page("kibana").is_some());
        proptest::prop_assert!(mistakes.iter().all(|m| m.line > 0 && m.column > 0));
    }
}
