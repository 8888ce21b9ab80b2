//! What the front ends and the engine tell each other: [`Command`] in, [`Snapshot`] out. Plain data, which uses
//! nothing else of the engine.

mod account;
mod archive;
mod ask;
mod batch;
mod build;
mod command;
mod deadline;
mod deed;
mod diagnostics;
mod download;
mod export;
mod fill;
mod import;
mod inspection;
mod job;
mod journal;
mod of_case;
mod of_file;
mod practice;
mod rebuild;
mod receipt;
mod relations;
mod reply;
mod settings;
mod snapshot;
mod text_config;
mod tracker;

pub use crate::gitlab::Token;
pub use crate::gitlab::{UploadMethod, UploadTo};
pub use crate::platform::awake::Busy;
pub use account::{Account, Allows, CheckView, InstanceView, ProjectCheck, ProjectHit, TokenState};
pub use archive::{OldArchive, OldArchiveId, OldReason};
pub use ask::{AskId, Waiting};
pub use batch::{
    BatchCheckView, BatchCommand, BatchItemView, BatchOptions, BatchView, CheckId, GroupQuery, ItemProgress,
};
pub use build::{
    BuildFailed, BuildOptions, BuildStage, BuildView, BuiltArchive, Gap, GapReason, LeftOut, SetPart, Split,
    archive_beside, set_folder,
};
pub use command::{Command, Retried};
pub use deadline::{DeadlineOf, DueDeadline};
pub use deed::{CaseCorrection, CaseDeed, CaseUndo, FactChange};
pub use diagnostics::{EarlierCrash, LogLevel};
pub use download::{
    DownloadLine, DownloadState, DownloadTarget, DownloadView, FileWarning, RelationFileFacts,
};
pub use export::{ExportStatusView, RunView, StartOptions};
pub use fill::{FillReport, FillView, Filled, MembersChoice};
pub use import::{
    ImportCommand, ImportOptions, ImportView, NewProjectTarget, ProbeView, S3Keys, S3Object, SET_ENDING,
    SecretUrl, SetPartView, SetView, TargetView,
};
pub use inspection::{
    BundleReport, InspectionView, LiveProject, Member, MemberKind, Members, RelationCount, Report,
};
pub use job::JobWatch;
pub use journal::{JournalLine, KeyringHead};
pub use of_case::{
    NewestOfCase, download_of, downloads_of, fallback_estimate, fallback_of, fallback_of_run, file_state,
    history_of, last_rebuild_of, rebuild_of, rebuilt_archive_of, relations_of, runs_of,
};
pub use of_file::receipt_of_file;
pub use practice::{LessonMark, LessonView, PracticeView};
pub use rebuild::{RebuildCommand, RebuildView};
pub use receipt::{Receipt, archive_error, rebuilt_json};
pub use relations::{
    RelationFileView, RelationRow, RelationsCommand, RelationsDownload, RelationsOptions, RelationsSeen,
    RelationsView,
};
pub use reply::{Answer, Reply, UnknownProject};
pub use settings::{
    BANDWIDTH, CA_FILE, DOWNLOAD_FOLDER, IMPORT_LIMIT, KEEP_ARCHIVES, LOG_LEVEL, LONGEST_KEEP_DAYS,
    NOTIFICATIONS, NotificationLevel, PROXY, Portable, SCALE, SettingChange, Settings, THEME, Theme,
};
pub(in crate::engine) use settings::{GONE, LABELS};
pub use snapshot::Snapshot;
pub use text_config::{TextConfig, UpstreamText, UpstreamTexts};
pub use tracker::{InfradevPlan, IssueHit, IssueSearch, KnownHit};
