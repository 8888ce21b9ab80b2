//! What the systems call things, in the sentences that a person reads.

use std::io;

use super::os::{OS, Os};

/// Where the system keeps passwords.
pub const KEYRING: &str = keyring(OS);

const fn keyring(os: Os) -> &'static str {
    match os {
        Os::Linux => "keyring",
        Os::Mac => "keychain",
        Os::Windows => "Credential Manager",
    }
}

/// The key that is held down for the window's shortcuts.
pub const COMMAND_KEY: &str = command_key(OS);

const fn command_key(os: Os) -> &'static str {
    match os {
        Os::Linux | Os::Windows => "Ctrl",
        Os::Mac => "Command",
    }
}

/// What to do where no window can be drawn.
pub fn graphics_hint() -> &'static str {
    graphics_hint_of(OS)
}

fn graphics_hint_of(os: Os) -> &'static str {
    match os {
        Os::Linux => {
            "Install a graphics driver (Debian: apt install libgl1 libgl1-mesa-dri), or use the command line: \
             export-desk --help."
        }
        Os::Mac => "Log in to the desktop of this Mac, or use the command line: export-desk --help.",
        Os::Windows => "Update the graphics driver, or use the command line: export-desk --help.",
    }
}

/// Why the system's root certificates could not be loaded, as a question or a place.
pub fn roots_hint() -> &'static str {
    roots_hint_of(OS)
}

fn roots_hint_of(os: Os) -> &'static str {
    match os {
        Os::Linux => "is ca-certificates installed?",
        Os::Mac => "check them in Keychain Access.",
        Os::Windows => "check them with certmgr.msc.",
    }
}

/// What to do about a file that the system itself does not let this program use; `None` where the file's own
/// permissions are the reason.
pub fn denied_hint(error: &io::Error) -> Option<&'static str> {
    denied_hint_of(OS, error.raw_os_error())
}

fn denied_hint_of(os: Os, number: Option<i32>) -> Option<&'static str> {
    /// `sys/errno.h`: the privacy settings of macOS answer so; a file's permissions answer EACCES.
    const EPERM: i32 = 1;
    (os == Os::Mac && number == Some(EPERM)).then_some(
        "Allow it in System Settings > Privacy & Security > Files and Folders, for Export Desk or for the terminal that \
         started it, then try again. If the file is locked in the Finder, unlock it.",
    )
}

/// Who else may read a file that does not belong to its owner alone.
pub fn not_private() -> &'static str {
    not_private_on(OS)
}

fn not_private_on(os: Os) -> &'static str {
    match os {
        Os::Linux | Os::Mac => {
            "This disk keeps no permissions: other users of this computer may be able to read the file."
        }
        Os::Windows => {
            "This folder is not below your own user folder: other users of this computer may be able to read the file."
        }
    }
}

/// A sentence about too few free bytes, with what a person must know about that number on this system
/// (`disk::Space`).
pub fn about_free_space(sentence: &str) -> String {
    about_free_space_on(OS, sentence)
}

/// What to do about a disk that is too full for a download.
pub fn make_room() -> String {
    about_free_space("Free some space and start the download again. The downloaded part is kept.")
}

fn about_free_space_on(os: Os, sentence: &str) -> String {
    match os {
        Os::Mac => format!(
            "{sentence} Finder may show more: it also counts purgeable space, which macOS frees only when a program needs it."
        ),
        Os::Linux | Os::Windows => sentence.to_owned(),
    }
}

/// Where a person allows notifications.
pub fn notifications_hint() -> &'static str {
    notifications_hint_of(OS)
}

fn notifications_hint_of(os: Os) -> &'static str {
    match os {
        Os::Linux => {
            "If none appears, check that the desktop has a notification server and that “do not disturb” is off."
        }
        Os::Mac => "If none appears, allow it in System Settings > Notifications > Export Desk.",
        Os::Windows => "If none appears, allow it in Settings > System > Notifications.",
    }
}

/// How a terminal finds the command `export-desk`; `None` where the package has seen to it.
pub fn command_line_hint() -> Option<String> {
    let app_image = std::env::var("APPIMAGE").ok();
    let program = std::env::current_exe().ok();
    command_line_hint_of(OS, program.as_deref().and_then(|path| path.to_str()), app_image.as_deref())
}

fn command_line_hint_of(os: Os, program: Option<&str>, app_image: Option<&str>) -> Option<String> {
    /// Where the README has it. An app that was opened in its disk image, or before it was moved, runs at a path that
    /// is gone later.
    const INSTALLED: &str = "/Applications/Export Desk.app/Contents/MacOS/export-desk";
    let (folder, program) = match os {
        Os::Linux => ("", app_image?),
        Os::Mac => {
            let program = program.filter(|path| path.contains(".app/Contents/MacOS/"))?;
            let is_passing =
                program.starts_with("/Volumes/Export Desk") || program.contains("/AppTranslocation/");
            // A new Mac has no such folder.
            ("sudo mkdir -p /usr/local/bin && ", if is_passing { INSTALLED } else { program })
        }
        Os::Windows => return None,
    };
    Some(format!("{folder}sudo ln -s \"{program}\" /usr/local/bin/export-desk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_system_reads_the_words_of_another() {
        for os in Os::ALL {
            let denied = denied_hint_of(os, Some(1)).unwrap_or_default();
            let said = [
                keyring(os),
                command_key(os),
                graphics_hint_of(os),
                roots_hint_of(os),
                denied,
                &about_free_space_on(os, "The disk is full."),
                not_private_on(os),
                notifications_hint_of(os),
            ]
            .join("\n");
            for (word, of) in [
                ("apt install", Os::Linux),
                ("Debian", Os::Linux),
                ("ca-certificates", Os::Linux),
                ("keyring", Os::Linux),
                ("keychain", Os::Mac),
                ("Command", Os::Mac),
                ("System Settings", Os::Mac),
                ("Finder", Os::Mac),
                ("notification server", Os::Linux),
                ("Credential Manager", Os::Windows),
                ("user folder", Os::Windows),
                ("certmgr", Os::Windows),
            ] {
                assert_eq!(said.contains(word), os == of, "{os:?}: {word}");
            }
        }
    }

    #[test]
    fn only_the_privacy_settings_are_named_for_their_own_answer() {
        assert!(denied_hint_of(Os::Mac, Some(1)).is_some());
        assert!(denied_hint_of(Os::Mac, Some(13)).is_none() && denied_hint_of(Os::Linux, Some(1)).is_none());
    }

    #[test]
    fn a_package_that_puts_nothing_on_the_path_says_how() {
        let app = "/Applications/Export Desk.app/Contents/MacOS/export-desk";
        let link = format!("sudo mkdir -p /usr/local/bin && sudo ln -s \"{app}\" /usr/local/bin/export-desk");
        assert!(include_str!("../../README.md").contains(&format!("`{link}`")), "the README says the same");
        let passing =
            "/private/var/folders/x/T/AppTranslocation/1/d/Export Desk.app/Contents/MacOS/export-desk";
        for started in [app, passing, "/Volumes/Export Desk/Export Desk.app/Contents/MacOS/export-desk"] {
            assert_eq!(command_line_hint_of(Os::Mac, Some(started), None).as_ref(), Some(&link), "{started}");
        }
        let own = command_line_hint_of(Os::Mac, Some("/Users/ada/X.app/Contents/MacOS/export-desk"), None);
        assert!(own.is_some_and(|own| own.contains("\"/Users/ada/X.app/")));
        assert!(command_line_hint_of(Os::Mac, Some("/usr/local/bin/export-desk"), None).is_none());
        assert!(command_line_hint_of(Os::Linux, Some("/usr/bin/export-desk"), None).is_none());
        assert!(command_line_hint_of(Os::Linux, None, Some("/home/ada/Export_Desk.AppImage")).is_some());
        assert!(command_line_hint_of(Os::Windows, Some(app), Some(app)).is_none());
    }
}
