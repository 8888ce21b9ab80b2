//! Answers about instances and tokens.

use crate::case::UserError;
use crate::engine::api::{AskId, CheckView};
use crate::engine::keys::KeyAnswer;
use crate::gitlab::Token;

#[derive(Debug)]
pub enum AccountsInput {
    /// GitLab has answered whom a token belongs to. With `keep`, the token is stored.
    Checked { ask: AskId, keep: Option<Token>, result: Result<Box<CheckView>, UserError> },
    /// The keyring has not answered for a while whether it stores a token.
    KeyringSlow { ask: AskId, check: Box<CheckView> },
    /// The keyring has stored a token, or could not.
    TokenKept { ask: AskId, check: Box<CheckView>, answer: KeyAnswer<()> },
}
