//! The only place that defines colours, sizes and distances. There are two sets of tokens, dark and light; all other
//! code requests a token by its meaning.
#![allow(clippy::disallowed_methods, reason = "this is the place where colours are made")]

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Vec2, Visuals,
};

use super::icons;

/// Colours by meaning.
#[derive(Debug, PartialEq)]
pub struct Tokens {
    /// The background of the window.
    pub canvas: Color32,
    /// The bars at the edge: list, top bar.
    pub side: Color32,
    /// A card on the canvas.
    pub surface: Color32,
    /// A button in its normal state.
    pub raised: Color32,
    pub hover: Color32,
    /// The background of text fields.
    pub sunken: Color32,
    pub line: Color32,
    /// The border of controls. It is visible against its background, but not held to a contrast of 3:1.
    pub line_strong: Color32,
    pub text: Color32,
    pub soft: Color32,
    pub faint: Color32,
    /// Links, focus, the current stage.
    pub accent: Color32,
    /// The background of the one primary button, and the text on it.
    pub accent_fill: Color32,
    pub accent_hover: Color32,
    pub on_accent: Color32,
    /// The background of a selected row.
    pub accent_soft: Color32,
    pub good: Color32,
    pub good_soft: Color32,
    pub warn: Color32,
    pub warn_soft: Color32,
    pub bad: Color32,
    pub bad_soft: Color32,
    pub info: Color32,
    pub info_soft: Color32,
    /// The overlay on the page while a dialog is open.
    pub veil: Color32,
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

static DARK: Tokens = Tokens {
    canvas: rgb(0x0e_10_14),
    side: rgb(0x13_16_1b),
    surface: rgb(0x17_1a_21),
    raised: rgb(0x22_26_2f),
    hover: rgb(0x2b_30_3b),
    sunken: rgb(0x0b_0d_11),
    line: rgb(0x26_2b_35),
    line_strong: rgb(0x3c_43_52),
    text: rgb(0xec_ee_f1),
    soft: rgb(0xb4_ba_c6),
    faint: rgb(0x98_a0_af),
    accent: rgb(0x9a_a8_ff),
    accent_fill: rgb(0x4f_5d_dc),
    accent_hover: rgb(0x5a_68_e6),
    on_accent: rgb(0xff_ff_ff),
    accent_soft: rgb(0x22_27_45),
    good: rgb(0x67_d1_97),
    good_soft: rgb(0x14_2b_1f),
    warn: rgb(0xea_bd_62),
    warn_soft: rgb(0x2f_27_12),
    bad: rgb(0xff_95_8b),
    bad_soft: rgb(0x37_1c_1c),
    info: rgb(0x7f_c0_f7),
    info_soft: rgb(0x14_27_39),
    veil: Color32::from_black_alpha(150),
    shadow: Color32::from_black_alpha(110),
};

static LIGHT: Tokens = Tokens {
    canvas: rgb(0xf7_f8_fa),
    side: rgb(0xef_f1_f4),
    surface: rgb(0xff_ff_ff),
    raised: rgb(0xff_ff_ff),
    hover: rgb(0xe8_eb_f0),
    sunken: rgb(0xff_ff_ff),
    line: rgb(0xde_e2_e8),
    line_strong: rgb(0xb4_bb_c7),
    text: rgb(0x16_19_1f),
    soft: rgb(0x40_47_54),
    faint: rgb(0x5a_62_70),
    accent: rgb(0x3a_47_c4),
    accent_fill: rgb(0x45_52_d4),
    accent_hover: rgb(0x37_44_c2),
    on_accent: rgb(0xff_ff_ff),
    accent_soft: rgb(0xe2_e5_fb),
    good: rgb(0x14_6c_3c),
    good_soft: rgb(0xde_f3_e6),
    warn: rgb(0x7a_4f_00),
    warn_soft: rgb(0xfa_ee_d2),
    bad: rgb(0xa8_20_19),
    bad_soft: rgb(0xfc_e6_e4),
    info: rgb(0x0b_56_95),
    info_soft: rgb(0xe0_ee_fa),
    veil: Color32::from_black_alpha(90),
    shadow: Color32::from_black_alpha(40),
};

/// The tokens of the current theme.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// The tokens of `theme`.
pub fn tokens_of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// The severity of a status. Its colour always comes with an icon and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Plain,
    Info,
    Good,
    Warn,
    Bad,
}

impl Tokens {
    /// Text and background colour of a severity.
    pub fn severity(&self, severity: Severity) -> (Color32, Color32) {
        match severity {
            Severity::Plain => (self.soft, self.raised),
            Severity::Info => (self.info, self.info_soft),
            Severity::Good => (self.good, self.good_soft),
            Severity::Warn => (self.warn, self.warn_soft),
            Severity::Bad => (self.bad, self.bad_soft),
        }
    }
}

/// Distances, all multiples of 4 points.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
    /// The padding inside a card.
    pub const CARD: i8 = 16;
    /// The height of a control.
    pub const CONTROL: f32 = 28.0;
}

pub const RADIUS: u8 = 6;
pub const RADIUS_CARD: u8 = 8;

/// The type scale in points.
pub mod size {
    pub const DISPLAY: f32 = 26.0;
    pub const TITLE: f32 = 20.0;
    pub const HEADING: f32 = 15.5;
    pub const BODY: f32 = 14.0;
    pub const SMALL: f32 = 12.5;
    pub const ICON: f32 = 17.0;
}

/// The text style of a page's title.
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// The text style of the welcome on the first page.
pub fn display() -> TextStyle {
    TextStyle::Name("display".into())
}

/// Sets the fonts and both themes. Call this once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.add_font(icons::font());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

fn style(theme: Theme) -> Style {
    let t = tokens_of(theme);
    let mut style = Style { visuals: visuals(theme, t), animation_time: 0.08, ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, FontId::new(size::SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(size::HEADING, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
        (title(), FontId::new(size::TITLE, FontFamily::Proportional)),
        (display(), FontId::new(size::DISPLAY, FontFamily::Proportional)),
    ]
    .into();
    let s = &mut style.spacing;
    s.item_spacing = Vec2::new(space::S, space::S);
    s.button_padding = Vec2::new(10.0, 4.0);
    s.interact_size = Vec2::new(36.0, space::CONTROL);
    s.menu_margin = Margin::same(6);
    s.window_margin = Margin::same(20);
    s.icon_spacing = 6.0;
    s.scroll.bar_width = 8.0;
    s.scroll.floating = true;
    s.tooltip_width = 420.0;
    style.interaction.tooltip_delay = 0.35;
    style.scroll_animation = egui::style::ScrollAnimation::none();
    style
}

fn visuals(theme: Theme, t: &Tokens) -> Visuals {
    let mut v = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(RADIUS);
    let widget = |ground: Color32, line: Color32, text: Color32| egui::style::WidgetVisuals {
        bg_fill: ground,
        weak_bg_fill: ground,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    v.widgets.noninteractive = widget(t.surface, t.line, t.text);
    v.widgets.inactive = widget(t.raised, t.line_strong, t.text);
    v.widgets.hovered = widget(t.hover, t.line_strong, t.text);
    // egui draws the keyboard focus with the active visuals: the accent line is the focus ring.
    v.widgets.active = egui::style::WidgetVisuals {
        bg_stroke: Stroke::new(2.0, t.accent),
        ..widget(t.hover, t.accent, t.text)
    };
    v.widgets.open = widget(t.hover, t.line_strong, t.text);
    v.selection.bg_fill = t.accent_soft;
    v.selection.stroke = Stroke::new(1.5, t.accent);
    v.hyperlink_color = t.accent;
    v.weak_text_color = Some(t.faint);
    v.faint_bg_color = t.side;
    v.extreme_bg_color = t.sunken;
    v.text_edit_bg_color = Some(t.sunken);
    v.code_bg_color = t.raised;
    v.warn_fg_color = t.warn;
    v.error_fg_color = t.bad;
    v.window_fill = t.surface;
    v.window_stroke = Stroke::new(1.0, t.line_strong);
    v.window_corner_radius = CornerRadius::same(12);
    v.menu_corner_radius = CornerRadius::same(RADIUS_CARD);
    v.window_shadow = egui::Shadow { offset: [0, 12], blur: 32, spread: 0, color: t.shadow };
    v.popup_shadow = egui::Shadow { offset: [0, 6], blur: 16, spread: 0, color: t.shadow };
    v.panel_fill = t.canvas;
    v.text_cursor.stroke = Stroke::new(2.0, t.accent);
    // A blinking cursor would cause repaints forever.
    v.text_cursor.blink = false;
    v.interact_cursor = Some(egui::CursorIcon::PointingHand);
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.1 relative luminance.
    fn luminance(color: Color32) -> f64 {
        let channel = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_token_reads_at_4_5_to_1_on_every_ground() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = tokens_of(theme);
            let grounds = [t.canvas, t.side, t.surface, t.raised, t.hover, t.sunken, t.accent_soft];
            let texts = [("text", t.text), ("soft", t.soft), ("faint", t.faint), ("accent", t.accent)];
            let moods = [("good", t.good), ("warn", t.warn), ("bad", t.bad), ("info", t.info)];
            for (name, text) in texts.into_iter().chain(moods) {
                for ground in grounds {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= 4.5, "{theme:?}: {name} on {ground:?} has {ratio:.2}");
                }
            }
            for severity in [Severity::Plain, Severity::Info, Severity::Good, Severity::Warn, Severity::Bad] {
                let (text, ground) = t.severity(severity);
                assert!(contrast(text, ground) >= 4.5, "{theme:?}: {severity:?}");
                assert!(contrast(t.text, ground) >= 4.5, "{theme:?}: text on {severity:?}");
            }
            for fill in [t.accent_fill, t.accent_hover] {
                assert!(contrast(t.on_accent, fill) >= 4.5, "{theme:?}: primary button");
            }
        }
    }

    #[test]
    fn the_focus_ring_is_seen_at_3_to_1() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = tokens_of(theme);
            for ground in [t.canvas, t.side, t.surface] {
                assert!(contrast(t.accent, ground) >= 3.0, "{theme:?}");
            }
        }
    }
}
