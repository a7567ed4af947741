CREATE TABLE documents (
    id          BYTEA   PRIMARY KEY CHECK (octet_length(id) = 16),
    name        TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL DEFAULT 'any' CHECK (kind IN ('document', 'whiteboard', 'any')),
    title       TEXT,
    search      TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    deleted_at  BIGINT
);

CREATE INDEX documents_by_activity ON documents (updated_at DESC, id DESC) WHERE deleted_at IS NULL;

CREATE TABLE updates (
    document_id  BYTEA   NOT NULL,
    writer       BIGINT  NOT NULL CHECK (writer > 0),
    seq          BIGINT  NOT NULL CHECK (seq > 0),
    received_at  BIGINT  NOT NULL,
    author       TEXT,
    payload      BYTEA   NOT NULL,
    PRIMARY KEY (document_id, writer, seq)
);

CREATE TABLE snapshots (
    id                 BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id        BYTEA   NOT NULL REFERENCES documents (id),
    taken_at           BIGINT  NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('auto', 'named', 'restore')),
    label              TEXT,
    author             TEXT,
    updates_covered    BIGINT  NOT NULL,
    quarantined_at     BIGINT,
    quarantine_reason  TEXT,
    checksum           BYTEA   NOT NULL,
    frontier           BYTEA   NOT NULL,
    state              BYTEA   NOT NULL,
    CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL))
);

ALTER TABLE snapshots ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE INDEX snapshots_by_document ON snapshots (document_id, id DESC);

CREATE TABLE authors (
    document_id  BYTEA   NOT NULL,
    client_id    BIGINT  NOT NULL,
    user_id      TEXT,
    name         TEXT    NOT NULL,
    color        TEXT    NOT NULL,
    first_seen   BIGINT  NOT NULL,
    PRIMARY KEY (document_id, client_id)
);
