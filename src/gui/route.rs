//! Where the window is.

use crate::gui::kit::icons::{self, MaterialIcon};

/// One page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// The list, and the case that is chosen in it.
    #[default]
    Cases,
    Transfers,
    Archives,
    Imports,
    Relations,
    Ledger,
    Practice,
    Settings,
}

impl Route {
    /// The pages of the top bar, in order.
    pub const TABS: [Self; 7] = [
        Self::Cases,
        Self::Transfers,
        Self::Relations,
        Self::Archives,
        Self::Imports,
        Self::Ledger,
        Self::Practice,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::Cases => "Cases",
            Self::Transfers => "Transfers",
            Self::Archives => "Archives",
            Self::Imports => "Imports",
            Self::Relations => "Relations",
            Self::Ledger => "Ledger",
            Self::Practice => "Practice",
            Self::Settings => "Settings",
        }
    }

    pub fn icon(self) -> MaterialIcon {
        match self {
            Self::Cases => icons::CASES,
            Self::Transfers => icons::TRANSFERS,
            Self::Archives => icons::ARCHIVE,
            Self::Imports => icons::IMPORT,
            Self::Relations => icons::RELATIONS,
            Self::Ledger => icons::LEDGER,
            Self::Practice => icons::PRACTICE,
            Self::Settings => icons::SETTINGS,
        }
    }
}
