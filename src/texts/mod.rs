//! Macros, issue templates and reports, rendered from the facts of a case.
