//! The members of an archive as a tree, the largest first. A background thread builds a large tree, and only the
//! visible rows are drawn.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::{
    Align2, CornerRadius, EventFilter, FontId, Key, Modifiers, Pos2, Rect, Response, Role, ScrollArea, Sense,
    TextStyle, Ui, Vec2, WidgetInfo,
};

use crate::engine::api::{MemberKind, Members, Report};
use crate::gui::format;
use crate::gui::kit::{self, icons};
use crate::gui::theme::{RADIUS, space, tokens};

/// Up to this number of members, the tree is built within the frame.
const AT_ONCE: usize = 2_000;
/// Deeper folders are shown in one row with their path, because an archive may nest folders to any depth.
const DEEPEST: usize = 24;
const ROW: f32 = 26.0;
const INDENT: f32 = 18.0;
/// What the window shows above and below the list, and the height of the list in a low window.
const AROUND: f32 = 200.0;
const LOWEST: f32 = 420.0;

/// A folder or a file.
#[derive(Debug)]
struct Node {
    name: Box<str>,
    bytes: u64,
    /// Number of files below the node; 1 for a file.
    files: u64,
    kind: MemberKind,
    depth: u16,
    /// The largest child first.
    children: Vec<u32>,
}

/// All members. Node 0 is the archive itself.
#[derive(Debug)]
struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    fn of(members: &Members) -> Self {
        let mut nodes = vec![Node::new("", MemberKind::Directory, 0)];
        let mut known: HashMap<(u32, &str), u32> = HashMap::new();
        for entry in &members.entries {
            let name = entry.name.trim_matches('/');
            if name.is_empty() {
                continue;
            }
            let mut path = vec![0_u32];
            let mut parts = name.splitn(DEEPEST, '/').peekable();
            while let Some(part) = parts.next() {
                let here = path[path.len() - 1];
                let is_last = parts.peek().is_none();
                let kind = if is_last { entry.kind } else { MemberKind::Directory };
                let node = *known.entry((here, part)).or_insert_with(|| {
                    nodes.push(Node::new(part, kind, path.len() as u16 - 1));
                    let node = nodes.len() as u32 - 1;
                    nodes[here as usize].children.push(node);
                    node
                });
                path.push(node);
            }
            let files = u64::from(entry.kind != MemberKind::Directory);
            for node in path {
                nodes[node as usize].bytes += entry.bytes;
                nodes[node as usize].files += files;
            }
        }
        let sizes: Vec<u64> = nodes.iter().map(|node| node.bytes).collect();
        let names: Vec<Box<str>> = nodes.iter().map(|node| node.name.clone()).collect();
        for node in &mut nodes {
            node.children.sort_by_key(|child| (Reverse(sizes[*child as usize]), &names[*child as usize]));
        }
        Self { nodes }
    }

    /// The visible nodes from the top, given the folders in `open`.
    fn rows(&self, open: &[bool]) -> Vec<u32> {
        let mut rows = Vec::new();
        let mut next: Vec<u32> = self.nodes[0].children.iter().rev().copied().collect();
        while let Some(node) = next.pop() {
            rows.push(node);
            if open[node as usize] {
                next.extend(self.nodes[node as usize].children.iter().rev());
            }
        }
        rows
    }

    /// The row of the folder that contains the node of this row.
    fn parent_row(&self, rows: &[u32], place: usize) -> Option<usize> {
        let depth = |place: usize| self.nodes[rows[place] as usize].depth;
        (0..place).rev().find(|above| depth(*above) < depth(place))
    }
}

impl Node {
    fn new(name: &str, kind: MemberKind, depth: u16) -> Self {
        Self { name: name.into(), bytes: 0, files: 0, kind, depth, children: Vec::new() }
    }

    fn is_folder(&self) -> bool {
        self.kind == MemberKind::Directory || !self.children.is_empty()
    }
}

#[derive(Debug, Default)]
enum TreeState {
    #[default]
    Nothing,
    Waiting(Receiver<Tree>),
    Made {
        tree: Tree,
        /// Indexed by node.
        open: Vec<bool>,
        rows: Vec<u32>,
    },
}

impl TreeState {
    fn made(tree: Tree) -> Self {
        let open = vec![false; tree.nodes.len()];
        let rows = tree.rows(&open);
        Self::Made { tree, open, rows }
    }
}

/// The card of the members of one archive.
#[derive(Debug, Default)]
pub struct MemberList {
    of: Option<Arc<Report>>,
    making: TreeState,
    focus: RowFocus,
}

/// Which rows were drawn last, and the one to which a key has moved the focus since.
#[derive(Debug, Default)]
struct RowFocus {
    drawn: Range<usize>,
    to: Option<usize>,
}

impl MemberList {
    pub fn ui(&mut self, ui: &mut Ui, report: &Arc<Report>) {
        if report.members.entries.is_empty() {
            return;
        }
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, report)) {
            self.of = Some(Arc::clone(report));
            self.making = make(report, ui.ctx());
            self.focus = RowFocus::default();
        }
        if let TreeState::Waiting(tree) = &self.making {
            match tree.try_recv() {
                Ok(tree) => self.making = TreeState::made(tree),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.making = TreeState::Nothing,
            }
        }
        kit::card(ui, |ui| {
            kit::heading(ui, "Files in the archive");
            kit::faint(ui, summary(&report.members));
            match &mut self.making {
                TreeState::Made { tree, open, rows } => {
                    if let Some(node) = list(ui, tree, open, rows, &mut self.focus) {
                        open[node as usize] ^= true;
                        *rows = tree.rows(open);
                    }
                }
                TreeState::Waiting(_) => {
                    kit::soft(ui, "Sorting the files.");
                }
                TreeState::Nothing => {
                    kit::soft(
                        ui,
                        "The files could not be sorted, because the system allows no more threads. Close other programs, then open the archive again.",
                    );
                }
            }
        });
    }
}

fn summary(members: &Members) -> String {
    let all = format!(
        "{}, {}, the largest first.",
        format::number_of(members.files, "file", "files"),
        format::bytes(members.bytes)
    );
    match members.left_off {
        0 => all,
        more => format!("{all} {} not listed.", format::number_of(more, "file is", "files are")),
    }
}

fn make(report: &Arc<Report>, ctx: &egui::Context) -> TreeState {
    if report.members.entries.len() <= AT_ONCE {
        return TreeState::made(Tree::of(&report.members));
    }
    let (tell, made) = sync_channel(1);
    let (report, ctx) = (Arc::clone(report), ctx.clone());
    let work = move || {
        // If the person has opened another archive meanwhile, the receiver is gone and this tree is not needed.
        tell.send(Tree::of(&report.members)).ok();
        ctx.request_repaint();
    };
    match std::thread::Builder::new().name("member-tree".into()).spawn(work) {
        Ok(_) => TreeState::Waiting(made),
        Err(error) => {
            tracing::warn!("member-tree: {error}");
            TreeState::Nothing
        }
    }
}

/// Draws the visible rows. Returns the folder that the person opened or closed.
fn list(ui: &mut Ui, tree: &Tree, open: &[bool], rows: &[u32], focus: &mut RowFocus) -> Option<u32> {
    let mut toggled = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    // As many rows as the window holds: a list inside the page must not be a keyhole.
    let fits = ui.ctx().content_rect().height() - AROUND;
    let height = (rows.len() as f32 * ROW).min(fits.max(LOWEST));
    let area = ScrollArea::vertical().id_salt("members").auto_shrink([false, true]);
    let mut area = area.max_height(height).min_scrolled_height(height);
    let to = focus.to.take();
    if let Some(place) = to.filter(|place| !focus.drawn.contains(place)) {
        area = area.vertical_scroll_offset((place as f32 * ROW - height / 2.0).max(0.0));
    }
    area.show_rows(ui, ROW, rows.len(), |ui, range| {
        focus.drawn = range.clone();
        for place in range {
            let node = rows[place];
            let response = row(ui, tree, node, open[node as usize]);
            if to == Some(place) {
                response.request_focus();
            }
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            let is_folder = tree.nodes[node as usize].is_folder();
            let next = kit::row_keys(ui, &response, place, rows.len());
            let level = level_keys(ui, &response);
            let opens = level == Some(Level::Open) && !open[node as usize];
            let closes = level == Some(Level::Close) && open[node as usize];
            if is_folder && (response.clicked() || opens || closes) {
                toggled = Some(node);
            }
            // Only for the key: a folder may have a hundred thousand rows above.
            let up = if level == Some(Level::Close) && !closes { tree.parent_row(rows, place) } else { None };
            focus.to = next.or(up).or(focus.to);
        }
    });
    toggled
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Open,
    Close,
}

/// The right arrow opens a folder. The left one closes it, and leads from a row to its folder. Neither leaves the list.
fn level_keys(ui: &Ui, response: &Response) -> Option<Level> {
    if !response.has_focus() {
        return None;
    }
    let keep = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keep));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    match (pressed(Key::ArrowRight), pressed(Key::ArrowLeft)) {
        (true, _) => Some(Level::Open),
        (false, true) => Some(Level::Close),
        (false, false) => None,
    }
}

/// One row: a triangle for a folder, the name, the share of the archive, the size.
fn row(ui: &mut Ui, tree: &Tree, at: u32, open: bool) -> Response {
    let node = &tree.nodes[at as usize];
    let folder = node.is_folder();
    // The keys lead through files, too, and begin at the one that was clicked.
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let size = format::bytes(node.bytes);
    if ui.is_rect_visible(rect) {
        let t = tokens(ui);
        if folder && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), t.hover);
        }
        if response.has_focus() {
            let ring = egui::Stroke::new(2.0, t.accent);
            ui.painter().rect_stroke(rect, RADIUS, ring, egui::StrokeKind::Inside);
        }
        let left = rect.left() + space::S + INDENT * f32::from(node.depth.min(DEEPEST as u16));
        if folder {
            let glyph = if open { icons::EXPANDED } else { icons::SKIP };
            let font = FontId::new(16.0, glyph.font_family());
            let place = Pos2::new(left, rect.center().y);
            ui.painter().text(place, Align2::CENTER_CENTER, glyph.codepoint, font, t.soft);
        }
        let body = TextStyle::Body.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let right = rect.right() - space::S;
        let place = Pos2::new(right, rect.center().y);
        ui.painter().text(place, Align2::RIGHT_CENTER, &size, small, t.soft);
        let bar = Rect::from_min_size(Pos2::new(right - 176.0, rect.center().y - 3.0), Vec2::new(96.0, 6.0));
        let share = node.bytes as f32 / tree.nodes[0].bytes.max(1) as f32;
        ui.painter().rect_filled(bar, 3, t.line);
        let part = Rect::from_min_size(bar.min, Vec2::new(bar.width() * share.clamp(0.0, 1.0), bar.height()));
        ui.painter().rect_filled(part, 3, t.accent);
        let ink = if folder { t.text } else { t.soft };
        let most = (bar.left() - space::M - left - 12.0).max(20.0);
        let mut job = egui::text::LayoutJob::simple_singleline(shown(node), body, ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(most);
        let galley = ui.painter().layout_job(job);
        let corner = Pos2::new(left + 12.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(corner, galley, ink);
    }
    let name = if folder {
        format!("{}, folder, {size} in {}", node.name, format::number_of(node.files, "file", "files"))
    } else {
        format!("{}, {size}", node.name)
    };
    if folder {
        response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, open, &name));
    } else {
        response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, &name));
    }
    response.on_hover_text(format!("{name}\n{} bytes", format::count(node.bytes)))
}

/// The name, with the kind if the member is not a plain file or folder.
fn shown(node: &Node) -> String {
    let kind = match node.kind {
        MemberKind::File => return node.name.to_string(),
        MemberKind::Directory => return format!("{}/", node.name),
        MemberKind::HardLink => "hard link",
        MemberKind::Symlink => "symbolic link",
        MemberKind::Fifo => "pipe",
        MemberKind::Device => "device",
        MemberKind::Sparse => "sparse file",
        MemberKind::Other => "of a type that GitLab never writes",
    };
    format!("{} ({kind})", node.name)
}

#[cfg(test)]
mod tests;
