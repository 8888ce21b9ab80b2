//! The bytes that were checked are the bytes that are sent, late imports are found, and secrets are not shown.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};

use super::head_of;
use crate::fixture::{End, bare_program};
use crate::waiting::{InTime, Lines};

const TOKEN: &str = "glpat-planted-token";
const ABSENT: (u16, &str) = (404, r#"{"message":"404 Project Not Found"}"#);

/// A request to a test's server: method and path, the body, and the number of earlier uploads.
struct Asked {
    call: String,
    body: String,
    posts: usize,
}

type Says = dyn Fn(&Asked) -> (u16, String) + Send + Sync;

/// A minimal GitLab. It calls `waits` before it reads a body.
fn gitlab(
    says: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
    waits: impl Fn() + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (says, waits, posts): (Arc<Says>, Arc<dyn Fn() + Send + Sync>, _) =
        (Arc::new(says), Arc::new(waits), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (says, waits, posts) = (says.clone(), waits.clone(), posts.clone());
            std::thread::spawn(move || answer(stream.unwrap(), &*says, &*waits, &posts));
        }
    });
    url
}

fn answer(mut stream: TcpStream, says: &Says, waits: &(dyn Fn() + Send + Sync), posts: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (first, length) = head_of(&mut reader);
    let mut words = first.split(' ');
    let call = format!("{} {}", words.next().unwrap(), words.next().unwrap_or_default());
    let is_post = call.starts_with("POST");
    if is_post {
        waits();
    }
    let mut body = Vec::new();
    reader.by_ref().take(length.min(1 << 16)).read_to_end(&mut body).unwrap();
    std::io::copy(&mut reader.take(length - body.len() as u64), &mut std::io::sink()).unwrap();
    let before = if is_post { posts.fetch_add(1, Ordering::SeqCst) } else { posts.load(Ordering::SeqCst) };
    let body = String::from_utf8_lossy(&body).into_owned();
    let (status, text) = match says(&Asked { call: call.clone(), body, posts: before }) {
        _ if call == "GET /api/v4/version" => (200, r#"{"version":"18.9.0","revision":"x"}"#.to_owned()),
        said => said,
    };
    let kind = if text.starts_with('<') { "text/html" } else { "application/json" };
    let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
}

fn program(folder: &Path, url: &str, words: &[&str]) -> Command {
    let mut command = bare_program(folder);
    command
        .args(words)
        .args(["--json", "--instance", url, "--pace", "0.001", "--data-dir"])
        .arg(folder.join("data"))
        .env("EXPORT_DESK_TOKEN", TOKEN)
        .stdout(Stdio::piped());
    command
}

fn send(folder: &Path, url: &str, more: &[&str]) -> End {
    End::of(&import_program(folder, url, more).output_in_time().unwrap())
}

fn import_program(folder: &Path, url: &str, more: &[&str]) -> Command {
    let file = folder.join("a.tar.gz");
    std::fs::write(&file, "an archive").unwrap();
    let mut words = vec!["import", "file", file.to_str().unwrap(), "--namespace", "g", "--path", "copy"];
    words.push("--anyway");
    words.extend(more);
    program(folder, url, &words)
}

fn import(status: &str) -> String {
    json!({ "id": 9, "path_with_namespace": "g/copy", "import_status": status }).to_string()
}

fn owned((status, text): (u16, &str)) -> (u16, String) {
    (status, text.to_owned())
}

#[test]
fn a_late_import_is_watched_when_its_path_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let says = |asked: &Asked| match (asked.call.as_str(), asked.posts) {
        ("POST /api/v4/projects/import", 0) => (504, "<html>gateway timeout</html>".to_owned()),
        ("POST /api/v4/projects/import", _) => owned((400, r#"{"message":"Path has already been taken"}"#)),
        ("GET /api/v4/projects/g%2Fcopy/import" | "GET /api/v4/projects/9/import", 2..) => {
            (200, import("finished"))
        }
        _ => owned(ABSENT),
    };
    let end = send(folder.path(), &gitlab(says, || ()), &["--wait"]);
    let result = end.result();
    assert_eq!((end.exit, &result["id"]), (0, &json!(9)), "{result}");
    assert_eq!((&result["import_status"], &result["tries"]), (&json!("finished"), &json!(2)));
}

/// The program is killed after GitLab has the whole archive and before it creates the project. The next program's
/// request is refused because of the first one's project, which is the same import.
#[test]
fn after_a_kill_the_name_that_its_own_import_took_is_not_another_s() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let says = move |asked: &Asked| match (asked.call.as_str(), asked.posts) {
        ("POST /api/v4/projects/import", 0) => {
            tell.send(()).unwrap();
            // The first program is killed before there is an answer.
            loop {
                std::thread::park();
            }
        }
        ("POST /api/v4/projects/import", _) => owned((400, r#"{"message":"Path has already been taken"}"#)),
        ("GET /api/v4/projects/g%2Fcopy/import" | "GET /api/v4/projects/9/import", 2..) => {
            (200, import("finished"))
        }
        _ => owned(ABSENT),
    };
    let url = gitlab(says, || ());
    let mut killed = import_program(folder.path(), &url, &["--wait"]);
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    told.recv_timeout(crate::waiting::LONGEST).expect("the archive arrives");
    crate::waiting::killed(&mut killed);
    let end = send(folder.path(), &url, &["--wait"]);
    let result = end.result();
    assert_eq!(
        (end.exit, &result["id"], &result["import_status"]),
        (0, &json!(9), &json!("finished")),
        "{result}"
    );
}

#[test]
fn what_was_sent_whole_without_an_answer_may_have_arrived() {
    let folder = tempfile::tempdir().unwrap();
    // The import arrives after all, when no program waits any more.
    let there = AtomicBool::new(false);
    let says = move |asked: &Asked| match (asked.call.as_str(), asked.posts) {
        ("POST /api/v4/projects/import", _) => (502, "<html>bad gateway</html>".to_owned()),
        ("GET /api/v4/projects/g%2Fcopy", 5..) => {
            there.store(true, Ordering::SeqCst);
            owned((200, r#"{"id":9,"path_with_namespace":"g/copy"}"#))
        }
        (call, _) if call.ends_with("/import") && there.load(Ordering::SeqCst) => (200, import("finished")),
        _ => owned(ABSENT),
    };
    let url = gitlab(says, || ());
    let end = send(folder.path(), &url, &[]);
    let result = end.result();
    assert_eq!((end.exit, end.code(), &result["tries"]), (7, "network", &json!(5)), "{result}");
    let (headline, hint) = (result["headline"].as_str().unwrap(), result["hint"].as_str().unwrap());
    assert!(
        headline.contains(", and GitLab may have received it although it did not answer. ")
            && !headline.contains("was cut"),
        "{headline}"
    );
    assert!(hint.contains("Check g/copy"), "{hint}");
    assert!(!hint.contains("Nothing was imported") && !hint.contains("--retry-upload"), "{hint}");
    // The same command does not advise to delete the project, because the project is its own.
    let end = send(folder.path(), &url, &["--wait"]);
    let result = end.result();
    assert_eq!((end.exit, &result["import"], &result["id"]), (0, &json!(1), &json!(9)), "{result}");
}

#[test]
fn a_page_with_success_is_no_gateway_and_is_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let says = |asked: &Asked| match asked.call.as_str() {
        "POST /api/v4/projects/import" => (200, "<html>Sign in</html>".to_owned()),
        _ => owned(ABSENT),
    };
    let end = send(folder.path(), &gitlab(says, || ()), &[]);
    let result = end.result();
    assert_eq!((end.code(), &result["tries"]), ("unexpected_answer", &json!(1)), "{result}");
    assert!(!result["headline"].as_str().unwrap().contains("gave up"), "{result}");
}

#[test]
fn a_file_that_changes_during_the_upload_verifies_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (go, wait) = mpsc::sync_channel::<()>(1);
    let wait = Mutex::new(wait);
    let says = |asked: &Asked| match asked.call.as_str() {
        "POST /api/v4/projects/import" => (201, import("scheduled")),
        _ => owned(ABSENT),
    };
    let url =
        gitlab(says, move || wait.lock().unwrap().recv_timeout(crate::waiting::LONGEST).unwrap_or_default());
    let file = folder.path().join("large.tar.gz");
    // More than the socket buffers hold.
    let written = std::fs::File::create(&file).unwrap();
    written.set_len(64 << 20).unwrap();
    let words = ["import", "file", file.to_str().unwrap(), "--path", "copy", "--namespace", "g", "--anyway"];
    let mut child = program(folder.path(), &url, &words).spawn().unwrap();
    let lines = Lines::of(&mut child);
    let mut last = Value::Null;
    let mut go = Some(go);
    for line in lines {
        last = serde_json::from_str(&line.unwrap()).unwrap();
        if last["phase"] == "sending"
            && last["bytes"].as_u64() > Some(0)
            && let Some(go) = go.take()
        {
            let later = written.metadata().unwrap().modified().unwrap() + std::time::Duration::from_hours(1);
            written.set_modified(later).unwrap();
            go.send(()).unwrap();
        }
    }
    assert!(crate::waiting::ended(&mut child, "its last line was read").success(), "{last}");
    let warned = last["warnings"].as_array().unwrap().iter();
    let warned =
        warned.filter_map(Value::as_str).any(|line| line.contains("was changed after it was checked"));
    assert!(warned && last["verdict"].is_null(), "{last}");
}

/// Checks that no output and no stored file contains these secrets.
fn nowhere(folder: &Path, end: &End, secrets: &[&str]) {
    let mut kept = format!("{:?} {}", end.lines, end.stderr);
    for entry in std::fs::read_dir(folder.join("data")).unwrap() {
        kept.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()));
    }
    for secret in secrets {
        assert!(!kept.contains(secret), "{secret} in {:?}", end.lines);
    }
}

#[test]
fn a_secret_that_a_server_repeats_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let says = |asked: &Asked| match asked.call.as_str() {
        "POST /api/v4/projects/remote-import" | "POST /api/v4/projects/remote-import-s3" => {
            let message = format!("Bad: {} by {TOKEN}", asked.body);
            (400, json!({ "message": message }).to_string())
        }
        _ => owned(ABSENT),
    };
    let url = gitlab(says, || ());
    let to = ["--namespace", "g", "--path", "copy"];
    let s3 = ["import", "s3", "--region", "eu", "--bucket", "b", "--key", "k"];
    let words: Vec<_> = s3.into_iter().chain(to).collect();
    let output = program(folder.path(), &url, &words)
        .env("EXPORT_DESK_S3_ACCESS_KEY_ID", "AKIAPLANTED")
        .env("EXPORT_DESK_S3_SECRET_ACCESS_KEY", "wJalr/planted+key")
        .output_in_time();
    let end = End::of(&output.unwrap());
    assert_eq!(end.code(), "usage", "{}", end.result());
    assert!(end.result()["headline"].as_str().unwrap().contains("(hidden)"), "{}", end.result());
    nowhere(folder.path(), &end, &["AKIAPLANTED", "wJalr", TOKEN]);

    let remote = "https://b.example/a.tar.gz?X-Amz-Signature=plantedsignature&x=1";
    let words: Vec<_> = ["import", "remote", "--url", remote, "--anyway"].into_iter().chain(to).collect();
    let end = End::of(&program(folder.path(), &url, &words).output_in_time().unwrap());
    assert_eq!(end.code(), "usage", "{}", end.result());
    nowhere(folder.path(), &end, &["plantedsignature", TOKEN]);
}

#[test]
fn a_success_that_quotes_keys_is_not_repeated_either() {
    let folder = tempfile::tempdir().unwrap();
    let quoted =
        format!("got {TOKEN} and https://me:plantedlogin@b.example/k?X-Amz-Signature=plantedsignature");
    let says = move |asked: &Asked| match asked.call.as_str() {
        "GET /api/v4/projects/g%2Fcopy/import" => {
            let failure = json!({ "id": 1, "relation_name": "issues", "exception_message": quoted });
            let status = json!({
                "id": 9, "path_with_namespace": "g/copy", "import_status": "failed", "import_error": quoted,
                "failed_relations": [failure],
            });
            (200, status.to_string())
        }
        "GET /api/v4/projects/g%2Fcopy" => owned((200, r#"{"id":9,"path_with_namespace":"g/copy"}"#)),
        "GET /api/v4/projects/9/export_relations/status" => {
            let batch = json!({ "status": -1, "batch_number": 1, "error": quoted });
            let relation = json!({
                "relation": "issues", "status": 1, "error": quoted, "batched": true, "batches_count": 1,
                "batches": [batch],
            });
            (200, json!([relation]).to_string())
        }
        _ => owned(ABSENT),
    };
    let url = gitlab(says, || ());
    for (words, told) in
        [(["import", "status", "g/copy"], "import_error"), (["relations", "status", "g/copy"], "relations")]
    {
        let end = End::of(&program(folder.path(), &url, &words).output_in_time().unwrap());
        assert_eq!(end.exit, 0, "{}", end.result());
        assert!(
            end.result()[told].to_string().contains("(token) and https://b.example/k?…"),
            "{}",
            end.result()
        );
        nowhere(folder.path(), &end, &[TOKEN, "plantedlogin", "plantedsignature"]);
    }
}

#[cfg(unix)]
fn pipe(folder: &Path) -> std::path::PathBuf {
    let pipe = folder.join("pipe.tar.gz");
    crate::fixture::make_pipe(&pipe);
    pipe
}

#[test]
#[cfg(unix)]
fn a_pipe_is_no_archive_to_import_and_holds_up_nothing() {
    use crate::front_end::FrontEnd;
    use export_desk::engine::api::{Answer, Command as Ask};

    let (fixture, archive) = super::with_archive();
    let pipe = pipe(fixture.folder.path());
    let end = super::import(&fixture, &pipe, &["--path", "copy"]);
    assert_eq!((end.exit, end.code()), (10, "local"), "{}", end.result());

    // Nobody writes into the pipe yet, but the engine still answers another command.
    let front_end = FrontEnd::of(&fixture);
    front_end.engine.send(Ask::Verify { path: pipe.clone(), against: None, deep: false });
    assert!(matches!(front_end.ask(Ask::Audit), Ok(Answer::Audited { .. })));
    let feed = std::thread::spawn({
        let (archive, pipe) = (archive.clone(), pipe.clone());
        move || std::fs::write(pipe, std::fs::read(archive).unwrap()).unwrap()
    });
    let whole =
        front_end.until(|snapshot| snapshot.inspections.iter().find(|view| view.path == pipe)?.ended.clone());
    crate::waiting::joined(feed, "a reader of the pipe");
    assert_eq!(whole.unwrap().bytes, std::fs::metadata(&archive).unwrap().len());
    drop(front_end);

    let feed = std::thread::spawn({
        let (archive, pipe) = (archive.clone(), pipe.clone());
        move || std::fs::write(pipe, std::fs::read(archive).unwrap()).unwrap()
    });
    let end = fixture.run(&["verify", pipe.to_str().unwrap()]);
    crate::waiting::joined(feed, "a reader of the pipe");
    assert_eq!(
        (end.exit, end.result()["bytes"].as_u64()),
        (0, archive.metadata().ok().map(|facts| facts.len()))
    );
}
