//! What the palette finds about the current case: the steps of the workflow, its texts, its facts and its notes.

use crate::case::{Case, Event, Fact, next_steps};
use crate::gui::intent::{CasePlace, Intent, Outbox};
use crate::gui::kit::{self, icons};
use crate::gui::palette::fits;
use crate::gui::report::report;
use crate::gui::view_context::ViewContext;
use crate::texts::TextKind;

/// Of entries that match equally well, steps and texts come before commands, and commands before fields.
const STEP_FIRST: i32 = 60;
const FIELD_LAST: i32 = -60;
/// A refused step still comes before a case that only says the word.
const REFUSED: i32 = 500;

/// One entry.
#[derive(Clone, Debug)]
pub struct CaseHit {
    pub label: String,
    pub icon: icons::MaterialIcon,
    /// What the entry is, in a word.
    pub kind: &'static str,
    /// Why a step is not allowed now.
    pub refused: Option<String>,
    does: Does,
}

#[derive(Clone, Debug, PartialEq)]
enum Does {
    Report(Event),
    Go(CasePlace),
}

impl CaseHit {
    /// Does the step, or goes to the text or the field. Returns true if that was done.
    pub fn accept(&self, case: &Case, out: &mut Outbox) -> bool {
        match &self.does {
            Does::Report(_) if self.refused.is_some() => return false,
            Does::Report(event) => {
                out.push(Intent::Select(case.id));
                report(case, event, out);
            }
            Does::Go(place) => out.push(Intent::GoInCase(case.id, *place)),
        }
        true
    }
}

/// The entries that match, with their scores.
pub fn case_hits(query: &str, cx: &ViewContext<'_>) -> Vec<(i32, CaseHit)> {
    let Some(case) = cx.case else { return Vec::new() };
    let best = |names: &[&str]| names.iter().filter_map(|name| fits(query, name)).max();
    let mut hits = Vec::new();
    let steps = next_steps(case, &cx.snapshot.offer_log, &cx.snapshot.rules, cx.now);
    for (event, choice) in Event::all().zip(steps.choices) {
        let refused = choice.refused.as_ref().map(kit::refusal_words);
        if let Some(score) = best(&[event.label(), &spaced(event.as_str())]) {
            // A step that is not allowed now explains itself, after the steps that are.
            let score = if refused.is_some() { score - REFUSED } else { score + STEP_FIRST };
            let label = event.label().to_owned();
            hits.push((
                score,
                CaseHit { label, icon: icons::PLAY, kind: "step", refused, does: Does::Report(event) },
            ));
        }
    }
    for kind in TextKind::ALL {
        if let Some(score) = best(&[kind.title(), kind.short(), &format!("Text {}", kind.short())]) {
            let label = format!("Text: {}", kind.title());
            let does = Does::Go(CasePlace::Text(kind));
            hits.push((
                score + STEP_FIRST,
                CaseHit { label, icon: icons::COPY, kind: "text", refused: None, does },
            ));
        }
    }
    for fact in Fact::ALL {
        if let Some(score) = best(&[fact.label(), &spaced(fact.as_str())]) {
            let (label, does) = (fact.label().to_owned(), Does::Go(CasePlace::Fact(fact)));
            hits.push((
                score + FIELD_LAST,
                CaseHit { label, icon: icons::EDIT, kind: "fact", refused: None, does },
            ));
        }
    }
    if let Some(score) = best(&["Write a note", "Notes", "Set a reminder"]) {
        let (label, does) = ("Write a note or set a reminder".to_owned(), Does::Go(CasePlace::Notes));
        hits.push((
            score + STEP_FIRST,
            CaseHit { label, icon: icons::EDIT, kind: "notes", refused: None, does },
        ));
    }
    hits
}

fn spaced(name: &str) -> String {
    name.replace(['_', '-'], " ")
}
