//! The issues of a case as GitLab has them now.

use export_desk::case::Fact;
use export_desk::engine::api::{Command, IssueHit};
use export_desk::practice::{ApiCall, Fault};

use super::commands::comment;
use super::{PROJECT, answer, fixture_with, found, new_case, set};
use crate::front_end::FrontEnd;

#[test]
fn the_issues_of_a_case_are_read_as_they_are_now() {
    let fixture = fixture_with("");
    let front_end = FrontEnd::of(&fixture);
    let case = new_case(&front_end, &fixture, PROJECT);
    let url = fixture.practice.url();
    let bug = format!("{url}/gitlab-org/gitlab/-/issues/436638");
    let console = format!("{url}/gitlab-com/support/internal-requests/-/issues/1");
    set(&front_end, case, &[(Fact::BugIssue, &bug), (Fact::ConsoleIssue, &console)]);
    set(&front_end, case, &[(Fact::DownloadError, "404 Not found or has expired")]);
    let read = || found(front_end.ask(Command::ReadIssues { case })).hits;
    let before = read();
    let one = |hits: &[IssueHit], end: &str| {
        hits.iter().find(|hit| hit.reference.ends_with(end)).unwrap_or_else(|| panic!("{hits:?}")).clone()
    };
    let (stuck, request, known) =
        (one(&before, "#436638"), one(&before, "internal-requests#1"), one(&before, "#330833"));
    assert_eq!((stuck.is_open, &stuck.last_comment_at, stuck.known.is_some()), (Some(true), &None, false));
    assert_eq!((request.is_open, request.url), (Some(false), console), "it was closed in GitLab");
    // A known issue has its title beside the number, and what to do about it.
    assert_eq!(known.title.as_deref(), Some("Project export download link has expired"));
    assert!(known.known.is_some(), "{known:?}");
    front_end.ask(comment(case, &bug, "Seen again.", false)).unwrap();
    let after = one(&read(), "#436638");
    assert!(after.last_comment_at.as_deref().is_some_and(|at| at.ends_with('Z')), "{after:?}");
    fixture.practice.trigger(Fault::always(ApiCall::Issue, answer(403)));
    let nothing = found(front_end.ask(Command::ReadIssues { case }));
    assert!(nothing.hits.is_empty(), "{nothing:?}");
    assert!(nothing.not_searched[0].contains("#1 could not be read with this token"), "{nothing:?}");
}
