//! URLs of Kibana searches. They open a search for the engineer; a case records the share link that Kibana creates
//! from it. The URLs use filters instead of the free-text box, because the box causes shard errors
//! (`../shared/handbook-facts.md`, 4.1 and 4.3).

use crate::case::{Case, UtcMs};

use super::handbook::Kibana;
use super::rison::Rison;

/// A search, ready to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLink {
    pub label: &'static str,
    pub url: String,
}

/// The time range of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: UtcMs,
    pub to: UtcMs,
}

const MINUTE_MS: i64 = 60_000;

/// The time range around the recorded attempts; `None` if no attempt is recorded.
pub fn span_of(case: &Case, kibana: &Kibana) -> Option<Span> {
    let facts = &case.facts;
    let attempts = [facts.ui_attempt_at, facts.api_attempt_at];
    let first = attempts.into_iter().flatten().min()?;
    let last = attempts.into_iter().flatten().chain(facts.export_finished_at).max()?;
    Some(Span {
        from: first.plus_ms(-i64::from(kibana.minutes_before) * MINUTE_MS),
        to: last.plus_ms(i64::from(kibana.hours_after) * 60 * MINUTE_MS),
    })
}

/// Every search that the facts allow: jobs, requests, correlation ID, and its dashboard.
pub fn links(case: &Case, kibana: &Kibana) -> Vec<LogLink> {
    let span = span_of(case, kibana);
    let path = case.project.path.as_deref();
    let mut links = Vec::new();
    let mut add = |label, url| links.push(LogLink { label, url });
    if let Some(path) = path {
        add("Export jobs of the project", export_jobs(kibana, path, span));
    }
    if path.is_some() || case.project.id.is_some() {
        add("Requests for the export", export_requests(kibana, case.project.id, path, span));
    }
    if let Some(id) = case.facts.correlation_id.as_deref() {
        add("Jobs with the correlation ID", correlated_jobs(kibana, id, span));
        add("Correlation dashboard", correlation_dashboard(kibana, id, span));
    }
    links
}

/// The export jobs of a project, under the current and the former names of the workers.
pub fn export_jobs(kibana: &Kibana, project_path: &str, span: Option<Span>) -> String {
    let class = |query: &str, name: &str| one(query, "json.class", Rison::text(name));
    let either = any_of(vec![
        class("match_phrase", &kibana.worker_namespace),
        class("prefix", &kibana.worker_namespace),
        class("match_phrase", &kibana.old_worker),
        one("match_phrase", "json.meta.caller_id", Rison::text(&kibana.old_worker)),
    ]);
    let project = phrase("json.meta.project", project_path);
    discover(kibana, &kibana.sidekiq_index, &kibana.sidekiq_columns, vec![either, project], span)
}

/// The requests that started the export: by the API's path, and by the web page's path.
pub fn export_requests(
    kibana: &Kibana,
    project_id: Option<u64>,
    project_path: Option<&str>,
    span: Option<Span>,
) -> String {
    let mut paths = Vec::new();
    if let Some(id) = project_id {
        paths.extend(["", "/download"].map(|end| format!("/api/v4/projects/{id}/export{end}")));
    }
    if let Some(path) = project_path {
        let encoded = path.replace('/', "%2F");
        paths.extend(["", "/download"].map(|end| format!("/api/v4/projects/{encoded}/export{end}")));
        paths
            .extend(["export", "download_export", "generate_new_export"].map(|end| format!("/{path}/{end}")));
    }
    let either =
        any_of(paths.into_iter().map(|path| one("match_phrase", "json.path", Rison::Text(path))).collect());
    discover(kibana, &kibana.rails_index, &kibana.rails_columns, vec![either], span)
}

/// The jobs that one request caused.
pub fn correlated_jobs(kibana: &Kibana, correlation_id: &str, span: Option<Span>) -> String {
    let filters = vec![phrase("json.correlation_id", correlation_id)];
    discover(kibana, &kibana.sidekiq_index, &kibana.sidekiq_columns, filters, span)
}

/// The dashboard that traces one request through web, workhorse, sidekiq and gitaly.
pub fn correlation_dashboard(kibana: &Kibana, correlation_id: &str, span: Option<Span>) -> String {
    let global = Rison::object([
        ("filters", Rison::List(vec![phrase("json.correlation_id", correlation_id)])),
        ("time", time(span)),
    ]);
    let (host, id) = (kibana.host.base(), super::rison::percent(&kibana.correlation_dashboard));
    format!("{host}/app/dashboards#/view/{id}?_g={}", global.for_url())
}

fn discover(
    kibana: &Kibana,
    index: &str,
    columns: &[String],
    filters: Vec<Rison>,
    span: Option<Span>,
) -> String {
    let newest_first =
        Rison::List(vec![Rison::List(vec![Rison::text(&kibana.time_field), Rison::text("desc")])]);
    let app = Rison::object([
        ("columns", Rison::texts(columns)),
        ("filters", Rison::List(filters)),
        ("index", Rison::text(index)),
        ("query", Rison::object([("language", Rison::text("kuery")), ("query", Rison::text(""))])),
        ("sort", newest_first),
    ]);
    let global = Rison::object([("time", time(span))]);
    let (host, path) = (kibana.host.base(), &kibana.discover_path);
    format!("{host}{path}?_g={}&_a={}", global.for_url(), app.for_url())
}

/// Without a known time, the last week: every source agrees that logs are kept that long.
fn time(span: Option<Span>) -> Rison {
    let (from, to) = match span {
        Some(span) => (span.from.rfc3339(), span.to.rfc3339()),
        None => ("now-7d".to_owned(), "now".to_owned()),
    };
    Rison::object([("from", Rison::Text(from)), ("to", Rison::Text(to))])
}

fn phrase(field: &str, value: &str) -> Rison {
    Rison::object([("query", one("match_phrase", field, Rison::text(value)))])
}

fn one(query: &str, field: &str, value: Rison) -> Rison {
    Rison::object([(query, Rison::object([(field, value)]))])
}

fn any_of(queries: Vec<Rison>) -> Rison {
    let bool = Rison::object([("minimum_should_match", Rison::Int(1)), ("should", Rison::List(queries))]);
    Rison::object([("query", Rison::object([("bool", bool)]))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseId, ProjectRef};
    use crate::texts::Handbook;

    fn kibana() -> Kibana {
        Handbook::built_in().kibana
    }

    fn decoded(url: &str) -> String {
        assert!(url.is_ascii() && !url.contains([' ', '\'', '(', ')']), "{url}");
        assert!(url::Url::parse(url).is_ok(), "{url}");
        percent_encoding::percent_decode_str(url).decode_utf8().unwrap().into_owned()
    }

    fn at(text: &str) -> UtcMs {
        UtcMs::parse_rfc3339(text).unwrap()
    }

    fn case() -> Case {
        let project = ProjectRef { id: Some(7), ..ProjectRef::by_path("acme/it's") };
        let mut case = Case::new(CaseId(1), "https://gitlab.com", None, project, UtcMs(0));
        case.facts.ui_attempt_at = Some(at("2026-11-20T10:00:00Z"));
        case.facts.api_attempt_at = Some(at("2026-11-20T12:00:00Z"));
        case
    }

    #[test]
    fn jobs_are_searched_under_both_names_around_the_attempts() {
        let case = case();
        let url = decoded(&export_jobs(&kibana(), "acme/it's", span_of(&case, &kibana())));
        insta::assert_snapshot!(url, @"https://log.gprd.gitlab.net/app/discover#/?_g=(time:(from:'2026-11-20T09:45:00Z',to:'2026-11-21T00:00:00Z'))&_a=(columns:!(json.class,json.meta.project,json.severity,json.message,json.job_status,json.duration_s,json.correlation_id,json.jid),filters:!((query:(bool:(minimum_should_match:1,should:!((match_phrase:(json.class:'Projects::ImportExport')),(prefix:(json.class:'Projects::ImportExport')),(match_phrase:(json.class:ProjectExportWorker)),(match_phrase:(json.meta.caller_id:ProjectExportWorker)))))),(query:(match_phrase:(json.meta.project:'acme/it!'s')))),index:AWNABDRwNDuQHTm2tH6l,query:(language:kuery,query:''),sort:!(!(json.time,desc)))");
    }

    #[test]
    fn without_a_time_the_last_week_is_searched() {
        let url = decoded(&correlated_jobs(&kibana(), "01HZZ", None));
        assert!(url.contains("(time:(from:'now-7d',to:now))"), "{url}");
        assert!(url.contains("(match_phrase:(json.correlation_id:'01HZZ'))"), "{url}");
    }

    #[test]
    fn requests_are_searched_by_number_and_by_path() {
        let raw = export_requests(&kibana(), Some(7), Some("acme/app"), None);
        let url = decoded(&raw);
        for part in [
            "/api/v4/projects/7/export'",
            "/api/v4/projects/7/export/download",
            "acme%2Fapp/export/download",
            "/acme/app/download_export",
            "index:'7092c4e2-4eb5-46f2-8305-a7da2edad090'",
        ] {
            assert!(url.contains(part), "{part} in {url}");
        }
    }

    #[test]
    fn links_follow_the_facts() {
        let labels = |case: &Case| links(case, &kibana()).iter().map(|link| link.label).collect::<Vec<_>>();
        let mut case = case();
        assert_eq!(labels(&case), ["Export jobs of the project", "Requests for the export"]);
        case.facts.correlation_id = Some("01HABCDEF0".into());
        assert_eq!(labels(&case).len(), 4);
        let dashboard = decoded(&links(&case, &kibana())[3].url);
        assert!(
            dashboard
                .starts_with("https://log.gprd.gitlab.net/app/dashboards#/view/AWfFGg4H5VFy3_25mrdc?_g=")
        );
        case.project = ProjectRef::default();
        case.facts.correlation_id = None;
        assert!(labels(&case).is_empty());
    }
}
