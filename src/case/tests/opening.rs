//! What is pasted to open a case.

use crate::case::Trackers;
use crate::case::intake::{Opening, parse_ticket, read_opening};

fn read(text: &str) -> Opening {
    let known = ["https://gitlab.com".to_owned(), "https://gitlab.example.org".to_owned()];
    read_opening(text, &known, &Trackers::default())
}

fn project(opening: &Opening) -> Option<(&str, &str)> {
    opening.project.as_ref().map(|project| (project.instance.as_str(), project.name.as_str()))
}

#[test]
fn ticket_and_project_are_found_in_any_order() {
    let found = read("https://gitlab.com/acme/monorepo\n https://gitlab.zendesk.com/agent/tickets/418822");
    assert_eq!(found.ticket.as_ref().map(|ticket| ticket.id), Some(418_822));
    assert_eq!(project(&found), Some(("https://gitlab.com", "acme/monorepo")));
    assert_eq!(found.unknown, None);
}

#[test]
fn a_host_without_https_is_no_group_of_another_instance() {
    for (text, instance) in [
        ("gitlab.com/acme/api", "https://gitlab.com"),
        ("#418790 gitlab.example.org/acme/api", "https://gitlab.example.org"),
        ("#418790 GitLab.com/acme/api", "https://gitlab.com"),
    ] {
        for known in [
            ["https://gitlab.example.org", "https://gitlab.com"],
            ["https://gitlab.com", "https://gitlab.example.org"],
        ] {
            let found = read_opening(text, &known.map(str::to_owned), &Trackers::default());
            assert_eq!(project(&found), Some((instance, "acme/api")), "{text} {known:?}");
        }
    }
    // gitlab.com need not be known.
    let own = ["https://gitlab.example.org".to_owned()];
    let found = read_opening("gitlab.com/acme/api", &own, &Trackers::default());
    assert_eq!(project(&found), Some(("https://gitlab.com", "acme/api")));
    let found = read_opening("my.group/api", &own, &Trackers::default());
    assert_eq!(
        project(&found),
        Some(("https://gitlab.example.org", "my.group/api")),
        "a group may have a dot"
    );
}

#[test]
fn a_ticket_is_named_by_its_number() {
    for text in [
        "#418822 acme/api",
        "ZD 418822\nacme/api",
        "acme/api ZD#418822",
        "ZD-418822 acme/api",
        "acme/api Zendesk ticket #418822",
        "[ticket 418822] acme/api",
        "Request #418822: acme/api",
    ] {
        let found = read(text);
        let ticket = found.ticket.clone().map(|ticket| ticket.url);
        assert_eq!(ticket.as_deref(), Some("https://gitlab.zendesk.com/agent/tickets/418822"), "{text}");
        assert_eq!(project(&found), Some(("https://gitlab.com", "acme/api")), "{text}");
    }
    assert!(parse_ticket("418822").is_err(), "a bare number may be the ID of a project");
    assert_eq!(project(&read("418822")), Some(("https://gitlab.com", "418822")));
    for other in ["acme/api#418822", "issue 418822", "#12", "ZD", "#"] {
        assert!(parse_ticket(other).is_err(), "{other}");
    }
}

#[test]
fn a_project_url_names_its_instance() {
    let found = read("https://gitlab.example.org/group/sub/project/-/issues/4");
    assert_eq!(project(&found), Some(("https://gitlab.example.org", "group/sub/project")));
    let found = read("https://git.new.example/group/project");
    assert_eq!(project(&found), Some(("https://git.new.example", "group/project")));
}

#[test]
fn pages_and_clones_of_a_project_are_the_project() {
    for (pasted, path) in [
        ("https://gitlab.com/acme/api/edit#js-export-project", "acme/api"),
        ("https://gitlab.com/acme/api/download_export", "acme/api"),
        ("https://gitlab.com/-/p/101", "101"),
        ("<https://gitlab.com/acme/\n  api/import/new>", "acme/api"),
        ("git@gitlab.example.org:acme/api.git", "acme/api"),
        ("ssh://git@gitlab.com/acme/api.git", "acme/api"),
        ("https://oauth2@gitlab.com/acme/api.git", "acme/api"),
        ("git clone git@gitlab.com:acme/api.git", "acme/api"),
    ] {
        let found = read(pasted);
        assert_eq!(project(&found).map(|(_, path)| path), Some(path), "{pasted}");
        assert!(found.unknown.as_deref().is_none_or(|word| word == "git"), "{pasted}: {found:?}");
        assert!(!found.project.is_some_and(|project| project.pasted.is_empty()));
    }
}

#[test]
fn what_is_neither_is_reported() {
    let found = read("hello acme/api");
    assert_eq!(found.unknown.as_deref(), Some("hello"));
    assert_eq!(project(&found), Some(("https://gitlab.com", "acme/api")));
}

const MAIL: &str = "Subject: [ZD #418822] Export of our project fails and/or never ends
From: Maria Lopez <maria@acme.example>

Hi support,

since 2026/11/20 the export of https://gitlab.com/acme/platform/monorepo/-/settings/general fails. We read
https://docs.gitlab.com/user/project/settings/import_export/ and the issue
https://gitlab.com/gitlab-org/gitlab/-/issues/330833. Is it N/A for us? The same for git@gitlab.com:acme/tools.git.

Regards, Maria
https://www.acme.example/imprint/contact
Unsubscribe: https://gitlab.com/-/profile/notifications
";

#[test]
fn a_whole_mail_says_ticket_and_project() {
    let found = read(MAIL);
    assert_eq!(found.ticket.as_ref().map(|ticket| ticket.id), Some(418_822));
    assert_eq!(project(&found), Some(("https://gitlab.com", "acme/platform/monorepo")));
    assert_eq!((found.others, found.unknown), (vec!["acme/tools".to_owned()], None));
}

#[test]
fn a_form_names_its_project_by_a_label() {
    let form = "A new request was opened by a customer of ours.\nTicket: 418822\nProject path: `acme/api`\nSeverity: 2/4, and the rest of the form";
    let found = read(form);
    assert_eq!(found.ticket.as_ref().map(|ticket| ticket.id), Some(418_822));
    assert_eq!(project(&found), Some(("https://gitlab.com", "acme/api")));
    assert_eq!(
        read("Nothing of a project is said in this long sentence, neither one/two nor 1/2 of it.").project,
        None
    );
}

#[test]
fn a_pasted_thread_is_read_in_bounded_time_and_never_panics() {
    let long = format!("{}ä", MAIL.repeat(400));
    assert_eq!(project(&read(&long)).map(|(_, path)| path), Some("acme/platform/monorepo"));
}
