//! Shows the Markdown of a draft as its reader will see it: headings, lists, tables, code, bold text and links. What it
//! does not know it shows as plain text.

use egui::{CornerRadius, Frame, Margin, RichText, Ui};

use crate::gui::theme::{RADIUS, size, space, tokens};

/// Draws the text. Returns the URL of a link that was clicked.
pub fn markdown(ui: &mut Ui, text: &str) -> Option<String> {
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = space::XS;
    for block in blocks(text) {
        match block {
            Block::Code(lines) => code(ui, &lines),
            Block::Table(rows) => table(ui, &rows, &mut clicked),
            Block::Line { level, marker, text } => {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    if let Some(marker) = marker {
                        ui.add_space(space::S);
                        ui.label(RichText::new(format!("{marker} ")).color(tokens(ui).soft));
                    }
                    pieces(ui, &text, level, &mut clicked);
                });
            }
            Block::Gap => ui.add_space(space::XS),
        }
    }
    clicked
}

#[derive(Debug, PartialEq, Eq)]
enum Block {
    Code(Vec<String>),
    Table(Vec<Vec<String>>),
    /// A paragraph, a heading of this level (0: none), or an item of a list with its marker.
    Line {
        level: usize,
        marker: Option<String>,
        text: String,
    },
    Gap,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim();
        if let Some(fence) = fence(bare) {
            let inside = lines.by_ref().take_while(|line| !closes(line, fence));
            blocks.push(Block::Code(inside.map(str::to_owned).collect()));
        } else if bare.starts_with('|') {
            let mut rows = vec![cells(bare)];
            while let Some(next) = lines.next_if(|line| line.trim().starts_with('|')) {
                rows.push(cells(next.trim()));
            }
            rows.retain(|row| {
                !row.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-: ".contains(c)))
            });
            blocks.push(Block::Table(rows));
        } else if bare.is_empty() {
            blocks.push(Block::Gap);
        } else {
            blocks.push(line_of(bare));
        }
    }
    blocks
}

/// The fence that opens a block of code: three or more backticks, then perhaps a language.
fn fence(line: &str) -> Option<usize> {
    let ticks = line.chars().take_while(|c| *c == '`').count();
    (ticks >= 3 && !line[ticks..].contains('`')).then_some(ticks)
}

fn closes(line: &str, fence: usize) -> bool {
    let line = line.trim();
    line.len() >= fence && line.chars().all(|c| c == '`')
}

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn line_of(line: &str) -> Block {
    let level = line.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&level)
        && let Some(text) = line[level..].strip_prefix(' ')
    {
        return Block::Line { level, marker: None, text: text.trim().to_owned() };
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let (marker, text) = if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        (Some("•".to_owned()), text)
    } else if let Some(text) = line[digits..].strip_prefix(". ").filter(|_| digits > 0) {
        (Some(line[..=digits].to_owned()), text)
    } else {
        (None, line)
    };
    Block::Line { level: 0, marker, text: text.to_owned() }
}

fn code(ui: &mut Ui, lines: &[String]) {
    let t = tokens(ui);
    let frame = Frame::new().fill(t.canvas).corner_radius(CornerRadius::same(RADIUS));
    frame.inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.label(RichText::new(lines.join("\n")).monospace().size(size::SMALL).color(t.text));
    });
}

fn table(ui: &mut Ui, rows: &[Vec<String>], clicked: &mut Option<String>) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let width = ui.available_width() / columns as f32;
    for (i, row) in rows.iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for cell in row {
                ui.allocate_ui(egui::vec2(width, 0.0), |ui| {
                    ui.set_width(width);
                    ui.horizontal_wrapped(|ui| {
                        ui.spacing_mut().item_spacing.x = 0.0;
                        pieces(ui, cell, usize::from(i == 0) * 6, clicked);
                    });
                });
            }
        });
        ui.separator();
    }
}

/// A part of a line with one look.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Bold(&'a str),
    Code(&'a str),
    Link { text: &'a str, url: &'a str },
}

fn pieces(ui: &mut Ui, text: &str, level: usize, clicked: &mut Option<String>) {
    let t = tokens(ui);
    for piece in split(text) {
        match piece {
            Piece::Plain(text) if level == 0 => ui.label(RichText::new(unescaped(text)).color(t.text)),
            Piece::Plain(text) | Piece::Bold(text) if level > 0 && level < 4 => {
                ui.label(RichText::new(unescaped(text)).text_style(egui::TextStyle::Heading).color(t.text))
            }
            Piece::Plain(text) | Piece::Bold(text) => {
                ui.label(RichText::new(unescaped(text)).strong().color(t.text))
            }
            Piece::Code(text) => ui.label(RichText::new(text).monospace().size(size::SMALL).color(t.text)),
            Piece::Link { text, url } => {
                let response =
                    ui.link(if text == url { text.to_owned() } else { unescaped(text) }).on_hover_text(url);
                if response.clicked() {
                    *clicked = Some(url.to_owned());
                }
                response
            }
        };
    }
}

fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut plain) = (text, 0);
    while let Some(at) = rest[plain..].find(['`', '*', '[', 'h', '\\']).map(|at| plain + at) {
        if is_escape(&rest[at..]) {
            plain = at + 2;
            continue;
        }
        match special(&rest[at..]) {
            Some((piece, length)) => {
                if at > 0 {
                    pieces.push(Piece::Plain(&rest[..at]));
                }
                pieces.push(piece);
                (rest, plain) = (&rest[at + length..], 0);
            }
            None => plain = at + 1,
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// Whether the text begins with a sign that a backslash makes plain.
fn is_escape(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('\\') && chars.next().is_some_and(|c| c.is_ascii_punctuation())
}

/// The text without the backslashes that make its signs plain: the reader does not see them.
fn unescaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let from = at + usize::from(is_escape(&rest[at..]));
        shown.push_str(&rest[..at]);
        let sign = rest[from..].chars().next().map_or(0, char::len_utf8);
        shown.push_str(&rest[from..from + sign]);
        rest = &rest[from + sign..];
    }
    shown.push_str(rest);
    shown
}

/// The piece at the start of `text` that is not plain, with the length of its source.
fn special(text: &str) -> Option<(Piece<'_>, usize)> {
    if let Some(inside) = text.strip_prefix("**") {
        let end = inside.find("**").filter(|end| *end > 0)?;
        return Some((Piece::Bold(&inside[..end]), end + 4));
    }
    if text.starts_with('`') {
        let ticks = text.chars().take_while(|c| *c == '`').count();
        let inside = &text[ticks..];
        let end = inside.find(&text[..ticks])?;
        return Some((Piece::Code(inside[..end].trim()), end + 2 * ticks));
    }
    if let Some(inside) = text.strip_prefix('[') {
        let (words, after) = inside.split_once("](")?;
        let (url, _) = after.split_once(')')?;
        let is_link = is_url(url) && !words.contains(['[', ']']);
        return is_link.then_some((Piece::Link { text: words, url }, words.len() + url.len() + 4));
    }
    if is_url(text) {
        let end = text.find(|c: char| c.is_whitespace() || "<>\"|)".contains(c)).unwrap_or(text.len());
        let url = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        return Some((Piece::Link { text: url, url }, url.len()));
    }
    None
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn a_line_is_split_into_what_looks_different() {
        let text = "See **both** `a*b` in [the issue](https://x.example/1), https://x.example/2. *end [x](y)";
        let expected = [
            Piece::Plain("See "),
            Piece::Bold("both"),
            Piece::Plain(" "),
            Piece::Code("a*b"),
            Piece::Plain(" in "),
            Piece::Link { text: "the issue", url: "https://x.example/1" },
            Piece::Plain(", "),
            Piece::Link { text: "https://x.example/2", url: "https://x.example/2" },
            Piece::Plain(". *end [x](y)"),
        ];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn an_escaped_sign_is_shown_without_its_backslash() {
        let shown = |text: &str| {
            let plain = |piece: &Piece<'_>| match piece {
                Piece::Plain(text) => unescaped(text),
                other => format!("{other:?}"),
            };
            split(text).iter().map(plain).collect::<Vec<_>>()
        };
        assert_eq!(shown(r"Project export: \#418900 of \@ann"), ["Project export: #418900 of @ann"]);
        assert_eq!(shown(r"\**not bold\** C:\dir \\ é\é \"), ["**not bold** C:\\dir \\ é\\é \\"]);
        assert_eq!(shown(r"`\#`"), [r#"Code("\\#")"#]);
    }

    #[test]
    fn no_text_panics_and_none_is_lost() {
        let odd = "**`[](https://)h** ```é``` `` [a](https://b c) *** h ht http:// 漢字**字";
        for (end, _) in odd.char_indices() {
            let text = &odd[..end];
            let shown: usize = split(text)
                .iter()
                .map(|piece| match piece {
                    Piece::Plain(text) | Piece::Bold(text) | Piece::Code(text) | Piece::Link { text, .. } => {
                        text.len()
                    }
                })
                .sum();
            assert!(shown <= text.len());
            let _blocks = blocks(text);
        }
        assert_eq!(blocks("```\nnever closed"), [Block::Code(vec!["never closed".to_owned()])]);
    }

    #[test]
    fn every_block_is_shown_and_a_link_says_its_url_when_clicked() {
        let text = "### Head\n\n1. first\n- item\n\n```text\nan error\n```\n\n| A | B |\n| --- | --- |\n| one | https://x.example/ |\n";
        let mut harness = Harness::builder().with_context_setup(crate::gui::theme::install).build_ui_state(
            move |ui, clicked: &mut Option<String>| {
                if let Some(url) = markdown(ui, text) {
                    *clicked = Some(url);
                }
            },
            None,
        );
        for words in ["Head", "first", "item", "an error", "A", "one"] {
            harness.get_by_label(words);
        }
        harness.get_by_label("https://x.example/").click();
        harness.run();
        assert_eq!(harness.state().as_deref(), Some("https://x.example/"));
    }
}
