//! Whether two names are one file.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// What distinguishes a file from every other one, whatever its name. `None` where the system does not tell without
/// opening the file.
pub fn identity(facts: &Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((facts.dev(), facts.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = facts;
        None
    }
}

/// Whether both paths are names of one regular file. A link is not the file that it points to.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    let (Ok(of_a), Ok(of_b)) = (a.symlink_metadata(), b.symlink_metadata()) else { return false };
    if !of_a.is_file() || !of_b.is_file() {
        return false;
    }
    #[cfg(windows)]
    return same_file::is_same_file(a, b).unwrap_or(false);
    #[cfg(not(windows))]
    identity(&of_a).is_some_and(|a| Some(a) == identity(&of_b))
}

/// Whether `path` is a name of the open `file` itself, and not a link to it.
pub fn names_open_file(file: &File, path: &Path) -> io::Result<bool> {
    let there = match path.symlink_metadata() {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if !there.is_file() {
        return Ok(false);
    }
    #[cfg(windows)]
    return Ok(same_file::Handle::from_path(path)? == same_file::Handle::from_file(file.try_clone()?)?);
    #[cfg(not(windows))]
    Ok(identity(&there) == identity(&file.metadata()?))
}

/// Whether both belong to the same user. On Windows, each user has folders of their own.
pub fn same_owner(a: &Metadata, b: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        a.uid() == b.uid()
    }
    #[cfg(not(unix))]
    {
        let _ = (a, b);
        true
    }
}

/// Whether this is a device: one such as /dev/zero has no end.
pub fn is_device(facts: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        facts.file_type().is_char_device() || facts.file_type().is_block_device()
    }
    #[cfg(not(unix))]
    {
        let _ = facts;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_name_is_the_same_file_and_a_copy_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("a"), "bytes").unwrap();
        std::fs::copy(at("a"), at("copy")).unwrap();
        std::fs::hard_link(at("a"), at("second")).unwrap();
        assert!(is_same_file(&at("a"), &at("second")) && !is_same_file(&at("a"), &at("copy")));
        assert!(!is_same_file(&at("a"), &at("missing")) && !is_same_file(dir.path(), dir.path()));
        let file = File::open(at("a")).unwrap();
        assert!(names_open_file(&file, &at("second")).unwrap());
        assert!(
            !names_open_file(&file, &at("copy")).unwrap() && !names_open_file(&file, &at("none")).unwrap()
        );
        let facts = dir.path().metadata().unwrap();
        assert!(same_owner(&facts, &facts) && !is_device(&facts));
    }
}
