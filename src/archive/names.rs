//! Names of members: normalised and judged.

/// A member's name as the rest of the verification uses it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Without `./` and doubled slashes; lossy where it is not UTF-8, and without control characters, so that it
    /// can be printed.
    pub shown: String,
    /// Why `tar` or the importer would not extract it, if so.
    pub unsafe_because: Option<&'static str>,
}

impl Name {
    pub(super) fn of(raw: &[u8]) -> Self {
        let parts = || raw.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
        let unsafe_because = if raw.is_empty() {
            Some("has no name")
        } else if raw.starts_with(b"/") {
            Some("has an absolute path")
        } else if raw.contains(&0) {
            Some("has a NUL in its name")
        } else if parts().any(|part| part == b"..") {
            Some("has `..` in its path")
        } else {
            None
        };
        let mut shown = String::with_capacity(raw.len());
        if raw.starts_with(b"/") {
            shown.push('/');
        }
        for (index, part) in parts().enumerate() {
            if index > 0 {
                shown.push('/');
            }
            let text = String::from_utf8_lossy(part);
            shown.extend(text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }));
        }
        Self { shown, unsafe_because }
    }
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
            assert_eq!(Name::of(raw), Name { shown: shown.into(), unsafe_because: None });
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_unsafe() {
        for raw in [&b"/etc/passwd"[..], b"../x", b"./a/../b", b"a/..", b"a\0b", b""] {
            assert!(Name::of(raw).unsafe_because.is_some(), "{:?}", String::from_utf8_lossy(raw));
        }
        assert_eq!(Name::of(b"/etc/passwd").shown, "/etc/passwd");
    }
}
