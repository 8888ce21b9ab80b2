//! Archives that GitLab fetches itself: the URL, and the HEAD that GitLab will make.

use url::Url;

use crate::case::import::{REMOTE_BYTES, RemoteHead, RemoteVerdict, judge_head};
use crate::case::{Code, UserError, format};
use crate::engine::api::{Answer, AskId, ProbeView, SecretUrl};
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::gitlab::Client;

/// How long GitLab waits for the answer to its HEAD.
const GITLAB_PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// Makes the HEAD that GitLab will make, for a form as it is filled in.
pub fn ask(core: &mut Core, ask: AskId, instance: &str, url: &SecretUrl) -> Result<(), UserError> {
    let url = usable(core, instance, url)?;
    let mut api = core.session(instance)?.api();
    let work = async move {
        let client = api.client().await?;
        let verdict = probe(&client, &url).await;
        Ok(Answer::Probed(ProbeView { sentence: sentence(&verdict), verdict }.into()))
    };
    core.spawn(work, move |result| EngineInput::Answered(ask, result));
    Ok(())
}

/// An https URL; plain http for practice on this machine alone.
pub fn usable(core: &mut Core, instance: &str, url: &SecretUrl) -> Result<Url, UserError> {
    let loopback = core.session(instance)?.instance.is_loopback();
    let unusable = |headline: &str| {
        UserError::new(Code::Usage, headline, "Use an https URL that GitLab can reach without a login.")
    };
    let parsed =
        Url::parse(url.0.trim()).map_err(|_shown_nowhere| unusable("The remote URL is not a URL."))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(unusable("The remote URL contains a user name. GitLab does not accept it."));
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if loopback => Ok(parsed),
        _ => Err(unusable("GitLab imports only from https URLs.")),
    }
}

/// Asks with HEAD as GitLab will, and judges the answer as GitLab does.
pub async fn probe(client: &Client, url: &Url) -> RemoteVerdict {
    let head = client.remote_head(url, GITLAB_PATIENCE).await.ok().map(|head| RemoteHead {
        status: head.status,
        content_type: head.content_type,
        content_length: head.content_length,
        is_amazon_s3: head.is_amazon_s3,
    });
    judge_head(head.as_ref(), REMOTE_BYTES)
}

/// What a person is told of a verdict.
pub fn sentence(verdict: &RemoteVerdict) -> String {
    match verdict {
        RemoteVerdict::Accepted { bytes } => {
            format!("GitLab will accept this URL: {}, with the right type.", format::bytes(*bytes))
        }
        RemoteVerdict::Unchecked => {
            "This URL is on Amazon S3, where GitLab checks neither type nor length.".to_owned()
        }
        RemoteVerdict::Refused { why } => format!("GitLab will reject this URL: {why}."),
    }
}
