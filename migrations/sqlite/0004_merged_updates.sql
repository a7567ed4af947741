ALTER TABLE updates ADD COLUMN first_seq INTEGER CHECK (first_seq > 0 AND first_seq < seq);

CREATE TABLE thinnings (
    document_id  BLOB     NOT NULL PRIMARY KEY,
    thinned_at   INTEGER  NOT NULL,
    policy       TEXT     NOT NULL
) STRICT, WITHOUT ROWID;
