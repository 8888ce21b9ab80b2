//! Bytes to disk: plan, transfer, judge each answer, resume, prove, rename.
