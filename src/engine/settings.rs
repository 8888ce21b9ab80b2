//! What the person chose, remembered in the store. The engine obeys some of these settings; the others belong to
//! the faces, which find them in the picture.

mod portable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::case::{Code, Trouble};
use crate::gitlab::{Proxy, Wire};
use crate::store::{Store, Write};

use super::api::{
    Answer, AskId, BANDWIDTH, CA_FILE, DOWNLOAD_FOLDER, KEEP_ARCHIVES, LOG_LEVEL, LONGEST_KEEP_DAYS,
    LogLevel, PROXY,
};
use super::clock;
use super::diagnose::set_level;
use super::router::Router;
use super::setup::Setup;

pub(super) use portable::is_word;
pub use portable::{read_settings, write_settings};

/// Settings are choices, not documents.
const LONGEST_KEY_BYTES: usize = 64;
const LARGEST_VALUE_BYTES: usize = 4096;

/// The settings of a data folder as they are now, without opening the desk: for what a face must know before
/// its first frame. Empty where there are none yet.
pub fn kept_settings(data_dir: &Path) -> BTreeMap<String, Value> {
    crate::store::peek_settings(data_dir)
}

/// The settings of a store. One that cannot be read must not keep the desk closed.
pub(super) fn load(store: &Store) -> Arc<BTreeMap<String, Value>> {
    let settings = store.settings().unwrap_or_else(|error| {
        tracing::warn!("the settings: {error}");
        BTreeMap::new()
    });
    Arc::new(settings)
}

/// The kept limit; a value that is none is no limit.
pub(super) fn bandwidth(settings: &BTreeMap<String, Value>) -> Option<u64> {
    settings.get(BANDWIDTH).and_then(Value::as_u64).filter(|limit| *limit > 0)
}

/// The kept folder, where it can be one.
pub(super) fn download_folder(settings: &BTreeMap<String, Value>) -> Option<PathBuf> {
    settings.get(DOWNLOAD_FOLDER).and_then(folder)
}

fn folder(value: &Value) -> Option<PathBuf> {
    let path = PathBuf::from(value.as_str()?);
    (path.is_absolute() && !path.is_file()).then_some(path)
}

/// The proxy and certificates that were chosen. What the command line named goes before them.
pub(super) fn wire(setup: &Setup, settings: &BTreeMap<String, Value>) -> Wire {
    let proxy = settings.get(PROXY).and_then(Value::as_str).and_then(|text| Proxy::parse(text).ok());
    let chosen = || settings.get(CA_FILE).and_then(Value::as_str).map(PathBuf::from);
    Wire {
        connect_timeout: setup.timing.connect_timeout,
        read_timeout: setup.timing.read_timeout,
        ca_file: setup.ca_file.clone().or_else(chosen),
        proxy: proxy.unwrap_or_default(),
    }
}

/// Why a text names no proxy; `None` where it does.
pub fn proxy_fault(text: &str) -> Option<&'static str> {
    Proxy::parse(text).err()
}

pub(super) fn keep_days(settings: &BTreeMap<String, Value>) -> Option<u64> {
    settings.get(KEEP_ARCHIVES).and_then(Value::as_u64).filter(|days| (1..=LONGEST_KEEP_DAYS).contains(days))
}

pub(super) fn log_level(settings: &BTreeMap<String, Value>) -> LogLevel {
    settings.get(LOG_LEVEL).and_then(Value::as_str).and_then(LogLevel::parse).unwrap_or(LogLevel::Info)
}

/// An address as a bundle may show it; `None` for settings that are none.
pub(super) fn shown_address(key: &str, text: &str) -> Option<String> {
    (key == PROXY).then(|| super::diagnose::scrub(text))
}

impl Router {
    /// Keeps all of these choices, or none where one cannot be obeyed. `null` takes a choice back.
    pub(super) fn choose(&mut self, ask: AskId, values: Vec<(String, Value)>) {
        let result = self.choose_settings(values);
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    fn choose_settings(&mut self, values: Vec<(String, Value)>) -> Result<(), Trouble> {
        let mut after = self.settings.as_ref().clone();
        let mut writes = Vec::new();
        for (key, value) in values {
            judge(&key, &value)?;
            if self.settings.get(&key).unwrap_or(&Value::Null) == &value {
                continue;
            }
            if value.is_null() {
                after.remove(&key);
                writes.push(Write::DropSetting { key });
            } else {
                after.insert(key.clone(), value.clone());
                writes.push(Write::PutSetting { key, value });
            }
        }
        if writes.is_empty() {
            return Ok(());
        }
        let changed = |key: &str| self.settings.get(key) != after.get(key);
        let (network, bytes, level) =
            (changed(PROXY) || changed(CA_FILE), changed(BANDWIDTH), changed(LOG_LEVEL));
        let wire = wire(&self.setup, &after);
        if network {
            wire.check().map_err(|error| unusable(&error.to_string()))?;
        }
        self.core.commit(clock::now(), writes, Vec::new())?;
        self.settings = Arc::new(after);
        if network {
            self.core.sessions.rewire(&wire);
        }
        if bytes {
            self.downloads.limit_bandwidth(bandwidth(&self.settings));
        }
        if level {
            set_level(log_level(&self.settings));
        }
        Ok(())
    }
}

fn unusable(why: &str) -> Trouble {
    let headline = format!("With this setting no GitLab could be reached: {why}");
    Trouble::new(Code::Usage, headline, "The setting is as it was. Choose another file or address.")
}

/// A value that the engine could not obey is refused before it is kept.
fn judge(key: &str, value: &Value) -> Result<(), Trouble> {
    let refused = |headline: &str, hint: &str| Err(Trouble::new(Code::Usage, headline, hint));
    if key.is_empty() || key.len() > LONGEST_KEY_BYTES || value.to_string().len() > LARGEST_VALUE_BYTES {
        return refused("This setting is too large to be kept.", "Settings are a name and a short value.");
    }
    match key {
        _ if value.is_null() => Ok(()),
        DOWNLOAD_FOLDER if folder(value).is_none() => refused(
            "This cannot be the download folder.",
            "Name a folder by its whole path, for example /home/you/Downloads.",
        ),
        BANDWIDTH if value.as_u64().is_none_or(|limit| limit == 0) => {
            refused("This cannot be the limit.", "Name it in whole bytes a second, at least 1.")
        }
        KEEP_ARCHIVES if value.as_u64().is_none_or(|days| !(1..=LONGEST_KEEP_DAYS).contains(&days)) => {
            refused("Archives cannot be kept for so long.", "Name whole days, from 1 to 3650.")
        }
        PROXY => match value.as_str().map(Proxy::parse) {
            Some(Ok(_)) => Ok(()),
            Some(Err(why)) => refused(
                &format!("This proxy cannot be used: {why}."),
                "Write it like http://proxy.example:3128. A proxy with a password is named in HTTPS_PROXY in the environment.",
            ),
            None => refused("This proxy cannot be used.", "Write it like http://proxy.example:3128."),
        },
        CA_FILE if value.as_str().is_none_or(|text| !Path::new(text).is_absolute()) => {
            refused("This is not a certificate file.", "Name a PEM file by its whole path.")
        }
        LOG_LEVEL if value.as_str().and_then(LogLevel::parse).is_none() => {
            refused("There is no such log level.", "The levels are off, error, warn, info and debug.")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(key: &str, value: Value) -> BTreeMap<String, Value> {
        [(key.to_owned(), value)].into()
    }

    #[test]
    fn bad_values_are_as_if_they_were_not_there() {
        for value in [json!(0), json!(-5), json!("fast"), json!(1.5), json!([1])] {
            assert_eq!(bandwidth(&kept(BANDWIDTH, value.clone())), None, "{value}");
            assert!(judge(BANDWIDTH, &value).is_err(), "{value}");
        }
        assert_eq!(bandwidth(&kept(BANDWIDTH, json!(1_048_576))), Some(1_048_576));
        for value in [json!("relative/folder"), json!(""), json!(7), json!(env!("CARGO_MANIFEST_PATH"))] {
            assert_eq!(download_folder(&kept(DOWNLOAD_FOLDER, value.clone())), None, "{value}");
            assert!(judge(DOWNLOAD_FOLDER, &value).is_err(), "{value}");
        }
        let folder = std::env::temp_dir();
        let value = json!(folder.display().to_string());
        assert_eq!(download_folder(&kept(DOWNLOAD_FOLDER, value)), Some(folder));
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
        ] {
            let trouble = judge(key, &value).unwrap_err();
            assert!(!trouble.hint.is_empty() && !trouble.to_string().contains("secret"), "{trouble}");
        }
        for (key, value) in [
            (KEEP_ARCHIVES, json!(30)),
            (PROXY, json!("direct")),
            (PROXY, json!("https://proxy.example:3128")),
            (CA_FILE, json!("/etc/ca.pem")),
            (LOG_LEVEL, json!("debug")),
        ] {
            assert!(judge(key, &value).is_ok(), "{key} {value}");
        }
    }

    #[test]
    fn a_setting_is_a_name_and_a_short_value() {
        assert!(judge("theme", &json!("dark")).is_ok());
        assert!(judge("", &json!(1)).is_err());
        assert!(judge(&"k".repeat(65), &json!(1)).is_err());
        assert!(judge("theme", &json!("x".repeat(5000))).is_err());
        assert!(judge(BANDWIDTH, &Value::Null).is_ok(), "nothing takes a setting back");
    }
}
