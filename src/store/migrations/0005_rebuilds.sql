-- Archives that are rebuilt from relations exports: a `body` is the JSON of the whole job, as for the other kinds.

CREATE TABLE rebuilds (
    id       INTEGER PRIMARY KEY,
    case_id  INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    body     TEXT NOT NULL
) STRICT;
