//! The SQLite file: open, back up, migrate; every write is one transaction with its journal row.
