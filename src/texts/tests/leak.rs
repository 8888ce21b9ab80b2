use super::*;
use crate::case::{CaseId, KnownProject, ProjectRef, Ticket, UtcMs};

fn case() -> Case {
    let ticket = Ticket { url: "https://gitlab.zendesk.com/agent/tickets/418822".into(), id: 418_822 };
    let project = ProjectRef { id: Some(7), ..ProjectRef::by_path("Acme-Corp/platform/monorepo") };
    let mut case = Case::new(CaseId(1), "https://gitlab.com", Some(ticket), project, UtcMs(0));
    case.facts.requester = Some("@sam.doe".into());
    case.facts.handover_link = Some("https://files.example.com/abc/archive.tar.gz".into());
    case
}

fn kinds(text: &str) -> Vec<Private> {
    leaks(text, &case()).into_iter().map(|leak| leak.what).collect()
}

#[test]
fn private_things_are_found() {
    use Private as P;
    for (text, expected) in [
        ("asked by @sam.doe today", P::Requester),
        ("asked by SAM.DOE today", P::Requester),
        ("write to sam@acme.example.", P::Email),
        ("mail=sam%40acme.example&x", P::Email),
        ("jürgen.groß@firma.de", P::Email),
        ("see ticket 418822", P::Ticket),
        ("#418822", P::Ticket),
        ("https://gitlab.zendesk.com/agent/tickets/418822", P::Ticket),
        ("https://other.zendesk.com/agent/tickets/5 as well", P::Ticket),
        ("acme-corp/platform/monorepo fails", P::ProjectPath),
        ("GET /api/v4/projects/acme-corp%2Fplatform%2Fmonorepo/export", P::ProjectPath),
        ("2026-11-20_10-00-00_acme-corp_platform_monorepo_export.tar.gz", P::ProjectPath),
        ("the Acme-Corp group", P::ProjectPath),
        ("monorepo.bundle", P::ProjectPath),
        ("glpat-AbCdEfGh1234567890xy", P::Token),
        ("PRIVATE-TOKEN: abcdef0123456789", P::Token),
        ("Authorization: Bearer abcdef0123456789", P::Token),
        ("{\"token\":\"abcdef0123456789\"}", P::Token),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature=abc", P::SignedUrl),
        ("https://storage.googleapis.com/gitlab-gprd-tmp/x-archive.tar.gz", P::SignedUrl),
        ("https://example.com/f?private_token=x", P::SignedUrl),
        ("https://me:pw@example.com/", P::SignedUrl),
        ("(https://files.example.com/abc/archive.tar.gz)", P::SignedUrl),
        ("files.example.com/abc/archive.tar.gz", P::SignedUrl),
        ("from 203.0.113.7:443", P::IpAddress),
        ("from 2001:db8:0:1::17", P::IpAddress),
    ] {
        assert_eq!(kinds(text), [expected], "{text}");
        let (clean, _) = redact(text, &case());
        assert_eq!(leaks(&clean, &case()), [], "{clean}");
        assert!(clean.contains(&format!("[removed: {}]", expected.label())), "{clean}");
    }
}

#[test]
fn what_a_public_issue_needs_stays() {
    for text in [
        "Customer ticket: https://gitlab.zendesk.com/agent/tickets/418822 (internal)",
        "ZD: https://gitlab.zendesk.com/agent/tickets/418822 (Internal)",
        "Kibana: https://log.gprd.gitlab.net/app/r/s/tuPA6 (internal)",
        "Sentry: https://new-sentry.gitlab.net/organizations/gitlab/issues/5/?project=3&query=x",
        "Correlation ID: `01HZX3CORRELATION`",
        "gitlab-org/gitlab#330833 in 18.3.1 at 2026-11-20 10:02:03 UTC",
        "Projects::ImportExport::RelationExportWorker @ 10:02:03, a:b:c:d",
        "127.0.0.1 and ::1 and @gitlab and x@y and 1.2.3",
        "token: expired; password: none",
        "the sam.doefield and platforms",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn a_public_project_may_be_named() {
    let mut case = case();
    let known = |visibility: &str| KnownProject {
        id: 7,
        path: "acme-corp/renamed".into(),
        web_url: None,
        visibility: Some(visibility.into()),
        repository_bytes: None,
        lfs_bytes: None,
        uploads_bytes: None,
        storage_bytes: None,
        deletion: None,
        gitlab_version: None,
        asked_at: UtcMs(0),
    };
    let text = "https://gitlab.com/acme-corp/renamed and acme-corp/platform/monorepo";
    case.project.known = Some(known("public"));
    assert_eq!(leaks(text, &case), []);
    case.project.known = Some(known("internal"));
    assert_eq!(leaks(text, &case).len(), 2);
}

#[test]
fn a_name_that_is_also_a_common_word_is_found_in_a_path_only() {
    let mut case = case();
    case.project.path = Some("project/export".into());
    case.facts.requester = Some("customer".into());
    let text = "A customer cannot export a project. @customer of project/export says so.";
    let found: Vec<String> = leaks(text, &case).into_iter().map(|leak| leak.found).collect();
    assert_eq!(found, ["customer", "project/export"]);
}

/// A ticket 404 would take the number out of every status, and 1 out of every list.
#[test]
fn a_short_number_is_a_ticket_only_where_it_is_called_one() {
    let mut case = case();
    case.ticket = Some(Ticket { url: "https://gitlab.zendesk.com/agent/tickets/404".into(), id: 404 });
    assert_eq!(leaks("404 Not Found. See 404.", &case), []);
    let (clean, _) = redact("404 Not Found, see #404", &case);
    assert!(clean.starts_with("404 Not Found, see ") && !clean.contains("#404"), "{clean}");
}

#[test]
fn only_the_beginning_of_a_secret_is_shown() {
    let text = "sam@acme.example used glpat-AbCdEfGh1234567890xy";
    let (clean, found) = redact(text, &case());
    assert_eq!(clean, "[removed: e-mail address] used [removed: token]");
    assert_eq!(found[0].found, "sam@acme.example");
    assert_eq!(found[1].found, "glpa…");
    assert!(!format!("{found:?}").contains("AbCdEf"));
}

proptest::proptest! {
    /// Whatever surrounds the names and addresses of the case, the check finds them.
    #[test]
    fn nothing_of_the_case_gets_through(
        before in "\\PC{0,12}",
        between in "[ \\n.,;:()/_-]{1,3}",
        after in "\\PC{0,12}",
    ) {
        let case = case();
        let text = format!("{before} sam.doe{between}acme-corp/platform/monorepo{between}a@b.example{between}418822 {after}");
        let (clean, found) = redact(&text, &case);
        let lower = clean.to_lowercase();
        for private in ["sam.doe", "acme-corp", "monorepo", "a@b.example", "418822"] {
            proptest::prop_assert!(!lower.contains(private), "{} in {}", private, clean);
        }
        proptest::prop_assert!(found.windows(2).all(|pair| pair[0].at.end <= pair[1].at.start));
    }

    #[test]
    fn any_text_is_accepted(text in "\\PC{0,80}") {
        let (clean, _) = redact(&text, &case());
        let (again, _) = redact(&clean, &case());
        proptest::prop_assert_eq!(leaks(&again, &case()), vec![]);
    }
}
