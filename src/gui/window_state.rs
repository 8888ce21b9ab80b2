//! What the window remembers across restarts: theme, scale, position and size. Stored among the engine's settings; an
//! invalid value is ignored.

use std::time::{Duration, Instant};

use egui::{Context, Pos2, ThemePreference, Vec2};
use serde_json::{Value, json};

use crate::engine::api::{SCALE, Settings, THEME, Theme};

/// The setting with width, height, x, y in points at scale 1, and whether the window fills the screen.
pub const PLACE: &str = "window";

/// The scales that the settings page offers.
pub const SCALES: [f32; 5] = [1.0, 1.25, 1.5, 1.75, 2.0];
/// The smallest window size that every page supports.
pub const SMALLEST: Vec2 = Vec2::new(900.0, 600.0);
const LARGEST: f32 = 16_384.0;
/// How long a dragged window must be still before its position is stored.
const REST: Duration = Duration::from_millis(700);

/// Position and size of the window, in points at scale 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowPlace {
    pub size: Vec2,
    /// `None` on Wayland, which does not report positions.
    pub at: Option<Pos2>,
    pub maximized: bool,
}

impl WindowPlace {
    /// The stored position, if it is valid.
    pub fn of(kept: &Settings) -> Option<Self> {
        let place = kept.get(PLACE)?;
        let number = |name: &str| place.get(name).and_then(Value::as_f64).map(|n| n as f32);
        let size = Vec2::new(number("width")?, number("height")?);
        if !(size.x.is_finite() && size.y.is_finite() && size.max_elem() <= LARGEST) {
            return None;
        }
        let at = number("x").zip(number("y")).map(|(x, y)| Pos2::new(x, y));
        Some(Self {
            size: size.max(SMALLEST),
            at: at.filter(|at| at.x.abs() <= LARGEST && at.y.abs() <= LARGEST),
            maximized: place.get("maximized").and_then(Value::as_bool).unwrap_or(false),
        })
    }

    fn value(self) -> Value {
        let mut value = json!({ "width": self.size.x, "height": self.size.y, "maximized": self.maximized });
        if let Some(at) = self.at {
            value["x"] = json!(at.x);
            value["y"] = json!(at.y);
        }
        value
    }

    /// The current position and size; `None` for a hidden window. A window that fills the screen keeps the size it
    /// had before.
    fn now(ctx: &Context, before: Option<Self>) -> Option<Self> {
        let scale = ctx.zoom_factor();
        ctx.input(|input| {
            let view = input.viewport();
            if view.minimized == Some(true) || view.fullscreen == Some(true) {
                return None;
            }
            let maximized = view.maximized == Some(true);
            if let (true, Some(before)) = (maximized, before) {
                return Some(Self { maximized, ..before });
            }
            let size = (view.inner_rect?.size() * scale).round();
            let at = view.outer_rect.map(|outer| (outer.min.to_vec2() * scale).round().to_pos2());
            (size.min_elem() >= 1.0).then_some(Self { size, at, maximized })
        })
    }
}

/// The stored theme.
pub fn theme(kept: &Settings) -> Option<ThemePreference> {
    kept.theme.map(|theme| match theme {
        Theme::System => ThemePreference::System,
        Theme::Dark => ThemePreference::Dark,
        Theme::Light => ThemePreference::Light,
    })
}

fn choice_of(theme: ThemePreference) -> Theme {
    match theme {
        ThemePreference::System => Theme::System,
        ThemePreference::Dark => Theme::Dark,
        ThemePreference::Light => Theme::Light,
    }
}

/// The stored scale.
pub fn scale(kept: &Settings) -> Option<f32> {
    kept.scale.map(|scale| scale as f32)
}

/// Detects what the person changes about the window.
#[derive(Debug)]
pub struct WindowState {
    theme: Option<ThemePreference>,
    scale: Option<f32>,
    place: Option<WindowPlace>,
    /// A position that is not stored yet, and since when it is unchanged.
    moved: Option<(WindowPlace, Instant)>,
}

impl WindowState {
    /// Restores the stored state of the window. Call this once, before the first frame.
    pub fn begin(ctx: &Context, kept: &Settings) -> Self {
        if let Some(theme) = theme(kept) {
            ctx.set_theme(theme);
        }
        if let Some(scale) = scale(kept) {
            ctx.set_zoom_factor(scale);
        }
        Self { theme: theme(kept), scale: scale(kept), place: WindowPlace::of(kept), moved: None }
    }

    /// What has changed since the last call and has to be stored.
    pub fn notice(&mut self, ctx: &Context) -> Vec<(&'static str, Value)> {
        let mut changed = Vec::new();
        let theme = ctx.options(|options| options.theme_preference);
        if self.theme.unwrap_or(ThemePreference::System) != theme {
            changed.push((THEME, json!(choice_of(theme))));
        }
        self.theme = Some(theme);
        let scale = (ctx.zoom_factor() * 100.0).round() / 100.0;
        if (self.scale.unwrap_or(1.0) - scale).abs() > 0.001 {
            changed.push((SCALE, json!(f64::from((scale * 100.0).round()) / 100.0)));
        }
        self.scale = Some(scale);
        changed.extend(self.rested(ctx));
        changed
    }

    /// The window's position once it is still, or at once when the window closes.
    fn rested(&mut self, ctx: &Context) -> Option<(&'static str, Value)> {
        let now = WindowPlace::now(ctx, self.place)?;
        if self.place == Some(now) {
            self.moved = None;
            return None;
        }
        let since = match self.moved {
            Some((place, since)) if place == now => since,
            _ => {
                self.moved = Some((now, Instant::now()));
                Instant::now()
            }
        };
        let stood = since.elapsed();
        let closing = ctx.input(|input| input.viewport().close_requested());
        if stood < REST && !closing {
            ctx.request_repaint_after(REST.saturating_sub(stood));
            return None;
        }
        self.place = Some(now);
        self.moved = None;
        Some((PLACE, now.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(key: &str, value: &Value) -> Settings {
        let mut settings = Settings::default();
        settings.set(key, value).unwrap();
        settings
    }

    #[test]
    fn a_place_survives_being_kept() {
        let place = WindowPlace {
            size: Vec2::new(1400.0, 900.0),
            at: Some(Pos2::new(-1900.0, 40.0)),
            maximized: true,
        };
        assert_eq!(WindowPlace::of(&kept(PLACE, &place.value())), Some(place));
        let nowhere = WindowPlace { at: None, ..place };
        assert_eq!(WindowPlace::of(&kept(PLACE, &nowhere.value())), Some(nowhere));
    }

    #[test]
    fn values_that_make_no_sense_are_not_there() {
        for value in
            [json!(null), json!("large"), json!({ "width": 1e30, "height": 5 }), json!({ "width": 5 })]
        {
            assert_eq!(WindowPlace::of(&kept(PLACE, &value)), None, "{value}");
        }
        let small = WindowPlace::of(&kept(PLACE, &json!({ "width": 1, "height": -7, "x": 1e9, "y": 0 })));
        assert_eq!(small, Some(WindowPlace { size: SMALLEST, at: None, maximized: false }));
    }

    #[test]
    fn a_change_is_noticed_once() {
        let ctx = Context::default();
        let mut window_state = WindowState::begin(&ctx, &kept(THEME, &json!("light")));
        assert_eq!(ctx.options(|options| options.theme_preference), ThemePreference::Light);
        assert!(window_state.notice(&ctx).is_empty(), "what was kept is no change");
        ctx.set_theme(ThemePreference::Dark);
        assert_eq!(window_state.notice(&ctx), [(THEME, json!("dark"))]);
        assert!(window_state.notice(&ctx).is_empty());
    }
}
