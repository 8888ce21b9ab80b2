//! A next step in the words of the window: its buttons, fields and pages.

use crate::case::{Fact, Hint, Refusal, RelationsHint, UserError};
use crate::platform::words::{KEYRING, make_room};

/// One or two sentences; empty if there is no hint.
pub fn hint_words(hint: &Hint) -> String {
    let text = match hint {
        Hint::Connect { .. } => "Connect to the instance.",
        Hint::UnlockKeyring { .. } => {
            return format!("Unlock the {KEYRING} or allow access to it, then try again.");
        }
        Hint::CheckToken => "Check the role and the scopes of the token in the settings.",
        Hint::CheckVersion => "Check the path, and the version of GitLab in the settings.",
        Hint::NameCaFile => {
            "If the instance has its own root certificate, add it in the settings, under Network."
        }
        Hint::ConfirmReplace | Hint::ConfirmLoss { .. } => {
            "Download the file first, or confirm that a new export replaces it."
        }
        Hint::OverrideOffer => {
            "A project gets one offer. A second offer needs a reason, which is kept in the offer log."
        }
        Hint::RecordFirst { facts } => return record_first(facts),
        Hint::SendAnyway { first } => {
            return format!("{} To upload it anyway, select “Import anyway”.", hint_words(first));
        }
        Hint::OtherPath => "Start the import again with another path.",
        Hint::OtherPathOrName => "Choose another path, or another name if the name is taken.",
        Hint::SplitPath => {
            "The path is only the last part of the new project's URL. Use the field “Group” for the group."
        }
        Hint::ConfirmDelete { path } => {
            return format!(
                "Choose another path. Or confirm twice that {path} may be deleted with everything in it: select \
                 the deletion, then type {path}."
            );
        }
        Hint::RepeatDelete { path } => return format!("To confirm, type the full path: {path}"),
        Hint::RetryUpload => {
            "Nothing was imported. Upload the archive again from the start. With “Upload again automatically after an interruption”, Export Desk does not ask."
        }
        Hint::ImportFromStorage { first } if first.is_empty() => {
            "Upload the archive to object storage and import it from a URL (up to 10 GiB)."
        }
        Hint::ImportFromStorage { first } => {
            return format!("{first} An import from a URL in object storage avoids the upload.");
        }
        Hint::TooLargeToUpload { first } => return too_large(first),
        Hint::ImportRelation => "Start a new import of one relation with the archive.",
        Hint::CompareArchive { .. } => "Open the archive, and compare it with the new project.",
        Hint::ImportMissing { alone: Some(_) } => {
            "Import the archive again under another path, or re-import what is missing from the same archive."
        }
        Hint::ImportMissing { alone: None } => {
            "Import the archive again under another path. GitLab cannot import what is missing separately."
        }
        Hint::OtherDataFolder { first } => {
            return format!("{first}, or start Export Desk with another data folder.");
        }
        Hint::MakeRoom => return make_room(),
        Hint::OtherPort => "Close the program that uses the port, then try again.",
        Hint::ListLessons => "Choose a lesson from the list on the Practice page.",
        Hint::ListCases => "Choose a case from the list.",
        Hint::Relations(hint) => of_relations(*hint),
        Hint::ReportDefect => {
            "This is a bug in Export Desk. Report it with what you did, and with the diagnostics from the settings."
        }
        Hint::Text(text) => text,
    };
    text.to_owned()
}

fn too_large(first: &str) -> String {
    let ways = "Import the archive from a URL in object storage (up to 10 GiB). Or rebuild it as a set of smaller \
                archives: on the page of the case, select “Rebuild with options…”, and type this limit.";
    format!("{first} {ways}").trim_start().to_owned()
}

/// The next steps of relations exports and rebuilds.
fn of_relations(hint: RelationsHint) -> &'static str {
    match hint {
        RelationsHint::ConfirmReplace => {
            "Use or download them, or agree to replace them if they may be lost."
        }
        RelationsHint::OtherFolder => "Choose another folder for the relation files.",
        RelationsHint::FillMembers => "Build again, so that the members are read from GitLab.",
        RelationsHint::FillAgain => "Read it again from GitLab. Or select “Build although data is missing”.",
        RelationsHint::ImportSet => {
            "Import the set on the page Imports, or choose one of the archives beside the list."
        }
        RelationsHint::SplitArchive => {
            "A set of smaller archives can be imported in steps: choose it when you build again."
        }
        RelationsHint::AllowGaps => {
            "Download the relations again: only what is missing is fetched. Or select “Build although data is missing”."
        }
        RelationsHint::ExportAgainOrAllowGaps => {
            "Export the relations again, or build although data is missing."
        }
    }
}

fn record_first(facts: &[Fact]) -> String {
    let facts: Vec<String> = facts.iter().map(|fact| fact.quoted()).collect();
    format!("Record {} first.", facts.join(", "))
}

/// Headline and next step in a row, for a place with a single line.
pub fn error_words(error: &UserError) -> String {
    in_a_row(&error.headline, &error.hint)
}

/// Headline and next step of a refusal, in a row.
pub fn refusal_words(refusal: &Refusal) -> String {
    in_a_row(&refusal.headline, &refusal.hint)
}

fn in_a_row(headline: &str, hint: &Hint) -> String {
    format!("{headline} {}", hint_words(hint)).trim_end().to_owned()
}
