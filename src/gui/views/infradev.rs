//! The dialog that labels the bug issue `infradev`: severity, priority and impact are asked for, and the comment is
//! shown before it is posted.

use egui::{Context, Ui};

use crate::case::{Case, CaseId, Trouble};
use crate::engine::{Command, infradev_plan};
use crate::gui::drafts::Drafts;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Dialog, Field, Verdict, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{Mood, space};
use crate::texts::Asked;

/// The dialog's state.
#[derive(Debug)]
pub struct Infradev {
    case: CaseId,
    issue: String,
    severity: String,
    priority: String,
    impact: String,
    opened: bool,
    trouble: Option<Trouble>,
}

impl Infradev {
    /// Begins with what the texts of the case were answered.
    pub fn of(case: &Case, drafts: &Drafts) -> Self {
        Self {
            case: case.id,
            issue: case.facts.bug_issue.clone().unwrap_or_default(),
            severity: drafts.answer_to(case.id, Asked::Severity),
            priority: drafts.answer_to(case.id, Asked::Priority),
            impact: drafts.answer_to(case.id, Asked::Impact),
            opened: false,
            trouble: None,
        }
    }

    pub fn hear(&mut self, trouble: Trouble) {
        self.trouble = Some(trouble);
    }

    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, scene: &Scene<'_>, out: &mut Outbox) -> bool {
        let handbook = &scene.snap.wording.handbook;
        let Some(case) = scene.snap.cases.iter().find(|case| case.id == self.case) else { return false };
        let plan = infradev_plan(handbook, case, &self.severity, &self.priority, &self.impact);
        let waiting = scene.waits_for(&Purpose::Post(self.case)).then(|| "It is being posted.".to_owned());
        let lacking = plan.as_ref().err().map(|trouble| trouble.headline.clone());
        let dialog = Dialog::new("Label the bug issue")
            .accept("Label and comment")
            .width(620.0)
            .blocked(waiting.or(lacking));
        let verdict = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = space::M;
            kit::soft(
                ui,
                "An infrastructure request exists, so the bug issue must carry the label `infradev`, \
                 with a severity, a priority and the impact.",
            );
            kit::pair(ui, "Goes to", &self.issue);
            self.fields(ui);
            if let Ok(plan) = &plan {
                kit::section(ui, "Will be posted");
                ui.horizontal_wrapped(|ui| {
                    for label in &plan.labels {
                        kit::chip(ui, Mood::Info, icons::ADD, label);
                    }
                });
                kit::soft(ui, plan.comment.replace('`', ""));
                kit::chip(ui, Mood::Warn, icons::WARN, "public: anybody on the internet can read it");
            }
            if let Some(trouble) = &self.trouble {
                kit::trouble(ui, trouble);
            }
        });
        if verdict == Verdict::Accepted {
            self.trouble = None;
            let command = Command::AddInfradev {
                case: self.case,
                severity: self.severity.trim().to_owned(),
                priority: self.priority.trim().to_owned(),
                impact: self.impact.trim().to_owned(),
            };
            out.ask(command, Purpose::Post(self.case));
        }
        verdict != Verdict::Closed
    }

    fn fields(&mut self, ui: &mut Ui) {
        for (label, value) in [("Severity", &mut self.severity), ("Priority", &mut self.priority)] {
            kit::pair_with(ui, label, |ui| {
                for word in ["1", "2", "3", "4"] {
                    let name = format!("{label} {word}");
                    ui.radio_value(value, word.to_owned(), name);
                }
            });
        }
        Field::new("Impact on the customer")
            .hint("The customer cannot move 12 GiB of repositories before a contract ends on 1 December.")
            .note("One sentence, without names: the issue is public.")
            .rows(2)
            .focus(!self.opened)
            .show(ui, &mut self.impact);
        self.opened = true;
    }
}
