//! I: a client reads nothing for as long as others write a lot, and ten others must not notice.

use std::fs;

use yrs::block::ClientID;
use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, Transact, Update};

use crate::bench::{Bench, Findings, progress};
use crate::clock::{self, MILLISECOND, Nanos, SECOND};
use crate::connection::Watcher;
use crate::failure::{Doing, Failure, Outcome};
use crate::figure::Id;
use crate::histogram::Histogram;
use crate::pacer::{Feed, Pacer, Timetable};
use crate::plot::{Band, Plot, Series};
use crate::seen::Seen;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::update;
use crate::writer::{self, Edits, REPLACED, client_id};

/// Size of one edit, which replaces the one before it: the document stays small while the traffic does not.
const VALUE_BYTES: usize = 16 * 1024;
/// Edits a second: 10 MiB/s, ten times that to the readers.
const RATE: u64 = 640;
/// Time between two readings of the server's memory.
const SAMPLE_EVERY: Nanos = 100 * MILLISECOND;
/// Writing before the stall, and watching after it.
const AROUND: Nanos = 4 * SECOND;
/// Longest wait for everybody to have everything.
const PATIENCE: Nanos = 60 * SECOND;

const WRITER: usize = 0;
const READERS: usize = 10;
const STALLED: usize = 1 + READERS;
/// Client id, counted as a writer's, of documents that only read.
const ONLOOKER: usize = 1_000;

/// Measures the others' latency and the server's memory with a stalled reader and without, and what the reader gets when
/// it reads on.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let without = Run::measure(bench, Plan::new(bench, None))?;
    let with = Run::measure(bench, Plan::new(bench, Some(STALLED)))?;
    for (run, ids, name) in [
        (&without, [Id::SlowWithoutP50, Id::SlowWithoutP99], "nobody stalled"),
        (&with, [Id::SlowP50, Id::SlowP99], "one stalled"),
    ] {
        let (p50, p99) = (run.latency.percentile(0.5), run.latency.percentile(0.99));
        progress(&format!("I {name}: p50 {p50:.2} p99 {p99:.2} ms, grew by {:.1} MiB", run.growth()));
        findings.add(bench, ids[0], p50);
        findings.add(bench, ids[1], p99);
        if run.missing > 0 {
            findings.fault(format!("I, {name}: {} deliveries are missing", run.missing));
        }
    }
    findings.add(bench, Id::SlowGrowth, with.growth());
    findings.add(bench, Id::SlowWithoutGrowth, without.growth());
    let Returned { differences, updates, bytes, same } = with.returned;
    let written = f64::from(with.plan.stalled_edits()) * VALUE_BYTES as f64 / 1e6;
    progress(&format!(
        "I {written:.0} MB written beside it; it then read {bytes} bytes: {updates} updates, {differences} differences"
    ));
    findings.add(bench, Id::SlowWritten, written);
    findings.add(bench, Id::SlowBytes, bytes as f64 / 1024.0);
    findings.add(bench, Id::SlowDifferences, differences as f64);
    if differences != 1 {
        findings.fault(format!("I: the reader that came back got {differences} differences instead of one"));
    }
    if !same {
        findings.fault("I: the reader that came back does not hold what a late joiner gets".to_owned());
    }
    plot(bench, &with, &without)
}

/// What one run does.
#[derive(Clone, Copy)]
struct Plan {
    stalled: Option<usize>,
    total: u32,
    around: Nanos,
}

impl Plan {
    fn new(bench: &Bench, stalled: Option<usize>) -> Self {
        let around = bench.size(AROUND, SECOND / 4);
        let stall = bench.size(500 << 20, 4 << 20) / VALUE_BYTES as u64;
        let total = u32::try_from(stall + around * RATE / SECOND).expect("a clock has 32 bits");
        Self { stalled, total, around }
    }

    /// Edits due during the stall.
    fn stalled_edits(&self) -> u32 {
        self.total - u32::try_from(self.around * RATE / SECOND).expect("a clock has 32 bits")
    }
}

/// What the stalled reader was sent from its stall on.
#[derive(Default)]
struct Returned {
    differences: u64,
    updates: u64,
    bytes: u64,
    /// Whether it then held what a late joiner gets.
    same: bool,
}

/// One run, measured.
struct Run {
    plan: Plan,
    latency: Histogram,
    missing: u64,
    /// Seconds since the first edit, and resident MiB.
    memory: Vec<(f64, f64)>,
    /// When the stall began and ended, in seconds since the first edit.
    stall: (f64, f64),
    returned: Returned,
}

impl Run {
    fn measure(bench: &Bench, plan: Plan) -> Outcome<Self> {
        let server = bench.server()?;
        let document = bench.document("slow-reader");
        let edits = Edits::replacing(WRITER, plan.total, VALUE_BYTES);
        let mut swarm = Swarm::new(&server.endpoint)?;
        let clients = 1 + READERS + usize::from(plan.stalled.is_some());
        swarm.open_all(&vec![document.clone(); clients], 1)?;
        let table = Timetable {
            start: clock::now() + 100 * MILLISECOND,
            rate: RATE,
            writers: 1,
            total: edits.count(),
        };
        let mut stage = Stage {
            server: &server,
            watch: Watch::new(plan, table),
            pacer: Pacer::new(table, vec![Feed { at: WRITER, edits }]),
            memory: Vec::new(),
            table,
        };
        stage.go(&mut swarm, |_, now| now >= table.start + plan.around)?;
        if plan.stalled.is_some() {
            swarm.set_reading(STALLED, false)?;
            stage.watch.counts = true;
        }
        let began = clock::now();
        stage.go(&mut swarm, |watch, _| watch.everybody_has_everything())?;
        let ended = clock::now();
        if plan.stalled.is_some() {
            swarm.set_reading(STALLED, true)?;
            stage.go(&mut swarm, |watch, _| watch.stalled_has_everything())?;
        }
        let settled = clock::now();
        stage.go(&mut swarm, |_, now| now >= settled + plan.around)?;
        swarm.all_open()?;
        let seconds = |at: Nanos| clock::seconds(at.saturating_sub(table.start));
        let Stage { mut watch, memory, .. } = stage;
        watch.returned.same = plan.stalled.is_none() || watch.held == late_joiner(&server, &document)?;
        Ok(Self {
            plan,
            latency: watch.latency,
            missing: watch.seen.iter().map(Seen::missing).sum(),
            memory,
            stall: (seconds(began), seconds(ended)),
            returned: watch.returned,
        })
    }

    /// How much more memory the server had at most from the beginning of the stall on than at its beginning, in MiB.
    fn growth(&self) -> f64 {
        let (before, after): (Vec<_>, Vec<_>) = self.memory.iter().partition(|(at, _)| *at < self.stall.0);
        let most = |points: &[(f64, f64)]| points.iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
        most(&after) - before.last().map_or(0.0, |(_, mib)| *mib)
    }
}

/// What happens at the same time: edits on their timetable, sockets, readings of memory.
struct Stage<'a> {
    server: &'a Server,
    watch: Watch,
    pacer: Pacer,
    memory: Vec<(f64, f64)>,
    table: Timetable,
}

impl Stage<'_> {
    /// Goes on until `done` says so of what was received and of the time.
    fn go(&mut self, swarm: &mut Swarm, done: impl Fn(&Watch, Nanos) -> bool) -> Outcome<()> {
        let mut progress_at = clock::now();
        loop {
            let now = clock::now();
            self.pacer.send_due(swarm, now);
            self.sample(now)?;
            if done(&self.watch, now) {
                return Ok(());
            }
            let idle = self.pacer.idle(now);
            if idle.is_some() {
                progress_at = now;
            } else if now > progress_at + PATIENCE {
                return Err(Failure::Unexpected("I: not everybody had everything within 60 s".to_owned()));
            }
            swarm.poll(&mut self.watch, idle.unwrap_or(MILLISECOND).min(5 * MILLISECOND))?;
        }
    }

    fn sample(&mut self, now: Nanos) -> Outcome<()> {
        let Some(process) = self.server.process() else { return Ok(()) };
        let due = self.table.start + SAMPLE_EVERY * self.memory.len() as u64;
        if now >= due {
            let mib = process.resident_kib()? as f64 / 1024.0;
            self.memory.push((clock::seconds(now - self.table.start), mib));
        }
        Ok(())
    }
}

/// What the readers and the stalled one have received.
struct Watch {
    table: Timetable,
    measured_from: Nanos,
    plan: Plan,
    /// By connection.
    seen: Vec<Seen>,
    latency: Histogram,
    held: Held,
    /// Whether the stall has begun: what is read before is not of interest.
    counts: bool,
    returned: Returned,
}

impl Watch {
    fn new(plan: Plan, table: Timetable) -> Self {
        Self {
            table,
            measured_from: table.start + plan.around,
            plan,
            seen: vec![Seen::below(u64::from(plan.total)); READERS],
            latency: Histogram::new(),
            held: Held(writer::document(ONLOOKER)),
            counts: false,
            returned: Returned::default(),
        }
    }

    fn everybody_has_everything(&self) -> bool {
        self.seen.iter().all(|seen| seen.missing() == 0)
    }

    fn stalled_has_everything(&self) -> bool {
        self.held.clock() >= self.plan.total
    }
}

impl Watcher for Watch {
    fn edits(&mut self, at: usize, edits: update::Edits, now: Nanos) {
        if !(1..=READERS).contains(&at) || edits.client != client_id(WRITER) {
            return;
        }
        for clock in edits.clock..edits.clock + edits.len {
            let due = self.table.due(WRITER, clock);
            if self.seen[at - 1].insert(clock) && due >= self.measured_from {
                self.latency.record(now.saturating_sub(due));
            }
        }
    }

    fn update(&mut self, at: usize, update: &[u8], _now: Nanos) -> bool {
        if at != STALLED {
            return true;
        }
        self.held.take(update);
        if self.counts {
            self.returned.updates += 1;
            self.returned.bytes += update.len() as u64;
        }
        false
    }

    fn synced(&mut self, at: usize, _now: Nanos) {
        if at == STALLED && self.counts {
            self.returned.differences += 1;
            self.returned.updates -= 1;
        }
    }
}

/// A document that takes in what one client is sent.
struct Held(Doc);

impl Held {
    fn take(&mut self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("the server sends updates that decode");
        self.0.transact_mut().apply_update(update).expect("the server sends updates that apply");
    }

    /// The writer's next clock.
    fn clock(&self) -> u32 {
        self.0.transact().state_vector().get(&ClientID::new(client_id(WRITER)))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        let entries = |held: &Self| held.0.get_or_insert_array(REPLACED).to_json(&held.0.transact());
        let clocks = |held: &Self| held.0.transact().state_vector();
        entries(self) == entries(other) && clocks(self) == clocks(other)
    }
}

/// What somebody gets who comes at the end.
fn late_joiner(server: &Server, document: &str) -> Outcome<Held> {
    let mut joined = Joined { held: Held(writer::document(ONLOOKER)), done: false };
    let mut swarm = Swarm::new(&server.endpoint)?;
    swarm.open(document)?;
    if !swarm.poll_until(&mut joined, PATIENCE, |joined| joined.done)? {
        return Err(Failure::Unexpected("I: a late joiner was not answered".to_owned()));
    }
    Ok(joined.held)
}

struct Joined {
    held: Held,
    done: bool,
}

impl Watcher for Joined {
    fn update(&mut self, _at: usize, update: &[u8], _now: Nanos) -> bool {
        self.held.take(update);
        false
    }

    fn synced(&mut self, _at: usize, _now: Nanos) {
        self.done = true;
    }
}

fn plot(bench: &Bench, with: &Run, without: &Run) -> Outcome<()> {
    let Some(path) = &bench.plot else { return Ok(()) };
    let written = (u64::from(with.plan.stalled_edits()) * VALUE_BYTES as u64) >> 20;
    let band = Band { name: format!("one reader stalled, {written} MiB written beside it"), x: with.stall };
    let series = vec![
        Series { name: "one of 11 readers stalled".to_owned(), points: with.memory.clone() },
        Series { name: "nobody stalled".to_owned(), points: without.memory.clone() },
    ];
    let title = "Resident memory of the server".to_owned();
    let plot = Plot { title, x: "seconds since the first edit", y: "MiB", band, series };
    fs::write(path, plot.svg()).doing(&format!("write {}", path.display()))
}
