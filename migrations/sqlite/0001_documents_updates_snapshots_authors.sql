CREATE TABLE documents (
    id          BLOB     NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name        TEXT     NOT NULL UNIQUE,
    kind        TEXT     NOT NULL DEFAULT 'any' CHECK (kind IN ('document', 'whiteboard', 'any')),
    title       TEXT,
    search      TEXT     NOT NULL,
    created_at  INTEGER  NOT NULL,
    updated_at  INTEGER  NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE INDEX documents_by_activity ON documents (updated_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE updates (
    document_id  BLOB     NOT NULL,
    writer       INTEGER  NOT NULL CHECK (writer > 0),
    seq          INTEGER  NOT NULL CHECK (seq > 0),
    received_at  INTEGER  NOT NULL,
    author       TEXT,
    payload      BLOB     NOT NULL,
    PRIMARY KEY (document_id, writer, seq)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the number of a pruned snapshot is never given out again, so a link to a version stays dead.
-- The large columns come last: what precedes them is read without following overflow pages.
CREATE TABLE snapshots (
    id                 INTEGER  PRIMARY KEY AUTOINCREMENT,
    document_id        BLOB     NOT NULL REFERENCES documents (id),
    taken_at           INTEGER  NOT NULL,
    kind               TEXT     NOT NULL CHECK (kind IN ('auto', 'named', 'restore')),
    label              TEXT,
    author             TEXT,
    updates_covered    INTEGER  NOT NULL,
    quarantined_at     INTEGER,
    quarantine_reason  TEXT,
    checksum           BLOB     NOT NULL,
    frontier           BLOB     NOT NULL,
    state              BLOB     NOT NULL,
    CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL))
) STRICT;

CREATE INDEX snapshots_by_document ON snapshots (document_id, id DESC);

CREATE TABLE authors (
    document_id  BLOB     NOT NULL,
    client_id    INTEGER  NOT NULL,
    user_id      TEXT,
    name         TEXT     NOT NULL,
    color        TEXT     NOT NULL,
    first_seen   INTEGER  NOT NULL,
    PRIMARY KEY (document_id, client_id)
) STRICT, WITHOUT ROWID;
