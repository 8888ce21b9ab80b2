//! Settings as one JSON file, for another computer or a colleague. The file contains no token and no password: only
//! the URLs of instances, and only settings with a label.

use serde_json::Value;

use crate::case::{Code, UserError};
use crate::engine::api::{GONE, InstanceView, LABELS, Portable, SettingChange, Settings};
use crate::gitlab::Instance;

const FORMAT: &str = "export-desk-settings";
const VERSION: u32 = 1;
/// A settings file is about a page long.
const LARGEST_BYTES: usize = 64 * 1024;

impl Portable {
    /// What the file would change. Settings that it does not contain stay.
    pub fn changes(&self, now: &Settings) -> Vec<SettingChange> {
        let change = |(key, to): (&String, &Value)| {
            let from = now.get(key);
            let label = label(key)?;
            let differs = from.as_ref() != Some(to);
            differs.then(|| SettingChange { key: key.clone(), label, from, to: to.clone() })
        };
        self.settings.iter().filter_map(change).collect()
    }

    /// Instances in the file that this program does not know.
    pub fn unknown_instances(&self, known: &[InstanceView]) -> Vec<String> {
        let is_known = |url: &String| known.iter().any(|view| view.url.eq_ignore_ascii_case(url));
        self.instances.iter().filter(|url| !is_known(url)).cloned().collect()
    }
}

/// The fields of [`Portable`].
const PARTS: [&str; 4] = ["format", "version", "settings", "instances"];

/// The text of a settings file.
pub fn write_settings(settings: &Settings, instances: &[InstanceView]) -> String {
    let settings = settings.rows().into_iter().filter(|(key, _)| label(key).is_some()).collect();
    let instances = instances.iter().filter(|view| !view.is_practice).map(|view| view.url.clone()).collect();
    let file = Portable { format: FORMAT.to_owned(), version: VERSION, settings, instances };
    let text = serde_json::to_string_pretty(&file).unwrap_or_default();
    format!("{text}\n")
}

/// Parses a settings file. Accepts all of it, or returns an error that names the mistake.
pub fn read_settings(text: &str) -> Result<Portable, UserError> {
    let hint = "Nothing was changed. Choose a file that Export Desk wrote.";
    let refused = |headline: String| UserError::new(Code::Usage, headline, hint);
    if text.len() > LARGEST_BYTES {
        return Err(refused("This file is too large for settings.".to_owned()));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        refused(format!("This is not JSON: line {}, column {}.", error.line(), error.column()))
    })?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(refused("This file does not contain Export Desk settings.".to_owned()));
    }
    if value.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
        let hint = "Nothing was changed. Use the version of Export Desk that wrote it, or a newer one.";
        return Err(UserError::new(
            Code::Usage,
            "Another version of Export Desk wrote these settings.",
            hint,
        ));
    }
    // serde's message may repeat values from the file, so it is not shown.
    let unfit = |why: &str| refused(format!("Export Desk cannot use this settings file: {why}."));
    if value.as_object().is_some_and(|parts| parts.keys().any(|part| !PARTS.contains(&part.as_str()))) {
        return Err(unfit("it has an unknown part"));
    }
    let mut file: Portable = serde_json::from_value(value)
        .map_err(|_may_hold_values| unfit("a part is missing or has the wrong type"))?;
    file.settings.retain(|key, _| !GONE.contains(&key.as_str()));
    let mut judged = Settings::default();
    for (key, value) in &file.settings {
        if label(key).is_none() {
            return Err(refused(format!("Unknown setting “{}”.", shown(key))));
        }
        judged.set(key, value)?;
    }
    for url in &file.instances {
        Instance::parse(url).map_err(|error| refused(format!("An instance of the file: {error}")))?;
    }
    Ok(file)
}

/// The name of an exported setting that users see.
fn label(key: &str) -> Option<&'static str> {
    LABELS.iter().find(|(known, _)| *known == key).map(|(_, label)| *label)
}

fn shown(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::api::TokenState;

    fn kept(rows: &[(&str, Value)]) -> Settings {
        Settings::of_rows(&rows.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    fn view(url: &str, is_practice: bool) -> InstanceView {
        let (token, url) = (TokenState::InKeyring, url.into());
        InstanceView { url, is_practice, token, token_refused: None, account: None }
    }

    #[test]
    fn settings_travel_without_what_is_secret_or_local() {
        let settings = kept(&[
            ("theme", json!("dark")),
            ("bandwidth", json!(1_048_576)),
            ("proxy", json!("http://me:secret@proxy.example")),
            ("window", json!({ "width": 1 })),
            ("live_text.offer", json!({ "text": "private" })),
        ]);
        let text =
            write_settings(&settings, &[view("https://gitlab.com", false), view("http://127.0.0.1:1", true)]);
        for secret in ["secret", "window", "private", "127.0.0.1"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let file = read_settings(&text).unwrap();
        assert_eq!(file.instances, ["https://gitlab.com"]);
        let changes = file.changes(&kept(&[("theme", json!("light"))]));
        let told: Vec<_> = changes.iter().map(|change| (change.label, change.to.clone())).collect();
        assert_eq!(told, [("Bandwidth limit", json!(1_048_576)), ("Colours", json!("dark"))]);
        assert_eq!(changes[1].from, Some(json!("light")));
        assert!(file.changes(&Settings::of_rows(&file.settings)).is_empty());
        assert_eq!(file.unknown_instances(&[view("https://gitlab.com", false)]), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_file_of_settings_is_refused_with_a_sentence() {
        let whole = |settings: &str| {
            format!(r#"{{"format":"export-desk-settings","version":1,"settings":{settings}}}"#)
        };
        for (text, why) in [
            ("{".to_owned(), "not JSON: line 1"),
            ("[]".to_owned(), "This file does not contain Export Desk settings."),
            (r#"{"format":"export-desk-settings","version":2,"settings":{}}"#.to_owned(), "Another version"),
            (r#"{"format":"export-desk-settings","version":1}"#.to_owned(), "missing"),
            (
                r#"{"format":"export-desk-settings","version":1,"settings":{},"token":"glpat-x"}"#.to_owned(),
                "an unknown part",
            ),
            (whole(r#"{"token":"glpat-secret"}"#), "Unknown setting “token”"),
            (whole(r#"{"theme":"pink"}"#), "Colours"),
            (whole(r#"{"scale":90}"#), "Zoom"),
            (whole(r#"{"proxy":"http://me:secret@proxy"}"#), "user name"),
            (whole(r#"{"download_folder":"here"}"#), "download folder"),
            (whole("{}").replace("}}", r#"},"instances":["https://me:secret@x"]}"#), "password"),
            ("x".repeat(70_000), "too large"),
        ] {
            let error = read_settings(&text).unwrap_err();
            assert!(error.headline.contains(why), "{why}: {error}");
            let said = format!("{error} {}", error.hint.text());
            assert!(!said.contains("secret"), "{said}");
        }
        let of_before = whole(r#"{"scale":1.5,"theme":"system","quiet_hours":{"from":"22:00","to":"7:30"}}"#);
        let file = read_settings(&of_before).unwrap();
        let keys: Vec<_> = file.settings.keys().collect();
        assert_eq!(keys, ["scale", "theme"], "what a version before kept is passed over");
    }
}
