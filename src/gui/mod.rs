//! The window. It reads snapshots of the engine's state and sends commands, nothing else. Its layers, each of which
//! uses only those below:
//!
//! * [`app`] and `update`: one frame. Take the snapshot, carry out the requests, draw. [`workspace`] is one engine
//!   with the view state for it; `announce` announces what is new.
//! * [`pages`], then [`case`](mod@case), then [`dialogs`]: a struct and its `ui()` each. A view keeps its open
//!   question in a [`pending::Pending`] and takes the answer itself; `update` handles answers that no view takes.
//! * [`intent`], [`command`], [`route`], [`dialog`], [`view_context`]: what a click requests and what a view sees, as
//!   plain data.
//! * [`kit`], [`icons`] and [`theme`]: widgets with accessible names; pictures; colours and distances.

mod announce;
pub mod app;
pub mod case;
mod case_archive;
pub mod command;
mod debounce;
pub mod desktop;
pub mod dialog;
pub mod dialogs;
pub mod display;
pub mod drafts;
mod drop_hint;
pub mod format;
mod frame;
mod guide;
pub mod icons;
pub mod intent;
mod issue_hits;
pub mod kit;
mod menu;
pub mod news;
pub mod notification_policy;
mod options;
mod os;
pub mod pages;
pub mod palette;
pub mod pending;
mod report;
pub mod route;
pub mod secret;
mod subject;
mod tab_start;
mod take_back;
pub mod theme;
mod token_chip;
mod typing;
mod unclaimed;
mod undo;
mod unsaved;
mod update;
pub mod view_context;
pub mod window_state;
pub mod workspace;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod walk_tracker;

pub use app::App;
pub use display::display_available;
pub use options::{EngineMaker, EngineStarter, Options, SetupMaker, TITLE, Wake};

use crate::case::{Code, UserError};
use crate::engine::api::{EarlierCrash, Settings};
use crate::engine::{kept_settings, take_stopped};
use crate::platform::{window, words};
use window_state::{SMALLEST, WindowPlace};

const ICON: &[u8] = include_bytes!("../../assets/icon-256.png");

/// Opens the window and returns when it is closed.
pub fn run(options: &Options) -> Result<(), UserError> {
    display_available()?;
    let (kept, stopped) = (kept(options), take_stopped());
    os::look_for_notices();
    let renderers = window::renderers().iter().filter_map(|name| name.parse().ok());
    let mut refused = None;
    for renderer in renderers {
        let Err(error) = open(options, &kept, stopped.as_ref(), renderer) else { return Ok(()) };
        if !is_graphics(&error) {
            return Err(unopened(&error.to_string()));
        }
        tracing::warn!("{renderer}: {error}");
        refused = Some(error.to_string());
    }
    Err(unopened(&refused.unwrap_or_default()))
}

/// Reads the settings before there is an engine, so that the window opens where it was closed, in the same theme.
fn kept(options: &Options) -> Settings {
    let setup = (options.own)().ok();
    setup.and_then(|setup| setup.data_dir).map(|dir| kept_settings(&dir)).unwrap_or_default()
}

fn open(
    options: &Options,
    kept: &Settings,
    stopped: Option<&EarlierCrash>,
    renderer: eframe::Renderer,
) -> eframe::Result {
    let place = WindowPlace::of(kept);
    let size = place.map_or(egui::vec2(1280.0, 820.0), |place| place.size);
    let mut viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id("export-desk")
        .with_inner_size(size)
        .with_min_inner_size(SMALLEST)
        .with_maximized(place.is_some_and(|place| place.maximized));
    let at = place.and_then(|place| place.at).filter(|_| window::keeps_position());
    if let Some(at) = at {
        viewport = viewport.with_position(at);
    }
    viewport = viewport.with_icon(icon(window::has_own_icon()));
    let native = eframe::NativeOptions { viewport, renderer, centered: at.is_none(), ..Default::default() };
    let (options, kept, stopped) = (options.clone(), kept.clone(), stopped.cloned());
    eframe::run_native(
        TITLE,
        native,
        Box::new(move |creation| Ok(Box::new(App::new(&creation.egui_ctx, &options, &kept, stopped)))),
    )
}

/// The window's icon. With an empty one, the toolkit leaves the app's own in the Dock; without any, it would set its own.
fn icon(is_own: bool) -> egui::IconData {
    if !is_own {
        return egui::IconData::default();
    }
    eframe::icon_data::from_png_bytes(ICON).unwrap_or_else(|error| {
        tracing::warn!("the icon: {error}");
        egui::IconData::default()
    })
}

/// Shows why the program could not start, where a person would not see it otherwise.
pub fn show_start_error(error: &UserError) {
    if window::shows_start_errors() {
        let text = format!("{} {}", error.headline, kit::hint_words(&error.hint));
        rfd::MessageDialog::new().set_title(TITLE).set_description(text.trim()).show();
    }
}

fn is_graphics(error: &eframe::Error) -> bool {
    !matches!(error, eframe::Error::AppCreation(_) | eframe::Error::WinitEventLoop(_))
}

fn unopened(error: &str) -> UserError {
    UserError::new(Code::Local, format!("The window could not be opened: {error}."), words::graphics_hint())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_brings_its_icon_or_leaves_the_apps_own_alone() {
        assert_eq!(icon(false), egui::IconData::default());
        assert_eq!((icon(true).width, icon(true).height), (256, 256));
    }
}
