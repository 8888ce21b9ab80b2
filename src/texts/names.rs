//! The names that a template may print, as values of the template engine: known values, missing values, and Zendesk's
//! placeholders.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use minijinja::value::Object;

use crate::case::Fact;

use super::text_question::TextQuestion;

/// The end of a mark for a missing value.
const NOT_RECORDED: &str = ", not recorded yet]";

/// A value that a text lacks. The text shows it as `[…, not recorded yet]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The fact of the case to record, if the value is a fact.
    pub fact: Option<Fact>,
    /// The question to answer, if the value is an answer.
    pub asked: Option<TextQuestion>,
    pub name: String,
    /// Who needs the value, in one sentence.
    pub why: String,
}

/// How many values of a text are marked as not recorded yet.
pub fn open_places(text: &str) -> usize {
    text.matches(NOT_RECORDED).count()
}

impl Missing {
    /// The mark that appears in the text.
    pub fn mark(&self) -> String {
        format!("[{}{NOT_RECORDED}", self.name)
    }

    pub(super) fn fact(fact: Fact) -> Self {
        Self { fact: Some(fact), asked: None, name: fact.label().to_owned(), why: fact.why().to_owned() }
    }

    pub(super) fn asked(asked: TextQuestion) -> Self {
        Self { fact: None, asked: Some(asked), name: asked.label().to_owned(), why: asked.why().to_owned() }
    }

    pub(super) fn other(name: &str, why: &str) -> Self {
        Self { fact: None, asked: None, name: name.to_owned(), why: why.to_owned() }
    }
}

/// Collects missing values when the template prints them: a name that is only tested in an `if` does not count as
/// missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder(Arc<Mutex<Vec<Missing>>>);

impl Recorder {
    fn note(&self, missing: &Missing) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(missing) {
            all.push(missing.clone());
        }
    }

    pub(super) fn take(&self) -> Vec<Missing> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value, or a mark that records itself when it is printed.
    pub(super) fn value<V: Into<Value>>(&self, value: Option<V>, missing: Missing) -> Value {
        match value {
            Some(value) => value.into(),
            None => Value::from_object(Absent { missing, recorder: self.clone() }),
        }
    }
}

/// A missing value: false in an `if`, a mark when printed.
#[derive(Debug)]
pub(super) struct Absent {
    missing: Missing,
    recorder: Recorder,
}

impl Object for Absent {
    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.recorder.note(&self.missing);
        f.write_str(&self.missing.mark())
    }
}

/// A group of names, such as `fact`. Any other name is a mistake in the template.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<&'static str, Value>,
    /// The value for all other names.
    rest: Option<Zendesk>,
}

impl Names {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.known.insert(name, value.into());
        self
    }

    pub(super) fn or_zendesk(mut self, zendesk: Zendesk) -> Self {
        self.rest = Some(zendesk);
        self
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.known.get(key).cloned().or_else(|| self.rest.as_ref().map(|zendesk| zendesk.child(key)))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// The dotted names below `value`, in order.
pub(super) fn list_names(prefix: &str, value: &Value, names: &mut Vec<String>) {
    match value.downcast_object_ref::<Names>() {
        Some(group) => {
            for (name, value) in &group.known {
                let dot = if prefix.is_empty() { "" } else { "." };
                list_names(&format!("{prefix}{dot}{name}"), value, names);
            }
        }
        None if value.downcast_object_ref::<Zendesk>().is_some() => {}
        None => names.push(prefix.to_owned()),
    }
}

/// A placeholder that Zendesk fills in when the macro is applied to a ticket. In a text for another place nobody
/// would fill it in, so there it counts as missing.
#[derive(Clone, Debug)]
pub(super) struct Zendesk {
    path: String,
    /// Set if Zendesk will not process the text.
    elsewhere: Option<Recorder>,
}

impl Zendesk {
    pub(super) fn kept(path: &str) -> Self {
        Self { path: path.to_owned(), elsewhere: None }
    }

    pub(super) fn missing(path: &str, recorder: &Recorder) -> Self {
        Self { path: path.to_owned(), elsewhere: Some(recorder.clone()) }
    }

    fn child(&self, key: &str) -> Value {
        self.with_path(format!("{}.{key}", self.path))
    }

    /// The placeholder with a filter that Zendesk applies.
    pub(super) fn filtered(&self, filter: &str) -> Value {
        self.with_path(format!("{} | {filter}", self.path))
    }

    fn with_path(&self, path: String) -> Value {
        Value::from_object(Self { path, elsewhere: self.elsewhere.clone() })
    }
}

impl Object for Zendesk {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        key.as_str().map(|key| self.child(key))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.elsewhere.is_none()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.elsewhere {
            None => write!(f, "{{{{{}}}}}", self.path),
            Some(recorder) => {
                let missing = Missing::other(&self.path, "Zendesk fills this in a ticket's reply only.");
                recorder.note(&missing);
                f.write_str(&missing.mark())
            }
        }
    }
}
