//! The handbook's trackers: what was found there, and what will be posted.

/// What a search of trackers brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueSearch {
    /// Issues of the table of known ones first, then the latest changed; each once.
    pub hits: Vec<IssueHit>,
    /// A sentence for every tracker that could not be searched: no access is no error, and it is not silence.
    pub not_searched: Vec<String>,
}

/// One issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueHit {
    pub url: String,
    /// `gitlab-org/gitlab#330833`.
    pub reference: String,
    /// Absent for a known issue that the search did not bring.
    pub title: Option<String>,
    /// Absent for a known issue that the search did not bring.
    pub is_open: Option<bool>,
    pub labels: Vec<String>,
    /// GitLab's time of the last change, RFC 3339.
    pub updated_at: Option<String>,
    /// Why the table of known issues names it for this case.
    pub known: Option<KnownHit>,
}

/// What the table of known issues says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHit {
    pub symptom: String,
    /// Empty where there is none.
    pub advice: String,
}

/// What `AddInfradev` puts on the bug issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfradevPlan {
    pub labels: Vec<String>,
    /// The comment, exactly as it will stand there.
    pub comment: String,
}
