//! C: everybody in one document moves a cursor.

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::Watcher;
use crate::failure::Outcome;
use crate::figure::Id;
use crate::histogram::Histogram;
use crate::message;
use crate::search;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::writer::{client_id, writer_of};

/// Cursor movements a second of each client.
const HERTZ: u64 = 20;
/// 99 of 100 movements are to be seen sooner, in milliseconds.
const P99_MS_MAX: f64 = 150.0;
/// Patience for the last state of each client.
const PATIENCE: Nanos = 2 * SECOND;

/// Finds the most clients.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let server = bench.server()?;
    if bench.short {
        let stale = step(bench, &server, 20)?.stale();
        if stale > 0 {
            findings.fault(format!("C: {stale} cursors are not where they were moved last"));
        }
        return Ok(());
    }
    let most = search::largest(25, bench.cursors_max, |clients| {
        let seen = step(bench, &server, clients)?;
        Ok(seen.stale() == 0 && seen.latency.percentile(0.99) < P99_MS_MAX)
    })?;
    findings.add(bench, Id::Cursors, most as f64);
    Ok(())
}

fn step(bench: &Bench, server: &Server, clients: u64) -> Outcome<Cursors> {
    let mut swarm = Swarm::new(&server.endpoint)?;
    let count = usize::try_from(clients).expect("a number of sockets");
    swarm.open_all(&vec![bench.document("cursors"); count], 100)?;
    let rounds = bench.size(6, 2) * HERTZ;
    let start = clock::now() + 100 * MILLISECOND;
    let mut cursors = Cursors::new(start, clients, rounds, bench.size(SECOND, 0));
    let mut next = 0;
    let deadline = cursors.due(clients * rounds) + PATIENCE;
    loop {
        let now = clock::now();
        while next < clients * rounds && cursors.due(next) <= now {
            let (client, clock) = (next % clients, next / clients + 1);
            let at = usize::try_from(client).expect("an index");
            swarm.send(at, &message::awareness(client_id(at), clock, &state(client, clock)));
            next += 1;
        }
        if now > deadline || (next == clients * rounds && cursors.stale() == 0) {
            break;
        }
        let idle = cursors.due(next).saturating_sub(now).clamp(MILLISECOND / 20, 10 * MILLISECOND);
        swarm.poll(&mut cursors, idle)?;
    }
    let (p50, p99) = (cursors.latency.percentile(0.5), cursors.latency.percentile(0.99));
    let closed = swarm.closed().next().map_or(String::new(), |(_, reason)| format!(", {reason}"));
    progress(&format!(
        "C {clients} clients: p50 {p50:.2} p99 {p99:.2} ms, stale {}{closed}",
        cursors.stale()
    ));
    Ok(cursors)
}

/// The state of a cursor, as long as a name, a colour and a position make it.
fn state(client: u64, clock: u64) -> String {
    let (x, y) = (clock * 7 % 1000, (client + clock) * 11 % 1000);
    format!(r##"{{"name":"guest {client}","color":"#30bced","x":{x},"y":{y}}}"##)
}

/// Which state of which client each connection has. A newer state stands for those before it, so a server may leave states out;
/// each still counts from its own due time, so leaving out many shows as latency.
struct Cursors {
    start: Nanos,
    clients: u64,
    rounds: u64,
    measured_from: Nanos,
    /// By receiver, then by client: the newest clock.
    newest: Vec<u64>,
    /// Pairs of receiver and client whose newest clock is the last one.
    settled: u64,
    latency: Histogram,
}

impl Cursors {
    fn new(start: Nanos, clients: u64, rounds: u64, warm_up: Nanos) -> Self {
        let pairs = usize::try_from(clients * clients).expect("a table in memory");
        Self {
            start,
            clients,
            rounds,
            measured_from: start + warm_up,
            newest: vec![0; pairs],
            settled: 0,
            latency: Histogram::new(),
        }
    }

    /// Movement k of all movements is due k / (clients * HERTZ) after the start.
    #[inline]
    fn due(&self, movement: u64) -> Nanos {
        self.start + movement * SECOND / (self.clients * HERTZ)
    }

    /// Returns how many cursors are somewhere else than where they were moved last, each receiver counted.
    fn stale(&self) -> u64 {
        self.clients * (self.clients - 1) - self.settled
    }
}

impl Watcher for Cursors {
    #[inline]
    fn state(&mut self, at: usize, client: u64, clock: u64, now: Nanos) {
        let Ok(clients) = usize::try_from(self.clients) else { return };
        let Some(client) = writer_of(client, clients) else { return };
        let newest = &mut self.newest[at * clients + client];
        if client == at || clock <= *newest || clock > self.rounds {
            return;
        }
        let before = std::mem::replace(newest, clock);
        self.settled += u64::from(clock == self.rounds);
        for clock in before..clock {
            let due = self.due(clock * self.clients + client as u64);
            if due >= self.measured_from {
                self.latency.record(now.saturating_sub(due));
            }
        }
    }
}
