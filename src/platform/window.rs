//! How windows differ.

use std::process::Command;

use super::os::{OS, Os};

/// Whether the window brings its own icon. On macOS the app's icon is sharper than ours, and a window's icon would
/// replace it in the Dock.
pub fn has_own_icon() -> bool {
    has_own_icon_on(OS)
}

fn has_own_icon_on(os: Os) -> bool {
    os != Os::Mac
}

/// Whether a window may open where it was closed. Windows opens it there even if that monitor is gone, where nobody
/// sees it; the other systems move it onto a monitor.
pub fn keeps_position() -> bool {
    keeps_position_on(OS)
}

fn keeps_position_on(os: Os) -> bool {
    os != Os::Windows
}

/// Whether an error of the start must be shown in a dialog. A program from the Dock or the start menu has no
/// terminal, and on Linux the desktop keeps what it prints.
pub fn shows_start_errors() -> bool {
    shows_start_errors_on(OS, std::io::IsTerminal::is_terminal(&std::io::stderr()))
}

fn shows_start_errors_on(os: Os, has_terminal: bool) -> bool {
    os != Os::Linux && !has_terminal
}

/// What draws the window, and what is tried where that fails. On Linux, every desktop has OpenGL, and on software
/// rendering it shows the first picture in half the time that Vulkan takes. macOS wants Metal, and Windows without a
/// driver draws only by DirectX: both are behind `wgpu`, which is not compiled on Linux.
pub fn renderers() -> &'static [&'static str] {
    renderers_of(OS)
}

fn renderers_of(os: Os) -> &'static [&'static str] {
    match os {
        Os::Linux => &["glow"],
        Os::Mac | Os::Windows => &["wgpu", "glow"],
    }
}

/// A helper program of the system; on Windows, no console opens for it beside the window.
pub fn without_console(command: &mut Command) -> &mut Command {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        /// `CREATE_NO_WINDOW`.
        const NO_CONSOLE: u32 = 0x0800_0000;
        command.creation_flags(NO_CONSOLE);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_the_window_that_it_shows_best() {
        assert_eq!(Os::ALL.map(has_own_icon_on), [true, false, true]);
        assert_eq!(Os::ALL.map(keeps_position_on), [true, true, false]);
        assert_eq!(Os::ALL.map(|os| shows_start_errors_on(os, false)), [false, true, true]);
        assert_eq!(Os::ALL.map(|os| shows_start_errors_on(os, true)), [false; 3]);
        assert_eq!(Os::ALL.map(|os| renderers_of(os)[0]), ["glow", "wgpu", "wgpu"]);
    }
}
