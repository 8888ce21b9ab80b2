//! Archives that GitLab fetches itself: the URL, and the HEAD request that GitLab makes before.

use url::Url;

use crate::case::import::{REMOTE_BYTES, RemoteHead, RemoteVerdict, judge_head};
use crate::case::{Code, UserError, format, web};
use crate::engine::api::{Answer, AskId, ProbeView, SecretUrl};
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::gitlab::{Client, ErrorKind};

/// How long GitLab waits for an answer to its HEAD request.
const GITLAB_PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// Makes the HEAD request that GitLab will make, for an import form.
pub fn ask(core: &mut Core, ask: AskId, instance: &str, url: &SecretUrl) -> Result<(), UserError> {
    let url = usable(core, instance, url)?;
    let mut api = core.access(instance)?;
    let work = async move {
        let client = api.client().await?;
        let verdict = probe(&client, &url).await;
        Ok(Answer::Probed(ProbeView { sentence: sentence(&verdict), verdict }.into()))
    };
    core.spawn(work, move |result| EngineInput::Answered(ask, result));
    Ok(())
}

/// An https URL; plain http only for practice on this computer.
pub fn usable(core: &mut Core, instance: &str, url: &SecretUrl) -> Result<Url, UserError> {
    let loopback = core.session(instance)?.instance.is_loopback();
    let unusable = |headline: &str| {
        UserError::new(Code::Usage, headline, "Use an https URL that GitLab can reach without a login.")
    };
    let parsed =
        Url::parse(url.0.trim()).map_err(|_shown_nowhere| unusable("The remote URL is not a URL."))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(unusable("The remote URL contains a username. GitLab does not accept it."));
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if loopback && web::is_safe(&parsed) => Ok(parsed),
        _ => Err(unusable("GitLab imports only from https URLs.")),
    }
}

/// Makes the same HEAD request as GitLab, and judges the answer by the same rules.
pub async fn probe(client: &Client, url: &Url) -> RemoteVerdict {
    let head = match client.remote_head(url, GITLAB_PATIENCE).await {
        Ok(head) => Some(RemoteHead {
            status: head.status,
            content_type: head.content_type,
            content_length: head.content_length,
            is_amazon_s3: head.is_amazon_s3,
        }),
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::NoTls
            ) =>
        {
            let why = error.kind.to_string();
            return RemoteVerdict::NotReached { why: why.trim_end_matches('.').to_owned() };
        }
        Err(_) => None,
    };
    judge_head(head.as_ref(), REMOTE_BYTES)
}

/// The verdict in one sentence.
pub fn sentence(verdict: &RemoteVerdict) -> String {
    match verdict {
        RemoteVerdict::Accepted { bytes } => {
            format!("GitLab will accept this URL: {}, with the right type.", format::bytes(*bytes))
        }
        RemoteVerdict::Unchecked => {
            "This URL is on Amazon S3, where GitLab checks neither type nor length.".to_owned()
        }
        RemoteVerdict::NotReached { why } => {
            format!(
                "This computer cannot reach the URL ({why}). GitLab may reach it: only the import will tell."
            )
        }
        RemoteVerdict::Refused { why } => format!("GitLab will reject this URL: {why}."),
    }
}
