//! F: a client stops reading while another writes a lot.

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::{Phase, Watcher};
use crate::failure::{Failure, Outcome};
use crate::figure::Id;
use crate::message::{self, EMPTY_STATE_VECTOR, Sync};
use crate::pacer::{Feed, Pacer, Timetable};
use crate::seen::Seen;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::update;
use crate::writer::{Edits, client_id};

/// Size of one overwrite.
const VALUE_BYTES: usize = 16 * 1024;
/// Entries that are overwritten in turn: the document stays small while the traffic does not.
const KEYS: u32 = 8;
/// Overwrites a second: 20 MiB/s.
const RATE: u64 = 1_280;
/// A client that has received nothing new for so long will not.
const QUIET: Nanos = 5 * SECOND;
/// Longest wait for the server to have everything.
const PATIENCE: Nanos = 60 * SECOND;
const STALLED: usize = 0;
const WRITER: usize = 1;

/// Measures the server's growth and what the client misses.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let server = bench.server()?;
    let document = bench.document("stalled");
    let count = bench.size(6_400, 256);
    let edits = Edits::overwriting(WRITER, count, KEYS, VALUE_BYTES);
    let mut swarm = Swarm::new(&server.endpoint)?;
    swarm.open_all(&[document.clone(), document.clone()], 1)?;
    swarm.set_reading(STALLED, false)?;
    let before = server.process().map(|process| process.resident_kib()).transpose()?;
    let mut stalled = Stalled { seen: Seen::below(u64::from(count)), answered: false, progress_at: 0 };
    write(&mut swarm, &mut stalled, edits)?;
    if let (Some(process), Some(before)) = (server.process(), before) {
        let grown = process.resident_peak_kib()?.saturating_sub(before) as f64 / 1024.0;
        progress(&format!("F {count} overwrites written, the server grew by {grown:.1} MiB"));
        findings.add(bench, Id::StalledGrowth, grown);
    }
    resume(&server, &mut swarm, &mut stalled, &document)?;
    let missed = stalled.seen.missing();
    progress(&format!("F {missed} edits missed"));
    findings.add(bench, Id::StalledMissed, missed as f64);
    if missed > 0 && bench.short {
        findings.fault(format!("F: {missed} edits never reached a client that had stopped reading"));
    }
    Ok(())
}

/// Writes everything and waits until the server has it.
fn write(swarm: &mut Swarm, stalled: &mut Stalled, edits: Edits) -> Outcome<()> {
    let start = clock::now();
    let table = Timetable { start, rate: RATE, writers: 1, total: edits.count() };
    let mut pacer = Pacer::new(table, vec![Feed { at: WRITER, edits }]);
    while let Some(idle) = pacer.idle(clock::now()) {
        swarm.poll(stalled, idle.min(10 * MILLISECOND))?;
        pacer.send_due(swarm, clock::now());
        still_writing(swarm)?;
    }
    stalled.answered = false;
    swarm.send(WRITER, &message::sync(Sync::Step1, &EMPTY_STATE_VECTOR));
    let deadline = clock::now() + PATIENCE;
    while !stalled.answered || swarm.connection(WRITER).uncommitted() > 0 {
        swarm.poll(stalled, 10 * MILLISECOND)?;
        still_writing(swarm)?;
        if clock::now() > deadline {
            return Err(Failure::Unexpected(
                "F: the server did not take everything in within 60 s".to_owned(),
            ));
        }
    }
    Ok(())
}

fn still_writing(swarm: &Swarm) -> Outcome<()> {
    let gone = swarm.closed().find(|(at, _)| *at == WRITER);
    gone.map_or(Ok(()), |(_, reason)| {
        Err(Failure::Unexpected(format!("F: the writer was cut off: {reason}")))
    })
}

/// Reads again until nothing more comes. A client that was cut off meanwhile connects again with what it has, as clients do.
fn resume(server: &Server, swarm: &mut Swarm, stalled: &mut Stalled, document: &str) -> Outcome<()> {
    swarm.set_reading(STALLED, true)?;
    stalled.progress_at = clock::now();
    let mut again = None;
    while stalled.seen.missing() > 0 && clock::now() < stalled.progress_at + QUIET {
        if again.is_none() && swarm.connection(STALLED).phase == Phase::Closed {
            progress("F the client was cut off and connects again");
            let mut other = Swarm::new(&server.endpoint)?;
            other.open_with(document, &message::state_vector(client_id(WRITER), stalled.seen.prefix()))?;
            again = Some(other);
        }
        match &mut again {
            Some(other) => other.poll(stalled, 10 * MILLISECOND)?,
            None => swarm.poll(stalled, 10 * MILLISECOND)?,
        }
    }
    Ok(())
}

/// What the client that stops reading has received.
struct Stalled {
    seen: Seen,
    /// Whether the writer's question after its last edit was answered.
    answered: bool,
    progress_at: Nanos,
}

impl Watcher for Stalled {
    fn edits(&mut self, at: usize, edits: update::Edits, now: Nanos) {
        if at == STALLED && edits.client == client_id(WRITER) {
            let before = self.seen.count();
            self.seen.insert_all(edits.clock, edits.len);
            if self.seen.count() > before {
                self.progress_at = now;
            }
        }
    }

    fn synced(&mut self, at: usize, _now: Nanos) {
        self.answered |= at == WRITER;
    }
}
