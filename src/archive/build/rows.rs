//! Removes the rows of deploy keys from protected branches.
//!
//! GitLab's file export omits such rows (`ExportedProtectedBranch`). The relations export contains them, but without
//! the key, so that an importer would read "Maintainers may push" where only a key may. The number of such rows per
//! branch comes from `GET /projects/:id/protected_branches`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// GitLab's number of the role Maintainer (`Gitlab::Access::MAINTAINER`).
const MAINTAINER: i64 = 40;

#[derive(Deserialize)]
struct Branch<'a> {
    name: String,
    #[serde(borrow, default)]
    push_access_levels: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    user_id: Option<i64>,
    #[serde(default)]
    group_id: Option<i64>,
    #[serde(default)]
    access_level: Option<i64>,
}

impl Row {
    /// Whether the row looks like that of a deploy key without its key.
    fn may_be_a_keys(&self) -> bool {
        self.user_id.is_none() && self.group_id.is_none() && self.access_level == Some(MAINTAINER)
    }
}

/// The line of a branch without `rows` deploy-key rows, otherwise byte for byte unchanged, and how many rows were
/// removed.
pub(super) fn without_keys(line: &str, rows: &BTreeMap<String, u64>) -> (String, u64) {
    let as_it_was = || (line.to_owned(), 0);
    let Ok(Branch { name, push_access_levels: Some(levels) }) = serde_json::from_str(line) else {
        return as_it_was();
    };
    let Some(&wanted) = rows.get(&name) else { return as_it_was() };
    let Ok(all) = serde_json::from_str::<Vec<&RawValue>>(levels.get()) else { return as_it_was() };
    let mut dropped = 0;
    let kept: Vec<&str> = all
        .iter()
        .map(|row| row.get())
        .filter(|row| {
            let goes =
                dropped < wanted && serde_json::from_str(row).is_ok_and(|row: Row| row.may_be_a_keys());
            dropped += u64::from(goes);
            !goes
        })
        .collect();
    if dropped == 0 {
        return as_it_was();
    }
    // The value is a slice of the line itself.
    let from = levels.get().as_ptr() as usize - line.as_ptr() as usize;
    let (before, after) = (&line[..from], &line[from + levels.get().len()..]);
    (format!("{before}[{}]{after}", kept.join(",")), dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":40,\"user_id\":null},\
        {\"access_level\":40,\"group_id\":null},{\"access_level\":30},{\"access_level\":40,\"user_id\":7}],\"x\": 1}\n";

    #[test]
    fn as_many_rows_are_removed_as_there_are_keys() {
        let rows = |count| BTreeMap::from([("main".to_owned(), count)]);
        let (line, dropped) = without_keys(LINE, &rows(1));
        assert_eq!(dropped, 1);
        assert_eq!(
            line,
            "{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":40,\"group_id\":null},\
             {\"access_level\":30},{\"access_level\":40,\"user_id\":7}],\"x\": 1}\n"
        );
        // A user's own row is never removed, however many keys there are.
        assert_eq!(without_keys(LINE, &rows(9)).1, 2);
        let other = BTreeMap::from([("other".to_owned(), 1)]);
        assert_eq!(without_keys(LINE, &other), (LINE.to_owned(), 0));
        assert_eq!(without_keys("no object", &rows(1)), ("no object".to_owned(), 0));
    }
}
