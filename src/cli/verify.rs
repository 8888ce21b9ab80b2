//! `verify`: an archive on disk, without a database.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::case::{Code, Hint, UserError, format};
use crate::engine::api::{
    Answer, BundleReport, Command, InspectionView, LiveProject, RelationCount, Report, archive_error,
    rebuilt_json,
};

use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::receipt::ReceiptArgs;
use super::setup;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The archive, a .tar.gz file
    file: PathBuf,
    /// Also compare the archive's counts with this live project
    #[arg(long, value_name = "PROJECT")]
    against: Option<String>,
    /// Also check every object of large repositories, as git does; needs free space for them in the folder for temporary files
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    receipt: ReceiptArgs,
}

pub fn run(call: &Invocation, args: VerifyArgs) -> End {
    let Invocation { global, out, .. } = call;
    args.receipt.refuse_taken(call)?;
    let mut client = setup::client_without_store(call)?;
    let file = args.file.as_path();
    let against = args.against.map(|project| LiveProject { instance: global.instance.clone(), project });
    let asked = Command::Verify { path: file.to_owned(), against, deep: args.deep };
    let Answer::Verified(seen) = client.ask(asked)? else { return Err(wrong_answer()) };
    let report = match &seen.ended {
        Some(Ok(report)) => report.clone(),
        Some(Err(error)) => return Err(error.clone().into()),
        None => {
            return Err(UserError::new(
                Code::Internal,
                "The verification did not finish.",
                Hint::ReportDefect,
            )
            .into());
        }
    };
    say(out, file, &report);
    if let Some(Ok(counts)) = &seen.against {
        say_beside(out, counts);
    }
    let mut fields = fields(file, &report, &seen);
    if let Some(receipt) = &seen.receipt {
        fields = args.receipt.write(call, receipt, fields)?;
    }
    match (archive_error(&report), &seen.against) {
        (None, None | Some(Ok(_))) => Ok(fields),
        // The error of the file itself is more important.
        (Some(error), _) => Err(Failure::with(error, fields)),
        (None, Some(Err(error))) => Err(Failure::with(error.clone(), fields)),
    }
}

fn say(out: &Out, file: &Path, report: &Report) {
    out.say(&format!("{} ({}): {}", file.display(), format::bytes(report.bytes), report.sentence()));
    out.say(&format!("SHA-256 {}", report.sha256));
    if let (true, "surface") = (report.verdict.may_import(), report.depth().as_str()) {
        out.say("Export Desk checked the header, references and checksum of the repository. To check every object: --deep.");
    }
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
        if !problem.hint.is_empty() {
            out.say(&format!("  {}", problem.hint));
        }
    }
}

/// Prints the counts beside those of the live project.
fn say_beside(out: &Out, counts: &[RelationCount]) {
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

/// How many Git bundles a result lists: a project has three, plus one per snippet.
const MOST_BUNDLES: usize = 100;

fn bundle(bundle: &BundleReport) -> Value {
    json!({
        "member": bundle.member,
        "depth": bundle.depth.as_str(),
        "refs": bundle.refs,
        "objects": bundle.objects,
        "sound": bundle.sound,
    })
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
        "depth": report.depth().as_str(),
        "bundles": report.bundles.iter().take(MOST_BUNDLES).map(bundle).collect::<Vec<_>>(),
        "problems": report.problems,
    });
    if let Some(rebuilt) = seen.receipt.as_ref().and_then(|receipt| receipt.rebuilt.as_ref()) {
        fields["rebuilt"] = rebuilt_json(rebuilt);
    }
    if let Some(Ok(counts)) = &seen.against {
        let line = |count: &RelationCount| json!({ "relation": count.relation, "archive": count.archive, "live": count.live, "note": count.note });
        fields["against"] = counts.iter().map(line).collect();
    }
    fields
}
