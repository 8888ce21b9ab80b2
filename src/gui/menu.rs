//! What a click in the system's menu bar does in the window.

use egui::{Context, Event, Key, Modifiers, ViewportCommand};

use super::command::UiCommand;
use crate::platform::menu::MenuChoice;

/// Does what was chosen in whatever has the keyboard, as if its keys were pressed; or returns the command to run.
/// Call this before the frame is drawn.
pub fn carry_out(ctx: &Context, choice: MenuChoice) -> Option<UiCommand> {
    match choice {
        MenuChoice::About => return Some(UiCommand::About),
        MenuChoice::Shortcuts => return Some(UiCommand::Shortcuts),
        MenuChoice::Minimize => return Some(UiCommand::Minimize),
        MenuChoice::Close | MenuChoice::Quit => return Some(UiCommand::Quit),
        MenuChoice::Undo => press(ctx, Key::Z, Modifiers::COMMAND),
        MenuChoice::Redo => press(ctx, Key::Z, Modifiers::COMMAND | Modifiers::SHIFT),
        MenuChoice::SelectAll => press(ctx, Key::A, Modifiers::COMMAND),
        MenuChoice::Cut => happen(ctx, Event::Cut),
        MenuChoice::Copy => happen(ctx, Event::Copy),
        // Only the toolkit reads the clipboard.
        MenuChoice::Paste => ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
    }
    None
}

fn press(ctx: &Context, key: Key, modifiers: Modifiers) {
    happen(ctx, Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers });
}

fn happen(ctx: &Context, event: Event) {
    ctx.input_mut(|input| input.events.push(event));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    struct Field {
        text: String,
        choice: Option<MenuChoice>,
        asked: Vec<ViewportCommand>,
        copied: Vec<String>,
    }

    fn choose(harness: &mut Harness<'_, Field>, choice: MenuChoice) {
        harness.state_mut().choice = Some(choice);
        harness.step();
        let output = harness.output();
        let asked: Vec<_> = output.viewport_output.values().flat_map(|view| view.commands.clone()).collect();
        let copied = output.platform_output.commands.iter().filter_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let copied: Vec<_> = copied.collect();
        harness.state_mut().asked = asked;
        harness.state_mut().copied = copied;
    }

    #[test]
    fn every_item_of_the_edit_menu_does_in_a_field_what_its_keys_do() {
        let field = Field { text: "a token".into(), choice: None, asked: Vec::new(), copied: Vec::new() };
        let mut harness = Harness::new_ui_state(
            |ui, field| {
                if let Some(choice) = field.choice.take() {
                    assert_eq!(carry_out(ui.ctx(), choice), None, "{choice:?}");
                }
                let name = ui.label("Token").id;
                ui.text_edit_singleline(&mut field.text).labelled_by(name).request_focus();
            },
            field,
        );
        harness.run_steps(2);
        choose(&mut harness, MenuChoice::SelectAll);
        choose(&mut harness, MenuChoice::Copy);
        assert_eq!(
            (harness.state().text.as_str(), harness.state().copied.as_slice()),
            ("a token", &["a token".into()][..])
        );
        choose(&mut harness, MenuChoice::Cut);
        assert_eq!(
            (harness.state().text.as_str(), harness.state().copied.as_slice()),
            ("", &["a token".into()][..])
        );
        choose(&mut harness, MenuChoice::Undo);
        assert_eq!(harness.state().text, "a token");
        choose(&mut harness, MenuChoice::Redo);
        assert_eq!(harness.state().text, "");
        choose(&mut harness, MenuChoice::Paste);
        assert!(harness.state().asked.contains(&ViewportCommand::RequestPaste));
    }
}
