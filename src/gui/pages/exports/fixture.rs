//! Batches and checks for tests and pictures.

use std::sync::Arc;

use crate::case::batch::{
    BatchItem, CheckOptions, CheckedProject, ExportBatch, Exportable, ItemFile, ItemStage, Turns,
    check_counts, counts,
};
use crate::case::{BatchId, Code, ProjectDeletion, UserError};
use crate::engine::api::{BatchCheckView, BatchItemView, BatchView, CheckId, ItemProgress, Snapshot};
use crate::gui::fixture::{GITLAB, ago, at_work, now};

use super::form::ExportsForm;

const MIB: u64 = 1 << 20;

fn item(place: usize) -> BatchItem {
    let path = format!("acme/platform/service-{place:03}");
    let item = BatchItem::listed(1000 + place as u64, path.clone());
    let item = BatchItem { expected_bytes: Some((place as u64 % 17 + 1) * 31 * MIB), ..item };
    match place % 8 {
        0 => BatchItem {
            stage: ItemStage::Done,
            file: Some(ItemFile {
                path: format!("/home/engineer/Downloads/exports/{}_export.tar.gz", path.replace('/', "_")),
                bytes: 212 * MIB,
                sha256: "9f86d081".into(),
                verdict: "importable".into(),
                verified_at: None,
            }),
            ..item
        },
        1 => BatchItem { stage: ItemStage::Downloading, ..item },
        2 => BatchItem { stage: ItemStage::Exporting, server_status: Some("started".into()), ..item },
        3 => item.failed(UserError::new(
            Code::RoleTooLow,
            "The token's owner has a role below Maintainer in this project.",
            "Use a token of a Maintainer.",
        )),
        4 => BatchItem { is_paused: true, ..item },
        _ => item,
    }
}

/// A batch of this many projects in every stage.
pub fn view(projects: usize) -> BatchView {
    let items: Vec<BatchItem> = (0..projects).map(item).collect();
    let progress = |item: &BatchItem| {
        let (bytes, total_bytes) = (88 * MIB, Some(212 * MIB));
        (item.stage == ItemStage::Downloading).then_some(ItemProgress {
            bytes,
            total_bytes,
            bytes_per_s: 12 * MIB,
        })
    };
    let shown = items.iter().enumerate().map(|(place, item)| {
        Arc::new(BatchItemView { place, item: item.clone(), is_asked: false, progress: progress(item) })
    });
    BatchView {
        batch: ExportBatch {
            id: BatchId(3),
            instance: GITLAB.into(),
            created_at: ago(90),
            folder: Some("/home/engineer/Downloads/exports".into()),
            ..ExportBatch::example()
        },
        items: shown.collect(),
        counts: counts(&items),
        turns: Turns {
            reserved: Arc::from([]),
            next_at: now().plus_ms(20_000),
            per_window: 6,
            window_ms: 60_000,
            ahead: 0,
        },
        resting: None,
        is_unanswered: false,
        is_held: false,
        is_saved: true,
        not_saved: None,
        free_bytes: Some(120 << 30),
        bytes_per_s: 36 * MIB,
    }
}

pub fn batch(projects: usize) -> Snapshot {
    Snapshot { batches: [Arc::new(view(projects))].into(), ..at_work() }
}

/// A check that has ended, with a project for each answer.
pub fn check() -> BatchCheckView {
    let no = |code, reason: &str| Exportable::No { code, reason: reason.into() };
    let found = [
        Exportable::Yes,
        Exportable::Running,
        Exportable::HasFile,
        no(Code::RoleTooLow, "The token's owner has a role below Maintainer in this project."),
        no(Code::NotFoundOrNoAccess, "With this token, GitLab finds no project acme/secret."),
        Exportable::Repeated { first: "acme/api".into() },
        Exportable::Yes,
    ];
    let projects = (0..).zip(found).map(|(place, exportable)| CheckedProject {
        item: item(8 * place + 5),
        exportable: Some(exportable),
        server_status: None,
        deletion: ProjectDeletion::of((place == 6).then_some("2026-12-01"), None),
    });
    let projects: Vec<CheckedProject> = projects.collect();
    BatchCheckView {
        id: CheckId(1),
        instance: GITLAB.into(),
        options: CheckOptions::default(),
        counts: check_counts(&projects),
        projects: projects.into_iter().map(Arc::new).collect(),
        error: None,
    }
}

pub fn checked() -> Snapshot {
    Snapshot { batch_checks: [Arc::new(check())].into(), ..at_work() }
}

/// The form whose projects were checked.
pub fn form() -> ExportsForm {
    ExportsForm::checked("acme/api\nacme/web\n", CheckId(1))
}
