//! What can be done with a drafted text: copied, opened in the browser, posted.

use egui::Ui;

use crate::case::{Case, Request, may_request};
use crate::engine::api::Command;
use crate::gui::dialogs::copy_other::CopyOther;
use crate::gui::drafts::TextDraft;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, icons};
use crate::gui::theme::Severity;
use crate::gui::view_context::ViewContext;
use crate::texts::{Leak, Reader, TextKind, TextTarget, prefilled};

/// Who reads a text, in words and by colour.
pub fn reader_chip(ui: &mut Ui, kind: TextKind) {
    let reader = kind.reader();
    let (severity, glyph) = match reader {
        Reader::Customer => (Severity::Good, icons::TEXT),
        Reader::Internal => (Severity::Info, icons::KEY),
        Reader::Public => (Severity::Warn, icons::WARN),
    };
    kit::chip(ui, severity, glyph, reader.label()).on_hover_text(reader.meaning());
}

/// Names the private things found, each kind once.
pub fn named(leaks: &[Leak]) -> String {
    let mut words: Vec<&str> = leaks.iter().map(|leak| leak.what.label()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(", ")
}

/// Why a text must not be sent yet.
pub fn held_back(draft: &TextDraft) -> Option<String> {
    (!draft.leaks.is_empty()).then(|| format!("Remove private data first: {}.", named(&draft.leaks)))
}

/// Copies a text and records that in the timeline.
pub fn copy(ctx: &egui::Context, case: &Case, kind: TextKind, text: &str, out: &mut Outbox) {
    kit::copy(ctx, kind.title(), text);
    out.ask(Command::TextCopied { case: case.id, kind }, IfUnhandled::ToastError);
}

/// Copies a text at a step that has a text of its own: asks first if the step replies to the customer and this text is
/// for somebody else.
pub fn copy_at(
    ctx: &egui::Context,
    case: &Case,
    kind: TextKind,
    step: Option<TextKind>,
    text: &str,
    out: &mut Outbox,
) {
    if step.map(TextKind::reader) == Some(Reader::Customer) && kind.reader() != Reader::Customer {
        out.open(CopyOther::new(case.id, kind, text));
    } else {
        copy(ctx, case, kind, text, out);
    }
}

/// The rule that forbids a request now.
fn barred(kind: TextKind, case: &Case, cx: &ViewContext<'_>) -> Option<String> {
    let request = match kind {
        TextKind::Console => Request::Console,
        TextKind::Infra => Request::Infra,
        _ => return None,
    };
    let refused = may_request(case, request, &cx.snapshot.rules, cx.now).err();
    refused.map(|refusal| kit::refusal_words(&refusal))
}

/// The button that posts a text to its tracker, after a question.
pub fn post_button(
    ui: &mut Ui,
    draft: &TextDraft,
    kind: TextKind,
    case: &Case,
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    if kind.target() != TextTarget::IssueDescription && kind.target() != TextTarget::IssueComment {
        return;
    }
    let unknown = kind == TextKind::Comment && case.facts.bug_issue.is_none();
    let why = unknown.then(|| "Record the bug issue first.".to_owned()).or_else(|| barred(kind, case, cx));
    let label = if kind == TextKind::Comment { "Post the comment…" } else { "Create the issue…" };
    let button = Button::new(label).icon(icons::SEND).blocked(held_back(draft).or(why));
    if button.tooltip("Shows exactly what will be posted, and asks first.").show(ui).clicked() {
        out.push(Intent::Post(case.id, kind, None));
    }
}

/// The button that opens the page where the text is sent. Returns true if it was pressed.
pub fn page_button(ui: &mut Ui, draft: &TextDraft, kind: TextKind, held: Option<String>) -> bool {
    let label = if kind == TextKind::Comment { "Open the issue" } else { "Open prefilled page" };
    draft.rendered.url.is_some() && Button::new(label).icon(icons::OPEN).blocked(held).show(ui).clicked()
}

/// Opens that page, with the text filled in where the page accepts that.
pub fn open_page(
    ctx: &egui::Context,
    case: &Case,
    kind: TextKind,
    (title, text): (&str, &str),
    cx: &ViewContext<'_>,
    out: &mut Outbox,
) {
    // Includes the person's edits of the handbook.
    let handbook = &cx.snapshot.text_config.handbook;
    let Some(page) = prefilled(kind, case, handbook, title, text) else { return };
    if page.note.is_some() {
        copy(ctx, case, kind, text, out);
    }
    out.push(Intent::OpenUrl(page.url));
}
