//! A hostile answer to any call: the program reports it correctly, within a limited time, and never shows the token.

use export_desk::practice::Fault;

use super::{assert_told, campaign};
use crate::fixture::Fixture;

const CALLS: [&str; 8] = [
    "user",
    "project",
    "version",
    "export_status",
    "export_start",
    "relations_status",
    "relations_start",
    "any",
];

/// Bodies that a server, or a proxy before it, has sent or could send.
fn bodies(token: &str) -> Vec<(&'static str, String)> {
    let json = "application/json";
    vec![
        (json, String::new()),
        (json, "null".into()),
        (json, "[]".into()),
        (json, "{}".into()),
        (json, "[".repeat(200)),
        (json, "{\"id\":-1,\"status\":7}".into()),
        (
            json,
            "{\"id\":18446744073709551615,\"path_with_namespace\":\"\\u0000\",\"export_status\":\"\"}".into(),
        ),
        (json, format!("{{\"message\":\"{token}\"}}")),
        (json, format!("{{\"message\":\"\\u0067{}\"}}", &token[1..])),
        (json, "{\"message\":{\"error\":[{\"a\":[1,2,{\"b\":null}]}]}}".into()),
        (json, format!("{{\"message\":\"{}\"}}", "x".repeat(70_000))),
        ("text/html", "<html><title>Sign in</title>".into()),
        ("text/plain", "Retry later\n".into()),
        ("application/xml", "<Error><Code>AccessDenied</Code></Error>".into()),
        ("nonsense", "\u{feff}{}".into()),
    ]
}

#[test]
fn whatever_the_server_answers_is_reported() {
    let (mut random, rounds) = campaign("answers", 120);
    let fixture = Fixture::of("existing-file");
    let token = fixture.practice.token().to_owned();
    let project = fixture.lesson.project.clone();
    for round in 0..rounds {
        let call = random.choice(CALLS).unwrap();
        let status = random
            .choice([
                200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503, 599,
            ])
            .unwrap();
        let (kind, body) = random.choice(bodies(&token)).unwrap();
        let fault = format!(
            "on = \"{call}\"\ntimes = 0\nkind = \"answer\"\nstatus = {status}\ncontent_type = \"{kind}\"\nbody = {}",
            toml::Value::String(body.clone())
        );
        fixture.practice.forget_faults();
        let fault: Fault = toml::from_str(&fault).unwrap();
        fixture.practice.trigger(fault);
        let commands: [&[&str]; 6] = [
            &["check", &project],
            &["export", "status", &project],
            &["export", "start", &project],
            &["relations", "status", &project],
            &["relations", "start", &project],
            &["import", "status", &project],
        ];
        let words = random.choice(commands).unwrap();
        let end = fixture.run(words);
        let start = body.chars().take(40).collect::<String>();
        let what = format!("round {round}: {words:?}, {call} {status} {kind:?} {start:?}");
        assert_told(&end, &what);
        let said = format!("{:?}{}", end.lines, end.stderr);
        assert!(!said.contains(&token), "{what}: the token is shown");
    }
    fixture.practice.forget_faults();
    assert_eq!(fixture.run(&["case", "audit"]).exit, 0);
}
