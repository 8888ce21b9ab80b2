//! Folders that a service copies to its own servers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::os::{OS, Os};

/// What a person should know before customers' archives are saved in this folder. Reads no disk.
pub fn warning(folder: &Path) -> Option<String> {
    Places::of_user().service_of(OS, folder).map(in_words)
}

/// The same for a folder that exists, also where links lead to it. The disk may be slow.
pub fn warning_on_disk(folder: &Path) -> Option<String> {
    let places = Places::of_user();
    let named = places.service_of(OS, folder);
    named.or_else(|| places.real().service_of(OS, &folder.canonicalize().ok()?)).map(in_words)
}

fn in_words(service: &str) -> String {
    format!(
        "{service} uploads this folder, and customers' archives with it. Choose a folder that stays on this computer."
    )
}

/// Where services keep their folders.
#[derive(Debug, Default)]
struct Places {
    home: Option<PathBuf>,
    /// `OneDrive` can be anywhere on Windows, and says where.
    one_drive: Vec<PathBuf>,
}

impl Places {
    fn of_user() -> Self {
        Self::of(OS, std::env::home_dir(), &|name| std::env::var_os(name))
    }

    fn of(os: Os, home: Option<PathBuf>, variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let names: &[&str] = match os {
            Os::Windows => &["OneDrive", "OneDriveConsumer", "OneDriveCommercial"],
            Os::Linux | Os::Mac => &[],
        };
        let set = names.iter().filter_map(|name| variable(name)).filter(|path| !path.is_empty());
        Self { home, one_drive: set.map(PathBuf::from).collect() }
    }

    /// The places that the links lead to.
    fn real(&self) -> Self {
        let real = |path: &PathBuf| path.canonicalize().ok();
        Self {
            home: self.home.as_ref().and_then(real),
            one_drive: self.one_drive.iter().filter_map(real).collect(),
        }
    }

    /// Who uploads what is saved in this folder; `None` where nothing shows that anybody does.
    fn service_of(&self, os: Os, folder: &Path) -> Option<&'static str> {
        const SERVICES: [(&str, &str); 10] = [
            ("OneDrive", "OneDrive"),
            ("Dropbox", "Dropbox"),
            ("Google Drive", "Google Drive"),
            ("GoogleDrive", "Google Drive"),
            ("iCloudDrive", "iCloud Drive"),
            ("iCloud Drive", "iCloud Drive"),
            ("Nextcloud", "Nextcloud"),
            ("ownCloud", "ownCloud"),
            ("pCloud", "pCloud"),
            ("Box Sync", "Box"),
        ];
        if self.one_drive.iter().any(|place| folder.starts_with(place)) {
            return Some("OneDrive");
        }
        // Services name their folder in the home folder, sometimes with an account: `OneDrive - Example Ltd`.
        let below = folder.strip_prefix(self.home.as_ref()?).ok()?;
        if os == Os::Mac {
            for (place, service) in [
                ("Library/Mobile Documents", "iCloud Drive"),
                ("Desktop", "iCloud Drive, if it keeps Desktop and Documents,"),
                ("Documents", "iCloud Drive, if it keeps Desktop and Documents,"),
            ] {
                if below.starts_with(place) {
                    return Some(service);
                }
            }
        }
        let names = below.components().map(|part| part.as_os_str().to_string_lossy().to_lowercase());
        let found = names.into_iter().find_map(|name| {
            let is_of = |(start, _): &(&str, &str)| name.starts_with(&start.to_lowercase());
            SERVICES.into_iter().find(is_of).map(|(_, service)| service)
        });
        let is_cloud = os == Os::Mac && below.starts_with("Library/CloudStorage");
        found.or_else(|| is_cloud.then_some("A cloud service"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_a_service_uploads_is_known() {
        let home = Path::new("/home/ada");
        let variable =
            |name: &str| (name == "OneDriveCommercial").then(|| OsString::from("/mnt/d/Example Ltd"));
        let by = |os, path: &str| {
            Places::of(os, Some(home.to_owned()), &variable).service_of(os, &home.join(path))
        };
        for os in Os::ALL {
            assert_eq!(by(os, "Downloads/export-desk"), None, "{os:?}");
            assert_eq!(by(os, "OneDrive - Example Ltd/exports"), Some("OneDrive"), "{os:?}");
            assert_eq!(by(os, "Dropbox"), Some("Dropbox"), "{os:?}");
            assert_eq!(by(os, "dropbox/exports"), Some("Dropbox"), "{os:?}");
            assert_eq!(by(os, "/srv/OneDrive"), None, "{os:?}");
            assert_eq!(by(os, "Documents/x").is_some(), os == Os::Mac, "{os:?}");
            assert_eq!(by(os, "/mnt/d/Example Ltd/exports").is_some(), os == Os::Windows, "{os:?}");
            assert_eq!(Places::of(os, None, &|_| None).service_of(os, Path::new("/Dropbox")), None);
        }
        assert_eq!(by(Os::Mac, "Library/Mobile Documents/com~apple~CloudDocs"), Some("iCloud Drive"));
        assert_eq!(by(Os::Mac, "Library/CloudStorage/GoogleDrive-ada@example.com/x"), Some("Google Drive"));
        assert_eq!(by(Os::Mac, "Library/CloudStorage/Other"), Some("A cloud service"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_into_such_a_folder_is_followed() {
        let home = tempfile::tempdir().unwrap();
        let dropbox = home.path().join("Dropbox");
        std::fs::create_dir(&dropbox).unwrap();
        std::os::unix::fs::symlink(&dropbox, home.path().join("Downloads")).unwrap();
        let places = Places::of(OS, Some(home.path().to_owned()), &|_| None);
        let downloads = home.path().join("Downloads");
        assert_eq!(places.service_of(OS, &downloads), None);
        let real = downloads.canonicalize().unwrap();
        assert_eq!(places.real().service_of(OS, &real), Some("Dropbox"));
    }
}
