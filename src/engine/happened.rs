//! What one owner must tell the others. It is returned, never called: the router tells whoever has to know.

/// Something that is true now, and that another owner may have to act upon.
#[derive(Debug)]
pub enum Happened {
    /// The practice GitLab at this URL has gone, with everything that was asked of it.
    PracticeEnded { url: String },
    /// Another practice GitLab runs.
    PracticeStarted,
}
