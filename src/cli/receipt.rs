//! `--receipt FILE`: the receipt of an archive as a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::case::{Code, UserError};
use crate::engine::api::Receipt;
use crate::platform::disk::{self, Backups};
use crate::platform::private_file;

use super::invocation::Invocation;
use super::output::{End, Failure};

#[derive(Clone, Debug, Default, Args)]
pub struct ReceiptArgs {
    /// Save the receipt in a new file: as JSON if the name ends in .json, else as Markdown
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl ReceiptArgs {
    /// Checked before the command does anything else.
    pub fn refuse_taken(&self, call: &Invocation) -> Result<(), Failure> {
        let Some(path) = self.receipt.as_deref() else { return Ok(()) };
        let there = call.output_path(path)?;
        if !disk::folder_of(&there).is_dir() {
            let headline = format!("The folder of the receipt {} does not exist.", path.display());
            return Err(UserError::new(Code::Usage, headline, "Name a file in a folder that exists.").into());
        }
        refuse_taken(&there)
    }

    /// Refuses the archive's own name, which one of the two files would not get.
    pub fn refuse_output(&self, call: &Invocation, output: &Path) -> Result<(), Failure> {
        let Some(path) = self.receipt.as_deref() else { return Ok(()) };
        if call.path(path)? != call.path(output)? {
            return Ok(());
        }
        let headline = format!("{} is named for the archive and for the receipt.", path.display());
        Err(UserError::new(Code::Usage, headline, "Name another file for the receipt.").into())
    }

    /// Writes the receipt if the user wants one; adds `fields` to the result in both cases.
    pub fn write(&self, call: &Invocation, receipt: &Receipt, mut fields: Value) -> End {
        let Some(path) = &self.receipt else { return Ok(fields) };
        let wants_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let text = if wants_json { format!("{:#}\n", receipt.json()) } else { receipt.markdown() };
        match private_file::create(&call.path(path)?, text.as_bytes(), Backups::Keep) {
            Ok(()) => {
                fields["receipt"] = path.display().to_string().into();
                Ok(fields)
            }
            Err(error) => {
                let headline = format!("The receipt cannot be written to {}: {error}.", path.display());
                let hint = "Name a new file, in a folder that you can write to.";
                Err(Failure::with(UserError::new(Code::Local, headline, hint), fields))
            }
        }
    }
}

/// Refuses an existing file before anything is started or written.
pub fn refuse_taken(path: &Path) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(UserError::new(
        Code::Refused,
        format!("{} exists already and was not overwritten.", path.display()),
        "Name another file, or a folder.",
    )
    .into())
}
