//! What a document hears and what it asks its shell to do.

use std::sync::Arc;

use bytes::Bytes;
use weft_protocol::close::Close;
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{ClientId, Seq, SessionId};
use weft_protocol::message::Inbound;
use weft_storage::Frontier;

use super::attribution::AuthorsLost;
use super::loading::PutAside;
use super::replica::Replica;
use super::work::{Work, Worked};
use crate::access::Permit;
use crate::access::standing::Standing;
use crate::limits::Limit;

/// The time of an event, read by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Now {
    /// Microseconds of a clock that never goes back.
    pub mono_us: u64,
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
}

/// A session that wants to edit the document.
#[derive(Debug, Clone)]
pub struct Join {
    /// The session, unique within the process.
    pub session: SessionId,
    /// How it learns of commits.
    pub ack_mode: AckMode,
    /// Who it is and what it may do.
    pub permit: Permit,
}

/// Room left in the backlog of everything that is not committed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// Updates may be accepted.
    Open,
    /// The bound is reached: new updates are refused until storage catches up.
    Full,
}

/// Whether what the document accepts is committed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StorageState {
    /// It is.
    #[default]
    Ok,
    /// Commits fail, or the one under way gets no answer.
    Away {
        /// For how many milliseconds by now.
        since_ms: u64,
        /// Why, in a few words that anybody may read.
        reason: &'static str,
    },
}

/// A document as storage had it.
#[derive(Debug)]
pub struct Loaded {
    /// The replica with everything stored.
    pub replica: Replica,
    /// What it contains of every writer, up to the first update that it lacks.
    pub frontier: Frontier,
    /// What is stored of every writer: numbers go on behind it.
    pub stored: Frontier,
    /// Stored updates whose causes storage does not have; the frontier stops before them.
    pub ahead: Vec<Bytes>,
    /// Stored updates that were refused; the frontier stops before them.
    pub aside: Vec<PutAside>,
    /// Client ids that updates above the newest snapshot brought: who brought them may not have been stored.
    pub authors: Vec<Author>,
    /// Updates above the newest snapshot, as far as the next one will contain them.
    pub tail_updates: u64,
    /// Bytes of those updates.
    pub tail_bytes: u64,
}

#[cfg(test)]
impl Loaded {
    /// Returns a document of which nothing is stored.
    pub fn fresh(replica: Replica) -> Self {
        let (frontier, stored) = (Frontier::default(), Frontier::default());
        Self {
            replica,
            frontier,
            stored,
            ahead: Vec::new(),
            aside: Vec::new(),
            authors: Vec::new(),
            tail_updates: 0,
            tail_bytes: 0,
        }
    }
}

/// Why a document could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadFailure {
    /// Storage is away.
    Away(String),
    /// The document was deleted.
    Deleted,
    /// What is stored cannot be read; it is left as it is.
    Corrupt(String),
}

/// What happens to a document.
#[derive(Debug)]
pub enum Event {
    /// The stored state is here and equals the whole document; its replica is being built.
    Fetched(Bytes),
    /// The replica is built.
    Loaded(Box<Loaded>),
    /// Loading failed.
    LoadFailed(LoadFailure),
    /// A session joins.
    Join(Join),
    /// A session is gone.
    Leave(SessionId),
    /// A session sent a message; `cost_bytes` is given back with [`Effect::Processed`].
    Receive {
        /// Who sent it.
        session: SessionId,
        /// What was sent.
        message: Inbound,
        /// What the message holds of the session's share of memory, in bytes.
        cost_bytes: usize,
        /// Whether updates may be accepted now.
        backlog: Backlog,
    },
    /// A session answered a ping: it has consumed everything up to that count of bytes.
    Pong {
        /// Who answered.
        session: SessionId,
        /// The ping's counter; `None` for a pong nobody asked for.
        consumed_bytes: Option<u64>,
    },
    /// The journal committed this writer's updates up to and including this number.
    Committed(Seq),
    /// The journal can never commit this document's updates.
    AppendFailed(String),
    /// Work handed out is done.
    Worked(Box<Worked>),
    /// The replica did not survive the work.
    WorkFailed(String),
    /// How storage does.
    Storage(StorageState),
    /// A snapshot is stored, or why not.
    SnapshotSaved(Result<(), String>),
    /// Authors are stored, or why not.
    AuthorsSaved(Result<(), AuthorsLost>),
    /// Frames waiting for others may go out now.
    Flush,
    /// A session showed a fresh token.
    Renewed {
        /// Which session.
        session: SessionId,
        /// What it may do from now on.
        permit: Permit,
    },
    /// What tokens are held against has changed: for everybody, or it is to be looked at for one session.
    Standing {
        /// The only session to look at.
        session: Option<SessionId>,
        /// What holds now.
        standing: Arc<Standing>,
    },
    /// Everybody is told something.
    Announce(serde_json::Value),
    /// A token may have ended.
    Expire,
    /// Time passed.
    Tick,
    /// The hub agrees that the document ends.
    CloseGranted,
    /// Sessions joined meanwhile: the document stays.
    CloseDenied,
    /// The document was deleted in storage.
    Deleted,
    /// The process is draining.
    Drain,
}

/// What a document asks its shell to do, in order.
#[derive(Debug)]
pub enum Effect {
    /// Put encoded frames into a session's outbox.
    Push {
        /// Whose outbox.
        session: SessionId,
        /// Whole WebSocket frames.
        frames: Bytes,
    },
    /// Close a session; the document has forgotten it already.
    Close {
        /// Which session.
        session: SessionId,
        /// Why.
        close: Close,
    },
    /// Journal an update.
    Append {
        /// Its number.
        seq: Seq,
        /// When it was accepted, Unix milliseconds.
        received_at_ms: i64,
        /// The authenticated author.
        author: Option<String>,
        /// The raw update.
        payload: Bytes,
    },
    /// A received message holds no memory any more.
    Processed {
        /// Who sent it.
        session: SessionId,
        /// What it cost, in bytes.
        cost_bytes: usize,
    },
    /// Run this away from the arbiter and answer with [`Event::Worked`] or [`Event::WorkFailed`].
    Work(Box<Work>),
    /// Verify and store a snapshot, then answer with [`Event::SnapshotSaved`].
    SaveSnapshot {
        /// Encoded state, Yjs update format v1.
        state: Bytes,
        /// What it contains.
        frontier: Frontier,
    },
    /// Store who stands behind client ids, then answer with [`Event::AuthorsSaved`].
    Authors(Vec<Author>),
    /// Send [`Event::Flush`] when the messages that are here already are handled.
    FlushSoon,
    /// Send [`Event::Flush`] at this time.
    FlushAt {
        /// Microseconds of [`Now::mono_us`].
        mono_us: u64,
    },
    /// Send [`Event::Expire`] at this time.
    ExpireAt {
        /// Unix milliseconds.
        unix_ms: i64,
    },
    /// Count a refusal.
    Refused(Limit),
    /// Ask the hub to end the document; it has seen this many joins.
    AskClose {
        /// Joins seen so far.
        joins_seen: u64,
    },
    /// End: nothing follows.
    Stop(StopReason),
}

/// Why a document ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// Nobody needs it; everything accepted is committed.
    Idle,
    /// It was deleted.
    Deleted,
    /// It could not be loaded.
    LoadFailed,
    /// Its updates cannot be committed.
    AppendFailed,
    /// Its replica is unusable; storage has everything that was accepted.
    ReplicaLost,
}

/// A client id and the person behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The author number inside updates.
    pub client: ClientId,
    /// The authenticated user.
    pub user: Option<String>,
    /// What they are called; empty if it is not known.
    pub name: String,
    /// Their colour; empty if it is not known.
    pub color: String,
    /// When the client id first wrote, in Unix milliseconds.
    pub first_seen_ms: i64,
}

/// Bounds of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Sessions attached at once.
    pub sessions_max: usize,
    /// Encoded size of the document; growing beyond it is refused.
    pub document_bytes_max: usize,
    /// Size of one live update.
    pub update_bytes_max: usize,
    /// Size of one awareness message.
    pub awareness_bytes_max: usize,
    /// Client ids with awareness that one session may own.
    pub awareness_clients_per_session_max: usize,
    /// Updates waiting for their causes, in bytes.
    pub held_bytes_max: usize,
    /// Accepted but uncommitted updates of this document, in bytes.
    pub backlog_bytes_max: usize,
    /// Bytes written to a session that it has not consumed before updates are collapsed for it.
    pub window_bytes: u64,
    /// Bytes written to a session beyond its window, replies and acks, before it is closed as too slow.
    pub lagging_bytes_max: u64,
    /// Bytes written to a session between two pings that ask how much it has consumed.
    pub ping_every_bytes: u64,
    /// A socket silent for this long gets an empty awareness update (stock clients give up after 30 s).
    pub keep_alive_ms: u64,
    /// A session unheard for this long loses its awareness.
    pub unheard_awareness_ms: u64,
    /// A session unheard for this long is closed.
    pub unheard_close_ms: u64,
    /// Work on more bytes than this leaves the arbiter.
    pub inline_bytes_max: usize,
    /// Updates since the newest snapshot that call for another.
    pub snapshot_updates_max: u64,
    /// Bytes since the newest snapshot that call for another.
    pub snapshot_bytes_max: u64,
    /// Age of the oldest update above the newest snapshot that calls for another.
    pub snapshot_age_ms: u64,
    /// A document without sessions for this long is stored and unloaded.
    pub idle_ms: u64,
    /// Estimated cost of writing to one session; with many sessions flushes are spaced by it.
    pub flush_cost_us_per_session: u64,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            sessions_max: 10_000,
            document_bytes_max: 64 << 20,
            update_bytes_max: 16 << 20,
            awareness_bytes_max: 64 << 10,
            awareness_clients_per_session_max: 64,
            held_bytes_max: 32 << 20,
            backlog_bytes_max: 64 << 20,
            window_bytes: 512 << 10,
            lagging_bytes_max: 4 << 20,
            ping_every_bytes: 64 << 10,
            keep_alive_ms: 12_000,
            unheard_awareness_ms: 60_000,
            unheard_close_ms: 300_000,
            inline_bytes_max: 256 << 10,
            snapshot_updates_max: 2_000,
            snapshot_bytes_max: 1 << 20,
            snapshot_age_ms: 300_000,
            idle_ms: 30_000,
            flush_cost_us_per_session: 12,
        }
    }
}
