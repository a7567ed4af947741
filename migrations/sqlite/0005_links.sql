CREATE TABLE links (
    document_id   BLOB     NOT NULL,
    id            TEXT     NOT NULL,
    access        TEXT     NOT NULL,
    made_by       TEXT,
    made_by_name  TEXT,
    parent        TEXT,
    made_at       INTEGER  NOT NULL,
    expires_at    INTEGER  NOT NULL,
    PRIMARY KEY (document_id, id)
) STRICT, WITHOUT ROWID;
