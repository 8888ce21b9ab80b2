//! Name and version of the operating system, for diagnostics.

use std::process::Command;

use super::os::{OS, Os};
use super::window::without_console;

/// Such as `linux x86_64 Debian GNU/Linux 12 (bookworm)` or `macos aarch64 macOS 15.6`.
pub fn system() -> String {
    let named = match OS {
        Os::Linux => named(OS, &std::fs::read_to_string("/etc/os-release").unwrap_or_default()),
        Os::Mac => {
            let file = "/System/Library/CoreServices/SystemVersion.plist";
            named(OS, &std::fs::read_to_string(file).unwrap_or_default())
        }
        Os::Windows => {
            let said = without_console(Command::new("cmd").args(["/d", "/c", "ver"])).output();
            named(
                OS,
                &said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default(),
            )
        }
    };
    format!("{} {} {named}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The name and version in what each system says of itself; empty where it says nothing.
fn named(os: Os, text: &str) -> String {
    match os {
        Os::Linux => {
            let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
            name.map(|name| name.trim_matches('"').to_owned()).unwrap_or_default()
        }
        Os::Mac => {
            let of = |key: &str| {
                let (_, rest) = text.split_once(&format!("<key>{key}</key>"))?;
                let (_, rest) = rest.split_once("<string>")?;
                rest.split_once("</string>").map(|(value, _)| value.trim().to_owned())
            };
            let name = [of("ProductName"), of("ProductVersion")].into_iter().flatten();
            name.collect::<Vec<_>>().join(" ")
        }
        Os::Windows => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_names_itself() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(named(Os::Linux, release), "Debian GNU/Linux 12 (bookworm)");
        let plist = "<dict>\n<key>ProductBuildVersion</key>\n<string>24G84</string>\n<key>ProductName</key>\n\
                     <string>macOS</string>\n<key>ProductVersion</key>\n<string>15.6</string>\n</dict>";
        assert_eq!(named(Os::Mac, plist), "macOS 15.6");
        assert_eq!(
            named(Os::Windows, "\r\nMicrosoft Windows [Version 10.0.26100.1]\r\n"),
            "Microsoft Windows [Version 10.0.26100.1]"
        );
        for os in Os::ALL {
            assert_eq!(named(os, ""), "", "{os:?}");
        }
        assert!(system().starts_with(std::env::consts::OS));
    }
}
