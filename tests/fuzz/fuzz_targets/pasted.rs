//! What a person pastes into the intake.
#![no_main]

use export_desk::case::{Trackers, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    drop(recognise(text, &["https://gitlab.com".to_owned()], &Trackers::default()));
});
