//! The person's own files in the configuration folder, including missing, invalid and unrelated ones.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fixture::{End, Fixture};

const TICKET: &str = "https://gitlab.zendesk.com/agent/tickets/418822";

/// A fixture with a case, and its configuration folder with `texts` in it.
fn with_case() -> (Fixture, PathBuf) {
    let fixture = Fixture::of("first-export");
    fixture.run(&["case", "new", "--ticket", TICKET, "--project", "acme/webshop"]).result();
    let config = fixture.data_dir().join("config");
    std::fs::create_dir_all(config.join("texts")).unwrap();
    (fixture, config)
}

fn warnings(end: &End) -> Vec<&str> {
    let told = end.lines.iter().filter(|line| line["event"] == "warning");
    told.map(|line| line["message"].as_str().unwrap()).collect()
}

fn offer(fixture: &Fixture) -> End {
    let end = fixture.run(&["text", "offer", "--case", "1"]);
    assert_eq!(end.exit, 0, "{}", end.result());
    end
}

#[test]
#[cfg(unix)]
fn what_is_not_text_is_reported_without_a_wait() {
    let (fixture, config) = with_case();
    crate::fixture::make_pipe(&config.join("handbook.toml"));
    crate::fixture::make_pipe(&config.join("texts/offer.md"));
    let end = offer(&fixture);
    let told = warnings(&end);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("handbook.toml, line 1, column 1: The file is not a regular file."),
        "{told:?}"
    );
    assert!(told[1].starts_with("texts/offer.md is not a regular file."), "{told:?}");
    assert!(end.result()["text"].as_str().unwrap().len() > 200, "the built-in one");

    for name in ["handbook.toml", "texts/offer.md"] {
        std::fs::remove_file(config.join(name)).unwrap();
        std::fs::write(config.join(name), vec![b'#'; 300_000]).unwrap();
    }
    let end = offer(&fixture);
    let told = warnings(&end);
    assert!(told[0].contains("The file is longer than 262144 bytes."), "{told:?}");
    assert!(told[1].starts_with("texts/offer.md is longer than 65536 bytes."), "{told:?}");
    std::fs::write(config.join("texts/offer.md"), b"caf\xe9").unwrap();
    assert!(warnings(&offer(&fixture))[1].starts_with("texts/offer.md is not UTF-8 text."));
}

#[test]
fn no_template_ends_the_program_or_eats_the_memory() {
    let (fixture, config) = with_case();
    let chains = format!("{{{{ 'aaaa'{} }}}}", "|replace('a', 'aaaaaaaa')".repeat(20));
    for (template, why) in [
        (format!("Hello\n{{{{ {}1 }}}}", "-".repeat(12_000)), "Line 2: this tag has more than 400 parts"),
        (format!("{{{{ ticket{} }}}}", ".a".repeat(30_000)), "Line 1: this tag has more than 400 parts"),
        (format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}y".repeat(4_000)), "`elif`s"),
        (chains, "The text grows beyond 500000 bytes"),
        ("{{ 'a' * 100000000 }}".to_owned(), "Line 1: templates cannot use `*`"),
        ("{{ 'a' | indent(900000000) }}".to_owned(), "does not exist"),
        ("{{ '%900000000d' | format(1) }}".to_owned(), "does not exist"),
        (format!("{{% set a = 'x' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(40)), "endless text"),
        ("{% for a in range(9000) %}{{ fact.requester }}{{ 'x' ~ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %}".to_owned(), "grows beyond"),
    ] {
        std::fs::write(config.join("texts/offer.md"), &template).unwrap();
        let end = offer(&fixture);
        let told = warnings(&end);
        assert!(told.len() == 1 && told[0].contains(why), "{why}: {told:?}");
        assert!(end.result()["text"].as_str().unwrap().len() > 200, "the built-in one");
    }
}

#[test]
fn every_verb_that_follows_the_handbook_reports_its_mistakes() {
    let (fixture, config) = with_case();
    std::fs::write(config.join("handbook.toml"), "[deadlines]\ninfra_window_days = \"many\"\n").unwrap();
    for words in [
        &["case", "list"][..],
        &["case", "show", "1"],
        &["case", "set", "1", "requester=sam"],
        &["case", "event", "1", "close"],
        &["case", "post", "1", "bug"],
        &["text", "offer", "--case", "1"],
    ] {
        let end = fixture.run(words);
        let told = warnings(&end);
        assert_eq!(told.len(), 1, "{words:?}: {told:?}");
        assert!(
            told[0].starts_with("handbook.toml, line 2, column ") && told[0].contains("infra_window_days")
        );
        assert!(end.stderr.contains("infra_window_days"), "{words:?}: {}", end.stderr);
    }
}

#[test]
fn times_are_read_as_people_write_them_and_only_where_they_belong() {
    let (fixture, _config) = with_case();
    let set = |fact: &str| fixture.run(&["case", "set", "1", fact]);
    let end = set("ui_attempt_at=yesterday 3pm CET");
    assert_eq!(end.exit, 0, "{}", end.result());
    let kept = |fact: &str| -> Value { fixture.run(&["case", "show", "1"]).result()["facts"][fact].clone() };
    assert!(kept("ui_attempt_at").as_str().unwrap().ends_with("T14:00:00Z"));
    assert_eq!(set("api_attempt_at=2026-11-18 10:10 Europe/Berlin").exit, 0);
    assert_eq!(kept("api_attempt_at"), "2026-11-18T09:10:00Z");
    for (fact, exit, why) in [
        ("ui_attempt_at=2026-11-31 09:00 UTC", 2, "November 2026 has 30 days"),
        ("ui_attempt_at=2026-11-18 09:00 IST", 2, "IST means several time zones"),
        ("ui_attempt_at=2999-11-18 09:00 UTC", 3, "days in the future"),
        ("ownership_verified_at=2999-11-18 09:00 UTC", 3, "“Account ownership verified: time”"),
        ("offer_sent_at=1999-11-18 09:00 UTC", 3, "is earlier than the first GitLab release"),
        ("handover_expires_at=1999-11-18 09:00 UTC", 3, "is earlier than the first GitLab release"),
    ] {
        let end = set(fact);
        assert_eq!(end.exit, exit, "{fact}: {}", end.result());
        assert!(end.result()["headline"].as_str().unwrap().contains(why), "{fact}: {}", end.result());
    }
    assert_eq!(set("handover_expires_at=2999-11-18 09:00 UTC").exit, 0);
    assert_eq!(kept("offer_sent_at"), json!(null));
}
