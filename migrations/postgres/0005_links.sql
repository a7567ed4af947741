CREATE TABLE links (
    document_id   BYTEA   NOT NULL,
    id            TEXT    NOT NULL,
    access        TEXT    NOT NULL,
    made_by       TEXT,
    made_by_name  TEXT,
    parent        TEXT,
    made_at       BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    PRIMARY KEY (document_id, id)
);
