//! The pages of the window: one row each.

use egui::{Key, Modifiers};

use crate::gui::kit::icons::{self, MaterialIcon};

/// One page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The list of cases, and the page of the selected case.
    #[default]
    Cases,
    Downloads,
    Exports,
    Relations,
    Archives,
    Imports,
    OfferLog,
    Practice,
    Settings,
}

/// The properties of a page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub label: &'static str,
    pub icon: MaterialIcon,
    /// The key that opens the page, together with the platform's command key.
    pub key: Key,
    /// The name of the command that opens the page.
    pub go: &'static str,
    pub tooltip: &'static str,
}

impl Route {
    /// Every page, in the order of the top bar; the settings are at its end.
    pub const ALL: [Self; 9] = [
        Self::Cases,
        Self::Downloads,
        Self::Exports,
        Self::Relations,
        Self::Archives,
        Self::Imports,
        Self::OfferLog,
        Self::Practice,
        Self::Settings,
    ];

    /// The modifier of the page shortcuts.
    pub const WITH: Modifiers = Modifiers::COMMAND;

    /// The row of this page.
    pub fn page(self) -> Page {
        let row = |label, icon, key, go, tooltip| Page { label, icon, key, go, tooltip };
        #[rustfmt::skip]
        let page = match self {
            Self::Cases => row("Cases", icons::CASES, Key::Num1, "Go to cases", "The list of cases."),
            Self::Downloads => row("Downloads", icons::TRANSFERS, Key::Num2, "Go to downloads", "All downloads of all cases."),
            Self::Exports => row("Exports", icons::EXPORT, Key::Num8, "Go to exports of many projects", "Exports of many projects at once."),
            Self::Relations => row("Relations", icons::RELATIONS, Key::Num3, "Go to relations exports", "Relations exports of a project."),
            Self::Archives => row("Archives", icons::ARCHIVE, Key::Num4, "Go to archives", "Inspect archives on disk."),
            Self::Imports => row("Imports", icons::IMPORT, Key::Num5, "Go to imports", "Imports into a GitLab, and test imports."),
            Self::OfferLog => row("Offer log", icons::LEDGER, Key::Num6, "Go to the offer log", "All one-time exports that were offered."),
            Self::Practice => row("Practice", icons::PRACTICE, Key::Num7, "Go to practice", "Lessons on the built-in GitLab."),
            Self::Settings => row("Settings", icons::SETTINGS, Key::Comma, "Go to settings", "Instances, tokens and appearance."),
        };
        page
    }
}
