//! Bundles made over git's smart HTTP: against git itself, and against servers that lie.

mod cgi;
mod git;
mod hostile;
