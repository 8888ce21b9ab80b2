//! The words of the command line, as `../shared/cli.md` fixes them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// GitLab base URL; https only, plain http for loopback hosts alone
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "EXPORT_DESK_INSTANCE",
        default_value = "https://gitlab.com"
    )]
    pub instance: String,
    /// Where the case database lives; default: the platform's data directory
    #[arg(long, global = true, value_name = "DIR", env = "EXPORT_DESK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// One JSON object a line on stdout, the last one with "event":"result"
    #[arg(long, global = true)]
    pub json: bool,
    /// Multiplies every waiting time; loopback instances only
    #[arg(long, global = true, value_name = "FACTOR", env = "EXPORT_DESK_PACE")]
    pub pace: Option<f64>,
    /// One more root certificate, for self-managed instances
    #[arg(long, global = true, value_name = "PEM", env = "EXPORT_DESK_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Who the token belongs to, its scopes and expiry, the GitLab version; with a project, whether it may be exported
    Check { project: Option<String> },
    /// The project export: start, look, watch, download
    #[command(subcommand)]
    Export(ExportVerb),
    /// Walks an archive and reports what it is worth
    Verify { file: PathBuf },
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
    },
    /// Runs the built-in practice GitLab in the foreground
    Practice {
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
    },
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
    /// Sets facts; an empty value clears one
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
    /// Walks the journal's hash chain
    Audit,
}
