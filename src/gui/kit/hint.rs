//! A next step in the words of the window: its buttons, fields and pages.

use crate::case::{Hint, Refusal, UserError};

/// One or two sentences; empty where nothing is to be said.
pub fn hint_words(hint: &Hint) -> String {
    let text = match hint {
        Hint::Connect { .. } => "Connect to it.",
        Hint::UnlockKeyring { .. } => "Unlock the keyring, then try again.",
        Hint::CheckToken => "Check the role and the scopes of the token in the settings.",
        Hint::CheckVersion => "Check the path, and the version of GitLab in the settings.",
        Hint::NameCaFile => {
            "Name the instance's own root certificate in the settings, under Network, if it has one."
        }
        Hint::ConfirmReplace => "Download it, or agree to replace it if it may be lost.",
        Hint::ConfirmLoss { .. } => "Download it first, or replace the file if it may be lost.",
        Hint::OverrideOffer => {
            "There is one offer for a project. A second one needs a reason, which stays in the ledger."
        }
        Hint::SendAnyway { first } => {
            return format!("{} To send it all the same: tick “Send it anyway”.", hint_words(first));
        }
        Hint::OtherPath => "Begin the import again, with another path.",
        Hint::OtherPathOrName => "Choose another path, and another name if the name is what is taken.",
        Hint::SplitPath => "The new project's path is its last part alone: the group has a field of its own.",
        Hint::ConfirmDelete { path } => {
            return format!(
                "Choose another path; or, if {path} may be deleted with everything in it, say so twice: tick the \
                 deletion and type {path}"
            );
        }
        Hint::RepeatDelete { path } => return format!("If that is meant, type its full path: {path}"),
        Hint::RetryUpload => {
            "Nothing was imported. Send it again from the start; tick “Send again by itself” for that to happen without asking."
        }
        Hint::ImportFromStorage { first } if first.is_empty() => {
            "Put it into object storage and import from a URL (up to 10 GiB)."
        }
        Hint::ImportFromStorage { first } => {
            return format!("{first} Importing from a URL in object storage avoids the upload.");
        }
        Hint::ImportRelation => "Begin a new import of one relation, with the archive.",
        Hint::OtherDataFolder { first } => {
            return format!("{first}, or start Export Desk with another data folder.");
        }
        Hint::OtherPort => "Close the program that uses the port, then try again.",
        Hint::ListLessons => "Choose a lesson from the list on the page Practice.",
        Hint::ListCases => "Choose a case from the list.",
        Hint::ReportDefect => {
            "This is a bug in Export Desk. Report it with what you did, and with the diagnostics from the settings."
        }
        Hint::Text(text) => text,
    };
    text.to_owned()
}

/// Headline and next step in a row, for a place that has one line.
pub fn trouble_words(trouble: &UserError) -> String {
    in_a_row(&trouble.headline, &trouble.hint)
}

/// The same of a rule's no.
pub fn refusal_words(refusal: &Refusal) -> String {
    in_a_row(&refusal.headline, &refusal.hint)
}

fn in_a_row(headline: &str, hint: &Hint) -> String {
    format!("{headline} {}", hint_words(hint)).trim_end().to_owned()
}
