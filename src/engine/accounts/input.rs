//! What comes back about instances and tokens.

use crate::case::UserError;
use crate::engine::api::{AskId, CheckView};
use crate::engine::keys::KeyAnswer;
use crate::gitlab::Token;

#[derive(Debug)]
pub enum AccountsInput {
    /// GitLab has said who a token is; with `keep`, the token stays.
    Checked { ask: AskId, keep: Option<Token>, result: Result<Box<CheckView>, UserError> },
    /// The keyring has taken a token, or not.
    TokenKept { ask: AskId, check: Box<CheckView>, answer: KeyAnswer<()> },
}
