//! Lessons: small worlds in which one thing goes wrong, each a file in `assets/practice/`.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::plan::WorldPlan;

/// A lesson: what it teaches, the world it uses, and how it ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// What the person knows after the lesson, in one sentence.
    pub teaches: String,
    /// What the person does next, one sentence each.
    pub steps: Vec<String>,
    /// The mark that completes each of these steps, in the same order; empty if nothing indicates completion.
    #[serde(default)]
    pub done_when: Vec<Mark>,
    /// Whether the lesson is over only once a set of archives was made.
    #[serde(default)]
    pub makes_set: bool,
    /// Full path of the lesson's project.
    pub project: String,
    /// The required outcome of `export start PROJECT --wait --download DIR --json`, or of the command named in it.
    pub expect: Expect,
    #[serde(default)]
    pub world: WorldPlan,
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

/// How far the export of a lesson's project has progressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// GitLab received the request for the export, and has answered.
    Asked,
    /// The run has ended, successfully or not; if GitLab refused the request, there is no run to wait for.
    Ended,
    /// The download has ended, and the archive was verified.
    #[serde(rename = "proven")]
    Verified,
}

/// The outcome of the lesson's headless run, in the terms of the command line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The exit code.
    pub exit: u8,
    /// The code of the last line, if the exit code is not 0.
    pub code: Option<String>,
    /// The archive's verdict, if a file arrived.
    pub verdict: Option<String>,
    /// Further arguments after `export start PROJECT --wait --download DIR --json`. `{storage}` stands for the URL of
    /// the practice object storage.
    #[serde(default)]
    pub args: Vec<String>,
    /// A command to run instead of `export start …`. Its arguments may contain `{project}`, `{storage}`,
    /// `{downloads}` (a folder) and `{archive}` (a file in it).
    #[serde(default)]
    pub command: Vec<String>,
    /// Commands to run first, which must succeed, with the same placeholders.
    #[serde(default)]
    pub before: Vec<Vec<String>>,
    /// Fields that the result line must contain, among others.
    #[serde(default)]
    pub result: toml::Table,
    /// The minimum number of times that the download resumed after an interruption.
    #[serde(default)]
    pub resumed_at_least: u32,
}

impl Lesson {
    /// Parses a lesson in the format of the files in `assets/practice/`.
    pub fn parse(name: &str, text: &str) -> Result<Self, toml::de::Error> {
        let lesson: Self = toml::from_str(text)?;
        Ok(Self { name: name.to_owned(), ..lesson })
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../assets/practice/", $name, ".toml")))),*]
    };
}

/// In the recommended order.
const FILES: &[(&str, &str)] = files![
    "first-export",
    "queue-waits",
    "existing-file",
    "cut-and-resume",
    "stalled-download",
    "link-expires",
    "silent-none",
    "stale-failed",
    "failed-run",
    "regeneration",
    "no-access",
    "role-too-low",
    "exports-disabled",
    "size-limit",
    "rate-limited",
    "upload-to-bucket",
    "html-instead-of-json",
    "file-not-ready",
    "changed-file",
    "truncated-archive",
    "hard-link",
    "relations-batched",
    "relations-batch-failed",
    "relations-off",
    "rebuild",
    "rebuild-with-a-gap",
    "rebuild-too-large",
    "import-repair",
    "import-head-refused",
    "import-name-taken",
    "import-upload-cut",
];

/// All lessons, in the recommended order.
pub fn lessons() -> Vec<Lesson> {
    // A test reads every file, so that no lesson is lost here.
    FILES.iter().filter_map(|(name, text)| Lesson::parse(name, text).ok()).collect()
}

/// The lesson of that name.
pub fn lesson(name: &str) -> Option<Lesson> {
    let (name, text) = FILES.iter().find(|(known, _)| *known == name)?;
    Lesson::parse(name, text).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_lesson_that_parses() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/practice");
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(on_disk, listed);
        for (name, text) in FILES {
            let lesson = Lesson::parse(name, text).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
            assert!(!lesson.steps.is_empty(), "{name} has no steps");
            // Lessons about other commands are for the command line; the window's guide supports only exports.
            let is_guided = lesson.expect.command.is_empty() || !lesson.done_when.is_empty();
            let guided = if is_guided { lesson.steps.len() } else { 0 };
            assert_eq!(guided, lesson.done_when.len(), "{name}: each step is over at some time");
            assert!(lesson.done_when.is_sorted(), "{name}: a step is over before the one ahead of it");
            assert!(lesson.world.has(&lesson.project), "{name} is about a project that is not there");
            assert!(
                lesson.expect.command.is_empty() || lesson.expect.args.is_empty(),
                "{name}: arguments belong to the command"
            );
            assert_eq!(
                lesson.expect.exit == 0,
                lesson.expect.verdict.is_some(),
                "{name}: a verdict on success only"
            );
            assert_eq!(
                lesson.expect.exit != 0,
                lesson.expect.code.is_some(),
                "{name}: a code on failure only"
            );
        }
        assert_eq!(lessons().len(), FILES.len());
    }
}
