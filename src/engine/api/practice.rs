//! The practice GitLab and its lessons.

pub use crate::practice::Mark as LessonMark;

/// The running practice GitLab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeView {
    pub url: String,
    /// The practice user's token. It works only with this practice GitLab.
    pub token: String,
    pub storage_url: String,
    pub lesson: Option<LessonView>,
    pub lessons: Vec<LessonView>,
}

/// One lesson of the practice GitLab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonView {
    pub name: String,
    pub title: String,
    pub teaches: String,
    pub steps: Vec<String>,
    /// What marks each step as done; empty where the window cannot tell.
    pub done_when: Vec<LessonMark>,
    /// Whether the lesson is over only once a set of archives was made.
    pub makes_set: bool,
    pub project: String,
}
