CREATE TABLE revocations (
    kind        TEXT     NOT NULL CHECK (kind IN ('token', 'user')),
    value       TEXT     NOT NULL,
    revoked_at  INTEGER  NOT NULL,
    expires_at  INTEGER,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
