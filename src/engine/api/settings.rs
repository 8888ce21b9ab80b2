//! What the person chose: a row a setting, from the key in the database to the value that is obeyed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::diagnostics::LogLevel;
use crate::case::{Code, UserError};
use crate::gitlab::Proxy;

/// The longest keep time, in days.
pub const LONGEST_KEEP_DAYS: u64 = 3650;

/// Settings are choices, not documents.
const LONGEST_KEY_BYTES: usize = 64;
const LARGEST_VALUE_BYTES: usize = 4096;

/// Settings of versions before, which say nothing any more.
pub(in crate::engine) const GONE: [&str; 1] = ["quiet_hours"];

/// A row: the key, which is the field's name; the value's type and how it is read; what a person calls the setting;
/// what is said of a value that does not serve, and what to do then.
macro_rules! settings {
    ($($(#[$doc:meta])* $key:ident $field:ident: $type:ty = $read:expr, $label:literal, $no:literal, $hint:literal;)+) => {
        $($(#[$doc])* pub const $key: &str = stringify!($field);)+

        /// What the person chose; `None` where nothing was chosen.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Settings {
            $($(#[$doc])* pub $field: Option<$type>,)+
            /// What the window remembers under names of its own, and settings of other versions.
            other: BTreeMap<String, Value>,
        }

        /// The settings that travel in a file, by key, each with its name. The window's place stays with its screen.
        pub(in crate::engine) const LABELS: &[(&str, &str)] = &[$(($key, $label)),+];

        impl Settings {
            /// The value kept under a key.
            pub fn get(&self, key: &str) -> Option<Value> {
                match key {
                    $($key => self.$field.as_ref().map(|value| json!(value)),)+
                    _ => self.other.get(key).cloned(),
                }
            }

            /// Makes a choice, or takes it back with `null`; a value that could not be obeyed is refused.
            pub fn set(&mut self, key: &str, value: &Value) -> Result<(), UserError> {
                fits(key, value)?;
                match key {
                    $($key => self.$field = choice(value, $read, $no, $hint)?,)+
                    _ if value.is_null() => drop(self.other.remove(key)),
                    _ => drop(self.other.insert(key.to_owned(), value.clone())),
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// Colours of the window.
    THEME theme: Theme = word, "Colours",
        "The setting “Colours” cannot have this value", "The colours are system, dark and light.";
    /// Size of everything; 1 is the system's own.
    SCALE scale: f64 = scale, "Zoom",
        "The setting “Zoom” cannot have this value", "Name a factor from 0.5 to 4.";
    /// Where archives go by default: the absolute path of a folder.
    DOWNLOAD_FOLDER download_folder: PathBuf = folder, "Folder for archives",
        "This cannot be the download folder", "Type the full path of a folder, for example /home/you/Downloads.";
    /// Bytes a second for all transfers together; no choice is no limit.
    BANDWIDTH bandwidth: u64 = bandwidth, "Bandwidth limit",
        "This cannot be the limit", "Type a whole number of bytes per second, at least 1.";
    /// Days after which downloaded archives are offered for deletion; no choice is for ever.
    KEEP_ARCHIVES keep_archives_days: u64 = days, "Days to keep archives",
        "Archives cannot be kept for so long", "Type a whole number of days, from 1 to 3650.";
    /// `direct`, or a proxy's address without user name and password; no choice is what the system says.
    PROXY proxy: String = proxy, "Proxy",
        "This proxy cannot be used",
        "Write the proxy like http://proxy.example:3128. Set a proxy with a password in the environment variable HTTPS_PROXY.";
    /// A PEM file with more root certificates: its absolute path.
    CA_FILE ca_file: PathBuf = file, "Root certificate file",
        "This is not a certificate file", "Type the full path of a PEM file.";
    /// How much the log tells; no choice is `info`.
    LOG_LEVEL log_level: LogLevel = log_level, "Log",
        "There is no such log level", "The levels are off, error, warn, info and debug.";
    /// Which news leave the window; no choice is all.
    NOTIFICATIONS notifications: NotificationLevel = word, "Notifications",
        "There are no such notifications", "Choose all, problems or none.";
}

/// Colours of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Theme {
    System,
    Dark,
    Light,
}

words!(Theme);

/// Which news leave the window.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NotificationLevel {
    #[default]
    All,
    /// Only problems and deadlines.
    Problems,
    None,
}

words!(NotificationLevel, all);

impl Settings {
    /// The settings of the database's rows. One that could not be obeyed is as if it were not there.
    pub(in crate::engine) fn of_rows(rows: &BTreeMap<String, Value>) -> Self {
        let mut settings = Self::default();
        for (key, value) in rows.iter().filter(|(key, value)| fits(key, value).is_ok()) {
            if let Err(trouble) = settings.set(key, value) {
                tracing::warn!("the setting {key}: {trouble}");
            }
        }
        settings
    }

    /// Every choice, by key.
    pub fn rows(&self) -> BTreeMap<String, Value> {
        let own = LABELS.iter().filter_map(|(key, _)| Some(((*key).to_owned(), self.get(key)?)));
        self.other.clone().into_iter().chain(own).collect()
    }
}

/// What a file of settings holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portable {
    pub(in crate::engine) format: String,
    pub(in crate::engine) version: u32,
    pub settings: BTreeMap<String, Value>,
    /// Base URLs; their tokens are with the person.
    #[serde(default)]
    pub instances: Vec<String>,
}

/// One setting that a file would change.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    pub key: String,
    pub label: &'static str,
    /// `None` where nothing was chosen.
    pub from: Option<Value>,
    pub to: Value,
}

fn fits(key: &str, value: &Value) -> Result<(), UserError> {
    if key.is_empty() || key.len() > LONGEST_KEY_BYTES || value.to_string().len() > LARGEST_VALUE_BYTES {
        let headline = "This setting is too large.";
        return Err(UserError::new(Code::Usage, headline, "A setting has a name and a short value."));
    }
    Ok(())
}

/// Why a value does not serve, where there is more to say than that.
type Why = Option<&'static str>;

fn choice<T>(
    value: &Value,
    read: impl FnOnce(&Value) -> Result<T, Why>,
    no: &str,
    hint: &str,
) -> Result<Option<T>, UserError> {
    if value.is_null() {
        return Ok(None);
    }
    read(value).map(Some).map_err(|why| {
        let headline = why.map_or_else(|| format!("{no}."), |why| format!("{no}: {why}."));
        UserError::new(Code::Usage, headline, hint)
    })
}

fn word<T: DeserializeOwned>(value: &Value) -> Result<T, Why> {
    T::deserialize(value).map_err(|_other| None)
}

fn scale(value: &Value) -> Result<f64, Why> {
    value.as_f64().filter(|scale| (0.5..=4.0).contains(scale)).ok_or(None)
}

fn folder(value: &Value) -> Result<PathBuf, Why> {
    file(value).and_then(|path| if path.is_file() { Err(None) } else { Ok(path) })
}

fn file(value: &Value) -> Result<PathBuf, Why> {
    value.as_str().map(Path::new).filter(|path| path.is_absolute()).map(Path::to_owned).ok_or(None)
}

fn bandwidth(value: &Value) -> Result<u64, Why> {
    value.as_u64().filter(|limit| *limit > 0).ok_or(None)
}

fn days(value: &Value) -> Result<u64, Why> {
    value.as_u64().filter(|days| (1..=LONGEST_KEEP_DAYS).contains(days)).ok_or(None)
}

fn proxy(value: &Value) -> Result<String, Why> {
    let text = value.as_str().ok_or(None)?;
    Proxy::parse(text).map(|_| text.to_owned()).map_err(Some)
}

fn log_level(value: &Value) -> Result<LogLevel, Why> {
    value.as_str().and_then(LogLevel::parse).ok_or(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(key: &str, value: &Value) -> Settings {
        Settings::of_rows(&[(key.to_owned(), value.clone())].into())
    }

    fn refusal(key: &str, value: &Value) -> UserError {
        Settings::default().set(key, value).unwrap_err()
    }

    #[test]
    fn bad_values_are_as_if_they_were_not_there() {
        for value in [json!(0), json!(-5), json!("fast"), json!(1.5), json!([1])] {
            assert_eq!(kept(BANDWIDTH, &value), Settings::default(), "{value}");
            refusal(BANDWIDTH, &value);
        }
        assert_eq!(kept(BANDWIDTH, &json!(1_048_576)).bandwidth, Some(1_048_576));
        for value in [json!("relative/folder"), json!(""), json!(7), json!(env!("CARGO_MANIFEST_PATH"))] {
            assert_eq!(kept(DOWNLOAD_FOLDER, &value), Settings::default(), "{value}");
            refusal(DOWNLOAD_FOLDER, &value);
        }
        let folder = std::env::temp_dir();
        let value = json!(folder.display().to_string());
        assert_eq!(kept(DOWNLOAD_FOLDER, &value).download_folder, Some(folder));
        for value in [json!("pink"), json!(3)] {
            assert_eq!(kept(THEME, &value).theme, None);
        }
        for value in [json!(0), json!(-1), json!(900), json!("big")] {
            assert_eq!(kept(SCALE, &value).scale, None);
        }
        let rows = [(BANDWIDTH.to_owned(), json!("fast")), (KEEP_ARCHIVES.to_owned(), json!(30))].into();
        assert_eq!(
            Settings::of_rows(&rows).keep_archives_days,
            Some(30),
            "one bad value takes no other along"
        );
    }

    #[test]
    fn a_choice_that_cannot_be_obeyed_is_refused_with_the_next_step() {
        for (key, value) in [
            (KEEP_ARCHIVES, json!(0)),
            (KEEP_ARCHIVES, json!(9_999)),
            (KEEP_ARCHIVES, json!("long")),
            (PROXY, json!("http://me:secret@proxy.example")),
            (PROXY, json!("proxy.example:3128")),
            (PROXY, json!(7)),
            (CA_FILE, json!("ca.pem")),
            (LOG_LEVEL, json!("loud")),
            (NOTIFICATIONS, json!("nonsense")),
        ] {
            let trouble = refusal(key, &value);
            let said = format!("{trouble} {}", trouble.hint.text());
            assert!(!trouble.hint.is_empty() && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn what_was_chosen_is_kept_as_it_was_written_and_taken_back() {
        for (key, value) in [
            (THEME, json!("dark")),
            (SCALE, json!(1.25)),
            (BANDWIDTH, json!(1_048_576)),
            (KEEP_ARCHIVES, json!(30)),
            (PROXY, json!("direct")),
            (PROXY, json!("https://proxy.example:3128")),
            (CA_FILE, json!("/etc/ca.pem")),
            (LOG_LEVEL, json!("debug")),
            (NOTIFICATIONS, json!("problems")),
            ("window", json!({ "width": 1 })),
            ("of_another_version", json!([1])),
        ] {
            let mut settings = kept(key, &value);
            assert_eq!(settings.rows(), [(key.to_owned(), value)].into());
            settings.set(key, &Value::Null).unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn a_setting_is_a_name_and_a_short_value() {
        refusal("", &json!(1));
        refusal(&"k".repeat(65), &json!(1));
        refusal("window", &json!("x".repeat(5000)));
    }
}
