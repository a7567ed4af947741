//! One step of an open loop: documents with clients, some of which write on a timetable, and everybody else counts.

use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::Watcher;
use crate::failure::Outcome;
use crate::histogram::Histogram;
use crate::pacer::{Feed, Pacer, Timetable};
use crate::seen::Seen;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::update;
use crate::writer::{self, Edits};

/// An edit that is missing this long after the last one was due counts as lost.
const PATIENCE: Nanos = 2 * SECOND;
/// Time between the last connection and the first edit.
const LEAD: Nanos = 200 * MILLISECOND;
/// Connections that are opened at once.
const IN_FLIGHT: usize = 100;

/// What one step does.
#[derive(Debug, Clone)]
pub struct Step {
    /// Names of documents begin with this; a step never shares documents with another.
    pub name: String,
    /// How many documents there are.
    pub documents: usize,
    /// How many clients each document has.
    pub clients: usize,
    /// How many of them write.
    pub writers: usize,
    /// Edits a second, of all writers of all documents together.
    pub rate: u64,
    /// Edits due in this time are sent but not measured.
    pub warm_up: Nanos,
    /// Edits due in the time after it are measured.
    pub window: Nanos,
}

/// What one step showed.
pub struct Measured {
    /// From the due time to the receiver's read.
    pub latency: Histogram,
    /// From the due time to the writer's read of the ack.
    pub ack: Histogram,
    /// From the due time to the generator's write.
    pub lag: Histogram,
    /// How many edits were delivered, each receiver counted.
    pub deliveries: u64,
    /// How many edits were not delivered in time, each receiver counted.
    pub missing: u64,
    /// How many edits were sent.
    pub edits: u64,
    /// How many of them were acknowledged in time.
    pub acked: u64,
    /// From the start to the last ack.
    pub acked_within: Nanos,
    /// Processor seconds of the server, from the start to the end.
    pub cpu_seconds: f64,
    /// Connections that were closed or refused something, and why the first was.
    pub trouble: Option<String>,
}

/// Runs one step on fresh documents of `server`.
///
/// # Errors
/// Clients that cannot connect.
pub fn run(server: &Server, step: &Step) -> Outcome<Measured> {
    let mut swarm = Swarm::new(&server.endpoint)?;
    let documents: Vec<String> =
        (0..step.documents * step.clients).map(|at| format!("{}-{}", step.name, at / step.clients)).collect();
    swarm.open_all(&documents, IN_FLIGHT)?;
    let mut table = step.timetable();
    let feeds = step.feeds(&table);
    let cpu_before = server.cpu_seconds()?;
    table.start = clock::now() + LEAD;
    let mut pacer = Pacer::new(table, feeds);
    let mut tally = Tally::new(step, table);
    let deadline = table.start + step.warm_up + step.window + PATIENCE;
    loop {
        let now = clock::now();
        pacer.send_due(&mut swarm, now);
        let idle = pacer.idle(now);
        if now > deadline || (idle.is_none() && tally.complete(server.endpoint.acks)) {
            break;
        }
        swarm.poll(&mut tally, idle.unwrap_or(MILLISECOND).min(10 * MILLISECOND))?;
    }
    let cpu_seconds = server.cpu_seconds()? - cpu_before;
    let trouble = swarm
        .remarks()
        .next()
        .map(|first| format!("{} connections, first: {first}", swarm.remarks().count()));
    Ok(Measured {
        missing: tally.expected.saturating_sub(tally.deliveries),
        lag: pacer.lag,
        edits: table.total,
        latency: tally.latency,
        ack: tally.ack,
        deliveries: tally.deliveries,
        acked: tally.acked,
        acked_within: tally.acked_at.saturating_sub(table.start),
        cpu_seconds,
        trouble,
    })
}

impl Step {
    fn timetable(&self) -> Timetable {
        let writers = (self.documents * self.writers) as u64;
        let total = (self.warm_up + self.window) * self.rate / SECOND;
        Timetable { start: 0, rate: self.rate, writers, total }
    }

    /// Writer w writes to document w mod D, so that the writers of one document are not due together.
    fn feeds(&self, table: &Timetable) -> Vec<Feed> {
        (0..self.documents * self.writers)
            .map(|writer| Feed {
                at: (writer % self.documents) * self.clients + writer / self.documents,
                edits: Edits::typing(
                    writer,
                    u32::try_from(table.edits_of(writer)).expect("a clock has 32 bits"),
                ),
            })
            .collect()
    }
}

/// Who has received what, and how late.
struct Tally {
    table: Timetable,
    documents: usize,
    clients: usize,
    writers: usize,
    /// Edits due before this moment are not measured.
    measured_from: Nanos,
    /// By connection, then by writer of its document.
    seen: Vec<Seen>,
    latency: Histogram,
    ack: Histogram,
    deliveries: u64,
    expected: u64,
    acked: u64,
    acked_at: Nanos,
}

impl Tally {
    fn new(step: &Step, table: Timetable) -> Self {
        let clocks = table.edits_of(0);
        Self {
            table,
            documents: step.documents,
            clients: step.clients,
            writers: step.writers,
            measured_from: table.start + step.warm_up,
            seen: vec![Seen::below(clocks); step.documents * step.clients * step.writers],
            latency: Histogram::new(),
            ack: Histogram::new(),
            deliveries: 0,
            expected: table.total * (step.clients as u64 - 1),
            acked: 0,
            acked_at: 0,
        }
    }

    fn complete(&self, acks: bool) -> bool {
        self.deliveries >= self.expected && (!acks || self.acked >= self.table.total)
    }
}

impl Watcher for Tally {
    #[inline]
    fn edits(&mut self, at: usize, edits: update::Edits, now: Nanos) {
        let Some(writer) = writer::writer_of(edits.client, self.documents * self.writers) else { return };
        let (document, member) = (writer % self.documents, writer / self.documents);
        // A writer's own edits come back from servers that echo; nobody waits for those.
        if document * self.clients + member == at {
            return;
        }
        let seen = &mut self.seen[at * self.writers + member];
        for clock in edits.clock..edits.clock + edits.len {
            if seen.insert(clock) {
                self.deliveries += 1;
                let due = self.table.due(writer, clock);
                if due >= self.measured_from {
                    self.latency.record(now.saturating_sub(due));
                }
            }
        }
    }

    fn committed(&mut self, at: usize, clock: u64, now: Nanos) {
        let writer = at % self.clients * self.documents + at / self.clients;
        let due = self.table.due(writer, clock);
        self.acked += 1;
        self.acked_at = now;
        if due >= self.measured_from {
            self.ack.record(now.saturating_sub(due));
        }
    }
}
