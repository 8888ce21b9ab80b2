//! The repositories of the snippets. Their records are in the relations export; a bundle belongs to a record by a
//! digest of the record's own texts (`app/models/snippet.rb`, `hexdigest`).

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use crate::archive::build::LeftOut;
use crate::archive::sha256;
use crate::case::{UserError, UtcMs, format};
use crate::engine::core::on_disk_thread;
use crate::engine::limiter::Limit;
use crate::engine::manifest::Manifest;
use crate::gitlab::{Client, ProjectSnippet};

use super::record::FilledFile;
use super::repository::{FetchCause, Fetched, NotFetched};
use super::{Fill, PartEnd, SNIPPETS, Why, filled_now, unread_again, why};

/// Longest line that GitLab reads.
const MOST_LINE_BYTES: u64 = 50 << 20;
/// More snippets than GitLab's list gives.
const MOST_RECORDS: usize = 10_000;
/// After so many repositories in a row without any answer, nothing else is requested: each costs several tries.
const MOST_UNANSWERED: u32 = 2;
/// After so many in a row that are not there, the token cannot see any.
const MOST_MISSING: u32 = 3;
/// How many snippets are named one by one.
const NAMED: usize = 100;

/// How many characters of a title are shown.
const SHOWN_CHARS: usize = 80;

/// A snippet's record, as far as its digest needs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct SnippetRecord {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    updated_at: String,
}

/// What is kept of a record: texts can be long, and there can be many records.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeptSnippet {
    shown: String,
    key: Option<SnippetKey>,
    member: Option<String>,
}

/// By what direct transfer finds a snippet in GitLab's list: a digest of the title, and the time in milliseconds.
type SnippetKey = (String, i64);

fn key_of(title: &str, created_at: &str) -> Option<SnippetKey> {
    Some((sha256(title.as_bytes()).ok()?, UtcMs::parse_rfc3339(created_at)?.0))
}

impl KeptSnippet {
    fn of(record: &SnippetRecord) -> Self {
        let title = text(record.title.as_ref());
        Self {
            shown: title.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect(),
            key: key_of(title, &record.created_at),
            member: record.member(),
        }
    }
}

impl SnippetRecord {
    /// The name of its bundle; `None` where the times are none. Rails writes times in whole seconds of UTC.
    fn member(&self) -> Option<String> {
        let time = |text: &str| Some(UtcMs::parse_rfc3339(text)?.for_people());
        let (title, description) = (text(self.title.as_ref()), text(self.description.as_ref()));
        let created_updated = format!("{}{}", time(&self.created_at)?, time(&self.updated_at)?);
        let digest = sha256(format!("{title}{description}{created_updated}").as_bytes()).ok()?;
        Some(format!("snippets/{digest}.bundle"))
    }
}

fn text(text: Option<&String>) -> &str {
    text.map(String::as_str).unwrap_or_default()
}

/// Reads the repositories of all snippets whose records are in the folder.
pub(super) async fn fill(task: &mut Fill) -> Result<PartEnd, Why> {
    let (folder, manifest) = (task.folder.clone(), task.manifest.clone());
    let records = on_disk_thread(move || records(&folder, &manifest)).await.map_err(why)?;
    let records = records.map_err(|error| format!("The records of the snippets cannot be read: {error}."))?;
    if records.is_empty() {
        return Ok(PartEnd::default());
    }
    let mut listed = by_key(list(task).await?);
    let (mut end, mut failed) = (PartEnd::default(), Failed::default());
    for (at, record) in records.iter().enumerate() {
        let why = match one(task, record, &mut listed).await {
            Ok(fetched) => {
                failed.in_a_row = 0;
                end.files.extend(fetched.and_then(Fetched::bundle));
                continue;
            }
            Err(NotFetched { why, cause }) => {
                task.meter.received(0).map_err(|cancelled: UserError| cancelled.headline)?;
                failed.count(cause);
                why
            }
        };
        failed.add(task, record, &why, &mut end).await?;
        if failed.is_hopeless() {
            let rest = &records[at + 1..];
            failed.rest(task, rest, &mut end).await?;
            break;
        }
    }
    if failed.unnamed > 0 {
        let why = format!("{} more repositories could not be read.", failed.unnamed);
        end.left_out.push(LeftOut::of(SNIPPETS, &why));
    }
    if !end.files.is_empty() {
        let from = task.api_url("snippets");
        end.filled = Some(filled_now(SNIPPETS, from, end.files.len() as u64, None));
    }
    Ok(end)
}

/// The repositories that could not be read.
#[derive(Debug, Default)]
struct Failed {
    cause: Option<FetchCause>,
    /// How many failed for this cause, one after another.
    in_a_row: u32,
    unnamed: u64,
}

impl Failed {
    fn count(&mut self, cause: FetchCause) {
        self.in_a_row = if self.cause == Some(cause) { self.in_a_row + 1 } else { 1 };
        self.cause = Some(cause);
    }

    /// Whether the next repository will certainly fail as well. A single one may be missing or too slow.
    fn is_hopeless(&self) -> bool {
        let most = match self.cause {
            Some(FetchCause::Refused) => 1,
            Some(FetchCause::Unanswered) => MOST_UNANSWERED,
            Some(FetchCause::Missing) => MOST_MISSING,
            Some(FetchCause::Own) | None => u32::MAX,
        };
        self.in_a_row >= most
    }

    /// Takes the bundle of an earlier reading, or names what is missing.
    async fn add(
        &mut self,
        task: &Fill,
        record: &KeptSnippet,
        why: &str,
        end: &mut PartEnd,
    ) -> Result<(), Why> {
        let named = |why: &str| LeftOut { name: Some(record.shown.clone()), ..LeftOut::of(SNIPPETS, why) };
        if let Some(file) = earlier(task, record).await? {
            end.files.push(file);
            end.stale.push(named(&unread_again(why)));
        } else if end.left_out.len() < NAMED {
            end.left_out.push(named(why));
        } else {
            self.unnamed += 1;
        }
        Ok(())
    }

    /// Takes the bundles of an earlier reading for all that were not requested any more.
    async fn rest(&mut self, task: &Fill, rest: &[KeptSnippet], end: &mut PartEnd) -> Result<(), Why> {
        let (mut kept, mut missing) = (0, 0);
        for record in rest {
            match earlier(task, record).await? {
                Some(file) => {
                    end.files.push(file);
                    kept += 1;
                }
                None => missing += 1,
            }
        }
        let said = |count: u64| {
            let number = format::number_of(count, "more repository was", "more repositories were");
            format!("{number} not requested after that.")
        };
        end.stale.extend((kept > 0).then(|| LeftOut::of(SNIPPETS, &said(kept))));
        end.left_out.extend((missing > 0).then(|| LeftOut::of(SNIPPETS, &said(missing))));
        Ok(())
    }
}

/// The bundle that an earlier reading brought, if it is unchanged.
async fn earlier(task: &Fill, record: &KeptSnippet) -> Result<Option<FilledFile>, Why> {
    let Some(member) = record.member.clone() else { return Ok(None) };
    if task.record.file(&member).is_none() {
        return Ok(None);
    }
    let (folder, all) = (task.folder.clone(), task.record.all_of(&member).cloned().collect::<Vec<_>>());
    on_disk_thread(move || all.into_iter().find(|file| file.is_whole(&folder))).await.map_err(why)
}

async fn list(task: &mut Fill) -> Result<Vec<ProjectSnippet>, Why> {
    let key = task.key();
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project_snippets(&key).await }
    };
    let mut api = task.api.clone();
    let list = task.unless_cancelled(api.ask(Limit::ProjectRead, call, &|_wait| {})).await?;
    Ok(list.map_err(why)?.items)
}

type Listed = HashMap<SnippetKey, VecDeque<ProjectSnippet>>;

/// Several snippets may share title and time; they come in the same order in both lists.
fn by_key(list: Vec<ProjectSnippet>) -> Listed {
    let mut listed = Listed::new();
    for snippet in list {
        if let Some(key) = key_of(&snippet.title, &snippet.created_at) {
            listed.entry(key).or_default().push_back(snippet);
        }
    }
    listed
}

/// `None` where GitLab has no repository of the snippet, as before 13.0.
async fn one(
    task: &mut Fill,
    record: &KeptSnippet,
    listed: &mut Listed,
) -> Result<Option<Fetched>, NotFetched> {
    let unread = || "Its record has no time that can be read.".to_owned();
    let (key, member) = record.key.as_ref().zip(record.member.as_ref()).ok_or_else(unread)?;
    let snippet = listed.get_mut(key).and_then(VecDeque::pop_front);
    let snippet = snippet.ok_or_else(|| "GitLab lists no snippet with this title and time.".to_owned())?;
    let Some(url) = snippet.http_url_to_repo else { return Ok(None) };
    let repository = task.api.instance.repository_at(&url);
    let repository =
        repository.ok_or_else(|| "The URL that GitLab names for its repository is not valid.".to_owned())?;
    task.fetch(&repository, member).await.map(Some)
}

/// Passes on lines, and fails at one that GitLab would not read.
struct ShortLines<R> {
    inner: R,
    line_bytes: u64,
}

impl<R: Read> Read for ShortLines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let after = memchr::memrchr(b'\n', &into[..read]).map(|at| read - at - 1);
        self.line_bytes = after.map_or(self.line_bytes + read as u64, |after| after as u64);
        let is_long = self.line_bytes > MOST_LINE_BYTES;
        if is_long { Err(io::Error::other("a line has more than 50 MiB")) } else { Ok(read) }
    }
}

/// The snippets' records in the folder, in order.
fn records(folder: &Path, manifest: &Manifest) -> io::Result<Vec<KeptSnippet>> {
    let mut all = Vec::new();
    for (key, file) in &manifest.files {
        if key.relation != SNIPPETS || !file.is_there(folder) {
            continue;
        }
        let unpacked = MultiGzDecoder::new(BufReader::new(File::open(folder.join(&file.file))?));
        let lines = BufReader::new(ShortLines { inner: unpacked, line_bytes: 0 });
        // Reads one record after another without keeping what is not needed, such as the content of files.
        let records = serde_json::Deserializer::from_reader(lines).into_iter::<SnippetRecord>();
        for record in records.take(MOST_RECORDS - all.len()) {
            all.push(KeptSnippet::of(&record?));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_that_is_gone_stops_nothing_and_a_cut_network_everything() {
        let hopeless = |causes: &[FetchCause]| {
            let mut failed = Failed::default();
            for cause in causes {
                failed.count(*cause);
            }
            failed.is_hopeless()
        };
        assert!(hopeless(&[FetchCause::Refused]), "many refusals would block this computer's address");
        assert!(!hopeless(&[FetchCause::Missing; 2]) && hopeless(&[FetchCause::Missing; 3]));
        assert!(!hopeless(&[FetchCause::Unanswered]) && hopeless(&[FetchCause::Unanswered; 2]));
        assert!(!hopeless(&[FetchCause::Unanswered, FetchCause::Missing, FetchCause::Unanswered]));
        assert!(!hopeless(&[FetchCause::Own; 50]));
    }

    /// The digest as Ruby computes it with `ActiveSupport`.
    #[test]
    fn a_bundle_is_named_by_the_texts_of_its_record() {
        let record = SnippetRecord {
            title: Some("Clean up".to_owned()),
            description: None,
            created_at: "2023-02-14T09:26:53.589Z".to_owned(),
            updated_at: "2023-02-14T10:26:53.999+01:00".to_owned(),
        };
        let plain = "Clean up2023-02-14 09:26:53 UTC2023-02-14 09:26:53 UTC";
        assert_eq!(
            record.member().unwrap(),
            format!("snippets/{}.bundle", sha256(plain.as_bytes()).unwrap())
        );
        let kept = KeptSnippet::of(&record);
        assert_eq!(kept.key, Some((sha256(&b"Clean up"[..]).unwrap(), 1_676_366_813_589)));
        assert_eq!(
            (kept.key.clone(), "Clean up"),
            (key_of("Clean up", &record.created_at), kept.shown.as_str())
        );
        assert_eq!(SnippetRecord { created_at: "soon".to_owned(), ..record }.member(), None);
    }
}
