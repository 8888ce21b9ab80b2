//! One integration binary: `cargo test --test it`.
