//! A database of the version before.
