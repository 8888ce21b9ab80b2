//! `verify`: an archive on disk, without a database.

use std::path::Path;

use serde_json::json;

use crate::case::{Code, Trouble};
use crate::engine::{Answer, Command, archive_trouble};

use super::args::Global;
use super::exports::wrong_answer;
use super::out::{Out, bytes_for_people};
use super::{End, Failure, setup};

pub fn verify(global: &Global, out: Out, file: &Path) -> End {
    let mut talk = setup::talk_without_store(global, out)?;
    let asked = Command::Verify { path: file.to_owned() };
    let Answer::Verified(seen) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let report = match &seen.ended {
        Some(Ok(report)) => report.clone(),
        Some(Err(trouble)) => return Err(trouble.clone().into()),
        None => {
            return Err(Trouble::new(Code::Internal, "The walk did not end.", "Please report this.").into());
        }
    };
    out.say(&format!(
        "{} ({}): {}",
        file.display(),
        bytes_for_people(report.bytes),
        report.verdict.sentence()
    ));
    out.say(&format!("SHA-256 {}", report.sha256));
    for problem in &report.problems {
        let member = problem.member.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        out.say(&format!("{} {}: {member}{}", problem.level.word(), problem.code.word(), problem.message));
    }
    let fields = json!({
        "path": file.display().to_string(),
        "verdict": report.verdict.word(),
        "bytes": report.bytes,
        "unpacked_bytes": report.unpacked_bytes,
        "sha256": report.sha256,
        "format_version": report.format_version,
        "gitlab_version": report.gitlab_version,
        "counts": report.counts,
        "problems": report.problems,
    });
    match archive_trouble(&report) {
        None => Ok(fields),
        Some(trouble) => Err(Failure { trouble, known: fields }),
    }
}
