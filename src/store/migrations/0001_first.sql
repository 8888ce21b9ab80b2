-- Times are UTC milliseconds, sizes are bytes. A `body` is the JSON of the whole row type; the columns beside
-- it are what queries and people look for. No token is ever written here.

CREATE TABLE instances (
    url          TEXT PRIMARY KEY,
    label        TEXT NOT NULL,
    known        TEXT,
    added_at_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE cases (
    id                         INTEGER PRIMARY KEY,
    instance                   TEXT NOT NULL,
    ticket_id                  INTEGER,
    project_id                 INTEGER,
    project_path               TEXT,
    stage                      TEXT NOT NULL,
    created_at_ms              INTEGER NOT NULL,
    closed_at_ms               INTEGER,
    archived                   INTEGER NOT NULL,
    private_data_deleted_at_ms INTEGER,
    revision                   INTEGER NOT NULL,
    body                       TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    id             INTEGER PRIMARY KEY,
    instance       TEXT NOT NULL,
    project_id     INTEGER NOT NULL,
    project_path   TEXT NOT NULL,
    case_id        INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    phase          TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    ended_at_ms    INTEGER,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX runs_of_case ON runs (case_id);

CREATE TABLE transfers (
    id             INTEGER PRIMARY KEY,
    instance       TEXT NOT NULL,
    project        TEXT NOT NULL,
    project_id     INTEGER,
    run_id         INTEGER REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    case_id        INTEGER REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    target_path    TEXT NOT NULL,
    state          TEXT NOT NULL,
    bytes          INTEGER NOT NULL,
    total_bytes    INTEGER,
    sha256         TEXT,
    verdict        TEXT,
    detail         TEXT,
    report         TEXT,
    receipt        TEXT,
    created_at_ms  INTEGER NOT NULL,
    ended_at_ms    INTEGER
) STRICT;
CREATE INDEX transfers_of_case ON transfers (case_id);

CREATE TABLE settings (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT;

-- The ledger of one-time offers. A line may learn the project's number and path; it is never taken away.
CREATE TABLE offers (
    id               INTEGER PRIMARY KEY,
    at_ms            INTEGER NOT NULL,
    case_id          INTEGER NOT NULL REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
    instance         TEXT NOT NULL,
    project_id       INTEGER,
    project_path     TEXT,
    ticket_url       TEXT,
    ticket_id        INTEGER,
    sent_by          TEXT,
    override_reason  TEXT
) STRICT;
CREATE INDEX offers_of_case ON offers (case_id);
CREATE TRIGGER offers_stay BEFORE DELETE ON offers
BEGIN
    SELECT RAISE(ABORT, 'a line of the ledger is never deleted');
END;
CREATE TRIGGER offers_only_learn BEFORE UPDATE ON offers
WHEN NOT (
    NEW.id IS OLD.id AND NEW.at_ms IS OLD.at_ms AND NEW.case_id IS OLD.case_id AND NEW.instance IS OLD.instance
    AND NEW.ticket_url IS OLD.ticket_url AND NEW.ticket_id IS OLD.ticket_id
    AND NEW.sent_by IS OLD.sent_by AND NEW.override_reason IS OLD.override_reason
)
BEGIN
    SELECT RAISE(ABORT, 'a line of the ledger is never changed');
END;

-- The audit trail. `hash` covers the row and the hash before it, and of the body its salted hash only, so that
-- the private data of a case can be blanked (body and salt become NULL) and the chain still proves.
CREATE TABLE journal (
    seq        INTEGER PRIMARY KEY,
    at_ms      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    case_id    INTEGER,
    run_id     INTEGER,
    body       TEXT,
    salt       BLOB,
    body_hash  BLOB NOT NULL,
    prev_hash  BLOB NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE INDEX journal_of_case ON journal (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX journal_of_run ON journal (run_id, seq) WHERE run_id IS NOT NULL;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'a line of the journal is never deleted');
END;
-- The one permitted change: blanking a line of a case whose private data is deleted, the offers excepted.
CREATE TRIGGER journal_only_blanks BEFORE UPDATE ON journal
WHEN NOT (
    NEW.body IS NULL AND NEW.salt IS NULL
    AND NEW.seq IS OLD.seq AND NEW.at_ms IS OLD.at_ms AND NEW.kind IS OLD.kind
    AND NEW.case_id IS OLD.case_id AND NEW.run_id IS OLD.run_id
    AND NEW.body_hash IS OLD.body_hash AND NEW.prev_hash IS OLD.prev_hash AND NEW.hash IS OLD.hash
    AND OLD.kind <> 'offer_sent'
    AND EXISTS (
        SELECT 1 FROM cases WHERE id = OLD.case_id AND private_data_deleted_at_ms IS NOT NULL
    )
)
BEGIN
    SELECT RAISE(ABORT, 'a line of the journal is never changed');
END;

-- Where the chain ends, so that rows cut off at the end are missed.
CREATE TABLE journal_head (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq       INTEGER NOT NULL,
    hash      BLOB NOT NULL
) STRICT;
INSERT INTO journal_head (only_row, seq, hash) VALUES (1, 0, zeroblob(32));
