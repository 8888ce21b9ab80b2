//! A fake GitLab on loopback that behaves like the real one, faults included.
