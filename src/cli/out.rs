//! Where words go: with `--json` one object a line on stdout and sentences on stderr; without, sentences
//! on stdout. A closed pipe ends nothing.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::case::Trouble;

/// The two streams, told apart by `--json`.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub json: bool,
}

impl Out {
    /// A line between: progress for scripts.
    pub fn event(self, name: &str, fields: Value) {
        if self.json {
            let mut line = Map::new();
            line.insert("event".into(), name.into());
            if let Value::Object(fields) = fields {
                line.extend(fields);
            }
            write_line(&mut std::io::stdout().lock(), &Value::Object(line).to_string());
        }
    }

    /// A sentence for people, while something goes on.
    pub fn say(self, sentence: &str) {
        if self.json {
            write_line(&mut std::io::stderr().lock(), sentence);
        } else {
            write_line(&mut std::io::stdout().lock(), sentence);
        }
    }

    /// Something doubtful that does not stop the command.
    pub fn warn(self, sentence: &str) {
        self.event("warning", json!({ "message": sentence }));
        write_line(&mut std::io::stderr().lock(), &format!("export-desk: {sentence}"));
    }

    /// The end of a command that worked.
    pub fn done(self, fields: Value) -> ExitCode {
        let mut all = json!({ "ok": true, "exit": 0 });
        merge(&mut all, fields);
        self.event("result", all);
        ExitCode::SUCCESS
    }

    /// The end of a command that did not; `fields` are what is known all the same.
    pub fn failed(self, trouble: &Trouble, fields: Value) -> ExitCode {
        let mut all = json!({
            "ok": false,
            "exit": trouble.code.exit(),
            "code": trouble.code.word(),
            "headline": trouble.headline,
            "hint": trouble.hint,
        });
        if let Some(id) = &trouble.correlation_id {
            merge(&mut all, json!({ "correlation_id": id }));
        }
        merge(&mut all, fields);
        self.event("result", all);
        let mut err = std::io::stderr().lock();
        write_line(&mut err, &format!("export-desk: {}", trouble.headline));
        if !trouble.hint.is_empty() {
            write_line(&mut err, &format!("  {}", trouble.hint));
        }
        if let Some(id) = &trouble.correlation_id {
            write_line(&mut err, &format!("  correlation id: {id}"));
        }
        ExitCode::from(trouble.code.exit())
    }
}

/// Adds `fields` to the object `all`; what is there already wins, so that a result's own words stay.
fn merge(all: &mut Value, fields: Value) {
    if let (Value::Object(all), Value::Object(fields)) = (all, fields) {
        for (key, value) in fields {
            all.entry(key).or_insert(value);
        }
    }
}

fn write_line(stream: &mut impl Write, line: &str) {
    // A reader that went away is no reason to stop an export.
    stream
        .write_all(line.as_bytes())
        .and_then(|()| stream.write_all(b"\n"))
        .and_then(|()| stream.flush())
        .ok();
}

/// `12.4 GiB`, `712 KiB`, `9 bytes`.
pub fn bytes_for_people(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}
