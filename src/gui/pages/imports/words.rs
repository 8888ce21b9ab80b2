//! The engine's hints name the options of the command line; in the window the controls have other names.

use std::borrow::Cow;

use crate::case::Trouble;

/// An option of the command line, and what a person does here instead. Longer ones first.
const HERE: [(&str, &str); 14] = [
    ("--overwrite --yes-delete ", "tick the deletion and type "),
    ("To send it all the same: --anyway.", "To send it all the same: tick “Send it anyway”."),
    ("to ask GitLab all the same: --anyway", "to ask GitLab all the same, tick “Send it anyway”"),
    (
        "with --retry-upload this program does so by itself",
        "tick “Send again by itself” for that to happen without asking",
    ),
    (
        "Use `import relation FILE --project PROJECT --relation NAME` with the archive.",
        "Begin a new import of one relation, with the archive.",
    ),
    ("use `import remote`", "import from a URL"),
    ("`import remote` from object storage avoids", "importing from a URL in object storage avoids"),
    ("with `check`", "in the settings"),
    ("name it with --path, and the group with --namespace", "the group has a field of its own"),
    ("repeat its full path: --yes-delete ", "type its full path: "),
    ("--path", "path"),
    ("--namespace", "group"),
    ("--name", "name"),
    ("--anyway", "“Send it anyway”"),
];

/// A sentence of the engine's, in the window's words.
pub fn in_window(text: &str) -> Cow<'_, str> {
    let mut words = Cow::Borrowed(text);
    for (option, here) in HERE {
        if words.contains(option) {
            words = Cow::Owned(words.replace(option, here));
        }
    }
    words
}

/// A trouble of the engine's, in the window's words.
pub fn trouble_in_window(trouble: &Trouble) -> Trouble {
    Trouble {
        headline: in_window(&trouble.headline).into_owned(),
        hint: in_window(&trouble.hint).into_owned(),
        ..trouble.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sources of the engine's sentences about imports.
    const SOURCES: [&str; 6] = [
        include_str!("../../../engine/jobs/import/begin.rs"),
        include_str!("../../../engine/jobs/import/explain.rs"),
        include_str!("../../../engine/jobs/import/remote.rs"),
        include_str!("../../../engine/jobs/import/target.rs"),
        include_str!("../../../engine/jobs/import/upload.rs"),
        include_str!("../../../engine/jobs/import/verify.rs"),
    ];

    #[test]
    fn no_option_of_the_command_line_is_named_in_the_window() {
        let mut looked_at = 0;
        for source in SOURCES {
            // Sentences may go on over a line's end.
            let joined = source.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
            for text in joined.split('"').filter(|text| text.contains("--") || text.contains("`import ")) {
                looked_at += 1;
                let here = in_window(text);
                assert!(!here.contains("--") && !here.contains("`import "), "{here}");
            }
        }
        assert!(looked_at >= 8, "only {looked_at} sentences were looked at");
    }
}
