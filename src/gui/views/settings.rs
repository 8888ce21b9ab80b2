//! Settings and about.

use std::path::Path;

use egui::{Context, Label, RichText, ThemePreference, Ui};

use serde_json::{Value, json};

use super::connect::{kept, line};
use super::notifications::Notifications;
use super::top_bar::standing;
use crate::engine::{BANDWIDTH, Command, DOWNLOAD_FOLDER, InstanceView};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{Intent, Outbox, Pick, Purpose};
use crate::gui::kit::{self, Button, Dialog, Field, Verdict, icons};
use crate::gui::remember::SCALES;
use crate::gui::scene::Scene;
use crate::gui::theme::{space, tokens};
use crate::gui::views::{Connect, Sheet};

/// The page's state.
#[derive(Debug, Default)]
pub struct Settings {
    /// MiB a second, as typed; empty is without limit. Nothing until the page is seen.
    limit: Option<String>,
    /// As typed.
    folder: Option<String>,
    wrong: Option<String>,
    notifications: Notifications,
}

impl Settings {
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        kit::page(
            ui,
            "Settings",
            |_| {},
            |ui| {
                kit::card(ui, |ui| {
                    kit::heading(ui, "GitLab instances");
                    for instance in scene.snap.instances.iter() {
                        one(ui, instance, scene, out);
                        ui.separator();
                    }
                    if UiCommand::Connect.button(ui, scene).show(ui).clicked() {
                        out.run(UiCommand::Connect);
                    }
                });
                kit::card(ui, appearance);
                kit::card(ui, |ui| self.downloads(ui, scene, out));
                kit::card(ui, |ui| self.notifications.ui(ui, scene, out));
                kit::card(ui, about);
            },
        );
    }

    /// Takes what the system's dialog answered.
    pub fn set_folder(&mut self, path: &Path) {
        self.folder = Some(path.display().to_string());
    }

    fn downloads(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        kit::heading(ui, "Downloads");
        if scene.practising {
            kit::pair(ui, "Folder", &scene.snap.download_folder.display().to_string());
            kit::faint(
                ui,
                "Downloads of practice go there. Your own folder and limit are set outside practice.",
            );
            return;
        }
        ui.set_max_width(ui.available_width().min(640.0));
        self.folder(ui, scene, out);
        ui.add_space(space::S);
        self.limit(ui, scene, out);
    }

    fn folder(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let now = scene.snap.download_folder.display().to_string();
        let typed = self.folder.get_or_insert_with(|| now.clone());
        let field = Field::new("Folder for archives").note("The whole path; it is made when it is needed.");
        let entered = field.show(ui, typed).lost_focus() && entered(ui);
        let typed = typed.trim().to_owned();
        ui.horizontal(|ui| {
            let same = (typed == now || typed.is_empty()).then(|| "This is the folder already.".to_owned());
            let may = same.is_none();
            let button = Button::new("Use this folder").icon(icons::GOOD).blocked(same);
            if button.show(ui).clicked() || (entered && may) {
                keep(DOWNLOAD_FOLDER, json!(typed), "Downloads go there now", out);
            }
            if Button::new("Choose a folder…").icon(icons::FOLDER).show(ui).clicked() {
                out.push(Intent::Pick(Pick::DownloadFolder));
            }
            let kept = scene.snap.settings.contains_key(DOWNLOAD_FOLDER);
            if kept && Button::new("Back to the system's folder").quiet().show(ui).clicked() {
                self.folder = None;
                keep(DOWNLOAD_FOLDER, Value::Null, "Downloads go to the system's folder", out);
            }
        });
    }

    fn limit(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        let kept = scene.snap.settings.get(BANDWIDTH).and_then(Value::as_u64);
        let typed = self.limit.get_or_insert_with(|| kept.map(mib).unwrap_or_default());
        let field = Field::new("Most for all downloads together, in MiB a second");
        let response = field.hint("no limit").error(self.wrong.as_deref()).show(ui, typed);
        if response.changed() {
            self.wrong = None;
        }
        let entered = response.lost_focus() && entered(ui);
        let wanted = limit(typed);
        let same = (wanted == Ok(kept)).then(|| "This limit holds already.".to_owned());
        let may = same.is_none();
        if Button::new("Apply the limit").blocked(same).show(ui).clicked() || (entered && may) {
            match wanted {
                Ok(Some(bytes_per_s)) => keep(BANDWIDTH, json!(bytes_per_s), "The limit holds now", out),
                Ok(None) => keep(BANDWIDTH, Value::Null, "No limit now", out),
                Err(why) => self.wrong = Some(why),
            }
        }
    }
}

fn entered(ui: &Ui) -> bool {
    ui.input(|input| input.key_pressed(egui::Key::Enter))
}

fn keep(key: &str, value: Value, said: &'static str, out: &mut Outbox) {
    out.ask(Command::Keep { key: key.to_owned(), value }, Purpose::Say(said));
}

/// A limit as it is typed.
fn mib(bytes_per_s: u64) -> String {
    let text = format!("{:.2}", bytes_per_s as f64 / 1_048_576.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn limit(typed: &str) -> Result<Option<u64>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    match typed.parse::<f64>() {
        Ok(mib) if (0.1..1e6).contains(&mib) => Ok(Some((mib * 1_048_576.0) as u64)),
        _ => Err("Type a number of at least 0.1, or nothing for no limit.".into()),
    }
}

fn one(ui: &mut Ui, instance: &InstanceView, scene: &Scene<'_>, out: &mut Outbox) {
    let host = format::host(&instance.url).to_owned();
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let forget = format!("Forget {host}");
            if Button::new(&forget).icon(icons::DELETE).icon_only().quiet().show(ui).clicked() {
                out.open(Sheet::Forget(Forget { instance: instance.url.clone() }));
            }
            let renew = format!("New token for {host}");
            if Button::new(&renew).caption("New token").icon(icons::KEY).show(ui).clicked() {
                out.open(Sheet::Connect(Box::new(Connect::new(&instance.url))));
            }
            let check = format!("Check {host}");
            if Button::new(&check).caption("Check").icon(icons::REFRESH).show(ui).clicked() {
                let command = Command::Check { instance: instance.url.clone(), project: None };
                out.ask(command, Purpose::Say("The token works"));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let (mood, glyph, words) = standing(instance);
                kit::chip(ui, mood, glyph, &words);
                ui.add(Label::new(RichText::new(&host).color(tokens(ui).text)).truncate())
                    .on_hover_text(line(instance));
            });
        });
    });
    if let Some(account) = &instance.account {
        let scopes = account.scopes.join(", ");
        let words = format!("@{} · GitLab {} · {scopes}", account.user, account.gitlab_version);
        kit::faint(ui, words);
        kit::pair_time(ui, "Last checked", account.checked_at, scene.now);
    }
    if let Some(words) = kept(instance.token) {
        kit::faint(ui, words);
    }
}

fn appearance(ui: &mut Ui) {
    kit::heading(ui, "Appearance");
    let mut theme = ui.ctx().options(|options| options.theme_preference);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Colours").color(tokens(ui).soft));
        ui.radio_value(&mut theme, ThemePreference::System, "Like the system");
        ui.radio_value(&mut theme, ThemePreference::Dark, "Dark");
        ui.radio_value(&mut theme, ThemePreference::Light, "Light");
    });
    ui.ctx().set_theme(theme);
    let now = ui.ctx().zoom_factor();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Size of everything").color(tokens(ui).soft));
        for scale in SCALES {
            let words = format!("{:.0} %", scale * 100.0);
            if ui.radio((now - scale).abs() < 0.01, words).clicked() {
                ui.ctx().set_zoom_factor(scale);
            }
        }
    });
    kit::faint(
        ui,
        "Ctrl and + or - change the size from anywhere; Ctrl and 0 sets it back. Both are remembered.",
    );
}

fn about(ui: &mut Ui) {
    kit::heading(ui, "About");
    ui.spacing_mut().item_spacing.y = space::XS;
    kit::soft(ui, format!("Export Desk {}", env!("CARGO_PKG_VERSION")));
    kit::soft(ui, "Not made by GitLab, and not endorsed by it. GitLab is a trademark of GitLab Inc.");
    kit::faint(ui, "Nothing is sent anywhere but to the instances you connect to.");
}

/// The question before an instance is forgotten.
#[derive(Debug)]
pub struct Forget {
    pub instance: String,
}

impl Forget {
    /// True while the dialog stays open.
    pub fn ui(&mut self, ctx: &Context, out: &mut Outbox) -> bool {
        let title = format!("Forget {}?", format::host(&self.instance));
        let dialog = Dialog::new(&title).accept("Forget it").danger();
        let verdict = dialog.show(ctx, |ui| {
            kit::soft(
                ui,
                "Its token is removed from the keyring. Cases, receipts and the journal stay; exports that are \
                 being watched are watched again once you connect.",
            );
        });
        if verdict == Verdict::Accepted {
            let instance = self.instance.clone();
            out.ask(Command::Forget { instance }, Purpose::Say("Forgotten"));
        }
        verdict == Verdict::Open
    }
}

#[cfg(test)]
mod tests {
    use super::{limit, mib};

    #[test]
    fn a_limit_is_a_number_or_nothing() {
        assert_eq!(limit(" "), Ok(None));
        assert_eq!(limit("1.5"), Ok(Some(1_572_864)));
        assert_eq!(mib(1_572_864), "1.5");
        assert_eq!(mib(10_485_760), "10");
        for typed in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(limit(typed).is_err(), "{typed}");
        }
    }
}
