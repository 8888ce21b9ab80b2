//! The differences between operating systems: files that only their owner can access, atomic replacement, syncs, and
//! renames that never overwrite another program's file.

pub mod disk;
pub mod limits;
pub mod private_file;
