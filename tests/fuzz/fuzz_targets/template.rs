//! A template of a person's own.
#![no_main]

use export_desk::texts::{Handbook, TextKind, check_template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|template: &str| {
    let handbook = Handbook::built_in();
    for kind in TextKind::ALL {
        drop(check_template(kind, template, &handbook));
    }
});
