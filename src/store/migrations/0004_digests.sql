-- A digest of every row that `Store::commit` wrote, so that the audit sees a row that another program changed. `seq` is the
-- last line of the journal at that time. A later migration that changes a table sets `tables_digested` to 0: the next start
-- then computes the digests again.

CREATE TABLE row_digests (
    of_table  TEXT NOT NULL,
    row_key   TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    digest    BLOB NOT NULL,
    PRIMARY KEY (of_table, row_key)
) STRICT, WITHOUT ROWID;

ALTER TABLE journal_head ADD COLUMN tables_digested INTEGER NOT NULL DEFAULT 0;
