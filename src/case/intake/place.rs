//! Which links belong to a fact: an issue to the fact's own tracker, an error to the configured Sentry.

use url::Url;

use super::link::{issue_project, web};
use crate::case::fact::Fact;
use crate::case::refusal::{Refusal, Rule};
use crate::case::rules::Rules;
use crate::case::web::host_of;

/// The product's own issues are here, whichever GitLab the trackers of the requests are on.
const GITLAB_COM: &str = "gitlab.com";

/// Refuses a link that does not belong to this fact of a case on `instance`: a request in another tracker was never
/// made, and a link to another host opens nothing.
pub fn refuse_misplaced(fact: Fact, link: &str, instance: &str, rules: &Rules) -> Result<(), Refusal> {
    match fact {
        Fact::KibanaLink => refuse_foreign_kibana(link, &rules.kibana_hosts),
        Fact::SentryLink => refuse_foreign_sentry(link, &rules.sentry_hosts),
        Fact::BugIssue | Fact::ConsoleIssue | Fact::InfraIssue => {
            refuse_other_tracker(fact, link, instance, rules)
        }
        _ => Ok(()),
    }
}

/// Refuses a share link of a Kibana that the handbook does not name: its logs are not GitLab's, or a colleague cannot
/// open them.
pub fn refuse_foreign_kibana(link: &str, hosts: &[String]) -> Result<(), Refusal> {
    let hint = "Paste a share link from that Kibana. If GitLab's logs have moved, set the host under [kibana] in your handbook.toml.";
    refuse_foreign((Fact::KibanaLink, "Kibana"), link, hosts, (Rule::KibanaShareLink, hint))
}

/// The host of a hand-over link that the handbook does not name; `None` if the handbook names it, or names none at all.
pub fn foreign_handover(link: &str, rules: &Rules) -> Option<String> {
    let host = host_of(&web(link)?)?;
    (!is_one_of(&host, &rules.handover_hosts)).then_some(host)
}

/// An empty list accepts every host.
fn is_one_of(host: &str, hosts: &[String]) -> bool {
    hosts.is_empty() || hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
}

fn refuse_foreign_sentry(link: &str, hosts: &[String]) -> Result<(), Refusal> {
    let hint = "Paste a link from that Sentry. If Sentry has moved, set the host under [sentry] in your handbook.toml.";
    refuse_foreign((Fact::SentryLink, "Sentry"), link, hosts, (Rule::LinkPlace, hint))
}

/// Refuses a link to a service on a host that the handbook does not name.
fn refuse_foreign(
    (fact, service): (Fact, &str),
    link: &str,
    hosts: &[String],
    (rule, hint): (Rule, &'static str),
) -> Result<(), Refusal> {
    let host = web(link).and_then(|url| host_of(&url));
    if hosts.is_empty() || host.as_ref().is_some_and(|host| is_one_of(host, hosts)) {
        return Ok(());
    }
    Err(Refusal::new(
        rule,
        format!(
            "{} was not saved: {} is not a {service} host of the handbook ({}).",
            fact.quoted(),
            host.as_deref().unwrap_or("this URL"),
            hosts.join(", ")
        ),
        hint,
    ))
}

fn refuse_other_tracker(fact: Fact, link: &str, instance: &str, rules: &Rules) -> Result<(), Refusal> {
    let (Some(project), Some(host)) = (issue_project(link), web(link).and_then(|url| host_of(&url))) else {
        return Ok(());
    };
    let own = Url::parse(instance).ok().and_then(|url| host_of(&url));
    let is_host = [GITLAB_COM].into_iter().chain(own.as_deref()).any(|known| known == host)
        || is_one_of(&host, &rules.tracker_hosts);
    let trackers = rules.trackers.of(fact);
    let place = if is_host { rules.trackers.fact(&project) } else { None };
    if trackers.is_empty() || place == Some(fact) {
        return Ok(());
    }
    let hint = match place {
        Some(other) => format!("This issue belongs to the fact {}.", other.quoted()),
        None => "Paste the URL of the issue in that tracker. If the tracker has moved, set it under [trackers] in your handbook.toml.".to_owned(),
    };
    let named = if is_host { project } else { format!("{host}/{project}") };
    Err(Refusal::new(
        Rule::LinkPlace,
        format!("{} was not saved: {named} is not its tracker ({}).", fact.quoted(), in_words(trackers)),
        hint,
    ))
}

/// The trackers; a whole group is named by its path.
fn in_words(trackers: &[String]) -> String {
    let words: Vec<&str> = trackers.iter().map(|path| path.trim_end_matches('/')).collect();
    words.join(", ")
}
