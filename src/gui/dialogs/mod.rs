//! The dialogs over a page: one struct and one `ui()` each. At most one is open.

pub mod about;
pub mod clean;
pub mod connect;
pub mod handbook;
pub mod infradev;
pub mod issues;
pub mod load_settings;
pub mod new_case;
pub mod palette;
pub mod post;
pub mod rehearse;
pub mod replace;
pub mod save_in;
pub mod save_text;
pub mod shortcuts;
pub mod stopped;
pub mod template;

use crate::gui::case::closed_card::DeletePrivate;
use crate::gui::case::now_card::Override;
use crate::gui::pages::ledger::SaveLedger;
use crate::gui::pages::settings::Forget;
use clean::Clean;
use connect::Connect;
use handbook::HandbookEditor;
use infradev::Infradev;
use issues::Issues;
use load_settings::LoadSettings;
use new_case::NewCase;
use palette::Palette;
use post::Post;
use rehearse::Rehearse;
use replace::Replace;
use save_in::SaveIn;
use save_text::SaveText;
use stopped::Stopped;
use template::TemplateEditor;

/// A dialog over the page. At most one is open.
#[derive(Debug)]
pub enum Dialog {
    Palette(Palette),
    Shortcuts,
    Connect(Box<Connect>),
    NewCase(NewCase),
    Replace(Replace),
    SaveIn(SaveIn),
    Override(Override),
    Forget(Forget),
    Post(Box<Post>),
    Issues(Issues),
    Infradev(Infradev),
    Template(Box<TemplateEditor>),
    SaveLedger(SaveLedger),
    DeletePrivate(DeletePrivate),
    About,
    Clean(Clean),
    Handbook(Box<HandbookEditor>),
    LoadSettings(LoadSettings),
    SaveText(SaveText),
    Stopped(Stopped),
    Rehearse(Box<Rehearse>),
}

impl Dialog {
    /// Whether something was typed into an editor that would be lost with it.
    pub fn is_changed(&self) -> bool {
        match self {
            Self::Template(editor) => editor.is_changed(),
            Self::Handbook(editor) => editor.is_changed(),
            _ => false,
        }
    }
}
