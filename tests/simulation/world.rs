//! Everything that a schedule moves: clients, sockets, one server process, the store, and time.

use std::collections::{BTreeMap, VecDeque};

use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{DocumentId, DocumentName, SessionId, WriterId};
use weft_server::document::event::{DocumentLimits, Now};
use weft_storage::journal::{Batch, JournalLimits};
use weft_storage::memory::MemoryStore;

use crate::client::Client;
use crate::coverage::Coverage;
use crate::ledger::Ledger;
use crate::link::Link;
use crate::presence::Presence;
use crate::process::Process;
use crate::replica::{Replica, Touched};
use crate::xorshift::Random;

/// Events kept to be shown after a failure.
const TRACE_EVENTS: usize = 60;
/// One world in this many has documents that panic.
const PANICS_EVERY_SEEDS: u64 = 4;

/// How often what goes wrong goes wrong in one world, as weights among the choices.
pub struct Temper {
    /// Edits of each tab.
    pub edits: u64,
    /// Tabs telling each other.
    pub exchanges: u64,
    /// Sockets cut.
    pub cuts: u64,
    /// Queues stalled.
    pub stalls: u64,
    /// Crashes, and as many drains.
    pub restarts: u64,
    /// Times in which nothing can be written.
    pub shortages: u64,
}

/// The world of one seed.
pub struct World {
    /// Every choice.
    pub random: Random,
    /// How often things go wrong.
    pub temper: Temper,
    /// Virtual time.
    pub now: Now,
    /// Bounds of documents, small enough to be reached.
    pub limits: DocumentLimits,
    /// Bounds of the journal.
    pub journal_limits: JournalLimits,
    /// Backlog of the process above which updates are refused.
    pub backlog_bytes_max: usize,
    /// The documents.
    pub names: Vec<DocumentName>,
    /// What survives a crash.
    pub store: MemoryStore,
    /// The oracle's own account of it.
    pub ledger: Ledger,
    /// The tabs.
    pub clients: Vec<Client>,
    /// The sockets.
    pub links: BTreeMap<SessionId, Link>,
    /// The server.
    pub process: Process,
    /// Commits that nobody waits for any more and that may still land.
    pub late: Vec<(WriterId, Batch)>,
    /// A commit of a process that had ended landed after the next one had begun to load.
    pub orphaned: bool,
    /// Sessions made so far.
    pub sessions: u64,
    /// Document starts so far, over all processes.
    pub starts: BTreeMap<DocumentId, u64>,
    /// What every session brought to a document, committed or not.
    pub brought: BTreeMap<DocumentId, Vec<(SessionId, Touched)>>,
    /// Until when the store takes no writes, by virtual time: its disk is full, or it is read-only. Reads work.
    pub full_until_us: u64,
    /// Things still go wrong.
    pub faults: bool,
    /// When documents panic, in the worlds where they do; apart from the other choices, which stay as they were.
    pub panics: Option<Random>,
    /// When the past is thinned out, in the worlds where it is; apart from the other choices as well.
    pub thinnings: Option<Random>,
    /// What was reached.
    pub coverage: Coverage,
    /// The newest events.
    pub trace: VecDeque<String>,
}

impl World {
    /// Makes the world of a seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let documents = 1 + random.index(2);
        let names =
            (0..documents).map(|n| DocumentName::new(format!("document-{n}")).expect("legal")).collect();
        let limits = limits(&mut random);
        let journal_limits = JournalLimits {
            batch_rows_max: 1 + random.index(6),
            batch_bytes_max: 2_000,
            backlog_bytes_max: random.pick(&[10_000, 1 << 20]),
            ..JournalLimits::default()
        };
        let clients = 2 + random.index(4);
        let clients = (0..clients).map(|n| tab(n as u64, n % documents, &mut random)).collect();
        let backlog_bytes_max = random.pick(&[1_500, 5_000, 1 << 20]);
        let temper = temper(&mut random);
        let writer = WriterId(1);
        Self {
            process: Process::new(writer, journal_limits.clone()),
            random,
            temper,
            now: Now { mono_us: 1_000_000, unix_ms: 1_700_000_000_000 },
            limits,
            journal_limits,
            backlog_bytes_max,
            names,
            store: MemoryStore::new(writer),
            ledger: Ledger::default(),
            clients,
            links: BTreeMap::new(),
            late: Vec::new(),
            orphaned: false,
            sessions: 0,
            starts: BTreeMap::new(),
            brought: BTreeMap::new(),
            full_until_us: 0,
            faults: true,
            panics: (seed % PANICS_EVERY_SEEDS == 1).then(|| Random::new(!seed)),
            thinnings: (seed.is_multiple_of(crate::thinning::EVERY_SEEDS))
                .then(|| Random::new(seed.rotate_left(32) | 1)),
            coverage: Coverage::default(),
            trace: VecDeque::new(),
        }
    }

    /// Notes an event.
    pub fn note(&mut self, event: impl FnOnce() -> String) {
        if self.trace.len() == TRACE_EVENTS {
            self.trace.pop_front();
        }
        let at = self.now.mono_us / 1_000;
        self.trace.push_back(format!("{at:>8} ms  {}", event()));
    }

    /// Returns true `times` in `of`, and never once things no longer go wrong.
    pub fn fails(&mut self, times: u64, of: u64) -> bool {
        self.faults && self.random.below(of) < times
    }

    /// Returns true once in `of` times, in the worlds where documents panic.
    pub fn panics(&mut self, of: u64) -> bool {
        self.faults && self.panics.as_mut().is_some_and(|random| random.below(of) == 0)
    }

    /// Lets time pass.
    pub fn pass(&mut self, us: u64) {
        self.now.mono_us += us;
        self.now.unix_ms += i64::try_from(us / 1_000).expect("minutes, not ages");
    }

    /// Returns the identity of a document by its index.
    pub fn id(&self, document: usize) -> DocumentId {
        DocumentId::of(&self.names[document])
    }
}

/// A tab of some author.
pub fn tab(n: u64, document: usize, random: &mut Random) -> Client {
    // Unordered numbers: who wins a concurrent insert depends on their order.
    let id = (1 + random.below(1 << 20)) * 64 + n;
    Client {
        id,
        document,
        ack_mode: random.pick(&[AckMode::Count, AckMode::Echo]),
        replica: Replica::new(id),
        presence: Presence::new(id),
        session: None,
        departed: false,
        renews_us: 15_000_000,
    }
}

fn temper(random: &mut Random) -> Temper {
    Temper {
        edits: random.pick(&[4, 12, 30]),
        exchanges: random.pick(&[0, 1, 4]),
        cuts: random.pick(&[0, 1, 4]),
        stalls: random.pick(&[0, 1, 3]),
        restarts: random.pick(&[0, 1, 1, 3]),
        shortages: random.pick(&[0, 1, 1, 4]),
    }
}

fn limits(random: &mut Random) -> DocumentLimits {
    DocumentLimits {
        held_bytes_max: random.pick(&[1_200, 4_000, 1 << 20]),
        backlog_bytes_max: random.pick(&[8_000, 1 << 20]),
        window_bytes: random.pick(&[300, 1_000, 1 << 20]),
        lagging_bytes_max: random.pick(&[3_000, 20_000]),
        ping_every_bytes: random.pick(&[64, 256]),
        keep_alive_ms: 5_000,
        unheard_awareness_ms: 20_000,
        unheard_close_ms: 60_000,
        inline_bytes_max: random.pick(&[40, 150, 1 << 20]),
        snapshot_updates_max: random.pick(&[3, 12, 1_000]),
        snapshot_bytes_max: random.pick(&[300, 1 << 20]),
        snapshot_age_ms: 20_000,
        idle_ms: random.pick(&[0, 500, 5_000]),
        flush_cost_us_per_session: random.pick(&[12, 2_000]),
        ..DocumentLimits::default()
    }
}
