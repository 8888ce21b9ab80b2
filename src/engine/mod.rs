//! One thread that owns all state: commands in, snapshots out.
