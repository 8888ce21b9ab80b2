//! What is known about a file, wherever the window or the command line shows it.

use std::sync::Arc;

use super::{Receipt, Snapshot};

/// The receipt of a file, from everything that the snapshot knows about the same bytes: where the file comes from, and
/// the verification that went deepest.
pub fn receipt_of_file(snapshot: &Snapshot, receipt: &Arc<Receipt>) -> Arc<Receipt> {
    let rebuilt = snapshot.rebuilds.iter().filter_map(|view| view.receipt.as_ref());
    let built = snapshot.builds.iter().filter_map(|view| view.ended.as_ref()?.as_ref().ok());
    let downloaded = snapshot.downloads.iter().filter_map(|view| view.done.as_ref());
    let inspected = snapshot.inspections.iter().filter_map(|view| view.receipt.as_ref());
    let is_same = |other: &&Arc<Receipt>| other.sha256 == receipt.sha256;
    let all: Vec<&Arc<Receipt>> = rebuilt
        .chain(built.map(|archive| &archive.receipt))
        .chain(downloaded)
        .chain(inspected)
        .filter(is_same)
        .collect();
    // Who made the file knows more about it than who read it later.
    let made = all.iter().find(|one| one.rebuilt.is_some() || one.project_path.is_some());
    let made = made.map_or(receipt, |made| *made);
    let is_deep = |one: &Arc<Receipt>| one.depth.as_deref() == Some("deep");
    let Some(deep) = all.iter().find(|one| is_deep(one)).filter(|_| !is_deep(made)) else {
        return Arc::clone(made);
    };
    Arc::new(Receipt {
        path: made.path.clone(),
        project_path: made.project_path.clone(),
        rebuilt: made.rebuilt.clone(),
        ..deep.as_ref().clone()
    })
}
