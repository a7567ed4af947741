//! G: the server is killed while people type.

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, MILLISECOND, Nanos, SECOND, milliseconds};
use crate::connection::Watcher;
use crate::failure::{Failure, Outcome};
use crate::figure::Id;
use crate::pacer::{Feed, Pacer, Timetable};
use crate::random::Random;
use crate::seen::Seen;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::update;
use crate::writer::{Edits, client_id, writer_of};

const DOCUMENTS: usize = 10;
/// Edits a second of each document.
const EDITS_PER_DOCUMENT: u64 = 10;
/// Longest time until the kill; the moment is drawn from the second half of it.
const RUN: Nanos = 4 * SECOND;
/// What was sent before the kill is read for so long after it.
const DRAIN: Nanos = 500 * MILLISECOND;
/// A joined document may follow its answer with updates for so long.
const SETTLE: Nanos = 300 * MILLISECOND;

/// Kills several servers and counts what they lost.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let mut random = Random::seeded(0x6b69_6c6c);
    let (mut acked_lost, mut seen_lost, mut old_lost) = (0, 0, 0);
    for _ in 0..bench.size(5, 1) {
        let loss = kill_once(bench, RUN / 2 + random.below(RUN / 2))?;
        acked_lost += loss.acked;
        seen_lost += loss.seen;
        old_lost += loss.seen_old;
        if loss.acknowledged == 0 {
            findings.fault("G: nothing was acknowledged before the kill".to_owned());
        }
    }
    findings.add(bench, Id::CrashAcked, acked_lost as f64);
    findings.add(bench, Id::CrashSeen, seen_lost as f64);
    findings.add(bench, Id::CrashSeenOld, old_lost as f64);
    if acked_lost > 0 {
        findings.fault(format!("G: {acked_lost} acknowledged edits were lost"));
    }
    Ok(())
}

#[derive(Default)]
struct Loss {
    /// Edits that were acknowledged.
    acknowledged: u64,
    /// Those of them that are gone.
    acked: u64,
    /// Edits that a reader had seen and that are gone.
    seen: u64,
    /// Those of them that had been seen before an edit was sent that is acknowledged: its commit should have held them.
    seen_old: u64,
    /// For how long the oldest of them had been seen.
    seen_age_ms: f64,
}

fn kill_once(bench: &Bench, after: Nanos) -> Outcome<Loss> {
    let mut server = bench.server()?;
    let name = bench.document("crash");
    let documents: Vec<String> = (0..DOCUMENTS).map(|at| format!("{name}-{at}")).collect();
    // Connection 2d writes document d, connection 2d + 1 reads it.
    let clients: Vec<String> =
        documents.iter().flat_map(|document| [document.clone(), document.clone()]).collect();
    let mut swarm = Swarm::new(&server.endpoint)?;
    swarm.open_all(&clients, clients.len())?;
    let rate = EDITS_PER_DOCUMENT * DOCUMENTS as u64;
    let table =
        Timetable { start: clock::now(), rate, writers: DOCUMENTS as u64, total: rate * RUN / SECOND };
    let feeds = (0..DOCUMENTS).map(|writer| Feed {
        at: 2 * writer,
        edits: Edits::typing(writer, u32::try_from(table.edits_of(writer)).expect("few")),
    });
    let mut pacer = Pacer::new(table, feeds.collect());
    let mut witness = Witness::new(table);
    while clock::now() < table.start + after {
        pacer.send_due(&mut swarm, clock::now());
        let idle = pacer.idle(clock::now()).unwrap_or(MILLISECOND);
        swarm.poll(&mut witness, idle.min(MILLISECOND))?;
    }
    // Taken before, because the kernel tidies up after the process for some milliseconds.
    let killed_at = clock::now();
    server.kill();
    swarm.poll_until(&mut witness, DRAIN, |_| false)?;
    server.start_again()?;
    let survived = survivors(&server, &documents, table.edits_of(0))?;
    let loss = witness.loss(&survived, killed_at);
    progress(&format!(
        "G killed after {} edits, {} acknowledged: {} of them lost, {} lost that others had seen, oldest {:.1} ms",
        pacer.sent(),
        loss.acknowledged,
        loss.acked,
        loss.seen,
        loss.seen_age_ms
    ));
    Ok(loss)
}

/// Joins every document after the restart and returns what is in it.
fn survivors(server: &Server, documents: &[String], clocks: u64) -> Outcome<Vec<Seen>> {
    let mut swarm = Swarm::new(&server.endpoint)?;
    for document in documents {
        swarm.open(document)?;
    }
    let mut survivors = Survivors { seen: vec![Seen::below(clocks); documents.len()], synced: 0 };
    if !swarm.poll_until(&mut survivors, 30 * SECOND, |survivors| survivors.synced >= documents.len())? {
        swarm.all_open()?;
        return Err(Failure::Unexpected("G: documents cannot be joined after the restart".to_owned()));
    }
    swarm.poll_until(&mut survivors, SETTLE, |_| false)?;
    Ok(survivors.seen)
}

/// What was acknowledged to writers and what readers saw, by document.
struct Witness {
    table: Timetable,
    acked: Vec<Seen>,
    /// When the newest of the acknowledged edits was sent.
    acked_until: Nanos,
    /// When the reader saw each clock.
    seen_at: Vec<Vec<Option<Nanos>>>,
}

impl Witness {
    fn new(table: Timetable) -> Self {
        let clocks = table.edits_of(0);
        let seen_at = vec![vec![None; usize::try_from(clocks).expect("few")]; DOCUMENTS];
        Self { table, acked: vec![Seen::below(clocks); DOCUMENTS], acked_until: 0, seen_at }
    }

    fn loss(&self, survived: &[Seen], killed_at: Nanos) -> Loss {
        let mut loss = Loss::default();
        for (document, survived) in survived.iter().enumerate() {
            for (clock, seen_at) in (0u64..).zip(&self.seen_at[document]) {
                let acked = self.acked[document].contains(clock);
                let lost = !survived.contains(clock);
                loss.acknowledged += u64::from(acked);
                loss.acked += u64::from(acked && lost);
                if let (true, Some(at)) = (lost, seen_at) {
                    let age = killed_at.saturating_sub(*at);
                    loss.seen += 1;
                    loss.seen_old += u64::from(*at < self.acked_until);
                    loss.seen_age_ms = loss.seen_age_ms.max(milliseconds(age));
                }
            }
        }
        loss
    }
}

impl Watcher for Witness {
    fn edits(&mut self, at: usize, edits: update::Edits, now: Nanos) {
        let document = at / 2;
        if at.is_multiple_of(2) || edits.client != client_id(document) {
            return;
        }
        for clock in edits.clock..edits.clock + edits.len {
            let slot = usize::try_from(clock).ok().and_then(|clock| self.seen_at[document].get_mut(clock));
            slot.into_iter().for_each(|slot| *slot = slot.or(Some(now)));
        }
    }

    fn committed(&mut self, at: usize, clock: u64, _now: Nanos) {
        self.acked[at / 2].insert(clock);
        self.acked_until = self.acked_until.max(self.table.due(at / 2, clock));
    }
}

struct Survivors {
    seen: Vec<Seen>,
    synced: usize,
}

impl Watcher for Survivors {
    fn edits(&mut self, at: usize, edits: update::Edits, _now: Nanos) {
        if writer_of(edits.client, DOCUMENTS) == Some(at) {
            self.seen[at].insert_all(edits.clock, edits.len);
        }
    }

    fn synced(&mut self, _at: usize, _now: Nanos) {
        self.synced += 1;
    }
}
