//! The handbook's trackers: search results, and what will be posted.

/// The results of a search in trackers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueSearch {
    /// Known issues first, then the most recently updated ones; each issue once.
    pub hits: Vec<IssueHit>,
    /// One sentence for every tracker that could not be searched. Missing access is not an error, but the user must
    /// know of it.
    pub not_searched: Vec<String>,
}

/// One issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueHit {
    pub url: String,
    /// `gitlab-org/gitlab#330833`.
    pub reference: String,
    /// `None` for a known issue that the search did not return.
    pub title: Option<String>,
    /// `None` for a known issue that the search did not return.
    pub is_open: Option<bool>,
    pub labels: Vec<String>,
    /// GitLab's time of the last update, RFC 3339.
    pub updated_at: Option<String>,
    /// When a person last commented, RFC 3339; read only for the issues of a case.
    pub last_comment_at: Option<String>,
    /// The entry in the table of known issues that matches this case.
    pub known: Option<KnownHit>,
}

/// An entry in the table of known issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHit {
    pub symptom: String,
    /// Empty where the table gives no advice.
    pub advice: String,
}

/// What `AddInfradev` puts on the bug issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfradevPlan {
    pub labels: Vec<String>,
    /// The comment, exactly as it will be posted.
    pub comment: String,
}
