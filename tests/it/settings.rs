//! Settings survive a restart, and invalid values are ignored.

use export_desk::case::Code;
use export_desk::engine::api::{
    Answer, BANDWIDTH, Command, DOWNLOAD_FOLDER, DownloadState, DownloadTarget, Settings,
};
use export_desk::engine::kept_settings;
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

fn keep(front_end: &FrontEnd, key: &str, value: Value) {
    let answer = front_end.ask(Command::Keep { key: key.into(), value });
    assert!(matches!(answer, Ok(Answer::Done)), "{answer:?}");
}

#[test]
fn settings_are_obeyed_at_once_and_after_a_restart() {
    let fixture = Fixture::of("first-export");
    let chosen = fixture.folder.path().join("chosen");
    {
        let front_end = FrontEnd::of(&fixture);
        keep(&front_end, DOWNLOAD_FOLDER, json!(chosen));
        keep(&front_end, "theme", json!("dark"));
        keep(&front_end, "theme", json!("light"));
        front_end.until(|snapshot| (snapshot.download_folder == chosen).then_some(()));
        // Reads the settings while a program has the folder open.
        assert_eq!(kept_settings(&fixture.data_dir()).get("theme"), Some(json!("light")));
    }
    let front_end = FrontEnd::of(&fixture);
    let settings = front_end.until(|snapshot| (snapshot.seq > 0).then(|| snapshot.settings.clone()));
    assert_eq!(settings.get("theme"), Some(json!("light")));
    let run = front_end.start(&fixture);
    front_end.ready(run);
    let id = front_end.download(&fixture, DownloadTarget::Default);
    let done = front_end.download_when(id, |view| view.state.is_ended());
    assert_eq!(done.state, DownloadState::Done, "{:?}", done.error);
    assert!(done.path.as_ref().is_some_and(|path| path.starts_with(&chosen)), "{:?}", done.path);
    keep(&front_end, DOWNLOAD_FOLDER, Value::Null);
    front_end.until(|snapshot| (snapshot.download_folder == fixture.downloads()).then_some(()));
}

#[test]
fn what_cannot_be_obeyed_is_refused_and_changes_nothing() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    keep(&front_end, BANDWIDTH, json!(5_000_000));
    for (key, value) in [(BANDWIDTH, json!("fast")), (BANDWIDTH, json!(-1)), (DOWNLOAD_FOLDER, json!("here"))]
    {
        let refused = front_end.ask(Command::Keep { key: key.into(), value: value.clone() }).unwrap_err();
        assert_eq!(refused.code, Code::Usage, "{key} {value}");
        assert!(!refused.hint.is_empty());
    }
    let kept = kept_settings(&fixture.data_dir());
    assert_eq!(kept.get(BANDWIDTH), Some(json!(5_000_000)));
    assert_eq!(kept.get(DOWNLOAD_FOLDER), None);
    assert_eq!(kept_settings(&fixture.folder.path().join("nowhere")), Settings::default());
}
