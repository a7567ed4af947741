CREATE TABLE revocations (
    kind        TEXT    NOT NULL CHECK (kind IN ('token', 'user')),
    value       TEXT    NOT NULL,
    revoked_at  BIGINT  NOT NULL,
    expires_at  BIGINT,
    PRIMARY KEY (kind, value)
);
