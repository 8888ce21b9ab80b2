//! Which relation the records of a file are of: what a file is called says nothing once somebody has renamed it.
//!
//! The marks are what GitLab writes with every record of the relation, and with no record of the others here:
//! `lib/gitlab/import_export/project/import_export.yml` leaves out none of them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// Longer lines are not looked at.
const MOST_LINE_BYTES: u64 = 4 << 20;

const MARKS: [(&str, &[&str]); 13] = [
    ("boards", &["lists"]),
    ("ci_pipelines", &["before_sha", "stages"]),
    ("issues", &["confidential"]),
    ("labels", &["color"]),
    ("merge_requests", &["source_branch"]),
    ("milestones", &["start_date"]),
    ("pipeline_schedules", &["cron"]),
    ("project_badges", &["link_url"]),
    ("project_members", &["access_level"]),
    ("protected_branches", &["push_access_levels"]),
    ("protected_tags", &["create_access_levels"]),
    ("releases", &["tag"]),
    ("snippets", &["file_name"]),
];

/// The relation that the first record is of, where it has the mark of that one and not the mark of `relation`. `None` also
/// where nothing certain is known.
pub fn other_relation(path: &Path, relation: &str) -> Option<&'static str> {
    let own = MARKS.iter().find(|(known, _)| *known == relation)?.1;
    let mut line = Vec::new();
    let unpacked = MultiGzDecoder::new(BufReader::new(File::open(path).ok()?));
    BufReader::new(unpacked.take(MOST_LINE_BYTES)).read_until(b'\n', &mut line).ok()?;
    let record: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&line).ok()?;
    let has = |marks: &[&str]| marks.iter().any(|mark| record.contains_key(*mark));
    if has(own) {
        return None;
    }
    MARKS.iter().find(|(_, marks)| has(marks)).map(|(other, _)| *other)
}
