//! The dialog that connects to a GitLab instance: URL, token, and a test of what the token may do.

use egui::{Context, Ui};

use crate::case::web::token_page;
use crate::case::{Rules, UserError, UtcMs, token_expiry};
use crate::engine::api::{Answer, CheckView, Command, InstanceView, Token, TokenState};
use crate::gui::debounce::fingerprint;
use crate::gui::dialog::{Dialog, DialogRequest};
use crate::gui::format;
use crate::gui::intent::{IfUnhandled, Intent, Outbox};
use crate::gui::kit::{self, Button, DialogFrame, DialogVerdict, Field, icons};
use crate::gui::pending::{Answers, Pending};
use crate::gui::secret::Secret;
use crate::gui::theme::{Severity, space};
use crate::gui::token_chip;
use crate::gui::view_context::ViewContext;
use crate::platform::words::KEYRING;
use std::sync::Arc;

/// The dialog's state.
#[derive(Debug, Default)]
struct Connect {
    instance: String,
    token: Secret,
    /// The result of the last test or save.
    tested: Option<Result<Arc<CheckView>, UserError>>,
    /// The open question, with the fingerprint of the text that was typed when the question was sent.
    asked: Pending<u64>,
    /// Whether the dialog has taken the keyboard focus: it does so once, when it opens.
    opened: bool,
    /// Whether the question is a save.
    saving: bool,
    /// The URL that was typed when the question was sent.
    asked_url: String,
    wrong: Option<String>,
}

/// Opens the dialog.
#[derive(Debug)]
pub struct ConnectTo {
    /// Base URL; `None` where the person may still choose.
    instance: Option<String>,
}

impl ConnectTo {
    pub fn instance(url: &str) -> Self {
        Self { instance: Some(url.to_owned()) }
    }

    /// For the first known instance that has no token, else for one whose URL the person still has to type.
    pub fn any() -> Self {
        Self { instance: None }
    }
}

impl DialogRequest for ConnectTo {
    fn open(self: Box<Self>, cx: &ViewContext<'_>, _out: &mut Outbox) -> Box<dyn Dialog> {
        let unconnected = || cx.snapshot.instances.iter().find(|known| known.token == TokenState::Missing);
        let known = self.instance.or_else(|| unconnected().map(|known| known.url.clone()));
        let instance = known.unwrap_or_else(|| "https://gitlab.com".to_owned());
        Box::new(Connect { instance, ..Connect::default() })
    }
}

impl Dialog for Connect {
    /// The window announces what was saved; an answer about text that has changed since is dropped.
    fn on_answer(&mut self, answers: &mut Answers, _cx: &ViewContext<'_>, _out: &mut Outbox) -> bool {
        if self.saving {
            match self.asked.settled(answers) {
                Some(Ok(())) => return false,
                Some(Err(error)) => self.tested = Some(Err(self.named(error))),
                None => {}
            }
            return true;
        }
        match self.asked.take(answers) {
            Some((print, Ok(Answer::Checked(check)))) if print == self.print() => {
                self.tested = Some(Ok(check));
            }
            Some((print, Err(error))) if print == self.print() => {
                self.tested = Some(Err(self.named(error)));
            }
            _ => {}
        }
        true
    }

    fn ui(&mut self, ctx: &Context, _cx: &ViewContext<'_>, out: &mut Outbox) -> bool {
        let waiting = self.waits();
        let blocked = self.blocked(waiting);
        let dialog =
            DialogFrame::new("Connect to GitLab").accept("Save and connect").width(520.0).blocked(blocked);
        let tested = self.tested.clone();
        let verdict = dialog.show_with(
            ctx,
            |ui| self.fields(ui, waiting, out),
            |ui| match &tested {
                None => {}
                Some(Ok(check)) => answer(ui, check),
                Some(Err(error)) => kit::error(ui, error),
            },
        );
        if verdict == DialogVerdict::Accepted {
            self.ask(out, true);
        }
        verdict != DialogVerdict::Closed
    }
}

impl Connect {
    /// Whether an answer is pending: to a save, or to a test of the current field values.
    fn waits(&self) -> bool {
        self.asked.about().is_some_and(|print| self.saving || *print == self.print())
    }

    /// Adds the instance that the error is about.
    fn named(&self, error: UserError) -> UserError {
        let headline = format!("{}: {}", format::host(&self.asked_url), error.headline);
        UserError { headline, ..error }
    }

    /// The fingerprint of the current field values, which an answer must match.
    fn print(&self) -> u64 {
        fingerprint(&(self.instance.as_str(), self.token.peek()))
    }

    fn blocked(&self, waiting: bool) -> Option<String> {
        if waiting {
            Some("Asking GitLab.".into())
        } else if self.instance.trim().is_empty() {
            Some("Type the URL of the instance.".into())
        } else if self.token.is_empty() {
            Some("Paste a token.".into())
        } else {
            None
        }
    }

    fn fields(&mut self, ui: &mut Ui, waiting: bool, out: &mut Outbox) {
        ui.spacing_mut().item_spacing.y = space::M;
        let mut typed = Field::new("Instance URL")
            .hint("https://gitlab.com")
            .note(instance_note(&self.instance))
            .show(ui, &mut self.instance)
            .changed();
        let field = Field::new("Personal access token")
            .hint("glpat-…")
            .focus(!self.opened)
            .error(self.wrong.as_deref())
            .note("Starting an export needs the scope api. Checking and downloading need only read_api.");
        typed |= self.token.show(ui, field).changed();
        self.opened = true;
        if typed {
            (self.wrong, self.tested) = (None, None);
        }
        let page = token_page(&self.instance);
        let test = Button::new("Test").icon(icons::VERIFIED).blocked(self.blocked(waiting));
        let test = test.tooltip("Asks GitLab who owns the token. Nothing is saved.");
        ui.horizontal(|ui| {
            if test.show(ui).clicked() {
                self.ask(out, false);
            }
            let blocked = page.is_none().then(|| "Type the URL of the instance first.".to_owned());
            let create = Button::new("Create a token").icon(icons::OPEN).quiet().blocked(blocked);
            let tip = "Opens GitLab's page for a new token, with the name and the scope filled in.";
            if create.tooltip(tip).show(ui).clicked()
                && let Some(page) = page
            {
                out.push(Intent::OpenUrl(page));
            }
            if waiting {
                kit::chip(ui, Severity::Info, icons::HOURGLASS, "asking GitLab");
            }
        });
        kit::faint(
            ui,
            format!(
                "The token is saved in your system's {KEYRING}. Without a {KEYRING}, it is kept until you close Export Desk, and Export Desk tells you so."
            ),
        );
    }

    fn ask(&mut self, out: &mut Outbox, keep: bool) {
        let instance = self.instance.trim().trim_end_matches('/').to_owned();
        let token = match Token::new(self.token.peek().to_owned()) {
            Ok(token) => token,
            Err(why) => {
                self.wrong = Some(why.to_string());
                return;
            }
        };
        let print = self.print();
        (self.tested, self.saving, self.asked_url) = (None, keep, instance.clone());
        if keep {
            self.asked.ask(Command::Connect { instance, token }, print, out);
        } else {
            self.asked.ask_or(Command::Try { instance, token }, print, IfUnhandled::Nothing, out);
        }
    }
}

/// What is to be known of the typed URL: a project's URL is easily pasted instead.
fn instance_note(typed: &str) -> &'static str {
    let path = url::Url::parse(typed.trim()).map(|url| url.path().trim_matches('/').to_owned());
    if path.is_ok_and(|path| path.contains('/')) {
        "This is the URL of a project. Type only its start: https://gitlab.com."
    } else {
        "https only. Plain http is accepted only for this computer."
    }
}

fn answer(ui: &mut Ui, check: &CheckView) {
    let account = &check.account;
    kit::card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        kit::chip(ui, Severity::Good, icons::GOOD, "the token works");
        kit::pair(ui, "User", &account.who());
        kit::pair(ui, "GitLab", account.gitlab_version.as_deref().unwrap_or("not reported"));
        let scopes =
            if account.scopes.is_empty() { "not reported".to_owned() } else { account.scopes.join(", ") };
        kit::pair(ui, "Scopes", &scopes);
        let expires = match &account.expires_on {
            Some(date) => format!("{date} ({})", token_expiry(date, account.checked_at)),
            None => "never, or not reported".to_owned(),
        };
        kit::pair(ui, "Expires", &expires);
        if let Some(words) = kept(check.token) {
            kit::soft(ui, words);
        }
    });
}

/// Where a token is kept, in a sentence.
pub fn kept(token: TokenState) -> Option<String> {
    match token {
        TokenState::InKeyring => Some(format!("The token is in your system's {KEYRING}.")),
        TokenState::FromEnvironment => Some("The token comes from the environment.".to_owned()),
        TokenState::ThisRunOnly => Some(format!(
            "No {KEYRING} is available on this computer. The token is kept until you close Export Desk."
        )),
        TokenState::KeyringLocked => Some(format!(
            "The {KEYRING} is locked or has not allowed access yet. Until it does, the token is kept only until you close Export Desk."
        )),
        TokenState::Reading | TokenState::Missing => None,
    }
}

/// The line of an instance in the settings.
pub fn line(instance: &InstanceView, rules: &Rules, now: UtcMs) -> String {
    let host = format::host(&instance.url);
    let account = instance.account.as_ref();
    let who =
        account.map_or_else(String::new, |account| format!(" · {} · {}", account.who(), account.gitlab()));
    let (_, _, token) = token_chip::status(instance, rules, now);
    format!("{host}{who} · {token}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::case::Code;
    use crate::engine::api::{AskId, Reply, Snapshot};
    use crate::gui::fixture::{account, first_run, now, window, window_of};
    use crate::gui::workspace::Workspace;

    fn check(token: TokenState) -> Arc<CheckView> {
        let instance = "https://gitlab.com".to_owned();
        Arc::new(CheckView {
            instance,
            account: account(),
            project: None,
            allows: crate::engine::api::Allows::default(),
            token,
        })
    }

    fn with_reply(result: Result<Answer, UserError>) -> Snapshot {
        Snapshot { replies: [Reply { ask: AskId(1), at: now(), result }.into()].into(), ..first_run() }
    }

    fn asked(button: &str) -> egui_kittest::Harness<'static, crate::gui::App> {
        let mut window = window(first_run(), egui::Theme::Light, 900.0, 700.0);
        window.get_by_label("Connect to GitLab").click();
        window.run();
        window.get_by_label("Personal access token").type_text("glpat-never-shown");
        window.run();
        window.get_by_label(button).click();
        window.run();
        window
    }

    #[test]
    fn the_token_is_sent_and_never_shown() {
        let window = asked("Test");
        let field = window.get_by_label("Personal access token").value().unwrap_or_default();
        assert!(!field.contains("never"), "the field shows {field}");
        let sent = window.state().workspace().sent();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].starts_with("Try") && sent[0].contains("https://gitlab.com"), "{sent:?}");
        assert!(!sent[0].contains("never"));
        assert!(
            window.get_by_label("Save and connect").accesskit_node().is_disabled(),
            "one question at a time"
        );
    }

    #[test]
    fn the_url_of_a_project_is_no_instance() {
        for (typed, is_project) in [
            ("https://gitlab.com", false),
            ("https://gitlab.com/", false),
            ("https://host.example/gitlab", false),
            ("https://gitlab.com/acme/webshop", true),
            ("https://gitlab.com/acme/webshop/-/settings", true),
            ("gitlab.com", false),
        ] {
            assert_eq!(instance_note(typed).contains("a project"), is_project, "{typed}");
        }
    }

    #[test]
    fn the_first_instance_without_a_token_is_proposed() {
        let mut snapshot = first_run();
        let known = |url: &str, token| InstanceView {
            url: url.into(),
            is_practice: false,
            token,
            token_refused: None,
            account: None,
        };
        snapshot.instances = [
            known("https://gitlab.example.org", TokenState::InKeyring),
            known("https://gitlab.example.com", TokenState::Missing),
        ]
        .into();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.show_dialog(Box::new(ConnectTo::any()));
        let mut window = window_of(workspace, egui::Theme::Light, 900.0, 700.0);
        window.run();
        let field = window.get_by_label("Instance URL").value().unwrap_or_default();
        assert_eq!(field, "https://gitlab.example.com");
    }

    #[test]
    fn a_test_says_who_which_version_which_scopes_and_when_it_ends() {
        let mut window = asked("Test");
        window.state_mut().own.show(with_reply(Ok(Answer::Checked(check(TokenState::ThisRunOnly)))));
        window.run();
        for words in ["@engineer", "18.9.0-ee", "api, read_user", "2026-11-30 (expires in 8 days)"] {
            window.get_by_label(words);
        }
        window.get_by_label(&format!(
            "No {KEYRING} is available on this computer. The token is kept until you close Export Desk."
        ));
    }

    #[test]
    fn a_link_opens_the_page_that_creates_a_token() {
        let mut window = window(first_run(), egui::Theme::Light, 900.0, 700.0);
        window.get_by_label("Connect to GitLab").click();
        window.run();
        window.get_by_label("Create a token").click();
        window.step();
        let opened = window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::OpenUrl(open) => Some(open.url.clone()),
            _ => None,
        });
        let page = "https://gitlab.com/-/user_settings/personal_access_tokens?name=Export+Desk&scopes=api";
        assert_eq!(opened.as_deref(), Some(page));
    }

    #[test]
    fn a_refused_token_is_explained_in_the_dialog() {
        let mut window = asked("Save and connect");
        let error =
            UserError::new(Code::TokenRejected, "GitLab does not accept this token.", "Make a new one.")
                .with_correlation_id(Some("01ABC".into()));
        window.state_mut().own.show(with_reply(Err(error)));
        window.run();
        window.get_by_label("gitlab.com: GitLab does not accept this token.");
        window.get_by_label("Make a new one.");
        window.get_by_label("Copy correlation ID");
    }

    #[test]
    fn a_test_that_was_cancelled_says_nothing_afterwards() {
        let no = || UserError::new(Code::Network, "No connection to the server.", "Check the address.");
        let mut window = asked("Test");
        window.key_press(egui::Key::Escape);
        window.run();
        window.state_mut().own.show(with_reply(Err(no())));
        window.run();
        assert!(window.query_by_label_contains("No connection").is_none(), "nobody waits for it");

        let mut window = asked("Test");
        window.get_by_label("Instance URL").focus();
        window.run();
        window.get_by_label("Instance URL").type_text("x");
        window.run();
        window.state_mut().own.show(with_reply(Err(no())));
        window.run();
        assert!(window.query_by_label_contains("No connection").is_none(), "it is about another address");
    }

    #[test]
    fn an_error_without_a_token_has_a_button_to_connect_to_its_instance() {
        use crate::case::{CaseId, Hint};
        use crate::gui::fixture::{at_work, window_of};
        use crate::gui::workspace::Workspace;

        let mut snapshot = at_work();
        let mut other = snapshot.instances[0].clone();
        other.url = "https://git.acme.example".into();
        snapshot.instances = snapshot.instances.iter().cloned().chain([other]).collect();
        let mut workspace = Workspace::pretend(snapshot);
        workspace.selected = Some(CaseId(1));
        let mut window = window_of(workspace, egui::Theme::Light, 1280.0, 900.0);
        window.run();
        let hint = Hint::Connect { instance: "https://git.acme.example".into() };
        let headline = "There is no token for it.";
        let no = UserError::new(Code::TokenMissing, headline, hint);
        window.state_mut().own.pages.case.refuse(no);
        window.run();
        window.get_by_label("Connect to the instance.");
        window.get_by_label("Connect to GitLab").click();
        window.run_steps(3);
        let address = window.get_by_label("Instance URL").value();
        assert_eq!(address.as_deref(), Some("https://git.acme.example"));
    }

    #[test]
    fn a_saved_connection_closes_the_dialog_and_says_where_the_token_is() {
        let mut window = asked("Save and connect");
        window.state_mut().own.show(with_reply(Ok(Answer::Checked(check(TokenState::InKeyring)))));
        window.run();
        assert!(window.query_by_label("Personal access token").is_none());
        let said = format!("Connected to gitlab.com as @engineer. The token is in your system's {KEYRING}.");
        window.get_by_label(&said);
    }
}
