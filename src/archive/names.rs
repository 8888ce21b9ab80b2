//! Normalises and checks the names of members.

/// Longest path that Linux knows (`PATH_MAX`).
const MAX_PATH_BYTES: usize = 4096;

/// Longest name of one file or folder that Linux knows (`NAME_MAX`).
const MAX_PART_BYTES: usize = 255;

/// The maximum number of bytes of a name in a sentence or a list.
const MAX_SHOWN_BYTES: usize = 300;

/// Why a member is not extracted to the path of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misplaced {
    /// `tar` removes the leading slash.
    Absolute,
    /// `tar` skips the member.
    Outside(&'static str),
    /// No file system accepts the name.
    TooLong,
}

/// A member's name as the rest of the verification uses it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The name without `./` and doubled slashes; lossy if it is not UTF-8, and without control characters, so that
    /// it can be printed. A name that is too long is cut.
    pub shown: String,
    pub misplaced: Option<Misplaced>,
}

impl Name {
    pub(super) fn of(raw: &[u8]) -> Self {
        let parts = || raw.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
        let misplaced = if raw.is_empty() {
            Some(Misplaced::Outside("has no name"))
        } else if raw.contains(&0) {
            Some(Misplaced::Outside("has a NUL in its name"))
        } else if parts().any(|part| part == b"..") {
            Some(Misplaced::Outside("has `..` in its path"))
        } else if raw.len() > MAX_PATH_BYTES || parts().any(|part| part.len() > MAX_PART_BYTES) {
            Some(Misplaced::TooLong)
        } else if raw.starts_with(b"/") {
            Some(Misplaced::Absolute)
        } else {
            None
        };
        let mut shown = String::with_capacity(raw.len().min(MAX_PATH_BYTES));
        if raw.starts_with(b"/") {
            shown.push('/');
        }
        for (index, part) in parts().enumerate() {
            if index > 0 {
                shown.push('/');
            }
            if shown.len() > MAX_PATH_BYTES {
                break;
            }
            let text = String::from_utf8_lossy(&part[..part.len().min(MAX_PATH_BYTES)]);
            shown.extend(text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }));
        }
        if misplaced == Some(Misplaced::TooLong) {
            shown = shortened(&shown);
        }
        Self { shown, misplaced }
    }

    /// Where `tar` extracts the member to; `None` if it does not.
    pub(super) fn extracted(&self) -> Option<&str> {
        match self.misplaced {
            None => Some(&self.shown),
            Some(Misplaced::Absolute) => Some(&self.shown[1..]),
            Some(Misplaced::Outside(_) | Misplaced::TooLong) => None,
        }
    }
}

/// A name for a sentence or a list: a long one without its middle.
pub(super) fn shortened(name: &str) -> String {
    if name.len() <= MAX_SHOWN_BYTES {
        return name.to_owned();
    }
    let head = name.floor_char_boundary(MAX_SHOWN_BYTES / 2);
    let tail = name.ceil_char_boundary(name.len() - MAX_SHOWN_BYTES / 2);
    format!("{}…{}", &name[..head], &name[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (raw, shown) in [
            (&b"./VERSION"[..], "VERSION"),
            (b"././tree//project.json", "tree/project.json"),
            (b"./uploads/", "uploads"),
            (b"./", ""),
            (b"caf\xe9\x1b[2J", "caf\u{fffd}\u{fffd}[2J"),
            ("uploads/café.png".as_bytes(), "uploads/café.png"),
            (b"a/..b/c..", "a/..b/c.."),
        ] {
            assert_eq!(Name::of(raw), Name { shown: shown.into(), misplaced: None });
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_misplaced() {
        for raw in [&b"../x"[..], b"./a/../b", b"a/..", b"a\0b", b""] {
            let name = Name::of(raw);
            assert!(
                matches!(name.misplaced, Some(Misplaced::Outside(_))),
                "{:?}",
                String::from_utf8_lossy(raw)
            );
            assert_eq!(name.extracted(), None);
        }
        let absolute = Name::of(b"//etc/passwd");
        assert_eq!((absolute.shown.as_str(), absolute.extracted()), ("/etc/passwd", Some("etc/passwd")));
    }

    #[test]
    fn a_name_longer_than_a_file_system_allows_is_shortened() {
        let part = "é".repeat(127);
        assert_eq!(Name::of(part.as_bytes()).misplaced, None);
        for raw in [format!("{part}ab"), format!("{part}/").repeat(17), "x".repeat(1 << 20)] {
            let name = Name::of(raw.as_bytes());
            assert_eq!((name.misplaced, name.extracted()), (Some(Misplaced::TooLong), None));
            assert!(
                name.shown.len() <= MAX_SHOWN_BYTES + 3
                    && raw.starts_with(name.shown.split('…').next().unwrap())
            );
        }
    }
}
