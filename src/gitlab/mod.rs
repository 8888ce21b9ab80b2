//! The wire: one file per endpoint, one client, one error that says whether a retry makes sense.
