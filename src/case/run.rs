//! One export run of one project, and what is true about it.
//!
//! GitLab's word is kept as it came. Ours is derived from it *and from the history of this run*, because
//! the word alone misleads: the job row is made by the worker, not by the POST, so `none` or an old
//! `failed` right after scheduling says nothing yet; a run that dies while the archive is assembled goes
//! from `started` to `none` and never says `failed` (`app/models/project.rb`, `ParallelExportService`).

use serde::{Deserialize, Serialize};

use super::id::{CaseId, RunId};
use super::time::UtcMs;
use super::trouble::{Code, Trouble};

/// Our word for where a run stands; the words are fixed by `../shared/cli.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// Nothing was asked for, and GitLab has nothing.
    Idle,
    /// We asked; GitLab has not shown the job yet.
    Requested,
    Queued,
    Running,
    /// A file of this run can be downloaded.
    Ready,
    Failed,
    /// GitLab says a word this program does not know; it is shown and watched.
    Unknown,
}

words!(Phase);

impl Phase {
    /// Whether GitLab may still be working on it.
    pub fn under_way(self) -> bool {
        match self {
            Self::Requested | Self::Queued | Self::Running | Self::Unknown => true,
            Self::Idle | Self::Ready | Self::Failed => false,
        }
    }

    /// What GitLab's word means where nothing is known of the run behind it.
    pub fn of_word(word: &str) -> Self {
        match word {
            "none" => Self::Idle,
            "queued" => Self::Queued,
            // A file is stored and a job is not done: neither a new file nor a failure.
            "started" | "regeneration_in_progress" => Self::Running,
            "finished" => Self::Ready,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// How a run came into this program's sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Our POST started it.
    Scheduled,
    /// It was under way already when we looked.
    Adopted,
    /// Its finished file was there when we looked.
    Found,
}

/// GitLab's word over a stretch of time: one entry a change, so that a day of polling stays short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// `export_status`, untouched.
    pub word: String,
    pub first_at: UtcMs,
    pub last_at: UtcMs,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// A file can be downloaded.
    Ready,
    /// No file came of it; the sentence says how we know.
    Failed { because: String },
    /// GitLab did not take the request.
    NotAccepted { trouble: Trouble },
    /// The person stopped watching; GitLab has no way to cancel a run.
    Left,
}

/// What is known of the POST that starts a run of ours. It is written down before the request leaves and
/// after its answer, because a second POST would delete the file of the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Post {
    /// Decided; nothing has left, or what left was surely not taken.
    Planned,
    /// It left, and no answer that tells is known.
    Unanswered { trouble: Option<Trouble> },
    /// GitLab answered 202.
    Accepted,
    /// The run is not ours.
    NotOurs,
}

/// Waiting times of the judgement, in milliseconds; the engine's `Timing` scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long after scheduling a `none` or an old `failed` may be stale.
    pub stale_ms: i64,
    /// The same where it is not known whether the POST arrived: a job that comes shows itself soon.
    pub unanswered_ms: i64,
    /// How long GitLab may repeat one word before the run is called stuck. GitLab's own clean-up fails
    /// dead runs after 6 h, hourly (`StuckExportJobsWorker`).
    pub silent_ms: i64,
    /// How long GitLab keeps a finished file (`ImportExportCleanUpService`, 1440 min).
    pub file_ms: i64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stale_ms: 10 * 60_000,
            unanswered_ms: 150_000,
            silent_ms: 7 * 3_600_000,
            file_ms: 24 * 3_600_000,
        }
    }
}

/// One run of one project's export, for the user whose token asked: GitLab keeps exports per user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    /// Base URL of the instance.
    pub instance: String,
    pub project_id: u64,
    pub project_path: String,
    pub case_id: Option<CaseId>,
    /// User name behind the token.
    pub user: Option<String>,
    pub origin: Origin,
    /// When this program took the run up.
    pub created_at: UtcMs,
    pub post: Post,
    /// When GitLab answered 202 to our POST; absent while the answer is unknown and for runs not ours.
    pub accepted_at: Option<UtcMs>,
    /// `X-Request-Id` of the call that started it.
    pub correlation_id: Option<String>,
    /// GitLab's word before our POST; an old `failed` can only shine through where there was one.
    pub word_before: Option<String>,
    /// Overrides the description inside the archive.
    pub description: Option<String>,
    /// Host that GitLab was asked to upload to; the URL itself is a secret and is not kept.
    pub upload_host: Option<String>,
    /// Whether an older file was given up, with consent, by starting this run.
    pub replaced_file: bool,
    /// What was doubtful about the start, in sentences.
    pub warnings: Vec<String>,
    pub sights: Vec<Sight>,
    pub phase: Phase,
    pub ended_at: Option<UtcMs>,
    pub outcome: Option<Outcome>,
}

/// What can happen to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunInput {
    /// The POST is about to leave.
    PostLeaves,
    /// GitLab surely did not take it; it is going to be sent again.
    PostHeld,
    /// GitLab answered 202.
    Accepted { correlation_id: Option<String> },
    /// No answer came that tells whether GitLab took it.
    Unanswered { trouble: Trouble },
    /// GitLab refused the POST, or it surely never arrived.
    NotAccepted { trouble: Trouble },
    /// A look: `export_status` as it came.
    Seen { word: String },
    /// The person no longer wants it watched.
    Left,
}

/// What is true about a run at a moment, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub phase: Phase,
    /// Under way, but silent for so long that GitLab has most likely lost it.
    pub stuck: bool,
    /// One sentence that sets GitLab's word beside ours.
    pub sentence: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
    /// About when GitLab deletes the finished file.
    pub file_until: Option<UtcMs>,
}

impl Run {
    /// A run that our POST is about to start, after a look that showed `word_before`.
    pub fn scheduled(id: RunId, instance: &str, project: (u64, &str), word_before: &str, now: UtcMs) -> Self {
        Self {
            id,
            instance: instance.to_owned(),
            project_id: project.0,
            project_path: project.1.to_owned(),
            case_id: None,
            user: None,
            origin: Origin::Scheduled,
            created_at: now,
            post: Post::Planned,
            accepted_at: None,
            correlation_id: None,
            word_before: Some(word_before.to_owned()),
            description: None,
            upload_host: None,
            replaced_file: false,
            warnings: Vec::new(),
            sights: Vec::new(),
            phase: Phase::Requested,
            ended_at: None,
            outcome: None,
        }
    }

    /// A run that was there already: `word` says whether it is under way or has left its file.
    pub fn met(id: RunId, instance: &str, project: (u64, &str), word: &str, now: UtcMs) -> Self {
        let found = Phase::of_word(word) == Phase::Ready;
        let origin = if found { Origin::Found } else { Origin::Adopted };
        let run = Self {
            origin,
            post: Post::NotOurs,
            word_before: None,
            ..Self::scheduled(id, instance, project, word, now)
        };
        step(&run, RunInput::Seen { word: word.to_owned() }, &Patience::default(), now)
    }

    /// GitLab's last word on this run.
    pub fn server_word(&self) -> Option<&str> {
        self.sights.last().map(|sight| sight.word.as_str())
    }

    pub fn is_ended(&self) -> bool {
        self.outcome.is_some()
    }

    /// What the API said of this run, word for word, oldest first.
    pub fn exact_words(&self) -> String {
        if let Some(Outcome::NotAccepted { trouble }) = &self.outcome {
            return trouble.headline.clone();
        }
        let words: Vec<&str> = self.sights.iter().map(|sight| sight.word.as_str()).collect();
        format!("export_status: {}", words.join(" › "))
    }

    /// Whether GitLab has shown the job of this run: from then on, its words are about this run.
    fn has_shown_itself(&self) -> bool {
        self.origin != Origin::Scheduled
            || self.sights.iter().any(|sight| {
                matches!(sight.word.as_str(), "queued" | "started" | "regeneration_in_progress" | "finished")
            })
    }

    /// When GitLab last said something new, or when we asked.
    fn last_news_at(&self) -> UtcMs {
        self.sights.last().map_or(self.created_at, |sight| sight.first_at)
    }
}

/// The run after `input`. Total: an ended run keeps its outcome whatever is said later.
pub fn step(run: &Run, input: RunInput, patience: &Patience, now: UtcMs) -> Run {
    let mut next = run.clone();
    if run.is_ended() {
        return next;
    }
    match input {
        RunInput::PostLeaves => next.post = Post::Unanswered { trouble: None },
        RunInput::PostHeld => next.post = Post::Planned,
        RunInput::Unanswered { trouble } => {
            next.correlation_id = trouble.correlation_id.clone().or(next.correlation_id);
            next.post = Post::Unanswered { trouble: Some(trouble) };
        }
        RunInput::Accepted { correlation_id } => {
            next.post = Post::Accepted;
            next.accepted_at = Some(now);
            next.correlation_id = correlation_id.or(next.correlation_id);
        }
        RunInput::NotAccepted { trouble } => {
            next.correlation_id = trouble.correlation_id.clone().or(next.correlation_id);
            end(&mut next, Phase::Failed, Outcome::NotAccepted { trouble }, now);
        }
        RunInput::Left => {
            let phase = next.phase;
            end(&mut next, phase, Outcome::Left, now);
        }
        // GitLab's words are about other runs as long as ours was not asked for.
        RunInput::Seen { .. } if next.post == Post::Planned => {}
        RunInput::Seen { word } => {
            note_sight(&mut next.sights, &word, now);
            judge(&mut next, run, &word, patience, now);
        }
    }
    next
}

fn note_sight(sights: &mut Vec<Sight>, word: &str, now: UtcMs) {
    match sights.last_mut() {
        Some(last) if last.word == word => last.last_at = now,
        _ => sights.push(Sight { word: word.to_owned(), first_at: now, last_at: now }),
    }
}

fn end(run: &mut Run, phase: Phase, outcome: Outcome, now: UtcMs) {
    run.phase = phase;
    run.ended_at = Some(now);
    run.outcome = Some(outcome);
}

/// Sets our word from GitLab's and from what was known `before` this look.
fn judge(next: &mut Run, before: &Run, word: &str, patience: &Patience, now: UtcMs) {
    let asked_at = next.accepted_at.unwrap_or(next.created_at);
    let shown = before.has_shown_itself();
    let unanswered = matches!(next.post, Post::Unanswered { .. });
    let fresh_ms = if unanswered { patience.unanswered_ms } else { patience.stale_ms };
    let still_fresh = now.since_ms(asked_at) < fresh_ms;
    match (Phase::of_word(word), shown) {
        // GitLab deletes the old file while it takes the request: a file before and after says it was not taken.
        (Phase::Ready, false) if unanswered && before.word_before.as_deref() == Some("finished") => {
            refuse(next, now);
        }
        (Phase::Idle | Phase::Requested | Phase::Failed, false) if unanswered && !still_fresh => {
            refuse(next, now);
        }
        (Phase::Ready, _) => end(next, Phase::Ready, Outcome::Ready, now),
        (phase @ (Phase::Queued | Phase::Running | Phase::Unknown), _) => next.phase = phase,
        (Phase::Idle | Phase::Requested, true) => fail(
            next,
            "GitLab showed this run at work and now says `none`: it ended without a file, which the API never calls `failed`.",
            now,
        ),
        (Phase::Idle | Phase::Requested, false) if still_fresh => next.phase = Phase::Requested,
        (Phase::Idle | Phase::Requested, false) => {
            fail(next, "GitLab accepted the request and never showed a job for it.", now);
        }
        (Phase::Failed, true) => fail(next, "GitLab says `failed`.", now),
        // Failed rows live for 7 days, and a stored file hides them: only `none` before proves there was none.
        (Phase::Failed, false) if before.word_before.as_deref() == Some("none") => {
            fail(next, "GitLab says `failed`, and there was no earlier failure for this user.", now);
        }
        (Phase::Failed, false) if still_fresh => next.phase = Phase::Requested,
        (Phase::Failed, false) => {
            fail(next, "GitLab has said nothing but `failed` since the run was asked for.", now);
        }
    }
}

/// The request was not taken, as far as can be told.
fn refuse(run: &mut Run, now: UtcMs) {
    let told = match &run.post {
        Post::Unanswered { trouble } => trouble.clone(),
        Post::Planned | Post::Accepted | Post::NotOurs => None,
    };
    let trouble = told.unwrap_or_else(|| {
        Trouble::new(
            Code::Network,
            "GitLab's answer to the request is not known, and GitLab has shown no job for it.",
            "Start it again.",
        )
    });
    end(run, Phase::Failed, Outcome::NotAccepted { trouble }, now);
}

fn fail(run: &mut Run, because: &str, now: UtcMs) {
    end(run, Phase::Failed, Outcome::Failed { because: because.to_owned() }, now);
}

/// What is true about `run` at `now`.
pub fn standing(run: &Run, patience: &Patience, now: UtcMs) -> Standing {
    let word = run.server_word().map_or_else(|| "nothing yet".to_owned(), |word| format!("`{word}`"));
    let stuck =
        !run.is_ended() && run.phase.under_way() && now.since_ms(run.last_news_at()) > patience.silent_ms;
    let (sentence, hint) = if stuck { stuck_words(&word) } else { words(run, &word) };
    let file_until =
        (run.phase == Phase::Ready).then(|| run.ended_at.map(|at| at.plus_ms(patience.file_ms))).flatten();
    Standing { phase: run.phase, stuck, sentence, hint, file_until }
}

fn stuck_words(word: &str) -> (String, Option<String>) {
    (
        format!(
            "GitLab has said {word} for over 7 hours, longer than its own clean-up of dead runs takes: the run is stuck."
        ),
        Some(
            "Start it again; if it sticks again, note the correlation id and open the console request."
                .into(),
        ),
    )
}

fn words(run: &Run, word: &str) -> (String, Option<String>) {
    let asked = run.accepted_at.unwrap_or(run.created_at).for_people();
    match (&run.outcome, run.phase) {
        (Some(Outcome::Left), _) => (format!("No longer watched; GitLab said {word} last."), None),
        (Some(Outcome::NotAccepted { trouble }), _) => (trouble.headline.clone(), Some(trouble.hint.clone())),
        (Some(Outcome::Failed { because }), _) => (
            format!("{because} The run was asked for at {asked}, so it has failed."),
            Some("Retry once; if it fails again, look up the correlation id in Kibana and go on with the case.".into()),
        ),
        (Some(Outcome::Ready), _) if run.upload_host.is_some() => (
            "GitLab has finished the export. It does not report whether the upload arrived.".into(),
            Some("Look for the object in the bucket; the file can be downloaded here as well.".into()),
        ),
        (Some(Outcome::Ready), _) | (None, Phase::Ready) => {
            ("GitLab has finished: the file can be downloaded.".into(), Some("Download it; GitLab deletes it after 24 hours.".into()))
        }
        (None, Phase::Idle | Phase::Requested) if run.server_word() == Some("failed") => (
            format!("GitLab says {word}, which may belong to an earlier run; this one was asked for at {asked}."),
            None,
        ),
        (None, Phase::Idle | Phase::Requested) if matches!(run.post, Post::Unanswered { .. }) => {
            (format!("Asked for at {asked}, and it is not known whether GitLab took the request; the next looks tell."), None)
        }
        (None, Phase::Idle | Phase::Requested) if run.server_word().is_none() => {
            (format!("Asked for at {asked}; the first look comes after about 10 s, when GitLab has something to show."), None)
        }
        (None, Phase::Idle | Phase::Requested) => {
            (format!("Asked for at {asked}; GitLab says {word} until a worker takes it up."), None)
        }
        (None, Phase::Queued) => (format!("GitLab says {word}: it waits for a worker."), None),
        (None, Phase::Running) if run.server_word() == Some("regeneration_in_progress") => (
            format!("GitLab says {word}: a file is stored and the job is not done, so this is neither a new file nor a failure."),
            None,
        ),
        (None, Phase::Running) => (format!("GitLab says {word}: it is exporting."), None),
        (None, Phase::Failed) => (format!("GitLab says {word}."), None),
        (None, Phase::Unknown) => {
            (format!("GitLab says {word}, a word this version does not know; it is watched on."), None)
        }
    }
}

#[cfg(test)]
mod tests;
