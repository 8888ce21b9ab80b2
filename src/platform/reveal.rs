//! Shows files in the system's file manager.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::disk;
use super::os::{OS, Os};

/// A program and its arguments. On Windows, the arguments are handed over as they are, because Explorer reads its
/// command line itself.
#[derive(Debug, PartialEq, Eq)]
struct Words {
    program: &'static str,
    arguments: Vec<OsString>,
}

/// The command that opens a folder, or the folder that contains a file, with the file selected where the system can.
pub fn reveal(path: &Path) -> Command {
    let Words { program, arguments } = words(OS, path, path.is_dir());
    let mut command = Command::new(program);
    #[cfg(windows)]
    for argument in arguments {
        std::os::windows::process::CommandExt::raw_arg(&mut command, argument);
    }
    #[cfg(not(windows))]
    command.args(arguments);
    command
}

fn words(os: Os, path: &Path, is_folder: bool) -> Words {
    let whole = || path.as_os_str().to_owned();
    match os {
        Os::Linux => {
            let folder = if is_folder { path } else { disk::folder_of(path) };
            Words { program: "xdg-open", arguments: vec![folder.as_os_str().to_owned()] }
        }
        Os::Mac if is_folder => Words { program: "open", arguments: vec![whole()] },
        Os::Mac => Words { program: "open", arguments: vec!["-R".into(), whole()] },
        Os::Windows => {
            // A path on Windows contains no quotation mark. A comma would end an unquoted path.
            let mut argument = OsString::from(if is_folder { "\"" } else { "/select,\"" });
            argument.push(path);
            argument.push("\"");
            Words { program: "explorer", arguments: vec![argument] }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_selected_where_the_system_can() {
        let said = |os, path: &str, is_folder| {
            let words = words(os, Path::new(path), is_folder);
            let arguments: Vec<_> =
                words.arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            format!("{} {}", words.program, arguments.join(" "))
        };
        assert_eq!(said(Os::Linux, "/a, b/c.gz", false), "xdg-open /a, b");
        assert_eq!(said(Os::Linux, "/a, b", true), "xdg-open /a, b");
        assert_eq!(said(Os::Mac, "/a, b/c.gz", false), "open -R /a, b/c.gz");
        assert_eq!(said(Os::Mac, "/a, b", true), "open /a, b");
        assert_eq!(said(Os::Windows, r"C:\a, b\c.gz", false), r#"explorer /select,"C:\a, b\c.gz""#);
        assert_eq!(said(Os::Windows, r"C:\a, b", true), r#"explorer "C:\a, b""#);
    }
}
