CREATE TABLE blobs (
    document_id  BYTEA   NOT NULL REFERENCES documents (id),
    hash         BYTEA   NOT NULL CHECK (octet_length(hash) = 32),
    type         TEXT    NOT NULL,
    size         BIGINT  NOT NULL CHECK (size > 0),
    created_at   BIGINT  NOT NULL,
    author       TEXT,
    PRIMARY KEY (document_id, hash)
);

CREATE TABLE blob_pieces (
    document_id  BYTEA    NOT NULL,
    hash         BYTEA    NOT NULL,
    piece        INTEGER  NOT NULL CHECK (piece >= 0),
    bytes        BYTEA    NOT NULL,
    PRIMARY KEY (document_id, hash, piece)
);

ALTER TABLE blob_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
