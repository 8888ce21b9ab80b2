//! Deadlines of cases: the engine wakes up for them by itself, and for nothing else.

use export_desk::case::{ClockName, Fact};
use export_desk::engine::api::{Answer, Command, DeadlineOf};

use crate::desk::Desk;
use crate::face::Face;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_clock_that_comes_near_its_end_wakes_the_engine_and_nothing_else_does() {
    let desk = Desk::of("first-export");
    let face = Face::of(&desk);
    let new = Command::NewCase {
        ticket: None,
        instance: desk.practice.url().into(),
        project: "acme/webshop".into(),
    };
    let Ok(Answer::Case(case)) = face.ask(new) else { panic!() };
    // GitLab keeps the file for 24 hours, and the deadline warns in the last six of them: that starts in two seconds.
    let finished = face.engine.snapshot().at.plus_ms(-18 * HOUR_MS + 2_000).rfc3339();
    let values = vec![(Fact::ExportSucceeded, "yes".to_owned()), (Fact::ExportFinishedAt, finished)];
    face.ask(Command::SetFacts { case, values }).unwrap();
    let before = face.engine.snapshot().seq;
    let (of, clock, at, seq) = face.until(|picture| {
        let near = picture.ending.first()?;
        Some((near.of.clone(), near.clock.clone(), picture.at, picture.seq))
    });
    assert_eq!((of, clock.name), (DeadlineOf::Case(case), ClockName::FileExpiry));
    assert!(at >= clock.soon_at && at < clock.ends_at, "{clock:?} at {at}");
    assert!(seq <= before + 2, "{} pictures for one clock", seq - before);
}
