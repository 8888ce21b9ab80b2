//! Parameters as Grape reads them: query, form or JSON, nested ones under bracketed names.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::answer::{self, HttpAnswer};

/// Grape's sentence for a body that is not what its content type says (`Grape::Exceptions::InvalidMessageBody`).
const MALFORMED_JSON: &str = "Problem:\n  message body does not match declared format\nResolution:\n  when specifying \
                              application/json as content-type, you must pass valid application/json in the request's 'body'\n    ";

/// The values that Grape's Boolean accepts as true (dry-types, `Params::Bool`); Python's clients write `True`.
const TRUE: [&str; 14] =
    ["1", "on", "On", "ON", "t", "true", "True", "TRUE", "T", "y", "yes", "Yes", "YES", "Y"];
const FALSE: [&str; 14] =
    ["0", "off", "Off", "OFF", "f", "false", "False", "FALSE", "F", "n", "no", "No", "NO", "N"];

/// The parameters of a request.
#[derive(Debug, Default)]
pub struct Params(BTreeMap<String, String>);

impl<S: Sync> FromRequest<S> for Params {
    type Rejection = HttpAnswer;

    async fn from_request(request: Request, _: &S) -> Result<Self, HttpAnswer> {
        let (parts, body) = request.into_parts();
        // `middleware` has already refused bodies that are too long.
        let body =
            to_bytes(body, usize::MAX).await.map_err(|_cut_short| answer::bad_request("400 Bad request"))?;
        Self::read(&parts.headers, parts.uri.query(), &body)
    }
}

impl Params {
    /// Reads the query and the body. JSON that does not parse is refused before anything else is checked.
    fn read(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Result<Self, HttpAnswer> {
        let mut params = Self::default();
        params.form(query.unwrap_or_default().as_bytes());
        let kind =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            if !body.is_empty() {
                let value = serde_json::from_slice::<Value>(body)
                    .map_err(|_malformed| answer::error(StatusCode::BAD_REQUEST, MALFORMED_JSON))?;
                params.json("", &value);
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            params.form(body);
        }
        Ok(params)
    }

    /// The value, empty or not.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value as a number, if it is one.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// The value if it is not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A parameter of Grape's type Boolean: `None` if it is absent or empty, refused if it is neither true nor false.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, HttpAnswer> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some(word) if TRUE.contains(&word) => Ok(Some(true)),
            Some(word) if FALSE.contains(&word) => Ok(Some(false)),
            Some(_) => Err(answer::error(StatusCode::BAD_REQUEST, &format!("{name} is invalid"))),
        }
    }

    /// Whether the value is one of Grape's spellings of true.
    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.flag(name), Ok(Some(true)))
    }

    /// Whether there is a value under a bracketed name that starts with this one.
    pub fn has_inner(&self, name: &str) -> bool {
        self.0.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[')))
    }

    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    fn form(&mut self, text: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(text) {
            self.0.insert(name.into_owned(), value.into_owned());
        }
    }

    fn json(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let inner = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                    self.json(&inner, value);
                }
            }
            Value::Null => {}
            Value::String(text) => self.set(name, text.clone()),
            Value::Array(items) => {
                let joined: Vec<_> = items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
                self.set(name, joined.join(","));
            }
            Value::Bool(_) | Value::Number(_) => self.set(name, value.to_string()),
        }
    }
}
