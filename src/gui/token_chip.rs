//! The status of a token, as a chip.

use super::format;
use super::kit::icons;
use super::theme::Severity;
use crate::case::{Code, Deadline, DeadlineState, Rules, UtcMs, token_end};
use crate::engine::api::{InstanceView, TokenState};
use crate::platform::words::KEYRING;

/// The remaining time of a token is not shown above this.
const LONG_MS: i64 = 400 * 24 * 3_600_000;

/// The status of a token: severity, icon and text.
pub fn status(instance: &InstanceView, rules: &Rules, now: UtcMs) -> (Severity, icons::MaterialIcon, String) {
    match instance.token {
        _ if instance.token_refused.is_some() => {
            let words = match instance.token_refused {
                Some(Code::DpopRequired) => "token: DPoP required",
                Some(Code::TokenExpired) => "token expired",
                _ => "token rejected",
            };
            (Severity::Bad, icons::KEY, words.into())
        }
        TokenState::Reading => (Severity::Plain, icons::HOURGLASS, format!("asking the {KEYRING}")),
        TokenState::Missing => (Severity::Bad, icons::KEY, "no token".into()),
        TokenState::KeyringLocked => (Severity::Warn, icons::KEY, format!("{KEYRING} locked")),
        TokenState::InKeyring | TokenState::FromEnvironment | TokenState::ThisRunOnly => {
            let account = instance.account.as_ref();
            let end = account.and_then(|account| token_end(account.expires_on.as_deref()?));
            let deadline = end.map(|end| Deadline::of_token(end, rules, now));
            let Some(deadline) = deadline.filter(|deadline| deadline.ends_at.since_ms(now) < LONG_MS) else {
                return (Severity::Good, icons::KEY, "token".into());
            };
            let left = format!("token: {}", format::stretch(deadline.ends_at.since_ms(now)));
            match deadline.state {
                DeadlineState::Over => (Severity::Bad, icons::KEY, "token expired".into()),
                DeadlineState::Soon => (Severity::Warn, icons::KEY, left),
                DeadlineState::Running => (Severity::Good, icons::KEY, left),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::{GITLAB, instance, now};

    #[test]
    fn a_token_that_gitlab_does_not_accept_is_no_good_one() {
        let mut known = instance(GITLAB, TokenState::InKeyring);
        let rules = Rules::default();
        assert_eq!(status(&known, &rules, now()).0, Severity::Good);
        for (code, words) in [
            (Code::DpopRequired, "token: DPoP required"),
            (Code::TokenExpired, "token expired"),
            (Code::TokenRejected, "token rejected"),
        ] {
            known.token_refused = Some(code);
            let (severity, _, shown) = status(&known, &rules, now());
            assert_eq!((severity, shown.as_str()), (Severity::Bad, words));
        }
    }

    #[test]
    fn a_token_that_ends_today_has_ended() {
        const HOUR_MS: i64 = 3_600_000;
        let (known, rules) = (instance(GITLAB, TokenState::InKeyring), Rules::default());
        let end = token_end(known.account.as_ref().unwrap().expires_on.as_deref().unwrap()).unwrap();
        for (before_ms, severity, words) in [
            (90 * 24 * HOUR_MS - 1, Severity::Good, "token: 89 days"),
            (30 * HOUR_MS, Severity::Warn, "token: 30 h"),
            (1, Severity::Warn, "token: 0 s"),
            (0, Severity::Bad, "token expired"),
            (-1, Severity::Bad, "token expired"),
        ] {
            let (is, _, shown) = status(&known, &rules, end.plus_ms(-before_ms));
            assert_eq!((is, shown.as_str()), (severity, words));
        }
    }
}
