//! Proxy and certificates take effect at once, and invalid values change nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use export_desk::case::{Code, DownloadId, JobId, RunId};
use export_desk::engine::api::{CA_FILE, Command, PROXY, Retried, Token};
use export_desk::engine::{Setup, kept_settings};
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

/// Generated for this test; it signs nothing.
const GOOD: &str = "-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUJtehj24yGsPn38c9kQ7ChjIFPcUwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQRXhwb3J0IERlc2sgdGVzdDAgFw0yNjExMjExNTI3MDdaGA8y
MTI2MTAyODE1MjcwN1owGzEZMBcGA1UEAwwQRXhwb3J0IERlc2sgdGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABJxaMDv8Oy63LHAhyPXKwPTA38PyqNa3MJ3a
5VQnXH+EawC6WPRv0Ypdz4UvN+4i59R5/2bLZdBT5BODLuFOF2ujUzBRMB0GA1Ud
DgQWBBQfOMmgI5rIHCs7TYPXWuH/FnNq1jAfBgNVHSMEGDAWgBQfOMmgI5rIHCs7
TYPXWuH/FnNq1jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCC
oMw0G+0AEAGU7OeHg9Ri4dgBCGisvCvGd6sJct29owIhALVpFhOZMTKJMhX3i3y4
9IFds/NS6pdr4ztk2tKA7E1x
-----END CERTIFICATE-----
";

const TOKEN: &str = "glpat-network-test-0123456789";

fn keep(front_end: &FrontEnd, key: &str, value: Value) -> Result<(), export_desk::case::UserError> {
    front_end.ask(Command::Keep { key: key.into(), value }).map(drop)
}

#[test]
fn a_proxy_is_used_from_the_next_request_on_by_a_session_that_was_there_before() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = std::sync::mpsc::sync_channel(8);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let n = stream.read(&mut head).unwrap_or(0);
            if tell.try_send(String::from_utf8_lossy(&head[..n]).into_owned()).is_err() {
                return;
            }
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").ok();
        }
    });
    let fixture = Fixture::of("first-export");
    let elsewhere = "https://gitlab.proxied.test".to_owned();
    let setup = Setup {
        instance: Some(elsewhere.clone()),
        token: Some(Token::new(TOKEN.to_owned()).unwrap()),
        ..FrontEnd::setup(&fixture)
    };
    let front_end = FrontEnd::with(setup);
    // The session of this instance exists before the proxy is set.
    front_end.until(|snapshot| snapshot.instances.iter().any(|view| view.url == elsewhere).then_some(()));
    keep(&front_end, PROXY, json!(proxy)).unwrap();
    front_end.ask(Command::Check { instance: elsewhere, project: None, contents: false }).unwrap_err();
    let head = told.recv_timeout(crate::waiting::LONGEST).expect("a call through the proxy");
    assert!(head.starts_with("CONNECT gitlab.proxied.test:443"), "{head}");
    assert!(!head.contains(TOKEN), "the token stays inside the tunnel");
}

#[test]
fn an_unusable_value_is_reported_at_once_and_the_old_one_stays() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let folder = fixture.folder.path();
    let (good, bad) = (folder.join("good.pem"), folder.join("bad.pem"));
    std::fs::write(&good, GOOD).unwrap();
    std::fs::write(&bad, "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n").unwrap();
    keep(&front_end, CA_FILE, json!(good)).unwrap();
    for (key, value, says) in [
        (CA_FILE, json!(bad), "bad.pem"),
        (CA_FILE, json!(folder.join("none.pem")), "none.pem"),
        (CA_FILE, json!(7), "certificate"),
        (PROXY, json!("http://me:s3cr3t@proxy.example"), "user name"),
        (PROXY, json!("socks5://proxy.example"), "http or https"),
    ] {
        let error = keep(&front_end, key, value).unwrap_err();
        assert_eq!(error.code, Code::Usage, "{error}");
        assert!(error.headline.contains(says) && !error.hint.is_empty(), "{error}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    let kept = kept_settings(&fixture.data_dir());
    assert_eq!(kept.get(CA_FILE), Some(json!(good)));
    assert_eq!(kept.get(PROXY), None);
    // Either all of several settings are applied, or none.
    let values = vec![("theme".to_owned(), json!("dark")), (CA_FILE.to_owned(), json!(bad))];
    front_end.ask(Command::KeepAll { values }).unwrap_err();
    assert_eq!(kept_settings(&fixture.data_dir()).get("theme"), None);
    // The practice GitLab on this machine is still reached directly.
    front_end
        .ask(Command::Check { instance: fixture.practice.url().into(), project: None, contents: false })
        .unwrap();
}

#[test]
fn a_gitlab_that_does_not_answer_is_marked_until_it_does_and_so_is_a_token_that_it_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let is_up = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_up);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 4096];
            let read = stream.read(&mut head).is_ok_and(|bytes| bytes > 0);
            if read && answers.load(Ordering::SeqCst) {
                let body = r#"{"error":"dpop_error","error_description":"DPoP header is missing"}"#;
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(format!("{head}{body}").as_bytes()).ok();
            }
        }
    });
    let fixture = Fixture::of("first-export");
    let token = Some(Token::new(TOKEN.to_owned()).unwrap());
    let front_end = FrontEnd::with(Setup { instance: Some(url.clone()), token, ..FrontEnd::setup(&fixture) });
    let check = || {
        front_end.ask(Command::Check { instance: url.clone(), project: None, contents: false }).unwrap_err()
    };
    assert_eq!(check().code, Code::Network);
    front_end.until(|snapshot| snapshot.is_offline.then_some(()));
    is_up.store(true, Ordering::SeqCst);
    assert_eq!(check().code, Code::DpopRequired);
    let refused = Some(Code::DpopRequired);
    front_end.until(|snapshot| {
        let view = snapshot.instances.iter().find(|view| view.url == url)?;
        (!snapshot.is_offline && view.token_refused == refused).then_some(())
    });
    is_up.store(false, Ordering::SeqCst);
    check();
    front_end.until(|snapshot| snapshot.is_offline.then_some(()));
}

#[test]
fn what_does_not_exist_cannot_be_tried_again() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    for what in [Retried::Download(DownloadId(77)), Retried::Job(JobId::Export(RunId(77)))] {
        let error = front_end.ask(Command::RetryNow(what)).unwrap_err();
        assert_eq!(error.code, Code::Usage, "{error}");
    }
}
