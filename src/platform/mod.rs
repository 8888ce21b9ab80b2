//! The differences between the operating systems: files for their owner alone, replaced as a whole, synced, never
//! written over what somebody else put there.

pub mod disk;
pub mod limits;
pub mod private_file;
