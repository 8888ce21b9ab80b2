//! The operating systems. A rule that differs between them is a function of an [`Os`], so that one system can test it
//! for all three.

/// An operating system that the program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    Linux,
    Mac,
    Windows,
}

impl Os {
    pub const ALL: [Self; 3] = [Self::Linux, Self::Mac, Self::Windows];
}

/// The system that this program runs on.
pub const OS: Os = if cfg!(target_os = "macos") {
    Os::Mac
} else if cfg!(windows) {
    Os::Windows
} else {
    Os::Linux
};
