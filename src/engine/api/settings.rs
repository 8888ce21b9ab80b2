//! The user's settings: one row per setting, from its key in the database to a validated value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::diagnostics::LogLevel;
use crate::case::import::GITLAB_COM_UPLOAD_BYTES;
use crate::case::{Code, UserError};
use crate::gitlab::Proxy;

/// The longest retention of archives, in days.
pub const LONGEST_KEEP_DAYS: u64 = 3650;

/// `max_import_size` is a number of MiB.
const SMALLEST_IMPORT_LIMIT_BYTES: u64 = 1 << 20;

/// Settings are short values, not documents.
const LONGEST_KEY_BYTES: usize = 64;
const LARGEST_VALUE_BYTES: usize = 4096;

/// Keys of earlier versions that have no effect any more.
pub(in crate::engine) const GONE: [&str; 1] = ["quiet_hours"];

/// One row per setting: the key, which is also the field's name; the type; the function that validates a value; the
/// name that users see; and what they are told when a value is invalid.
macro_rules! settings {
    ($($(#[$doc:meta])* $key:ident $field:ident: $type:ty = $read:expr, $label:literal, $no:literal, $hint:literal;)+) => {
        $($(#[$doc])* pub const $key: &str = stringify!($field);)+

        /// The user's settings; `None` where nothing was chosen.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Settings {
            $($(#[$doc])* pub $field: Option<$type>,)+
            /// Values that the window stores under its own keys, and settings of other versions.
            other: BTreeMap<String, Value>,
        }

        /// The settings that an export file contains, by key, with their names. The window's position is left out
        /// because it belongs to the screen.
        pub(in crate::engine) const LABELS: &[(&str, &str)] = &[$(($key, $label)),+];

        impl Settings {
            /// The stored value of a key.
            pub fn get(&self, key: &str) -> Option<Value> {
                match key {
                    $($key => self.$field.as_ref().map(|value| json!(value)),)+
                    _ => self.other.get(key).cloned(),
                }
            }

            /// Stores a value, or removes it with `null`. Refuses an invalid value.
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
    /// Colour theme of the window.
    THEME theme: Theme = word, "Colours",
        "The setting “Colours” cannot have this value", "The colours are system, dark and light.";
    /// Zoom factor of the window; 1 is the system's own scale.
    SCALE scale: f64 = scale, "Zoom",
        "The setting “Zoom” cannot have this value", "Name a factor from 0.5 to 4.";
    /// Folder for archives: an absolute path.
    DOWNLOAD_FOLDER download_folder: PathBuf = folder, "Folder for archives",
        "This cannot be the download folder", "Type the full path of a folder, for example /home/you/Downloads.";
    /// Bytes per second for all downloads together; `None` means no limit.
    BANDWIDTH bandwidth: u64 = bandwidth, "Bandwidth limit",
        "This cannot be the limit", "Type a whole number of bytes per second, at least 1.";
    /// Days after which Export Desk offers to delete downloaded archives; `None` means never.
    KEEP_ARCHIVES keep_archives_days: u64 = days, "Days to keep archives",
        "Archives cannot be kept for so long", "Type a whole number of days, from 1 to 3650.";
    /// The largest archive that the usual destination imports, in bytes; `None` means the limit of GitLab.com.
    IMPORT_LIMIT import_limit: u64 = import_limit, "Import limit",
        "This cannot be the import limit", "Type a size of at least 1 MiB, for example 5 GiB.";
    /// `direct`, or a proxy URL without user name and password; `None` uses the system's proxy.
    PROXY proxy: String = proxy, "Proxy",
        "This proxy cannot be used",
        "Write the proxy like http://proxy.example:3128. Set a proxy with a password in the environment variable HTTPS_PROXY.";
    /// Absolute path of a PEM file with additional root certificates.
    CA_FILE ca_file: PathBuf = file, "Root certificate file",
        "This is not a certificate file", "Type the full path of a PEM file.";
    /// Log level; `None` means `info`.
    LOG_LEVEL log_level: LogLevel = log_level, "Log",
        "There is no such log level", "The levels are off, error, warn, info and debug.";
    /// Which events become desktop notifications; `None` means all.
    NOTIFICATIONS notifications: NotificationLevel = word, "Notifications",
        "There are no such notifications", "Choose all, problems or none.";
}

/// Colour theme of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Theme {
    System,
    Dark,
    Light,
}

words!(Theme);

/// Which events become desktop notifications.
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
    /// Reads the settings from the database's rows. An invalid value is ignored.
    pub(in crate::engine) fn of_rows(rows: &BTreeMap<String, Value>) -> Self {
        let mut settings = Self::default();
        for (key, value) in rows.iter().filter(|(key, value)| fits(key, value).is_ok()) {
            if let Err(error) = settings.set(key, value) {
                tracing::warn!("the setting {key}: {error}");
            }
        }
        settings
    }

    /// The largest archive that the usual destination imports: a larger rebuilt archive becomes a set.
    pub fn import_limit_bytes(&self) -> u64 {
        self.import_limit.unwrap_or(GITLAB_COM_UPLOAD_BYTES)
    }

    /// Every stored value, by key.
    pub fn rows(&self) -> BTreeMap<String, Value> {
        let own = LABELS.iter().filter_map(|(key, _)| Some(((*key).to_owned(), self.get(key)?)));
        self.other.clone().into_iter().chain(own).collect()
    }
}

/// The contents of a settings file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portable {
    pub(in crate::engine) format: String,
    pub(in crate::engine) version: u32,
    pub settings: BTreeMap<String, Value>,
    /// Base URLs. The file contains no tokens.
    #[serde(default)]
    pub instances: Vec<String>,
}

/// One setting that a settings file would change.
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

/// Why a value is invalid, where the general message does not say enough.
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

fn import_limit(value: &Value) -> Result<u64, Why> {
    value.as_u64().filter(|bytes| *bytes >= SMALLEST_IMPORT_LIMIT_BYTES).ok_or(None)
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
            (IMPORT_LIMIT, json!(1000)),
            (IMPORT_LIMIT, json!("5 GiB")),
            (PROXY, json!("http://me:secret@proxy.example")),
            (PROXY, json!("proxy.example:3128")),
            (PROXY, json!(7)),
            (CA_FILE, json!("ca.pem")),
            (LOG_LEVEL, json!("loud")),
            (NOTIFICATIONS, json!("nonsense")),
        ] {
            let error = refusal(key, &value);
            let said = format!("{error} {}", error.hint.text());
            assert!(!error.hint.is_empty() && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_chosen_value_is_kept_as_written_and_can_be_reset() {
        for (key, value) in [
            (THEME, json!("dark")),
            (SCALE, json!(1.25)),
            (BANDWIDTH, json!(1_048_576)),
            (KEEP_ARCHIVES, json!(30)),
            (IMPORT_LIMIT, json!(10_737_418_240_u64)),
            (PROXY, json!("direct")),
            (PROXY, json!("https://proxy.example:3128")),
            (CA_FILE, json!(std::env::temp_dir().join("ca.pem"))),
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
