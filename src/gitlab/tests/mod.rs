//! The client over real sockets, against servers that answer exactly what a test wants.

mod any_input;
mod certificates;
mod credentials;
mod endpoints;
mod failures;
mod files;
mod origin;
mod sections;
