//! Cells of a table in CSV (RFC 4180).

use std::borrow::Cow;

/// Quotes a cell if necessary, and puts an apostrophe before a cell that a spreadsheet would run as a formula.
pub fn csv_cell(cell: &str) -> Cow<'_, str> {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula {
        return Cow::Owned(format!("\"'{}\"", cell.replace('"', "\"\"")));
    }
    if cell.contains([',', '"', '\n', '\r']) {
        return Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")));
    }
    Cow::Borrowed(cell)
}
