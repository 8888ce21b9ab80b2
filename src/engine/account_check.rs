//! Checks whom a token belongs to, what it may do, and whether it may export a project. An answer that the token may
//! not read is left out as long as the other answers show that the token works.

mod allows;

use crate::case::{Code, Hint, UserError};
use crate::engine::access::ApiAccess;
use crate::engine::api::{Account, Allows, CheckView, ProjectCheck, TokenState};
use crate::engine::clock;
use crate::engine::left_out::{self, nothing_counted};
use crate::engine::limiter::Limit;
use crate::engine::preflight::{ProjectAsk, deletion, deletion_warning, find_project, hit};
use crate::engine::refusals::of_gitlab;
use crate::gitlab::{
    Client, Error, ErrorKind, ExportStatus, Project, ProjectKey, Retry, TokenSelf, User, retry,
};

use allows::{Grant, of_bot};

/// Access level of a Maintainer, the lowest role that may export.
const MAINTAINER: u64 = 40;
/// GitLab.com's `max_export_size` (docs, GitLab.com settings). Other instances do not publish their limit.
const GITLAB_COM_EXPORT_BYTES: u64 = 40 * 1024 * 1024 * 1024;

/// Whom a token belongs to, and what it allows, as far as GitLab tells.
#[derive(Clone, Debug)]
pub struct CheckedToken {
    pub account: Account,
    user: Option<User>,
    grant: Grant,
}

impl CheckedToken {
    /// Whether the token belongs to an administrator.
    pub fn is_admin(&self) -> bool {
        self.user.as_ref().and_then(|user| user.is_admin) == Some(true)
    }
}

/// Makes all calls of the check.
pub async fn check_account(
    mut reach: ApiAccess,
    key: Option<ProjectAsk>,
    contents: bool,
) -> Result<CheckView, UserError> {
    let token = check_token(&mut reach, key.is_some()).await?;
    let instance = reach.instance_name();
    let mut project = match key {
        Some(key) => Some(check_project(&mut reach, &key, &token).await?),
        None => None,
    };
    if let Some(project) = project.as_mut().filter(|_| contents) {
        let mut counts = nothing_counted(token.account.gitlab_version.clone());
        left_out::count(&reach, project.project.id, &mut counts).await;
        project.counts = Some(counts);
    }
    let mut allows = project.as_ref().map_or_else(|| token.grant.allows(None), |project| project.allows);
    if token.user.as_ref().is_some_and(of_bot) {
        allows.import = Some(false);
    }
    Ok(CheckView { instance, account: token.account, project, allows, token: TokenState::Reading })
}

/// Reads whom the token belongs to and what it allows. A token that cannot read its own user still works if it can
/// read a project, where `has_project` says that one follows.
pub async fn check_token(reach: &mut ApiAccess, has_project: bool) -> Result<CheckedToken, UserError> {
    let user = allowed(reach, |client| async move { client.user().await }).await?;
    let version = allowed(reach, |client| async move { client.version().await }).await?;
    let token = allowed(reach, token_self).await?;
    if let (Err(refused), false, true) = (&user, has_project, !matches!(token, Ok(Some(_)))) {
        return Err(refused.clone());
    }
    let is_hidden = token.as_ref().is_err_and(|refused| refused.code == Code::ScopeMissing);
    let (user, version, token) = (user.ok(), version.ok(), token.ok().flatten());
    if token.as_ref().is_some_and(|token| token.revoked || token.active == Some(false)) {
        let headline = "GitLab reports that this token is no longer active.";
        return Err(UserError::new(
            Code::TokenRejected,
            headline,
            "Create a new token with the `api` scope.",
        ));
    }
    let expires_on = token.as_ref().and_then(|token| token.expires_at.clone());
    // GitLab rejects a call for a missing permission only with fine-grained tokens, and with classic ones where
    // fine-grained tokens are enforced.
    let grant = if is_hidden { Grant::Hidden } else { Grant::of(token.as_ref()) };
    let account = Account {
        user: user.as_ref().map(|user| user.username.clone()),
        gitlab_version: version.map(|version| version.version),
        scopes: token.map(|token| token.scopes).unwrap_or_default(),
        expires_on,
        checked_at: clock::now(),
    };
    Ok(CheckedToken { account, user, grant })
}

/// GitLab's answer, or its rejection where the token may not make this call but may be valid for others.
async fn allowed<T, F>(
    reach: &mut ApiAccess,
    call: impl Fn(Client) -> F + Send + Sync,
) -> Result<Result<T, UserError>, UserError>
where
    T: Send,
    F: Future<Output = Result<T, Error>> + Send,
{
    let ask = |client: Client| {
        let answer = call(client);
        async move {
            match answer.await {
                Ok(answer) => Ok(Ok(answer)),
                Err(error) if is_of_this_call(&error) => Ok(Err(not_circular(of_gitlab(&error)))),
                Err(error) => Err(error),
            }
        }
    };
    reach.ask(Limit::ProjectRead, ask, &|_waiting| ()).await.map_err(not_circular)
}

/// Whether GitLab rejected only this call, and not the token itself.
fn is_of_this_call(error: &Error) -> bool {
    match error.kind {
        ErrorKind::PermissionMissing { .. } | ErrorKind::ScopeMissing { .. } | ErrorKind::Forbidden => true,
        // An answer that this version does not understand.
        ErrorKind::UnexpectedAnswer { status, .. } => (200..300).contains(&status),
        _ => false,
    }
}

/// Removes the next step "Check the token", because the user has just done that.
fn not_circular(mut error: UserError) -> UserError {
    if error.hint == Hint::CheckToken {
        error.hint =
            "GitLab gives no reason. Ask an administrator of the instance, or try another token.".into();
    }
    error
}

/// The token's own facts. `None` for tokens that are not personal ones: GitLab answers 400, older versions 404.
async fn token_self(client: Client) -> Result<Option<TokenSelf>, Error> {
    match client.token_self().await {
        Ok(token) => Ok(Some(token)),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Parameter(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks whether the token may export a project: two reads.
pub async fn check_project(
    reach: &mut ApiAccess,
    key: &ProjectAsk,
    token: &CheckedToken,
) -> Result<ProjectCheck, UserError> {
    let (CheckedToken { account, grant, .. }, is_admin) = (token, token.is_admin());
    let project = find_project(reach, key, true, &|_waiting| ()).await;
    let project = project.map_err(|error| admin_mode(not_circular(error), account, is_admin))?;
    let id = ProjectKey::Id(project.id);
    let call = |client: Client| {
        let id = id.clone();
        async move {
            match client.export_status(&id).await {
                // Another try may tell more.
                Err(error) if !matches!(retry(&error.kind), Retry::No) => Err(error),
                answer => Ok(answer),
            }
        }
    };
    let status = reach.ask(Limit::ProjectRead, call, &|_waiting| ()).await?;
    let mut allows = grant.allows(Some(project.id));
    let hit = hit(&project);
    let low = !is_admin && hit.access_level.is_some_and(|level| level < MAINTAINER);
    if low || status.as_ref().is_err_and(|error| matches!(error.kind, ErrorKind::RoleTooLow)) {
        allows = Allows { import: allows.import, ..Allows::none() };
    }
    let is_enforced = |error: &Error| matches!(error.kind, ErrorKind::PermissionMissing { .. });
    if status.as_ref().is_err_and(is_enforced) && !grant.is_fine_grained() {
        // The group enforces fine-grained tokens: the scopes do not tell what a classic token may do there.
        allows = Allows { import: allows.import, ..Allows::default() };
    }
    match &status {
        Ok(_) => allows.status = Some(true),
        Err(error) if is_refusal_of_token(error) => allows.status = Some(false),
        Err(_) => {}
    }
    let on_gitlab_com = reach.instance.host().eq_ignore_ascii_case("gitlab.com");
    let (may_export, reason, code) =
        judge(&status, (account, grant, &allows), low, (&project, on_gitlab_com));
    let reason = match deletion_warning(&project) {
        Some(warning) => format!("{reason} {warning}"),
        None => reason,
    };
    Ok(ProjectCheck {
        deletion: deletion(&project),
        server_status: status.ok().map(|status| status.export_status),
        counts: None,
        project: hit,
        may_export,
        reason,
        code,
        allows,
    })
}

fn is_refusal_of_token(error: &Error) -> bool {
    is_of_this_call(error) || matches!(error.kind, ErrorKind::RoleTooLow | ErrorKind::Denied(_))
}

/// Whether the token may export the project, in one sentence. `None` where only the export request can tell.
fn judge(
    status: &Result<ExportStatus, Error>,
    (account, grant, allows): (&Account, &Grant, &Allows),
    low: bool,
    (project, on_gitlab_com): (&Project, bool),
) -> (Option<bool>, String, Option<Code>) {
    let no = |code, reason: String| (Some(false), reason, Some(code));
    if let Err(error) = status {
        let error = of_gitlab(error);
        return no(error.code, error.headline);
    }
    if low {
        let reason = "The token's owner has a role below Maintainer in this project.";
        return no(Code::RoleTooLow, reason.to_owned());
    }
    if allows.start == Some(false) {
        let reason = if grant.is_fine_grained() {
            "The fine-grained token lacks the permission create_project_export for this project.".to_owned()
        } else {
            format!("The token has the scopes {}. An export needs the scope api.", account.scopes.join(", "))
        };
        return no(Code::ScopeMissing, reason);
    }
    let bytes = hit(project).export_bytes_about;
    if on_gitlab_com && bytes.is_some_and(|bytes| bytes > GITLAB_COM_EXPORT_BYTES) {
        let reason = "The project is larger than 40 GiB, the limit for exports on GitLab.com.";
        return no(Code::SizeLimit, reason.to_owned());
    }
    if allows.start.is_none() && grant.is_fine_grained() {
        let reason = "This is a fine-grained token. An export needs the permission create_project_export, and GitLab does not \
                      report whether the token has it.";
        return (None, reason.to_owned(), None);
    }
    (Some(true), "This token can export the project.".to_owned(), None)
}

/// GitLab gives an administrator without the scope `admin_mode` the same 404 as a user without access.
fn admin_mode(mut error: UserError, account: &Account, is_admin: bool) -> UserError {
    let has_it = account.scopes.iter().any(|scope| scope == "admin_mode");
    if is_admin && !has_it && !account.scopes.is_empty() && error.code == Code::NotFoundOrNoAccess {
        error.hint = "The token's owner is an administrator, and the token lacks the scope admin_mode: on an instance with \
                        Admin Mode, create a token with the scopes `api` and `admin_mode`. Otherwise, check the path."
            .into();
    }
    error
}
