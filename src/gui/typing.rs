//! Typed text never lands in another field while a frame is late. A key that moves the keyboard focus takes effect
//! during a frame; what follows that key in the same frame would still go to the old field, so it waits for the next.

use egui::{Event, Key, RawInput};

/// What was typed after a key that moves the focus, oldest first.
#[derive(Debug, Default)]
pub struct TypedAhead {
    waiting: Vec<Event>,
}

impl TypedAhead {
    /// Leaves in `input` what this frame may see. Returns true if something waits for the next frame.
    pub fn hold_back(&mut self, input: &mut RawInput) -> bool {
        let mut events = std::mem::take(&mut self.waiting);
        events.append(&mut input.events);
        let seen = events.iter().position(moves_focus).map_or(events.len(), |at| at + 1);
        // What nobody types waits for nothing: a pointer that moves, or a key that is released.
        let is_typed = |event: &Event| {
            matches!(
                event,
                Event::Key { pressed: true, .. }
                    | Event::Text(_)
                    | Event::Paste(_)
                    | Event::Ime(_)
                    | Event::PointerButton { .. }
            )
        };
        let seen = if events[seen..].iter().any(is_typed) { seen } else { events.len() };
        self.waiting = events.split_off(seen);
        input.events = events;
        !self.waiting.is_empty()
    }
}

/// Keys that leave a field, and every shortcut.
fn moves_focus(event: &Event) -> bool {
    match event {
        Event::Key { key, pressed: true, modifiers, .. } => {
            matches!(key, Key::Tab | Key::Enter | Key::Escape) || modifiers.command || modifiers.alt
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::gui::kit::Field;
    use crate::gui::theme;

    fn key(key: Key) -> [Event; 2] {
        [true, false].map(|pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        })
    }

    /// Two fields; Tab goes from the first to the second.
    fn fields() -> Harness<'static, (String, String)> {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (first, second): &mut (String, String)| {
                Field::new("First").show(ui, first);
                Field::new("Second").show(ui, second);
            },
            (String::new(), String::new()),
        );
        window.get_by_label("First").focus();
        window.run();
        window
    }

    /// A person who types `one`, Tab, `two`, at 12 ms a key, while frames are so late that all keys come at once.
    fn typed() -> Vec<Event> {
        let text = |word: &str| word.chars().map(|c| Event::Text(c.to_string())).collect::<Vec<_>>();
        [text("one"), key(Key::Tab).to_vec(), text("two")].concat()
    }

    #[test]
    fn what_follows_a_tab_in_a_late_frame_lands_in_the_next_field() {
        let mut window = fields();
        let mut ahead = TypedAhead::default();
        let mut input = RawInput { events: typed(), ..RawInput::default() };
        let mut frames = 0;
        loop {
            let more = ahead.hold_back(&mut input);
            window.input_mut().events.append(&mut input.events);
            window.step();
            frames += 1;
            if !more {
                break;
            }
        }
        assert_eq!(*window.state(), ("one".to_owned(), "two".to_owned()));
        assert_eq!(frames, 2);
        let mut window = fields();
        window.input_mut().events.extend(typed());
        window.step();
        assert_eq!(window.state().1, "", "without this, the second word is typed into the first field");
    }

    #[test]
    fn what_moves_no_focus_is_never_late() {
        let mut ahead = TypedAhead::default();
        let events = vec![Event::Text("a".into()), Event::PointerMoved(egui::Pos2::ZERO)];
        let mut input = RawInput { events: events.clone(), ..RawInput::default() };
        assert!(!ahead.hold_back(&mut input));
        assert_eq!(input.events, events);
        let mut input = RawInput { events: key(Key::Enter).to_vec(), ..RawInput::default() };
        assert!(!ahead.hold_back(&mut input), "the release of the key waits for nothing");
    }
}
