//! Records that an import lost, by relation and cause, in plain words.

use serde::{Deserialize, Serialize};

/// The maximum number of failures that GitLab lists.
pub const MOST_FAILURES: usize = 100;
/// The relations that `POST /projects/import-relation` accepts.
pub const REPAIRABLE: [&str; 4] = ["issues", "merge_requests", "ci_pipelines", "milestones"];

/// One entry of `failed_relations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFailure {
    /// ID of the failure's record, not of the lost object.
    pub id: Option<u64>,
    pub created_at: Option<String>,
    pub relation: String,
    /// The Ruby class of the exception.
    pub class: Option<String>,
    pub message: Option<String>,
    /// The importer's step.
    pub source: Option<String>,
    /// The line in the relation's NDJSON file.
    pub line: Option<u64>,
}

/// Failures of one relation with one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureGroup {
    pub relation: String,
    /// The cause in plain words.
    pub cause: String,
    pub count: usize,
    /// GitLab's own words for the first failure.
    pub example: String,
    /// Line numbers in the relation's NDJSON file, the first ten.
    pub lines: Vec<u64>,
    /// Whether GitLab can import this relation alone.
    pub repairable: bool,
}

/// Groups failures, the largest group first.
pub fn group(failures: &[ImportFailure]) -> Vec<FailureGroup> {
    let mut groups: Vec<FailureGroup> = Vec::new();
    for failure in failures {
        let cause = cause(failure.class.as_deref().unwrap_or(""), failure.message.as_deref().unwrap_or(""));
        let at = groups.iter().position(|group| group.relation == failure.relation && group.cause == cause);
        let at = at.unwrap_or_else(|| {
            groups.push(FailureGroup {
                relation: failure.relation.clone(),
                cause: cause.to_owned(),
                count: 0,
                example: failure.message.clone().or(failure.class.clone()).unwrap_or_default(),
                lines: Vec::new(),
                repairable: REPAIRABLE.contains(&failure.relation.as_str()),
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.count += 1;
        group.lines.extend(failure.line.filter(|_| group.lines.len() < 10));
    }
    groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.relation.cmp(&b.relation)));
    groups
}

/// The meaning of an exception, by the classes that Rails and GitLab's importer raise.
fn cause(class: &str, message: &str) -> &'static str {
    let class = class.rsplit("::").next().unwrap_or(class);
    let message = message.to_ascii_lowercase();
    let says = |text: &str| message.contains(text);
    match class {
        "QueryCanceled" | "StatementTimeout" => "the database took too long",
        _ if says("statement timeout") || says("statement due to") => "the database took too long",
        "RecordNotUnique" => "the same record exists already",
        _ if says("already been taken") || says("duplicate key") => "the same record exists already",
        "InvalidForeignKey" | "NotNullViolation" | "RecordNotFound" => {
            "a record that this one refers to is missing on the destination"
        }
        _ if says("must exist") || says("can't be blank") => {
            "a record that this one refers to, or a required value, is missing"
        }
        _ if says("is too long") || says("too big") => "a text is longer than the destination allows",
        "ValueTooLong" => "a text is longer than the destination allows",
        "RecordInvalid" | "RecordNotSaved" | "ArgumentError" => "the destination's rules reject the record",
        "ParserError" | "NestingError" | "LoadError" => "the record in the archive is unreadable",
        "ReadTimeout" | "OpenTimeout" | "Timeout" | "TimeoutError" => {
            "a service that GitLab uses answered too late"
        }
        _ if says("execution expired") || says("timed out") => "a service that GitLab uses answered too late",
        "ConnectionNotEstablished" | "ConnectionFailed" | "ConnectionBad" | "ECONNREFUSED" => {
            "a service that GitLab uses could not be reached"
        }
        "DeadlockDetected" | "Deadlocked" | "LockWaitTimeout" => "the database was busy",
        _ => "unknown reason",
    }
}
