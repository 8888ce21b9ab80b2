//! `diagnose`: the data that a bug report needs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::case::{Code, UserError};
use crate::engine::api::{Answer, Command};
use crate::engine::bundle_without_desk;
use crate::platform::disk::Backups;
use crate::platform::private_file;

use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::End;
use super::setup;

#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// Write the report to this new file, which only you can read
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
}

pub fn run(call: &Invocation, args: DiagnoseArgs) -> End {
    let out = &call.out;
    // If the database cannot be opened, the command still prints what it can.
    let text = match setup::client(call) {
        Ok(mut client) => match client.ask(Command::Diagnose)? {
            Answer::Bundle(text) => text.to_string(),
            _ => return Err(wrong_answer()),
        },
        Err(error) if call.is_found_elsewhere() => return Err(error.into()),
        Err(error) => bundle_without_desk(&error),
    };
    if let Some(path) = args.output {
        write_new(&call.output_path(&path)?, &text)?;
        out.say(&format!("Saved in {}. Read the file before you send it.", path.display()));
        return Ok(json!({ "path": path.display().to_string() }));
    }
    if !out.json {
        out.document(&text);
    }
    Ok(json!({ "text": text }))
}

fn write_new(path: &Path, text: &str) -> Result<(), UserError> {
    let shown = path.display();
    private_file::create(path, text.as_bytes(), Backups::Keep).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => UserError::new(
            Code::Refused,
            format!("{shown} exists already."),
            "Name a file that does not exist yet.",
        ),
        _ => UserError::new(
            Code::Local,
            format!("{shown} cannot be written: {error}."),
            "Choose another folder.",
        ),
    })
}
