CREATE TABLE blobs (
    document_id  BLOB     NOT NULL REFERENCES documents (id),
    hash         BLOB     NOT NULL CHECK (length(hash) = 32),
    type         TEXT     NOT NULL,
    size         INTEGER  NOT NULL CHECK (size > 0),
    created_at   INTEGER  NOT NULL,
    author       TEXT,
    PRIMARY KEY (document_id, hash)
) STRICT, WITHOUT ROWID;

-- With a rowid: the large column would make the tree of a key without one deep.
CREATE TABLE blob_pieces (
    document_id  BLOB     NOT NULL,
    hash         BLOB     NOT NULL,
    piece        INTEGER  NOT NULL CHECK (piece >= 0),
    bytes        BLOB     NOT NULL,
    PRIMARY KEY (document_id, hash, piece)
) STRICT;
