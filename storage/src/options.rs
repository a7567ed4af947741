//! The bounds of a store.

/// Bounds of a store. The defaults suit a server with a few thousand open documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Largest state a snapshot may decode to, in bytes.
    pub snapshot_decoded_bytes_max: usize,
    /// Automatic snapshots kept per document, at least 2: the newest may turn out to be undecodable.
    pub auto_generations_kept: u32,
    /// Connections for everything but the journal; two more are reserved for appends, so that a rush of loads cannot delay
    /// an acknowledgement. SQLite uses them for reading.
    pub connections_max: u32,
    /// Longest wait for a free or new connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// Longest time one statement may take, in milliseconds, on the database's side; ours is a second longer.
    pub statement_timeout_ms: u64,
    /// Revocations in force at once; all of them are read and kept in memory.
    pub revocations_max: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            snapshot_decoded_bytes_max: 256 << 20,
            auto_generations_kept: 2,
            connections_max: 8,
            acquire_timeout_ms: 5_000,
            statement_timeout_ms: 15_000,
            revocations_max: 100_000,
        }
    }
}

impl StoreOptions {
    /// Returns the generations to keep, never fewer than two.
    pub(crate) fn generations_kept(&self) -> u32 {
        self.auto_generations_kept.max(2)
    }
}
