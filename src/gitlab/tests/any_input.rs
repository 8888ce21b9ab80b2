//! Whatever users paste and servers answer: nothing panics, and no secret or control character gets through.

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::gitlab::answer::Raw;
use crate::gitlab::refusal::{Family, classify, classify_storage};
use crate::gitlab::{BodyHead, Instance, ProjectKey, Token, disposition, error};

proptest! {
    #[test]
    fn an_instance_is_encrypted_or_this_machine(text in "(https?://|ftp:|)[a-z0-9.:/@?#\\[\\] %-]{0,30}") {
        if let Ok(instance) = Instance::parse(&text) {
            prop_assert!(instance.origin().starts_with("https://") || instance.is_loopback());
            let again = Instance::parse(&instance.to_string()).unwrap();
            prop_assert_eq!(again, instance);
        }
    }

    #[test]
    fn a_project_path_stays_one_segment(text in "[\\PC/.%-]{1,40}") {
        let instance = Instance::parse("https://gitlab.example").unwrap();
        let key = ProjectKey::Path(format!("a/{text}"));
        let url = instance.api(&["projects", &key.segment(), "export"]);
        prop_assert_eq!(url.path().split('/').count(), 6);
        prop_assert!(url.query().is_none() && url.fragment().is_none());
    }

    #[test]
    fn any_refusal_is_a_sentence(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let raw = Raw { status, headers: HeaderMap::new(), body: body.into() };
        for (kind, said) in [classify(Family::Export, true, &raw), classify_storage(&raw)] {
            let text = format!("{kind} {said:?}");
            prop_assert!(!text.chars().any(char::is_control), "{}", text);
        }
    }

    #[test]
    fn any_json_refusal_is_a_sentence(status in 400_u16..500, key in "message|error|error_description|scope",
        value in r#"(\[|\{"[a-z]":|)("\PC{0,20}"|[0-9]{1,3}|null)(\]|\}|)"#) {
        let raw = Raw { status, headers: HeaderMap::new(), body: format!("{{\"{key}\":{value}}}").into() };
        let (kind, _) = classify(Family::Export, true, &raw);
        prop_assert!(kind.to_string().ends_with('.'), "{}", kind);
    }

    #[test]
    fn a_file_name_is_never_a_path(header in "(attachment; |)(filename\\*?=|)(UTF-8''|\"|)[\\PC/\\\\%;\"0-9A-F.]{0,40}") {
        if let Some(name) = disposition::file_name(&header) {
            prop_assert!(!name.contains(['/', '\\', '\0']) && name != "." && name != ".." && !name.is_empty());
        }
    }

    #[test]
    fn any_header_is_read(value in prop::collection::vec(32_u8..=255, 0..40)) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let names = ["content-range", "content-disposition", "etag", "x-request-id", "x-gitlab-meta", "content-type"];
        let headers = names.map(|name| (HeaderName::from_static(name), value.clone()));
        let head = BodyHead::read(200, &HeaderMap::from_iter(headers));
        prop_assert!(head.correlation_id.is_none_or(|id| id.bytes().all(|byte| byte.is_ascii_graphic())));
    }

    #[test]
    fn a_servers_words_lose_their_queries(before in "[a-z ]{0,9}", query in "[A-Za-z0-9=&]{8}", after in "( [a-z]{1,5})?") {
        let line = error::one_line(&format!("{before} https://s3.example/x?{query}{after}"));
        prop_assert!(!line.contains(&query), "{}", line);
    }

    #[test]
    fn a_token_is_refused_or_fits_a_header(text in "\\PC{0,20}|[ -~\\t\\n]{0,20}") {
        if let Ok(token) = Token::new(text) {
            prop_assert!(token.header().is_ok());
        }
    }
}
