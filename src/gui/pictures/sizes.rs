//! Names in every script as images; and, without images, empty, single and very long lists in windows of other sizes.

use std::path::Path;
use std::sync::Arc;

use egui::epaint::text::{FallbackRequest, FontData, FontInsert, FontPriority, InsertFontFamily};
use egui::{Rect, Theme, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::{SIZE, SMALLEST, Window, of, page, workspace_at};
use crate::case::Case;
use crate::engine::api::{Snapshot, TokenState};
use crate::gui::app::App;
use crate::gui::fixture::{self, GITLAB, case, instance};
use crate::gui::route::Route;
use crate::gui::theme;

/// Realistic customer names: Han, kana, hangul, Hebrew, Arabic, accents, and one that is longer than a line.
const NAMES: [&str; 6] = [
    "客户/数据平台/发票服务",
    "株式会社アクメ/請求書サービス",
    "고객/데이터-플랫폼/청구서",
    "לקוח/שירות-חשבוניות",
    "عميل/خدمة-الفواتير",
    "ÉÈÜÑ-Łódź/Ωmega-Ж/a-name-without-any-place-to-break-it-that-goes-on-and-on-and-on-until-no-line-of-any-window-holds-it",
];

/// Fonts of Debian's `fonts-noto-cjk` and `fonts-dejavu-core`, so that every machine renders with the same fonts.
const FONTS: [&str; 2] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
];

fn system_font(request: &FallbackRequest<'_>) -> Option<FontInsert> {
    let is_right_to_left = |letter: char| ('\u{590}'..='\u{8ff}').contains(&letter);
    let path = FONTS[usize::from(request.cluster.chars().any(is_right_to_left))];
    let families = vec![InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest }];
    let data = FontData::from_owned(std::fs::read(path).ok()?);
    Some(FontInsert { name: format!("{path} {:?}", request.family), data, families })
}

pub fn has_fonts() -> bool {
    let has = FONTS.iter().all(|path| Path::new(path).exists());
    assert!(
        has || std::env::var_os("CI").is_none(),
        "fonts are missing (Debian: fonts-noto-cjk, fonts-dejavu-core)"
    );
    has
}

fn in_every_script() -> Snapshot {
    let cases = NAMES.iter().zip(1..).map(|(name, id)| Arc::new(case(id, 418_000 + id as u64, name)));
    Snapshot { cases: cases.collect(), ..fixture::at_work() }
}

pub fn names_in_every_script() -> Window {
    let workspace = workspace_at(Route::Cases, Some(6), in_every_script());
    Harness::builder()
        .with_size(SIZE)
        .with_theme(Theme::Dark)
        .with_context_setup(|ctx| {
            theme::install(ctx);
            ctx.add_font_provider(Arc::new(system_font));
        })
        .with_max_steps(8)
        .build_eframe(move |_| App::around(workspace))
}

/// Every named widget that extends beyond `width`.
fn beyond(window: &Window, width: f32) -> Vec<(String, Rect)> {
    let all = window.query_all(by().predicate(|node| node.label().is_some_and(|label| !label.is_empty())));
    all.filter(|node| node.rect().is_finite() && (node.rect().right() > width || node.rect().left() < 0.0))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .collect()
}

#[test]
fn a_case_fits_every_size_and_scale() {
    for (size, scale) in [(Vec2::new(3840.0, 2160.0), 1.0), (SMALLEST, 2.0), (SMALLEST, 1.0), (SIZE, 1.5)] {
        for selected in [1, 3, 6] {
            let mut window = of(workspace_at(Route::Cases, Some(selected), fixture::at_work()), size, scale);
            window.run();
            let found = beyond(&window, size.x);
            assert!(found.is_empty(), "case {selected} at {size} x {scale}: {found:?}");
        }
    }
}

#[test]
fn a_name_that_no_line_holds_stays_inside() {
    for size in [SMALLEST, SIZE] {
        let long = format!("acme/{}", "without-a-place-to-break-".repeat(8));
        let snapshot = Snapshot { cases: [Arc::new(case(1, 418_001, &long))].into(), ..fixture::at_work() };
        let mut window = of(workspace_at(Route::Cases, Some(1), snapshot), size, 1.0);
        window.run();
        let found = beyond(&window, size.x);
        assert!(found.is_empty(), "at {size}: {found:?}");
    }
}

#[test]
fn no_case_and_one() {
    let connected = |cases: Vec<Arc<Case>>| Snapshot {
        instances: [instance(GITLAB, TokenState::InKeyring)].into(),
        cases: cases.into(),
        ..fixture::first_run()
    };
    let names = |cases| {
        let mut window = page(Route::Cases, None, connected(cases));
        window.run();
        let all = window.query_all(by().predicate(|node| node.label().is_some()));
        all.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>().join("\n")
    };
    let none = names(Vec::new());
    assert!(none.contains("New case") && !none.contains("acme/api"), "{none}");
    let one = names(vec![Arc::new(case(1, 418_822, "acme/api"))]);
    assert!(one.contains("acme/api"), "{one}");
}

#[test]
fn of_ten_thousand_cases_the_first_are_drawn() {
    let mut window = page(Route::Cases, None, fixture::many(10_000));
    window.run();
    let drawn = window
        .query_all(by().predicate(|node| node.label().is_some_and(|label| label.contains("/project-"))))
        .count();
    assert!((1..400).contains(&drawn), "{drawn} of them are drawn");
}
