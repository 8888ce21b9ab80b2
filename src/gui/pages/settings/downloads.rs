//! The settings card for downloads: the folder, the speed limit, and how long archives are kept.

use std::path::Path;

use egui::Ui;
use serde_json::{Value, json};

use crate::case::format::size_of;
use crate::engine::api::{BANDWIDTH, DOWNLOAD_FOLDER, IMPORT_LIMIT, KEEP_ARCHIVES, LONGEST_KEEP_DAYS};
use crate::gui::dialogs::clean::FindOld;
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox, Pick};
use crate::gui::kit::{self, Button, icons};
use crate::gui::pages::settings::typed::{Spec, Typed, full};
use crate::gui::pending::Answers;
use crate::gui::theme::space;
use crate::gui::view_context::ViewContext;
use crate::platform::synced;

const FOLDER: Spec = Spec {
    key: DOWNLOAD_FOLDER,
    label: "Folder for archives",
    hint: "",
    note: "The full path. The folder is created when needed.",
    apply: "Use this folder",
    said: "Download folder changed",
    show: |value| value.as_str().unwrap_or_default().to_owned(),
    read: |typed| match typed.trim() {
        "" => Err("Type the path of a folder.".into()),
        path => full(path),
    },
};

const LIMIT: Spec = Spec {
    key: BANDWIDTH,
    label: "Bandwidth limit for all downloads, in MiB/s",
    hint: "no limit",
    note: "",
    apply: "Apply the limit",
    said: "Bandwidth limit changed",
    show: |value| value.as_u64().map(mib).unwrap_or_default(),
    read: limit,
};

const KEEP: Spec = Spec {
    key: KEEP_ARCHIVES,
    label: "Days that downloaded archives are kept",
    hint: "no age limit",
    note: "Nothing is deleted automatically. Export Desk lists older archives, and you select which to delete.",
    apply: "Apply the days",
    said: "Archive age limit changed",
    show: |value| value.as_u64().map(|days| days.to_string()).unwrap_or_default(),
    read: days,
};

const IMPORT: Spec = Spec {
    key: IMPORT_LIMIT,
    label: "Import limit of the usual destination",
    hint: "5 GiB, the limit of GitLab.com",
    note: "A rebuilt archive that is larger becomes a set of archives, which is imported part by part.",
    apply: "Apply the import limit",
    said: "Import limit changed",
    show: |value| value.as_u64().map(format::exact_bytes).unwrap_or_default(),
    read: import_limit,
};

/// The card's text fields.
#[derive(Debug, Default)]
pub(super) struct DownloadSettings {
    folder: Typed,
    limit: Typed,
    days: Typed,
    import: Typed,
}

impl DownloadSettings {
    pub fn set_folder(&mut self, path: &Path) {
        self.folder.set(path.display().to_string());
    }

    pub fn on_answer(&mut self, answers: &mut Answers, out: &mut Outbox) {
        for typed in [&mut self.folder, &mut self.limit, &mut self.days, &mut self.import] {
            typed.on_answer(answers, out);
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        kit::heading(ui, "Downloads");
        if cx.practising {
            kit::pair(ui, "Folder", &cx.snapshot.download_folder.display().to_string());
            kit::faint(ui, "Practice downloads are saved there. Change your own settings outside practice.");
            return;
        }
        ui.set_max_width(ui.available_width().min(640.0));
        self.folder(ui, cx, out);
        ui.add_space(space::S);
        let held = |key: &str| cx.snapshot.settings.get(key).unwrap_or_default();
        self.limit.ui(ui, &LIMIT, &held(BANDWIDTH), out, |_, _| {});
        ui.add_space(space::S);
        self.days.ui(ui, &KEEP, &held(KEEP_ARCHIVES), out, |ui, out| {
            let tip = "Lists archives older than this, and archives of cases whose private data was deleted.";
            if Button::new("Find old archives…").icon(icons::SEARCH).tooltip(tip).show(ui).clicked() {
                out.open(FindOld);
            }
        });
        ui.add_space(space::S);
        self.import.ui(ui, &IMPORT, &held(IMPORT_LIMIT), out, |_, _| {});
    }

    fn folder(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, out: &mut Outbox) {
        let held = json!(cx.snapshot.download_folder.display().to_string());
        let chosen = cx.snapshot.settings.download_folder.is_some();
        let mut back = false;
        self.folder.ui(ui, &FOLDER, &held, out, |ui, out| {
            if Button::new("Choose a folder…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::DownloadFolder));
            }
            back = chosen && Button::new("Back to the system's folder").quiet().show(ui).clicked();
        });
        if let Some(warning) = synced::warning(&cx.snapshot.download_folder) {
            kit::soft(ui, warning);
        }
        if back {
            self.folder.back(DOWNLOAD_FOLDER, "Download folder reset", out);
        }
    }
}

/// A speed limit in the form in which it is typed.
fn mib(bytes_per_s: u64) -> String {
    let text = format!("{:.2}", bytes_per_s as f64 / 1_048_576.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn limit(typed: &str) -> Result<Value, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Value::Null);
    }
    match typed.parse::<f64>() {
        Ok(mib) if (0.1..1e6).contains(&mib) => Ok(json!((mib * 1_048_576.0) as u64)),
        _ => Err("Type a number of at least 0.1, or leave empty for no limit.".into()),
    }
}

fn import_limit(typed: &str) -> Result<Value, String> {
    if typed.trim().is_empty() {
        return Ok(Value::Null);
    }
    match size_of(typed) {
        Ok(bytes) if bytes >= 1 << 20 => Ok(json!(bytes)),
        _ => Err("Type a size of at least 1 MiB, or leave empty for the limit of GitLab.com.".into()),
    }
}

fn days(typed: &str) -> Result<Value, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Value::Null);
    }
    match typed.parse::<u64>() {
        Ok(days) if (1..=LONGEST_KEEP_DAYS).contains(&days) => Ok(json!(days)),
        _ => Err("Type a whole number of days from 1 to 3650, or leave empty to keep archives.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_nothing() {
        assert_eq!(limit(" "), Ok(Value::Null));
        assert_eq!(limit("1.5"), Ok(json!(1_572_864)));
        assert_eq!(mib(1_572_864), "1.5");
        assert_eq!(mib(10_485_760), "10");
        for typed in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(limit(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn an_import_limit_is_a_size_or_nothing() {
        assert_eq!(import_limit(""), Ok(Value::Null));
        assert_eq!(import_limit("10 GiB"), Ok(json!(10_737_418_240_u64)));
        for typed in ["5", "1 KiB", "large"] {
            assert!(import_limit(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_keep_time_is_whole_days_or_nothing() {
        assert_eq!(days(""), Ok(Value::Null));
        assert_eq!(days(" 30 "), Ok(json!(30)));
        for typed in ["0", "-3", "1.5", "a month", "99999"] {
            assert!(days(typed).is_err(), "{typed}");
        }
    }
}
