//! What was typed and is saved nowhere yet: the window asks before it closes over it.

use egui::{Context, ViewportCommand, ViewportEvent, ViewportId};

use super::kit::{self, DialogFrame, DialogVerdict};
use super::workspace::Workspace;

/// So many cases are named.
const MOST_NAMED: usize = 4;

/// Whether the window may close.
#[derive(Debug, Default)]
pub struct QuitGuard {
    /// What would be lost, a line each, while the person is asked.
    asks: Option<Vec<String>>,
    /// What had the keyboard before the question.
    focused: Option<egui::Id>,
    agreed: bool,
}

impl QuitGuard {
    /// Keeps the window open over typed text, and asks. To be called before the frame is drawn.
    pub fn hold(&mut self, ctx: &Context, workspace: &Workspace) {
        if self.agreed || !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        let unsaved = unsaved(ctx, workspace);
        if unsaved.is_empty() {
            return;
        }
        self.asks = Some(unsaved);
        self.focused = ctx.memory(egui::Memory::focused);
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        // The frame is drawn as any other.
        ctx.input_mut(|input| {
            if let Some(viewport) = input.raw.viewports.get_mut(&ViewportId::ROOT) {
                viewport.events.retain(|event| *event != ViewportEvent::Close);
            }
        });
    }

    pub fn is_asking(&self) -> bool {
        self.asks.is_some()
    }

    /// Draws the question over everything else.
    pub fn ui(&mut self, ctx: &Context) {
        let Some(lines) = &self.asks else { return };
        let dialog = DialogFrame::new("Close without saving?").accept("Close").dismiss("Keep open");
        let dialog = dialog.danger().dismiss_first();
        let verdict = dialog.show(ctx, |ui| {
            kit::soft(ui, "What you typed here is not saved:");
            for line in lines.iter().take(MOST_NAMED) {
                kit::soft(ui, format!("• {line}"));
            }
            if lines.len() > MOST_NAMED {
                kit::faint(ui, format!("{} more.", lines.len() - MOST_NAMED));
            }
        });
        if verdict != DialogVerdict::Open {
            self.asks = None;
            // Typing goes on where it was.
            if let Some(field) = self.focused.take() {
                ctx.memory_mut(|memory| memory.request_focus(field));
            }
        }
        if verdict == DialogVerdict::Accepted {
            self.agreed = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}

/// What is typed and not saved, a line each.
fn unsaved(ctx: &Context, workspace: &Workspace) -> Vec<String> {
    let in_dialog = workspace.has_typed_dialog();
    let of_cases = workspace.snapshot.cases.iter().filter_map(|case| {
        let typed = workspace.pages.case.unsaved(case, ctx);
        (!typed.is_empty()).then(|| format!("{}: {}", case.title(), typed.join(", ")))
    });
    in_dialog.then(|| "the open dialog".to_owned()).into_iter().chain(of_cases).collect()
}

#[cfg(test)]
mod tests {
    use egui::{ViewportEvent, ViewportId};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use crate::gui::App;
    use crate::gui::fixture::{at_work, window};

    fn close(window: &mut Harness<'static, App>) {
        let viewport = window.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.events.push(ViewportEvent::Close);
        window.step();
        window.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.clear();
        window.run();
    }

    fn commands(window: &Harness<'static, App>) -> Vec<egui::ViewportCommand> {
        window.output().viewport_output[&ViewportId::ROOT].commands.clone()
    }

    #[test]
    fn a_window_closes_over_typed_text_only_after_a_question() {
        let mut window = window(at_work(), egui::Theme::Dark, 1280.0, 900.0);
        window.run();
        close(&mut window);
        assert!(window.query_by_label("Keep open").is_none(), "nothing is typed");
        window.get_by_label("New note").focus();
        window.run();
        window.get_by_label("New note").type_text("asked the customer");
        window.run();
        close(&mut window);
        window.get_by_label_contains("a note");
        assert!(window.get_by_label("Keep open").is_focused(), "Enter loses nothing");
        window.key_press(egui::Key::Enter);
        window.run();
        assert!(window.query_by_label("Keep open").is_none());
        assert_eq!(window.get_by_label("New note").value().as_deref(), Some("asked the customer"));
        close(&mut window);
        window.get_by_label("Close").click();
        let closes = (0..4).any(|_| {
            window.step();
            commands(&window).contains(&egui::ViewportCommand::Close)
        });
        assert!(closes);
    }
}
