//! Classifies failures over real connections.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::origin::{Origin, Reply, TOKEN, answer, hasty, json, patient, watchful};
use crate::gitlab::{
    Client, ErrorKind, Instance, NetworkConfig, ProjectKey, RequestPhase, Retry, Schedule, Token, retry,
};

const PROJECT: ProjectKey = ProjectKey::Id(1);

async fn status_error(reply: Reply) -> crate::gitlab::Error {
    Origin::always(reply).await.client().export_status(&PROJECT).await.unwrap_err()
}

/// A byte now and then keeps a connection from counting as silent, but the whole answer still has a time limit.
#[tokio::test]
async fn an_answer_that_only_drips_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let dripping = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let read = socket.read(&mut [0; 4096]).await.unwrap();
        assert!(read > 0, "no request came");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        while socket.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let wire = NetworkConfig { read_timeout: Duration::from_secs(1), ..NetworkConfig::default() };
    let client = Client::new(Instance::parse(&url).unwrap(), None, &wire).unwrap();
    let error = client.user().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut { phase: RequestPhase::Body }, "{error}");
    dripping.abort();
}

#[tokio::test]
async fn a_refusal_keeps_its_id_its_words_and_its_status() {
    let error = status_error(json(404, r#"{"message":"404 Project Not Found"}"#)).await;
    assert_eq!(error.kind, ErrorKind::ProjectNotFoundOrNoAccess);
    assert_eq!(error.call, "GET export");
    assert_eq!(error.status, Some(404));
    assert_eq!(error.said.as_deref(), Some("404 Project Not Found"));
    assert_eq!(error.correlation_id.as_deref(), Some("01REQUEST"));

    let meta = [("X-Gitlab-Meta", r#"{"correlation_id":"01META","version":"1"}"#)];
    assert_eq!(status_error(answer(500, &meta, "")).await.correlation_id.as_deref(), Some("01META"));
    let odd = [("X-Request-Id", ""), ("X-Gitlab-Meta", "{")];
    assert_eq!(status_error(answer(500, &odd, "")).await.correlation_id, None);
}

#[tokio::test]
async fn a_rate_limit_says_how_long() {
    let headers = [("Retry-After", "60"), ("Content-Type", "application/json")];
    let body = r#"{"message":{"error":"This endpoint has been requested too many times. Try again later."}}"#;
    let error = status_error(answer(429, &headers, body)).await;
    let wait = Some(Duration::from_mins(1));
    assert_eq!(error.kind, ErrorKind::RateLimited { retry_after: wait, app_limit: true });
    assert_eq!(retry(&error.kind), Retry::After(wait));
    assert!(error.to_string().contains("Try again in 60 s"), "{error}");
}

#[tokio::test]
async fn successes_without_json_are_named() {
    let html = [("Content-Type", "text/html; charset=utf-8")];
    for (reply, kind) in [
        (answer(200, &html, "<html>sign in"), ErrorKind::HtmlInsteadOfJson { status: 200, ray: None }),
        (answer(200, &[], "\n <!DOCTYPE html>"), ErrorKind::HtmlInsteadOfJson { status: 200, ray: None }),
        (json(200, ""), ErrorKind::EmptyBody { status: 200 }),
        (answer(204, &[], ""), ErrorKind::EmptyBody { status: 204 }),
    ] {
        assert_eq!(status_error(reply).await.kind, kind);
    }
    for body in [r#"{"id":"#, r#"{"id":"one"}"#, "nonsense", "[]", "{}", "\u{1}"] {
        let error = status_error(json(200, body)).await;
        assert!(matches!(error.kind, ErrorKind::UnexpectedAnswer { status: 200, .. }), "{body}: {error}");
    }
}

#[tokio::test]
async fn endless_answers_are_not_read_to_their_end() {
    let padding = " ".repeat(9 * 1024 * 1024);
    let error = status_error(json(200, &padding)).await;
    assert!(error.to_string().contains("longer than"), "{error}");
    let error = status_error(json(404, &format!("{padding}{{}}"))).await;
    assert_eq!(error.kind, ErrorKind::EmptyBody { status: 404 });
}

#[tokio::test]
async fn a_cut_and_a_stalled_answer_are_distinguished() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\"".to_vec();
    assert_eq!(status_error(Reply::Bytes(head.clone())).await.kind, ErrorKind::Cut);
    assert_eq!(status_error(Reply::Bytes(Vec::new())).await.kind, ErrorKind::NoAnswer);
    assert_eq!(status_error(Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec())).await.kind, ErrorKind::NoAnswer);

    let still = Origin::always(Reply::Stall(head)).await;
    let error = still.client_with(&watchful()).export_status(&PROJECT).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut { phase: RequestPhase::Body });
    let silent = Origin::always(Reply::Stall(Vec::new())).await;
    let error = silent.client_with(&hasty()).export_status(&PROJECT).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut { phase: RequestPhase::ApiAnswer });
    // The message of an error may be lost, but not its status.
    let refusal = Origin::always(Reply::Stall(b"HTTP/1.1 503 X\r\nContent-Length: 9\r\n\r\n".to_vec())).await;
    let error = refusal.client_with(&watchful()).export_status(&PROJECT).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Server { status: 503 });
}

#[tokio::test]
async fn a_post_that_may_have_arrived_says_so() {
    let maybe = async |reply: Reply| {
        let gitlab = Origin::always(reply).await;
        let error = gitlab.client().schedule_export(&PROJECT, &Schedule::default()).await.unwrap_err();
        assert_eq!(error.to_string().contains("unknown whether"), error.maybe_sent(), "{error}");
        error.maybe_sent()
    };
    assert!(maybe(Reply::Bytes(Vec::new())).await);
    assert!(maybe(Reply::Bytes(b"HTTP/1.1 202 OK\r\nContent-Length: 99\r\n\r\n".to_vec())).await);
    assert!(maybe(json(202, "")).await);
    assert!(maybe(json(504, "")).await);
    assert!(!maybe(json(429, "")).await);
    assert!(!maybe(json(400, r#"{"message":"The project size exceeds the export limit."}"#)).await);
    assert!(!status_error(Reply::Bytes(Vec::new())).await.maybe_sent(), "a GET changes nothing");

    let silent = Origin::always(Reply::Stall(Vec::new())).await;
    let client = silent.client_with(&hasty());
    assert!(client.schedule_export(&PROJECT, &Schedule::default()).await.unwrap_err().maybe_sent());
}

#[tokio::test]
async fn failed_connections_are_distinguished() {
    let token = || Some(Token::new(TOKEN.to_owned()).unwrap());
    let failed = async |url: &str| {
        let client = Client::new(Instance::parse(url).unwrap(), token(), &patient()).unwrap();
        client.schedule_export(&PROJECT, &Schedule::default()).await.unwrap_err()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let error = failed(&format!("http://{closed}")).await;
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(!error.maybe_sent(), "nothing was sent");
    assert!(error.said.is_some());

    let error = failed("https://no-such-host.invalid").await;
    assert_eq!(error.kind, ErrorKind::Dns, "{error}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 512]).await.unwrap();
    });
    assert_eq!(failed(&format!("https://{address}")).await.kind, ErrorKind::NoTls);
    server.abort();
}

#[tokio::test]
async fn a_handshake_without_end_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let instance = Instance::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let short = NetworkConfig { connect_timeout: Duration::from_millis(20), ..patient() };
    let client = Client::new(instance, None, &short).unwrap();
    let error = client.schedule_export(&PROJECT, &Schedule::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut { phase: RequestPhase::Connect });
    assert!(!error.maybe_sent(), "nothing was sent");
}

#[tokio::test]
async fn a_token_that_a_server_repeats_is_not_kept() {
    for (status, body) in [
        (403, format!(r#"{{"message":"no {TOKEN} here"}}"#)),
        (400, format!("bad header private-token: {TOKEN}")),
        (418, format!(r#"{{"error":"{TOKEN}"}}"#)),
    ] {
        let error = status_error(json(status, &body)).await;
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
        assert!(error.to_string().contains("(token)"), "{error}");
    }
}

#[tokio::test]
async fn the_last_calls_are_remembered_with_their_ids() {
    let gitlab = Origin::always(json(404, r#"{"message":"404 Project Not Found"}"#)).await;
    let client = gitlab.client();
    client.project(&PROJECT, true).await.unwrap_err();
    let call = client.clone().last_calls().remove(0);
    assert_eq!((call.call, call.path.as_str(), call.status), ("GET project", "/projects/:", Some(404)));
    assert_eq!(call.correlation_id.as_deref(), Some("01REQUEST"));
}
