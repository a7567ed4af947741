//! D: clients that connect, sync, and then do nothing.

use std::thread;
use std::time::Duration;

use crate::bench::{Bench, Findings, progress};
use crate::clock;
use crate::failure::Outcome;
use crate::figure::Id;
use crate::swarm::Swarm;

/// Connections that are opened at once.
const IN_FLIGHT: usize = 100;
/// Time for the server to come to rest before its memory is read.
const REST: Duration = Duration::from_secs(1);

/// Measures what an idle connection costs, and how fast they come.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let server = bench.server()?;
    let count = bench.size(5_000, 200);
    let document = bench.document("idle");
    // The first client opens the document; what that costs is not a connection's cost.
    let mut first = Swarm::new(&server.endpoint)?;
    first.open_all(std::slice::from_ref(&document), 1)?;
    thread::sleep(REST);
    let before = server.process().map(|process| process.resident_kib()).transpose()?;
    let mut swarm = Swarm::new(&server.endpoint)?;
    let start = clock::now();
    swarm.open_all(&vec![document; count], IN_FLIGHT)?;
    let per_second = count as f64 / clock::seconds(clock::now() - start);
    thread::sleep(REST);
    progress(&format!("D {count} connections, {per_second:.0} a second"));
    findings.add(bench, Id::Connects, per_second);
    if let (Some(process), Some(before)) = (server.process(), before) {
        let grown = process.resident_kib()?.saturating_sub(before) as f64;
        progress(&format!("D {:.1} KiB each", grown / count as f64));
        findings.add(bench, Id::IdleKib, grown / count as f64);
    }
    Ok(())
}
