//! No key and no click lands elsewhere, or is lost, while a frame is late. A key or click that moves the keyboard focus
//! takes effect during a frame, or only once the engine has saved something; what follows it would still go to the old
//! field, so it waits. A click means the control that was under the pointer then, not where the pointer is now.

use egui::{Context, Event, Key, PointerButton, Pos2, RawInput};

/// How long typed text waits for the engine, in seconds: a store that does not answer must not take the keyboard away.
const LONGEST_S: f64 = 5.0;

/// So many frames after a key that ends the focus of a field, the next field has it, or none will.
const FRAMES_TO_FOCUS: u32 = 2;

/// So soon after a click that did something, and so near to it, a press is the second half of a double click: it was
/// meant for what was there before, in seconds and points.
const DOUBLE_CLICK_S: f64 = 0.5;
const SAME_PLACE: f32 = 8.0;

/// So soon after text that was typed where no field is, in seconds, Space and Enter are part of that text. People pause
/// to think.
const IN_WORDS_S: f64 = 3.0;

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
    /// When text was typed last where no field is.
    words: Option<f64>,
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
        self.drop_keys_in_words(&mut events, progress.is_in_text, input.time);
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
            Event::PointerButton { button, .. } if *button != PointerButton::Primary => true,
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

    /// A person who types without looking believes to be in a field: the spaces between the words press no button, even
    /// if one has the focus. No shortcut is a letter.
    fn drop_keys_in_words(&mut self, events: &mut Vec<Event>, is_in_text: bool, now: Option<f64>) {
        let now = now.unwrap_or_default();
        if is_in_text {
            self.words = None;
            return;
        }
        events.retain(|event| {
            if is_word(event) {
                self.words = Some(now);
            } else if pressed_key(event).is_none() && (moves_focus(event) || is_arrow(event)) {
                self.words = None;
            }
            pressed_key(event).is_none() || self.words.is_none_or(|since| now - since >= IN_WORDS_S)
        });
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

/// Where the main button of the mouse was released.
fn released_at(event: &Event) -> Option<Pos2> {
    match event {
        Event::PointerButton { pos, pressed: false, button: PointerButton::Primary, .. } => Some(*pos),
        _ => None,
    }
}

fn is_input(event: &Event) -> bool {
    matches!(event, Event::Key { pressed: true, .. } | Event::PointerButton { .. }) || is_text(event)
}

fn is_text(event: &Event) -> bool {
    matches!(event, Event::Text(_) | Event::Paste(_) | Event::Ime(_))
}

/// Text other than the space that Space writes.
fn is_word(event: &Event) -> bool {
    match event {
        Event::Text(text) => !text.trim().is_empty(),
        _ => is_text(event),
    }
}

/// Outside of a text, arrows move the focus.
fn is_arrow(event: &Event) -> bool {
    let Event::Key { key, pressed: true, .. } = event else { return false };
    matches!(key, Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight)
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
mod tests;
