-- Relations exports and imports: a `body` is the JSON of the whole row type, as in 0001. No key, token or signed
-- query is ever written here.

CREATE TABLE relations_runs (
    id             INTEGER PRIMARY KEY,
    instance       TEXT NOT NULL,
    project_id     INTEGER NOT NULL,
    project_path   TEXT NOT NULL,
    case_id        INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    created_at_ms  INTEGER NOT NULL,
    ended_at_ms    INTEGER,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX relations_runs_of_case ON relations_runs (case_id);

CREATE TABLE imports (
    id             INTEGER PRIMARY KEY,
    instance       TEXT NOT NULL,
    target_path    TEXT NOT NULL,
    case_id        INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    created_at_ms  INTEGER NOT NULL,
    ended_at_ms    INTEGER,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX imports_of_case ON imports (case_id);
