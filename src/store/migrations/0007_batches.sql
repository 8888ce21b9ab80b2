-- Exports of many projects, requested together, and one row for each project: a `body` is JSON. The ID of a project's row is
-- that of its batch times 100,000, plus its place.

CREATE TABLE batches (
    id    INTEGER PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT;

CREATE TABLE batch_items (
    id        INTEGER PRIMARY KEY,
    batch_id  INTEGER NOT NULL REFERENCES batches (id) DEFERRABLE INITIALLY DEFERRED,
    body      TEXT NOT NULL
) STRICT;
