//! Renders a text from a template and a case.

use std::collections::BTreeMap;
use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::StringInput;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::case::{Case, CaseId, ProjectRef, UtcMs};

use super::blanks::leave_out;
use super::handbook::Handbook;
use super::inert;
use super::kind::TextKind;
use super::leak::{Leak, redact};
use super::limits::{LONGEST_BYTES, refuse_excess};
use super::names::{Absent, Missing, Recorder, Zendesk, list_names};
use super::page::{PrefilledUrl, prefilled};
use super::text_question::TextQuestion;
use super::world::world;

/// What a text needs besides the case.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub handbook: &'a Handbook,
    pub now: UtcMs,
    /// The username of the token in GitLab: `@sam-support`.
    pub account: Option<String>,
    /// The state of this program's own export, in one sentence.
    pub own_export: Option<String>,
    /// The state of this program's own download, in one sentence.
    pub own_download: Option<String>,
    /// The next step, in one sentence.
    pub next: Option<String>,
    /// The timeline, oldest first, one line per event.
    pub timeline: Vec<String>,
    /// The engineer's answers to the questions.
    pub answers: BTreeMap<TextQuestion, String>,
}

impl<'a> Context<'a> {
    /// An empty context.
    pub fn new(handbook: &'a Handbook, now: UtcMs) -> Self {
        Self {
            handbook,
            now,
            account: None,
            own_export: None,
            own_download: None,
            next: None,
            timeline: Vec::new(),
            answers: BTreeMap::new(),
        }
    }
}

/// A rendered text, ready to read and edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The title, or the kind's label for other texts.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// The missing values, in the order of their marks in the text.
    pub missing: Vec<Missing>,
    /// Mistakes in the user's template, as sentences; if there are any, the built-in template was used.
    pub mistakes: Vec<String>,
    /// What was removed from a public text, or from the messages it quotes. Positions refer to the text before.
    pub leaks: Vec<Leak>,
    /// The page on which the text is used, filled in as far as possible.
    pub url: Option<PrefilledUrl>,
}

/// Renders a text. If the user's template has a mistake, the built-in one is used. From public kinds everything
/// private is removed, whatever the template contains.
pub fn render(
    kind: TextKind,
    case: &Case,
    context: &Context<'_>,
    override_template: Option<&str>,
) -> Rendered {
    let public = kind.is_public();
    let (seen, mut leaks) = if public { cleaned(case) } else { (case.clone(), Vec::new()) };
    let (filled, mistakes) = fill_or_fall_back(kind, &seen, context, override_template);
    let Filled { mut title, mut text, missing } = filled;
    for part in [&mut title, &mut text] {
        *part = leave_out(kind, part, &missing);
    }
    if title.is_empty() {
        kind.title().clone_into(&mut title);
    }
    if public {
        for part in [&mut title, &mut text] {
            let (clean, found) = redact(part, case);
            *part = clean;
            leaks.extend(found);
        }
    }
    let url = prefilled(kind, case, context.handbook, &title, &text);
    Rendered { title, text, missing, mistakes, leaks, url }
}

/// The case with redacted messages. The whole text is checked later, but by then a template may have cut a token in
/// two.
fn cleaned(case: &Case) -> (Case, Vec<Leak>) {
    let mut clean = case.clone();
    let mut leaks = Vec::new();
    let facts = &mut clean.facts;
    let messages = [&mut facts.ui_attempt_message, &mut facts.api_attempt_message, &mut facts.download_error];
    for message in messages.into_iter().flatten() {
        let (text, found) = redact(message, case);
        *message = text;
        leaks.extend(found);
    }
    (clean, leaks)
}

/// Renders the user's template, or the built-in one if that fails; returns the mistakes as well.
fn fill_or_fall_back(
    kind: TextKind,
    case: &Case,
    context: &Context<'_>,
    override_template: Option<&str>,
) -> (Filled, Vec<String>) {
    let mut mistakes = Vec::new();
    if let Some(template) = override_template {
        match fill_own(kind, case, context, template) {
            Ok(filled) => return (filled, mistakes),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    match fill(kind, case, context, kind.template()) {
        Ok(filled) => (filled, mistakes),
        Err(mistake) => {
            mistakes.push(format!("The built-in text is broken: {mistake}"));
            (Filled::default(), mistakes)
        }
    }
}

/// Checks a user's template without a case: returns the first mistake as a sentence with its line.
pub fn check_template(kind: TextKind, template: &str, handbook: &Handbook) -> Option<String> {
    fill_own(kind, &empty_case(), &Context::new(handbook, UtcMs(0)), template).err()
}

fn empty_case() -> Case {
    Case::new(CaseId(0), "https://gitlab.com", None, ProjectRef::default(), UtcMs(0))
}

/// Every name that a template of this kind may print, such as `fact.ui_attempt_at`, for template authors. Replies may
/// also print Zendesk's own names.
pub fn known_names(kind: TextKind) -> Vec<String> {
    let handbook = Handbook::built_in();
    let case = empty_case();
    let root = world(kind, &case, &Context::new(&handbook, UtcMs(0)), &Recorder::default());
    let mut names = Vec::new();
    list_names("", &root, &mut names);
    names
}

#[derive(Default)]
struct Filled {
    title: String,
    text: String,
    missing: Vec<Missing>,
}

/// The maximum number of steps of a template: enough for any text, few enough to end a loop.
const FUEL: u64 = 200_000;
/// The parser needs less within the limits of a template; other threads have only two megabytes.
const STACK_BYTES: usize = 32 << 20;
/// An upper bound for the handbook's pages and searches, and for the marks of missing values.
const HANDBOOK_BYTES: usize = 16 * 1024;

/// Renders the person's template, within its limits and on a separate stack.
fn fill_own(kind: TextKind, case: &Case, context: &Context<'_>, template: &str) -> Result<Filled, String> {
    let told: usize = context.timeline.iter().chain(context.answers.values()).map(String::len).sum();
    let known_bytes = format!("{case:?}").len() + told + HANDBOOK_BYTES;
    refuse_excess(template, known_bytes as u64)?;
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || fill(kind, case, context, template))
            .map_err(|error| format!("The system cannot start another thread: {error}."))?
            .join()
            .map_err(|_panic| "The template cannot be used.".to_owned())?
    })
}

fn fill(kind: TextKind, case: &Case, context: &Context<'_>, template: &str) -> Result<Filled, String> {
    let recorder = Recorder::default();
    let env = environment();
    let template =
        env.template_from_named_str(kind.as_str(), template).map_err(|e| sentence(&e, template))?;
    let mut text = Bounded::default();
    let captured = template
        .render_captured_to(world(kind, case, context, &recorder), &mut text)
        .map_err(|e| if text.full { too_long() } else { sentence(&e, template.source()) })?;
    let title = captured
        .state()
        .lookup("title")
        .map(|title| inert::in_title(&one_line(&title.to_string())))
        .unwrap_or_default();
    let text = format!("{}\n", String::from_utf8_lossy(&text.bytes).trim());
    Ok(Filled { title, text, missing: recorder.take() })
}

fn too_long() -> String {
    format!("The text grows beyond {LONGEST_BYTES} bytes.")
}

/// A writer that fails once the text exceeds its maximum length.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full |= self.bytes.len() + bytes.len() > LONGEST_BYTES;
        if self.full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    // A name that does not exist is a mistake in the template, not an empty value.
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_formatter(inert::print);
    env.set_debug(true);
    env.set_fuel(Some(FUEL));
    // A tag on a line of its own leaves no empty line.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    env.set_syntax(syntax.expect("only delimiters can clash, and these are the usual ones"));
    // Removes filters that produce a text of any requested length, or that print the program's internal state.
    for name in ["batch", "slice", "indent", "format", "pprint", "escape", "e"] {
        env.remove_filter(name);
    }
    for name in ["namespace", "debug"] {
        env.remove_global(name);
    }
    env.add_filter("block", |value: Value| bounded(block(value)));
    env.add_filter("code", |value: Value| bounded(code(value)));
    env.add_filter("replace", replace);
    env.add_filter("join", join);
    env.add_filter("capitalize", |value: Value| text_filter(&value, "capitalize", capitalized));
    env.add_filter("upcase", |value: Value| text_filter(&value, "upcase", str::to_uppercase));
    env.add_filter("downcase", |value: Value| text_filter(&value, "downcase", str::to_lowercase));
    env
}

/// The library's filter, with a limit on the length of the result.
#[allow(clippy::needless_pass_by_value, reason = "the library hands arguments over")]
fn replace(value: StringInput<'_>, from: StringInput<'_>, to: StringInput<'_>) -> Result<Value, Error> {
    let (text, from, to) = (value.as_str(), from.as_str(), to.as_str());
    let found = text.matches(from).count();
    let longer = text.len().saturating_add(found.saturating_mul(to.len()));
    if longer.saturating_sub(found.saturating_mul(from.len())) > LONGEST_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, too_long()));
    }
    Ok(Value::from(text.replace(from, to)))
}

/// The library's filter, with only a separator and with a limit on the length of the result.
#[allow(clippy::needless_pass_by_value, reason = "the library hands arguments over")]
fn join(value: &Value, separator: Option<StringInput<'_>>) -> Result<Value, Error> {
    let separator = separator.as_ref().map_or("", |separator| separator.as_str());
    let mut text = String::new();
    let mut is_ours = true;
    for (number, item) in value.try_iter()?.enumerate() {
        is_ours &= item.is_safe();
        if number > 0 {
            text.push_str(separator);
        }
        match item.as_str() {
            Some(item) => text.push_str(item),
            None => text.push_str(&item.to_string()),
        }
        if text.len() > LONGEST_BYTES {
            return Err(Error::new(ErrorKind::InvalidOperation, too_long()));
        }
    }
    Ok(if is_ours { inert::trusted(text) } else { Value::from(text) })
}

fn bounded(value: Value) -> Result<Value, Error> {
    if value.as_str().is_some_and(|text| text.len() > LONGEST_BYTES) {
        return Err(Error::new(ErrorKind::InvalidOperation, too_long()));
    }
    Ok(value)
}

/// Liquid's filter: on a Zendesk placeholder it is kept, so that Zendesk applies it.
fn text_filter(value: &Value, name: &str, change: fn(&str) -> String) -> Value {
    if let Some(zendesk) = value.downcast_object_ref::<Zendesk>() {
        zendesk.filtered(name)
    } else if is_absent(value) {
        value.clone()
    } else {
        Value::from(change(&value.to_string()))
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn is_absent(value: &Value) -> bool {
    value.downcast_object_ref::<Absent>().is_some()
}

/// Quotes what somebody else wrote, fenced so that its `@names` mention nobody and its `/lines` have no effect.
fn block(value: Value) -> Value {
    if is_absent(&value) {
        return value;
    }
    let text = value.to_string();
    let fence = "`".repeat(3.max(longest_run(&text) + 1));
    inert::trusted(format!("{fence}text\n{}\n{fence}", text.trim_end()))
}

/// Quotes within a line.
fn code(value: Value) -> Value {
    if is_absent(&value) || value.downcast_object_ref::<Zendesk>().is_some() {
        return value;
    }
    let text = one_line(&value.to_string());
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    inert::trusted(format!("{fence}{space}{text}{space}{fence}"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A template error as a sentence for people.
fn sentence(error: &minijinja::Error, source: &str) -> String {
    use minijinja::ErrorKind as K;
    let line = error.line().map_or_else(String::new, |line| format!("Line {line}: "));
    let stands = error.range().and_then(|range| source.get(range)).map(one_line).unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    let what = match error.kind() {
        K::UndefinedError => format!("`{stands}` is not a known name"),
        K::UnknownFilter => format!("the filter in `{stands}` does not exist ({detail})"),
        K::OutOfFuel => "the template takes too long to render".to_owned(),
        _ if detail.is_empty() => format!("{} near `{stands}`", error.kind()),
        _ => detail.to_owned(),
    };
    format!("{line}{}.", what.trim_end_matches('.'))
}

#[cfg(test)]
#[path = "tests/render.rs"]
mod tests;
