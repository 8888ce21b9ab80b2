//! What the person chose, remembered in the store. The engine obeys some of these settings; the others belong to
//! the faces, which find them in the picture.

mod portable;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::case::{Code, Trouble};
use crate::gitlab::{Proxy, Wire};
use crate::store::{Store, Write};

use super::api::{Answer, AskId, LogLevel, Settings};
use super::clock;
use super::diagnose::set_level;
use super::router::Router;
use super::setup::Setup;

pub use portable::{read_settings, write_settings};

/// The settings of a data folder as they are now, without opening the desk: for what a face must know before
/// its first frame. Nothing is chosen where there are none yet.
pub fn kept_settings(data_dir: &Path) -> Settings {
    Settings::of_rows(&crate::store::peek_settings(data_dir))
}

/// The settings of a store. One that cannot be read must not keep the engine closed.
pub(super) fn load(store: &Store) -> Arc<Settings> {
    let rows = store.settings().unwrap_or_else(|error| {
        tracing::warn!("the settings: {error}");
        BTreeMap::new()
    });
    Arc::new(Settings::of_rows(&rows))
}

/// The proxy and certificates that were chosen. What the command line named goes before them.
pub(super) fn wire(setup: &Setup, settings: &Settings) -> Wire {
    let proxy = settings.proxy.as_deref().and_then(|text| Proxy::parse(text).ok());
    Wire {
        connect_timeout: setup.timing.connect_timeout,
        read_timeout: setup.timing.read_timeout,
        ca_file: setup.ca_file.clone().or_else(|| settings.ca_file.clone()),
        proxy: proxy.unwrap_or_default(),
    }
}

/// Why a text names no proxy; `None` where it does.
pub fn proxy_fault(text: &str) -> Option<&'static str> {
    Proxy::parse(text).err()
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
            let before = after.get(&key);
            after.set(&key, &value)?;
            if after.get(&key) == before {
                continue;
            }
            writes.push(match value {
                Value::Null => Write::DropSetting { key },
                value => Write::PutSetting { key, value },
            });
        }
        if writes.is_empty() {
            return Ok(());
        }
        let before = self.settings.clone();
        let network = (&before.proxy, &before.ca_file) != (&after.proxy, &after.ca_file);
        let wire = wire(&self.setup, &after);
        if network {
            wire.check().map_err(|error| unusable(&error.to_string()))?;
        }
        self.core.commit(clock::now(), writes, Vec::new())?;
        self.settings = Arc::new(after);
        if network {
            self.core.sessions.rewire(&wire);
        }
        if before.bandwidth != self.settings.bandwidth {
            self.downloads.limit_bandwidth(self.settings.bandwidth);
        }
        if before.log_level != self.settings.log_level {
            set_level(self.settings.log_level.unwrap_or(LogLevel::Info));
        }
        Ok(())
    }
}

fn unusable(why: &str) -> Trouble {
    let headline = format!("With this setting no GitLab could be reached: {why}");
    Trouble::new(Code::Usage, headline, "The setting is as it was. Choose another file or address.")
}
