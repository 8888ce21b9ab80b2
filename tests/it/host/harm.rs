//! What may go wrong between a command and the program that it joins.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Holder, TICKET};
use crate::fixture::Fixture;
#[cfg(target_os = "linux")]
use crate::waiting::InTime as _;
use crate::waiting::{joined, succeeds};

/// Longer than a host waits for a greeting.
const LONG: Duration = Duration::from_mins(2);

pub(super) fn send(to: &mut UnixStream, frame: &Value) {
    let text = frame.to_string();
    to.write_all(&u32::try_from(text.len()).unwrap().to_be_bytes()).unwrap();
    to.write_all(text.as_bytes()).unwrap();
}

/// The next frame; `None` where the other side closed the connection.
pub(super) fn receive(from: &mut UnixStream) -> Option<Value> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut text = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut text).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

pub(super) fn connection(fixture: &Fixture) -> UnixStream {
    let stream = UnixStream::connect(fixture.data_dir().join("export-desk.sock")).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Greets as a program of this version.
pub(super) fn greeted(stream: &mut UnixStream) {
    let version = env!("CARGO_PKG_VERSION");
    send(stream, &json!({ "hello": { "protocol": 4, "version": version } }));
    assert_eq!(receive(stream).unwrap()["welcome"]["version"], version);
}

/// What the host says to a window that wants its place.
pub(super) fn asked_to_give_way(fixture: &Fixture) -> Option<Value> {
    let mut stream = connection(fixture);
    greeted(&mut stream);
    send(&mut stream, &json!("give_way"));
    receive(&mut stream)
}

/// A data folder that this test has locked, as a host of its own kind.
fn held_by_us(fixture: &Fixture) -> (File, UnixListener) {
    // The folder must exist.
    fixture.run(&["case", "list"]).result();
    let lock = File::options().write(true).open(fixture.data_dir().join("export-desk.lock")).unwrap();
    lock.try_lock().unwrap();
    lock.set_len(0).unwrap();
    (&lock).write_all(b"4711").unwrap();
    let listener = UnixListener::bind(fixture.data_dir().join("export-desk.sock")).unwrap();
    (lock, listener)
}

#[test]
fn another_version_is_refused_with_a_sentence() {
    let fixture = Fixture::of("first-export");
    let (lock, listener) = held_by_us(&fixture);
    let host = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hello = receive(&mut stream).unwrap();
        send(&mut stream, &json!({ "welcome": { "protocol": 1, "version": "9.9.9", "process": 1 } }));
        (hello, receive(&mut stream))
    });
    let end = fixture.run(&["case", "list"]);
    assert_eq!((end.exit, end.code()), (10, "local"));
    let headline = end.result()["headline"].as_str().unwrap();
    assert!(headline.contains("9.9.9") && headline.contains(env!("CARGO_PKG_VERSION")), "{headline}");
    let (hello, after) = joined(host, "a host of another version");
    assert_eq!(hello["hello"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(after, None, "it hands nothing over");
    drop(lock);

    // The other way round: an older command at a host of ours.
    let _holder = Holder::of(&fixture);
    let mut stream = connection(&fixture);
    send(&mut stream, &json!({ "hello": { "protocol": 1, "version": "0.0.9" } }));
    assert_eq!(receive(&mut stream).unwrap()["welcome"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(receive(&mut stream), None);
}

#[test]
fn a_window_learns_at_once_why_it_does_not_become_the_host() {
    let fixture = Fixture::of("first-export");
    let (lock, listener) = held_by_us(&fixture);
    let host = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        receive(&mut stream).unwrap();
        send(&mut stream, &json!({ "welcome": { "protocol": 1, "version": "9.9.9", "process": 1 } }));
        let (mut stream, _) = listener.accept().unwrap();
        receive(&mut stream).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        send(&mut stream, &json!({ "welcome": { "protocol": 4, "version": version, "process": 1 } }));
        assert_eq!(receive(&mut stream), Some(json!("give_way")));
        send(&mut stream, &json!("stays"));
        listener
    });
    let open = || export_desk::cli::window_engine(crate::front_end::FrontEnd::setup(&fixture), || {});
    let refused = open().unwrap_err();
    assert!(refused.headline.contains("9.9.9"), "{}", refused.headline);
    let refused = open().unwrap_err();
    assert!(refused.headline.contains("process 4711"), "{}", refused.headline);
    let listener = joined(host, "a host that stays");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "it is asked once");
    drop(lock);

    // A window of ours stays.
    let _window = open().unwrap();
    assert_eq!(asked_to_give_way(&fixture), Some(json!("stays")));
}

#[test]
fn a_host_that_does_not_answer_is_named_after_a_bounded_wait() {
    let fixture = Fixture::of("first-export");
    let (lock, listener) = held_by_us(&fixture);
    let end = fixture.run(&["case", "list"]);
    assert_eq!((end.exit, end.code()), (10, "local"));
    let headline = end.result()["headline"].as_str().unwrap();
    // The test itself listens there.
    assert!(headline.contains(&std::process::id().to_string()), "{headline}");
    assert!(headline.contains("does not answer"), "{headline}");
    drop((lock, listener));
}

#[test]
fn a_program_that_only_holds_the_lock_is_named() {
    let fixture = Fixture::of("first-export");
    let (lock, listener) = held_by_us(&fixture);
    drop(listener);
    let end = fixture.run(&["case", "list"]);
    assert_eq!((end.exit, end.code()), (10, "local"));
    assert!(end.result()["headline"].as_str().unwrap().contains("process 4711"), "{}", end.result());
    drop(lock);
    assert_eq!(fixture.run(&["case", "list"]).exit, 0, "what was left is replaced");
}

#[test]
fn a_stopped_host_never_carries_out_a_command_that_ended() {
    let fixture = Fixture::of("first-export");
    let holder = Holder::of(&fixture);
    let id = holder.id().to_string();
    succeeds(Command::new("kill").args(["-STOP", &id]));
    let words = ["case", "new", "--ticket", TICKET, "--project", &fixture.lesson.project];
    let end = fixture.run(&words);
    succeeds(Command::new("kill").args(["-CONT", &id]));
    assert_eq!((end.exit, end.code()), (10, "local"));
    assert!(end.result()["headline"].as_str().unwrap().contains(&id), "{}", end.result());
    assert_eq!(fixture.run(&["case", "list"]).result()["cases"].as_array().unwrap().len(), 0);
}

#[test]
fn a_hundred_silent_connections_harm_nobody() {
    let fixture = Fixture::of("first-export");
    let mut holder = Holder::of(&fixture);
    let silent: Vec<_> = (0..100).map(|_| connection(&fixture)).collect();
    for _ in 0..3 {
        let end = fixture.run(&["case", "list"]);
        assert_eq!(end.exit, 0, "{:?}", end.lines);
    }
    // Each is closed in time, without a word.
    for mut stream in silent {
        assert_eq!(receive(&mut stream), None);
    }
    let hostile: [&[u8]; 5] = [
        b"\xff\xff\xff\xff",
        b"\0\0\x03\xff{",
        b"\0\0\0\x04null",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\x30{\"run\":{\"arguments\":[],\"variables\":[]}}          ",
    ];
    for bytes in hostile {
        let mut stream = connection(&fixture);
        stream.write_all(bytes).unwrap();
        assert_eq!(receive(&mut stream), None, "{bytes:?}");
    }
    assert!(holder.program.0.try_wait().unwrap().is_none());
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
}

#[test]
fn only_the_user_may_open_the_socket() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::of("first-export");
    let _holder = Holder::of(&fixture);
    let mode = |path: &std::path::Path| std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&fixture.data_dir().join("export-desk.sock")), 0o600);
    assert_eq!(mode(&fixture.data_dir()), 0o700);
}

/// An engine without a host: nobody replaces the name.
#[test]
fn what_an_ended_host_left_leads_nowhere_once_the_folder_is_open() {
    let fixture = Fixture::of("first-export");
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
    let name = fixture.data_dir().join("export-desk.sock");
    std::fs::write(&name, "/somebody/else's/socket").unwrap();
    let _front_end = crate::front_end::FrontEnd::of(&fixture);
    assert!(!name.exists());
}

/// Greets the host of the socket in its first argument, and prints what comes back.
#[cfg(target_os = "linux")]
const GREETING: &str = r#"
import socket, struct, sys
one = socket.socket(socket.AF_UNIX)
one.connect(sys.argv[1])
text = sys.argv[2].encode()
try:
    one.sendall(struct.pack(">I", len(text)) + text)
    print(one.recv(4096))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"#;

#[cfg(target_os = "linux")]
#[test]
fn another_user_is_turned_away_even_where_the_file_system_is_not() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let fixture = Fixture::of("first-export");
    if fixture.folder.path().metadata().unwrap().uid() != 0 {
        println!("skipped: only root can act as another user");
        return;
    }
    let mut holder = Holder::of(&fixture);
    let socket = fixture.data_dir().join("export-desk.sock");
    for (path, mode) in [(fixture.folder.path(), 0o755), (&fixture.data_dir(), 0o755), (&socket, 0o666)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let hello = json!({ "hello": { "protocol": 4, "version": env!("CARGO_PKG_VERSION") } }).to_string();
    let greeted_as = |user: u32| {
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-c", GREETING]).arg(&socket).arg(&hello).uid(user).gid(user).current_dir("/");
        let end = command.output_in_time().unwrap();
        assert!(end.status.success(), "{}", String::from_utf8_lossy(&end.stderr));
        String::from_utf8(end.stdout).unwrap()
    };
    assert!(greeted_as(0).contains("welcome"));
    assert_eq!(greeted_as(NOBODY).trim(), "b''");
    assert!(holder.program.0.try_wait().unwrap().is_none());
    assert_eq!(fixture.run(&["case", "list"]).exit, 0);
}
