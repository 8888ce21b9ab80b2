//! The words of the command line, as `../shared/cli.md` fixes them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::imports::ImportVerb;
use super::relations::RelationsVerb;

/// A desk for GitLab support engineers whose customers cannot export a project.
///
/// Without a command the window opens. The token comes from `EXPORT_DESK_TOKEN`, else `GITLAB_TOKEN`, else the
/// OS keyring entry of the instance; it is never an argument. Not made by GitLab.
#[derive(Debug, Parser)]
#[command(name = "export-desk", version, about, long_about, disable_help_subcommand = true)]
pub struct Words {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Clone, Debug, Args)]
pub struct Global {
    /// GitLab base URL; https only, plain http for loopback hosts alone; default: <https://gitlab.com>
    /// [env: `EXPORT_DESK_INSTANCE`]
    #[arg(long = "instance", global = true, value_name = "URL")]
    named: Option<String>,
    /// Where [`Global::filled`] puts it.
    #[arg(skip)]
    pub instance: String,
    /// Where the case database lives; default: the platform's data directory [env: `EXPORT_DESK_DATA_DIR`]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// One JSON object a line on stdout, the last one with "event":"result"
    #[arg(long, global = true)]
    pub json: bool,
    /// Multiplies every waiting time; loopback instances only [env: `EXPORT_DESK_PACE`]
    #[arg(long, global = true, value_name = "FACTOR")]
    pub pace: Option<f64>,
    /// One more root certificate, for self-managed instances [env: `EXPORT_DESK_CA_FILE`]
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
}

impl Global {
    /// What was not said on the command line is taken from the environment; a variable that is set and empty counts
    /// as not set. An instance that is named and empty is refused: the token would go to gitlab.com instead.
    pub fn filled(mut self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let is_blank = |name: &str| {
            variable(name).is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()))
        };
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| {
            let unreadable = || format!("{name} is not readable text");
            variable(name).map(|value| value.into_string().map_err(|_odd_bytes| unreadable())).transpose()
        };
        self.instance = match self.named.take() {
            Some(named) if named.trim().is_empty() => return Err("--instance names no GitLab".to_owned()),
            Some(named) => named,
            None if is_blank("EXPORT_DESK_INSTANCE") => {
                return Err("EXPORT_DESK_INSTANCE is set and names no GitLab".to_owned());
            }
            None => text("EXPORT_DESK_INSTANCE")?.unwrap_or_else(|| "https://gitlab.com".to_owned()),
        };
        if self.pace.is_none()
            && let Some(pace) = text("EXPORT_DESK_PACE")?
        {
            let number = pace
                .trim()
                .parse()
                .map_err(|_not_a_number| format!("EXPORT_DESK_PACE is no number: {pace}"))?;
            self.pace = Some(number);
        }
        self.data_dir = self.data_dir.or_else(|| variable("EXPORT_DESK_DATA_DIR").map(PathBuf::from));
        self.ca_file = self.ca_file.or_else(|| variable("EXPORT_DESK_CA_FILE").map(PathBuf::from));
        Ok(self)
    }
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Who the token belongs to, its scopes and expiry, the GitLab version; with a project, whether it may be exported
    Check { project: Option<String> },
    /// The project export: start, look, watch, download
    #[command(subcommand)]
    Export(ExportVerb),
    /// Walks an archive and reports what it is worth
    Verify {
        file: PathBuf,
        /// Compares its counts with this live project of the instance
        #[arg(long, value_name = "PROJECT")]
        against: Option<String>,
        #[command(flatten)]
        note: Note,
    },
    /// The relations export: start, look, download
    #[command(subcommand)]
    Relations(RelationsVerb),
    /// Imports an archive, has GitLab fetch one, or brings one relation again
    #[command(subcommand)]
    Import(ImportVerb),
    /// The handbook's workflow
    #[command(subcommand)]
    Case(CaseVerb),
    /// Prints a generated text: offer, successful, failed, infra, console, bug, comment, report
    Text {
        kind: String,
        #[arg(long, value_name = "ID")]
        case: i64,
        /// An answer that no fact holds: plan=Premium, urgency=…, impact=…, severity=…, priority=…
        #[arg(long = "say", value_name = "WHAT=ANSWER")]
        said: Vec<String>,
        /// Prints GitLab's own wording instead, fetched now, and how it differs from ours
        #[arg(long)]
        live: bool,
    },
    /// Prints what a report of a defect needs, without tokens and without names of customers and projects
    Diagnose {
        /// Writes it to this new file instead, readable by its owner alone
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Runs the built-in practice GitLab in the foreground
    Practice {
        /// Its name, or the .toml file of a lesson of your own
        lesson: Option<String>,
        /// Port of the practice API; 0 takes any free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Lists the lessons
        #[arg(long)]
        list: bool,
        /// Walks one export from queue to receipt in the terminal
        #[arg(long, conflicts_with_all = ["list", "port"])]
        tour: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ExportVerb {
    /// Looks first, then starts an export or adopts the one under way
    Start(StartWords),
    /// One look
    Status { project: String },
    /// Watches until it finishes or fails
    Watch { project: String },
    /// Downloads, resumes, verifies
    Download {
        project: String,
        /// A file that does not exist yet, or a folder
        #[arg(long, short, value_name = "PATH")]
        output: Option<PathBuf>,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        note: Note,
    },
}

#[derive(Clone, Debug, Default, Args)]
pub struct Note {
    /// Writes the receipt to a file that does not exist yet: JSON where its name ends in .json, else Markdown
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct StartWords {
    pub project: String,
    /// Overrides the description inside the archive
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Presigned URL that GitLab shall upload the archive to
    #[arg(long, value_name = "URL")]
    pub upload_url: Option<String>,
    #[arg(long, value_enum, requires = "upload_url", default_value_t = Method::Put, ignore_case = true)]
    pub upload_method: Method,
    /// Yes, delete the finished export file that is there
    #[arg(long)]
    pub replace: bool,
    /// Watch until it finishes or fails
    #[arg(long)]
    pub wait: bool,
    /// Then download to this file or folder; implies --wait
    #[arg(long, value_name = "PATH")]
    pub download: Option<PathBuf>,
    #[command(flatten)]
    pub by: By,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct By {
    /// Connections to the object storage; default: chosen by size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub connections: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    #[value(name = "PUT")]
    Put,
    #[value(name = "POST")]
    Post,
}

/// What the ledger is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sheet {
    Csv,
    Markdown,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum CaseVerb {
    /// Opens a case
    New {
        #[arg(long, value_name = "URL")]
        ticket: String,
        #[arg(long)]
        project: String,
    },
    /// Lists the cases
    List,
    /// One case: stage, facts, next step, clocks
    Show { id: i64 },
    /// Sets facts, and with ticket=URL the ticket; an empty value clears a fact
    Set {
        id: i64,
        #[arg(required = true, value_name = "FACT=VALUE")]
        facts: Vec<String>,
    },
    /// Something happened: offer-sent, offer-accepted, offer-declined, request-opened, attempt-succeeded,
    /// attempt-failed, escalate-to-infra, close, reopen
    Event {
        id: i64,
        event: String,
        /// Why a second offer is made although one was sent for this project
        #[arg(long = "override", value_name = "REASON")]
        override_reason: Option<String>,
    },
    /// Every one-time offer ever sent
    Ledger {
        #[arg(long, value_enum, default_value_t = Sheet::Markdown)]
        format: Sheet,
    },
    /// Issues of the bug tracker for a case, the known ones first; with --requests, earlier requests for its project
    Issues {
        id: i64,
        /// Words in title or description; default: from the case's messages
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Closed ones too
        #[arg(long)]
        closed: bool,
        #[arg(long, conflicts_with_all = ["search", "closed"])]
        requests: bool,
    },
    /// Shows what would be posted for a case: bug, console, infra, comment, infradev; with --yes, posts it
    Post {
        id: i64,
        kind: String,
        /// Post it
        #[arg(long)]
        yes: bool,
        /// The issue to comment on; default: the case's bug issue
        #[arg(long, value_name = "URL")]
        issue: Option<String>,
        /// The comment is for members of the project alone
        #[arg(long)]
        internal: bool,
        /// An answer that no fact holds: impact=…, severity=…, priority=…, plan=…
        #[arg(long = "say", value_name = "WHAT=ANSWER")]
        said: Vec<String>,
    },
    /// Walks the journal's hash chain
    Audit,
}
