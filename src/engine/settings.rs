//! The user's settings in the store. The engine applies some of them; the front ends read the others from the
//! snapshot.

mod portable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::case::{Code, UserError};
use crate::gitlab::{NetworkConfig, Proxy};
use crate::store::{Store, Write};

use super::api::{Answer, AskId, LogLevel, Settings};
use super::clock;
use super::core::Core;
use super::diagnose::set_level;
use super::happened::Happened;
use super::setup::Setup;
use super::timing::Timing;

pub use portable::{read_settings, write_settings};

/// Reads the settings of a data folder without starting the engine, for what a front end must know before its first
/// frame. Empty where there are none yet.
pub fn kept_settings(data_dir: &Path) -> Settings {
    Settings::of_rows(&crate::store::peek_settings(data_dir))
}

/// Why a text is not a valid proxy; `None` for a valid one.
pub fn proxy_fault(text: &str) -> Option<&'static str> {
    Proxy::parse(text).err()
}

/// The user's settings, and the defaults from the setup.
#[derive(Debug)]
pub struct Choices {
    settings: Arc<Settings>,
    download_folder: PathBuf,
    ca_file: Option<PathBuf>,
    timing: Timing,
}

impl Choices {
    /// Reads the settings from a store. Unreadable settings must not keep the engine from starting.
    pub fn load(setup: &Setup, store: &Store) -> Self {
        let rows = store.settings().unwrap_or_else(|error| {
            tracing::warn!("the settings: {error}");
            BTreeMap::new()
        });
        let settings = Settings::of_rows(&rows);
        if setup.data_dir.is_some() {
            // Practice has no settings of its own, and the process has only one log.
            set_level(settings.log_level.unwrap_or(LogLevel::Info));
        }
        Self {
            settings: Arc::new(settings),
            download_folder: setup.download_folder.clone(),
            ca_file: setup.ca_file.clone(),
            timing: setup.timing,
        }
    }

    /// Stores all of these settings, or none if one is invalid. `null` removes a setting.
    pub fn choose(&mut self, core: &mut Core, ask: AskId, values: Vec<(String, Value)>) -> Vec<Happened> {
        let (result, happened) = match self.keep(core, values) {
            Ok(happened) => (Ok(Answer::Done), happened),
            Err(error) => (Err(error), Vec::new()),
        };
        core.reply(ask, result);
        happened
    }

    fn keep(&mut self, core: &mut Core, values: Vec<(String, Value)>) -> Result<Vec<Happened>, UserError> {
        let before = Arc::clone(&self.settings);
        let mut after = before.as_ref().clone();
        let mut writes = Vec::new();
        for (key, value) in values {
            let was = after.get(&key);
            after.set(&key, &value)?;
            if after.get(&key) == was {
                continue;
            }
            writes.push(match value {
                Value::Null => Write::DropSetting { key },
                value => Write::PutSetting { key, value },
            });
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let network = (&before.proxy, &before.ca_file) != (&after.proxy, &after.ca_file);
        let wire = self.wire_of(&after);
        if network {
            wire.check().map_err(|error| unusable(&error.to_string()))?;
        }
        core.commit(clock::now(), writes, Vec::new())?;
        self.settings = Arc::new(after);
        if network {
            core.sessions.rewire(&wire);
        }
        if before.log_level != self.settings.log_level {
            set_level(self.settings.log_level.unwrap_or(LogLevel::Info));
        }
        let bandwidth = before.bandwidth != self.settings.bandwidth;
        Ok(if bandwidth { vec![Happened::BandwidthChosen] } else { Vec::new() })
    }

    /// The chosen proxy and certificates.
    pub fn wire(&self) -> NetworkConfig {
        self.wire_of(&self.settings)
    }

    /// The command line has priority over the settings.
    fn wire_of(&self, settings: &Settings) -> NetworkConfig {
        let proxy = settings.proxy.as_deref().and_then(|text| Proxy::parse(text).ok());
        NetworkConfig {
            connect_timeout: self.timing.connect_timeout,
            read_timeout: self.timing.read_timeout,
            ca_file: self.ca_file.clone().or_else(|| settings.ca_file.clone()),
            proxy: proxy.unwrap_or_default(),
        }
    }

    /// Bytes per second for all downloads together; `None` means no limit.
    pub fn bandwidth(&self) -> Option<u64> {
        self.settings.bandwidth
    }

    /// Days after which Export Desk offers to delete downloaded archives; `None` means never.
    pub fn keep_days(&self) -> Option<u64> {
        self.settings.keep_archives_days
    }

    /// The largest archive that the usual destination imports, in bytes.
    pub fn import_limit_bytes(&self) -> u64 {
        self.settings.import_limit_bytes()
    }

    /// The folder for archives: the user's setting, or the setup's default.
    pub fn download_folder(&self) -> PathBuf {
        self.settings.download_folder.clone().unwrap_or_else(|| self.download_folder.clone())
    }

    /// What the front ends see.
    pub fn view(&self) -> Arc<Settings> {
        Arc::clone(&self.settings)
    }
}

fn unusable(why: &str) -> UserError {
    let headline = format!("With this setting, no GitLab can be reached: {why}");
    UserError::new(Code::Usage, headline, "The setting was not changed. Choose another file or URL.")
}
