//! The status of a token, as a chip.

use super::kit::icons;
use super::theme::Severity;
use crate::engine::api::{InstanceView, TokenState};
use crate::platform::words::KEYRING;

/// The remaining days of a token are not shown above this number.
const LONG_DAYS: i64 = 400;

/// The status of a token: severity, icon and text.
pub fn status(instance: &InstanceView) -> (Severity, icons::MaterialIcon, String) {
    match instance.token {
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
