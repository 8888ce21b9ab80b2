//! Lessons: small worlds in which one thing goes wrong, each a file in `assets/practice/`.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::plan::WorldPlan;

/// A lesson: what it teaches, the world it plays in, and how it ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// One sentence: what one knows afterwards.
    pub teaches: String,
    /// What the person does next, one sentence each.
    pub steps: Vec<String>,
    /// By what each of these steps is over, in the same order; empty where nothing tells.
    #[serde(default)]
    pub done_when: Vec<Mark>,
    /// Full path of the project it is about.
    pub project: String,
    /// How `export start PROJECT --wait --download DIR --json`, or the command named in it, must end.
    pub expect: Expect,
    #[serde(default)]
    pub world: WorldPlan,
    #[serde(default, rename = "fault")]
    pub faults: Vec<Fault>,
}

/// How far the export of a lesson's project has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// GitLab was asked for the export, and has answered.
    Asked,
    /// The run is over, well or badly; where GitLab said no, there is none to wait for.
    Ended,
    /// The download is over, and the archive was judged.
    Proven,
}

/// The end of the lesson's headless run, in the words of the command line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The exit code.
    pub exit: u8,
    /// The code word of the last line, where the exit code is not 0.
    pub code: Option<String>,
    /// The archive's verdict, where a file arrived.
    pub verdict: Option<String>,
    /// Further arguments after `export start PROJECT --wait --download DIR --json`. `{storage}` stands
    /// for the address of the practice object storage.
    #[serde(default)]
    pub args: Vec<String>,
    /// Another command in place of `export start …`, with `{project}`, `{storage}`, `{downloads}` (a folder) and
    /// `{archive}` (a file in it) in its words.
    #[serde(default)]
    pub command: Vec<String>,
    /// Commands before it, which end well, with the same words.
    #[serde(default)]
    pub before: Vec<Vec<String>>,
    /// Fields that the result line must have, beside others.
    #[serde(default)]
    pub result: toml::Table,
    /// The least number of times the download went on after a cut.
    #[serde(default)]
    pub resumed_at_least: u32,
}

impl Lesson {
    /// Reads a lesson as the files in `assets/practice/` are written.
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

/// In the order they are best taken.
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
    "import-repair",
    "import-head-refused",
    "import-name-taken",
    "import-upload-cut",
];

/// All lessons, in the order they are best taken.
pub fn lessons() -> Vec<Lesson> {
    // A test reads every file, so none is lost here.
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
            // Lessons of other commands are taught on the command line; the window's guide knows the export alone.
            let guided = if lesson.expect.command.is_empty() { lesson.steps.len() } else { 0 };
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
