//! The GitLab API: one file per endpoint, one [`Client`], one [`Error`] that says what GitLab meant.
//!
//! Nothing here retries, sleeps or reads a clock: a caller uses [`retry()`] to find out what makes sense, and waits
//! itself. Credentials go only to the instance's own origin (`redirect`). Secrets ([`Token`], the query of a
//! [`SignedUrl`]) cannot be printed.
//!
//! The facts come from GitLab's sources and documentation, as collected in `../shared/gitlab-api.md`.

mod answer;
mod body;
mod calls;
mod client;
mod disposition;
mod error;
mod git;
mod instance;
mod lenient;
mod meaning;
mod network_config;
mod pages;
mod project_key;
mod protected_branches;
mod redirect;
mod refusal;
mod retry;
mod root_certificates;
mod secrets;
mod sending;
mod signed_url;
mod stamp;
mod token;
mod transport;

mod export_download;
mod export_schedule;
mod export_status;
mod group_projects;
mod import_file;
mod import_relation;
mod import_remote;
mod import_status;
mod issue_create;
mod issue_note;
mod issue_read;
mod issue_search;
mod issue_template;
mod issue_update;
mod label_search;
mod member_list;
mod project;
mod project_search;
mod project_total;
mod relations_export;
mod remote_head;
mod repository_file;
mod snippet_list;
mod token_self;
mod user;
mod version;
mod wiki_pages;

#[cfg(test)]
mod tests;

pub use body::{Body, BodyHead, ContentRange, Resume};
pub use calls::{CallRecord, Reach};
pub use client::Client;
pub use error::{Denial, Error, ErrorKind, RequestPhase};
pub use export_download::{DownloadAnswer, StorageLink};
pub use export_schedule::{Accepted, Schedule, UploadMethod, UploadTo};
pub use export_status::ExportStatus;
pub use git::{GitRef, GitRefs, GitRepository, ObjectFormat, Pack};
pub use group_projects::{GroupPage, GroupProjects, ListedProject};
pub use import_file::{ImportTarget, Namespace};
pub use import_relation::RelationImport;
pub use import_remote::S3Archive;
pub use import_status::{FailedRelation, ImportStatus};
pub use instance::{Instance, InstanceError};
pub use issue_create::NewIssue;
pub use issue_note::Note;
pub use issue_search::Issue;
pub use issue_template::{Template, TemplateName};
pub use issue_update::IssueChange;
pub use label_search::Label;
pub use meaning::Meaning;
pub use member_list::ProjectMember;
pub use network_config::{NetworkConfig, Proxy};
pub use pages::Paged;
pub use project::{Access, Permissions, Project, Statistics};
pub use project_key::ProjectKey;
pub use project_total::Listed;
pub use refusal::Family;
pub use relations_export::{RelationBatch, RelationExport, RelationsStatus};
pub use remote_head::HeadAnswer;
pub use retry::{Arrival, LONGEST_WAIT, Retry, backoff, is_sent_again, retry, scaled};
pub use root_certificates::certificate_fault;
pub use signed_url::SignedUrl;
pub use snippet_list::ProjectSnippet;
pub use stamp::FileStamp;
pub use token::{Token, TokenError};
pub use token_self::{GranularScope, TokenSelf};
pub use user::User;
pub use version::{Metadata, Version};
