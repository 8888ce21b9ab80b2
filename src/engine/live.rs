//! GitLab's own wording of the texts, fetched where the token can read it.

use crate::texts::Kind;

use super::command::AskId;
use super::desk::Desk;

impl Desk {
    pub(super) fn fetch_live(&mut self, ask: AskId, _kind: Kind) {
        self.reply(ask, Err(super::defect()));
    }
}
