ALTER TABLE updates ADD COLUMN first_seq BIGINT CHECK (first_seq > 0 AND first_seq < seq);

CREATE TABLE thinnings (
    document_id  BYTEA   PRIMARY KEY,
    thinned_at   BIGINT  NOT NULL,
    policy       TEXT    NOT NULL
);
