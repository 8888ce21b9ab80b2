//! Pictures made by hand, for the tests of the views.
