//! Settings survive a restart, and invalid values are ignored.

use export_desk::case::Code;
use export_desk::engine::api::{
    Answer, BANDWIDTH, Command, DOWNLOAD_FOLDER, DownloadState, DownloadTarget, Settings,
};
use export_desk::engine::kept_settings;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::face::Face;

fn keep(face: &Face, key: &str, value: Value) {
    let answer = face.ask(Command::Keep { key: key.into(), value });
    assert!(matches!(answer, Ok(Answer::Done)), "{answer:?}");
}

#[test]
fn settings_are_obeyed_at_once_and_after_a_restart() {
    let desk = Desk::of("first-export");
    let chosen = desk.folder.path().join("chosen");
    {
        let face = Face::of(&desk);
        keep(&face, DOWNLOAD_FOLDER, json!(chosen));
        keep(&face, "theme", json!("dark"));
        keep(&face, "theme", json!("light"));
        face.until(|picture| (picture.download_folder == chosen).then_some(()));
        // Reads the settings while a program has the folder open.
        assert_eq!(kept_settings(&desk.data_dir()).get("theme"), Some(json!("light")));
    }
    let face = Face::of(&desk);
    let settings = face.until(|picture| (picture.seq > 0).then(|| picture.settings.clone()));
    assert_eq!(settings.get("theme"), Some(json!("light")));
    let run = face.start(&desk);
    face.ready(run);
    let id = face.download(&desk, DownloadTarget::Default);
    let done = face.transfer(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.trouble);
    assert!(done.path.as_ref().is_some_and(|path| path.starts_with(&chosen)), "{:?}", done.path);
    keep(&face, DOWNLOAD_FOLDER, Value::Null);
    face.until(|picture| (picture.download_folder == desk.downloads()).then_some(()));
}

#[test]
fn what_cannot_be_obeyed_is_refused_and_changes_nothing() {
    let desk = Desk::of("first-export");
    let face = Face::of(&desk);
    keep(&face, BANDWIDTH, json!(5_000_000));
    for (key, value) in [(BANDWIDTH, json!("fast")), (BANDWIDTH, json!(-1)), (DOWNLOAD_FOLDER, json!("here"))]
    {
        let refused = face.ask(Command::Keep { key: key.into(), value: value.clone() }).unwrap_err();
        assert_eq!(refused.code, Code::Usage, "{key} {value}");
        assert!(!refused.hint.is_empty());
    }
    let kept = kept_settings(&desk.data_dir());
    assert_eq!(kept.get(BANDWIDTH), Some(json!(5_000_000)));
    assert_eq!(kept.get(DOWNLOAD_FOLDER), None);
    assert_eq!(kept_settings(&desk.folder.path().join("nowhere")), Settings::default());
}
