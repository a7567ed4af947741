//! H: everybody comes back at the same moment.

use std::thread;
use std::time::Duration;

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, Nanos, SECOND};
use crate::connection::Watcher;
use crate::failure::Outcome;
use crate::figure::Id;
use crate::histogram::Histogram;
use crate::message;
use crate::swarm::Swarm;
use crate::writer::{Edits, client_id};

/// Edits in each document before the storm.
const EDITS: u32 = 20;
/// Connections that are opened at once before the storm.
const IN_FLIGHT: usize = 100;
/// Time between the loss of all sockets and the storm: less than any client's first delay plus the server's own tidying.
const APART: Duration = Duration::from_millis(500);
/// Longest wait for the last client.
const PATIENCE: Nanos = 30 * SECOND;

/// Measures the time until a client is synced again.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let server = bench.server()?;
    let (clients, documents) = bench.size((1_000, 100), (50, 10));
    let name = bench.document("storm");
    let names: Vec<String> = (0..clients).map(|at| format!("{name}-{}", at % documents)).collect();
    let mut swarm = Swarm::new(&server.endpoint)?;
    swarm.open_all(&names, IN_FLIGHT)?;
    for writer in 0..documents {
        let edits = Edits::typing(writer, EDITS);
        (0..EDITS).for_each(|clock| swarm.send_edit(writer, edits.frame(clock), clock));
    }
    // Everything has arrived when each writer's question after its last edit is answered.
    let mut settled = Returned::new(clients);
    for writer in 0..documents {
        let known = message::state_vector(client_id(writer), u64::from(EDITS));
        swarm.send(writer, &message::sync(message::Sync::Step1, &known));
    }
    swarm.poll_until(&mut settled, PATIENCE, |settled| settled.latency.total() >= documents as u64)?;
    swarm.all_open()?;
    drop(swarm);
    thread::sleep(APART);

    let mut swarm = Swarm::new(&server.endpoint)?;
    let mut returned = Returned::new(clients);
    for (at, name) in names.iter().enumerate() {
        let known = message::state_vector(client_id(at % documents), u64::from(EDITS));
        swarm.open_with(name, &known)?;
    }
    let all =
        swarm.poll_until(&mut returned, PATIENCE, |returned| returned.latency.total() >= clients as u64)?;
    let (p50, p99) = (returned.latency.percentile(0.5), returned.latency.percentile(0.99));
    progress(&format!("H {} of {clients} came back: p50 {p50:.1} p99 {p99:.1} ms", returned.latency.total()));
    if !all {
        let missing = clients as u64 - returned.latency.total();
        findings.fault(format!("H: {missing} clients did not come back within 30 s"));
    }
    findings.add(bench, Id::ReconnectP50, p50);
    findings.add(bench, Id::ReconnectP99, p99);
    Ok(())
}

/// Who is synced, and how long after the storm began.
struct Returned {
    start: Nanos,
    synced: Vec<bool>,
    latency: Histogram,
}

impl Returned {
    fn new(clients: usize) -> Self {
        Self { start: clock::now(), synced: vec![false; clients], latency: Histogram::new() }
    }
}

impl Watcher for Returned {
    fn synced(&mut self, at: usize, now: Nanos) {
        if !std::mem::replace(&mut self.synced[at], true) {
            self.latency.record(now - self.start);
        }
    }
}
