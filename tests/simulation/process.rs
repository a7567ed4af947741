//! One incarnation of the server process: the pure cores and the queues that the actor framework puts between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use weft_protocol::ids::{DocumentId, Seq, SessionId, WriterId};
use weft_protocol::message::Inbound;
use weft_server::document::Document;
use weft_server::document::event::Join;
use weft_server::document::work::Work;
use weft_server::hub::Hub;
use weft_server::session::Session;
use weft_storage::journal::{Batch, Journal, JournalLimits};
use weft_storage::{Frontier, Stored};

/// Number of one start of a document in a process.
pub type Incarnation = u64;

/// The server between two crashes.
pub struct Process {
    /// Its number in the journal.
    pub writer: WriterId,
    /// The only way to open a document.
    pub hub: Hub<Incarnation, Opening>,
    /// What waits for the hub.
    pub hub_mail: VecDeque<HubMail>,
    /// The documents that live.
    pub hosts: BTreeMap<Incarnation, Host>,
    /// Group commit.
    pub journal: Journal,
    /// The commit under way.
    pub commit: Option<Batch>,
    /// Who hears of commits.
    pub listeners: BTreeMap<DocumentId, Incarnation>,
    /// The server's side of the sockets.
    pub sessions: BTreeMap<SessionId, Attached>,
    /// What runs elsewhere and answers later.
    pub jobs: Vec<Job>,
    /// It ends when its documents are stored.
    pub draining: bool,
}

/// A session that wants a document.
#[derive(Debug)]
pub struct Opening {
    /// Index of the document.
    pub document: usize,
    /// The session.
    pub join: Join,
}

/// What the hub hears.
pub enum HubMail {
    /// A session wants a document.
    Open(Opening),
    /// A document takes messages.
    Opened(DocumentId, Incarnation),
    /// A document wants to end.
    AskClose(DocumentId, Incarnation, u64),
    /// A document has ended.
    Gone(DocumentId, Incarnation),
}

/// The server's side of a socket.
pub struct Attached {
    /// Decodes what arrives.
    pub core: Session,
    /// Where it goes.
    pub document: Option<Incarnation>,
    /// A close frame was written; nothing follows it.
    pub closing: bool,
}

/// A living document with what waits for it.
pub struct Host {
    /// The state machine.
    pub core: Document,
    /// Which document.
    pub id: DocumentId,
    /// Its index.
    pub document: usize,
    /// Messages in order.
    pub mail: VecDeque<Mail>,
    /// Whose outboxes it fills.
    pub sockets: BTreeSet<SessionId>,
    /// What is raised beside the messages.
    pub signals: Signals,
    /// Highest number it asked to have journaled.
    pub appended: Seq,
    /// When it looks at the time.
    pub ticks_us: u64,
}

/// What a document hears in order.
pub enum Mail {
    /// A session joins.
    Attach(Join),
    /// A session sent a message.
    Receive(SessionId, Inbound, usize),
    /// A session answered a ping.
    Heard(SessionId, Option<u64>),
    /// A session is gone.
    Leave(SessionId),
    /// The process drains.
    Drain,
}

/// What reaches a document beside its messages.
#[derive(Default)]
pub struct Signals {
    /// The newest commit.
    pub committed: Option<Seq>,
    /// The journal gave up.
    pub failed: Option<String>,
    /// A flush was asked for.
    pub flush: bool,
}

/// Something that a document waits for.
pub enum Job {
    /// Reading the rows.
    Fetch(Incarnation),
    /// Building the replica.
    Rebuild(Incarnation, Stored),
    /// Work on the replica.
    Work(Incarnation, Work),
    /// Verifying and storing a snapshot.
    Save(Incarnation, DocumentId, Bytes, Frontier),
    /// Storing who stands behind client ids.
    Authors(Incarnation),
    /// A flush at a time.
    FlushAt(Incarnation, u64),
    /// The hub's answer to a document that wants to end.
    Answer(Incarnation, bool),
}

impl Job {
    /// Returns who waits for it.
    pub fn incarnation(&self) -> Incarnation {
        match self {
            Self::Fetch(incarnation)
            | Self::Rebuild(incarnation, _)
            | Self::Work(incarnation, _)
            | Self::Save(incarnation, ..)
            | Self::Authors(incarnation)
            | Self::FlushAt(incarnation, _)
            | Self::Answer(incarnation, _) => *incarnation,
        }
    }
}

impl Process {
    /// Starts without documents.
    pub fn new(writer: WriterId, limits: JournalLimits) -> Self {
        Self {
            writer,
            hub: Hub::new(64),
            hub_mail: VecDeque::new(),
            hosts: BTreeMap::new(),
            journal: Journal::new(limits),
            commit: None,
            listeners: BTreeMap::new(),
            sessions: BTreeMap::new(),
            jobs: Vec::new(),
            draining: false,
        }
    }
}
