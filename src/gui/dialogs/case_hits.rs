//! What the palette finds about the current case: the steps of the workflow, its texts, its facts, its notes
//! and its searches of the logs.

use crate::case::{Case, Event, Fact, NextSteps};
use crate::gui::intent::{CasePlace, Intent, Outbox};
use crate::gui::kit::{self, icons};
use crate::gui::palette::fits;
use crate::gui::report::report;
use crate::texts::{LogLink, TextKind};

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
    Open(String),
}

impl CaseHit {
    /// Whether it only leads to a field.
    pub fn is_fact(&self) -> bool {
        matches!(self.does, Does::Go(CasePlace::Fact(_)))
    }

    /// Does the step, or goes to the text or the field. Returns true if that was done.
    pub fn accept(&self, case: &Case, out: &mut Outbox) -> bool {
        match &self.does {
            Does::Report(_) if self.refused.is_some() => return false,
            Does::Report(event) => {
                out.push(Intent::Select(case.id));
                report(case, event, out);
            }
            Does::Go(place) => out.push(Intent::GoInCase(case.id, *place)),
            Does::Open(url) => out.push(Intent::OpenUrl(url.clone())),
        }
        true
    }
}

/// The entries that match, with their scores. `steps` are what the rules say of the case, `searches` its prepared
/// searches of the logs.
pub fn case_hits(
    query: &str,
    steps: &NextSteps,
    searches: &[(&'static str, LogLink)],
) -> Vec<(i32, CaseHit)> {
    let best = |names: &[&str]| names.iter().filter_map(|name| fits(query, name)).max();
    let mut hits = Vec::new();
    let mut add = |score: Option<i32>, hit: CaseHit| hits.extend(score.map(|score| (score, hit)));
    for (event, choice) in Event::all().zip(&steps.choices) {
        // A step that is not allowed now explains itself.
        let refused = choice.refused.as_ref().map(kit::refusal_words);
        let score = best(&[event.label(), &spaced(event.as_str())]);
        let label = event.label().to_owned();
        add(
            score,
            CaseHit { label, icon: icons::PLAY, kind: "step", refused, does: Does::Report(event.clone()) },
        );
    }
    let goes = |label: String, icon, kind, place| CaseHit {
        label,
        icon,
        kind,
        refused: None,
        does: Does::Go(place),
    };
    for kind in TextKind::ALL {
        let score = best(&[kind.title(), kind.short(), &format!("Text {}", kind.short())]);
        let label = format!("Text: {}", kind.title());
        add(score, goes(label, icons::COPY, "text", CasePlace::Text(kind)));
    }
    for fact in Fact::ALL {
        let score = best(&[fact.label(), &spaced(fact.as_str())]);
        add(score, goes(fact.label().to_owned(), icons::EDIT, "fact", CasePlace::Fact(fact)));
    }
    for (where_to, link) in searches {
        let label = format!("{where_to} search: {}", link.label);
        let score = best(&[&label, &format!("Open the {label}")]);
        let does = Does::Open(link.url.clone());
        add(score, CaseHit { label, icon: icons::SEARCH, kind: "log search", refused: None, does });
    }
    let score = best(&["Write a note", "Notes", "Set a reminder"]);
    let label = "Write a note or set a reminder".to_owned();
    add(score, goes(label, icons::EDIT, "notes", CasePlace::Notes));
    hits
}

fn spaced(name: &str) -> String {
    name.replace(['_', '-'], " ")
}
