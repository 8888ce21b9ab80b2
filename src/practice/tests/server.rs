use super::*;

#[tokio::test]
async fn every_request_is_logged_with_its_headers_and_its_answer() {
    let server = TestServer::to_default(FROZEN);
    let fields = [("description", "A text")];
    server.hear(form(server.client.post(server.api("/projects/acme%2Fwebshop/export?x=1")), &fields)).await;
    let seen = server.practice.requests();
    let [seen] = &seen[..] else { panic!("one request, not {}", seen.len()) };
    assert_eq!((seen.seq, seen.origin, seen.method.as_str(), seen.status), (1, Listener::Api, "POST", 202));
    assert_eq!(seen.target, "/api/v4/projects/acme%2Fwebshop/export?x=1");
    assert_eq!(seen.header("private-token"), Some(server.token.as_str()));
    assert_eq!((seen.body_bytes, seen.body.as_slice()), (18, &b"description=A+text"[..]));
}

#[tokio::test]
async fn dropping_the_server_ends_open_downloads_and_frees_its_port() {
    let lesson = lesson_of(
        "acme/monorepo",
        "[[world.project]]\npath = \"acme/monorepo\"\nsize = \"gigabyte\"\nearlier = \"file\"",
    );
    let server = TestServer::to(&lesson, FROZEN);
    let location = server.location("acme%2Fmonorepo").await;
    let mut response = server.client.get(&location).send().await.unwrap();
    response.chunk().await.unwrap().unwrap();
    let TestServer { practice, client, token } = server;
    let url = practice.url().to_owned();
    drop(practice);
    let end = loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            other => break other,
        }
    };
    assert!(end.is_err(), "the transfer was cut");
    let gone = client.get(format!("{url}/api/v4/user")).header("PRIVATE-TOKEN", token).send().await;
    assert!(gone.is_err_and(|error| error.is_connect()));
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let again = Practice::start(&lesson, &PracticeOptions { port, ..PracticeOptions::default() }).unwrap();
    assert_eq!(again.url(), url);
    let taken = Practice::start(&lesson, &PracticeOptions { port, ..PracticeOptions::default() });
    assert!(taken.is_err_and(|error| error.to_string().contains(&port.to_string())));
}

#[test]
fn equal_seeds_give_equal_worlds() {
    let lesson = lesson("first-export").unwrap();
    let start =
        |seed| Practice::start(&lesson, &PracticeOptions { seed, ..PracticeOptions::default() }).unwrap();
    let (one, same, other) = (start(7), start(7), start(8));
    assert_eq!(one.token(), same.token());
    assert_ne!(one.token(), other.token());
    let sha256 = |practice: &Practice| practice.world().project("acme/webshop").unwrap().archive_sha256();
    assert_eq!(sha256(&one), sha256(&same));
    assert_ne!(sha256(&one), sha256(&other));
}

#[tokio::test]
async fn every_lesson_starts() {
    for lesson in lessons() {
        let server = TestServer::to(&lesson, FAST);
        let status = server.get("/version").await.status;
        assert_eq!(status, 200, "{}", lesson.name);
    }
}

#[tokio::test]
async fn another_process_can_read_how_many_requests_there_were() {
    let more = "[world.limits]\nproject = 2";
    let server = TestServer::to(&lesson_of("acme/webshop", more), FROZEN);
    for _ in 0..3 {
        server.get("/projects/101").await;
    }
    let url = format!("{}/practice/request-counts", server.practice.url());
    let counts = server.hear(server.client.get(url)).await;
    assert_eq!(counts.json(), serde_json::json!({"api": 3, "storage": 0, "too_many_requests": 1}));
}
