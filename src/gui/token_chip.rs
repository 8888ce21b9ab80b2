//! The status of a token, as a chip.

use super::kit::icons;
use super::theme::Severity;
use crate::case::Code;
use crate::engine::api::{InstanceView, TokenState};
use crate::platform::words::KEYRING;

/// The remaining days of a token are not shown above this number.
const LONG_DAYS: i64 = 400;

/// The status of a token: severity, icon and text.
pub fn status(instance: &InstanceView) -> (Severity, icons::MaterialIcon, String) {
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
            let days = instance.account.as_ref().and_then(|account| account.days_left);
            match days {
                Some(days) if days < 0 => (Severity::Bad, icons::KEY, "token expired".into()),
                Some(0) => (Severity::Warn, icons::KEY, "token ends today".into()),
                Some(1) => (Severity::Warn, icons::KEY, "token: 1 day".into()),
                Some(days) if days <= 3 => (Severity::Warn, icons::KEY, format!("token: {days} days")),
                Some(days) if days <= LONG_DAYS => {
                    (Severity::Good, icons::KEY, format!("token: {days} days"))
                }
                Some(_) | None => (Severity::Good, icons::KEY, "token".into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::fixture::{GITLAB, instance};

    #[test]
    fn a_token_that_gitlab_does_not_accept_is_no_good_one() {
        let mut known = instance(GITLAB, TokenState::InKeyring);
        assert_eq!(status(&known).0, Severity::Good);
        for (code, words) in [
            (Code::DpopRequired, "token: DPoP required"),
            (Code::TokenExpired, "token expired"),
            (Code::TokenRejected, "token rejected"),
        ] {
            known.token_refused = Some(code);
            let (severity, _, shown) = status(&known);
            assert_eq!((severity, shown.as_str()), (Severity::Bad, words));
        }
    }
}
