//! Settings as one JSON file, to take along or to hand to a colleague. It holds no token and no password: of
//! instances only their addresses, and of settings only those in the table below.

use std::collections::BTreeMap;

use serde_json::Value;

use super::judge;
use crate::case::{Code, Trouble};
use crate::engine::api::{
    BANDWIDTH, CA_FILE, DOWNLOAD_FOLDER, InstanceView, KEEP_ARCHIVES, LOG_LEVEL, PROXY, Portable,
    SettingChange,
};
use crate::gitlab::Instance;

const FORMAT: &str = "export-desk-settings";
const VERSION: u32 = 1;
/// A file of settings is a page.
const LARGEST_BYTES: usize = 64 * 1024;

/// A setting that may travel: its key, what a person calls it, and its values.
struct Row {
    key: &'static str,
    label: &'static str,
    fits: Fits,
}

enum Fits {
    Words(&'static [&'static str]),
    Number(std::ops::RangeInclusive<f64>),
    Text,
    /// Two times of day.
    Hours,
}

/// Every setting that may travel. The window's place stays with its screen; fetched texts are fetched again.
const TABLE: &[Row] = &[
    Row { key: "theme", label: "Colours", fits: Fits::Words(&["system", "dark", "light"]) },
    Row { key: "scale", label: "Size of everything", fits: Fits::Number(0.5..=4.0) },
    Row { key: DOWNLOAD_FOLDER, label: "Folder for archives", fits: Fits::Text },
    Row { key: BANDWIDTH, label: "Most bytes a second", fits: Fits::Number(1.0..=1e15) },
    Row { key: KEEP_ARCHIVES, label: "Days that archives are kept", fits: Fits::Number(1.0..=3650.0) },
    Row { key: PROXY, label: "Proxy", fits: Fits::Text },
    Row { key: CA_FILE, label: "File of root certificates", fits: Fits::Text },
    Row { key: LOG_LEVEL, label: "Log", fits: Fits::Words(&["off", "error", "warn", "info", "debug"]) },
    Row { key: "notifications", label: "Notifications", fits: Fits::Words(&["all", "problems", "none"]) },
    Row { key: "quiet_hours", label: "Quiet hours", fits: Fits::Hours },
];

impl Fits {
    fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Words(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Number(range) => value.as_f64().is_some_and(|number| range.contains(&number)),
            Self::Text => value.is_string(),
            Self::Hours => value.as_object().is_some_and(|hours| {
                hours.len() == 2
                    && ["from", "to"]
                        .iter()
                        .all(|name| hours.get(*name).and_then(Value::as_str).is_some_and(is_time))
            }),
        }
    }
}

fn is_time(text: &str) -> bool {
    let part = |part: &str, most: u32| part.len() <= 2 && part.parse::<u32>().is_ok_and(|n| n < most);
    text.split_once(':').is_some_and(|(hour, minute)| part(hour, 24) && part(minute, 60))
}

fn row(key: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.key == key)
}

/// Whether a text is one of the words its setting may have: such a text says nothing private.
pub(in crate::engine) fn is_word(key: &str, text: &str) -> bool {
    row(key).is_some_and(|row| matches!(row.fits, Fits::Words(words) if words.contains(&text)))
}

impl Portable {
    /// What would change; settings that the file does not name stay.
    pub fn changes(&self, now: &BTreeMap<String, Value>) -> Vec<SettingChange> {
        let change = |(key, to): (&String, &Value)| {
            let from = now.get(key).cloned();
            let label = row(key)?.label;
            let differs = from.as_ref() != Some(to);
            differs.then(|| SettingChange { key: key.clone(), label, from, to: to.clone() })
        };
        self.settings.iter().filter_map(change).collect()
    }

    /// Instances of the file that are not known here.
    pub fn unknown_instances(&self, known: &[InstanceView]) -> Vec<String> {
        let is_known = |url: &String| known.iter().any(|view| view.url.eq_ignore_ascii_case(url));
        self.instances.iter().filter(|url| !is_known(url)).cloned().collect()
    }
}

/// The file's text.
pub fn write_settings(settings: &BTreeMap<String, Value>, instances: &[InstanceView]) -> String {
    let settings = settings
        .iter()
        .filter(|(key, value)| row(key).is_some_and(|row| row.fits.takes(value)) && judge(key, value).is_ok())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let instances = instances.iter().filter(|view| !view.is_practice).map(|view| view.url.clone()).collect();
    let file = Portable { format: FORMAT.to_owned(), version: VERSION, settings, instances };
    let text = serde_json::to_string_pretty(&file).unwrap_or_default();
    format!("{text}\n")
}

/// Reads a file's text: all of it fits, or a sentence says what does not.
pub fn read_settings(text: &str) -> Result<Portable, Trouble> {
    let hint = "Nothing was changed. Choose a file that Export Desk wrote.";
    let refused = |headline: String| Trouble::new(Code::Usage, headline, hint);
    if text.len() > LARGEST_BYTES {
        return Err(refused("This file is too large to hold settings.".to_owned()));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        refused(format!("This is not JSON: line {}, column {}.", error.line(), error.column()))
    })?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(refused("This file does not hold settings of Export Desk.".to_owned()));
    }
    if value.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
        let hint = "Nothing was changed. Use the version of Export Desk that wrote it, or a newer one.";
        return Err(Trouble::new(Code::Usage, "These settings are of another version of Export Desk.", hint));
    }
    let file: Portable = serde_json::from_value(value)
        .map_err(|error| refused(format!("The file is not as it should be: {}.", plain(&error))))?;
    for (key, value) in &file.settings {
        let Some(row) = row(key) else {
            return Err(refused(format!("There is no setting “{}”.", shown(key))));
        };
        if !row.fits.takes(value) {
            return Err(refused(format!("The setting “{}” cannot have the value in the file.", row.label)));
        }
        judge(key, value)?;
    }
    for url in &file.instances {
        Instance::parse(url).map_err(|error| refused(format!("An instance of the file: {error}")))?;
    }
    Ok(file)
}

fn shown(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// What serde says, without repeating values of the file.
fn plain(error: &serde_json::Error) -> &'static str {
    if error.to_string().contains("unknown field") {
        "it has a part that is not known"
    } else {
        "a part of it is missing or of another kind"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::api::TokenState;

    fn view(url: &str, is_practice: bool) -> InstanceView {
        InstanceView { url: url.into(), is_practice, token: TokenState::InKeyring, account: None }
    }

    #[test]
    fn settings_travel_without_what_is_secret_or_local() {
        let settings: BTreeMap<String, Value> = [
            ("theme".to_owned(), json!("dark")),
            (BANDWIDTH.to_owned(), json!(1_048_576)),
            (PROXY.to_owned(), json!("http://me:secret@proxy.example")),
            ("window".to_owned(), json!({ "width": 1 })),
            ("live_text.offer".to_owned(), json!({ "text": "private" })),
        ]
        .into();
        let text =
            write_settings(&settings, &[view("https://gitlab.com", false), view("http://127.0.0.1:1", true)]);
        for secret in ["secret", "window", "private", "127.0.0.1"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let file = read_settings(&text).unwrap();
        assert_eq!(file.instances, ["https://gitlab.com"]);
        let changes = file.changes(&[("theme".to_owned(), json!("light"))].into());
        let told: Vec<_> = changes.iter().map(|change| (change.label, change.to.clone())).collect();
        assert_eq!(told, [("Most bytes a second", json!(1_048_576)), ("Colours", json!("dark"))]);
        assert_eq!(changes[1].from, Some(json!("light")));
        assert!(file.changes(&file.settings).is_empty());
        assert_eq!(file.unknown_instances(&[view("https://gitlab.com", false)]), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_file_of_settings_is_refused_with_a_sentence() {
        let whole = |settings: &str| {
            format!(r#"{{"format":"export-desk-settings","version":1,"settings":{settings}}}"#)
        };
        for (text, why) in [
            ("{".to_owned(), "not JSON: line 1"),
            ("[]".to_owned(), "does not hold settings"),
            (r#"{"format":"export-desk-settings","version":2,"settings":{}}"#.to_owned(), "another version"),
            (r#"{"format":"export-desk-settings","version":1}"#.to_owned(), "missing"),
            (
                r#"{"format":"export-desk-settings","version":1,"settings":{},"token":"glpat-x"}"#.to_owned(),
                "not known",
            ),
            (whole(r#"{"token":"glpat-secret"}"#), "no setting “token”"),
            (whole(r#"{"theme":"pink"}"#), "Colours"),
            (whole(r#"{"scale":90}"#), "Size"),
            (whole(r#"{"quiet_hours":{"from":"22:00","to":"late"}}"#), "Quiet hours"),
            (whole(r#"{"proxy":"http://me:secret@proxy"}"#), "user name"),
            (whole(r#"{"download_folder":"here"}"#), "download folder"),
            (whole("{}").replace("}}", r#"},"instances":["https://me:secret@x"]}"#), "password"),
            ("x".repeat(70_000), "too large"),
        ] {
            let trouble = read_settings(&text).unwrap_err();
            assert!(trouble.headline.contains(why), "{why}: {trouble}");
            assert!(!trouble.to_string().contains("secret"), "{trouble}");
        }
        assert!(
            read_settings(&whole(
                r#"{"scale":1.5,"theme":"system","quiet_hours":{"from":"22:00","to":"7:30"}}"#
            ))
            .is_ok()
        );
    }
}
