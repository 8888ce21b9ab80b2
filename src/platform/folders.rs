//! Where each system keeps a program's files.

use std::path::{Path, PathBuf};

use super::os::{OS, Os};

/// The name of our folders.
const NAME: &str = "export-desk";

/// The user's folders for this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFolders {
    /// The database.
    pub data: PathBuf,
    /// The handbook's data and the templates of the user.
    pub config: PathBuf,
    pub log: PathBuf,
}

impl ProgramFolders {
    /// `None` for a user without a home folder. One that is not a full path counts as none: what it names would depend
    /// on the folder that the program was started in.
    pub fn of_user() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", NAME)?;
        let folders = Self::of(
            OS,
            &SystemFolders {
                data: dirs.data_dir(),
                data_local: dirs.data_local_dir(),
                config: dirs.config_dir(),
                config_local: dirs.config_local_dir(),
                state: dirs.state_dir(),
            },
        );
        folders.are_absolute().then_some(folders)
    }

    fn are_absolute(&self) -> bool {
        [&self.data, &self.config, &self.log].into_iter().all(|folder| folder.is_absolute())
    }

    /// On Windows, the roaming profile is copied over the network at each log-in; a database does not belong there.
    fn of(os: Os, system: &SystemFolders<'_>) -> Self {
        let (data, config) = match os {
            Os::Linux | Os::Mac => (system.data, system.config),
            Os::Windows => (system.data_local, system.config_local),
        };
        Self {
            data: data.to_owned(),
            config: config.to_owned(),
            log: system.state.map_or_else(|| system.data_local.join("log"), Path::to_owned),
        }
    }
}

/// What the system names for this program.
struct SystemFolders<'a> {
    data: &'a Path,
    data_local: &'a Path,
    config: &'a Path,
    config_local: &'a Path,
    /// Only on Linux.
    state: Option<&'a Path>,
}

/// The folder that downloads go to unless the user chooses another one.
pub fn downloads() -> PathBuf {
    // A desktop without a download folder still has a home folder.
    let of = |dirs: directories::UserDirs| {
        dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned)
    };
    directories::UserDirs::new().map_or_else(|| PathBuf::from("."), of).join(NAME)
}

/// A path as a person types it in the window: `~/` is the home folder, and any other relative path is below it. The
/// system starts the window in a folder that nobody chose: `/` on macOS, the program's own on Windows.
pub fn typed(text: &str) -> PathBuf {
    typed_below(text, std::env::home_dir().as_deref())
}

fn typed_below(text: &str, home: Option<&Path>) -> PathBuf {
    let text = text.trim();
    let rest = text.strip_prefix("~/").or_else(|| (text == "~").then_some("")).unwrap_or(text);
    match home {
        // Joining an absolute path keeps that path.
        Some(home) if !text.is_empty() => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_never_roams() {
        let system = SystemFolders {
            data: Path::new("data"),
            data_local: Path::new("local"),
            config: Path::new("config"),
            config_local: Path::new("config-local"),
            state: None,
        };
        for (os, data, config) in [
            (Os::Linux, "data", "config"),
            (Os::Mac, "data", "config"),
            (Os::Windows, "local", "config-local"),
        ] {
            let folders = ProgramFolders::of(os, &system);
            assert_eq!((folders.data, folders.config), (data.into(), config.into()), "{os:?}");
            assert_eq!(folders.log, Path::new("local/log"), "{os:?}");
        }
        let state = SystemFolders { state: Some(Path::new("state")), ..system };
        assert_eq!(ProgramFolders::of(Os::Linux, &state).log, Path::new("state"));
        assert!(downloads().ends_with(NAME));
    }

    #[test]
    fn a_typed_path_never_depends_on_where_the_program_was_started() {
        let home = Some(Path::new("/home/ada"));
        for (text, path) in [
            ("exports", "/home/ada/exports"),
            (" ~/exports ", "/home/ada/exports"),
            ("~", "/home/ada/"),
            ("/tmp/a b", "/tmp/a b"),
            ("", ""),
        ] {
            assert_eq!(typed_below(text, home), Path::new(path), "{text}");
        }
        assert_eq!(typed_below("exports", None), Path::new("exports"));
    }
}
