//! Makes a safe file name from a server's text: always a plain name in the folder that we chose.

/// How long a file name may be so that every common file system also accepts it with `.part-state`, the longest
/// suffix beside it.
pub const MOST_TARGET_NAME_BYTES: usize = 255 - ".part-state".len();

/// The longest cleaned name in bytes: file systems allow 255, and suffixes such as `.part-state` follow.
pub const MAX_NAME_BYTES: usize = 200;

/// Removes paths, control and direction characters, characters that Windows forbids, leading dots and reserved device
/// names, and shortens the name without losing its ending. `None` where nothing is left.
pub fn clean(raw: &str) -> Option<String> {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let kept = kept.trim_start_matches(|c: char| c == '.' || c.is_whitespace());
    let kept = kept.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    if kept.is_empty() {
        return None;
    }
    let name = if is_device(kept) { format!("_{kept}") } else { kept.to_owned() };
    Some(bounded(&name))
}

/// Like [`clean`], for an archive: a name without an archive's ending, or with the ending of this program's own files
/// beside it (`.part`, `.part-state`, `.damaged`), gets an archive's ending.
pub fn of_archive(raw: &str) -> Option<String> {
    let name = clean(raw)?;
    let lower = name.to_ascii_lowercase();
    if [".gz", ".tgz"].iter().any(|ending| lower.ends_with(ending)) {
        return Some(name);
    }
    clean(&format!("{name}.tar.gz"))
}

/// Invisible characters that change how a name reads (bidirectional overrides, zero width).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|n| {
            let mut digits = n.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

/// Splits `archive.tar.gz` into `archive` and `.tar.gz`. More than 16 bytes do not count as an ending.
fn split_ending(name: &str) -> (&str, &str) {
    let dot = name.strip_suffix(".gz").and_then(|stem| stem.rfind(".tar").filter(|at| at + 4 == stem.len()));
    let dot = dot.or_else(|| name.rfind('.')).filter(|&at| at > 0 && name.len() - at <= 16);
    name.split_at(dot.unwrap_or(name.len()))
}

fn bounded(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    let mut end = MAX_NAME_BYTES - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end_matches(['.', ' ']))
}

/// `archive.tar.gz` → `archive (2).tar.gz`; number 1 is the name itself.
pub fn numbered(name: &str, number: u32) -> String {
    if number <= 1 {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    format!("{stem} ({number}){ending}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (raw, name) in [
            (
                "2026-11-21_07-03-123_group_project_export.tar.gz",
                Some("2026-11-21_07-03-123_group_project_export.tar.gz"),
            ),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\win.ini", Some("win.ini")),
            ("..", None),
            ("", None),
            ("/", None),
            (".bashrc", Some("bashrc")),
            ("...  .x", Some("x")),
            ("a\u{0}b\nc\u{202e}gz.rat", Some("abcgz.rat")),
            ("a:b*c?.gz", Some("a_b_c_.gz")),
            ("con", Some("_con")),
            ("Com1.tar.gz", Some("_Com1.tar.gz")),
            ("LPT².gz", Some("_LPT².gz")),
            ("command.gz", Some("command.gz")),
            ("name. . ", Some("name")),
        ] {
            assert_eq!(clean(raw).as_deref(), name, "{raw:?}");
        }
    }

    #[test]
    fn a_server_cannot_name_an_archive_like_something_else() {
        for (raw, name) in [
            ("x_export.tar.gz", Some("x_export.tar.gz")),
            ("labels.ndjson.GZ", Some("labels.ndjson.GZ")),
            ("a.tar.gz.part", Some("a.tar.gz.part.tar.gz")),
            ("a.tar.gz.part-state", Some("a.tar.gz.part-state.tar.gz")),
            ("a.tar.gz.damaged", Some("a.tar.gz.damaged.tar.gz")),
            ("start.sh", Some("start.sh.tar.gz")),
            ("a\u{202e}zg.rat\n.tar", Some("azg.rat.tar.tar.gz")),
            ("..", None),
        ] {
            assert_eq!(of_archive(raw).as_deref(), name, "{raw:?}");
        }
        let long = of_archive(&"ä".repeat(300)).unwrap();
        assert!(long.len() <= MAX_NAME_BYTES && long.ends_with(".tar.gz"), "{long}");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let name = clean(&format!("{}.tar.gz", "ä".repeat(300))).unwrap();
        assert!(name.len() <= MAX_NAME_BYTES && name.ends_with("ä.tar.gz"), "{name}");
        assert!(clean(&".a".repeat(300)).unwrap().len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn numbers_are_put_before_the_extension() {
        assert_eq!(numbered("a.tar.gz", 1), "a.tar.gz");
        assert_eq!(numbered("a.tar.gz", 2), "a (2).tar.gz");
        assert_eq!(numbered("a.ndjson.gz", 3), "a.ndjson (3).gz");
        assert_eq!(numbered("a", 2), "a (2)");
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(raw in any::<String>()) {
            if let Some(name) = clean(&raw) {
                prop_assert!(name.len() <= MAX_NAME_BYTES && !name.starts_with('.'));
                let mut parts = std::path::Path::new(&name).components();
                prop_assert!(matches!(parts.next(), Some(std::path::Component::Normal(_))));
                prop_assert!(parts.next().is_none());
                prop_assert_eq!(clean(&name), Some(name.clone()), "cleaning twice changes nothing");
            }
        }
    }
}
