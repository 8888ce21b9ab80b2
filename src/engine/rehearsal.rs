//! What rehearsals have shown about archives, told in the archives' receipts. The imports are the truth; a receipt
//! only repeats them, found by the SHA-256 of the bytes, wherever the file lies.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::import::{Rehearsed, rehearsed};

use super::desk::Desk;
use super::inspect::Inspection;
use super::receipt::Receipt;

impl Desk {
    /// Brings every receipt up to what the newest rehearsal of its archive says.
    pub(super) fn join_rehearsals(&mut self) {
        let known = self.rehearsals();
        let receipts = self.transfers.values_mut().filter_map(|transfer| transfer.receipt.as_mut());
        let mut changed = false;
        for receipt in receipts {
            changed |= join(receipt, &known);
        }
        if changed {
            self.publisher.transfers_changed();
        }
        let mut changed = false;
        for receipt in self.inspections.iter_mut().filter_map(Inspection::receipt_mut) {
            changed |= join(receipt, &known);
        }
        if changed {
            self.publisher.inspections_changed();
        }
    }

    /// The newest answer about each archive, by its SHA-256.
    fn rehearsals(&self) -> HashMap<String, Rehearsed> {
        // The imports are in the order of their numbers: later ones replace earlier ones.
        let answers = self.imports.values().filter_map(|live| {
            let sha256 = live.job.rehearsal.as_ref()?.sha256.clone()?;
            Some((sha256, rehearsed(&live.job)?))
        });
        answers.collect()
    }
}

/// Whether the receipt says something else than before.
fn join(receipt: &mut Arc<Receipt>, known: &HashMap<String, Rehearsed>) -> bool {
    let rehearsal = known.get(&receipt.sha256);
    if receipt.rehearsal.as_ref() == rehearsal {
        return false;
    }
    Arc::make_mut(receipt).rehearsal = rehearsal.cloned();
    true
}
