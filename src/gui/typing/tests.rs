//! Keys and clicks in late frames, and where they land.

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
    // The other button of the mouse opens a menu.
    let menu = [true, false].map(|pressed| Event::PointerButton {
        pos: here,
        button: egui::PointerButton::Secondary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    let mut ahead = TypedAhead::default();
    assert_eq!(frame(&mut ahead, click(here), 0.0, IDLE) + frame(&mut ahead, Vec::new(), 0.1, IDLE), 2);
    let shown = frame(&mut ahead, menu.to_vec(), 0.2, ACTED) + frame(&mut ahead, Vec::new(), 0.3, IDLE);
    assert_eq!(shown, 2);
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
    let seen = [0.2, 0.3].map(|time| frame(&mut ahead, Vec::new(), time, IDLE));
    assert_eq!(seen, [0, 1]);
    // In a text a held key repeats, until it has done something.
    let mut ahead = TypedAhead::default();
    assert_eq!(frame(&mut ahead, vec![down.clone()], 0.0, IDLE), 1);
    assert_eq!(frame(&mut ahead, vec![down.clone()], 0.1, IDLE), 1);
    assert_eq!(frame(&mut ahead, vec![down.clone()], 0.2, FocusProgress { is_in_text: true, ..ACTED }), 0);
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

/// Three words typed at a case that was chosen with the mouse, whose step begins with a button: its spaces press nothing.
#[test]
fn the_spaces_of_words_press_no_button() {
    const BUTTON: FocusProgress = FocusProgress { is_in_text: false, ..IDLE };
    let text = |word: &str| vec![Event::Text(word.to_owned())];
    let space = || [key(Key::Space).to_vec(), text(" ")].concat();
    let frame = |ahead: &mut TypedAhead, events: Vec<Event>, time: f64, progress: FocusProgress| {
        let mut input = RawInput { events, time: Some(time), ..RawInput::default() };
        assert!(!ahead.hold_back(&mut input, progress));
        input.events.iter().filter(|event| pressed_key(event).is_some()).count()
    };
    let mut ahead = TypedAhead::default();
    assert_eq!(frame(&mut ahead, space(), 0.0, BUTTON), 1, "a press of its own");
    assert_eq!(frame(&mut ahead, text("no"), 2.0, BUTTON), 0);
    assert_eq!(frame(&mut ahead, space(), 2.3, BUTTON), 0, "between words");
    assert_eq!(
        frame(&mut ahead, [text("one"), space(), text("is")].concat(), 3.0, BUTTON),
        0,
        "in one frame"
    );
    assert_eq!(frame(&mut ahead, key(Key::Enter).to_vec(), 5.9, BUTTON), 0, "at their end");
    assert_eq!(frame(&mut ahead, space(), 6.1, BUTTON), 1, "some seconds after the last letter");
    // Whoever moves the focus looks at it, and in a field every key is the field's.
    for (moves, at) in [(Key::Tab, 7.0), (Key::ArrowDown, 10.0)] {
        assert_eq!(frame(&mut ahead, text("x"), at, BUTTON), 0);
        assert_eq!(frame(&mut ahead, key(moves).to_vec(), at + 0.1, BUTTON), 0);
        assert_eq!(frame(&mut ahead, space(), at + 0.7, BUTTON), 1, "{moves:?}");
    }
    assert_eq!(frame(&mut ahead, text("x"), 13.0, IDLE) + frame(&mut ahead, space(), 13.1, IDLE), 1);
}
