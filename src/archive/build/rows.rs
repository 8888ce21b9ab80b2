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

/// The line of a branch without its deploy-key rows, otherwise byte for byte unchanged, and how many rows were removed.
/// `rows` has how many there are of each branch; what was removed is subtracted, so that the rest can be told.
pub(super) fn without_keys(line: &str, rows: &mut BTreeMap<String, u64>) -> (String, u64) {
    let as_it_was = || (line.to_owned(), 0);
    let Ok(Branch { name, push_access_levels: Some(levels) }) = serde_json::from_str(line) else {
        return as_it_was();
    };
    let Some(left) = rows.get_mut(&name) else { return as_it_was() };
    let wanted = *left;
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
    *left -= dropped;
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
        let mut wanted = rows(1);
        let (line, dropped) = without_keys(LINE, &mut wanted);
        assert_eq!((dropped, &wanted["main"]), (1, &0));
        assert_eq!(
            line,
            "{\"name\":\"main\",\"push_access_levels\":[{\"access_level\":40,\"group_id\":null},\
             {\"access_level\":30},{\"access_level\":40,\"user_id\":7}],\"x\": 1}\n"
        );
        // A user's own row is never removed, however many keys there are. The rest is told.
        let mut many = rows(9);
        assert_eq!((without_keys(LINE, &mut many).1, many["main"]), (2, 7));
        let mut other = BTreeMap::from([("other".to_owned(), 1)]);
        assert_eq!(without_keys(LINE, &mut other), (LINE.to_owned(), 0));
        assert_eq!(other["other"], 1, "its line did not come");
        assert_eq!(without_keys("no object", &mut wanted), ("no object".to_owned(), 0));
    }
}
