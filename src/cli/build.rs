//! `relations build`: rebuilds an archive from a folder of relation files, without a network. What the relations export
//! lacks goes in if `relations fill` has read it into the folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use crate::case::rebuild::{ImportDoubt, RebuildNote};
use crate::case::{RelationsHint, UserError, format};
use crate::engine::api::{
    Answer, BuildOptions, BuildStage, BuildView, BuiltArchive, Command, Filled, Gap, LeftOut, SetPart,
    Snapshot, Split, archive_beside,
};

use super::archive_path::archive_path;
use super::client::{EngineClient, wrong_answer};
use super::fill;
use super::hint::words;
use super::invocation::Invocation;
use super::members::MembersArgs;
use super::output::{End, Failure, Out};
use super::receipt::ReceiptArgs;
use super::setup;

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The folder that `relations download` made, with its manifest.json
    dir: PathBuf,
    /// The archive, or a folder for it; default: `<project>_rebuilt_export.tar.gz` beside the folder DIR. A set is in a
    /// folder of this name that ends in `_set`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Build even if data is missing; the result and the receipt list every gap
    #[arg(long)]
    allow_gaps: bool,
    /// Leave out this relation, for example `ci_pipelines`; can be repeated
    #[arg(long, value_name = "RELATION")]
    without: Vec<String>,
    /// Builds a set for separate imports: a base archive without merge requests and pipelines, and parts with them;
    /// `import set` imports the set
    #[arg(long)]
    split: bool,
    /// The destination's import limit, for example 10GiB: builds a set if one archive would be larger, and keeps every
    /// part below it; default with --split: 5 GiB, the limit of GitLab.com
    #[arg(long, value_name = "SIZE", value_parser = format::size_of)]
    limit: Option<u64>,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    receipt: ReceiptArgs,
}

pub fn run(call: &Invocation, args: BuildArgs) -> End {
    let out = &call.out;
    args.receipt.refuse_taken(call)?;
    let default = archive_beside(&call.path(&args.dir)?);
    let output = args.output.as_deref().map(|output| archive_path(call, output, &default)).transpose()?;
    output.as_deref().map_or(Ok(()), |output| args.receipt.refuse_output(call, output))?;
    let members = args.members.choice_for(call, &call.path(&args.dir)?)?;
    let mut client = setup::client_without_store(call)?;
    let of_gitlab_com = Split::as_on_gitlab_com().limit_bytes;
    let split = (args.split || args.limit.is_some())
        .then(|| Split { limit_bytes: args.limit.unwrap_or(of_gitlab_com), always: args.split });
    let BuildArgs { allow_gaps, without, .. } = args;
    let options = BuildOptions { output, allow_gaps, without, split, members, ..BuildOptions::default() };
    let asked = Command::BuildArchive { folder: args.dir, options };
    let Answer::Building(output) = client.ask(asked)? else { return Err(wrong_answer()) };
    match follow(&mut client, &output)? {
        Ok(built) => {
            say(out, &built);
            args.receipt.write(call, &built.receipt, fields(&built))
        }
        Err(failed) => {
            for gap in &failed.gaps {
                out.say(&format!("Missing: {}", gap.sentence()));
            }
            let known = json!({ "gaps": failed.gaps.iter().map(gap).collect::<Vec<_>>() });
            Err(Failure::with(failed.error, known))
        }
    }
}

type Ended = Result<Arc<BuiltArchive>, crate::engine::api::BuildFailed>;

/// Follows the build until it ends, and reports its progress.
fn follow(client: &mut EngineClient, output: &Path) -> Result<Ended, UserError> {
    let mut told = Told::default();
    client.until(|snapshot, out| {
        let view = snapshot.builds.iter().find(|view| view.output == output)?;
        told.tell(view, snapshot, out);
        view.ended.clone()
    })
}

/// The progress of a build that was reported last.
#[derive(Default)]
pub struct Told {
    at: Option<(BuildStage, u64)>,
    tenth: Option<(BuildStage, u64)>,
}

impl Told {
    pub fn tell(&mut self, view: &BuildView, snapshot: &Snapshot, out: &Out) {
        let now = (view.stage, view.bytes);
        if view.total_bytes == 0 || self.at == Some(now) {
            return;
        }
        self.at = Some(now);
        out.event("progress", progress(view, snapshot));
        let tenth = view.bytes.saturating_mul(10) / view.total_bytes;
        if self.tenth != Some((view.stage, tenth)) && tenth > 0 {
            let (now, all) = (format::bytes(view.bytes), format::bytes(view.total_bytes));
            let part = view.part.map(|number| format!("Part {number}. ")).unwrap_or_default();
            out.say(&format!("{part}{}: {now} of {all}", view.stage.words()));
        }
        self.tenth = Some((view.stage, tenth));
    }
}

fn progress(view: &BuildView, snapshot: &Snapshot) -> Value {
    let ms = snapshot.at.since_ms(view.started_at).unsigned_abs().max(1);
    json!({
        "stage": view.stage.as_str(),
        "part": view.part,
        "bytes": view.bytes,
        "total": view.total_bytes,
        "bytes_per_s": view.bytes.saturating_mul(1000) / ms,
    })
}

fn say(out: &Out, built: &BuiltArchive) {
    let size = format::bytes(built.bytes());
    out.say(&format!("{} ({size}): {}", built.path.display(), built.receipt.verdict_sentence));
    out.say(&format!("SHA-256 {}", built.receipt.sha256));
    for part in &built.parts {
        out.say(&format!("Part: {}", part.sentence()));
    }
    if let Some(rebuilt) = &built.receipt.rebuilt {
        out.say(&rebuilt.sentence());
    }
    for gap in &built.gaps {
        out.say(&format!("Missing: {}", gap.sentence()));
    }
    fill::say(out, &built.filled, &built.left_out);
    if built.left_out_more > 0 {
        out.say(&format!("Also left out: {}", built.left_out_more));
    }
    for note in &built.notes {
        out.say(&note.sentence());
    }
    say_doubts(out, &built.doubts);
    warn_unread(out, &built.left_out);
    warn_members(out, &built.filled);
    if !built.parts.is_empty() {
        say_import(out, &built.path);
    }
}

/// Warns about what nobody has read from GitLab: it may be a whole wiki.
fn warn_unread(out: &Out, left_out: &[LeftOut]) {
    let unread: Vec<_> =
        left_out.iter().filter(|left| left.is_unread).map(|left| left.relation.as_str()).collect();
    if unread.is_empty() {
        return;
    }
    let sentence = format!(
        "The archive lacks {}: nobody has read {} from GitLab for this export. Use `relations fill DIR`, then build \
         again.",
        unread.join(", "),
        if unread.len() == 1 { "it" } else { "them" }
    );
    warn(out, &sentence);
}

/// Warns about members that no import can map.
pub fn warn_members(out: &Out, filled: &[Filled]) {
    if filled.iter().any(|filled| filled.with_address == Some(0) && filled.count > 0) {
        warn(
            out,
            "No member has an e-mail address, so an import assigns everything to the user who imports the archive.",
        );
    }
}

fn warn(out: &Out, sentence: &str) {
    out.event("warning", json!({ "message": sentence }));
    out.say(&format!("Warning: {sentence}"));
}

/// How the set is imported.
pub fn say_import(out: &Out, list: &Path) {
    out.say(&format!("To import the set: `import set {} --namespace GROUP --path PATH`.", list.display()));
}

/// Why an import may fail, each with the next step.
pub fn say_doubts(out: &Out, doubts: &[ImportDoubt]) {
    for doubt in doubts {
        out.say(&format!("{} {}", doubt.sentence(), words(&RelationsHint::SplitArchive.into())));
    }
}

/// The same in results.
pub fn doubts(doubts: &[ImportDoubt]) -> Vec<Value> {
    let doubt = |doubt: &ImportDoubt| json!({ "code": doubt.code(), "sentence": doubt.sentence(), "hint": words(&RelationsHint::SplitArchive.into()) });
    doubts.iter().map(doubt).collect()
}

fn fields(built: &BuiltArchive) -> Value {
    let report = &built.report;
    json!({
        "path": built.path.display().to_string(),
        "bytes": built.bytes(),
        "sha256": built.receipt.sha256,
        "parts": built.parts.iter().map(part).collect::<Vec<_>>(),
        "verdict": built.receipt.verdict,
        "verdict_sentence": built.receipt.verdict_sentence,
        "counts": built.counts,
        "problems": report.problems,
        "gaps": built.gaps.iter().map(gap).collect::<Vec<_>>(),
        "filled": built.filled.iter().map(fill::filled).collect::<Vec<_>>(),
        "left_out": built.left_out.iter().map(fill::left_out).collect::<Vec<_>>(),
        "left_out_more": built.left_out_more,
        "notes": built.notes.iter().map(RebuildNote::sentence).collect::<Vec<_>>(),
        "import_doubts": doubts(&built.doubts),
    })
}

/// One archive of a set.
pub fn part(part: &SetPart) -> Value {
    json!({
        "path": part.path.display().to_string(),
        "relation": part.relation,
        "records": part.records,
        "bytes": part.bytes,
        "sha256": part.sha256,
    })
}

pub fn gap(gap: &Gap) -> Value {
    json!({ "relation": gap.relation, "batch": gap.batch, "code": gap.why.code(), "why": gap.why.to_string() })
}
