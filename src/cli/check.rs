//! `check`.

use clap::Args;
use serde_json::{Value, json};

use crate::case::{Code, LeftOutCounts, LeftOutItem, left_out, token_expiry};
use crate::engine::api::{Account, Allows, Answer, CheckView, Command, ProjectCheck};

use super::args::PROJECT;
use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::{End, Out};
use super::setup;

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[arg(help = PROJECT)]
    project: Option<String>,
    /// Also list what an export of the project leaves out, with counts where GitLab reports them
    #[arg(long, requires = "project")]
    contents: bool,
}

pub fn check(call: &Invocation, args: CheckArgs) -> End {
    let Invocation { global, out, .. } = call;
    let mut client = setup::client_without_store(call)?;
    let (project, contents) = (args.project, args.contents);
    let asked = Command::Check { instance: global.instance.clone(), project, contents };
    let Answer::Checked(found) = client.ask(asked)? else { return Err(wrong_answer()) };
    say_check(out, &found);
    let mut fields = account_fields(&found);
    if let Some(project) = &found.project {
        put_project(out, project, &mut fields);
    }
    Ok(fields)
}

/// Whom the token belongs to, and what it allows.
pub fn say_check(out: &Out, found: &CheckView) {
    let account = &found.account;
    out.say(&format!("{} on {}, {}", account.who(), found.instance, account.gitlab()));
    say_account(out, account, found.allows);
}

/// The same for scripts.
pub fn account_fields(found: &CheckView) -> Value {
    let account = &found.account;
    json!({
        "user": account.user,
        "version": account.gitlab_version,
        "scopes": account.scopes,
        "expires_at": account.expires_on,
        "allows": found.allows,
    })
}

fn say_account(out: &Out, account: &Account, allows: Allows) {
    if !account.scopes.is_empty() {
        out.say(&format!("Scopes: {}", account.scopes.join(", ")));
    }
    if let Some(on) = &account.expires_on {
        out.say(&format!("The token {} ({on}).", token_expiry(on, account.checked_at)));
    }
    let words = |allowed: Option<bool>| match allowed {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not reported",
    };
    let allows: Vec<String> =
        allows.each().iter().map(|(what, allowed)| format!("{what} {}", words(*allowed))).collect();
    out.say(&format!("The token allows: {}", allows.join(", ")));
}

fn put_project(out: &Out, project: &ProjectCheck, fields: &mut Value) {
    out.say(&format!("{}: {}", project.project.path, project.reason));
    fields["project"] = json!({ "id": project.project.id, "path": project.project.path });
    fields["may_export"] = project.may_export.into();
    fields["reason"] = project.reason.clone().into();
    fields["reason_code"] = project.code.map(Code::as_str).into();
    if let Some(deletion) = &project.deletion {
        out.event("warning", json!({ "message": deletion.sentence() }));
    }
    let day = project.deletion.as_ref().map(|deletion| deletion.marked_for_deletion_on.clone());
    fields["marked_for_deletion_on"] = day.into();
    if let Some(counts) = &project.counts {
        say_left_out(out, counts);
        let counted = |item| (item, counts.of(item));
        fields["left_out"] = left_out_json(left_out(counts.gitlab_version.as_deref()).map(counted));
    }
}

/// A table for people: how many, what, and GitLab's page that says so.
fn say_left_out(out: &Out, counts: &LeftOutCounts) {
    out.say("An export leaves these items out:");
    for item in left_out(counts.gitlab_version.as_deref()) {
        let count = counts.of(item).map_or_else(|| "?".to_owned(), |count| count.to_string());
        out.say(&format!("{count:>7}  {:<62}  {}", item.what, item.source));
    }
    out.say("      ?  GitLab does not report how many, or not to this token.");
}

/// `left_out[{what,count,source}]`.
pub fn left_out_json(items: impl Iterator<Item = (&'static LeftOutItem, Option<u64>)>) -> Value {
    items.map(|(item, count)| json!({ "what": item.what, "count": count, "source": item.source })).collect()
}
