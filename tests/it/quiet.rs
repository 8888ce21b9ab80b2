//! A window without the feature `inspection` opens no listener, whatever the environment requests.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use crate::fixture::bare_program;
use crate::screen::{Display, can_show};
use crate::waiting::Ends;

const LOOKS: u32 = 1500;
const BETWEEN: Duration = Duration::from_millis(20);

/// The ports on which a process listens, by its open sockets and the kernel's table.
fn listening(pid: u32) -> BTreeSet<u16> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let sockets: BTreeSet<String> = open
        .filter_map(|entry| {
            let target = fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned();
            Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = |name: &str| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap_or_default();
    let rows = format!("{}{}", table("tcp"), table("tcp6"));
    let port = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (local, state, inode) = (words.get(1)?, *words.get(3)?, *words.get(9)?);
        let listens = state == "0A" && sockets.contains(inode);
        listens.then(|| u16::from_str_radix(local.rsplit(':').next()?, 16).ok()).flatten()
    };
    rows.lines().filter_map(port).collect()
}

#[test]
fn the_kernels_table_shows_who_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert!(listening(std::process::id()).contains(&port));
}

#[test]
fn a_window_of_the_default_features_opens_no_port() {
    if !can_show() {
        return;
    }
    let display = Display::open();
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = bare_program(home.path());
    command
        .env("DISPLAY", &display.name)
        .env("EGUI_INSPECTION", format!("127.0.0.1:{port}"))
        .env("XDG_RUNTIME_DIR", home.path())
        .arg("--data-dir")
        .arg(home.path().join("data"));
    let mut program = Ends(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..LOOKS {
        if display.shows("Export Desk") {
            // The protocol's listener starts before the window is mapped (tests/it/window relies on that).
            assert_eq!(listening(program.0.id()), BTreeSet::new(), "a window listens");
            assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
            return;
        }
        assert!(program.0.try_wait().unwrap().is_none(), "the window closed");
        std::thread::sleep(BETWEEN);
    }
    panic!("the window did not open");
}
