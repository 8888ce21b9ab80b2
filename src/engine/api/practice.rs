//! The practice GitLab and its lessons.

pub use crate::practice::Mark as LessonMark;

/// The practice GitLab while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeView {
    pub url: String,
    /// The practice user's token: good for nothing but this practice GitLab.
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
    /// By what each step is over; empty where nothing tells.
    pub done_when: Vec<LessonMark>,
    pub project: String,
}
