//! The script of faults: what goes wrong, at which call, at which of its requests, and how often.

use std::sync::Arc;

use serde::Deserialize;

use super::archive::Flaw;
use super::call::ApiCall;

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Fault {
    /// The call that the fault affects.
    pub on: ApiCall,
    /// The first affected request of that call, counted from 1.
    #[serde(default = "one")]
    pub at: u32,
    /// How many consecutive requests are affected; 0 means all from there on.
    #[serde(default = "one")]
    pub times: u32,
    /// What goes wrong.
    #[serde(flatten)]
    pub what: FaultKind,
}

fn one() -> u32 {
    1
}

impl Fault {
    /// Affects the next request of `on`, once.
    pub fn next(on: ApiCall, what: FaultKind) -> Self {
        Self { on, at: 1, times: 1, what }
    }

    /// Affects every request of `on`.
    pub fn always(on: ApiCall, what: FaultKind) -> Self {
        Self { on, at: 1, times: 0, what }
    }
}

/// What can go wrong. In a lesson: `kind = "cut_after"` and the fields beside it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    // Answers that never reached GitLab's own code.
    /// 502 with the proxy's HTML page.
    BadGateway,
    /// 503 with an HTML page.
    Unavailable,
    /// 500 `{"message":"500 Internal Server Error"}`.
    InternalError,
    /// A status without a body.
    EmptyAnswer {
        status: u16,
    },
    /// 429 in plain text, `Retry later` (`Rack::Attack`, and the edge).
    RetryLater {
        retry_after: Option<String>,
    },
    /// 429 as the application answers it. `retry_after` is seconds or `date`; without it the header is omitted.
    RateLimited {
        retry_after: Option<String>,
    },
    /// Anything.
    Answer {
        status: u16,
        content_type: String,
        body: String,
    },
    /// 200 with a sign-in page.
    Html,
    /// 200 with a JSON object, where a file was requested.
    Json,

    // The connection.
    /// Ends in the middle of the answer's headers.
    CutInHeader {
        after_bytes: u64,
    },
    /// Ends in an orderly way after so many bytes of the body.
    CutAfter {
        bytes: u64,
    },
    /// Is reset after so many bytes of the body, some of which may be lost.
    ResetAfter {
        bytes: u64,
    },
    /// Sends nothing more after so many bytes of the body, and stays open.
    StallAfter {
        bytes: u64,
    },
    /// A bandwidth for this connection.
    Slow {
        bytes_per_s: u64,
    },
    /// No listener for so many real milliseconds.
    Refused {
        for_ms: u64,
    },

    /// Is reset once so much of the request's body has arrived: an upload that fails.
    CutUpload {
        percent: u64,
    },
    /// Nothing more of the request's body is read once so much of it has arrived, and the connection stays open.
    StallUpload {
        percent: u64,
    },

    // GitLab's own answers.
    /// 401: the token was revoked meanwhile.
    TokenRevoked,
    /// 404 before authentication: exports are switched off.
    ExportDisabled,
    /// 404: the record exists, but the file does not exist yet.
    FileNotReady,
    /// An undocumented `export_status`.
    UnknownStatus {
        word: String,
    },
    /// `finished` without `_links`.
    LinksMissing,
    /// A list without `X-Total`, as for a list of more than 10,000 records.
    #[serde(rename = "total_untold")]
    TotalMissing,

    // The next run, on `export_start`; if triggered by hand, also the one under way.
    /// Ends as `none`: the archive could not be assembled, and only an e-mail says so.
    SilentNone,
    /// Ends as `failed`.
    FailedRun,
    /// Stays `started`.
    StuckStarted,
    /// A run of some days ago failed, and its status shows at first.
    StaleFailed,

    // The file of the next run, on `export_start`; if triggered by hand, also the stored one.
    Truncated {
        missing_bytes: u64,
    },
    Corrupted {
        at_byte: u64,
    },
    HardLink,
    NotAnExport,

    // The relations export, on `relations_start`.
    /// One relation fails with this text.
    RelationFailed {
        relation: String,
        error: String,
    },
    /// One batch of a relation fails with this text; the relation still counts as finished.
    BatchFailed {
        relation: String,
        batch: u64,
        error: String,
    },
    /// GitLab skips the last records of a batch and reports that nowhere; only the sum of the counts shows it.
    BatchShort {
        relation: String,
        batch: u64,
        missing: u64,
    },

    // The import calls.
    /// The import fails with this text.
    ImportFailed {
        error: String,
    },
    /// The import finishes, but loses one record of this relation.
    ImportPartial {
        relation: String,
    },
    /// The import is `canceled`.
    ImportCanceled,
    /// The import finishes without a failed relation, but these relations have no records; an empty list means every
    /// relation (gitlab-org/gitlab#271596).
    ImportEmpty {
        relations: Vec<String>,
    },

    // The way to the file, on `export_download`.
    /// The signed URL is valid for so long, in real time, or for so many requests.
    ExpiringLink {
        after_ms: Option<u64>,
        after_requests: Option<u32>,
    },
    /// The storage redirects forever.
    RedirectLoop,
    /// Redirects to a third host, which logs what it receives.
    RedirectForeign,
    /// Redirects to a host without an address.
    RedirectMissingHost,
    /// Redirects to a host over plain http.
    RedirectPlainHttp,

    // The transfer, on `object`, or on `export_download` if GitLab itself sends the file.
    /// 206 with a range that is off by one byte.
    WrongRange,
    /// 206 whose total is not the file's length.
    WrongTotal,
    /// 200 with the whole file.
    RangeIgnored,
    /// 416.
    RangeRefused,
    /// From now on another file under another `ETag`.
    Changed,
    /// The body ends so many bytes before its Content-Length.
    ShortBody {
        missing_bytes: u64,
    },
    /// No Content-Length, chunked.
    NoLength,
}

impl FaultKind {
    /// The resulting flaw of an archive, if any.
    pub fn flaw(&self) -> Option<Flaw> {
        match *self {
            Self::Truncated { missing_bytes } => Some(Flaw::Truncated { missing_bytes }),
            Self::Corrupted { at_byte } => Some(Flaw::Corrupted { at_byte }),
            Self::HardLink => Some(Flaw::HardLink),
            Self::NotAnExport => Some(Flaw::NotAnExport),
            _ => None,
        }
    }
}

/// The faults of one request, which `middleware` attaches to the request.
#[derive(Debug, Clone)]
pub struct RequestFaults(pub Arc<[FaultKind]>);

/// The active faults.
#[derive(Debug, Default)]
pub struct Script {
    faults: Vec<(Fault, u32)>,
}

impl Script {
    pub fn of(faults: &[Fault]) -> Self {
        Self { faults: faults.iter().map(|fault| (fault.clone(), 0)).collect() }
    }

    pub fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// Counts a request of `call`, and returns the faults that affect it.
    pub fn strike(&mut self, call: ApiCall) -> Vec<FaultKind> {
        let mut faults = Vec::new();
        for (fault, seen) in &mut self.faults {
            if fault.on != call && fault.on != ApiCall::Any {
                continue;
            }
            *seen = seen.saturating_add(1);
            let first = fault.at.max(1);
            if *seen >= first && (fault.times == 0 || *seen - first < fault.times) {
                faults.push(fault.what.clone());
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_call_at_its_turn_and_as_often_as_it_says() {
        let fault = Fault { on: ApiCall::Object, at: 2, times: 2, what: FaultKind::BadGateway };
        let mut script = Script::of(&[fault]);
        assert!(script.strike(ApiCall::ExportStatus).is_empty());
        let faults: Vec<bool> = (0..5).map(|_| !script.strike(ApiCall::Object).is_empty()).collect();
        assert_eq!(faults, [false, true, true, false, false]);
    }

    #[test]
    fn without_an_end_it_strikes_for_ever() {
        let mut script = Script::default();
        script.add(Fault::always(ApiCall::Any, FaultKind::Html));
        assert!((0..9).all(|_| script.strike(ApiCall::User) == [FaultKind::Html]));
    }
}
