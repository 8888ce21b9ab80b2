//! One integration binary: `cargo test --test it`.
//!
//! The real engine and the real program against the practice GitLab, over real HTTP. What a test needs of
//! the machine (a display, a Vulkan adapter, a secret service) it names when it is not there; with `CI` set
//! in the environment it must be there.

mod cli;
mod crash;
mod credentials;
mod desk;
mod engine;
mod lessons;
mod tidy;
