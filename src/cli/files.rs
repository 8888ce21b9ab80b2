//! `verify`: an archive on disk, without a database; and receipts as files.

use std::path::Path;

use serde_json::{Value, json};

use crate::case::{Code, Trouble};
use crate::engine::api::{
    Answer, Command, InspectionView, Live, Receipt, RelationCount, Report, archive_trouble,
};
use crate::platform::private_file;

use super::args::{Global, Note};
use super::exports::{refuse_taken, wrong_answer};
use super::out::{Out, bytes_for_people};
use super::{End, Failure, setup};

pub fn verify(global: &Global, out: Out, file: &Path, against: Option<String>, note: &Note) -> End {
    note.refuse_taken()?;
    let mut talk = setup::talk_without_store(global, out)?;
    let against = against.map(|project| Live { instance: global.instance.clone(), project });
    let asked = Command::Verify { path: file.to_owned(), against };
    let Answer::Verified(seen) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let report = match &seen.ended {
        Some(Ok(report)) => report.clone(),
        Some(Err(trouble)) => return Err(trouble.clone().into()),
        None => {
            return Err(Trouble::new(Code::Internal, "The walk did not end.", "Please report this.").into());
        }
    };
    say(out, file, &report);
    if let Some(Ok(counts)) = &seen.against {
        say_beside(out, counts);
    }
    let mut fields = fields(file, &report, &seen);
    if let Some(receipt) = &seen.receipt {
        fields = note.write(receipt, fields)?;
    }
    match (archive_trouble(&report), &seen.against) {
        (None, None | Some(Ok(_))) => Ok(fields),
        // The file's own trouble is the more important one.
        (Some(trouble), _) => Err(Failure { trouble, known: fields }),
        (None, Some(Err(trouble))) => Err(Failure { trouble: trouble.clone(), known: fields }),
    }
}

fn say(out: Out, file: &Path, report: &Report) {
    out.say(&format!(
        "{} ({}): {}",
        file.display(),
        bytes_for_people(report.bytes),
        report.verdict.sentence()
    ));
    out.say(&format!("SHA-256 {}", report.sha256));
    let counts: Vec<String> = report.counts.iter().map(|(relation, n)| format!("{relation} {n}")).collect();
    if !counts.is_empty() {
        out.say(&format!("Records: {}", counts.join(", ")));
    }
    for problem in &report.problems {
        let member = problem.member.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        out.say(&format!(
            "{} {}: {member}{}",
            problem.level.as_str(),
            problem.code.as_str(),
            problem.message
        ));
    }
}

/// The counts beside the live project's.
fn say_beside(out: Out, counts: &[RelationCount]) {
    for count in counts {
        let note = count.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
        match count.live {
            Some(live) if live == count.archive => {
                out.say(&format!("{}: {live}, as in the project", count.relation));
            }
            Some(live) => {
                out.say(&format!(
                    "{}: {} in the archive, {live} in the project.{note}",
                    count.relation, count.archive
                ));
            }
            None => out.say(&format!("{}: {} in the archive.{note}", count.relation, count.archive)),
        }
    }
}

fn fields(file: &Path, report: &Report, seen: &InspectionView) -> Value {
    let mut fields = json!({
        "path": file.display().to_string(),
        "verdict": report.verdict.as_str(),
        "bytes": report.bytes,
        "unpacked_bytes": report.unpacked_bytes,
        "sha256": report.sha256,
        "format_version": report.format_version,
        "gitlab_version": report.gitlab_version,
        "counts": report.counts,
        "problems": report.problems,
    });
    if let Some(Ok(counts)) = &seen.against {
        let line = |count: &RelationCount| json!({ "relation": count.relation, "archive": count.archive, "live": count.live, "note": count.note });
        fields["against"] = counts.iter().map(line).collect();
    }
    fields
}

impl Note {
    /// Said before anything else is done.
    pub(super) fn refuse_taken(&self) -> Result<(), Failure> {
        self.receipt.as_deref().map_or(Ok(()), refuse_taken)
    }

    /// Writes the receipt where one is wanted; `fields` go into the result either way.
    pub(super) fn write(&self, receipt: &Receipt, mut fields: Value) -> End {
        let Some(path) = &self.receipt else { return Ok(fields) };
        let wants_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let text = if wants_json { format!("{:#}\n", receipt.json()) } else { receipt.markdown() };
        match private_file::create(path, text.as_bytes()) {
            Ok(()) => {
                fields["receipt"] = path.display().to_string().into();
                Ok(fields)
            }
            Err(error) => Err(Failure {
                trouble: Trouble::new(
                    Code::Local,
                    format!("The receipt cannot be written to {}: {error}.", path.display()),
                    "Name a file that does not exist, in a folder you may write to.",
                ),
                known: fields,
            }),
        }
    }
}
