//! Finds what an earlier try left, without opening it.

use super::identity::Identity;
use super::plan::Spans;
use super::sidecar::{self, Owner};
use super::target_file::{Found, Target, part_of, read_state, state_of, usable};

/// What an earlier try seems to have left, seen without opening or locking anything. It decides only which part the
/// first call requests.
#[derive(Debug)]
pub struct Partial {
    /// The final name that it would get.
    pub name: Option<String>,
    pub identity: Identity,
    pub done: Spans,
    pub same_run: bool,
}

impl Partial {
    pub fn is_whole(&self) -> bool {
        self.identity.total.is_some_and(|total| self.done.prefix_bytes() >= total)
    }
}

/// Searches for partial files of this owner at a target. In a folder, the name is unknown until GitLab answers, so a
/// single sidecar of ours there counts; if there are several, none does.
pub fn find(target: &Target, owner: &Owner) -> Option<Partial> {
    let states = match target {
        Target::File(path) => vec![state_of(path)],
        Target::Folder(folder) => std::fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "part-state"))
            .collect(),
    };
    let mut found = states.into_iter().filter_map(|state| {
        let path = state.with_extension("");
        let len = part_of(&path).metadata().ok()?.len();
        let (_, record) = sidecar::decode(&read_state(&state).ok()?)?;
        let found = usable(Some(record), owner, len);
        let name = path.file_name()?.to_str().map(str::to_owned);
        let Found { identity, done, same_run, .. } = found;
        (!done.is_empty()).then_some(Partial { name, identity, done, same_run })
    });
    found.next().filter(|_| found.next().is_none())
}
