//! What rehearsals have shown about archives, told in the archives' receipts. The imports are the truth; a receipt
//! only repeats them, found by the SHA-256 of the bytes, wherever the file lies.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::import::Rehearsed;

use super::api::Receipt;

/// The newest answer about each archive, by its SHA-256.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsals(pub HashMap<String, Rehearsed>);

impl Rehearsals {
    /// Brings a receipt up to what is known. Whether it says something else than before.
    pub fn join(&self, receipt: &mut Arc<Receipt>) -> bool {
        let rehearsal = self.0.get(&receipt.sha256);
        if receipt.rehearsal.as_ref() == rehearsal {
            return false;
        }
        Arc::make_mut(receipt).rehearsal = rehearsal.cloned();
        true
    }
}
