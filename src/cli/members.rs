//! `--members FILE|ask|none`: whether the members, with other people's e-mail addresses, go into a file.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::case::{Code, UserError};
use crate::engine::api::MembersChoice;
use crate::engine::check_folder_members;

use super::invocation::Invocation;

#[derive(Debug, Args)]
pub struct MembersArgs {
    /// The members: `none` leaves them out, `ask` asks whether the e-mail addresses that they show on their profiles
    /// may go into the file, and FILE is a table with a username and an e-mail address per line, of which exactly
    /// these addresses go in
    #[arg(long, value_name = "FILE|ask|none")]
    members: Option<PathBuf>,
}

const QUESTION: &str = "With the members, an administrator's import assigns issues and comments to the right users. GitLab \
                        finds them by e-mail address. May the e-mail addresses that members show on their profiles go into \
                        the file? [y/N] ";

const QUESTION_OF_FOLDER: &str = "The folder has the members as they were read from GitLab, with their e-mail addresses. May \
                                  the members go into the archive? [y/N] ";

impl MembersArgs {
    /// The user's choice; `None` if the user made none.
    pub fn choice(&self, call: &Invocation) -> Result<Option<MembersChoice>, UserError> {
        match &self.members {
            None => Ok(None),
            Some(word) if word.as_os_str() == "none" => Ok(Some(MembersChoice::Without)),
            Some(word) if word.as_os_str() == "ask" => match answer(call) {
                Some(choice) => Ok(Some(choice)),
                None => Err(no_terminal()),
            },
            Some(path) => Ok(Some(MembersChoice::Table(call.path(path)?))),
        }
    }

    /// The choice for a folder, from which a build without a network takes the members. The question is only asked where
    /// its answer changes something.
    pub fn choice_for(&self, call: &Invocation, folder: &Path) -> Result<Option<MembersChoice>, UserError> {
        if self.members.as_deref().is_none_or(|word| word.as_os_str() != "ask") {
            return self.choice(call);
        }
        check_folder_members(folder)?;
        match ask(call, QUESTION_OF_FOLDER) {
            Some(true) => Ok(None),
            Some(false) => Ok(Some(MembersChoice::Without)),
            None => Err(no_terminal()),
        }
    }

    /// The same, but asks where no choice was made and somebody can answer.
    pub fn choice_or_ask(&self, call: &Invocation) -> Result<Option<MembersChoice>, UserError> {
        Ok(self.choice(call)?.or_else(|| answer(call)))
    }
}

fn no_terminal() -> UserError {
    UserError::new(
        Code::Usage,
        "There is no terminal to ask about the members.",
        "Leave the members out with --members none, or name a table of their e-mail addresses.",
    )
}

/// The person's answer; `None` where nobody sits at a terminal.
fn answer(call: &Invocation) -> Option<MembersChoice> {
    let is_yes = ask(call, QUESTION)?;
    Some(if is_yes { MembersChoice::PublicEmails } else { MembersChoice::Without })
}

/// The same as yes or no.
fn ask(call: &Invocation, question: &str) -> Option<bool> {
    if call.out.json || !call.caller.stdin_is_terminal || !call.caller.stderr_is_terminal {
        return None;
    }
    let line = call.out.ask_line(question, false)?;
    Some(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
