//! `check` and `export …`.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::case::{Code, Trouble, UtcMs};
use crate::engine::api::{
    Answer, Command, RunView, StartOptions, Target, TransferState, TransferView, UploadMethod, UploadTo,
};

use super::args::{By, Global, Method, Note, StartWords};
use super::out::{Out, bytes_for_people};
use super::talk::{Talk, run_fields, run_trouble};
use super::{End, Failure, setup};

pub fn check(global: &Global, out: Out, project: Option<String>) -> End {
    let mut talk = setup::talk_without_store(global, out)?;
    let asked = Command::Check { instance: global.instance.clone(), project };
    let Answer::Checked(found) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let account = &found.account;
    out.say(&format!("{} on {}, GitLab {}", account.user, found.instance, account.gitlab_version));
    if !account.scopes.is_empty() {
        out.say(&format!("scopes: {}", account.scopes.join(", ")));
    }
    if let (Some(on), Some(days)) = (&account.expires_on, account.days_left) {
        out.say(&format!("the token expires on {on}, in {days} days"));
    }
    let mut fields = json!({
        "user": account.user,
        "version": account.gitlab_version,
        "scopes": account.scopes,
        "expires_at": account.expires_on,
    });
    if let Some(project) = &found.project {
        out.say(&format!("{}: {}", project.project.path, project.reason));
        fields["project"] = json!({ "id": project.project.id, "path": project.project.path });
        fields["may_export"] = project.may_export.into();
        fields["reason"] = project.reason.clone().into();
        fields["reason_code"] = project.code.map(Code::as_str).into();
    }
    Ok(fields)
}

pub fn start(global: &Global, out: Out, words: StartWords) -> End {
    let mut talk = setup::talk(global, out)?;
    let target = words.download.map(target);
    if let Some(Target::File(path)) = &target {
        refuse_taken(path)?;
    }
    let upload = words.upload_url.map(|url| UploadTo {
        url,
        method: match words.upload_method {
            Method::Put => UploadMethod::Put,
            Method::Post => UploadMethod::Post,
        },
    });
    let options = StartOptions {
        description: words.description,
        upload,
        replace: words.replace,
        collect: words.wait || target.is_some(),
    };
    let asked = Command::Start {
        instance: global.instance.clone(),
        project: words.project.clone(),
        case: None,
        options,
    };
    let Answer::Run(run) = talk.ask(asked)? else { return Err(wrong_answer()) };
    if !(words.wait || target.is_some()) {
        let view =
            talk.until(|picture, _out| picture.runs.iter().find(|view| view.run.id == run).cloned())?;
        say_warnings(out, &view);
        out.say(&view.standing.sentence);
        return Ok(run_fields(&view));
    }
    let view = talk.follow_run(run)?;
    say_warnings(out, &view);
    ended(&view)?;
    match target {
        None => Ok(run_fields(&view)),
        Some(target) => {
            let mut fields = bring(&mut talk, global, words.project, target, words.by, &Note::default())?;
            if let (Value::Object(all), Value::Object(run)) = (&mut fields, run_fields(&view)) {
                all.extend(run);
            }
            Ok(fields)
        }
    }
}

fn say_warnings(out: Out, view: &RunView) {
    for warning in &view.run.warnings {
        out.event("warning", json!({ "message": warning }));
        out.say(warning);
    }
}

pub fn status(global: &Global, out: Out, project: String) -> End {
    let mut talk = setup::talk(global, out)?;
    let asked = Command::Look { instance: global.instance.clone(), project };
    let Answer::Looked(look) = talk.ask(asked)? else { return Err(wrong_answer()) };
    out.say(&look.standing.sentence);
    if let Some(hint) = &look.standing.hint {
        out.say(hint);
    }
    Ok(json!({
        "project": { "id": look.project_id, "path": look.project_path },
        "server_status": look.server_word,
        "phase": look.standing.phase.as_str(),
        "sentence": look.standing.sentence,
        "stuck": look.standing.stuck,
        "file_until": look.standing.file_until.map(UtcMs::rfc3339),
    }))
}

pub fn watch(global: &Global, out: Out, project: String) -> End {
    let mut talk = setup::talk(global, out)?;
    let asked = Command::Watch { instance: global.instance.clone(), project, case: None };
    let Answer::Run(run) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let view = talk.follow_run(run)?;
    ended(&view)?;
    Ok(run_fields(&view))
}

pub fn download(
    global: &Global,
    out: Out,
    project: String,
    output: Option<PathBuf>,
    by: By,
    note: &Note,
) -> End {
    note.refuse_taken()?;
    let target = output.map_or(Target::Folder(PathBuf::from(".")), target);
    if let Target::File(path) = &target {
        refuse_taken(path)?;
    }
    let mut talk = setup::talk(global, out)?;
    bring(&mut talk, global, project, target, by, note)
}

/// Downloads to the end and tells the result line's fields.
fn bring(talk: &mut Talk, global: &Global, project: String, target: Target, by: By, note: &Note) -> End {
    let asked = Command::Download {
        instance: global.instance.clone(),
        project,
        case: None,
        target,
        connections: by.connections,
    };
    let Answer::Transfer(id) = talk.ask(asked)? else { return Err(wrong_answer()) };
    let view = talk.follow_transfer(id)?;
    let fields = transfer_fields(&view);
    match (&view.state, &view.trouble, &view.done) {
        (TransferState::Done, _, Some(receipt)) => {
            let size = bytes_for_people(receipt.bytes);
            talk.out.say(&format!("{} ({size}): {}", receipt.path.display(), receipt.verdict_sentence));
            talk.out.say(&format!("SHA-256 {}", receipt.sha256));
            note.write(receipt, fields)
        }
        (_, Some(trouble), _) => Err(Failure { trouble: trouble.clone(), known: fields }),
        _ => Err(Failure {
            trouble: Trouble::new(
                Code::DownloadIncomplete,
                "The download was stopped.",
                "Run the same command again; it goes on from the bytes it has.",
            ),
            known: fields,
        }),
    }
}

fn transfer_fields(view: &TransferView) -> Value {
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

fn ended(view: &RunView) -> Result<(), Failure> {
    match run_trouble(view) {
        None => Ok(()),
        Some(trouble) => Err(Failure { trouble, known: run_fields(view) }),
    }
}

fn target(path: PathBuf) -> Target {
    let names_a_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', '\\']);
    if names_a_folder { Target::Folder(path) } else { Target::File(path) }
}

/// Said before an export is started for a file that could not be written.
pub(super) fn refuse_taken(path: &std::path::Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Trouble::new(
        Code::Refused,
        format!("{} exists already; it is not overwritten.", path.display()),
        "Name another file, or a folder.",
    )
    .into())
}

pub(super) fn wrong_answer() -> Failure {
    Trouble::new(
        Code::Internal,
        "The engine gave another kind of answer.",
        "Please report this with the command.",
    )
    .into()
}
