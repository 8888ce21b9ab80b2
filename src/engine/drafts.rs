//! Texts for a case: the handbook's data and the person's own templates from the configuration folder, and the
//! facts of a picture poured into them.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::Arc;

use crate::case::{Case, CaseId, Code, Input, Trouble, next_step};
use crate::platform::private_file;
use crate::texts::{
    Asked, Context, Handbook, Kind, LARGEST_TEMPLATE_BYTES, Mistake, Rendered, check_template, render,
};

use super::api::{Answer, AskId, JournalLine, Snapshot, TransferState, Wording};
use super::clock;
use super::router::Router;

const HANDBOOK: &str = "handbook.toml";
/// A handbook is a few pages.
const LARGEST_HANDBOOK_BYTES: usize = 256 * 1024;

/// Reads `handbook.toml` and `texts/<kind>.md` of a folder; what is not there is built in.
fn read_folder(folder: Option<&Path>) -> Wording {
    let own =
        |name: &str, most_bytes| folder.map_or(Ok(None), |folder| own_text(&folder.join(name), most_bytes));
    let (own_handbook, handbook, mistakes) = match own(HANDBOOK, LARGEST_HANDBOOK_BYTES) {
        Ok(Some(text)) => {
            let (handbook, mistakes) = Handbook::with_override(&text);
            (Some(text), handbook, mistakes)
        }
        Ok(None) => (None, Handbook::built_in(), Vec::new()),
        Err(why) => {
            let message = format!("The file {why}; the built-in handbook is used.");
            (Some(String::new()), Handbook::built_in(), vec![Mistake { line: 1, column: 1, message }])
        }
    };
    let (mut templates, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for kind in Kind::ALL {
        let name = format!("texts/{}.md", kind.as_str());
        match own(&name, LARGEST_TEMPLATE_BYTES) {
            Ok(Some(text)) => drop(templates.insert(kind, text)),
            Ok(None) => {}
            Err(why) => drop(unread.insert(kind, format!("{name} {why}; the built-in text is used."))),
        }
    }
    Wording { handbook, mistakes, own_handbook, templates, unread, folder: folder.map(Path::to_owned) }
}

/// A text of the person's own, `None` where there is none; the error ends a sentence about the file. A pipe or a
/// device is never opened: that could wait for ever.
fn own_text(path: &Path, most_bytes: usize) -> Result<Option<String>, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    match path.metadata() {
        Ok(facts) if facts.is_file() => {}
        Ok(_) => return Err("is not a regular file".to_owned()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(most_bytes as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > most_bytes {
        return Err(format!("is longer than {most_bytes} bytes"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_odd_bytes| "is not UTF-8 text".to_owned())
}

/// Drafts a text for a case from what a picture shows. `timeline` is the case's journal, oldest first.
pub fn draft(
    kind: Kind,
    case: &Case,
    picture: &Snapshot,
    timeline: &[JournalLine],
    answers: &BTreeMap<Asked, String>,
) -> Rendered {
    let wording = &picture.wording;

    let run = picture.runs.iter().find(|view| view.run.case_id == Some(case.id));

    let transfer = picture.transfers.iter().find(|view| view.case_id == Some(case.id));

    let account = picture.instances.iter().find(|instance| instance.url == case.instance);

    let context = Context {
        account: account.and_then(|i| i.account.as_ref()).map(|account| format!("@{}", account.user)),
        own_export: run.map(|view| view.standing.sentence.clone()),
        own_download: transfer.map(|view| match (&view.done, &view.trouble) {
            (Some(receipt), _) => format!("{} SHA-256 {}.", receipt.verdict_sentence, receipt.sha256),
            (None, Some(trouble)) => trouble.headline.clone(),
            (None, None) if view.state == TransferState::Paused => "The download is paused.".to_owned(),
            (None, None) => "The download is under way.".to_owned(),
        }),
        next: next_step(case, &picture.ledger, &picture.rules, picture.at)
            .map(|step| format!("{}. {}", step.label, step.why)),
        timeline: timeline.iter().map(|line| format!("{} {}", line.at.for_people(), line.sentence)).collect(),
        answers: answers.clone(),
        ..Context::new(&wording.handbook, picture.at)
    };
    let mut rendered = render(kind, case, &context, wording.templates.get(&kind).map(String::as_str));
    rendered.mistakes.extend(wording.unread.get(&kind).cloned());
    rendered
}

impl Router {
    /// The whole journal of a case, for its timeline and its report.
    pub(super) fn case_journal(&mut self, ask: AskId, case: CaseId) {
        /// More lines than a case has in a life; a bound all the same.
        const MOST: usize = 10_000;
        let rows = self.core.store.journal_for_case(case, MOST).map_err(|error| error.trouble());
        let lines = rows.map(|rows| rows.iter().map(super::core::line).collect::<Vec<_>>());
        self.core.reply(ask, lines.map(|lines| Answer::Journal(lines.into())));
    }

    /// A text was taken to the clipboard: the timeline says so.
    pub(super) fn text_copied(&mut self, ask: AskId, case: CaseId, kind: Kind) {
        let input = Input::TextCopied { kind: kind.as_str().to_owned() };
        let result = self.step_case(case, input, clock::now());
        self.core.reply(ask, result.map(|()| Answer::Case(case)));
    }

    /// Keeps the person's own template, or with `None` goes back to the built-in one, which leaves the file
    /// beside as `.old`.
    pub(super) fn save_template(&mut self, ask: AskId, kind: Kind, template: Option<&str>) {
        let result = self.put_template(kind, template);
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    fn put_template(&mut self, kind: Kind, template: Option<&str>) -> Result<(), Trouble> {
        let Some(folder) = self.wording.folder.clone() else {
            return Err(Trouble::new(Code::Refused, "Practice keeps no templates.", "Leave practice first."));
        };
        if let Some(mistake) = template.and_then(|text| check_template(kind, text, &self.wording.handbook)) {
            return Err(Trouble::new(Code::Usage, mistake, "Mend the placeholder and save again."));
        }
        let path = folder.join("texts").join(format!("{}.md", kind.as_str()));
        self.put_own(&path, template, LARGEST_TEMPLATE_BYTES)
    }

    pub(super) fn reload_wording(&mut self, ask: AskId) {
        self.read_wording();
        self.core.reply(ask, Ok(Answer::Done));
    }

    /// Keeps the person's own handbook data, or with `None` goes back to the built-in one, which leaves the file
    /// beside as `.old`.
    pub(super) fn save_handbook(&mut self, ask: AskId, text: Option<&str>) {
        let result = self.put_handbook(text);
        self.core.reply(ask, result.map(|()| Answer::Done));
    }

    fn put_handbook(&mut self, text: Option<&str>) -> Result<(), Trouble> {
        let Some(folder) = self.wording.folder.clone() else {
            return Err(Trouble::new(Code::Refused, "Practice keeps no handbook.", "Leave practice first."));
        };
        if text.is_some_and(|text| text.len() > LARGEST_HANDBOOK_BYTES) {
            let headline = "This handbook is too large to be kept.";
            let hint = "Keep only the keys that differ from the built-in ones.";
            return Err(Trouble::new(Code::Usage, headline, hint));
        }
        if let Some(mistake) = text.and_then(|text| Handbook::with_override(text).1.into_iter().next()) {
            let hint = "Mend it and save again; nothing was written.";
            return Err(Trouble::new(Code::Usage, mistake.to_string(), hint));
        }
        self.put_own(&folder.join(HANDBOOK), text, LARGEST_HANDBOOK_BYTES)
    }

    /// Writes a file of the person's own, or with `None` puts it aside as `.old`, and reads the folder again.
    fn put_own(&mut self, path: &Path, text: Option<&str>, most_bytes: usize) -> Result<(), Trouble> {
        let written = match text {
            Some(text) => {
                let freed = aside_if_unread(path, most_bytes);
                freed.and_then(|()| private_file::replace(path, text.as_bytes()))
            }
            None => private_file::set_aside(path, "old").map(drop),
        };
        written.map_err(|error| {
            let headline = format!("{} cannot be written: {error}.", path.display());
            Trouble::new(Code::Local, headline, "Check the configuration folder.")
        })?;
        self.read_wording();
        Ok(())
    }

    /// Reads the configuration folder again.
    pub(super) fn read_wording(&mut self) {
        let mut wording = read_folder(self.setup.config_dir.as_deref());
        if let Some(practice) = self.practice.view() {
            // The practice GitLab has the handbook's trackers too: nothing of a lesson goes to the real ones.
            wording.handbook.new_issue.host = crate::texts::handbook::WebAddress::parse(&practice.url)
                .unwrap_or(wording.handbook.new_issue.host);
        }
        self.wording = Arc::new(wording);
        self.rules = Arc::new(self.wording.handbook.rules());
        self.read_live();
    }
}

/// What stands at a place and was never shown, since it could not be read, is kept as `.old`.
fn aside_if_unread(path: &Path, most_bytes: usize) -> std::io::Result<()> {
    match own_text(path, most_bytes) {
        Ok(_) => Ok(()),
        Err(_) => private_file::set_aside(path, "old").map(drop),
    }
}
