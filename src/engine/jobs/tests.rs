//! The request that starts a job, whoever planned it.

use super::*;
use crate::engine::core::tests::core;
use crate::engine::front_ends::Credentials;
use crate::store::Write;

const URL: &str = "https://gitlab.example.com";

const RUN: RelationsId = RelationsId(1);
const JOB: JobId = JobId::Relations(RUN);

/// An engine whose store has a relations export that an earlier program planned.
fn with_a_planned_export() -> (Core, Jobs) {
    let (inputs, _heard) = tokio::sync::mpsc::channel(8);
    let mut core = core(inputs);
    let planned = RelationsRun::requested(RUN, URL, (1, "acme/app"), true, &[], UtcMs(0));
    let write = Write::PutJob(Box::new(Job::Relations(planned)));
    core.commit(UtcMs(0), vec![write], Vec::new()).unwrap();
    let jobs = Jobs::load(&mut core).unwrap();
    (core, jobs)
}

#[tokio::test]
async fn a_poll_from_before_a_request_does_not_begin_it_again() {
    let (mut core, mut jobs) = with_a_planned_export();
    core.sessions.open(URL).unwrap();
    let ask = AskId(7);
    relations::post(&mut core, &mut jobs.table, ask, RUN, true);
    assert_eq!(jobs.table.sending_for(ask), Some(JOB));
    jobs.input(&mut core, JobsInput::Polled { id: JOB, result: Ok(Polled::Relations(Vec::new())) });
    assert_eq!(jobs.table.sending_for(ask), Some(JOB), "another request took its place");
}

#[tokio::test]
async fn what_an_earlier_program_planned_is_sent_with_the_token_of_whoever_asks_for_it() {
    let (mut core, mut jobs) = with_a_planned_export();
    let guest = FrontEndId::new(3);
    let token = crate::gitlab::Token::new("glpat-of-the-guest".into()).ok();
    core.sessions.lend(guest, Credentials { instance: URL.into(), token, ca_file: None }).unwrap();
    core.acting_as(guest, |core| relations::post(core, &mut jobs.table, AskId(7), RUN, true));
    assert_eq!(jobs.table.sending_for(AskId(7)), Some(JOB));
    assert_eq!(jobs.follower(&core, JOB), guest);
}

#[tokio::test]
async fn whoever_asks_for_a_request_without_an_instance_is_answered() {
    let (mut core, mut jobs) = with_a_planned_export();
    relations::post(&mut core, &mut jobs.table, AskId(7), RUN, true);
    assert_eq!(jobs.table.sending_for(AskId(7)), None);
    assert_eq!(core.replies_view().len(), 1);
}
