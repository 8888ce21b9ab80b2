//! Windows of other sizes and scales, lists of nothing, one and very many, and names in every script.

use std::path::Path;
use std::sync::Arc;

use egui::epaint::text::{FallbackRequest, FontData, FontInsert, FontPriority, InsertFontFamily};
use egui::{Theme, Vec2};
use egui_kittest::{Harness, SnapshotResults};

use super::picture;
use crate::case::{Case, CaseId};
use crate::engine::api::{Snapshot, TokenState};
use crate::gui::app::App;
use crate::gui::fixture::{self, GITLAB, case, instance, window_of};
use crate::gui::route::Route;
use crate::gui::theme;
use crate::gui::workspace::Workspace;

/// Names as customers have them: Han, kana, hangul, Hebrew, Arabic, accents, and one that no line holds.
const NAMES: [&str; 6] = [
    "客户/数据平台/发票服务",
    "株式会社アクメ/請求書サービス",
    "고객/데이터-플랫폼/청구서",
    "לקוח/שירות-חשבוניות",
    "عميل/خدمة-الفواتير",
    "ÉÈÜÑ-Łódź/Ωmega-Ж/a-name-without-any-place-to-break-it-that-goes-on-and-on-and-on-until-no-line-of-any-window-holds-it",
];

/// Fonts of Debian's `fonts-noto-cjk` and `fonts-dejavu-core`: the same on each machine, unlike what a system chooses.
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

fn has_fonts() -> bool {
    let has = FONTS.iter().all(|path| Path::new(path).exists());
    assert!(
        has || std::env::var_os("CI").is_none(),
        "fonts are missing (Debian: fonts-noto-cjk, fonts-dejavu-core)"
    );
    has
}

fn scaled(workspace: Workspace, theme: Theme, size: Vec2, scale: f32) -> Harness<'static, App> {
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_theme(theme)
        .with_context_setup(theme::install)
        .with_max_steps(8)
        .build_eframe(move |_| App::around(workspace))
}

fn chosen(snap: Snapshot) -> Workspace {
    let mut workspace = Workspace::pretend(snap);
    workspace.selected = Some(CaseId(1));
    workspace
}

#[test]
fn four_k() {
    let size = Vec2::new(3840.0, 2160.0);
    picture(
        &mut SnapshotResults::new(),
        "case_4k_dark",
        scaled(chosen(fixture::at_work()), Theme::Dark, size, 1.0),
    );
}

#[test]
fn twice_the_scale_at_the_smallest_size() {
    let size = Vec2::new(900.0, 600.0);
    let mut results = SnapshotResults::new();
    picture(&mut results, "case_2x_light", scaled(chosen(fixture::at_work()), Theme::Light, size, 2.0));
    let mut workspace = Workspace::pretend(fixture::inspected());
    workspace.route = Route::Transfers;
    picture(&mut results, "transfers_2x_dark", scaled(workspace, Theme::Dark, size, 2.0));
}

#[test]
fn no_case_and_one() {
    let mut results = SnapshotResults::new();
    let connected = |cases: Vec<Arc<Case>>| Snapshot {
        instances: [instance(GITLAB, TokenState::InKeyring)].into(),
        cases: cases.into(),
        ..fixture::first_run()
    };
    for (word, cases) in [("none", Vec::new()), ("one", vec![Arc::new(case(1, 418_822, "acme/api"))])] {
        for (theme, shade, width, height) in
            [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 600.0)]
        {
            let window = window_of(Workspace::pretend(connected(cases.clone())), theme, width, height);
            picture(&mut results, &format!("cases_{word}_{shade}"), window);
        }
    }
}

#[test]
fn names_in_every_script() {
    if !has_fonts() {
        println!("skipped: Debian's fonts-noto-cjk and fonts-dejavu-core are not installed");
        return;
    }
    let mut results = SnapshotResults::new();
    for (shown, shade, width, height) in
        [(Theme::Dark, "dark", 1280.0, 800.0), (Theme::Light, "light", 900.0, 2400.0)]
    {
        let cases = NAMES.iter().zip(1..).map(|(name, id)| Arc::new(case(id, 418_000 + id as u64, name)));
        let snap = Snapshot { cases: cases.collect(), ..fixture::at_work() };
        let mut workspace = Workspace::pretend(snap);
        workspace.selected = Some(CaseId(if shade == "dark" { 1 } else { 6 }));
        let window = Harness::builder()
            .with_size(Vec2::new(width, height))
            .with_theme(shown)
            .with_context_setup(|ctx| {
                theme::install(ctx);
                ctx.add_font_provider(Arc::new(system_font));
            })
            .with_max_steps(8)
            .build_eframe(move |_| App::around(workspace));
        picture(&mut results, &format!("scripts_{shade}"), window);
    }
}
