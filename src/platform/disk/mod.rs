//! The file system: positioned reads and writes, private modes, free space, syncs, locks, renames that replace nothing.

mod backup;
mod identity;
mod lock;
mod new_folders;
mod open;
mod paths;
mod positioned;
mod rename;
mod space;
mod support;
mod sync;

pub use backup::Backups;
#[cfg(unix)]
pub use backup::is_left_out_of_backups;
pub use identity::{identity, is_device, is_same_file, names_open_file, same_owner};
pub use lock::{Lock, lock, reads_locked_files};
pub use new_folders::{NewFolders, try_folder};
pub use open::{
    append_private, begins_with, create_folder, create_new_folder, create_private, is_private, nameless_file,
    open_made_private, open_private, read_short, remove_if_there, temporary_file,
};
pub use paths::{folder_of, unfinished_beside, with_suffix};
pub use positioned::{read_at, write_at};
pub use rename::{rename_no_replace, rename_open_no_replace, rename_over, rename_to_free};
pub use space::{Space, nearest_folder};
pub use sync::{sync_all, sync_data, sync_folder};
