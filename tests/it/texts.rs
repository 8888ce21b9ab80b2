//! The folder of templates must match the kinds of text. Tested here, because `texts` itself reads no files.

use std::fs;
use std::path::Path;

use export_desk::texts::TextKind;

#[test]
fn the_folder_holds_one_template_for_each_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/texts");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    let mut expected: Vec<(String, String)> = TextKind::ALL
        .iter()
        .map(|kind| (format!("{}.md", kind.as_str()), kind.template().to_owned()))
        .collect();
    expected.sort();
    assert_eq!(files, expected);
}
