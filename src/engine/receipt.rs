//! What goes into the ticket about a proven file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::{Report, Verdict};
use crate::case::{Code, Trouble, UtcMs};

/// A file, and what was proven about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    pub gitlab_version: Option<String>,
    /// The word of cli.md, for example `importable`.
    pub verdict: String,
    pub verdict_sentence: String,
    /// Records by relation.
    pub counts: BTreeMap<String, u64>,
    pub project_path: Option<String>,
    pub at: UtcMs,
}

impl Receipt {
    pub fn of(report: &Report, path: PathBuf, project_path: Option<String>, at: UtcMs) -> Self {
        Self {
            path,
            bytes: report.bytes,
            sha256: report.sha256.clone(),
            gitlab_version: report.gitlab_version.clone(),
            verdict: report.verdict.word().to_owned(),
            verdict_sentence: report.verdict.sentence().to_owned(),
            counts: report.counts.clone(),
            project_path,
            at,
        }
    }

    /// The receipt as JSON, for machines; the same facts as in [`Self::markdown`].
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "project": self.project_path,
            "file": self.file_name(),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "gitlab_version": self.gitlab_version,
            "verdict": self.verdict,
            "verdict_sentence": self.verdict_sentence,
            "counts": self.counts,
            "checked_at": self.at.rfc3339(),
        })
    }

    fn file_name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The receipt as Markdown. Names of files and projects stand in code spans, whatever they hold.
    pub fn markdown(&self) -> String {
        let mut text = String::from("**Project export, verified**\n\n| | |\n| --- | --- |\n");
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
        row("GitLab version", self.gitlab_version.as_deref().map_or("not named", |version| version));
        row("Verdict", &self.verdict_sentence);
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
        text
    }
}

/// A Markdown code span that survives backticks, pipes and line ends in `text`.
fn code(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() || c == '|' || c == '`' { '\u{fffd}' } else { c }).collect();
    format!("`{plain}`")
}

/// What a command says about a file that is there and is not good; `None` where it is.
pub fn archive_trouble(report: &Report) -> Option<Trouble> {
    let code = match report.verdict {
        Verdict::Importable | Verdict::ImportableWithLosses => return None,
        Verdict::NotImportable => Code::NotImportable,
        Verdict::Damaged => Code::ArchiveDamaged,
        Verdict::NotAnExport => Code::NotAnExport,
    };
    let hint = match report.verdict {
        Verdict::Importable | Verdict::ImportableWithLosses => return None,
        Verdict::NotImportable => "GitLab made it so: export again, and note the problem in the bug issue.",
        Verdict::Damaged => "Download it again; if it is damaged again, export again.",
        Verdict::NotAnExport => "Look at what the file is; GitLab or a proxy may have answered with a page.",
    };
    let first = report.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
    Some(Trouble::new(code, format!("{}{first}", report.verdict.sentence()), hint))
}

#[cfg(test)]
mod tests {
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
            counts: BTreeMap::from([("issues".into(), 3), ("labels".into(), 0)]),
            project_path: Some("a/b".into()),
            at: UtcMs(0),
        };
        let text = receipt.markdown();
        assert!(text.contains("| Records | issues 3 |"), "{text}");
        assert_eq!(text.lines().filter(|line| !line.starts_with('|')).count(), 2, "{text}");
        assert!(!text.contains("a|b"));
        let json = receipt.json();
        assert_eq!((&json["file"], &json["bytes"]), (&"a|b`c\n.tar.gz".into(), &7.into()));
        assert_eq!(json["checked_at"], "1970-01-01T00:00:00Z", "{json}");
    }
}
