//! Adds the results of test imports to the receipts of archives. The import jobs are the source; a receipt repeats
//! their result. Archive and import are matched by SHA-256, wherever the file is.

use std::collections::HashMap;
use std::sync::Arc;

use crate::case::import::TestImportResult;

use super::api::Receipt;

/// The result of the newest test import of each archive, by SHA-256.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestImportResults(pub HashMap<String, TestImportResult>);

impl TestImportResults {
    /// Updates a receipt. Returns whether it changed.
    pub fn join(&self, receipt: &mut Arc<Receipt>) -> bool {
        let test_import = self.0.get(&receipt.sha256);
        if receipt.test_import.as_ref() == test_import {
            return false;
        }
        Arc::make_mut(receipt).test_import = test_import.cloned();
        true
    }
}
