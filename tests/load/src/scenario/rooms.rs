//! B: thousands of documents with a few clients each.

use crate::bench::{Bench, Findings};
use crate::clock::SECOND;
use crate::failure::Outcome;
use crate::figure::Id;
use crate::open_loop::{self, Step};
use crate::scenario::fan_out::{rate_acked, tell};

/// Edits a second of each document.
const EDITS_PER_DOCUMENT: u64 = 2;

/// Measures latency and memory with all documents in use.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let documents = bench.size(4_000, 100);
    let clients = 3;
    let step = Step {
        name: bench.document("many"),
        documents,
        clients,
        writers: clients,
        rate: documents as u64 * EDITS_PER_DOCUMENT,
        warm_up: bench.size(2 * SECOND, SECOND / 2),
        window: bench.size(10 * SECOND, 2 * SECOND),
    };
    let server = bench.server()?;
    let measured = open_loop::run(&server, &step)?;
    tell(&format!("B {documents} documents"), &measured);
    findings.check(bench, "B", &measured);
    findings.add(bench, Id::RoomsP99, measured.latency.percentile(0.99));
    if let Some(process) = server.process() {
        findings.add(bench, Id::RoomsResident, process.resident_kib()? as f64 / 1024.0);
    }
    if bench.acks() {
        findings.add(bench, Id::RoomsAckP50, measured.ack.percentile(0.5));
        findings.add(bench, Id::RoomsAckP99, measured.ack.percentile(0.99));
        findings.add(bench, Id::RoomsAcked, rate_acked(&measured));
    }
    Ok(())
}
