//! A text from a template and a case.

use std::collections::BTreeMap;
use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::StringInput;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::case::{Case, CaseId, ProjectRef, UtcMs};

use super::asked::Asked;
use super::handbook::Handbook;
use super::inert;
use super::kind::TextKind;
use super::leak::{Leak, redact};
use super::limits::{LONGEST_BYTES, refuse_excess};
use super::names::{Absent, Missing, Recorder, Zendesk, list_names};
use super::page::{PrefilledUrl, prefilled};
use super::world::world;

/// What a text needs beside the case.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub handbook: &'a Handbook,
    pub now: UtcMs,
    /// Who works here, as GitLab knows the token: `@sam-support`.
    pub account: Option<String>,
    /// How this program's own export stands, in one sentence.
    pub own_export: Option<String>,
    /// How this program's own download stands, in one sentence.
    pub own_download: Option<String>,
    /// The next step, in one sentence.
    pub next: Option<String>,
    /// The timeline, oldest first, a line each.
    pub timeline: Vec<String>,
    /// What the engineer answered to the questions.
    pub answers: BTreeMap<Asked, String>,
}

impl<'a> Context<'a> {
    /// A context in which nothing is known yet.
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

/// A text, ready to read and edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The title, or the kind's own for other texts.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// What shows as a mark in the text, in its order.
    pub missing: Vec<Missing>,
    /// Mistakes of the user's template, as sentences; the built-in template was used then.
    pub mistakes: Vec<String>,
    /// What was taken out of a public text, or of the messages that it quotes; places are those in the text before.
    pub leaks: Vec<Leak>,
    /// The page where the text is used, filled in as far as it can be.
    pub url: Option<PrefilledUrl>,
}

/// Renders a text. A user's template that has a mistake gives way to the built-in one. From public kinds everything
/// private is taken out, whatever the template says.
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

/// The case with clean messages. The whole text is checked later, but by then a template may have cut a token in two.
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

/// The user's template where it works, else the built-in one; and the mistakes on the way.
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

/// Looks at a user's template without a case: the mistake as a sentence with its line, if there is one.
pub fn check_template(kind: TextKind, template: &str, handbook: &Handbook) -> Option<String> {
    fill_own(kind, &empty_case(), &Context::new(handbook, UtcMs(0)), template).err()
}

fn empty_case() -> Case {
    Case::new(CaseId(0), "https://gitlab.com", None, ProjectRef::default(), UtcMs(0))
}

/// Every name that a template of this kind may print, such as `fact.ui_attempt_at`, for people who write one.
/// Zendesk's own names come on top in replies.
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

/// Steps a template may take: enough for any text, too few to hang on a loop.
const FUEL: u64 = 200_000;
/// Within the limits of a template the parser needs less; other threads have two megabytes.
const STACK_BYTES: usize = 32 << 20;
/// More than the handbook's pages and searches hold, and the marks of what is missing.
const HANDBOOK_BYTES: usize = 16 * 1024;

/// A template of the person's own, within its limits and on a stack of its own.
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

/// Takes as much as a text may have.
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
    // A name that does not exist is a slip in the template, not an empty place.
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_formatter(inert::print);
    env.set_debug(true);
    env.set_fuel(Some(FUEL));
    // A tag on a line of its own leaves no empty line behind.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    env.set_syntax(syntax.expect("only delimiters can clash, and these are the usual ones"));
    // What makes a text as long as a number says, or grows with the program's own state, is not for texts.
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

/// The library's filter, except that it makes no text that is too long.
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

/// The library's filter with a separator alone, except that it makes no text that is too long.
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
    Ok(if is_ours { inert::ours(text) } else { Value::from(text) })
}

fn bounded(value: Value) -> Result<Value, Error> {
    if value.as_str().is_some_and(|text| text.len() > LONGEST_BYTES) {
        return Err(Error::new(ErrorKind::InvalidOperation, too_long()));
    }
    Ok(value)
}

/// Liquid's filter: on a placeholder of Zendesk's it stays for Zendesk to apply.
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

/// A quote of what somebody else wrote, fenced so that its `@names` call nobody and its `/lines` do nothing.
fn block(value: Value) -> Value {
    if is_absent(&value) {
        return value;
    }
    let text = value.to_string();
    let fence = "`".repeat(3.max(longest_run(&text) + 1));
    inert::ours(format!("{fence}text\n{}\n{fence}", text.trim_end()))
}

/// The same within a line.
fn code(value: Value) -> Value {
    if is_absent(&value) || value.downcast_object_ref::<Zendesk>().is_some() {
        return value;
    }
    let text = one_line(&value.to_string());
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    inert::ours(format!("{fence}{space}{text}{space}{fence}"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error of the template as a person reads it.
fn sentence(error: &minijinja::Error, source: &str) -> String {
    use minijinja::ErrorKind as K;
    let line = error.line().map_or_else(String::new, |line| format!("Line {line}: "));
    let stands = error.range().and_then(|range| source.get(range)).map(one_line).unwrap_or_default();
    let detail = error.detail().unwrap_or_default();
    let what = match error.kind() {
        K::UndefinedError => format!("`{stands}` is not a known name"),
        K::UnknownFilter => format!("the filter in `{stands}` does not exist ({detail})"),
        K::OutOfFuel => "the template does not come to an end".to_owned(),
        _ if detail.is_empty() => format!("{} near `{stands}`", error.kind()),
        _ => detail.to_owned(),
    };
    format!("{line}{}.", what.trim_end_matches('.'))
}

#[cfg(test)]
#[path = "tests/render.rs"]
mod tests;
