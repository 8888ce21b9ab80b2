//! The receipt: what a support engineer pastes into the ticket about a verified file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::{Report, Verdict};
use crate::case::import::TestImportResult;
use crate::case::{Code, RebuiltFrom, UserError, UtcMs};

/// A file and the results of its verification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    pub gitlab_version: Option<String>,
    /// The verdict's code from cli.md, for example `importable`.
    pub verdict: String,
    pub verdict_sentence: String,
    /// How far the git bundles were checked: `surface` or `deep`; absent in receipts of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<String>,
    /// Records by relation.
    pub counts: BTreeMap<String, u64>,
    pub project_path: Option<String>,
    pub at: UtcMs,
    /// What a test import of exactly these bytes has shown.
    #[serde(default, rename = "rehearsal", skip_serializing_if = "Option::is_none")]
    pub test_import: Option<TestImportResult>,
    /// Present where Export Desk rebuilt the archive instead of GitLab exporting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<RebuiltFrom>,
}

impl Receipt {
    pub fn of(report: &Report, path: PathBuf, project_path: Option<String>, at: UtcMs) -> Self {
        Self {
            path,
            bytes: report.bytes,
            sha256: report.sha256.clone(),
            gitlab_version: report.gitlab_version.clone(),
            verdict: report.verdict.as_str().to_owned(),
            verdict_sentence: report.sentence().to_owned(),
            depth: Some(report.depth().as_str().to_owned()),
            counts: report.counts.clone(),
            project_path,
            at,
            test_import: None,
            rebuilt: None,
        }
    }

    /// Whether GitLab would import the archive, with or without losses.
    pub fn may_import(&self) -> bool {
        [Verdict::Importable, Verdict::ImportableWithLosses].iter().any(|good| good.as_str() == self.verdict)
    }

    /// How far the repository was checked, in one sentence.
    pub fn depth_sentence(&self) -> Option<&'static str> {
        Some(match self.depth.as_deref()? {
            "deep" => "Every object was checked.",
            _ => "Checked on the surface: header, references and checksum, but not every object.",
        })
    }

    /// The receipt as JSON, with the same facts as [`Self::markdown`].
    pub fn json(&self) -> serde_json::Value {
        let mut json = serde_json::json!({
            "project": self.project_path,
            "file": self.file_name(),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "gitlab_version": self.gitlab_version,
            "verdict": self.verdict,
            "verdict_sentence": self.verdict_sentence,
            "counts": self.counts,
            "depth": self.depth,
            "checked_at": self.at.rfc3339(),
        });
        if let Some(rebuilt) = &self.rebuilt {
            json["rebuilt"] = rebuilt_json(rebuilt);
        }
        if let Some(test_import) = &self.test_import {
            json["rehearsal"] = test_import_json(test_import);
        }
        json
    }

    /// What the file is. A rebuilt archive with gaps is never named as a whole one.
    fn title(&self) -> &'static str {
        match &self.rebuilt {
            None => "Project export, verified",
            Some(rebuilt) if rebuilt.gaps.is_empty() => "Rebuilt project archive, verified",
            Some(_) => "Rebuilt project archive, with missing parts",
        }
    }

    fn file_name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The receipt as Markdown. Names of files and projects are in code spans, so that they cannot break the table.
    pub fn markdown(&self) -> String {
        let mut text = format!("**{}**\n\n| | |\n| --- | --- |\n", self.title());
        let mut row = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            writeln!(text, "| {name} | {value} |").ok();
        };
        if let Some(project) = &self.project_path {
            row("Project", &code(project));
        }
        row("File", &code(&self.file_name()));
        row("Size", &format!("{} bytes", self.bytes));
        row("SHA-256", &code(&self.sha256));
        row("GitLab version", self.gitlab_version.as_deref().map_or("not given", |version| version));
        row("Verdict", &self.verdict_sentence);
        if let Some(depth) = self.depth_sentence() {
            row("Repository", depth);
        }
        let counts: Vec<_> = self
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(relation, count)| format!("{relation} {count}"))
            .collect();
        if !counts.is_empty() {
            row("Records", &counts.join(", "));
        }
        row("Checked", &self.at.for_people());
        if let Some(rebuilt) = &self.rebuilt {
            row("Origin", &plain(&rebuilt.sentence()));
            for gap in &rebuilt.gaps {
                row("Missing", &plain(gap));
            }
            for note in rebuilt.note_lines() {
                row("Note", &plain(&note));
            }
            if !rebuilt.parts.is_empty() {
                row("Size of all parts", &format!("{} bytes", rebuilt.parts_bytes));
            }
            for part in &rebuilt.parts {
                row("Part", &plain(part));
            }
            for filled in &rebuilt.filled {
                row("Added", &plain(filled));
            }
            for left in rebuilt.left_out_lines() {
                row("Left out", &plain(&left));
            }
        }
        if let Some(test_import) = &self.test_import {
            text.push_str(&test_import_markdown(test_import));
        }
        text
    }
}

/// What is known of a rebuilt archive, as in a receipt.
pub fn rebuilt_json(rebuilt: &RebuiltFrom) -> serde_json::Value {
    let mut json = serde_json::json!({
        "sentence": rebuilt.sentence(),
        "exported_at": rebuilt.exported_at,
        "gaps": rebuilt.gaps,
        "parts": rebuilt.parts,
        "filled": rebuilt.filled,
        "left_out": rebuilt.left_out_lines(),
        "notes": rebuilt.note_lines(),
    });
    if !rebuilt.parts.is_empty() {
        json["parts_bytes"] = rebuilt.parts_bytes.into();
    }
    json
}

fn test_import_json(test_import: &TestImportResult) -> serde_json::Value {
    serde_json::json!({
        "verdict": test_import.verdict.as_str(),
        "verdict_sentence": test_import.sentence,
        "instance": test_import.instance,
        "project": test_import.project_path,
        "web_url": test_import.web_url,
        "import_status": test_import.import_status,
        "correlation_id": test_import.correlation_id,
        "lost": test_import.lost,
        "lost_capped": test_import.lost_capped,
        "ended_at": test_import.ended_at.rfc3339(),
    })
}

/// The test import, as its own section below the table.
fn test_import_markdown(test_import: &TestImportResult) -> String {
    let mut text = String::from("\n**Test import**\n\n| | |\n| --- | --- |\n");
    let mut row = |name: &str, value: &str| {
        writeln!(text, "| {name} | {value} |").ok();
    };
    row("Result", &plain(&test_import.sentence));
    row("Instance", &code(&test_import.instance));
    row("Created project", &test_import.web_url.as_deref().map_or_else(|| "none".to_owned(), code));
    if let Some(word) = &test_import.import_status {
        row("GitLab status", &code(word));
    }
    if let Some(id) = &test_import.correlation_id {
        row("Correlation ID", &code(id));
    }
    for lost in &test_import.lost {
        row("Lost", &format!("{} × {}: {}", lost.records, code(&lost.relation), plain(&lost.cause)));
    }
    if test_import.lost_capped {
        row("Lost", "GitLab lists at most 100 lost records. There may be more.");
    }
    row("Ended", &test_import.ended_at.for_people());
    text
}

/// Text for a table cell. GitLab's own messages may contain Markdown.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).collect()
}

/// A Markdown code span that also works with backticks, pipes and line breaks in `text`.
fn code(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() || c == '|' || c == '`' { '\u{fffd}' } else { c }).collect();
    format!("`{plain}`")
}

/// The error for an archive that the verification found damaged; `None` for a good one.
pub fn archive_error(report: &Report) -> Option<UserError> {
    let code = match report.verdict {
        Verdict::Importable | Verdict::ImportableWithLosses => return None,
        Verdict::NotImportable => Code::NotImportable,
        Verdict::Damaged => Code::ArchiveDamaged,
        Verdict::NotAnExport => Code::NotAnExport,
    };
    // The list starts with the problem that explains the most.
    let (first, hint) = match report.problems.first() {
        Some(problem) => (format!(" {}", problem.sentence()), problem.hint.clone()),
        None => (String::new(), String::new()),
    };
    Some(UserError::new(code, format!("{}{first}", report.sentence()), hint))
}

#[cfg(test)]
mod tests {
    use crate::case::ImportId;
    use crate::case::import::{Lost, TestImportVerdict};

    use super::*;

    #[test]
    fn a_receipt_holds_whatever_the_names_hold() {
        let receipt = Receipt {
            path: PathBuf::from("/tmp/a|b`c\n.tar.gz"),
            bytes: 7,
            sha256: "00".into(),
            gitlab_version: None,
            verdict: "importable".into(),
            verdict_sentence: "Good.".into(),
            depth: Some("surface".into()),
            counts: BTreeMap::from([("issues".into(), 3), ("labels".into(), 0)]),
            project_path: Some("a/b".into()),
            at: UtcMs(0),
            test_import: None,
            rebuilt: None,
        };
        let text = receipt.markdown();
        assert!(text.contains("| Records | issues 3 |"), "{text}");
        assert_eq!(text.lines().filter(|line| !line.starts_with('|')).count(), 2, "{text}");
        assert!(!text.contains("a|b") && text.contains("| Repository | Checked on the surface"), "{text}");
        let json = receipt.json();
        assert_eq!((&json["file"], &json["bytes"]), (&"a|b`c\n.tar.gz".into(), &7.into()));
        assert_eq!(json["checked_at"], "1970-01-01T00:00:00Z", "{json}");
        assert!(json.get("rehearsal").is_none() && !text.contains("Rehearsal"), "nothing was rehearsed");
    }

    #[test]
    fn a_test_import_is_a_section_of_its_own() {
        let report = Report::of_empty();
        let mut receipt = Receipt::of(&report, PathBuf::from("a.tar.gz"), None, UtcMs(0));
        let before = receipt.markdown();
        receipt.test_import = Some(TestImportResult {
            import: ImportId(3),
            verdict: TestImportVerdict::ImportsWithLosses,
            sentence: "With losses | of `x`\n.".into(),
            instance: "https://gitlab.com".into(),
            project_path: "acme/copy".into(),
            web_url: Some("https://gitlab.com/acme/copy".into()),
            import_status: Some("finished".into()),
            correlation_id: Some("01ABC".into()),
            lost: vec![Lost { relation: "issues".into(), cause: "a text is too long".into(), records: 2 }],
            lost_capped: true,
            ended_at: UtcMs(0),
        });
        let text = receipt.markdown();
        assert!(text.starts_with(&before), "the receipt itself is what it was");
        let section = &text[before.len()..];
        assert!(section.contains("| Lost | 2 × `issues`: a text is too long |"), "{section}");
        assert!(
            section.contains("| Correlation ID | `01ABC` |") && section.contains("at most 100"),
            "{section}"
        );
        assert!(section.lines().all(|line| line.matches(" | ").count() <= 1), "{section}");
        let json = receipt.json();
        assert_eq!(json["rehearsal"]["verdict"], "imports_with_losses");
        assert_eq!(json["rehearsal"]["lost"][0]["records"], 2);
        let kept: Receipt = serde_json::from_value(serde_json::to_value(&receipt).unwrap()).unwrap();
        assert_eq!(kept, receipt);
    }
}
