//! No key and no click lands elsewhere, or is lost, while a frame is late. A key or click that moves the keyboard focus
//! takes effect during a frame, or only once the engine has saved something; what follows it would still go to the old
//! field, so it waits. A click means the control that was under the pointer then, not where the pointer is now.

use egui::{Context, Event, Key, Pos2, RawInput};

/// How long typed text waits for the engine, in seconds: a store that does not answer must not take the keyboard away.
const LONGEST_S: f64 = 5.0;

/// So many frames after a key that ends the focus of a field, the next field has it, or none will.
const FRAMES_TO_FOCUS: u32 = 2;

/// So soon after a click that did something, and so near to it, a press is the second half of a double click: it was
/// meant for what was there before, in seconds and points.
const DOUBLE_CLICK_S: f64 = 0.5;
const SAME_PLACE: f32 = 8.0;

/// What the window does about what was pressed, before it draws the next frame.
#[derive(Clone, Copy, Debug)]
pub struct FocusProgress {
    /// It is being carried out.
    pub is_busy: bool,
    /// The last frame did something, or asked the engine for something.
    pub has_acted: bool,
    /// A control has the keyboard focus.
    pub has_focus: bool,
    /// That control is a field for text.
    pub is_in_text: bool,
}

/// What was typed and clicked after something that moves the focus, oldest first.
#[derive(Debug, Default)]
pub struct TypedAhead {
    waiting: Vec<Event>,
    /// What the last frames saw ended with something that moves the focus.
    moved: bool,
    /// How many frames were drawn since.
    frames: u32,
    /// Since when text waits for the engine, in seconds of the window's clock.
    since: Option<f64>,
    /// Where the last frame saw a click end.
    clicked: Option<Pos2>,
    /// Where and when a click did something.
    done: Option<(Pos2, f64)>,
    /// The second press of a double click was dropped, so its release is dropped too.
    drops_release: bool,
    /// The keys that press a button, and are down; and whether that has done something since.
    down: Vec<Key>,
    held_acted: bool,
    /// The last frame saw such a key.
    saw_key: bool,
    /// When such a key did something.
    key_done: Option<f64>,
}

impl TypedAhead {
    /// Leaves in `input` what this frame may see. Returns true if something waits for the next frame.
    pub fn hold_back(&mut self, input: &mut RawInput, progress: FocusProgress) -> bool {
        self.frames = self.frames.saturating_add(1);
        self.drop_held_keys(&mut input.events, progress);
        let moves = progress.is_busy || !progress.has_focus && self.frames <= FRAMES_TO_FOCUS;
        let mut events = std::mem::take(&mut self.waiting);
        events.append(&mut input.events);
        self.drop_double_clicks(&mut events, progress.has_acted, input.time);
        self.drop_double_keys(&mut events, progress.has_acted, input.time);
        let writes = events.iter().position(is_writing);
        let seen = match (writes, input.time) {
            (Some(at), Some(now)) if self.moved && moves && self.may_wait(now) => at,
            _ => {
                self.since = None;
                cut(&events)
            }
        };
        self.waiting = events.split_off(seen);
        if let Some(last) = events.iter().rfind(|event| is_input(event)) {
            self.moved = moves_focus(last);
            self.frames = 0;
        }
        self.clicked = events.iter().rev().find_map(released_at);
        self.saw_key = events.iter().any(|event| pressed_key(event).is_some());
        input.events = events;
        !self.waiting.is_empty()
    }

    /// A press belongs to what was drawn for it: after a click that did something, the second click of a double click
    /// never meets what the next frame draws in that place.
    fn drop_double_clicks(&mut self, events: &mut Vec<Event>, has_acted: bool, now: Option<f64>) {
        let now = now.unwrap_or_default();
        if let Some(at) = self.clicked.take().filter(|_| has_acted) {
            self.done = Some((at, now));
        }
        let done = self.done.filter(|(_, since)| now - since < DOUBLE_CLICK_S);
        events.retain(|event| match event {
            Event::PointerButton { pos, pressed: true, .. } => {
                self.drops_release = done.is_some_and(|(at, _)| at.distance(*pos) < SAME_PLACE);
                !self.drops_release
            }
            Event::PointerButton { pressed: false, .. } => !std::mem::take(&mut self.drops_release),
            _ => true,
        });
    }

    /// A key that is held presses once: the next button was not there when the key went down. In a text it repeats, unless
    /// it has done something.
    fn drop_held_keys(&mut self, events: &mut Vec<Event>, progress: FocusProgress) {
        self.held_acted |= self.saw_key && progress.has_acted && !self.down.is_empty();
        let repeats = progress.is_in_text && !self.held_acted;
        events.retain(|event| {
            if let Event::Key { key, pressed: false, .. } = event {
                self.down.retain(|down| down != key);
                self.held_acted &= !self.down.is_empty();
            }
            let Some(key) = pressed_key(event) else { return true };
            let is_held = self.down.contains(&key);
            if !is_held {
                self.down.push(key);
            }
            !is_held || repeats
        });
    }

    /// As with clicks, a second press that follows at once was meant for the button that the first one pressed. After
    /// something was typed, it is meant for that.
    fn drop_double_keys(&mut self, events: &mut Vec<Event>, has_acted: bool, now: Option<f64>) {
        let now = now.unwrap_or_default();
        if std::mem::take(&mut self.saw_key) && has_acted {
            self.key_done = Some(now);
        }
        let mut is_double = self.key_done.is_some_and(|since| now - since < DOUBLE_CLICK_S);
        events.retain(|event| {
            is_double &= !is_text(event);
            !is_double || pressed_key(event).is_none()
        });
        if !is_double {
            self.key_done = None;
        }
    }

    fn may_wait(&mut self, now: f64) -> bool {
        now - *self.since.get_or_insert(now) < LONGEST_S
    }
}

/// How many of these events one frame may see.
fn cut(events: &[Event]) -> usize {
    let Some(at) = events.iter().position(moves_focus) else { return events.len() };
    // A view may look for the key before the field has the text that was typed before it.
    if events[..at].iter().any(is_input) {
        return at;
    }
    let (seen, rest) = events.split_at(at + 1);
    // A frame looks for the control under the last place of the pointer.
    let is_click = matches!(events[at], Event::PointerButton { .. });
    // What nobody types waits for nothing: a pointer that moves after a key, or a key that is released.
    let waits = |event: &Event| is_input(event) || is_click && is_pointer(event);
    if rest.iter().any(waits) { seen.len() } else { events.len() }
}

/// The key that was pressed, if it presses the button that has the focus.
fn pressed_key(event: &Event) -> Option<Key> {
    match event {
        Event::Key { key: key @ (Key::Enter | Key::Space), pressed: true, .. } => Some(*key),
        _ => None,
    }
}

/// Where a button of the mouse was released.
fn released_at(event: &Event) -> Option<Pos2> {
    match event {
        Event::PointerButton { pos, pressed: false, .. } => Some(*pos),
        _ => None,
    }
}

fn is_input(event: &Event) -> bool {
    matches!(event, Event::Key { pressed: true, .. } | Event::PointerButton { .. }) || is_text(event)
}

fn is_text(event: &Event) -> bool {
    matches!(event, Event::Text(_) | Event::Paste(_) | Event::Ime(_))
}

fn is_pointer(event: &Event) -> bool {
    matches!(
        event,
        Event::PointerMoved(_) | Event::PointerGone | Event::MouseWheel { .. } | Event::Touch { .. }
    )
}

/// Text, and the keys that write it: not a second press of a key that does something.
fn is_writing(event: &Event) -> bool {
    match event {
        Event::Key { key, pressed: true, .. } => *key != Key::Space && !moves_focus(event),
        _ => is_text(event),
    }
}

/// Keys that leave a field, every shortcut, and each half of a click.
fn moves_focus(event: &Event) -> bool {
    match event {
        Event::Key { key, pressed: true, modifiers, .. } => {
            matches!(key, Key::Tab | Key::Enter | Key::Escape) || modifiers.command || modifiers.alt
        }
        Event::PointerButton { .. } => true,
        _ => false,
    }
}

/// A press and its release are a click, however late the second frame is. A finger that rests on the screen still
/// opens the menu of a control.
pub fn allow_late_clicks(ctx: &Context, input: &RawInput) {
    let by_finger = ctx.input(egui::InputState::any_touches)
        || input.events.iter().any(|event| matches!(event, Event::Touch { .. }));
    let longest = if by_finger { egui::InputOptions::default().max_click_duration } else { f64::INFINITY };
    if ctx.options(|options| options.input_options.max_click_duration.total_cmp(&longest).is_ne()) {
        ctx.options_mut(|options| options.input_options.max_click_duration = longest);
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

    const IDLE: FocusProgress =
        FocusProgress { is_busy: false, has_acted: false, has_focus: true, is_in_text: true };
    const BUSY: FocusProgress =
        FocusProgress { is_busy: true, has_acted: false, has_focus: true, is_in_text: true };

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
            let more = ahead.hold_back(&mut input, IDLE);
            window.input_mut().events.append(&mut input.events);
            window.step();
            frames += 1;
            if !more {
                break;
            }
        }
        assert_eq!(*window.state(), ("one".to_owned(), "two".to_owned()));
        assert_eq!(frames, 3);
        let mut window = fields();
        window.input_mut().events.extend(typed());
        window.step();
        assert_eq!(window.state().1, "", "without this, the second word is typed into the first field");
    }

    /// A dialog looks for the accepting key before its field has the text of the frame.
    #[test]
    fn what_was_typed_before_a_key_is_there_when_the_key_is_seen() {
        let mut ahead = TypedAhead::default();
        let text = Event::Text("repo".into());
        let accept = Event::Key {
            key: Key::Enter,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::COMMAND,
        };
        let mut input = RawInput { events: vec![text.clone(), accept.clone()], ..RawInput::default() };
        assert!(ahead.hold_back(&mut input, IDLE));
        assert_eq!(input.events, [text]);
        let mut input = RawInput::default();
        assert!(!ahead.hold_back(&mut input, IDLE));
        assert_eq!(input.events, [accept]);
    }

    #[test]
    fn what_moves_no_focus_is_never_late() {
        let mut ahead = TypedAhead::default();
        let events = vec![Event::Text("a".into()), Event::PointerMoved(egui::Pos2::ZERO)];
        let mut input = RawInput { events: events.clone(), ..RawInput::default() };
        assert!(!ahead.hold_back(&mut input, IDLE));
        assert_eq!(input.events, events);
        let mut input = RawInput { events: key(Key::Enter).to_vec(), ..RawInput::default() };
        assert!(!ahead.hold_back(&mut input, IDLE), "the release of the key waits for nothing");
    }

    fn button(at: egui::Pos2, pressed: bool) -> Event {
        Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    /// Shows frames of 2 s each until nothing waits, as on a machine that is busy.
    fn late<T>(window: &mut Harness<'_, T>, events: Vec<Event>) {
        let mut ahead = TypedAhead::default();
        let mut input = RawInput { events, ..RawInput::default() };
        for _ in 0..20 {
            input.time = Some(window.ctx.input(|input| input.time));
            let has_focus = window.ctx.memory(|memory| memory.focused().is_some());
            let more = ahead.hold_back(
                &mut input,
                FocusProgress { is_busy: false, has_acted: false, has_focus, is_in_text: true },
            );
            allow_late_clicks(&window.ctx, &input);
            let now = window.ctx.input(|input| input.time);
            window.input_mut().time = Some(now + 2.0);
            window.input_mut().events.append(&mut input.events);
            window.step();
            if !more {
                return;
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn a_click_in_a_late_frame_means_what_was_under_the_pointer() {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, pressed: &mut Vec<&str>| {
                for name in ["Keep", "Delete"] {
                    if crate::gui::kit::Button::new(name).show(ui).clicked() {
                        pressed.push(name);
                    }
                }
            },
            Vec::new(),
        );
        window.run();
        let [keep, delete] = ["Keep", "Delete"].map(|name| window.get_by_label(name).rect().center());
        // Pressed and released on one button, then moved on to the other, before the next frame.
        let moved = Event::PointerMoved;
        late(&mut window, vec![moved(keep), button(keep, true), button(keep, false), moved(delete)]);
        assert_eq!(window.state(), &["Keep"]);
    }

    /// The second click of a double click on a button whose deed was asked for, whether it comes at once or after the next
    /// step was drawn in the same place; a click elsewhere, or later, counts.
    #[test]
    fn the_second_click_of_a_double_click_meets_no_other_button() {
        const ACTED: FocusProgress = FocusProgress { has_acted: true, ..BUSY };
        let here = egui::pos2(100.0, 100.0);
        let click = |at: egui::Pos2| vec![button(at, true), button(at, false)];
        let presses = |input: &RawInput| {
            input.events.iter().filter(|event| matches!(event, Event::PointerButton { .. })).count()
        };
        let frame = |ahead: &mut TypedAhead, events: Vec<Event>, time: f64, progress: FocusProgress| {
            let mut input = RawInput { events, time: Some(time), ..RawInput::default() };
            ahead.hold_back(&mut input, progress);
            presses(&input)
        };
        let mut ahead = TypedAhead::default();
        // Both clicks come at once; the first one did something.
        assert_eq!(frame(&mut ahead, [click(here), click(here)].concat(), 0.0, IDLE), 1);
        assert_eq!(frame(&mut ahead, Vec::new(), 0.1, IDLE), 1, "its release");
        assert_eq!(frame(&mut ahead, Vec::new(), 0.2, ACTED), 0, "the second click");
        assert_eq!(frame(&mut ahead, Vec::new(), 0.3, IDLE), 0, "and its release");
        assert_eq!(frame(&mut ahead, click(here), 0.4, IDLE), 0, "a third click");
        assert_eq!(frame(&mut ahead, click(here + egui::vec2(90.0, 0.0)), 0.45, IDLE), 1, "another place");
        assert_eq!(frame(&mut ahead, Vec::new(), 0.46, IDLE), 1);
        assert_eq!(frame(&mut ahead, click(here), 0.9, IDLE), 1, "a click of its own");
        // A click that did nothing is followed by any other.
        let mut ahead = TypedAhead::default();
        assert_eq!(frame(&mut ahead, click(here), 0.0, IDLE) + frame(&mut ahead, Vec::new(), 0.1, IDLE), 2);
        assert_eq!(frame(&mut ahead, click(here), 0.2, IDLE), 1);
    }

    /// Enter on a button whose step is followed by another: neither a second press at once nor a held key answers that one.
    #[test]
    fn the_second_press_of_a_key_and_a_held_key_meet_no_other_button() {
        const ACTED: FocusProgress = FocusProgress { has_acted: true, is_in_text: false, ..BUSY };
        const BUTTON: FocusProgress = FocusProgress { is_in_text: false, ..IDLE };
        let [down, up] = key(Key::Enter);
        let frame = |ahead: &mut TypedAhead, events: Vec<Event>, time: f64, progress: FocusProgress| {
            let mut input = RawInput { events, time: Some(time), ..RawInput::default() };
            ahead.hold_back(&mut input, progress);
            input.events.iter().filter(|event| pressed_key(event).is_some()).count()
        };
        let mut ahead = TypedAhead::default();
        assert_eq!(frame(&mut ahead, vec![down.clone(), up.clone()], 0.0, BUTTON), 1);
        assert_eq!(frame(&mut ahead, vec![down.clone(), up.clone()], 0.1, ACTED), 0, "a second press");
        assert_eq!(frame(&mut ahead, vec![down.clone(), up.clone()], 0.4, BUTTON), 0, "a third press");
        assert_eq!(frame(&mut ahead, vec![down.clone()], 0.7, BUTTON), 1, "a press of its own");
        for time in [1.0, 1.5, 2.0] {
            assert_eq!(frame(&mut ahead, vec![down.clone()], time, BUTTON), 0, "it is held");
        }
        assert_eq!(frame(&mut ahead, vec![up.clone(), down.clone()], 2.1, BUTTON), 1, "pressed again");
        // What was typed between two presses is for the second one.
        let mut ahead = TypedAhead::default();
        assert_eq!(frame(&mut ahead, vec![down.clone(), up.clone()], 0.0, BUTTON), 1);
        let typed = Event::Text("a".into());
        assert_eq!(frame(&mut ahead, vec![typed, down.clone(), up.clone()], 0.1, ACTED), 0, "after the text");
        let seen = [0.2, 0.3].map(|time| frame(&mut ahead, Vec::new(), time, BUTTON));
        assert_eq!(seen, [0, 1]);
        // In a text a held key repeats, until it has done something.
        let mut ahead = TypedAhead::default();
        assert_eq!(frame(&mut ahead, vec![down.clone()], 0.0, IDLE), 1);
        assert_eq!(frame(&mut ahead, vec![down.clone()], 0.1, IDLE), 1);
        assert_eq!(
            frame(&mut ahead, vec![down.clone()], 0.2, FocusProgress { is_in_text: true, ..ACTED }),
            0
        );
        assert_eq!(frame(&mut ahead, vec![down], 5.0, IDLE), 0);
        assert_eq!(frame(&mut ahead, vec![up], 5.1, IDLE), 0);
    }

    #[test]
    fn what_follows_a_click_in_a_late_frame_lands_in_the_clicked_field() {
        let mut window = fields();
        let second = window.get_by_label("Second").rect().center();
        let click = [Event::PointerMoved(second), button(second, true), button(second, false)];
        let text = |word: &str| vec![Event::Text(word.to_owned())];
        late(&mut window, [text("one"), click.to_vec(), text("two")].concat());
        assert_eq!(*window.state(), ("one".to_owned(), "two".to_owned()));
    }

    /// Enter ends the focus of the first field; the form gives it to the second one in the next frame.
    #[test]
    fn what_follows_an_enter_lands_in_the_field_that_the_form_chooses() {
        let mut window = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, (first, second, goes_on): &mut (String, String, bool)| {
                let response = Field::new("First").show(ui, first);
                Field::new("Second").focus(std::mem::take(goes_on)).show(ui, second);
                *goes_on = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            },
            (String::new(), String::new(), false),
        );
        window.get_by_label("First").focus();
        window.run();
        let text = |word: &str| vec![Event::Text(word.to_owned())];
        late(&mut window, [text("one"), key(Key::Enter).to_vec(), text("two")].concat());
        assert_eq!((window.state().0.as_str(), window.state().1.as_str()), ("one", "two"));
    }

    #[test]
    fn text_waits_until_what_was_pressed_is_done_and_a_second_press_does_not() {
        let at = |events: Vec<Event>, time: f64| RawInput { events, time: Some(time), ..RawInput::default() };
        let text = |word: &str| Event::Text(word.to_owned());
        let mut ahead = TypedAhead::default();
        let mut input = at(key(Key::Enter).to_vec(), 0.0);
        assert!(!ahead.hold_back(&mut input, IDLE));
        let mut input = at([key(Key::Enter).to_vec(), key(Key::A).to_vec(), vec![text("a")]].concat(), 0.1);
        assert!(ahead.hold_back(&mut input, BUSY));
        assert_eq!(input.events, key(Key::Enter), "the second press finds a button that is disabled");
        let mut input = at(vec![text("b")], 0.2);
        assert!(ahead.hold_back(&mut input, BUSY));
        assert_eq!(input.events, []);
        let mut input = at(Vec::new(), 0.3);
        assert!(!ahead.hold_back(&mut input, IDLE));
        assert_eq!(input.events, [key(Key::A).to_vec(), vec![text("a"), text("b")]].concat());
        // Typing in a field waits for nothing, and nothing waits for ever.
        let mut input = at(vec![text("c")], 0.4);
        assert!(!ahead.hold_back(&mut input, BUSY));
        let mut input = at(key(Key::Enter).to_vec(), 0.5);
        ahead.hold_back(&mut input, IDLE);
        let mut input = at(vec![text("d")], 0.6);
        assert!(ahead.hold_back(&mut input, BUSY));
        let mut input = at(Vec::new(), 0.6 + LONGEST_S);
        assert!(!ahead.hold_back(&mut input, BUSY));
        assert_eq!(input.events, [text("d")]);
    }
}
