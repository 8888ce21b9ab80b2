//! The source of an import: a local file, a URL, an object in S3, or one relation of a file. What is known about the
//! source is shown before anything is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Ui;

use crate::case::UserError;
use crate::case::import::{RemoteVerdict, is_upload_too_large};
use crate::engine::api::{
    Answer, Command, ImportCommand, InspectionView, ProbeView, Report, SET_ENDING, SecretUrl,
};
use crate::gui::debounce::{Debounce, fingerprint};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, Field, icons};
use crate::gui::pages::imports::target::no_token;
use crate::gui::pending::{Answers, Pending};
use crate::gui::secret::Secret;
use crate::gui::theme::{Severity, space};
use crate::gui::view_context::ViewContext;
use crate::platform::folders;

/// Ending of the name of a relation's file.
const RELATION_ENDING: &str = ".ndjson.gz";

/// How many problems of an archive are listed beside its verdict.
const NAMED: usize = 3;

/// A local archive, which is read before it is sent.
#[derive(Debug, Default)]
pub struct FileFields {
    pub path: String,
    debounce: Debounce,
    /// Why the file cannot be read, with the fingerprint of its path.
    unreadable: Option<(u64, UserError)>,
    reading: Pending<u64>,
}

impl FileFields {
    pub fn set(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.debounce.forget();
    }

    pub fn file(&self) -> PathBuf {
        folders::typed(&self.path)
    }

    fn print(&self) -> u64 {
        fingerprint(&self.path.trim())
    }

    /// Takes the result of reading the file.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        if let Some((print, answer)) = self.reading.take(answers) {
            self.unreadable = answer.err().map(|error| (print, error));
        }
    }

    fn error(&self) -> Option<&UserError> {
        self.unreadable.as_ref().filter(|(print, _)| *print == self.print()).map(|(_, error)| error)
    }

    /// The inspection of the file.
    pub fn inspection<'a>(&self, cx: &ViewContext<'a>) -> Option<&'a Arc<InspectionView>> {
        let file = self.file();
        cx.snapshot.inspections.iter().find(|inspection| inspection.path == file)
    }

    fn report<'a>(&self, cx: &ViewContext<'a>) -> Option<&'a Report> {
        self.inspection(cx)?.ended.as_ref()?.as_ref().ok().map(AsRef::as_ref)
    }

    /// Whether the file is the list of a set of archives, by its name.
    pub fn is_set(&self) -> bool {
        self.path.trim().ends_with(SET_ENDING)
    }

    /// What the file is, if Export Desk makes or reads its archives only when the import begins.
    fn special(&self) -> Option<&'static str> {
        let path = self.path.trim();
        if self.is_set() {
            Some(
                "This is a set of archives. Export Desk imports the base archive into a new project, then one slice after \
                 another, and reads each before it is sent.",
            )
        } else if path.ends_with(RELATION_ENDING) {
            Some(
                "This is the file of one relation. Export Desk packs the file into the archive that GitLab's import of a \
                 relation needs, and verifies the archive before the upload.",
            )
        } else {
            None
        }
    }

    /// Why the file cannot be sent yet.
    pub fn blocked(&self, cx: &ViewContext<'_>) -> Option<String> {
        if self.path.trim().is_empty() {
            return Some("Choose an archive first.".into());
        }
        if self.special().is_some() {
            return None;
        }
        match self.inspection(cx).map(|inspection| inspection.ended.as_ref()) {
            Some(Some(Ok(_))) => None,
            Some(Some(Err(error))) => Some(error.headline.clone()),
            Some(None) => Some("Reading the archive.".into()),
            None => {
                Some(self.error().map_or_else(
                    || "The verification starts soon.".to_owned(),
                    |error| error.headline.clone(),
                ))
            }
        }
    }

    /// Why GitLab would refuse the file, if that is known.
    pub fn refusal(&self, cx: &ViewContext<'_>, instance: &str) -> Option<String> {
        let report = self.report(cx)?;
        if !report.verdict.may_import() {
            return Some(report.sentence().to_owned());
        }
        is_upload_too_large(format::host(instance), report.bytes).then(|| {
            let size = format::bytes(report.bytes);
            format!("GitLab.com accepts uploads up to 5 GiB, and this archive has {size}. Import it from a URL (up to 10 GiB), or rebuild the project as a set of smaller archives.")
        })
    }

    pub fn bytes(&self, cx: &ViewContext<'_>) -> Option<u64> {
        self.inspection(cx).map(|inspection| inspection.file_bytes)
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let wrong = self.error().map(|error| error.headline.clone());
        Field::new("Path of the archive")
            .hint("/path/to/2026-11-21_acme_webshop_export.tar.gz")
            .note("You can also drop the file on the window.")
            .error(wrong.as_deref())
            .show(ui, &mut self.path);
        if Button::new("Choose an archive…").icon(icons::FOLDER).show(ui).clicked() {
            out.push(Intent::Pick(Pick::ImportFile));
        }
        let print = self.print();
        let known = self.path.trim().is_empty() || self.special().is_some() || self.inspection(cx).is_some();
        if !known && self.debounce.due(ui.ctx(), print) {
            let path = self.file();
            let command = Command::Verify { path, against: None, deep: false };
            self.reading.ask_or(command, print, IfUnhandled::Nothing, out);
        }
        if let Some(what) = self.special() {
            kit::soft(ui, what);
        } else if let Some(inspection) = self.inspection(cx) {
            archive(ui, inspection, out);
        }
    }
}

/// Size and verdict of an archive that is about to be sent.
pub fn archive(ui: &mut Ui, inspection: &InspectionView, out: &mut Outbox) {
    match &inspection.ended {
        None => {
            kit::progress(ui, "Reading the archive", inspection.walked_bytes, inspection.file_bytes);
            ui.horizontal(|ui| {
                let (walked, all) = (inspection.walked_bytes, inspection.file_bytes);
                let words = format!("{} of {} read", format::bytes(walked), format::bytes(all));
                kit::soft(ui, words);
                if Button::new("Stop reading").icon(icons::CANCEL).quiet().show(ui).clicked() {
                    out.ask(Command::CancelVerify { path: inspection.path.clone() }, IfUnhandled::ToastError);
                }
            });
        }
        Some(Err(error)) => {
            kit::error(ui, error);
            if Button::new("Read the archive again").icon(icons::REFRESH).show(ui).clicked() {
                let path = inspection.path.clone();
                out.ask(Command::Verify { path, against: None, deep: false }, IfUnhandled::Nothing);
            }
        }
        Some(Ok(report)) => {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = space::XS;
                verdict(ui, inspection, report, out);
            });
        }
    }
}

fn verdict(ui: &mut Ui, inspection: &InspectionView, report: &Report, out: &mut Outbox) {
    let (severity, glyph) = match (report.verdict.may_import(), report.problems.is_empty()) {
        (true, true) => (Severity::Good, icons::VERIFIED),
        (true, false) => (Severity::Warn, icons::WARN),
        (false, _) => (Severity::Bad, icons::BAD),
    };
    kit::chip_line(ui, severity, glyph, &report.verdict.as_str().replace('_', " "), report.sentence());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let made = report.gitlab_version.as_deref().unwrap_or("not given");
        let words = format!(
            "{} to upload, {} unpacked (GitLab's limit: 25.0 GiB) · exported by GitLab {made}",
            format::bytes(report.bytes),
            format::bytes(report.unpacked_bytes),
        );
        kit::faint(ui, words);
    });
    for problem in report.problems.iter().take(NAMED) {
        kit::faint(ui, format!("{}: {}", problem.level.as_str(), problem.message));
    }
    let more = report.problems.len().saturating_sub(NAMED) as u64 + report.problems_left_off;
    ui.horizontal(|ui| {
        if more > 0 {
            kit::faint(ui, format!("and {}", format::number_of(more, "more problem", "more problems")));
        }
        let see = Button::new("Show on the Archives page").icon(icons::VERIFIED).quiet();
        if see.show(ui).clicked() {
            out.push(Intent::Inspect(inspection.path.clone()));
        }
    });
}

/// A URL that GitLab fetches. The field hides its content, because the query may be a key.
#[derive(Debug, Default)]
pub struct UrlFields {
    pub url: Secret,
    /// Whether the URL was already handed over to the engine.
    pub handed_over: bool,
    debounce: Debounce,
    /// GitLab's expected reaction, with the fingerprint of the URL and the instance.
    probe: Option<(u64, Result<Arc<ProbeView>, UserError>)>,
    asked: Pending<u64>,
}

impl UrlFields {
    fn print(&self, instance: &str) -> u64 {
        fingerprint(&(self.url.peek(), instance))
    }

    /// Takes the expected reaction of GitLab to the URL.
    pub fn on_answer(&mut self, answers: &mut Answers) {
        match self.asked.take(answers) {
            Some((print, Ok(Answer::Probed(view)))) => self.probe = Some((print, Ok(view))),
            Some((print, Err(error))) => self.probe = Some((print, Err(error))),
            Some((_, Ok(_))) | None => {}
        }
    }

    fn answer(&self, instance: &str) -> Option<&Result<Arc<ProbeView>, UserError>> {
        let print = self.print(instance);
        self.probe.as_ref().filter(|(about, _)| *about == print).map(|(_, answer)| answer)
    }

    pub fn blocked(&self, instance: &str) -> Option<String> {
        if self.url.is_empty() {
            return Some("Paste the URL of the archive.".into());
        }
        match self.answer(instance) {
            None => Some("Checking the URL as GitLab will.".into()),
            Some(Err(error)) => Some(error.headline.clone()),
            Some(Ok(_)) => None,
        }
    }

    /// Why GitLab would refuse the URL.
    pub fn refusal(&self, instance: &str) -> Option<String> {
        let view = self.answer(instance)?.as_ref().ok()?;
        matches!(view.verdict, RemoteVerdict::Refused { .. }).then(|| view.sentence.clone())
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, instance: &str, out: &mut Outbox) {
        let field =
            Field::new("URL of the archive").hint("https://storage.example.com/export.tar.gz?…").note(
                "https, without a login, up to 10 GiB. The URL is hidden, because a signed URL is a secret.",
            );
        self.url.show(ui, field);
        if self.url.is_empty() {
            if self.handed_over {
                kit::soft(ui, "Paste the URL again: Export Desk does not store it.");
            }
            return;
        }
        kit::soft(ui, format!("GitLab will fetch {}", without_query(self.url.peek())));
        let print = self.print(instance);
        if no_token(cx, instance).is_none() && self.debounce.due(ui.ctx(), print) {
            let url = SecretUrl(self.url.peek().to_owned());
            let probe = ImportCommand::Probe { instance: instance.to_owned(), url };
            self.asked.ask_or(Command::Import(probe), print, IfUnhandled::Nothing, out);
        }
        match self.answer(instance) {
            None => {
                kit::chip(ui, Severity::Info, icons::HOURGLASS, "checking with HEAD, as GitLab will");
            }
            Some(Err(error)) => kit::error(ui, error),
            Some(Ok(view)) => {
                let (severity, glyph, word) = match &view.verdict {
                    RemoteVerdict::Accepted { .. } => (Severity::Good, icons::GOOD, "accepted"),
                    RemoteVerdict::NotReached { .. } => {
                        (Severity::Warn, icons::WARN, "not reached from here")
                    }
                    RemoteVerdict::Unchecked => (Severity::Info, icons::INFO, "not checked"),
                    RemoteVerdict::Refused { .. } => (Severity::Bad, icons::BAD, "refused"),
                };
                kit::chip_line(ui, severity, glyph, word, &view.sentence);
            }
        }
    }
}

/// A URL in a form that may be shown: without login, query and fragment.
fn without_query(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    match bare.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) =
                rest.split_once('/').map_or((rest, String::new()), |(h, p)| (h, format!("/{p}")));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        // The text is not a URL yet, so any part of it may be a key.
        None => "…".to_owned(),
    }
}

/// An object in S3, and the keys with which GitLab reads the object.
#[derive(Debug, Default)]
pub struct S3Fields {
    pub region: String,
    pub bucket: String,
    pub key: String,
    pub access_key_id: Secret,
    pub secret_access_key: Secret,
    /// Whether the keys were already handed over to the engine.
    pub handed_over: bool,
}

impl S3Fields {
    pub fn blocked(&self) -> Option<String> {
        if [&self.region, &self.bucket, &self.key].iter().any(|text| text.trim().is_empty()) {
            Some("Type the region, the bucket and the key.".into())
        } else if self.access_key_id.is_empty() || self.secret_access_key.is_empty() {
            Some("Both keys are needed.".into())
        } else {
            None
        }
    }

    pub fn ui(&mut self, ui: &mut Ui) {
        ui.columns(2, |columns| {
            Field::new("Region").hint("eu-central-1").show(&mut columns[0], &mut self.region);
            Field::new("Bucket").hint("customer-exports").show(&mut columns[1], &mut self.bucket);
        });
        Field::new("Object key").hint("2026/export.tar.gz").show(ui, &mut self.key);
        ui.columns(2, |columns| {
            self.access_key_id.show(&mut columns[0], Field::new("Access key ID"));
            self.secret_access_key.show(&mut columns[1], Field::new("Secret access key"));
        });
        kit::faint(
            ui,
            "Export Desk sends both keys to GitLab once and does not store them. GitLab uses them to sign a URL that is valid for 28 hours.",
        );
        if self.handed_over && self.access_key_id.is_empty() {
            kit::soft(ui, "Type the keys again: Export Desk does not store them.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_query;

    #[test]
    fn what_may_be_a_key_is_not_seen() {
        let url = "https://me:pw@storage.example.com/a/b.tar.gz?X-Amz-Signature=hush#hush";
        assert_eq!(without_query(url), "https://storage.example.com/a/b.tar.gz");
        assert_eq!(without_query("https://host?hush"), "https://host");
        assert_eq!(without_query("hush"), "…");
    }
}
