//! Deadlines of cases: the engine wakes up for them by itself, and for nothing else.

use export_desk::case::{DeadlineName, Fact};
use export_desk::engine::api::{Command, DeadlineOf};

use crate::fixture::Fixture;
use crate::front_end::FrontEnd;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn only_a_deadline_that_is_soon_wakes_the_engine() {
    let fixture = Fixture::of("first-export");
    let front_end = FrontEnd::of(&fixture);
    let case = front_end.open_case(&fixture, "acme/webshop", None);
    // GitLab keeps the file for 24 hours, and the deadline warns in the last six of them: that starts in two seconds.
    let finished = front_end.engine.snapshot().at.plus_ms(-18 * HOUR_MS + 2_000).rfc3339();
    let values = vec![(Fact::ExportSucceeded, "yes".to_owned()), (Fact::ExportFinishedAt, finished)];
    front_end.ask(Command::SetFacts { case, values }).unwrap();
    let before = front_end.engine.snapshot().seq;
    let (of, deadline, at, seq) = front_end.until(|snapshot| {
        let near = snapshot.due_deadlines.first()?;
        Some((near.of.clone(), near.deadline.clone(), snapshot.at, snapshot.seq))
    });
    assert_eq!((of, deadline.name), (DeadlineOf::Case(case), DeadlineName::FileExpiry));
    assert!(at >= deadline.soon_at && at < deadline.ends_at, "{deadline:?} at {at}");
    assert!(seq <= before + 2, "{} pictures for one clock", seq - before);
}
