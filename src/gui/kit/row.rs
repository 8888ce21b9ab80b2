//! One row of a long list: two lines of text and an icon at the right, painted without a layout.

use crate::gui::icons::MaterialIcon;
use egui::{
    Align2, CornerRadius, FontId, Pos2, Rect, Response, Role, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo,
};

use crate::gui::theme::{RADIUS, Severity, space, tokens};

/// A selectable row of a list.
#[derive(Debug)]
pub struct Row<'a> {
    pub first: &'a str,
    pub second: &'a str,
    /// The text at the right of the first line.
    pub aside: &'a str,
    pub severity: Severity,
    pub glyph: MaterialIcon,
    pub selected: bool,
    /// The filled share of a thin bar at the bottom.
    pub share: Option<f32>,
}

impl Row<'_> {
    pub const HEIGHT: f32 = 56.0;

    pub fn show(&self, ui: &mut Ui) -> Response {
        let wanted = Vec2::new(ui.available_width(), Self::HEIGHT);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect.shrink2(Vec2::new(0.0, 2.0)), &response);
        }
        let name = format!("{}, {} {}", self.first, self.second, self.aside);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.selected, &name));
        response.on_hover_text(format!("{}\n{}", self.first, self.second))
    }

    fn paint(&self, ui: &Ui, rect: Rect, response: &Response) {
        let t = tokens(ui);
        let round = CornerRadius::same(RADIUS);
        if self.selected {
            ui.painter().rect_filled(rect, round, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, round, t.hover);
        }
        if response.has_focus() {
            let ring = Stroke::new(2.0, t.accent);
            ui.painter().rect_stroke(rect, round, ring, egui::StrokeKind::Inside);
        }
        let body = TextStyle::Body.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let (ink, _) = t.severity(self.severity);
        let left = rect.left() + space::S;
        let icon = FontId::new(16.0, self.glyph.font_family());
        let first_y = rect.top() + 16.0;
        ui.painter().text(Pos2::new(left, first_y), Align2::LEFT_CENTER, self.glyph.codepoint, icon, ink);
        let text_left = left + 24.0;
        let right = rect.right() - space::S;
        let aside = ui.painter().text(
            Pos2::new(right, first_y),
            Align2::RIGHT_CENTER,
            self.aside,
            small.clone(),
            t.faint,
        );
        let first_most = (aside.left() - space::S - text_left).max(20.0);
        line(ui, Pos2::new(text_left, first_y), self.first, &body, t.text, first_most);
        line(ui, Pos2::new(text_left, rect.top() + 36.0), self.second, &small, t.soft, right - text_left);
        if let Some(share) = self.share {
            let bar = Rect::from_min_max(
                Pos2::new(text_left, rect.bottom() - 5.0),
                Pos2::new(right, rect.bottom() - 2.0),
            );
            ui.painter().rect_filled(bar, CornerRadius::same(1), t.line_strong);
            let width = bar.width() * share.clamp(0.0, 1.0);
            let done = Rect::from_min_size(bar.min, Vec2::new(width, bar.height()));
            ui.painter().rect_filled(done, CornerRadius::same(1), t.accent);
        }
    }
}

fn line(ui: &Ui, left_center: Pos2, text: &str, font: &FontId, ink: egui::Color32, most: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(most);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(left_center - Vec2::new(0.0, galley.size().y / 2.0), galley, ink);
}
