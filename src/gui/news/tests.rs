use std::sync::Arc;

use super::*;
use crate::case::import::PartState;
use crate::case::{Deadline, DeadlineState};
use crate::gui::fixture::{ago, case, first_run, now, relations, run_of};
use crate::gui::pages::imports::fixture::{set, set_after};
use crate::gui::subject::lasts;

#[test]
fn an_end_is_announced_once_and_only_if_its_beginning_was_seen() {
    let one = case(1, 1, "acme/api");
    let running = Arc::new(run_of(&one, 1, 9, &[("queued", 8), ("started", 7)]));
    let ended = Arc::new(run_of(&one, 1, 9, &[("queued", 8), ("started", 7), ("finished", 1)]));
    let with = |run: &Arc<RunView>| Snapshot { runs: [Arc::clone(run)].into(), ..first_run() };
    let mut news = News::default();
    assert!(news.of(&with(&ended)).is_empty(), "old ends are no news");
    assert!(news.of(&with(&running)).is_empty());
    let told = news.of(&with(&ended));
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].case, told[0].headline.as_str()),
        (Some(CaseId(1)), "The export of acme/api is ready")
    );
    assert!(news.of(&with(&ended)).is_empty());
}

#[test]
fn a_set_is_announced_once_at_its_real_end() {
    let with = |views: &[ImportView]| Snapshot {
        imports: views.iter().cloned().map(Arc::new).collect(),
        ..first_run()
    };
    let mut news = News::default();
    // The base archive has ended, and the parts of the set come after it.
    for running in [&set_after(0), &set_after(1), &set(PartState::Running)[..]] {
        assert_eq!(news.of(&with(running)), []);
    }
    let told = news.of(&with(&set_after(4)));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].headline, "The import of the set into acme/webshop-copy has finished");
    assert!(news.of(&with(&set_after(4))).is_empty());
    let mut news = News::default();
    news.of(&with(&set(PartState::Running)));
    let told = news.of(&with(&set(PartState::Stopped)));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].headline, "The import of the set into acme/webshop-copy has stopped");
    assert!(lasts(told[0].subject.as_ref().unwrap(), &with(&set(PartState::Stopped))));
    assert!(!lasts(told[0].subject.as_ref().unwrap(), &with(&set(PartState::Running))), "it continues");
}

#[test]
fn a_batch_is_announced_once_at_its_end_or_when_it_stops() {
    use crate::case::batch::{BatchItem, ItemStage, counts};
    let batch = |stage: ItemStage, failed: usize| {
        let mut view = crate::gui::pages::exports::fixture::view(500);
        let mut items: Vec<_> = view.items.iter().map(|one| one.item.clone()).collect();
        for (place, item) in items.iter_mut().enumerate() {
            let stage = if place < failed { ItemStage::Failed } else { stage };
            let run = Some(RunId(place as i64 + 1));
            *item = BatchItem { stage, is_paused: false, run, ..item.clone() };
        }
        view.counts = counts(&items);
        view.items = (0..)
            .zip(items)
            .map(|(place, item)| Arc::new(BatchItemView { place, item, is_asked: false, progress: None }))
            .collect();
        view
    };
    let one = case(1, 1, "acme/api");
    let run = |words: &[(&str, i64)]| [Arc::new(run_of(&one, 1, 9, words))].into();
    let with = |view: &BatchView, words: &[(&str, i64)]| Snapshot {
        batches: [Arc::new(view.clone())].into(),
        runs: run(words),
        ..first_run()
    };
    let mut news = News::default();
    let running = batch(ItemStage::Exporting, 0);
    assert_eq!(news.of(&with(&running, &[("queued", 8), ("started", 7)])), []);
    let ended = [("queued", 8), ("started", 7), ("finished", 1)];
    assert_eq!(news.of(&with(&running, &ended)), [], "one of 500 exports is ready");
    let mut stopped = running.clone();
    stopped.batch.stopped =
        Some(crate::case::UserError::new(crate::case::Code::Local, "The disk is full.", "Free some space."));
    let told = news.of(&with(&stopped, &ended));
    assert_eq!(
        (told.len(), told[0].tone, told[0].headline.as_str()),
        (1, Tone::Problem, "The export of 500 projects has stopped")
    );
    assert_eq!(news.of(&with(&stopped, &ended)), [], "once");
    assert_eq!(news.of(&with(&running, &ended)), []);
    assert!(!lasts(told[0].subject.as_ref().unwrap(), &with(&running, &ended)), "it continues");
    let told = news.of(&with(&batch(ItemStage::Done, 2), &ended));
    assert_eq!(
        (told[0].tone, told[0].detail.as_str()),
        (Tone::Problem, "498 of 500 projects done, 2 failed.")
    );
    news.of(&with(&running, &ended));
    assert_eq!(news.of(&with(&batch(ItemStage::Done, 0), &ended))[0].tone, Tone::Good);
    news.of(&with(&running, &ended));
    assert_eq!(news.of(&with(&batch(ItemStage::Cancelled, 0), &ended)), [], "the person cancelled all of it");
}

#[test]
fn files_of_an_export_that_failed_in_part_are_no_good_news() {
    let mut view = relations::some_failed();
    assert_eq!(view.status.phase, RelationsPhase::SomeFailed);
    if let Some(download) = view.download.as_mut().map(Arc::make_mut) {
        (download.files_failed, download.files_done, download.files_all) = (0, 16, 16);
    }
    let notice = of_files(&view).unwrap();
    assert_eq!(notice.tone, Tone::Incomplete);
    assert!(notice.headline.starts_with("Downloaded the available relations of "), "{}", notice.headline);
}

#[test]
fn a_deadline_is_announced_once_before_it_ends() {
    let one = Arc::new(case(1, 418_822, "acme/api"));
    let due = |ends_at: UtcMs| DueDeadline {
        of: DeadlineOf::Case(CaseId(1)),
        deadline: Deadline {
            name: DeadlineName::InfraWindow,
            ends_at,
            soon_at: ends_at.plus_ms(-6 * 3_600_000),
            state: DeadlineState::Soon,
            why: "A request is feasible within 30 days.".into(),
        },
    };
    let with = |all: Vec<DueDeadline>| Snapshot {
        cases: [one.clone()].into(),
        due_deadlines: all.into(),
        ..first_run()
    };
    let mut news = News::default();
    let end = now().plus_ms(6 * 3_600_000);
    assert!(news.of(&Snapshot { seq: 0, ..with(vec![due(end)]) }).is_empty());
    assert!(news.of(&Snapshot { at: ago(1), ..with(vec![]) }).is_empty());
    let told = news.of(&with(vec![due(end)]));
    assert_eq!(told[0].headline, "Infrastructure window ends in 6 h: #418822 acme/api");
    assert_eq!(told[0].tone, Tone::Deadline);
    assert!(news.of(&with(vec![due(end)])).is_empty(), "once");
    assert!(news.of(&with(vec![])).is_empty());
    assert!(news.of(&with(vec![due(end)])).is_empty(), "once, also after it was away");
    assert_eq!(news.of(&with(vec![due(end.plus_ms(1))])).len(), 1, "another end is another deadline");
    let mut opened = News::default();
    assert!(opened.of(&with(vec![due(end)])).is_empty(), "what the first picture shows is seen");
    assert!(opened.of(&with(vec![due(end)])).is_empty());
    let known_late = Snapshot { at: now().plus_ms(60_000), ..with(vec![due(end)]) };
    assert!(opened.of(&known_late).is_empty(), "a deadline that was near at the start is no news either");
}
