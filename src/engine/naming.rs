//! What is written down before a proven archive gets its name: a crash between the name and the record of the
//! download loses nothing then.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::archive::{self, Report};
use crate::case::TransferId;
use crate::download::{self, Announce, Decision, Done};

use super::bring::{Proof, limits};
use super::input::Input;

/// A proven archive, a moment before it gets its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Naming {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
}

impl Naming {
    /// The end of the download, where the file got this name and nobody changed it since. Reads it whole, on this
    /// thread.
    pub fn done(&self) -> Option<Done<Proof>> {
        let file = self.is_there().then(|| File::open(&self.path).ok())??;
        let report = archive::verify(file, &limits(), &mut |_progress| ControlFlow::Continue(())).ok()?;
        (report.sha256 == self.sha256).then(|| Done {
            path: self.path.clone(),
            decision: Decision::Keep,
            bytes: report.bytes,
            proof: Ok(report),
            resumed: 0,
            restarted: 0,
            api_requests: 0,
            storage_requests: 0,
        })
    }

    fn is_there(&self) -> bool {
        let is_as_long = self.path.metadata().is_ok_and(|there| there.len() == self.bytes);
        is_as_long && download::has_its_name(&self.path)
    }
}

/// The proof of a transfer's bytes, for whoever writes down its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Proven(Arc<Mutex<Option<(u64, String)>>>);

impl Proven {
    pub fn put(&self, report: &Report) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some((report.bytes, report.sha256.clone()));
    }

    fn naming(&self, path: &Path) -> Option<Naming> {
        let proven = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        proven.map(|(bytes, sha256)| Naming { path: path.to_owned(), bytes, sha256 })
    }

    /// Has each name written down by the desk before the file gets it.
    pub fn announce(&self, id: TransferId, inputs: mpsc::Sender<Input>) -> Announce {
        let proven = self.clone();
        Announce::new(move |path| {
            let Some(naming) = proven.naming(path) else { return };
            let (written, wait) = oneshot::channel();
            // Where the desk is gone the file is named all the same: it is whole.
            if inputs.blocking_send(Input::TransferNaming { id, naming, written }).is_ok() {
                wait.blocking_recv().ok();
            }
        })
    }
}
