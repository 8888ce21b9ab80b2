//! The default folder for the relation files of a project. Projects of two instances never share a folder, and neither
//! do two projects whose paths become the same name.

use std::path::{Path, PathBuf};

use crate::case::{Code, RelationsHint, UserError, same_instance};

use super::batches::manifest_file::is_of_batch;
use super::manifest::Manifest;

/// How many names are tried before the last one is refused as taken.
const MOST_NAMES: u32 = 1000;

/// The project that a folder is for.
#[derive(Clone, Copy, Debug)]
pub struct FolderOwner<'a> {
    pub instance: &'a str,
    /// The project's path, or its ID where only the ID is known.
    pub project: &'a str,
    pub project_id: Option<u64>,
}

impl FolderOwner<'_> {
    fn owns(&self, manifest: &Manifest) -> bool {
        let is_project = match self.project_id.or_else(|| self.project.parse().ok()) {
            Some(id) => manifest.project_id == id,
            None => manifest.project_path.eq_ignore_ascii_case(self.project),
        };
        is_project && same_instance(&manifest.instance, self.instance)
    }

    /// Refuses a folder that has the relation files of another project.
    pub fn may_use(&self, folder: &Path) -> Result<(), UserError> {
        match Manifest::read(folder) {
            Some(manifest) if !self.owns(&manifest) => Err(UserError::new(
                Code::Refused,
                format!(
                    "{} contains the relations of another project: {} on {}.",
                    folder.display(),
                    manifest.project_path,
                    manifest.instance
                ),
                RelationsHint::OtherFolder,
            )),
            None if is_of_batch(folder) => Err(UserError::new(
                Code::Refused,
                format!("{} contains the archives of a batch.", folder.display()),
                RelationsHint::OtherFolder,
            )),
            _ => Ok(()),
        }
    }
}

/// The folder in `base`: one that has this project's files already, or else the first name that is free. The instance's
/// host is in the name where the short name is taken. `is_wanted` tells which folders another download will use.
pub fn relations_folder(
    base: &Path,
    stem: &str,
    owner: FolderOwner<'_>,
    is_wanted: impl Fn(&Path) -> bool,
) -> PathBuf {
    let host = host_of(owner.instance);
    let short = base.join(format!("{stem}_relations"));
    let with_host = base.join(format!("{stem}_{host}_relations"));
    let numbered = (2..MOST_NAMES).map(|n| base.join(format!("{stem}_{host}_{n}_relations")));
    let all = || [short.clone(), with_host.clone()].into_iter().chain(numbered.clone());
    let is_own = |folder: &PathBuf| Manifest::read(folder).is_some_and(|manifest| owner.owns(&manifest));
    let is_free = |folder: &PathBuf| Manifest::read(folder).is_none() && !is_wanted(folder);
    let used = all().take(2).chain(all().skip(2).take_while(|folder| folder.exists()));
    used.into_iter().find(is_own).or_else(|| all().find(is_free)).unwrap_or(with_host)
}

/// The folder in the folder for downloads. The project is given by its instance, ID and path.
pub fn default_relations_folder(
    downloads: &Path,
    (instance, project_id, path): (&str, u64, &str),
) -> PathBuf {
    let owner = FolderOwner { instance, project: path, project_id: Some(project_id) };
    relations_folder(downloads, &path.replace('/', "_"), owner, |_| false)
}

/// The instance's host with its port and path, as a part of a file name.
fn host_of(instance: &str) -> String {
    let (_scheme, host) = instance.split_once("://").unwrap_or(("", instance));
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
    host.trim_end_matches('/').to_ascii_lowercase().chars().map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: FolderOwner<'_> =
        FolderOwner { instance: "https://gitlab.com", project: "acme/webshop", project_id: Some(7) };

    fn folder_for(base: &Path, owner: FolderOwner<'_>) -> String {
        let folder = relations_folder(base, "acme_webshop", owner, |_| false);
        folder.file_name().unwrap().to_str().unwrap().to_owned()
    }

    fn use_folder(base: &Path, name: &str, owner: FolderOwner<'_>) {
        let folder = base.join(name);
        std::fs::create_dir(&folder).unwrap();
        let manifest = Manifest::new(owner.instance, owner.project_id.unwrap(), owner.project);
        std::fs::write(folder.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
    }

    #[test]
    fn two_projects_never_share_a_folder_and_each_finds_its_own_again() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path();
        assert_eq!(folder_for(base, OWNER), "acme_webshop_relations");
        use_folder(base, "acme_webshop_relations", OWNER);
        assert_eq!(folder_for(base, OWNER), "acme_webshop_relations", "an earlier version's folder");
        let by_path = FolderOwner { instance: "https://GitLab.com/", project_id: None, ..OWNER };
        assert_eq!(folder_for(base, by_path), "acme_webshop_relations");
        let by_id = FolderOwner { project: "7", project_id: None, ..OWNER };
        assert_eq!(folder_for(base, by_id), "acme_webshop_relations");

        let other = FolderOwner { instance: "http://127.0.0.1:8080/git", ..OWNER };
        assert_eq!(folder_for(base, other), "acme_webshop_127.0.0.1_8080_git_relations");
        use_folder(base, "acme_webshop_127.0.0.1_8080_git_relations", other);
        assert_eq!(folder_for(base, other), "acme_webshop_127.0.0.1_8080_git_relations");
        // `acme/web_shop` and `acme_web/shop` on one instance have the same name.
        let twin = FolderOwner { project: "acme_webshop", project_id: Some(8), ..other };
        assert_eq!(folder_for(base, twin), "acme_webshop_127.0.0.1_8080_git_2_relations");

        // The short name is free again; the project's files are where they were.
        std::fs::remove_dir_all(base.join("acme_webshop_relations")).unwrap();
        assert_eq!(folder_for(base, other), "acme_webshop_127.0.0.1_8080_git_relations");
        let wanted = relations_folder(base, "acme_webshop", OWNER, |folder| {
            folder.ends_with("acme_webshop_relations")
        });
        assert!(wanted.ends_with("acme_webshop_gitlab.com_relations"), "{}", wanted.display());
    }

    #[test]
    fn the_folder_of_another_project_is_refused_by_name() {
        let base = tempfile::tempdir().unwrap();
        use_folder(base.path(), "f", OWNER);
        let folder = base.path().join("f");
        assert_eq!(OWNER.may_use(&folder), Ok(()));
        assert_eq!(OWNER.may_use(base.path()), Ok(()), "a folder without relation files");
        let other = FolderOwner { project_id: Some(9), ..OWNER };
        let error = other.may_use(&folder).unwrap_err();
        assert_eq!((error.code, &error.hint), (Code::Refused, &RelationsHint::OtherFolder.into()));
        assert!(error.headline.contains("acme/webshop on https://gitlab.com"), "{}", error.headline);
    }
}
