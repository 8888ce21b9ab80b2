//! `export …`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::case::{Code, Outcome, Phase, RunId, UserError, UtcMs, format};
use crate::engine::api::{
    Answer, Command, DownloadState, DownloadTarget, DownloadView, RunView, Snapshot, StartOptions,
    UploadMethod, UploadTo,
};

use super::again::Begun;
use super::args::{ConnectionsArgs, PROJECT};
use super::batch_list::GroupArgs;
use super::batches::{self, BatchStart};
use super::client::{EngineClient, NEVER_ARRIVED, run_error, run_fields, wrong_answer};
use super::fallback::with_fallback;
use super::hint::words;
use super::invocation::Invocation;
use super::output::{End, Failure, Out};
use super::receipt::ReceiptArgs;
use super::setup;

#[derive(Debug, Subcommand)]
pub enum ExportVerb {
    /// Starts exports of one or many projects, or watches those that are running
    Start(StartArgs),
    /// Continues exports of many projects with what is left: `export start --download FOLDER`
    Resume {
        /// The folder to which the archives are downloaded
        folder: PathBuf,
    },
    /// Shows the GitLab status of the export
    Status {
        #[arg(help = PROJECT)]
        project: String,
    },
    /// Watches the export until it finishes or fails
    Watch {
        #[arg(help = PROJECT)]
        project: String,
    },
    /// Downloads the archive, or resumes the download, and verifies it
    Download(DownloadArgs),
}

#[derive(Debug, Args)]
pub struct StartArgs {
    #[arg(help = PROJECT, value_name = "PROJECT", required_unless_present_any = ["from", "group"])]
    projects: Vec<String>,
    /// Also export the projects of this list, one a line, in any form; - reads standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    of_group: GroupArgs,
    /// Show which projects can be exported and why not, and request nothing
    #[arg(long)]
    dry_run: bool,
    /// Description of the project inside the archive
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Presigned URL to which GitLab uploads the archive
    #[arg(long, value_name = "URL")]
    upload_url: Option<String>,
    /// HTTP method of that upload
    #[arg(long, value_enum, value_name = "METHOD", requires = "upload_url", default_value_t = Method::Put, ignore_case = true)]
    upload_method: Method,
    /// Delete the existing export file on GitLab first; it cannot be restored
    #[arg(long)]
    replace: bool,
    /// Also delete it where it was exported here and never downloaded: the same PROJECT again
    #[arg(long, value_name = "PROJECT", requires = "replace")]
    yes_delete: Option<String>,
    /// Wait until the export finishes or fails
    #[arg(long)]
    wait: bool,
    /// Then download the archive to this file or folder; implies --wait
    #[arg(long, value_name = "PATH")]
    download: Option<PathBuf>,
    #[command(flatten)]
    by: ConnectionsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    #[value(name = "PUT")]
    Put,
    #[value(name = "POST")]
    Post,
}

#[derive(Debug, Args)]
pub struct DownloadArgs {
    #[arg(help = PROJECT)]
    project: String,
    /// A folder, or a file that does not exist yet; default: the current folder
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    by: ConnectionsArgs,
    #[command(flatten)]
    receipt: ReceiptArgs,
}

pub fn run(call: &Invocation, verb: ExportVerb) -> End {
    match verb {
        ExportVerb::Start(args) => start_one_or_many(call, args),
        ExportVerb::Resume { folder } => batches::resume(call, &folder),
        ExportVerb::Status { project } => status(call, project),
        ExportVerb::Watch { project } => watch(call, project),
        ExportVerb::Download(args) => download(call, args),
    }
}

/// One project is an export of its own; several, or a list, are a batch.
fn start_one_or_many(call: &Invocation, args: StartArgs) -> End {
    let is_one = args.from.is_none() && args.of_group.group.is_none() && !args.dry_run;
    if let ([project], true) = (args.projects.as_slice(), is_one) {
        let project = project.clone();
        return start(call, &args, &project);
    }
    if args.upload_url.is_some() || args.yes_delete.is_some() {
        let headline = "--upload-url and --yes-delete are for a single project.";
        return Err(UserError::new(Code::Usage, headline, "Start that project by itself.").into());
    }
    batches::start(
        call,
        BatchStart {
            projects: args.projects,
            from: args.from,
            group: args.of_group,
            dry_run: args.dry_run,
            description: args.description,
            replace: args.replace,
            wait: args.wait,
            download: args.download,
            connections: args.by.connections,
        },
    )
}

fn start(call: &Invocation, args: &StartArgs, project: &str) -> End {
    let Invocation { global, out, .. } = call;
    let mut client = setup::client(call)?;
    let target = args.download.as_deref().map(|path| target(call, path)).transpose()?;
    if let Some(DownloadTarget::File(path)) = &target {
        client.refuse_taken(path)?;
    }
    let upload = args.upload_url.clone().map(|url| UploadTo {
        url,
        method: match args.upload_method {
            Method::Put => UploadMethod::Put,
            Method::Post => UploadMethod::Post,
        },
    });
    let options = StartOptions {
        description: args.description.clone(),
        upload,
        replace: args.replace,
        replace_undownloaded: confirmed_delete(args, project)?,
        collect: args.wait || target.is_some(),
        in_batch: None,
    };
    let asked = || Command::Start {
        instance: global.instance.clone(),
        project: project.to_owned(),
        case: None,
        options: options.clone(),
    };
    let earlier = client.snapshot();
    let is_begun = Begun::of(call).is_some_and(|begun| begun.export(&earlier, project));
    let first = if is_begun {
        Command::Watch { instance: global.instance.clone(), project: project.to_owned(), case: None }
    } else {
        asked()
    };
    let run = requested(&mut client, first)?;
    say_if_finished(out, &earlier, run);
    if !(args.wait || target.is_some()) {
        let view =
            client.until(|snapshot, _out| snapshot.runs.iter().find(|view| view.run.id == run).cloned())?;
        say_warnings(out, &view);
        out.say(&view.status.sentence);
        return Ok(run_fields(&view));
    }
    let mut view = client.follow_run(run)?;
    let was_known = earlier.runs.iter().any(|view| view.run.id == run);
    if was_known && matches!(view.run.outcome, Some(Outcome::NotAccepted { .. })) {
        out.say(NEVER_ARRIVED);
        let run = requested(&mut client, asked())?;
        view = client.follow_run(run)?;
    }
    say_warnings(out, &view);
    ended(&view, &client.snapshot())?;
    match target {
        None => Ok(run_fields(&view)),
        Some(target) => {
            let mut fields = download_to_end(
                &mut client,
                call,
                project.to_owned(),
                target,
                args.by,
                &ReceiptArgs::default(),
            )?;
            if let (Value::Object(all), Value::Object(run)) = (&mut fields, run_fields(&view)) {
                all.extend(run);
            }
            Ok(fields)
        }
    }
}

/// The same command was killed after GitLab had finished: a new export would delete that file.
fn say_if_finished(out: &Out, earlier: &Snapshot, run: RunId) {
    let was_ready = |view: &&Arc<RunView>| view.run.id == run && view.status.phase == Phase::Ready;
    if let Some(known) = earlier.runs.iter().find(was_ready) {
        let at = known.run.created_at.for_people();
        out.notice(&format!(
            "No export was started: the one of {at} is finished, and nobody has downloaded it."
        ));
    }
}

fn requested(client: &mut EngineClient, asked: Command) -> Result<RunId, Failure> {
    match client.ask(asked)? {
        Answer::Run(run) => Ok(run),
        _ => Err(wrong_answer()),
    }
}

/// Whether the user repeated the project whose undownloaded file may be lost.
fn confirmed_delete(args: &StartArgs, project: &str) -> Result<bool, Failure> {
    match &args.yes_delete {
        None => Ok(false),
        Some(again) if again == project => Ok(true),
        Some(again) => Err(UserError::new(
            Code::Usage,
            format!("You confirmed deleting the export of “{again}”, but the command is for {project}."),
            "Repeat in --yes-delete the same PROJECT as in the command.",
        )
        .into()),
    }
}

fn say_warnings(out: &Out, view: &RunView) {
    for warning in &view.run.warnings {
        out.event("warning", json!({ "message": warning }));
        out.say(warning);
    }
}

fn status(call: &Invocation, project: String) -> End {
    let Invocation { global, out, .. } = call;
    let mut client = setup::client(call)?;
    let asked = Command::CheckOnce { instance: global.instance.clone(), project };
    let Answer::CheckedOnce(look) = client.ask(asked)? else { return Err(wrong_answer()) };
    out.say(&look.status.sentence);
    if let Some(hint) = &look.status.hint {
        out.say(&words(hint));
    }
    Ok(json!({
        "project": { "id": look.project_id, "path": look.project_path },
        "server_status": look.server_status,
        "phase": look.status.phase.as_str(),
        "sentence": look.status.sentence,
        "stuck": look.status.stuck,
        "file_until": look.status.file_until.map(UtcMs::rfc3339),
    }))
}

fn watch(call: &Invocation, project: String) -> End {
    let global = &call.global;
    let mut client = setup::client(call)?;
    let asked = Command::Watch { instance: global.instance.clone(), project, case: None };
    let Answer::Run(run) = client.ask(asked)? else { return Err(wrong_answer()) };
    let view = client.follow_run(run)?;
    ended(&view, &client.snapshot())?;
    Ok(run_fields(&view))
}

fn download(call: &Invocation, args: DownloadArgs) -> End {
    args.receipt.refuse_taken(call)?;
    let target = target(call, args.output.as_deref().unwrap_or(Path::new(".")))?;
    let mut client = setup::client(call)?;
    if let DownloadTarget::File(path) = &target {
        args.receipt.refuse_output(call, path)?;
        client.refuse_taken(path)?;
    }
    download_to_end(&mut client, call, args.project, target, args.by, &args.receipt)
}

/// Downloads until the end and returns the fields of the result line.
fn download_to_end(
    client: &mut EngineClient,
    call: &Invocation,
    project: String,
    target: DownloadTarget,
    by: ConnectionsArgs,
    receipt_file: &ReceiptArgs,
) -> End {
    let asked = Command::Download {
        instance: call.global.instance.clone(),
        project,
        case: None,
        target,
        connections: by.connections,
    };
    let Answer::Download(id) = client.ask(asked)? else { return Err(wrong_answer()) };
    let view = client.follow_download(id)?;
    let fields = download_fields(&view);
    match (&view.state, &view.error, &view.done) {
        (DownloadState::Done, _, Some(receipt)) => {
            let size = format::bytes(receipt.bytes);
            client.out.say(&format!("{} ({size}): {}", receipt.path.display(), receipt.verdict_sentence));
            client.out.say(&format!("SHA-256 {}", receipt.sha256));
            receipt_file.write(call, receipt, fields)
        }
        (_, Some(error), _) => Err(Failure::with(error.clone(), fields)),
        _ => {
            let hint = "Run the same command again. The download resumes where it stopped.";
            let error = UserError::new(Code::DownloadIncomplete, "The download was stopped.", hint);
            Err(Failure::with(error, fields))
        }
    }
}

fn download_fields(view: &DownloadView) -> Value {
    let mut fields = json!({
        "project": { "id": view.project_id, "path": view.project_path },
        "bytes": view.bytes,
        "resumed": view.resumed,
        "restarted": view.restarted,
        "api_requests": view.api_requests,
        "storage_requests": view.storage_requests,
    });
    if let Some(path) = &view.path {
        fields["path"] = path.display().to_string().into();
    }
    if let Some(file) = &view.rejected {
        batches::put_archive(&mut fields, file);
    }
    if let Some(receipt) = &view.done {
        fields["path"] = receipt.path.display().to_string().into();
        fields["bytes"] = receipt.bytes.into();
        fields["sha256"] = receipt.sha256.clone().into();
        fields["verdict"] = receipt.verdict.clone().into();
        fields["gitlab_version"] = receipt.gitlab_version.clone().into();
        fields["counts"] = json!(receipt.counts);
    }
    fields
}

fn ended(view: &RunView, snapshot: &Snapshot) -> Result<(), Failure> {
    match run_error(view) {
        None => Ok(()),
        Some(error) => Err(Failure::with(with_fallback(error, view, snapshot), run_fields(view))),
    }
}

fn target(call: &Invocation, named: &Path) -> Result<DownloadTarget, UserError> {
    let path = call.output_path(named)?;
    let names_a_folder = path.is_dir() || named.as_os_str().to_string_lossy().ends_with(['/', '\\']);
    Ok(if names_a_folder { DownloadTarget::Folder(path) } else { DownloadTarget::File(path) })
}
