//! The main pages as pictures, dark and light.
