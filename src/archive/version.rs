//! VERSION, as `VersionChecker` and `VersionInfo` read it, and which GitLab version wrote which format.

/// What GitLab has written to VERSION since 11.1, and the only thing its importer accepts.
pub(super) const FORMAT_VERSION: &str = "0.2.4";

/// The maximum length of the first line, in characters.
const MAX_CHARS: usize = 128;

/// Older versions of the format, and the GitLab versions that wrote and read them.
const OLDER: [(&str, &str); 9] = [
    ("0.2.3", "10.8 to 11.0"),
    ("0.2.2", "10.4 to 10.7"),
    ("0.2.1", "10.3"),
    ("0.2.0", "10.0 to 10.2"),
    ("0.1.8", "9.4 to 9.5"),
    ("0.1.7", "9.2 to 9.3"),
    ("0.1.6", "8.17 to 9.1"),
    ("0.1.5", "8.13 to 8.16"),
    ("0.1.4", "8.12"),
];

/// What is wrong with VERSION, with the next step; `None` if the importer accepts it.
pub(super) fn mismatch(content: &[u8]) -> Option<(String, String)> {
    let line = first_line(content);
    let found = numbers(line);
    if found == Some([0, 2, 4]) {
        return None;
    }
    let was: String =
        String::from_utf8_lossy(line).trim().chars().filter(|c| !c.is_control()).take(40).collect();
    let requires = format!("GitLab's importer needs VERSION {FORMAT_VERSION}, but the archive has \"{was}\"");
    let Some(numbers) = found else {
        let step = "Check whether somebody changed VERSION, and take the archive as GitLab made it.";
        return Some((format!("{requires}, which is not a version."), step.to_owned()));
    };
    let dotted = numbers.map(|number| number.to_string()).join(".");
    if let Some((_, gitlab)) = OLDER.iter().find(|(version, _)| *version == dotted) {
        return Some((
            format!("{requires}, which GitLab {gitlab} wrote and can read."),
            format!(
                "Import it into GitLab {gitlab}, upgrade that instance to the newest version, and export the project again there."
            ),
        ));
    }
    if numbers < [0, 2, 4] {
        return Some((
            format!("{requires}, which a GitLab before 8.12 wrote."),
            "Import it into the GitLab version that wrote it, upgrade that instance, and export the project again there."
                .to_owned(),
        ));
    }
    Some((
        format!("{requires}, which is newer than any version that Export Desk knows."),
        "Find out which GitLab wrote it, and import it there. If somebody edited VERSION, take the archive as GitLab made it."
            .to_owned(),
    ))
}

/// The first line in a form for people.
pub(super) fn shown(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    text.lines().next().unwrap_or("").trim().chars().filter(|c| !c.is_control()).collect()
}

fn first_line(content: &[u8]) -> &[u8] {
    &content[..content.iter().position(|byte| *byte == b'\n').map_or(content.len(), |at| at + 1)]
}

/// The first three numbers separated by dots, anywhere in the line. `None` if Ruby finds none, or fails on the bytes.
fn numbers(line: &[u8]) -> Option<[u64; 3]> {
    let text = std::str::from_utf8(line).ok().filter(|text| text.chars().count() <= MAX_CHARS)?;
    let starts = text.char_indices().filter(|(at, c)| {
        c.is_ascii_digit() && !text[..*at].ends_with(|before: char| before.is_ascii_digit())
    });
    starts.map(|(at, _)| &text[at..]).find_map(|rest| {
        let mut parts = rest.splitn(3, '.');
        let (major, minor, last) = (parts.next()?, parts.next()?, parts.next()?);
        let end = last.find(|c: char| !c.is_ascii_digit()).unwrap_or(last.len());
        let number = |digits: &str| {
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse().unwrap_or(u64::MAX))
        };
        Some([number(major)?, number(minor)?, number(&last[..end])?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_in_the_first_line_counts() {
        for good in [
            "0.2.4",
            "v0.2.4\n",
            "0.2.4\r\nmore",
            "0.2.4-pre",
            "  0.2.4",
            "00.02.04",
            "VERSION=0.2.4",
            "1.0.2.4",
        ] {
            let is_good = good != "1.0.2.4";
            assert_eq!(mismatch(good.as_bytes()).is_none(), is_good, "{good}");
        }
        let long = format!("{}0.2.4", "x".repeat(124));
        for bad in ["", "10.2.4", "0.2.40", &long, "\n0.2.4", "hello", "0,2,4", "0. 2.4"] {
            assert!(mismatch(bad.as_bytes()).is_some(), "{bad}");
        }
        assert!(mismatch(b"\xff0.2.4").is_some(), "Ruby matches nothing in a broken text");
        assert!(mismatch(&long.as_bytes()[1..]).is_none());
    }

    #[test]
    fn each_version_has_its_way() {
        for (version, words, step) in [
            ("0.2.3", "GitLab 10.8 to 11.0 wrote", "Import it into GitLab 10.8 to 11.0, upgrade"),
            ("0.1.8", "9.4 to 9.5", "export the project again there"),
            ("0.1.0", "before 8.12", "the GitLab version that wrote it"),
            ("0.2.5", "newer than any", "edited VERSION"),
            ("99999999999999999999999.1.1", "newer than any", "edited VERSION"),
            ("hello", "not a version", "changed VERSION"),
        ] {
            let (message, hint) = mismatch(version.as_bytes()).unwrap();
            assert!(message.contains(words) && message.contains(FORMAT_VERSION), "{message}");
            assert!(hint.contains(step), "{hint}");
        }
    }
}
