//! The manifest of a batch: what became of each project, as JSON and as a table.

use serde::{Deserialize, Serialize};

use super::{BatchItem, ExportBatch};
use crate::case::csv::csv_cell;
use crate::case::time::UtcMs;

/// The manifest's `kind`: another program's file of the same name is not replaced.
pub const KIND: &str = "export-desk-batch";
const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchManifest {
    pub kind: String,
    pub format: u32,
    pub instance: String,
    pub created_at: String,
    /// RFC 3339.
    pub written_at: String,
    pub projects: Vec<ManifestRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRow {
    /// As the person named it.
    pub named: String,
    pub id: Option<u64>,
    pub project: Option<String>,
    /// The stage, or `paused`.
    pub status: String,
    pub server_status: Option<String>,
    /// File name in the folder of the manifest; the full path where the file is elsewhere.
    pub file: Option<String>,
    pub bytes: Option<u64>,
    pub sha256: Option<String>,
    pub verdict: Option<String>,
    pub attempts: u32,
    pub correlation_ids: Vec<String>,
    pub code: Option<String>,
    pub error: Option<String>,
}

/// The manifest of the batch at `now`.
pub fn manifest(batch: &ExportBatch, items: &[BatchItem], now: UtcMs) -> BatchManifest {
    BatchManifest {
        kind: KIND.to_owned(),
        format: FORMAT,
        instance: batch.instance.clone(),
        created_at: batch.created_at.rfc3339(),
        written_at: now.rfc3339(),
        projects: items.iter().map(|item| row(item, batch)).collect(),
    }
}

fn row(item: &BatchItem, ExportBatch { folder, goal, .. }: &ExportBatch) -> ManifestRow {
    let (file, folder, goal) = (item.archive(), folder.as_deref(), *goal);
    let name = |path: &str| {
        let below = folder.and_then(|folder| path.strip_prefix(folder));
        below.map_or(path, |below| below.trim_start_matches(['/', '\\'])).to_owned()
    };
    ManifestRow {
        named: item.named.clone(),
        id: item.project_id,
        project: item.path.clone(),
        status: item.status(goal).to_owned(),
        server_status: item.server_status.clone(),
        file: file.map(|file| name(&file.path)),
        bytes: file.map(|file| file.bytes),
        sha256: file.map(|file| file.sha256.clone()),
        verdict: file.map(|file| file.verdict.clone()),
        attempts: item.attempts,
        correlation_ids: item.correlation_ids.clone(),
        code: item.error.as_ref().map(|error| error.code.as_str().to_owned()),
        error: item.error.as_ref().map(|error| error.headline.clone()),
    }
}

const COLUMNS: &str =
    "project,id,status,server_status,file,bytes,sha256,verdict,attempts,correlation_ids,code,error\r\n";

/// The rows as a table for spreadsheets (RFC 4180).
pub fn csv<'a>(rows: impl IntoIterator<Item = &'a ManifestRow>) -> String {
    let mut text = COLUMNS.to_owned();
    for row in rows {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let cells = [
            row.project.clone().unwrap_or_else(|| row.named.clone()),
            number(row.id),
            row.status.clone(),
            row.server_status.clone().unwrap_or_default(),
            row.file.clone().unwrap_or_default(),
            number(row.bytes),
            row.sha256.clone().unwrap_or_default(),
            row.verdict.clone().unwrap_or_default(),
            row.attempts.to_string(),
            row.correlation_ids.join(" "),
            row.code.clone().unwrap_or_default(),
            row.error.clone().unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell).into_owned()).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}
