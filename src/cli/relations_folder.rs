//! The default folder for relation files: in the caller's current folder, named after the project.

use std::path::{Path, PathBuf};

use crate::case::intake::parse_project;
use crate::case::{UserError, same_instance};
use crate::engine::api::Snapshot;
use crate::engine::{FolderOwner, relations_folder};

use super::invocation::Invocation;

/// `group/project` becomes `group_project_relations`, with the host of the instance where another project has that
/// folder.
pub fn default_folder(
    call: &Invocation,
    (instance, project): (&str, &str),
    snapshot: &Snapshot,
) -> Result<PathBuf, UserError> {
    let named = parse_project(project, instance).ok().and_then(|named| named.project.path);
    let project = named.as_deref().unwrap_or(project).trim_matches('/');
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let stem: String = project.chars().map(kept).collect();
    let base = call.path(Path::new(""))?;
    let owner = FolderOwner { instance, project, project_id: None };
    // Another project's rebuild that is to use the folder has no file in it yet.
    let is_wanted = |folder: &Path| {
        snapshot.rebuilds.iter().map(|view| &view.job).filter(|job| job.archive().is_none()).any(|job| {
            let chosen = job.folder.as_ref().or(job.options.folder.as_ref());
            let is_own = same_instance(&job.instance, instance) && job.is_about(project);
            !is_own && chosen.is_some_and(|chosen| Path::new(chosen) == folder)
        })
    };
    Ok(relations_folder(&base, &stem, owner, is_wanted))
}
