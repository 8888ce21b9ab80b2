//! The icons in use, named by their meaning here, and the font that has them.

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontFamily};

/// The font with the icons.
pub const FAMILY: &str = "Material Symbols Rounded";

/// One icon of [Material Symbols Rounded](https://fonts.google.com/icons), filled.
#[derive(Clone, Copy, Debug)]
pub struct MaterialIcon {
    /// A text of its one code point, for [`MaterialIcon::font_family`].
    pub codepoint: &'static str,
}

impl MaterialIcon {
    /// The font in which the code point is this icon.
    pub fn font_family(self) -> FontFamily {
        FontFamily::Name(FAMILY.into())
    }
}

macro_rules! icons {
    ($($name:ident = $codepoint:literal,)*) => {
        $(pub const $name: MaterialIcon = MaterialIcon { codepoint: $codepoint };)*

        /// Every icon above.
        #[cfg(test)]
        pub const ALL: &[MaterialIcon] = &[$($name),*];
    };
}

// The name in the set is beside each. After a change: packaging/icon-font.py.
icons! {
    ADD = "\u{e145}", // add
    ARCHIVE = "\u{e1a1}", // inventory_2
    ASCENDING = "\u{e5ce}", // expand_less
    BACK = "\u{e5c4}", // arrow_back
    BAD = "\u{f8b6}", // error
    CANCEL = "\u{ef71}", // stop_circle
    CASES = "\u{e156}", // inbox
    CLOCK = "\u{efd6}", // schedule
    CLOSE = "\u{e5cd}", // close
    COMPARE = "\u{e915}", // compare_arrows
    CONNECT = "\u{e250}", // link
    COPY = "\u{e14d}", // content_copy
    DARK = "\u{e51c}", // dark_mode
    DELETE = "\u{e92e}", // delete
    DOWNLOAD = "\u{f090}", // download
    EDIT = "\u{f097}", // edit
    EXPANDED = "\u{e5cf}", // expand_more
    EXPORT = "\u{e1c4}", // play_circle
    FOLDER = "\u{e2c8}", // folder_open
    GOOD = "\u{f0be}", // check_circle
    HELP = "\u{e312}", // keyboard
    HOURGLASS = "\u{e88b}", // hourglass_empty
    IMPORT = "\u{f09b}", // upload
    INFO = "\u{e88e}", // info
    LEDGER = "\u{e0ee}", // list_alt
    KEY = "\u{e73c}", // key
    NONE = "\u{e836}", // radio_button_unchecked
    OFFLINE = "\u{e2c1}", // cloud_off
    OPEN = "\u{e89e}", // open_in_new
    PAUSE = "\u{e034}", // pause
    PLAY = "\u{e037}", // play_arrow
    PRACTICE = "\u{e80c}", // school
    REFRESH = "\u{e5d5}", // refresh
    RELATIONS = "\u{e97a}", // account_tree
    RETRY = "\u{e042}", // replay
    RUNNING = "\u{e627}", // sync
    SAVE = "\u{e161}", // save
    SEARCH = "\u{ef7a}", // search
    SETTINGS = "\u{e8b8}", // settings
    SEND = "\u{e163}", // send
    SKIP = "\u{e5cc}", // chevron_right
    TEXT = "\u{e873}", // description
    TRANSFERS = "\u{e8d5}", // swap_vert
    VERIFIED = "\u{ef76}", // verified
    WARN = "\u{f083}", // warning
}

/// The icons that are in use, out of 4,000. `packaging/icon-font.py` makes it.
const FONT: &[u8] = include_bytes!("../../assets/icons.ttf");

/// The font of the icons, for [`egui::Context::add_font`].
pub fn font() -> FontInsert {
    let families = [
        (FontFamily::Name(FAMILY.into()), FontPriority::Highest),
        (FontFamily::Proportional, FontPriority::Lowest),
    ]
    .map(|(family, priority)| InsertFontFamily { family, priority });
    FontInsert::new(FAMILY, FontData::from_static(FONT), families.into())
}

#[cfg(test)]
mod tests {
    use egui::FontId;

    use super::*;

    #[test]
    fn the_font_has_every_icon_that_is_named() {
        let ctx = egui::Context::default();
        ctx.add_font(font());
        // New fonts are read at the start of a frame.
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        let missing: Vec<_> = ALL
            .iter()
            .filter(|icon| {
                let font = FontId::new(16.0, icon.font_family());
                !ctx.fonts_mut(|fonts| icon.codepoint.chars().all(|point| fonts.has_glyph(&font, point)))
            })
            .collect();
        assert!(missing.is_empty(), "not in assets/icons.ttf: {missing:?}");
    }
}
