//! Icons from one bundled set. They are painted rather than written as text, so that a screen reader skips them.

use egui::{Align2, Color32, FontId, Sense, Ui, Vec2};
use egui_material_icons::MaterialIcon;

/// The icons in use, named by their meaning here.
pub mod icons {
    pub use egui_material_icons::MaterialIcon;
    use egui_material_icons::icons as set;

    pub const ADD: MaterialIcon = set::ICON_ADD;
    pub const ARCHIVE: MaterialIcon = set::ICON_INVENTORY_2;
    pub const ASCENDING: MaterialIcon = set::ICON_EXPAND_LESS;
    pub const BACK: MaterialIcon = set::ICON_ARROW_BACK;
    pub const BAD: MaterialIcon = set::ICON_ERROR;
    pub const CANCEL: MaterialIcon = set::ICON_STOP_CIRCLE;
    pub const CASES: MaterialIcon = set::ICON_INBOX;
    pub const CLOCK: MaterialIcon = set::ICON_SCHEDULE;
    pub const CLOSE: MaterialIcon = set::ICON_CLOSE;
    pub const COMPARE: MaterialIcon = set::ICON_COMPARE_ARROWS;
    pub const CONNECT: MaterialIcon = set::ICON_LINK;
    pub const COPY: MaterialIcon = set::ICON_CONTENT_COPY;
    pub const DARK: MaterialIcon = set::ICON_DARK_MODE;
    pub const DELETE: MaterialIcon = set::ICON_DELETE;
    pub const DOWNLOAD: MaterialIcon = set::ICON_DOWNLOAD;
    pub const EDIT: MaterialIcon = set::ICON_EDIT;
    pub const EXPANDED: MaterialIcon = set::ICON_EXPAND_MORE;
    pub const EXPORT: MaterialIcon = set::ICON_PLAY_CIRCLE;
    pub const FOLDER: MaterialIcon = set::ICON_FOLDER_OPEN;
    pub const GOOD: MaterialIcon = set::ICON_CHECK_CIRCLE;
    pub const HELP: MaterialIcon = set::ICON_KEYBOARD;
    pub const HOURGLASS: MaterialIcon = set::ICON_HOURGLASS_EMPTY;
    pub const IMPORT: MaterialIcon = set::ICON_UPLOAD;
    pub const INFO: MaterialIcon = set::ICON_INFO;
    pub const LEDGER: MaterialIcon = set::ICON_LIST_ALT;
    pub const KEY: MaterialIcon = set::ICON_KEY;
    pub const NONE: MaterialIcon = set::ICON_RADIO_BUTTON_UNCHECKED;
    pub const OFFLINE: MaterialIcon = set::ICON_CLOUD_OFF;
    pub const OPEN: MaterialIcon = set::ICON_OPEN_IN_NEW;
    pub const PAUSE: MaterialIcon = set::ICON_PAUSE;
    pub const PLAY: MaterialIcon = set::ICON_PLAY_ARROW;
    pub const PRACTICE: MaterialIcon = set::ICON_SCHOOL;
    pub const REFRESH: MaterialIcon = set::ICON_REFRESH;
    pub const RELATIONS: MaterialIcon = set::ICON_ACCOUNT_TREE;
    pub const RETRY: MaterialIcon = set::ICON_REPLAY;
    pub const RUNNING: MaterialIcon = set::ICON_SYNC;
    pub const SAVE: MaterialIcon = set::ICON_SAVE;
    pub const SEARCH: MaterialIcon = set::ICON_SEARCH;
    pub const SETTINGS: MaterialIcon = set::ICON_SETTINGS;
    pub const SEND: MaterialIcon = set::ICON_SEND;
    pub const SKIP: MaterialIcon = set::ICON_CHEVRON_RIGHT;
    pub const TEXT: MaterialIcon = set::ICON_DESCRIPTION;
    pub const TRANSFERS: MaterialIcon = set::ICON_SWAP_VERT;
    pub const VERIFIED: MaterialIcon = set::ICON_VERIFIED;
    pub const WARN: MaterialIcon = set::ICON_WARNING;
}

/// An icon of `size` points, inline.
pub fn icon(ui: &mut Ui, icon: MaterialIcon, color: Color32, size: f32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        FontId::new(size, icon.font_family()),
        color,
    );
}
