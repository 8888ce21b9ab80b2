//! The differences between operating systems: files that only their owner can access, atomic replacement, syncs,
//! renames that never overwrite another program's file, and sockets between programs of one user.

pub mod disk;
pub mod limits;
pub mod local_socket;
pub mod os_text;
pub mod private_file;
pub mod terminal;
