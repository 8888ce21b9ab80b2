//! A next step in the words of the command line: options, variables and commands.

use crate::case::{Fact, Hint, RelationsHint};
use crate::platform::words::{KEYRING, make_room};

fn unlock() -> String {
    format!("Unlock the {KEYRING} or allow access to it and try again, or set EXPORT_DESK_TOKEN.")
}

/// One or two sentences; empty where there is no next step.
pub fn words(hint: &Hint) -> String {
    let text = match hint {
        Hint::Connect { .. } => {
            "Set EXPORT_DESK_TOKEN, keep a token with `token set`, or connect to the instance in the window."
        }
        Hint::UnlockKeyring { .. } => return unlock(),
        Hint::CheckToken => "Check the role and the scopes of the token with `check`.",
        Hint::CheckVersion => "Check the path, and check the GitLab version with `check`.",
        Hint::NameCaFile => "If the instance has its own root certificate, name it with --ca-file.",
        Hint::ConfirmReplace => "Download the file first. To delete it and export again, use --replace.",
        Hint::ConfirmLoss { .. } => {
            "Download it with `export download`. To delete it and export again, confirm twice: --replace, and --yes-delete with \
             the same PROJECT."
        }
        Hint::OverrideOffer => {
            "A project gets one offer. A second offer needs a reason, which is kept in the offer log: --override REASON."
        }
        Hint::RecordFirst { facts } => return record_first(facts),
        Hint::SendAnyway { first } => {
            return format!("{} To upload it anyway, use --anyway.", words(first));
        }
        Hint::OtherPath => "Start the import again with another --path.",
        Hint::OtherPathOrName => "Choose another --path, or another --name if the name is taken.",
        Hint::SplitPath => {
            "The path is only the last part of the new project's URL. Use --path for it, and --namespace for the group."
        }
        Hint::ConfirmDelete { path } => {
            return format!(
                "Choose another --path. Or confirm twice that {path} may be deleted with everything in it: \
                 --overwrite --yes-delete {path}"
            );
        }
        Hint::RepeatDelete { path } => {
            return format!("To confirm, repeat the full path: --yes-delete {path}");
        }
        Hint::RetryUpload => {
            "Nothing was imported. Upload the archive again from the start. With --retry-upload, Export Desk retries by itself."
        }
        Hint::ImportFromStorage { first } if first.is_empty() => {
            "Upload the archive to object storage and use `import remote` (up to 10 GiB)."
        }
        Hint::ImportFromStorage { first } => {
            return format!("{first} `import remote` from object storage avoids the upload.");
        }
        Hint::TooLargeToUpload { first } => return too_large(first),
        Hint::ImportRelation => {
            "Use `import relation FILE --project PROJECT --relation NAME` with the archive."
        }
        Hint::CompareArchive { project } => {
            return format!("Compare them: `verify FILE --against {project}`.");
        }
        Hint::ImportMissing { alone } => return import_missing(alone.as_deref()),
        Hint::OtherDataFolder { first } => {
            return format!("{first}, or use another data folder with --data-dir.");
        }
        Hint::MakeRoom => return make_room(),
        Hint::OtherPort => "Choose another port with --port.",
        Hint::ListLessons => {
            "See `export-desk practice --list`. Your own lesson is a file that ends in .toml."
        }
        Hint::ListCases => "See `export-desk case list`.",
        Hint::Relations(hint) => of_relations(*hint),
        Hint::ReportDefect => {
            "This is a bug in Export Desk. Report it with what you did, and with what `export-desk diagnose` prints."
        }
        Hint::Text(text) => text,
    };
    text.to_owned()
}

fn too_large(first: &str) -> String {
    let ways = "Use `import remote` from object storage (up to 10 GiB). Or rebuild the project as a set of smaller \
                archives: `relations rebuild PROJECT --limit SIZE`, then `import set`.";
    format!("{first} {ways}").trim_start().to_owned()
}

/// The next steps of relations exports and rebuilds.
fn of_relations(hint: RelationsHint) -> &'static str {
    match hint {
        RelationsHint::ConfirmReplace => {
            "Download them first with `relations download`, or build the archive from them with `relations rebuild \
             --existing`. To delete them and export again, use --replace."
        }
        RelationsHint::OtherFolder => {
            "Choose another folder: --folder of `relations rebuild`, --output of `relations download`."
        }
        RelationsHint::FillMembers => {
            "Read the members first: `relations fill DIR --members FILE`, or `--members ask` for the addresses on their \
             profiles."
        }
        RelationsHint::FillAgain => {
            "Read it again with `relations fill DIR`. To build an archive without it, use --allow-gaps."
        }
        RelationsHint::ImportSet => {
            "To import the set, use `import set FILE`. To verify or import one of its archives, name that archive."
        }
        RelationsHint::SplitArchive => {
            "To build a set of smaller archives for separate imports, use --split."
        }
        RelationsHint::AllowGaps => {
            "Download the relations again: only what is missing is fetched. To build an archive without it, use --allow-gaps."
        }
        RelationsHint::ExportAgainOrAllowGaps => {
            "Export the relations again with `relations rebuild PROJECT`, or build without what is missing: --allow-gaps."
        }
    }
}

/// The facts with their names, as `case set` takes them.
fn record_first(facts: &[Fact]) -> String {
    let facts: Vec<String> =
        facts.iter().map(|fact| format!("{} ({})", fact.label(), fact.as_str())).collect();
    format!("Record {} first.", facts.join(", "))
}

/// How to import the missing records: all of them, or only one relation that GitLab can import alone.
fn import_missing(alone: Option<&(u64, String)>) -> String {
    match alone {
        Some((project, relation)) => format!(
            "Import the archive again under another --path, or import what is missing: \
             `import relation FILE --project {project} --relation {relation}`."
        ),
        None => {
            "Import the archive again under another --path. GitLab cannot import what is missing separately."
                .to_owned()
        }
    }
}
