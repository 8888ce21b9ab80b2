//! `token …` and `instances`: tokens in the system's password store, for people who live in a terminal.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::case::{Code, UserError, token_expiry};
use crate::engine::api::{Answer, CheckView, Command, InstanceView, Token, TokenState};
use crate::platform::words::KEYRING;

use super::check::{account_fields, say_check};
use super::client::wrong_answer;
use super::invocation::Invocation;
use super::output::{End, Failure};
use super::setup;

#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Reads a token from standard input without showing it, checks it, and keeps it in the system's password store
    Set,
    /// Shows which token commands use for the instance, and what `check` says about it
    Status,
    /// Removes the token of the instance from the system's password store, and the instance from the list
    Forget,
}

pub fn run(call: &Invocation, verb: &TokenVerb) -> End {
    match verb {
        TokenVerb::Set => set(call),
        TokenVerb::Status => status(call),
        TokenVerb::Forget => forget(call),
    }
}

fn set(call: &Invocation) -> End {
    let instance = call.global.instance.clone();
    let mut client = setup::client(call)?;
    let prompt =
        if call.caller.stdin_is_terminal { format!("Token for {instance}: ") } else { String::new() };
    let typed = call.out.ask_line(&prompt, true).filter(|text| !text.trim().is_empty());
    let unusable = |headline: String| {
        UserError::new(
            Code::Usage,
            headline,
            "Type the token and press Enter, or send it to standard input. It is never an argument.",
        )
    };
    let typed = typed.ok_or_else(|| unusable("No token was given.".to_owned()))?;
    let token = Token::new(typed.trim().to_owned())
        .map_err(|error| unusable(format!("This is not a token: {error}")))?;
    let Answer::Checked(found) = client.ask(Command::Connect { instance, token })? else {
        return Err(wrong_answer());
    };
    say_check(&call.out, &found);
    let known = fields(&found);
    if found.token == TokenState::InKeyring {
        call.out.say(&format!("The token is in the {KEYRING}."));
        return Ok(known);
    }
    let error = UserError::new(
        Code::Local,
        format!("The token works, but no {KEYRING} keeps it."),
        format!(
            "Start or unlock the {KEYRING} of this computer and try again, or set EXPORT_DESK_TOKEN for each command."
        ),
    );
    Err(Failure::with(error, known))
}

fn status(call: &Invocation) -> End {
    let mut client = setup::client(call)?;
    let instance = call.global.instance.clone();
    let asked = Command::Check { instance, project: None, contents: false };
    let Answer::Checked(found) = client.ask(asked)? else { return Err(wrong_answer()) };
    say_check(&call.out, &found);
    call.out.say(&format!("The token is {}.", place(found.token)));
    Ok(fields(&found))
}

fn forget(call: &Invocation) -> End {
    let instance = call.global.instance.clone();
    let mut client = setup::client(call)?;
    let Answer::Done = client.ask(Command::Forget { instance: instance.clone() })? else {
        return Err(wrong_answer());
    };
    call.out.say(&format!("Export Desk no longer knows {instance} or a token for it."));
    if call.variable("EXPORT_DESK_TOKEN").or_else(|| call.variable("GITLAB_TOKEN")).is_some() {
        call.out.say("A token is still set in the environment.");
    }
    Ok(json!({ "instance": instance }))
}

fn fields(found: &CheckView) -> Value {
    let mut fields = account_fields(found);
    fields["instance"] = found.instance.clone().into();
    fields["token"] = json!(found.token);
    fields
}

/// `instances`: the instances that Export Desk knows, and where their tokens are.
pub fn instances(call: &Invocation) -> End {
    let mut client = setup::client(call)?;
    let Answer::Done = client.ask(Command::ReadTokens)? else { return Err(wrong_answer()) };
    let known = client.until(|snapshot, _out| {
        let is_read = |instance: &InstanceView| instance.token != TokenState::Reading;
        snapshot.instances.iter().all(is_read).then(|| snapshot.instances.clone())
    })?;
    let now = client.snapshot().at;
    for instance in known.iter() {
        let account = instance.account.as_ref();
        let who = account.map_or_else(String::new, |account| format!("  {}", account.who()));
        // What a token that is gone was like helps nobody.
        let of_token = account.filter(|_| instance.token != TokenState::Missing);
        let expires = of_token.and_then(|account| account.expires_on.as_ref());
        let expires = expires.map_or_else(String::new, |on| format!(", {} ({on})", token_expiry(on, now)));
        call.out.say(&format!("{}{who}  token {}{expires}", instance.url, place(instance.token)));
    }
    if known.is_empty() {
        call.out.say("Export Desk knows no instance. Add one: export-desk token set --instance URL");
    }
    let fields = known.iter().map(|instance| {
        json!({
            "url": instance.url,
            "token": instance.token,
            "user": instance.account.as_ref().and_then(|account| account.user.as_ref()),
            "version": instance.account.as_ref().and_then(|account| account.gitlab_version.as_ref()),
            "expires_at": instance.account.as_ref().and_then(|account| account.expires_on.as_ref()),
        })
    });
    Ok(json!({ "instances": fields.collect::<Vec<_>>() }))
}

fn place(token: TokenState) -> String {
    let words = match token {
        TokenState::Reading => "not read yet",
        TokenState::InKeyring => return format!("in the {KEYRING}"),
        TokenState::FromEnvironment => "from the environment",
        TokenState::ThisRunOnly => "in memory until the window closes",
        TokenState::KeyringLocked => return format!("in a locked {KEYRING}"),
        TokenState::Missing => "missing",
    };
    words.to_owned()
}
