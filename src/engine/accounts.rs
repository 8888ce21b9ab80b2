//! Instances and tokens: who is this token, where is it kept, may this project be exported. What is known of an
//! instance is its session, which the [`Core`] keeps.

mod input;

use crate::case::{Code, JournalEntry, JournalEvent, UserError, UtcMs};
use crate::gitlab::{Client, ErrorKind, Instance, ProjectKey, Token, TokenSelf};
use crate::store::{InstanceRow, Write};

use super::access::ApiAccess;
use super::api::{Account, Answer, AskId, CheckView, ProjectCheck, TokenState};
use super::clock;
use super::core::Core;
use super::input::EngineInput;
use super::keys::{self, KeyAnswer};
use super::limiter::Limit;
use super::preflight::hit;
use super::user_error::{defect, of_gitlab, of_instance};

pub use input::AccountsInput;

/// Access level of a Maintainer, the least that may export.
const MAINTAINER: u64 = 40;
/// GitLab.com's `max_export_size` (docs, GitLab.com settings); other instances do not tell theirs.
const GITLAB_COM_EXPORT_BYTES: u64 = 40 * 1024 * 1024 * 1024;

/// Makes sessions for the instances of the store, and for the one that the environment's token belongs to.
pub fn load(core: &mut Core, own: Option<&str>) -> Result<(), UserError> {
    let rows = core.store.instances().map_err(|error| error.trouble())?;
    for row in rows {
        let account = row.known.and_then(|known| serde_json::from_value(known).ok());
        if let Ok(session) = core.session(&row.url) {
            session.account = account;
        }
    }
    own.map_or(Ok(()), |url| core.session(url).map(drop))
}

/// Asks GitLab who a token is; nothing of it is kept.
pub fn try_token(core: &mut Core, ask: AskId, url: &str, token: Token) {
    let api = match core.sessions.trial(url, token) {
        Ok(api) => api,
        Err(trouble) => return core.reply(ask, Err(trouble)),
    };
    core.spawn(check_account(api, None), move |result| {
        EngineInput::Answered(ask, result.map(|check| Answer::Checked(check.into())))
    });
}

/// The same; the instance and the token stay once GitLab has answered.
pub fn connect(core: &mut Core, ask: AskId, url: &str, token: Token) {
    match core.sessions.trial(url, token.clone()) {
        Ok(api) => ask_account(core, ask, api, None, Some(token)),
        Err(trouble) => core.reply(ask, Err(trouble)),
    }
}

/// Checks the token of an instance that is known, and whether a project may be exported with it.
pub fn check(core: &mut Core, ask: AskId, url: &str, project: Option<&str>) {
    let asked = match project {
        Some(project) => core.api(url, project).map(|(api, key)| (api, Some(key))),
        None => core.session(url).map(|session| (session.api(), None)),
    };
    match asked {
        Ok((api, key)) => ask_account(core, ask, api, key, None),
        Err(trouble) => core.reply(ask, Err(trouble)),
    }
}

fn ask_account(core: &Core, ask: AskId, api: ApiAccess, key: Option<ProjectKey>, keep: Option<Token>) {
    core.spawn(check_account(api, key), move |result| {
        EngineInput::Accounts(AccountsInput::Checked { ask, keep, result: result.map(Box::new) })
    });
}

/// What GitLab and the keyring have said.
pub fn input(core: &mut Core, input: AccountsInput) {
    match input {
        AccountsInput::Checked { ask, keep, result } => match result {
            Ok(check) => checked(core, ask, keep, check),
            Err(trouble) => core.reply(ask, Err(trouble)),
        },
        AccountsInput::TokenKept { ask, check, answer } => token_kept(core, ask, *check, &answer),
    }
}

/// GitLab has said who the token of an instance is.
fn checked(core: &mut Core, ask: AskId, keep: Option<Token>, mut check: Box<CheckView>) {
    // One that is kept may be new.
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
    if let Err(trouble) = core.commit(at, vec![Write::PutInstance(row)], vec![said]) {
        return core.reply(ask, Err(trouble));
    }
    if !core.sessions.keyring {
        return token_kept(core, ask, *check, &KeyAnswer::Absent);
    }
    let patience = core.timing.keyring;
    core.spawn(async move { Ok::<_, UserError>(keys::write(url, token, patience).await) }, move |answer| {
        let answer = answer.unwrap_or(KeyAnswer::Absent);
        EngineInput::Accounts(AccountsInput::TokenKept { ask, check, answer })
    });
}

fn token_kept(core: &mut Core, ask: AskId, mut check: CheckView, answer: &KeyAnswer<()>) {
    let state = match answer {
        KeyAnswer::Ok(()) => TokenState::InKeyring,
        KeyAnswer::NoEntry | KeyAnswer::Locked | KeyAnswer::Absent => TokenState::ThisRunOnly,
    };
    if let Some(session) = core.sessions.get_mut(&check.instance) {
        session.token = state;
    }
    check.token = state;
    core.reply(ask, Ok(Answer::Checked(check.into())));
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
    let patience = core.timing.keyring;
    let forget = async move {
        match keys::forget(key, patience).await {
            KeyAnswer::Ok(()) | KeyAnswer::NoEntry | KeyAnswer::Absent => Ok(Answer::Done),
            KeyAnswer::Locked => Err(UserError::new(
                Code::Local,
                "The keyring is locked, so the token was not removed.",
                "Unlock the keyring and delete the entry “export-desk” there.",
            )),
        }
    };
    core.spawn(forget, move |result| EngineInput::Answered(ask, result));
}

/// Looks for projects by a text.
pub fn search_projects(core: &mut Core, ask: AskId, url: &str, text: String) {
    let mut api = match core.session(url) {
        Ok(session) => session.api(),
        Err(trouble) => return core.reply(ask, Err(trouble)),
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

async fn check_account(mut reach: ApiAccess, key: Option<ProjectKey>) -> Result<CheckView, UserError> {
    let quiet = &|_waiting| ();
    let user = reach.ask(Limit::ProjectRead, |c| async move { c.user().await }, quiet).await?;
    let version = reach.ask(Limit::ProjectRead, |c| async move { c.version().await }, quiet).await?;
    let token = token_self(&mut reach).await?;
    if token.as_ref().is_some_and(|token| token.revoked || token.active == Some(false)) {
        let headline = "GitLab reports that this token is no longer active.";
        return Err(UserError::new(
            Code::TokenRejected,
            headline,
            "Create a new token with the `api` scope.",
        ));
    }
    let now = clock::now();
    let expires_on = token.as_ref().and_then(|token| token.expires_at.clone());
    let account = Account {
        user: user.username,
        gitlab_version: version.version,
        scopes: token.map(|token| token.scopes).unwrap_or_default(),
        days_left: expires_on.as_deref().and_then(|date| days_left(date, now)),
        expires_on,
        checked_at: now,
    };
    let instance = reach.instance.to_string().trim_end_matches('/').to_owned();
    let project = match key {
        Some(key) => Some(check_project(&mut reach, &key, &account, user.is_admin == Some(true)).await?),
        None => None,
    };
    Ok(CheckView { instance, account, project, token: TokenState::Looking })
}

/// What the token says of itself; `None` for tokens that are not personal ones, which GitLab answers with 404.
async fn token_self(reach: &mut ApiAccess) -> Result<Option<TokenSelf>, UserError> {
    let call = |client: Client| async move {
        match client.token_self().await {
            Ok(token) => Ok(Some(token)),
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::ScopeMissing { .. }
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    };
    reach.ask(Limit::ProjectRead, call, &|_waiting| ()).await
}

async fn check_project(
    reach: &mut ApiAccess,
    key: &ProjectKey,
    account: &Account,
    is_admin: bool,
) -> Result<ProjectCheck, UserError> {
    let call = |client: Client| {
        let key = key.clone();
        async move { client.project(&key, true).await }
    };
    let project = reach.ask(Limit::ProjectRead, call, &|_waiting| ()).await?;
    let id = ProjectKey::Id(project.id);
    let call = |client: Client| {
        let id = id.clone();
        async move { Ok(client.export_status(&id).await) }
    };
    let look = reach.ask(Limit::ProjectRead, call, &|_waiting| ()).await?;
    let hit = hit(&project);
    let no = |code, reason: String| (false, reason, Some(code));
    let lacks_api = !account.scopes.is_empty() && !account.scopes.iter().any(|scope| scope == "api");
    let on_gitlab_com = reach.instance.host().eq_ignore_ascii_case("gitlab.com");
    let (may_export, reason, code) = match look {
        Err(error) => {
            let trouble = of_gitlab(&error);
            no(trouble.code, trouble.headline)
        }
        Ok(_) if lacks_api => no(
            Code::ScopeMissing,
            format!("The token has the scopes {}. An export needs the scope api.", account.scopes.join(", ")),
        ),
        Ok(_) if !is_admin && hit.access_level.is_some_and(|level| level < MAINTAINER) => {
            no(Code::RoleTooLow, "The token's owner has a role below Maintainer in this project.".into())
        }
        Ok(_)
            if on_gitlab_com
                && hit.export_bytes_about.is_some_and(|bytes| bytes > GITLAB_COM_EXPORT_BYTES) =>
        {
            no(
                Code::SizeLimit,
                "The project is larger than 40 GiB, the limit for exports on GitLab.com.".into(),
            )
        }
        Ok(_) => (true, "This token can export the project.".to_owned(), None),
    };
    Ok(ProjectCheck { project: hit, may_export, reason, code })
}

/// Whole days from `now` to a date such as `2026-12-01`, in UTC.
fn days_left(date: &str, now: UtcMs) -> Option<i64> {
    let end: jiff::civil::Date = date.parse().ok()?;
    let today = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(i64::from(today.until(end).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_in_utc() {
        let now = UtcMs::parse_rfc3339("2026-11-21T23:59:59Z").unwrap();
        assert_eq!(days_left("2026-11-22", now), Some(1));
        assert_eq!(days_left("2027-11-21", now), Some(365));
        assert_eq!(days_left("2026-11-20", now), Some(-1));
        assert_eq!(days_left("soon", now), None);
    }
}
