//! `import set`: follows the import of a set until its end, or until it stops.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::import::PartState;
use crate::case::{Code, ImportId, UserError};
use crate::engine::api::{ImportView, SetView, Snapshot};

use super::client::{EngineClient, WaitReporter};
use super::imports::{FoundReporter, ended, fields};
use super::output::{End, Failure, Out};

/// The set's base archive, and the import of the current part.
type Seen = (Arc<ImportView>, Option<Arc<ImportView>>);

/// Follows the set of this base archive.
pub fn follow(client: &mut EngineClient, out: &Out, base: ImportId) -> End {
    let _advice = out
        .advice("GitLab continues the import of what it has received. The same command continues the set.");
    let (view, part) = until_the_end(client, base)?;
    let set = view.set.as_deref();
    let known = all_fields(&view);
    let Some(set) = set.filter(|set| set.current.is_some() || set.error.is_some()) else {
        return Ok(known);
    };
    if let Some(error) = set.error.clone() {
        return Err(Failure::with(error, known));
    }
    // The part that stopped says why.
    if let Err(failed) = ended(out, part.as_deref().unwrap_or(&view)) {
        return Err(Failure::with(failed.error, known));
    }
    // GitLab calls the part finished, but nothing of it has arrived.
    let hint = "Check the project, then run the same command again: it imports this part again.";
    let error = UserError::new(Code::ImportFailed, set.sentence.clone(), hint);
    Err(Failure::with(error, known))
}

fn until_the_end(client: &mut EngineClient, base: ImportId) -> Result<Seen, UserError> {
    let mut told = None;
    let mut reported_bytes = None;
    let mut found = FoundReporter::default();
    let mut waits = WaitReporter::default();
    client.until(|snapshot, out| {
        let view = of(snapshot, base)?;
        let set = view.set.as_deref()?;
        let part = set.current.and_then(|at| of(snapshot, set.parts[at].import?));
        let now = (set.current, set.sentence.clone());
        if told.as_ref() != Some(&now) {
            out.event("status", status(set, part));
            out.say(&set.sentence);
            told = Some(now);
        }
        if let Some(part) = part.filter(|part| part.job.is_being_sent()) {
            let bytes = (part.job.id, part.verified_bytes, part.sent_bytes);
            if reported_bytes != Some(bytes) {
                reported_bytes = Some(bytes);
                let phase = part.job.phase.as_str();
                let done = if part.sent_bytes > 0 { part.sent_bytes } else { part.verified_bytes };
                out.event("progress", json!({ "part": set.current.map(|at| at + 1), "phase": phase, "bytes": done, "total": part.total_bytes, "bytes_per_s": part.bytes_per_s }));
            }
        }
        // What the archives lack is of the whole set, and told once.
        found.tell(&view.job, out);
        if let Some(part) = part {
            found.tell(&part.job, out);
        }
        let shown = part.unwrap_or(view);
        waits.tell(shown.watch.waiting.as_ref(), snapshot, out);
        let is_over = set.current.is_none() || set.is_stopped || shown.watch.error.is_some();
        is_over.then(|| (view.clone(), part.cloned()))
    })
}

fn of(snapshot: &Snapshot, id: ImportId) -> Option<&Arc<ImportView>> {
    snapshot.imports.iter().find(|view| view.job.id == id)
}

fn status(set: &SetView, part: Option<&Arc<ImportView>>) -> Value {
    json!({
        "part": set.current.map(|at| at + 1),
        "of": set.parts.len(),
        "import": part.map(|view| view.job.id.0),
        "import_status": part.and_then(|view| view.job.server_status.clone()),
        "sentence": set.sentence,
    })
}

fn all_fields(view: &ImportView) -> Value {
    let mut all = fields(view);
    let Some(set) = view.set.as_deref() else { return all };
    all["set"] = json!(set.list.display().to_string());
    all["sentence"] = json!(set.sentence);
    all["partial"] = set.parts.iter().any(|part| part.state == PartState::Partial).into();
    all["parts"] = set
        .parts
        .iter()
        .map(|part| {
            json!({
                "path": part.path.display().to_string(),
                "relation": part.relation,
                "records": part.records,
                "bytes": part.bytes,
                "import": part.import.map(|id| id.0),
                "correlation_id": part.correlation_id,
                "state": part.state.as_str(),
            })
        })
        .collect();
    all
}
