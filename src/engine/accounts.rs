//! Instances and tokens: whom a token belongs to, where it is stored, and whether it may export a project. What is
//! known of an instance is its session, which [`Core`] owns.

mod input;

use crate::case::{Code, JournalEntry, JournalEvent, UserError};
use crate::gitlab::{Client, Instance, Token};
use crate::platform::words::KEYRING;
use crate::store::{InstanceRow, Write};

use super::access::ApiAccess;
use super::account_check::check_account;
use super::api::{Answer, AskId, CheckView, TokenState};
use super::clock;
use super::core::Core;
use super::front_ends::FrontEndId;
use super::input::EngineInput;
use super::keys::{self, KeyAnswer};
use super::limiter::Limit;
use super::preflight::{ProjectAsk, hit};
use super::user_error::{defect, of_instance};

pub use input::AccountsInput;

/// Creates sessions for the instances in the store, and for the instance that the environment's token belongs to. With
/// `asks`, the keyring is asked for their tokens now, and otherwise once a token is needed.
pub fn load(core: &mut Core, own: Option<&str>, asks: bool) -> Result<(), UserError> {
    let rows = core.store.instances().map_err(|error| error.error())?;
    for row in rows {
        let account = row.known.and_then(|known| serde_json::from_value(known).ok());
        let session = if asks {
            core.session(&row.url)
        } else {
            core.sessions.open(&row.url).map(|(session, _)| session)
        };
        if let Ok(session) = session {
            session.account = account;
        }
    }
    own.map_or(Ok(()), |url| core.session(url).map(drop))
}

/// Asks GitLab whom a token belongs to. Stores nothing.
pub fn try_token(core: &mut Core, ask: AskId, url: &str, token: Token) {
    let api = match core.sessions.trial(url, token) {
        Ok(api) => api,
        Err(error) => return core.reply(ask, Err(error)),
    };
    core.spawn(check_account(api, None, false), move |result| {
        EngineInput::Answered(ask, result.map(|check| Answer::Checked(check.into())))
    });
}

/// The same as [`try_token`], but stores the instance and the token once GitLab has accepted the token.
pub fn connect(core: &mut Core, ask: AskId, url: &str, token: Token) {
    match core.sessions.trial(url, token.clone()) {
        // The account becomes the program's own, whoever brings its token.
        Ok(api) => core.acting_as(FrontEndId::OWN, |core| {
            ask_account(core, ask, (api, None, false), Some(token));
        }),
        Err(error) => core.reply(ask, Err(error)),
    }
}

/// Checks the token of a known instance, and with a project whether the token may export that project. Asks the
/// keyring again for a token that it did not release.
pub fn check(core: &mut Core, ask: AskId, url: &str, (project, contents): (Option<&str>, bool)) {
    core.ask_locked_keyring_again(url);
    let asked = match project {
        Some(project) => core.api(url, project).map(|(api, key)| (api, Some(key))),
        None => core.access(url).map(|api| (api, None)),
    };
    match asked {
        Ok((api, key)) => ask_account(core, ask, (api, key, contents), None),
        Err(error) => core.reply(ask, Err(error)),
    }
}

fn ask_account(
    core: &Core,
    ask: AskId,
    (api, key, contents): (ApiAccess, Option<ProjectAsk>, bool),
    keep: Option<Token>,
) {
    core.spawn(check_account(api, key, contents), move |result| {
        EngineInput::Accounts(AccountsInput::Checked { ask, keep, result: result.map(Box::new) })
    });
}

/// Applies an answer of GitLab or of the keyring.
pub fn input(core: &mut Core, input: AccountsInput) {
    match input {
        AccountsInput::Checked { ask, keep, result } => match result {
            Ok(check) => checked(core, ask, keep, check),
            Err(error) => core.reply(ask, Err(error)),
        },
        AccountsInput::KeyringSlow { ask, check } => {
            if core.writes_token.remove(&ask) {
                core.reply(ask, Ok(kept_as(*check, TokenState::KeyringLocked)));
            }
        }
        AccountsInput::TokenKept { ask, check, answer } => token_kept(core, ask, *check, &answer),
    }
}

/// GitLab has answered whom the token of an instance belongs to.
fn checked(core: &mut Core, ask: AskId, keep: Option<Token>, mut check: Box<CheckView>) {
    // A token that is to be stored may belong to a new instance.
    let session = match &keep {
        Some(_) => core.session(&check.instance).ok(),
        None => core.sessions.get_mut(&check.instance),
    };
    let Some(session) = session else { return core.reply(ask, Err(defect())) };
    let Some(token) = keep else {
        if session.token != TokenState::Missing {
            session.account = Some(check.account.clone());
        }
        check.token = session.token;
        return core.reply(ask, Ok(Answer::Checked((*check).into())));
    };
    session.account = Some(check.account.clone());
    session.has(token.clone(), TokenState::ThisRunOnly);
    let url = check.instance.clone();
    let at = clock::now();
    let row =
        InstanceRow { url: url.clone(), known: serde_json::to_value(&check.account).ok(), added_at: at };
    let said = JournalEntry::general(JournalEvent::InstanceAdded { url: url.clone() });
    if let Err(error) = core.commit(at, vec![Write::PutInstance(row)], vec![said]) {
        return core.reply(ask, Err(error));
    }
    core.writes_token.insert(ask);
    if !core.sessions.keyring {
        return token_kept(core, ask, *check, &KeyAnswer::Absent);
    }
    let (timing, slow) = (core.keyring_wait(ask), check.clone());
    core.hear_keyring(keys::write(url, token), move |answer| {
        EngineInput::Accounts(AccountsInput::TokenKept { ask, check, answer })
    });
    let wait = async move {
        tokio::time::sleep(timing).await;
        Ok::<_, UserError>(())
    };
    core.spawn(wait, move |_slept| EngineInput::Accounts(AccountsInput::KeyringSlow { ask, check: slow }));
}

/// The keyring has stored a token, or could not. Its answer counts even if the person was told already that it is slow.
fn token_kept(core: &mut Core, ask: AskId, check: CheckView, answer: &KeyAnswer<()>) {
    let state = match answer {
        KeyAnswer::Ok(()) => TokenState::InKeyring,
        KeyAnswer::Locked => TokenState::KeyringLocked,
        KeyAnswer::NoEntry | KeyAnswer::Absent => TokenState::ThisRunOnly,
    };
    let session = core.sessions.get_mut(&check.instance);
    if let Some(session) = session.filter(|session| session.token == TokenState::ThisRunOnly) {
        // This run has the token in any case.
        session.token = if state == TokenState::InKeyring { state } else { TokenState::ThisRunOnly };
    }
    if core.writes_token.remove(&ask) {
        core.reply(ask, Ok(kept_as(check, state)));
    }
}

fn kept_as(check: CheckView, token: TokenState) -> Answer {
    Answer::Checked(CheckView { token, ..check }.into())
}

/// Asks the keyring for the tokens that are not known yet.
pub fn read_tokens(core: &mut Core, ask: AskId) {
    core.acting_as(FrontEndId::OWN, |core| {
        let urls: Vec<_> = core.sessions.values().map(|session| session.url.clone()).collect();
        for url in urls {
            // The URL was parsed when its session was made.
            core.session(&url).map(drop).ok();
        }
    });
    core.reply(ask, Ok(Answer::Done));
}

/// Forgets an instance and its token.
pub fn forget(core: &mut Core, ask: AskId, url: &str) {
    let key = match Instance::parse(url) {
        Ok(instance) => instance.to_string().trim_end_matches('/').to_owned(),
        Err(error) => return core.reply(ask, Err(of_instance(&error))),
    };
    let said = JournalEntry::general(JournalEvent::InstanceDropped { url: key.clone() });
    let result = core.commit(clock::now(), vec![Write::DropInstance { url: key.clone() }], vec![said]);
    if result.is_ok() {
        core.sessions.remove(&key);
    }
    if result.is_err() || !core.sessions.keyring {
        return core.reply(ask, result.map(|()| Answer::Done));
    }
    let timing = core.keyring_wait(ask);
    let answer = keys::in_time(keys::forget(key), timing);
    core.hear_keyring(answer, move |answer| EngineInput::Answered(ask, forgotten(&answer)));
}

/// Whether the token is gone. A token in a keyring that did not answer may still be there.
fn forgotten(answer: &KeyAnswer<()>) -> Result<Answer, UserError> {
    match answer {
        KeyAnswer::Ok(()) | KeyAnswer::NoEntry | KeyAnswer::Absent => Ok(Answer::Done),
        KeyAnswer::Locked => Err(UserError::new(
            Code::Local,
            format!("The {KEYRING} has not confirmed that the token was removed."),
            format!(
                "Unlock the {KEYRING} or allow access to it. If it still has the entry “export-desk” for this instance, delete that entry."
            ),
        )),
    }
}

/// Searches for projects by text.
pub fn search_projects(core: &mut Core, ask: AskId, url: &str, text: String) {
    let mut api = match core.access(url) {
        Ok(api) => api,
        Err(error) => return core.reply(ask, Err(error)),
    };
    let search = async move {
        let call = |client: Client| {
            let text = text.clone();
            async move { client.search_projects(&text).await }
        };
        api.ask(Limit::ProjectRead, call, &|_waiting| ()).await
    };
    core.spawn(search, move |result| {
        EngineInput::Answered(ask, result.map(|all| Answer::Projects(all.iter().map(hit).collect())))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_as_removed_only_if_the_keyring_says_so() {
        for gone in [KeyAnswer::Ok(()), KeyAnswer::NoEntry, KeyAnswer::Absent] {
            assert!(forgotten(&gone).is_ok(), "{gone:?}");
        }
        let error = forgotten(&KeyAnswer::Locked).unwrap_err();
        assert!(error.headline.contains("has not confirmed"), "{error}");
    }
}
