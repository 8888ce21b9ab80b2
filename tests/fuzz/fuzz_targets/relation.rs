//! The bytes of one relation's file.
#![no_main]

use std::ops::ControlFlow;

use export_desk::archive::{Limits, verify_relation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for relation in ["issues", "repository", "uploads"] {
        verify_relation(bytes, relation, &Limits::default(), &mut |_progress| ControlFlow::Continue(())).unwrap();
    }
});
