//! The menu bar of macOS. The other systems have none: there, the window shows everything itself.
//!
//! macOS offers each key to the menu first. An item with that key takes it, even a disabled one, and calls `paste:` of
//! whatever has the keyboard. The window's view has no such method (winit's `view.rs`): it hears Command-V as a key
//! press, and the toolkit pastes. So while the window has the keyboard, the items of the Edit menu have no keys, and a
//! click on one is given to the window as the same request. The name field of a system dialog is the opposite: it hears
//! Command-V only from the menu. So while such a dialog is open, the Edit menu has the system's own items, with keys.

/// What a click in the menu asks the window for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuChoice {
    About,
    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    SelectAll,
    Minimize,
    Close,
    Shortcuts,
    Quit,
}

impl MenuChoice {
    pub const ALL: [Self; 11] = [
        Self::About,
        Self::Undo,
        Self::Redo,
        Self::Cut,
        Self::Copy,
        Self::Paste,
        Self::SelectAll,
        Self::Minimize,
        Self::Close,
        Self::Shortcuts,
        Self::Quit,
    ];

    /// The text of its item.
    pub fn label(self) -> &'static str {
        match self {
            Self::About => "About Export Desk",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Cut => "Cut",
            Self::Copy => "Copy",
            Self::Paste => "Paste",
            Self::SelectAll => "Select all",
            Self::Minimize => "Minimize",
            Self::Close => "Close",
            Self::Shortcuts => "Keyboard shortcuts",
            Self::Quit => "Quit Export Desk",
        }
    }
}

/// The menu bar; empty where the system has none.
#[derive(Debug, Default)]
pub struct MenuBar {
    is_dialog_open: bool,
    #[cfg(target_os = "macos")]
    shown: Option<mac::Shown>,
}

impl MenuBar {
    /// Shows the menu. `wake` is called after each click, on any thread. Must be called on the window's thread, once
    /// the window is being opened: before that, the toolkit would replace the menu with its own.
    pub fn install(wake: impl Fn() + Send + 'static) -> Self {
        #[cfg(target_os = "macos")]
        return Self { is_dialog_open: false, shown: mac::Shown::begin(wake) };
        #[cfg(not(target_os = "macos"))]
        {
            drop(wake);
            Self::default()
        }
    }

    /// What was clicked since the last call.
    pub fn chosen(&self) -> Vec<MenuChoice> {
        #[cfg(target_os = "macos")]
        return mac::take_clicks();
        #[cfg(not(target_os = "macos"))]
        Vec::new()
    }

    /// Whether a dialog of the system is open now, such as a file dialog. A call without a change costs nothing.
    pub fn dialog_is_open(&mut self, is_open: bool) {
        let is_new = std::mem::replace(&mut self.is_dialog_open, is_open) != is_open;
        #[cfg(target_os = "macos")]
        if let Some(shown) = self.shown.as_ref().filter(|_| is_new) {
            shown.fill_edit(is_open);
        }
        #[cfg(not(target_os = "macos"))]
        let _ = is_new;
    }
}

/// An item of a menu.
#[cfg(any(test, target_os = "macos"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// A request to the window. Only “Quit” has a key, which the window does not have: the system's own item would end the
    /// program without the question about typed text.
    Window(MenuChoice),
    /// The system's own item for whatever has the keyboard, with its usual key.
    Focused(MenuChoice),
    Services,
    Hide,
    HideOthers,
    ShowAll,
    Line,
}

/// The menus of the bar, with their names.
#[cfg(any(test, target_os = "macos"))]
fn bar(is_dialog_open: bool) -> [(&'static str, Vec<Item>); 4] {
    use Item::{Hide, HideOthers, Line, Services, ShowAll, Window};
    use MenuChoice::{About, Close, Minimize, Quit, Shortcuts};
    [
        (
            "Export Desk",
            vec![Window(About), Line, Services, Line, Hide, HideOthers, ShowAll, Line, Window(Quit)],
        ),
        (EDIT, edit(is_dialog_open)),
        ("Window", vec![Window(Minimize), Window(Close)]),
        ("Help", vec![Window(Shortcuts)]),
    ]
}

#[cfg(any(test, target_os = "macos"))]
const EDIT: &str = "Edit";

#[cfg(any(test, target_os = "macos"))]
fn edit(is_dialog_open: bool) -> Vec<Item> {
    use MenuChoice::{Copy, Cut, Paste, Redo, SelectAll, Undo};
    let item = if is_dialog_open { Item::Focused } else { Item::Window };
    vec![item(Undo), item(Redo), Item::Line, item(Cut), item(Copy), item(Paste), item(SelectAll)]
}

#[cfg(target_os = "macos")]
mod mac {
    use std::fmt;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use muda::accelerator::{Accelerator, Code, Modifiers};
    use muda::{IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};

    use super::{EDIT, Item, MenuChoice, bar, edit};

    /// The clicks that the window has not taken yet. The library has one handler for the whole program.
    static CLICKS: Mutex<Clicks> = Mutex::new(Clicks { chosen: Vec::new(), wake: None });

    struct Clicks {
        chosen: Vec<MenuChoice>,
        wake: Option<Box<dyn Fn() + Send>>,
    }

    fn clicks() -> MutexGuard<'static, Clicks> {
        CLICKS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take_clicks() -> Vec<MenuChoice> {
        std::mem::take(&mut clicks().chosen)
    }

    fn clicked(event: &MenuEvent) {
        let chosen = MenuChoice::ALL.into_iter().find(|choice| choice.label() == event.id().as_ref());
        let mut clicks = clicks();
        clicks.chosen.extend(chosen);
        if let Some(wake) = &clicks.wake {
            wake();
        }
    }

    /// The bar and the menu whose items change.
    pub(super) struct Shown {
        _bar: Menu,
        edit: Submenu,
    }

    impl fmt::Debug for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Shown")
        }
    }

    impl Shown {
        /// Without a menu of ours, the toolkit's own stays.
        pub(super) fn begin(wake: impl Fn() + Send + 'static) -> Option<Self> {
            clicks().wake = Some(Box::new(wake));
            MenuEvent::set_event_handler(Some(|event: MenuEvent| clicked(&event)));
            Self::build().inspect_err(|error| tracing::warn!("the menu: {error}")).ok()
        }

        fn build() -> muda::Result<Self> {
            let whole = Menu::new();
            let mut edit_menu = None;
            for (name, items) in bar(false) {
                let menu = Submenu::new(name, true);
                for item in items {
                    menu.append(item_of(item).as_ref())?;
                }
                whole.append(&menu)?;
                if name == EDIT {
                    edit_menu = Some(menu);
                }
            }
            whole.init_for_nsapp();
            Ok(Self { _bar: whole, edit: edit_menu.unwrap_or_else(|| Submenu::new(EDIT, true)) })
        }

        pub(super) fn fill_edit(&self, is_dialog_open: bool) {
            while self.edit.remove_at(0).is_some() {}
            for item in edit(is_dialog_open) {
                if let Err(error) = self.edit.append(item_of(item).as_ref()) {
                    tracing::warn!("the Edit menu: {error}");
                }
            }
        }
    }

    fn item_of(item: Item) -> Box<dyn IsMenuItem> {
        let of_system: fn(Option<&str>) -> PredefinedMenuItem = match item {
            Item::Window(choice) => {
                let key = (choice == MenuChoice::Quit).then(|| Accelerator::new(Modifiers::META, Code::KeyQ));
                return Box::new(MenuItem::with_id(choice.label(), choice.label(), true, key));
            }
            Item::Line => return Box::new(PredefinedMenuItem::separator()),
            Item::Focused(choice) => {
                return Box::new(focused(choice)(Some(choice.label())));
            }
            Item::Services => PredefinedMenuItem::services,
            Item::Hide => PredefinedMenuItem::hide,
            Item::HideOthers => PredefinedMenuItem::hide_others,
            Item::ShowAll => PredefinedMenuItem::show_all,
        };
        Box::new(of_system(None))
    }

    fn focused(choice: MenuChoice) -> fn(Option<&str>) -> PredefinedMenuItem {
        match choice {
            MenuChoice::Undo => PredefinedMenuItem::undo,
            MenuChoice::Redo => PredefinedMenuItem::redo,
            MenuChoice::Cut => PredefinedMenuItem::cut,
            MenuChoice::Copy => PredefinedMenuItem::copy,
            MenuChoice::Paste => PredefinedMenuItem::paste,
            MenuChoice::SelectAll => PredefinedMenuItem::select_all,
            MenuChoice::About
            | MenuChoice::Minimize
            | MenuChoice::Close
            | MenuChoice::Shortcuts
            | MenuChoice::Quit => |_| PredefinedMenuItem::separator(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edit_menu_has_keys_only_for_the_fields_of_a_dialog() {
        use MenuChoice::{Copy, Cut, Paste, Redo, SelectAll, Undo};
        let choices = [Undo, Redo, Cut, Copy, Paste, SelectAll];
        for is_dialog_open in [false, true] {
            let (_, items) = bar(is_dialog_open).into_iter().find(|(name, _)| *name == EDIT).unwrap();
            let items: Vec<_> = items.into_iter().filter(|item| *item != Item::Line).collect();
            let wanted = if is_dialog_open { Item::Focused } else { Item::Window };
            assert_eq!(items, choices.map(wanted));
        }
    }

    #[test]
    fn every_choice_has_one_item_and_the_usual_ones_are_there() {
        let items: Vec<_> = bar(false).into_iter().flat_map(|(_, items)| items).collect();
        for choice in MenuChoice::ALL {
            let count = items.iter().filter(|item| **item == Item::Window(choice)).count();
            assert_eq!(count, 1, "{choice:?}");
            assert!(MenuChoice::ALL.iter().all(|other| other == &choice || other.label() != choice.label()));
        }
        for item in [Item::Services, Item::Hide, Item::HideOthers, Item::ShowAll] {
            assert!(items.contains(&item), "{item:?}");
        }
        let mut menu = MenuBar::install(|| ());
        menu.dialog_is_open(true);
        assert!(menu.chosen().is_empty() && menu.is_dialog_open);
    }
}
