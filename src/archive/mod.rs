//! Walks a project archive once, in constant memory, and says what it is worth. No IO but a reader.
