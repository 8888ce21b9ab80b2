//! Texts for cases: the handbook's data, the user's templates, and GitLab's own texts.

mod draft;
mod folder;
mod input;
mod upstream;

use std::path::PathBuf;
use std::sync::Arc;

use crate::case::{Code, UserError};
use crate::texts::TextKind;
use crate::texts::handbook::WebAddress;

use super::access::ApiAccess;
use super::api::{Answer, AskId, TextConfig, UpstreamTexts};
use super::core::Core;
use super::happened::Happened;
use super::input::EngineInput;

pub use draft::draft;
pub use input::TextsInput;

/// The contents of the configuration folder, and the texts fetched from GitLab.
#[derive(Debug)]
pub struct Texts {
    folder: Option<PathBuf>,
    /// While practice runs, posts go to the trackers of the practice GitLab, never to the real ones.
    practice_url: Option<String>,
    text_config: Arc<TextConfig>,
    live: Arc<UpstreamTexts>,
}

impl Texts {
    /// Contains only the built-in data until [`Self::read`] is called.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, practice_url: None, text_config: Arc::default(), live: Arc::default() }
    }

    /// Reads the configuration folder, and the stored texts of GitLab.
    pub fn read(&mut self, core: &Core) -> Vec<Happened> {
        let mut text_config = folder::read_folder(self.folder.as_deref());
        if let Some(host) = self.practice_url.as_deref().and_then(|url| WebAddress::parse(url).ok()) {
            text_config.handbook.new_issue.host = host;
        }
        self.live = Arc::new(upstream::read(core, &text_config));
        let rules = Arc::new(text_config.handbook.rules());
        self.text_config = Arc::new(text_config);
        vec![Happened::RulesRead { rules }]
    }

    /// A practice GitLab has started at this URL.
    pub fn practice_at(&mut self, core: &Core, url: String) -> Vec<Happened> {
        self.practice_url = Some(url);
        self.read(core)
    }

    /// Like [`Self::read`], as a command with a reply.
    pub fn reload(&mut self, core: &mut Core, ask: AskId) -> Vec<Happened> {
        let happened = self.read(core);
        core.reply(ask, Ok(Answer::Done));
        happened
    }

    /// Saves the user's template; `None` restores the built-in one.
    pub fn save_template(
        &mut self,
        core: &mut Core,
        ask: AskId,
        kind: TextKind,
        template: Option<&str>,
    ) -> Vec<Happened> {
        let saved = folder::put_template(&self.text_config, kind, template);
        self.saved(core, ask, saved)
    }

    /// Saves the user's handbook data; `None` restores the built-in data.
    pub fn save_handbook(&mut self, core: &mut Core, ask: AskId, text: Option<&str>) -> Vec<Happened> {
        let saved = folder::put_handbook(&self.text_config, text);
        self.saved(core, ask, saved)
    }

    fn saved(&mut self, core: &mut Core, ask: AskId, saved: Result<(), UserError>) -> Vec<Happened> {
        let happened = if saved.is_ok() { self.read(core) } else { Vec::new() };
        core.reply(ask, saved.map(|()| Answer::Done));
        happened
    }

    /// Fetches GitLab's own version of a text.
    pub fn fetch_upstream(&mut self, core: &mut Core, ask: AskId, kind: TextKind) {
        let Some(source) = self.text_config.handbook.upstream_source(kind) else {
            let headline = format!("GitLab has no published version of the text {}.", kind.as_str());
            return core.reply(ask, Err(UserError::new(Code::Usage, headline, "Use the built-in text.")));
        };
        let mut api = match self.tracker_access(core) {
            Ok(api) => api,
            Err(error) => return core.reply(ask, Err(error)),
        };
        let on_wait = core.wait_reporter(ask);
        let shown = upstream::shown(&source);
        core.spawn(async move { upstream::fetch(&mut api, &source, &on_wait).await }, move |result| {
            EngineInput::Texts(TextsInput { ask, kind, source: shown, result })
        });
    }

    /// The fetch of a text has ended.
    pub fn input(&mut self, core: &mut Core, input: TextsInput) {
        let TextsInput { ask, kind, source, result } = input;
        let reply = match result {
            Ok(text) => upstream::keep(core, &self.text_config, kind, (source, text)).map(|live| {
                Arc::make_mut(&mut self.live).insert(kind, Arc::clone(&live));
                Answer::UpstreamText(live)
            }),
            Err(error) => Err(upstream::not_fetched(error, &source)),
        };
        core.reply(ask, reply);
    }

    /// Access to the GitLab that hosts the handbook's sources.
    fn tracker_access(&self, core: &mut Core) -> Result<ApiAccess, UserError> {
        core.access(self.text_config.handbook.new_issue.host.as_str())
    }

    /// The handbook's data and the user's templates.
    pub fn text_config_view(&self) -> Arc<TextConfig> {
        Arc::clone(&self.text_config)
    }

    /// GitLab's own texts that were fetched so far.
    pub fn upstream_view(&self) -> Arc<UpstreamTexts> {
        Arc::clone(&self.live)
    }
}
