//! Settings and about.

use egui::{Context, Label, RichText, ThemePreference, Ui};

use super::connect::{kept, line};
use super::top_bar::standing;
use crate::engine::{Command, InstanceView};
use crate::gui::command::UiCommand;
use crate::gui::format;
use crate::gui::intent::{Outbox, Purpose};
use crate::gui::kit::{self, Button, Dialog, Field, Verdict, icons};
use crate::gui::scene::Scene;
use crate::gui::theme::{space, tokens};
use crate::gui::views::{Connect, Sheet};

/// The page's state.
#[derive(Debug, Default)]
pub struct Settings {
    /// MiB a second, as typed; empty is without limit.
    limit: String,
    wrong: Option<String>,
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
                kit::card(ui, about);
            },
        );
    }

    fn downloads(&mut self, ui: &mut Ui, scene: &Scene<'_>, out: &mut Outbox) {
        kit::heading(ui, "Downloads");
        kit::pair(ui, "Folder", &scene.snap.download_folder.display().to_string());
        ui.allocate_ui(egui::vec2(320.0_f32.min(ui.available_width()), 0.0), |ui| {
            let field = Field::new("Most for all downloads together, in MiB a second");
            let field = field.hint("no limit").error(self.wrong.as_deref());
            if field.show(ui, &mut self.limit).changed() {
                self.wrong = None;
            }
            if Button::new("Apply the limit").show(ui).clicked() {
                match limit(&self.limit) {
                    Ok(bytes_per_s) => {
                        let said = if bytes_per_s.is_some() { "The limit holds now" } else { "No limit now" };
                        out.ask(Command::LimitBandwidth { bytes_per_s }, Purpose::Say(said));
                    }
                    Err(why) => self.wrong = Some(why),
                }
            }
        });
    }
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
    ui.horizontal(|ui| {
        ui.radio_value(&mut theme, ThemePreference::System, "Like the system");
        ui.radio_value(&mut theme, ThemePreference::Dark, "Dark");
        ui.radio_value(&mut theme, ThemePreference::Light, "Light");
    });
    ui.ctx().set_theme(theme);
    kit::faint(ui, "Ctrl and + or - make everything larger or smaller; Ctrl and 0 sets it back.");
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
    use super::limit;

    #[test]
    fn a_limit_is_a_number_or_nothing() {
        assert_eq!(limit(" "), Ok(None));
        assert_eq!(limit("1.5"), Ok(Some(1_572_864)));
        for typed in ["0", "-1", "fast", "NaN", "inf"] {
            assert!(limit(typed).is_err(), "{typed}");
        }
    }
}
