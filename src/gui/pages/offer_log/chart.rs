//! Offers over time, one bar per month.

use egui::{Role, Ui, Vec2b, WidgetInfo};
use egui_plot::{Bar, BarChart, GridMark, Plot};

use crate::case::UtcMs;
use crate::gui::kit;
use crate::gui::theme::tokens;

/// The longest range that is drawn, in months.
const MOST: usize = 24;

/// How many offers were made in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Month {
    /// `2026-11`.
    pub name: String,
    pub offers: u32,
}

/// Counts by month without gaps, oldest first; at most the newest two years.
pub(super) fn by_month(times: impl Iterator<Item = UtcMs>) -> Vec<Month> {
    let mut numbers: Vec<i32> = times.filter_map(number).collect();
    numbers.sort_unstable();
    let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else { return Vec::new() };
    let first = first.max(last - MOST as i32 + 1);
    (first..=last)
        .map(|month| Month {
            name: format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1),
            offers: numbers.iter().filter(|&&offer| offer == month).count() as u32,
        })
        .collect()
}

/// Months since the year 0.
fn number(at: UtcMs) -> Option<i32> {
    let text = at.rfc3339();
    let (year, month) = (text.get(..4)?.parse::<i32>().ok()?, text.get(5..7)?.parse::<i32>().ok()?);
    Some(year * 12 + month - 1)
}

/// The card with the plot; draws nothing if there is only a single month.
pub(super) fn chart(ui: &mut Ui, months: &[Month]) {
    if months.len() < 2 {
        return;
    }
    let t = tokens(ui);
    let named = |mark: GridMark| {
        let place = mark.value.round();
        let whole = (mark.value - place).abs() < 0.01 && place >= 0.0;
        months.get(place as usize).filter(|_| whole).map(|month| month.name.clone()).unwrap_or_default()
    };
    kit::card(ui, |ui| {
        kit::section(ui, "Offers by month");
        let bars = months
            .iter()
            .enumerate()
            .map(|(i, month)| {
                let name = format!("{}: {}", month.name, month.offers);
                Bar::new(i as f64, f64::from(month.offers)).width(0.6).name(name).fill(t.accent_fill)
            })
            .collect();
        let bars = BarChart::new("Offers", bars)
            .color(t.accent_fill)
            .element_formatter(Box::new(|bar, _| bar.name.clone()));
        let top = months.iter().map(|month| month.offers).max().unwrap_or(1);
        let plot = Plot::new("offers by month")
            .height(110.0)
            .include_y(0.0)
            .include_y(f64::from(top) * 1.1)
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .show_background(false)
            .show_grid(Vec2b::new(false, true))
            .show_crosshair(false)
            .x_axis_formatter(move |mark, _| named(mark))
            .y_axis_formatter(|mark, _| {
                let whole = (mark.value - mark.value.round()).abs() < 0.01;
                if whole { format!("{}", mark.value.round()) } else { String::new() }
            });
        let response = plot.show(ui, |plot| plot.bar_chart(bars)).response;
        let last =
            months.last().map(|month| format!("{} in {}", month.offers, month.name)).unwrap_or_default();
        let words = format!("Offers by month, {} months, {last}", months.len());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    });
}
