//! Whether a window can be opened here.

#[cfg(not(target_os = "linux"))]
use super::os::OS;
#[cfg(any(test, not(target_os = "linux")))]
use super::os::Os;

/// Why no window can be opened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoDisplay {
    pub headline: String,
    pub hint: String,
}

/// Checks for a display that answers, and for the libraries that a window loads. Other systems always have the
/// libraries. macOS would end a program that opens a window over ssh while its user is not logged in to the desktop.
pub fn available() -> Result<(), NoDisplay> {
    #[cfg(target_os = "linux")]
    {
        let wayland = linux::wayland_answers();
        let x11 = linux::x11_answers();
        let machine = linux::Libraries::of_this_machine();
        linux::judge(wayland, x11, &|name| machine.has(name))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let is_remote = std::env::var_os("SSH_CONNECTION").is_some();
        judge_remote(OS, is_remote, is_owner_of_console())
    }
}

/// Whether the user of this program is logged in to the desktop: macOS gives them the console, and gives it to root
/// while nobody is logged in.
#[cfg(not(target_os = "linux"))]
fn is_owner_of_console() -> bool {
    let owner = |path: &std::path::Path| path.metadata().ok();
    let home = std::env::home_dir().as_deref().and_then(owner);
    match (owner(std::path::Path::new("/dev/console")), home) {
        (Some(console), Some(home)) => super::disk::same_owner(&console, &home),
        // Nothing is known, so nothing is refused.
        (None, _) | (_, None) => true,
    }
}

/// Whether a window can be opened over ssh. A forwarded display (`ssh -X`) helps on Linux alone: elsewhere, the window
/// is one of the system's own.
#[cfg(any(test, not(target_os = "linux")))]
fn judge_remote(os: Os, is_remote: bool, is_at_desktop: bool) -> Result<(), NoDisplay> {
    if os != Os::Mac || !is_remote || is_at_desktop {
        return Ok(());
    }
    Err(NoDisplay {
        headline: "Over ssh, a window needs you to be logged in to the desktop of this Mac.".to_owned(),
        hint: "Log in to the desktop, or use the command line: export-desk practice --tour, or export-desk --help."
            .to_owned(),
    })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::TcpStream;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixStream};
    use std::path::{Path, PathBuf};

    use super::NoDisplay;

    /// A library that is loaded at run time, and Debian's package for it.
    const X11: [(&str, &str); 4] = [
        ("libX11.so.6", "libx11-6"),
        ("libXcursor.so.1", "libxcursor1"),
        ("libXi.so.6", "libxi6"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ];
    const WAYLAND: [(&str, &str); 2] =
        [("libwayland-client.so.0", "libwayland-client0"), ("libxkbcommon.so.0", "libxkbcommon0")];

    /// `Some(true)` if a display is configured and answers, `None` if none is configured.
    type Answers = Option<bool>;

    pub(super) fn judge(wayland: Answers, x11: Answers, has: &dyn Fn(&str) -> bool) -> Result<(), NoDisplay> {
        let needed: &[(&str, &str)] = match (wayland, x11) {
            (Some(true), _) => &WAYLAND,
            (_, Some(true)) => &X11,
            (None, None) => {
                return Err(error(
                    "There is no display: neither WAYLAND_DISPLAY nor DISPLAY is set.",
                    "Use the command line instead: export-desk practice --tour, or export-desk --help.",
                ));
            }
            (Some(false), _) | (_, Some(false)) => {
                return Err(error(
                    "The display that WAYLAND_DISPLAY or DISPLAY names does not answer.",
                    "Log in to a desktop, or use the command line: export-desk --help.",
                ));
            }
        };
        let missing: Vec<_> = needed.iter().filter(|(library, _)| !has(library)).collect();
        if !missing.is_empty() {
            let libraries: Vec<_> = missing.iter().map(|(library, _)| *library).collect();
            let packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
            return Err(error(
                &format!("A window needs {}, which is not installed.", libraries.join(", ")),
                &format!("Install it (Debian: apt install {}).", packages.join(" ")),
            ));
        }
        if has("libGL.so.1") || has("libEGL.so.1") {
            return Ok(());
        }
        Err(error(
            "A window needs OpenGL, which is not installed.",
            "Install it (Debian: apt install libgl1 libgl1-mesa-dri).",
        ))
    }

    fn error(headline: &str, hint: &str) -> NoDisplay {
        NoDisplay { headline: headline.to_owned(), hint: hint.to_owned() }
    }

    pub(super) fn wayland_answers() -> Answers {
        let name = std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty())?;
        let path = PathBuf::from(&name);
        let path = if path.is_absolute() {
            path
        } else {
            PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default()).join(path)
        };
        Some(UnixStream::connect(path).is_ok())
    }

    pub(super) fn x11_answers() -> Answers {
        let name = std::env::var("DISPLAY").ok().filter(|name| !name.is_empty())?;
        Some(x11_at(&name))
    }

    /// `:99`, `:0.0`, `unix:1`, `host:10.0`.
    fn x11_at(name: &str) -> bool {
        let Some((host, rest)) = name.rsplit_once(':') else { return false };
        let number = rest.split('.').next().unwrap_or_default();
        let Ok(number) = number.parse::<u16>() else { return false };
        if host.is_empty() || host == "unix" {
            let path = format!("/tmp/.X11-unix/X{number}");
            let hidden = SocketAddr::from_abstract_name(path.as_bytes());
            return UnixStream::connect(&path).is_ok()
                || hidden.is_ok_and(|address| UnixStream::connect_addr(&address).is_ok());
        }
        if host.starts_with('/') {
            return UnixStream::connect(name).is_ok();
        }
        TcpStream::connect((host, 6000_u16.saturating_add(number))).is_ok()
    }

    /// Where the dynamic loader searches.
    pub(super) struct Libraries {
        folders: Vec<PathBuf>,
        /// The loader's cache, searched as bytes: the names in the cache end with a zero byte.
        cache: Vec<u8>,
    }

    impl Libraries {
        pub(super) fn of_this_machine() -> Self {
            let mut folders: Vec<PathBuf> =
                std::env::var_os("LD_LIBRARY_PATH").iter().flat_map(std::env::split_paths).collect();
            for root in ["/lib", "/usr/lib", "/usr/local/lib"] {
                folders.extend([root.into(), format!("{root}64").into()]);
                // Debian's multiarch folders: x86_64-linux-gnu, aarch64-linux-gnu.
                let inner = std::fs::read_dir(root).into_iter().flatten().flatten();
                folders
                    .extend(inner.map(|e| e.path()).filter(|p| p.to_string_lossy().contains("-linux-gnu")));
            }
            Self { folders, cache: std::fs::read("/etc/ld.so.cache").unwrap_or_default() }
        }

        pub(super) fn has(&self, name: &str) -> bool {
            self.folders.iter().any(|folder: &PathBuf| Path::new(folder).join(name).exists())
                || self.in_cache(name)
        }

        /// The cache may name a deleted file; the path that follows the name in the cache tells.
        fn in_cache(&self, name: &str) -> bool {
            let ending = format!("/{name}\0");
            let found = self.cache.windows(ending.len()).position(|window| window == ending.as_bytes());
            let Some(at) = found else { return false };
            let start = self.cache[..at].iter().rposition(|byte| *byte == 0).map_or(0, |zero| zero + 1);
            let path = String::from_utf8_lossy(&self.cache[start..at + ending.len() - 1]).into_owned();
            Path::new(&path).exists()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn all(_: &str) -> bool {
            true
        }

        #[test]
        fn without_a_display_the_command_line_is_named() {
            let error = judge(None, None, &all).unwrap_err();
            assert!(error.headline.contains("no display"));
            assert!(error.hint.contains("practice --tour"));
            assert!(judge(None, Some(false), &all).is_err());
            assert!(judge(Some(false), None, &all).is_err());
        }

        #[test]
        fn a_missing_library_is_named_with_its_package() {
            let has = |name: &str| name != "libxkbcommon-x11.so.0";
            let error = judge(None, Some(true), &has).unwrap_err();
            assert!(error.headline.contains("libxkbcommon-x11.so.0"), "{error:?}");
            assert!(error.hint.contains("apt install libxkbcommon-x11-0"), "{error:?}");
            assert!(judge(Some(true), None, &has).is_ok(), "Wayland does not need it");
        }

        #[test]
        fn either_of_the_libraries_of_opengl_is_enough() {
            for library in ["libGL.so.1", "libEGL.so.1"] {
                let has = |name: &str| {
                    name == library || !(name.starts_with("libGL") || name.starts_with("libEGL"))
                };
                assert!(judge(None, Some(true), &has).is_ok(), "{library}");
            }
            let none = |name: &str| !name.starts_with("libGL") && !name.starts_with("libEGL");
            let error = judge(None, Some(true), &none).unwrap_err();
            assert!(error.hint.contains("libgl1"), "{error:?}");
        }

        #[test]
        fn a_dead_display_does_not_answer() {
            assert!(!x11_at(":4242"));
            assert!(!x11_at("nonsense"));
            assert!(!x11_at(":x"));
        }

        #[test]
        fn libraries_of_this_machine_are_found() {
            let machine = Libraries::of_this_machine();
            assert!(machine.has("libc.so.6"));
            assert!(!machine.has("libno-such-thing.so.1"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_ssh_a_mac_needs_its_user_at_the_desktop() {
        for (is_remote, is_at_desktop) in [(false, false), (false, true), (true, true), (true, false)] {
            let refused = Os::ALL.map(|os| judge_remote(os, is_remote, is_at_desktop).is_err());
            assert_eq!(refused, [false, is_remote && !is_at_desktop, false], "{is_remote} {is_at_desktop}");
        }
        let error = judge_remote(Os::Mac, true, false).unwrap_err();
        assert!(error.headline.contains("ssh") && error.hint.contains("practice --tour"), "{error:?}");
    }
}
