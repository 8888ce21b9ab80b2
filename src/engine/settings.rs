//! What the person chose, remembered in the store. The engine obeys two of these settings; the others belong
//! to the faces, which find them in the picture.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::case::{Code, Trouble};
use crate::store::{Store, Write};

use super::clock;
use super::command::AskId;
use super::desk::Desk;
use super::snapshot::Answer;

/// Where archives go by default: the absolute path of a folder.
pub const DOWNLOAD_FOLDER: &str = "download_folder";
/// Bytes a second for all transfers together; absent is without limit.
pub const BANDWIDTH: &str = "bandwidth";

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

impl Desk {
    pub(super) fn choose(&mut self, ask: AskId, key: &str, value: Value) {
        let result = self.choose_setting(key, value);
        self.reply(ask, result.map(|()| Answer::Done));
    }

    fn choose_setting(&mut self, key: &str, value: Value) -> Result<(), Trouble> {
        judge(key, &value)?;
        if self.settings.get(key).unwrap_or(&Value::Null) == &value {
            return Ok(());
        }
        let write = if value.is_null() {
            Write::DropSetting { key: key.to_owned() }
        } else {
            Write::PutSetting { key: key.to_owned(), value: value.clone() }
        };
        self.commit(clock::now(), vec![write], Vec::new())?;
        let settings = Arc::make_mut(&mut self.settings);
        if value.is_null() {
            settings.remove(key);
        } else {
            settings.insert(key.to_owned(), value);
        }
        if key == BANDWIDTH {
            self.bandwidth_bytes_per_s = bandwidth(&self.settings);
            self.share_bandwidth();
        }
        Ok(())
    }
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
    fn a_setting_is_a_name_and_a_short_value() {
        assert!(judge("theme", &json!("dark")).is_ok());
        assert!(judge("", &json!(1)).is_err());
        assert!(judge(&"k".repeat(65), &json!(1)).is_err());
        assert!(judge("theme", &json!("x".repeat(5000))).is_err());
        assert!(judge(BANDWIDTH, &Value::Null).is_ok(), "nothing takes a setting back");
    }
}
