//! Reads through other calls of the API what GitLab's file export contains and the relations export does not: the
//! members, the wiki's repository, and those of the snippets.
//!
//! This needs the network, so it is a step of its own, and the build itself stays offline. The step puts verified files
//! into the folder `filled` beside the relation files, and lists them with their SHA-256 in `filled.json`. That is not
//! a part of `manifest.json`, because a running download writes that one.
//!
//! ```text
//! fill ─> members ─> table      usernames and e-mail addresses
//!     ├─> snippets ─> repository  one repository as a bundle
//!     ├─> repository
//!     └─> record                 filled.json
//! used                           what of it a build takes
//! ```

mod members;
mod record;
mod repository;
mod snippets;
mod table;
#[cfg(test)]
mod tests;
mod used;

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::build::LeftOut;
use crate::case::{Code, UserError};
use crate::engine::access::ApiAccess;
use crate::engine::api::{FillReport, Filled, MembersChoice};
use crate::engine::clock;
use crate::engine::core::on_disk_thread;
use crate::engine::limiter::Limit;
use crate::engine::manifest::Manifest;
use crate::engine::preflight::{ProjectAsk, find_project};
use crate::engine::user_error::is_no_access;
use crate::gitlab::{Client, GitRepository, Project, ProjectKey};

use super::meter::BuildMeter;

use record::{FillRecord, FilledFile};
use repository::{Fetched, Fetching, NotFetched};

pub use members::MEMBER;
pub use record::{filled_files, forget_filled};
pub use table::EmailTable;
pub use used::{BY_CHOICE, Used};

/// GitLab's names of what a relations export lacks.
const MEMBERS: &str = "project_members";
const WIKI: &str = "wiki";
const SNIPPETS: &str = "snippets";

/// What to read.
#[derive(Debug)]
pub struct FillOrder {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub api: ApiAccess,
    pub members: MembersWanted,
}

/// The members to read, with the table already parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembersWanted {
    Without,
    PublicEmails,
    Table(EmailTable),
}

impl MembersWanted {
    /// Reads the table, if one is named.
    pub fn of(choice: &MembersChoice) -> Result<Self, UserError> {
        Ok(match choice {
            MembersChoice::Without => Self::Without,
            MembersChoice::PublicEmails => Self::PublicEmails,
            MembersChoice::Table(path) => Self::Table(EmailTable::read(path)?),
        })
    }
}

/// Why a part was not read.
type Why = String;

/// Reads all parts. A part that cannot be read is left out, with the reason. An error where nothing can be read at
/// all, or where the user has cancelled.
pub async fn fill(order: FillOrder, meter: Arc<BuildMeter>) -> Result<FillReport, UserError> {
    let FillOrder { folder, manifest, mut api, members } = order;
    let project = find_project(&mut api, &ProjectAsk::id(manifest.project_id), false, &|_wait| {}).await?;
    let earlier = FillRecord::read(&folder).map(Arc::new);
    let record = FillRecord::new(&manifest, clock::now().rfc3339());
    let mut task = Fill { folder, manifest, api, project, meter, earlier, record };
    let end = task.members(members).await;
    task.take(MEMBERS, end).await?;
    let end = task.wiki().await;
    task.take(WIKI, end).await?;
    let end = snippets::fill(&mut task).await;
    task.take(SNIPPETS, end).await?;
    Ok(FillReport { filled: task.record.filled, left_out: task.record.left_out })
}

/// A fill at work.
#[derive(Debug)]
struct Fill {
    folder: PathBuf,
    manifest: Manifest,
    api: ApiAccess,
    project: Project,
    meter: Arc<BuildMeter>,
    /// The record of an earlier fill, by which its files are recognised.
    earlier: Option<Arc<FillRecord>>,
    record: FillRecord,
}

/// A part that was read: its facts if there was something, and its files.
#[derive(Debug, Default)]
struct PartEnd {
    filled: Option<Filled>,
    files: Vec<FilledFile>,
    left_out: Vec<LeftOut>,
}

impl Fill {
    /// Records the end of a part, and removes what an earlier reading left of it. A later crash leaves the parts that
    /// were recorded.
    async fn take(&mut self, what: &str, end: Result<PartEnd, Why>) -> Result<(), UserError> {
        match end {
            Ok(end) => {
                self.record.filled.extend(end.filled);
                self.record.files.extend(end.files);
                self.record.left_out.extend(end.left_out);
            }
            Err(why) => self.record.left_out.push(left_out(what, None, why)),
        }
        self.meter.received(0)?;
        self.record.done.push(what.to_owned());
        let (folder, record, earlier) = (self.folder.clone(), self.record.clone(), self.earlier.clone());
        let written = on_disk_thread(move || {
            record.write(&folder)?;
            // A file that is no longer listed may contain e-mail addresses.
            if let Some(earlier) = earlier {
                earlier.remove_others(&folder, &record);
            }
            Ok::<_, std::io::Error>(())
        });
        written.await?.map_err(|error| {
            UserError::new(
                Code::Local,
                format!("{} cannot be written: {error}.", self.folder.join(record::NAME).display()),
                "Choose a folder that you can write to, or free some space.",
            )
        })
    }

    fn key(&self) -> ProjectKey {
        ProjectKey::Id(self.project.id)
    }

    /// The URL of an API call of this project, for people.
    fn api_url(&self, below: &str) -> String {
        format!("{}/api/v4/projects/{}/{below}", self.api.instance_name(), self.project.id)
    }

    async fn members(&mut self, wanted: MembersWanted) -> Result<PartEnd, Why> {
        if wanted == MembersWanted::Without {
            return Err("The members were not requested.".to_owned());
        }
        let key = self.key();
        let call = |client: Client| {
            let key = key.clone();
            async move { client.members(&key).await }
        };
        let list = self.api.ask(Limit::ProjectRead, call, &|_wait| {}).await.map_err(why)?;
        let is_whole = list.is_whole;
        let members = members::of_list(list.items, &wanted);
        let with_address = members.iter().filter(|member| member.email.is_some()).count();
        let count = members.len() as u64;
        let unmatched = match &wanted {
            MembersWanted::Table(table) => members::unmatched(&members, table),
            MembersWanted::Without | MembersWanted::PublicEmails => None,
        };
        let text = members::write(&members);
        let (folder, earlier) = (self.folder.clone(), self.earlier.clone());
        let stored = on_disk_thread(move || record::store(&folder, earlier.as_deref(), MEMBER, &text));
        let file =
            stored.await.map_err(why)?.map_err(|error| format!("The file cannot be written: {error}."))?;
        let mut note = format!("{with_address} of them with an e-mail address.");
        if let Some(unmatched) = unmatched {
            note = format!("{note} {unmatched}");
        }
        if !is_whole {
            note.push_str(" GitLab has more members than were read.");
        }
        let filled = filled_now(MEMBERS, self.api_url("members/all"), count, Some(note));
        Ok(PartEnd { filled: Some(filled), files: vec![file], left_out: Vec::new() })
    }

    async fn wiki(&mut self) -> Result<PartEnd, Why> {
        let key = self.key();
        let call = |client: Client| {
            let key = key.clone();
            async move { client.wiki_pages(&key).await }
        };
        let pages = self.api.ask(Limit::ProjectRead, call, &|_wait| {}).await.map_err(|error| {
            if is_no_access(&error) {
                return "GitLab shows no wiki: it is disabled, or the token cannot see it.".to_owned();
            }
            why(error)
        })?;
        if pages == 0 {
            return Ok(PartEnd::default());
        }
        let path = &self.project.path_with_namespace;
        let repository = self.api.instance.wiki_repository(path);
        let repository = repository.ok_or("The project's path cannot be part of a URL.")?;
        match self.fetch(&repository, "project.wiki.bundle").await.map_err(|failed| failed.why)? {
            Fetched::Nothing => Err(format!("GitLab lists {pages} pages, but the repository is empty.")),
            Fetched::Bundle(file) => {
                let filled = filled_now(WIKI, repository.to_string(), pages, None);
                Ok(PartEnd { filled: Some(filled), files: vec![file], left_out: Vec::new() })
            }
        }
    }

    async fn fetch(&mut self, from: &GitRepository, member: &str) -> Result<Fetched, NotFetched> {
        let (folder, earlier) = (self.folder.clone(), self.earlier.clone());
        let fetching = Fetching { folder, earlier, member: member.to_owned() };
        repository::fetch(&mut self.api, from, &fetching, &self.meter).await
    }
}

/// The facts of a part that was read now.
fn filled_now(what: &str, from: String, count: u64, note: Option<String>) -> Filled {
    Filled { what: what.to_owned(), from, at: clock::now().rfc3339(), count, note }
}

fn left_out(what: &str, name: Option<String>, why: Why) -> LeftOut {
    LeftOut { relation: what.to_owned(), name, why }
}

/// The reason as a sentence, with what GitLab's support needs.
fn why(error: UserError) -> Why {
    match &error.correlation_id {
        Some(id) => format!("{} Correlation ID: {id}.", error.headline),
        None => error.headline,
    }
}
