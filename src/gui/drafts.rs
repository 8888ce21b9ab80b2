//! The drafted texts of every case while the window is open: rendered once, edited by hand, with the given answers.
//!
//! A render builds a template engine and walks the whole case, which is too slow for each frame. So a draft is cached
//! together with its inputs, and rendered again only when one of these has changed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::case::{Case, CaseId, CaseOutcome, Fact, NextStep, OfferLog, Stage, step_form};
use crate::engine::api::{
    DownloadView, InstanceView, JournalLine, RunView, Snapshot, TextConfig, download_of, runs_of,
};
use crate::engine::draft;
use crate::texts::{Leak, Missing, Rendered, TextKind, TextQuestion, leaks, redact};

/// All drafts of one workspace.
#[derive(Debug, Default)]
pub struct Drafts {
    cases: HashMap<CaseId, CaseDrafts>,
    /// How often a template was rendered, so that a test can tell.
    renders: u64,
}

/// The texts of one case.
#[derive(Debug, Default)]
struct CaseDrafts {
    /// The kind that the person selected; otherwise the next step's text is shown.
    chosen: Option<TextKind>,
    /// The step that was drawn last.
    at_step: Option<(Stage, Option<String>)>,
    answers: BTreeMap<TextQuestion, String>,
    answered: u64,
    /// The whole journal of the case, once it was fetched.
    timeline: Option<Arc<[JournalLine]>>,
    /// The revision of the case for which the journal was requested.
    timeline_of: Option<u64>,
    texts: BTreeMap<TextKind, TextDraft>,
}

/// One text: what the template produces, and the person's edit of it.
#[derive(Debug)]
pub struct TextDraft {
    inputs: Inputs,
    from_lists: FromLists,
    pub rendered: Rendered,
    /// What the field shows; the rendered text until it is edited.
    pub text: String,
    /// The rendered text that the edit started from.
    edited_from: Option<String>,
    /// Private data in the current content of a public text.
    pub leaks: Vec<Leak>,
}

/// The inputs of a render.
#[derive(Debug)]
struct Inputs {
    revision: u64,
    answered: u64,
    timeline: Option<Arc<[JournalLine]>>,
    text_config: Arc<TextConfig>,
    offer_log: Arc<OfferLog>,
    /// Texts contain times, and deadlines come nearer without any event.
    ten_minutes: i64,
    runs: Arc<[Arc<RunView>]>,
    downloads: Arc<[Arc<DownloadView>]>,
    instances: Arc<[InstanceView]>,
}

/// What a text takes from the lists of a snapshot, which change while a download moves.
#[derive(Debug, PartialEq, Eq)]
struct FromLists {
    run: Option<String>,
    download: Option<String>,
    user: Option<String>,
}

impl Inputs {
    fn of(case: &Case, snapshot: &Snapshot, drafts: &CaseDrafts) -> Self {
        Self {
            revision: case.revision,
            answered: drafts.answered,
            timeline: drafts.timeline.clone(),
            text_config: Arc::clone(&snapshot.text_config),
            offer_log: Arc::clone(&snapshot.offer_log),
            ten_minutes: snapshot.at.0.div_euclid(600_000),
            runs: Arc::clone(&snapshot.runs),
            downloads: Arc::clone(&snapshot.downloads),
            instances: Arc::clone(&snapshot.instances),
        }
    }

    /// Whether all is equal but the lists.
    fn are(&self, new: &Self) -> bool {
        let same_timeline = match (&self.timeline, &new.timeline) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_timeline
            && Arc::ptr_eq(&self.text_config, &new.text_config)
            && Arc::ptr_eq(&self.offer_log, &new.offer_log)
            && (self.revision, self.answered, self.ten_minutes)
                == (new.revision, new.answered, new.ten_minutes)
    }

    /// Whether the lists are the same: a changed list is a new allocation.
    fn have_lists_of(&self, new: &Self) -> bool {
        Arc::ptr_eq(&self.runs, &new.runs)
            && Arc::ptr_eq(&self.downloads, &new.downloads)
            && Arc::ptr_eq(&self.instances, &new.instances)
    }
}

impl FromLists {
    fn of(case: &Case, snapshot: &Snapshot) -> Self {
        let run = runs_of(snapshot, case).next().map(|view| view.status.sentence.clone());
        let download = download_of(snapshot, case).map(|view| {
            let error = view.error.as_ref().map(|error| error.headline.as_str()).unwrap_or_default();
            format!("{} {} {error}", view.state.as_str(), view.done.is_some())
        });
        let account = snapshot.instances.iter().find(|instance| instance.url == case.instance);
        let user = account.and_then(|known| known.account.as_ref()).and_then(|account| account.user.clone());
        Self { run, download, user }
    }
}

impl Drafts {
    /// The kind shown for a case: the one selected by hand, the next step's, or what the stage is about.
    pub fn kind(&self, case: &Case, step: Option<&NextStep>) -> TextKind {
        self.cases
            .get(&case.id)
            .and_then(|drafts| drafts.chosen)
            .or_else(|| step.and_then(|step| step_form(case, step).text).and_then(TextKind::parse))
            .unwrap_or_else(|| of_case(case)[0])
    }

    /// The step of a case as it is drawn: at another step than before, the card goes back to the step's own text.
    pub fn at_step(&mut self, case: &Case, step: Option<&NextStep>) {
        let drafts = self.cases.entry(case.id).or_default();
        let key = (case.stage, step.map(|step| step.label.clone()));
        if drafts.at_step.replace(key.clone()).is_some_and(|before| before != key) {
            drafts.chosen = None;
        }
    }

    pub fn choose(&mut self, case: CaseId, kind: TextKind) {
        self.cases.entry(case).or_default().chosen = Some(kind);
    }

    /// The draft of a text, rendered again only if one of its inputs has changed.
    pub fn draft(&mut self, kind: TextKind, case: &Case, snapshot: &Snapshot) -> &mut TextDraft {
        let drafts = self.cases.entry(case.id).or_default();
        let inputs = Inputs::of(case, snapshot, drafts);
        let timeline = drafts.timeline.as_deref().unwrap_or_default();
        let render = || draft(kind, case, snapshot, timeline, &drafts.answers);
        match drafts.texts.entry(kind) {
            Entry::Occupied(kept) => {
                let kept = kept.into_mut();
                if !kept.inputs.are(&inputs) || !kept.inputs.have_lists_of(&inputs) {
                    let from_lists = FromLists::of(case, snapshot);
                    if !kept.inputs.are(&inputs) || kept.from_lists != from_lists {
                        self.renders += 1;
                        kept.renew(render());
                    }
                    (kept.inputs, kept.from_lists) = (inputs, from_lists);
                }
                kept
            }
            Entry::Vacant(place) => {
                self.renders += 1;
                place.insert(TextDraft::new(inputs, FromLists::of(case, snapshot), render()))
            }
        }
    }

    /// The text as the person would send it: the edit if there is one, otherwise rendered with what was just typed.
    pub fn text_with(&mut self, kind: TextKind, case: &Case, preview: &Case, snapshot: &Snapshot) -> String {
        let written = self.draft(kind, case, snapshot);
        if written.is_edited() || preview == case {
            return written.text.clone();
        }
        let drafts = self.cases.entry(case.id).or_default();
        let timeline = drafts.timeline.as_deref().unwrap_or_default();
        draft(kind, preview, snapshot, timeline, &drafts.answers).text
    }

    /// Whether a text for the case's stage is edited, and `was_copied` knows nothing of the edit.
    pub fn is_unsaved(&self, case: &Case, was_copied: impl Fn(&str) -> bool) -> bool {
        let texts = self.cases.get(&case.id).map(|drafts| &drafts.texts);
        of_case(case)
            .iter()
            .filter_map(|kind| texts?.get(kind))
            .any(|one| one.is_edited() && !was_copied(&one.text))
    }

    /// Whether the case's journal must be fetched for its report. Returns true once for each change.
    pub fn wants_timeline(&mut self, case: &Case) -> bool {
        let drafts = self.cases.entry(case.id).or_default();
        drafts.timeline_of.replace(case.revision) != Some(case.revision)
    }

    pub fn set_timeline(&mut self, case: CaseId, lines: Arc<[JournalLine]>) {
        self.cases.entry(case).or_default().timeline = Some(lines);
    }

    /// The given answer to a question of a text.
    pub fn answer_to(&self, case: CaseId, asked: TextQuestion) -> String {
        self.cases.get(&case).and_then(|drafts| drafts.answers.get(&asked)).cloned().unwrap_or_default()
    }

    /// Every answer given for a case.
    pub fn answers(&self, case: CaseId) -> Vec<(TextQuestion, String)> {
        let drafts = self.cases.get(&case);
        drafts.map(|drafts| drafts.answers.clone().into_iter().collect()).unwrap_or_default()
    }

    /// Stores an answer; an empty text removes the answer.
    pub fn answer(&mut self, case: CaseId, asked: TextQuestion, text: &str) {
        let drafts = self.cases.entry(case).or_default();
        let text = text.trim();
        if text.is_empty() {
            drafts.answers.remove(&asked);
        } else {
            drafts.answers.insert(asked, text.to_owned());
        }
        drafts.answered += 1;
    }

    #[cfg(test)]
    pub fn renders(&self) -> u64 {
        self.renders
    }
}

impl TextDraft {
    fn new(inputs: Inputs, from_lists: FromLists, rendered: Rendered) -> Self {
        let text = rendered.text.clone();
        Self { inputs, from_lists, rendered, text, edited_from: None, leaks: Vec::new() }
    }

    fn renew(&mut self, rendered: Rendered) {
        self.rendered = rendered;
        if self.edited_from.is_none() {
            self.text.clone_from(&self.rendered.text);
        }
    }

    /// The blanks of this text: the names of the values that it needs, whose marks are in it, and how many others were left
    /// out of it.
    pub fn blanks(&self) -> (Vec<&str>, usize) {
        let Rendered { title, text, missing, .. } = &self.rendered;
        let has_no_link = missing.iter().any(|lacking| lacking.fact == Some(Fact::HandoverLink));
        let is_needed = |lacking: &&Missing| {
            // The end of a link follows from the link.
            if has_no_link && lacking.fact == Some(Fact::HandoverExpiresAt) {
                return false;
            }
            let mark = lacking.mark();
            text.contains(&mark) || title.contains(&mark)
        };
        let needed: Vec<&str> =
            missing.iter().filter(is_needed).map(|lacking| lacking.name.as_str()).collect();
        let others = missing.len() - needed.len();
        (needed, others)
    }

    pub fn is_edited(&self) -> bool {
        self.edited_from.is_some()
    }

    /// Whether the facts have changed since the edit started.
    pub fn is_behind(&self) -> bool {
        self.edited_from.as_ref().is_some_and(|from| *from != self.rendered.text)
    }

    /// Called after the person typed into the field.
    pub fn edited(&mut self, kind: TextKind, case: &Case) {
        if self.text == self.rendered.text {
            self.reset();
            return;
        }
        self.edited_from.get_or_insert_with(|| self.rendered.text.clone());
        self.leaks = if kind.is_public() { leaks(&self.text, case) } else { Vec::new() };
    }

    /// Returns to what the template produces.
    pub fn reset(&mut self) {
        self.text.clone_from(&self.rendered.text);
        self.edited_from = None;
        self.leaks.clear();
    }

    /// Removes everything private from the edited text.
    pub fn clean(&mut self, kind: TextKind, case: &Case) {
        self.text = redact(&self.text, case).0;
        self.edited(kind, case);
    }
}

/// The kinds that apply to a case, the most likely first.
pub fn of_case(case: &Case) -> &'static [TextKind] {
    let before_request =
        !matches!(case.stage, Stage::AwaitingAttempt { .. } | Stage::Outcome { .. } | Stage::Closed { .. });
    // The export succeeded here, so no text says that the export fails.
    if case.served.is_some() && before_request {
        return &[TextKind::Successful, TextKind::Report];
    }
    match case.stage {
        Stage::Troubleshoot => &[TextKind::Attempts, TextKind::Bug, TextKind::Report],
        Stage::BugIssue => &[TextKind::Bug, TextKind::Comment],
        Stage::Offer | Stage::AwaitingAnswer => &[TextKind::Offer, TextKind::Comment],
        Stage::Route | Stage::ConsoleRequest => &[TextKind::Console, TextKind::Infra],
        Stage::InfraRequest { .. } => &[TextKind::Infra, TextKind::Console],
        Stage::Outcome { ending: CaseOutcome::Declined } => &[TextKind::Alternatives, TextKind::Report],
        Stage::AwaitingAttempt { .. } | Stage::Outcome { .. } => &[TextKind::Successful, TextKind::Failed],
        Stage::Closed { .. } => &[TextKind::Report, TextKind::Successful, TextKind::Failed],
    }
}

/// Every kind, those of the stage first.
pub fn in_order(case: &Case) -> Vec<TextKind> {
    let mut kinds = of_case(case).to_vec();
    kinds.extend(TextKind::ALL.into_iter().filter(|kind| !of_case(case).contains(kind)));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Event, stepped};
    use crate::gui::fixture::at_work;

    #[test]
    fn nothing_is_rendered_twice_while_nothing_changed() {
        let mut drafts = Drafts::default();
        let snapshot = at_work();
        let case = &snapshot.cases[2];
        for _ in 0..100 {
            drafts.draft(TextKind::Offer, case, &snapshot);
        }
        assert_eq!(drafts.renders(), 1);
        drafts.draft(TextKind::Report, case, &snapshot);
        let later = Snapshot { seq: snapshot.seq + 1, ..snapshot.clone() };
        drafts.draft(TextKind::Offer, case, &later);
        assert_eq!(drafts.renders(), 2, "a new picture that changes nothing is no reason");
        drafts.answer(case.id, TextQuestion::Plan, "Premium");
        drafts.draft(TextKind::Offer, case, &later);
        let mut changed = case.as_ref().clone();
        changed.revision += 1;
        drafts.draft(TextKind::Offer, &changed, &later);
        assert_eq!(drafts.renders(), 4);
    }

    #[test]
    fn an_edit_outlives_a_change_of_the_facts_and_says_that_it_is_behind() {
        let mut drafts = Drafts::default();
        let snapshot = at_work();
        let mut case = snapshot.cases[2].as_ref().clone();
        let draft = drafts.draft(TextKind::Comment, &case, &snapshot);
        draft.text.push_str("\nWith greetings.");
        draft.edited(TextKind::Comment, &case);
        assert!(draft.is_edited() && !draft.is_behind());
        let id = (crate::case::Fact::CorrelationId, "01JD8Q0001N6X4T9V3K7M2PZRW");
        case = crate::case::stepped::with(&case, &[id], snapshot.at);
        let draft = drafts.draft(TextKind::Comment, &case, &snapshot);
        assert!(draft.text.ends_with("With greetings.") && draft.is_behind());
        draft.reset();
        assert_eq!(draft.text, draft.rendered.text);
        assert!(!draft.is_edited());
    }

    #[test]
    fn what_is_typed_into_a_public_text_is_checked_and_can_be_removed() {
        let mut drafts = Drafts::default();
        let snapshot = at_work();
        let case = &snapshot.cases[2];
        let draft = drafts.draft(TextKind::Comment, case, &snapshot);
        draft.text.push_str("\nWrite to sam@globex.example.");
        draft.edited(TextKind::Comment, case);
        assert_eq!(draft.leaks.len(), 1);
        draft.clean(TextKind::Comment, case);
        assert!(draft.leaks.is_empty() && !draft.text.contains("sam@"), "{}", draft.text);
    }

    #[test]
    fn an_export_that_worked_is_not_reported_as_failing() {
        let mut case = at_work().cases[0].as_ref().clone();
        assert_eq!(Drafts::default().kind(&case, None), TextKind::Attempts);
        case.served = Some(crate::case::VerifiedFile {
            bytes: 1,
            sha256: "9f86".into(),
            verdict: "importable".into(),
            rebuilt: None,
        });
        assert_eq!(Drafts::default().kind(&case, None), TextKind::Successful);
    }

    #[test]
    fn every_kind_is_offered_once_at_every_stage() {
        let snapshot = at_work();
        let offered = stepped::on(&snapshot.cases[2], stepped::OFFER_SENT, snapshot.at);
        let accepted = stepped::on(&offered, Event::OfferAccepted, snapshot.at);
        let cases = [snapshot.cases[0].as_ref(), &snapshot.cases[2], &accepted];
        assert_eq!(cases.map(|case| case.stage), [Stage::Troubleshoot, Stage::Offer, Stage::ConsoleRequest]);
        for case in cases {
            let mut kinds = in_order(case);
            kinds.sort();
            kinds.dedup();
            assert_eq!(kinds.len(), TextKind::ALL.len());
        }
    }
}
