//! The bytes of a project archive.
#![no_main]

use std::ops::ControlFlow;

use export_desk::archive::{Limits, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // An error is a reader's, and this one has none.
    verify(bytes, &Limits::default(), &mut |_progress| ControlFlow::Continue(())).unwrap();
});
