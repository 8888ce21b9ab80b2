//! The pages and dialogs of the window: one struct and one `ui()` each.

mod about;
mod against;
mod archive_report;
mod archives;
mod attempts;
mod case_list;
mod case_page;
mod clean;
mod clocks;
mod closed_card;
mod connect;
mod evidence;
mod export_card;
mod facts;
mod first_run;
mod handbook;
mod imports;
mod infradev;
mod issues;
mod judged;
mod ledger;
mod load_settings;
mod member_tree;
mod new_case;
mod notifications;
mod now_card;
mod palette;
mod post;
mod practice;
mod rehearse;
mod relations;
mod replace;
mod save_in;
mod save_text;
pub(in crate::gui) mod settings;
mod shortcuts;
mod stopped;
mod template;
mod texts;
mod timeline;
mod top_bar;
mod transfer_line;
mod transfers;
mod unopened;

pub use about::about;
pub use archives::Archives;
pub use case_list::CaseList;
pub use case_page::CasePage;
pub use clean::Clean;
pub use closed_card::DeletePrivate;
pub use connect::{Connect, kept};
pub use first_run::first_run;
pub use handbook::HandbookEditor;
pub use imports::Imports;
#[cfg(test)]
pub use imports::fixture as import_fixture;
pub use infradev::Infradev;
pub use issues::Issues;
pub use ledger::{Ledger, SaveLedger};
pub use load_settings::LoadSettings;
pub use new_case::NewCase;
pub use now_card::Override;
pub use palette::Palette;
pub use post::Post;
pub use practice::practice;
pub use rehearse::Rehearse;
pub use relations::Relations;
pub use replace::Replace;
pub use save_in::SaveIn;
pub use save_text::SaveText;
pub use settings::{Forget, Settings};
pub use shortcuts::shortcuts;
pub use stopped::Stopped;
pub use template::TemplateEditor;
pub use top_bar::top_bar;
pub use transfers::transfers;
pub use unopened::{opening, unopened};

/// A dialog over the page. At most one is open.
#[derive(Debug)]
pub enum Sheet {
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

impl Sheet {
    /// Whether something was typed into an editor that would be lost with it.
    pub fn is_changed(&self) -> bool {
        match self {
            Self::Template(editor) => editor.is_changed(),
            Self::Handbook(editor) => editor.is_changed(),
            _ => false,
        }
    }
}

/// A fact to be filled in on the case page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JumpTo(pub crate::case::Fact);
