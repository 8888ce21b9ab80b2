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

use members::KeptMember;
use record::{AddressesOf, FillRecord, FilledFile};
use repository::{Fetched, Fetching, NotFetched};

pub use members::MEMBER;
pub use record::{filled_files, forget_filled};
pub use table::EmailTable;
pub use used::{BY_CHOICE, Used};

/// GitLab's names of what a relations export lacks.
const MEMBERS: &str = "project_members";
const WIKI: &str = "wiki";
const SNIPPETS: &str = "snippets";
/// In the order in which they are read.
const PARTS: [&str; 3] = [MEMBERS, WIKI, SNIPPETS];
/// Why the members are missing where the user did not choose them.
const UNWANTED: &str = "The members were not requested.";

/// What to read.
#[derive(Debug)]
pub struct FillOrder {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub api: ApiAccess,
    /// `None` keeps the members as the folder has them.
    pub members: Option<MembersWanted>,
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

/// Reads all parts. A part that cannot be read stays as an earlier reading brought it; where there was none, it is left
/// out, with the reason. An error where nothing can be read at all, or where the user has cancelled.
pub async fn fill(order: FillOrder, meter: Arc<BuildMeter>) -> Result<FillReport, UserError> {
    let FillOrder { folder, manifest, mut api, members } = order;
    let ask = ProjectAsk::id(manifest.project_id);
    let asked = find_project(&mut api, &ask, false, &|_wait| {});
    let project = meter.unless_cancelled(asked).await??;
    let record = FillRecord::next(&folder, &manifest, clock::now().rfc3339());
    let mut task = Fill { folder, manifest, api, project, meter, record };
    let end = match members {
        Some(wanted) => task.members(wanted).await,
        None => Ok(task.members_as_they_are()),
    };
    task.take(MEMBERS, end).await?;
    let end = task.wiki().await;
    task.take(WIKI, end).await?;
    let end = snippets::fill(&mut task).await;
    task.take(SNIPPETS, end).await?;
    Ok(FillReport { filled: task.record.shown(), left_out: task.record.left_out })
}

/// A fill at work.
#[derive(Debug)]
struct Fill {
    folder: PathBuf,
    manifest: Manifest,
    api: ApiAccess,
    project: Project,
    meter: Arc<BuildMeter>,
    record: FillRecord,
}

/// A part that was read: its facts if there was something, and its files.
#[derive(Debug, Default)]
struct PartEnd {
    filled: Option<Filled>,
    files: Vec<FilledFile>,
    left_out: Vec<LeftOut>,
    /// What could not be read again, although an earlier reading brought it.
    stale: Vec<LeftOut>,
    /// Of the members: where their addresses come from.
    addresses: Option<AddressesOf>,
}

impl Fill {
    /// Records the end of a part, and removes what an earlier reading left of it. Where the part could not be read, the
    /// earlier reading stays. A later crash or cancel leaves the parts that were recorded.
    async fn take(&mut self, what: &'static str, end: Result<PartEnd, Why>) -> Result<(), UserError> {
        if end.is_err() {
            // A part that the user has cancelled stays as it was.
            self.meter.received(0)?;
        }
        let (folder, mut record) = (self.folder.clone(), self.record.clone());
        let written = on_disk_thread(move || {
            record.end(&folder, what, end);
            record.write(&folder)?;
            // A file that is no longer listed may contain e-mail addresses.
            if record.remove_unlisted(&folder, what) {
                record.write(&folder)?;
            }
            Ok::<_, std::io::Error>(record)
        });
        self.record = written.await?.map_err(|error| {
            UserError::new(
                Code::Local,
                format!("{} cannot be written: {error}.", self.folder.join(record::NAME).display()),
                "Choose a folder that you can write to, or free some space.",
            )
        })?;
        self.meter.received(0)
    }

    /// Waits for an answer, but not after the user has cancelled.
    async fn unless_cancelled<T>(&self, answer: impl Future<Output = T> + Send) -> Result<T, Why> {
        self.meter.unless_cancelled(answer).await.map_err(why)
    }

    /// Without a choice, the members stay as an earlier reading brought them.
    fn members_as_they_are(&self) -> PartEnd {
        let of = |one: &&Filled| one.what == MEMBERS;
        let filled = self.record.filled.iter().find(of).cloned();
        let left_out = filled.is_none().then(|| LeftOut::of(MEMBERS, UNWANTED));
        PartEnd {
            filled,
            files: self.record.file(members::MEMBER).cloned().into_iter().collect(),
            left_out: left_out.into_iter().collect(),
            stale: self.record.stale.iter().filter(|one| one.relation == MEMBERS).cloned().collect(),
            addresses: self.record.addresses,
        }
    }

    fn key(&self) -> ProjectKey {
        ProjectKey::Id(self.project.id)
    }

    /// The URL of an API call of this project, for people.
    fn api_url(&self, below: &str) -> String {
        format!("{}/api/v4/projects/{}/{below}", self.api.instance_name(), self.project.id)
    }

    async fn members(&mut self, wanted: MembersWanted) -> Result<PartEnd, Why> {
        let addresses = match &wanted {
            MembersWanted::Without => {
                let left_out = vec![LeftOut::of(MEMBERS, UNWANTED)];
                return Ok(PartEnd { left_out, ..PartEnd::default() });
            }
            MembersWanted::PublicEmails => AddressesOf::Profiles,
            MembersWanted::Table(_) => AddressesOf::Table,
        };
        let key = self.key();
        let call = |client: Client| {
            let key = key.clone();
            async move { client.members(&key).await }
        };
        let mut api = self.api.clone();
        let list = self.unless_cancelled(api.ask(Limit::ProjectRead, call, &|_wait| {})).await?;
        let list = match list {
            Ok(list) => list,
            Err(error) => return self.members_again(wanted, addresses, why(error)).await,
        };
        let is_whole = list.is_whole;
        let members = members::of_list(list.items, &wanted);
        let (file, (with_address, unmatched)) = self.store_members(members.clone(), &wanted).await?;
        let more = (!is_whole).then(|| "GitLab has more members than were read.".to_owned());
        let notes: Vec<_> = unmatched.into_iter().chain(more).collect();
        let note = (!notes.is_empty()).then(|| notes.join(" "));
        let filled = filled_now(MEMBERS, self.api_url("members/all"), members.len() as u64, note);
        let filled = Filled { with_address, ..filled };
        let addresses = Some(addresses);
        Ok(PartEnd { filled: Some(filled), files: vec![file], addresses, ..PartEnd::default() })
    }

    /// The members could not be read again. Those of an earlier reading stay, but only with addresses that the user has
    /// chosen now: a table is applied again, and one that is no longer wanted goes.
    async fn members_again(
        &mut self,
        wanted: MembersWanted,
        addresses: AddressesOf,
        why: Why,
    ) -> Result<PartEnd, Why> {
        let MembersWanted::Table(table) = &wanted else {
            if self.record.addresses.is_none_or(|earlier| earlier == addresses) {
                return Err(why);
            }
            return Ok(PartEnd { left_out: vec![LeftOut::of(MEMBERS, &why)], ..PartEnd::default() });
        };
        let (folder, record) = (self.folder.clone(), self.record.clone());
        let earlier = on_disk_thread(move || members::earlier(&folder, &record)).await.map_err(self::why)?;
        let filled = self.record.filled.iter().find(|one| one.what == MEMBERS).cloned();
        let (Some(members), Some(filled)) = (earlier, filled) else { return Err(why) };
        let (file, (with_address, note)) =
            self.store_members(members::with_table(members, table), &wanted).await?;
        let filled = Filled { with_address, note, ..filled };
        let stale = vec![LeftOut::of(MEMBERS, &unread_again(&why))];
        let addresses = Some(addresses);
        Ok(PartEnd { filled: Some(filled), files: vec![file], left_out: Vec::new(), stale, addresses })
    }

    /// Writes the file of the members. Returns also what to say about their addresses.
    async fn store_members(
        &self,
        members: Vec<KeptMember>,
        wanted: &MembersWanted,
    ) -> Result<(FilledFile, (Option<u64>, Option<String>)), Why> {
        let note = match wanted {
            MembersWanted::Table(table) => members::unmatched(&members, table),
            MembersWanted::Without | MembersWanted::PublicEmails => None,
        };
        let with_address = Some(members::with_address(&members));
        let text = members::write(&members);
        let (folder, record) = (self.folder.clone(), self.record.clone());
        let stored = on_disk_thread(move || record::store(&folder, &record, MEMBER, &text));
        let file =
            stored.await.map_err(why)?.map_err(|error| format!("The file cannot be written: {error}."))?;
        Ok((file, (with_address, note)))
    }

    async fn wiki(&mut self) -> Result<PartEnd, Why> {
        let key = self.key();
        let call = |client: Client| {
            let key = key.clone();
            async move { client.wiki_pages(&key).await }
        };
        let mut api = self.api.clone();
        let pages = self.unless_cancelled(api.ask(Limit::ProjectRead, call, &|_wait| {})).await?;
        let pages = pages.map_err(|error| {
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
                Ok(PartEnd { filled: Some(filled), files: vec![file], ..PartEnd::default() })
            }
        }
    }

    async fn fetch(&mut self, from: &GitRepository, member: &str) -> Result<Fetched, NotFetched> {
        let (folder, record) = (self.folder.clone(), Arc::new(self.record.clone()));
        let fetching = Fetching { folder, record, member: member.to_owned() };
        let fetched = repository::fetch(&mut self.api, from, &fetching, &self.meter).await?;
        if let Fetched::Bundle(file) = &fetched {
            // Until its part ends, a crash leaves it known.
            self.record.expect(file.clone());
        }
        Ok(fetched)
    }
}

/// The facts of a part that was read now.
fn filled_now(what: &str, from: String, count: u64, note: Option<String>) -> Filled {
    Filled { what: what.to_owned(), from, at: clock::now().rfc3339(), count, with_address: None, note }
}

/// Why an earlier reading is used, in sentences.
fn unread_again(why: &str) -> Why {
    format!("It could not be read again on {}. {why}", clock::now().for_people())
}

/// The reason as a sentence, with what GitLab's support needs.
fn why(error: UserError) -> Why {
    match &error.correlation_id {
        Some(id) => format!("{} Correlation ID: {id}.", error.headline),
        None => error.headline,
    }
}
