//! E: a long document is taken in, then joined while it is open and after a restart.

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, Nanos, SECOND, milliseconds};
use crate::connection::Watcher;
use crate::failure::{Failure, Outcome};
use crate::figure::{Id, median};
use crate::message::{self, EMPTY_STATE_VECTOR, Sync};
use crate::seen::Seen;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::trace::{Updates, text_of};
use crate::update::Edits;
use crate::writer::client_id;

/// The writer of the trace.
const WRITER: usize = 0;
/// Longest wait for the document to be taken in or joined.
const PATIENCE: Nanos = 60 * SECOND;
/// Single joins whose median counts.
const SINGLE_JOINS: usize = 5;

/// Measures taking in, warm joins and cold joins.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let played = bench.trace.updates(WRITER)?;
    progress(&format!("E {} updates of the {}", played.updates.len(), bench.trace.source));
    let mut server = bench.server()?;
    let document = bench.document("trace");
    let many = bench.size(100, 10);
    // The writer stays, so that the document stays open.
    let writer = take_in(bench, findings, &server, &document, &played)?;
    let singles: Vec<f64> =
        (0..SINGLE_JOINS).map(|_| join(&server, &document, &played, 1)).collect::<Outcome<_>>()?;
    findings.add(bench, Id::TraceWarmOne, median(&singles));
    findings.add(bench, Id::TraceWarmAll, join(&server, &document, &played, many)?);
    drop(writer);
    if Server::restartable(&bench.target) {
        for (clients, id) in [(1, Id::TraceColdOne), (many, Id::TraceColdAll)] {
            server.stop()?;
            server.start_again()?;
            findings.add(bench, id, join(&server, &document, &played, clients)?);
        }
    }
    Ok(())
}

/// Sends all updates at once and waits until the server has them.
fn take_in(
    bench: &Bench,
    findings: &mut Findings,
    server: &Server,
    document: &str,
    played: &Updates,
) -> Outcome<Swarm> {
    let mut swarm = Swarm::new(&server.endpoint)?;
    swarm.open_all(&[document.to_owned()], 1)?;
    let cpu_before = server.cpu_seconds()?;
    let start = clock::now();
    for update in &played.updates {
        swarm.send_data(0, &message::sync(Sync::Update, update));
    }
    // The answer follows the updates that were sent before the question.
    swarm.send(0, &message::sync(Sync::Step1, &EMPTY_STATE_VECTOR));
    let mut answer = Answer::default();
    let deadline = start + PATIENCE;
    while !answer.0 || swarm.connection(0).uncommitted() > 0 {
        swarm.poll(&mut answer, 10 * clock::MILLISECOND)?;
        swarm.all_open()?;
        if clock::now() > deadline {
            return Err(Failure::Unexpected("E: the trace was not taken in within 60 s".to_owned()));
        }
    }
    let took = milliseconds(clock::now() - start);
    let cpu_seconds = server.cpu_seconds()? - cpu_before;
    progress(&format!("E taken in within {took:.0} ms, {cpu_seconds:.2} s of CPU"));
    if server.process().is_some() {
        findings.add(bench, Id::TraceCpu, cpu_seconds);
    }
    Ok(swarm)
}

/// Joins with `clients` at once and returns when the last of them has everything, in milliseconds.
fn join(server: &Server, document: &str, played: &Updates, clients: usize) -> Outcome<f64> {
    let mut swarm = Swarm::new(&server.endpoint)?;
    let mut joiners = Joiners::new(clients, played.clocks);
    let start = clock::now();
    for _ in 0..clients {
        swarm.open(document)?;
    }
    while joiners.complete < clients {
        swarm.poll(&mut joiners, 10 * clock::MILLISECOND)?;
        swarm.all_open()?;
        if clock::now() > start + PATIENCE {
            let joined = joiners.complete;
            return Err(Failure::Unexpected(format!(
                "E: {joined} of {clients} clients got the whole document"
            )));
        }
    }
    let took = milliseconds(joiners.last - start);
    progress(&format!("E {clients} joined within {took:.2} ms"));
    // Counting clocks does not show that the text is right; one joiner's bytes do.
    if clients == 1 && text_of(&merged(&joiners.received)?)? != played.text {
        return Err(Failure::Unexpected("E: the joined text is not the trace's text".to_owned()));
    }
    Ok(took)
}

fn merged(updates: &[Vec<u8>]) -> Outcome<Vec<u8>> {
    yrs::merge_updates_v1(updates).map_err(|error| Failure::Unexpected(format!("E: bad update: {error}")))
}

#[derive(Default)]
struct Answer(bool);

impl Watcher for Answer {
    fn synced(&mut self, _at: usize, _now: Nanos) {
        self.0 = true;
    }
}

/// Which clients have the whole document.
struct Joiners {
    seen: Vec<Seen>,
    joined: Vec<bool>,
    complete: usize,
    last: Nanos,
    /// What the first client received.
    received: Vec<Vec<u8>>,
    /// An update that was found to hold the whole document. Comparing the next one with it is cheaper than scanning it, and a
    /// hundred clients that join at once must not wait for the generator.
    whole: Option<Vec<u8>>,
}

impl Joiners {
    fn new(clients: usize, clocks: u64) -> Self {
        Self {
            seen: vec![Seen::below(clocks); clients],
            joined: vec![false; clients],
            complete: 0,
            last: 0,
            received: Vec::new(),
            whole: None,
        }
    }

    fn join(&mut self, at: usize, now: Nanos) {
        if !std::mem::replace(&mut self.joined[at], true) {
            self.complete += 1;
            self.last = now;
        }
    }
}

impl Watcher for Joiners {
    fn update(&mut self, at: usize, update: &[u8], now: Nanos) -> bool {
        if self.whole.as_deref() == Some(update) {
            self.join(at, now);
            return false;
        }
        if at == 0 {
            self.received.push(update.to_vec());
        }
        true
    }

    fn edits(&mut self, at: usize, edits: Edits, now: Nanos) {
        if edits.client != client_id(WRITER) || self.joined[at] {
            return;
        }
        self.seen[at].insert_all(edits.clock, edits.len);
        if self.seen[at].missing() == 0 {
            self.join(at, now);
            if let (0, [only]) = (at, self.received.as_slice()) {
                self.whole = Some(only.clone());
            }
        }
    }
}
