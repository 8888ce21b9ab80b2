//! The views of relations exports, combined with the downloads of their files. A view without a change keeps its
//! `Arc`, so that a front end can compare pointers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::RelationsId;
use crate::engine::api::{RelationRow, RelationsView};
use crate::engine::downloads::RelationFilesView;

/// The last views, newest first.
#[derive(Debug)]
pub struct RelationsShown {
    /// The exports from the last call of [`Self::set`].
    given: Arc<[Arc<RelationsView>]>,
    exports: Vec<Shown>,
    /// What the default folders depend on.
    places: Places,
    list: Arc<[Arc<RelationsView>]>,
}

/// The folder for downloads, and the folders that exports have already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub downloads: PathBuf,
    pub folders: BTreeMap<RelationsId, PathBuf>,
}

impl Default for RelationsShown {
    fn default() -> Self {
        Self { given: Arc::new([]), exports: Vec::new(), places: Places::default(), list: Arc::new([]) }
    }
}

/// One export and its parts.
#[derive(Debug)]
struct Shown {
    /// The export without its downloads.
    export: Arc<RelationsView>,
    files: Option<Arc<RelationFilesView>>,
    folder: Option<PathBuf>,
    /// `None` until it is asked for.
    default_folder: Option<PathBuf>,
    whole: Arc<RelationsView>,
}

impl RelationsShown {
    /// Sets the current exports, newest first. Returns whether any has changed.
    pub fn set(&mut self, exports: &Arc<[Arc<RelationsView>]>) -> bool {
        if Arc::ptr_eq(exports, &self.given) {
            return false;
        }
        self.given = Arc::clone(exports);
        let mut before: BTreeMap<_, _> =
            self.exports.drain(..).map(|shown| (shown.export.run.id, shown)).collect();
        let kept = exports.iter().map(|export| {
            let known = before.remove(&export.run.id).filter(|shown| Arc::ptr_eq(&shown.export, export));
            known.unwrap_or_else(|| {
                let export = Arc::clone(export);
                Shown { whole: Arc::clone(&export), export, files: None, folder: None, default_folder: None }
            })
        });
        self.exports = kept.collect();
        self.list = Arc::new([]);
        true
    }

    /// Each export with the downloads of its files. `default_folder` reads the disk, so it is only asked again when the
    /// places change.
    pub fn with(
        &mut self,
        files: &BTreeMap<RelationsId, Arc<RelationFilesView>>,
        places: Places,
        default_folder: impl Fn(&Places, &RelationsView) -> PathBuf,
    ) -> Arc<[Arc<RelationsView>]> {
        let mut is_same = self.list.len() == self.exports.len();
        let same_places = self.places == places;
        self.places = places;
        for shown in &mut self.exports {
            let id = shown.export.run.id;
            let (files, folder) = (files.get(&id), self.places.folders.get(&id));
            let same_files = match (files, &shown.files) {
                (Some(new), Some(old)) => Arc::ptr_eq(new, old),
                (None, None) => true,
                _ => false,
            };
            let default = match &shown.default_folder {
                _ if folder.is_some() => PathBuf::new(),
                Some(known) if same_places => known.clone(),
                _ => default_folder(&self.places, &shown.export),
            };
            let same_folder =
                folder == shown.folder.as_ref() && shown.default_folder.as_ref() == Some(&default);
            if !same_files || !same_folder {
                (shown.files, shown.folder) = (files.cloned(), folder.cloned());
                shown.default_folder = Some(default);
                shown.whole = Arc::new(shown.joined());
                is_same = false;
            }
        }
        if !is_same {
            self.list = self.exports.iter().map(|shown| Arc::clone(&shown.whole)).collect();
        }
        Arc::clone(&self.list)
    }
}

impl Shown {
    fn joined(&self) -> RelationsView {
        let export = self.export.as_ref();
        let row = |row: &RelationRow| {
            let files = self.files.as_ref().and_then(|files| files.files.get(&row.relation));
            RelationRow { files: files.unwrap_or(&row.files).clone(), ..row.clone() }
        };
        RelationsView {
            rows: export.rows.iter().map(row).collect(),
            download: self.files.as_ref().and_then(|files| files.download.clone()),
            folder: self.folder.clone(),
            default_folder: self.default_folder.clone().unwrap_or_default(),
            ..export.clone()
        }
    }
}
