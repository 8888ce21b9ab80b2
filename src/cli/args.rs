//! Arguments that several commands share. Arguments of one command are in that command's file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::case::{Code, UserError};
use crate::texts::TextQuestion;

/// The help text of every PROJECT argument.
pub const PROJECT: &str = "The project's ID, full path (group/sub/project) or URL";

/// The options of every command. They come last in each help page, under their own heading.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Base URL of GitLab; https only, plain http only for this computer; default: <https://gitlab.com>
    /// [env: `EXPORT_DESK_INSTANCE`]
    #[arg(long = "instance", global = true, value_name = "URL")]
    named: Option<String>,
    /// Where [`Global::filled`] puts it.
    #[arg(skip)]
    pub instance: String,
    /// Folder of the case database; default: the system's data folder [env: `EXPORT_DESK_DATA_DIR`]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON object per line; the last one has "event":"result"
    #[arg(long, global = true)]
    pub json: bool,
    /// Multiply all waiting times, for example by 0.01; only for instances on this computer [env: `EXPORT_DESK_PACE`]
    #[arg(long, global = true, value_name = "FACTOR")]
    pub pace: Option<f64>,
    /// PEM file with additional root certificates, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
}

impl Global {
    /// Fills options that were not given from environment variables; an empty variable counts as unset. An empty
    /// instance is refused, because the token would then be sent to gitlab.com.
    pub fn filled(mut self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let is_blank = |name: &str| {
            variable(name).is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()))
        };
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| {
            let unreadable = || format!("{name} is not valid text");
            variable(name).map(|value| value.into_string().map_err(|_odd_bytes| unreadable())).transpose()
        };
        self.instance = match self.named.take() {
            Some(named) if named.trim().is_empty() => return Err("--instance is not a GitLab URL".to_owned()),
            Some(named) => named,
            None if is_blank("EXPORT_DESK_INSTANCE") => {
                return Err("EXPORT_DESK_INSTANCE is not a GitLab URL".to_owned());
            }
            None => text("EXPORT_DESK_INSTANCE")?.unwrap_or_else(|| "https://gitlab.com".to_owned()),
        };
        if self.pace.is_none()
            && let Some(pace) = text("EXPORT_DESK_PACE")?
        {
            let number = pace
                .trim()
                .parse()
                .map_err(|_not_a_number| format!("EXPORT_DESK_PACE is not a number: {pace}"))?;
            self.pace = Some(number);
        }
        self.data_dir = self.data_dir.or_else(|| variable("EXPORT_DESK_DATA_DIR").map(PathBuf::from));
        self.ca_file = self.ca_file.or_else(|| variable("EXPORT_DESK_CA_FILE").map(PathBuf::from));
        Ok(self)
    }
}

#[derive(Clone, Copy, Debug, Args)]
pub struct ConnectionsArgs {
    /// Connections to the object storage; default: chosen by size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub connections: Option<u8>,
}

#[derive(Debug, Args)]
pub struct SayArgs {
    /// Answer to a question of the text: plan=Premium, urgency=…, impact=…, severity=… or priority=…; can be repeated
    #[arg(long = "say", value_name = "WHAT=ANSWER")]
    said: Vec<String>,
}

impl SayArgs {
    pub fn answers(&self) -> Result<BTreeMap<TextQuestion, String>, UserError> {
        self.said
            .iter()
            .map(|text| {
                let known = || TextQuestion::ALL.map(TextQuestion::as_str).join(", ");
                let (word, answer) = text.split_once('=').unwrap_or((text, ""));
                match TextQuestion::parse(word) {
                    Some(asked) if !answer.trim().is_empty() => Ok((asked, answer.trim().to_owned())),
                    Some(_) | None => Err(UserError::new(
                        Code::Usage,
                        format!("“{text}” is not WHAT=ANSWER."),
                        format!("The questions are {}.", known()),
                    )),
                }
            })
            .collect()
    }
}
