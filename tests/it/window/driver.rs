//! Controls a window from outside: find by role and name, click, type, take a screenshot.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use egui::accesskit::{Node, Role, Toggled};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_inspection::{Request, Response, read_message, write_message};

use crate::fixture::bare_program;
use crate::screen::Display;
use crate::waiting::{Ends, LONGEST, ended, joined, killed, until};

/// The pause between two polls; each poll lets the program draw a frame.
const BETWEEN: Duration = Duration::from_millis(20);

/// So many frames may pass until the layout rests: a page with a progress bar never does.
const FRAMES_TO_REST: u32 = 50;

/// The program with its window.
pub struct Window {
    program: Ends,
    wire: TcpStream,
    /// How often the mouse and the keyboard were used; what is typed or pasted into a field is not counted.
    pub clicks: u32,
    pub keys: u32,
}

/// An element on the screen.
#[derive(Clone, Debug)]
pub struct Found {
    pub role: Role,
    pub name: String,
    pub disabled: bool,
    /// For a checkbox or a radio button: whether it is ticked.
    pub ticked: Option<bool>,
    pub focused: bool,
    /// Left, top, right and bottom, in points.
    place: [f64; 4],
}

impl Found {
    fn center(&self) -> Pos2 {
        let [x0, y0, x1, y1] = self.place;
        Pos2::new(f64::midpoint(x0, x1) as f32, f64::midpoint(y0, y1) as f32)
    }
}

impl Window {
    /// Opens the window on a display, with a separate home folder.
    pub fn open(display: &Display, home: &Path) -> Self {
        Self::open_with(display, home, |_command| {})
    }

    pub fn open_with(display: &Display, home: &Path, more: impl FnOnce(&mut Command)) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let mut command = bare_program(home);
        command
            .env("DISPLAY", &display.name)
            .env("EGUI_INSPECTION", &address)
            .env("XDG_RUNTIME_DIR", home)
            .arg("--data-dir")
            .arg(home.join("data"));
        more(&mut command);
        let mut program = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut wire = until("the window", || {
            let wire = TcpStream::connect(&address).ok();
            let is_open = wire.is_some() || program.try_wait().unwrap().is_none();
            assert!(is_open, "the window closed: {}", said(&mut program));
            wire
        });
        // A window that no longer answers fails the test.
        wire.set_read_timeout(Some(LONGEST)).unwrap();
        wire.set_write_timeout(Some(LONGEST)).unwrap();
        egui_inspection::protocol::read_handshake(&mut wire).unwrap();
        Self { program: Ends(program), wire, clicks: 0, keys: 0 }
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.end();
    }

    pub fn process(&self) -> u32 {
        self.program.0.id()
    }

    /// kill -9, if the window is only borrowed.
    pub fn end(&mut self) {
        killed(&mut self.program.0);
    }

    /// Closes the window by its key, and returns how the program ended.
    pub fn quit(mut self) -> ExitStatus {
        let (key, modifiers) = (Key::Q, Modifiers::COMMAND);
        let event = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        // Its answer may be lost with the window.
        write_message(&mut self.wire, &Request::ApplyEvents { events: vec![event] }).unwrap();
        ended(&mut self.program.0, "its window was closed")
    }

    fn ask(&mut self, request: &Request) -> Response {
        write_message(&mut self.wire, request).unwrap();
        match read_message(&mut self.wire).unwrap() {
            Response::Error { message } => panic!("{request:?}: {message}"),
            response => response,
        }
    }

    /// Every node with its name, and whether it has the keyboard focus. A field has the name of its label.
    fn nodes(&mut self) -> Vec<(bool, Option<String>, Node)> {
        let Response::Tree { accesskit: Some(tree), .. } = self.ask(&Request::GetTree) else {
            return Vec::new();
        };
        let words = |node: &Node| node.label().or_else(|| node.value()).map(str::to_owned);
        let label = |node: &Node| {
            let id = node.labelled_by().first()?;
            tree.nodes.iter().find(|(of, _)| of == id).and_then(|(_, label)| words(label))
        };
        let named = tree.nodes.iter().map(|(id, node)| {
            let name = label(node).or_else(|| words(node));
            (*id == tree.focus, name, node.clone())
        });
        named.collect()
    }

    /// Everything that has a name or a text.
    pub fn all(&mut self) -> Vec<Found> {
        let named = |(focused, name, node): &(bool, Option<String>, Node)| {
            let name = name.clone()?;
            let bounds = node.bounds()?;
            let place = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
            let ticked = node.toggled().map(|toggled| toggled == Toggled::True);
            let (role, disabled) = (node.role(), node.is_disabled());
            Some(Found { role, name, disabled, ticked, focused: *focused, place })
        };
        self.nodes().iter().filter_map(named).collect()
    }

    /// Polls until the element is there.
    pub fn wait_for(&mut self, role: Role, name: &str) -> Found {
        self.until(&format!("{role:?} “{name}”"), |all| {
            all.iter().find(|found| found.role == role && found.name == name && !found.disabled).cloned()
        })
    }

    /// Polls until a text is on the screen.
    pub fn wait_for_text(&mut self, part: &str) -> Found {
        self.until(&format!("a text with “{part}”"), |all| {
            all.iter().find(|found| found.name.contains(part)).cloned()
        })
    }

    /// Polls until the window shows what a test waits for. Nothing that disappears by itself may be waited for: on a busy
    /// machine it is gone before the test sees it.
    pub fn until<T>(&mut self, what: &str, found: impl Fn(&[Found]) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let all = self.all();
            if let Some(answer) = found(&all) {
                return answer;
            }
            if began.elapsed() > LONGEST {
                let names: Vec<_> =
                    all.into_iter().map(|found| format!("{:?} {}", found.role, found.name)).collect();
                panic!("{what} did not come; there is {names:#?}");
            }
            std::thread::sleep(BETWEEN);
        }
    }

    /// Waits until two frames have the same layout: a page moves while it grows or scrolls.
    fn rest(&mut self) {
        let layout =
            |all: Vec<Found>| all.into_iter().map(|found| (found.name, found.place)).collect::<Vec<_>>();
        let mut before = layout(self.all());
        for _ in 0..FRAMES_TO_REST {
            let after = layout(self.all());
            if after == before {
                return;
            }
            before = after;
        }
    }

    /// The position of a control that no longer moves, with the pointer on it.
    fn point_at(&mut self, role: Role, name: &str) -> Pos2 {
        self.rest();
        let mut at = self.wait_for(role, name).center();
        for _ in 0..FRAMES_TO_REST {
            self.events(vec![Event::PointerMoved(at)]);
            let now = self.wait_for(role, name).center();
            if now == at {
                break;
            }
            at = now;
        }
        at
    }

    /// Clicks a control. Press and release reach the program in one frame, the frame after the one in which the control was
    /// seen at this place.
    pub fn click(&mut self, role: Role, name: &str) {
        let pos = self.point_at(role, name);
        self.press_at(pos);
    }

    fn press_at(&mut self, pos: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.clicks += 1;
        self.events(vec![button(true), button(false)]);
    }

    /// Waits until a control has the keyboard focus, without pressing anything.
    pub fn wait_for_focus(&mut self, name: &str) -> Found {
        self.until(&format!("the focus on “{name}”"), |all| {
            all.iter().find(|found| found.focused && found.name == name).cloned()
        })
    }

    /// Clicks a control that must be inside a window of this height: nothing is scrolled.
    pub fn click_in_view(&mut self, role: Role, name: &str, height: f32) {
        let pos = self.point_at(role, name);
        assert!(pos.y > 0.0 && pos.y < height, "{name} is at {pos:?}: it needs scrolling");
        self.press_at(pos);
    }

    /// Presses Tab until a control has the focus.
    pub fn tab_to(&mut self, role: Role, name: &str) {
        self.wait_for(role, name);
        for _ in 0..200 {
            self.press(Key::Tab, Modifiers::NONE);
            if self.all().iter().any(|found| found.focused && found.role == role && found.name == name) {
                return;
            }
        }
        panic!("Tab does not reach {role:?} “{name}”");
    }

    /// Changes the size of the window, in points, and waits until the page has the new layout.
    pub fn resize(&mut self, width: u32, height: u32) {
        self.ask(&Request::Resize { width, height });
        let size = [0.0, 0.0, f64::from(width), f64::from(height)];
        self.until(&format!("a window of {width} × {height}"), |all| {
            all.iter().any(|found| found.role == Role::Window && found.place == size).then_some(())
        });
        self.rest();
    }

    pub fn press(&mut self, key: Key, modifiers: Modifiers) {
        self.keys += 1;
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.events(vec![event(true), event(false)]);
    }

    /// Scrolls the page under the middle of the window by this many points: positive numbers scroll down.
    pub fn scroll(&mut self, points: f32) {
        let (unit, modifiers) = (egui::MouseWheelUnit::Point, Modifiers::NONE);
        let wheel = Event::MouseWheel {
            unit,
            delta: egui::vec2(0.0, -points),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers,
        };
        self.events(vec![Event::PointerMoved(Pos2::new(600.0, 400.0))]);
        self.events(vec![wheel]);
        // The page glides: what is clicked next would still be moving.
        self.settle();
        self.rest();
    }

    fn settle(&mut self) {
        self.ask(&Request::Settle { max_steps: FRAMES_TO_REST.into() });
    }

    pub fn write(&mut self, text: &str) {
        self.events(vec![Event::Text(text.to_owned())]);
    }

    pub fn events(&mut self, events: Vec<Event>) {
        self.ask(&Request::ApplyEvents { events });
    }

    /// Waits until the window no longer changes, then saves a screenshot.
    pub fn picture(&mut self, name: &str) {
        self.settle();
        if let Response::Screenshot(png) = self.ask(&Request::GetScreenshot { pixels_per_point: None }) {
            super::keep(name, &png.bytes);
        }
    }
}

fn said(program: &mut Child) -> String {
    killed(program);
    let Some(stderr) = program.stderr.take() else { return String::new() };
    let reader = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap_or_default());
    joined(reader, "the end of the window's messages")
}
