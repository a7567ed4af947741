//! A: one document, many clients, ten of which write.

use crate::bench::{Bench, Findings, progress};
use crate::clock::{MILLISECOND, SECOND, seconds};
use crate::failure::Outcome;
use crate::figure::Id;
use crate::open_loop::{self, Measured, Step};
use crate::search;

/// Deliveries a second at which latency and cost are measured.
const STEADY_DELIVERIES: u64 = 20_000;
/// A ramp begins here.
const RAMP_FROM: u64 = 20_000;
/// 99 of 100 deliveries are to take less, in milliseconds.
const P99_MS_MAX: f64 = 100.0;
const WRITERS: usize = 10;

/// Measures latency and cost at a steady load, then the largest load for three sizes.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    steady(bench, findings)?;
    if bench.short {
        return Ok(());
    }
    for (clients, id) in [(10, Id::FanOutMost10), (100, Id::FanOutMost100), (500, Id::FanOutMost500)] {
        ramp(bench, findings, clients, id)?;
    }
    Ok(())
}

fn steady(bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    let clients = bench.size(100, 20);
    let step = Step {
        name: bench.document("steady"),
        documents: 1,
        clients,
        writers: WRITERS,
        rate: bench.size(STEADY_DELIVERIES, 2_000) / (clients as u64 - 1),
        warm_up: bench.size(2 * SECOND, 200 * MILLISECOND),
        window: bench.size(10 * SECOND, 2 * SECOND),
    };
    let server = bench.server()?;
    let measured = open_loop::run(&server, &step)?;
    tell(&format!("A {clients} clients, {} edits/s", step.rate), &measured);
    findings.check(bench, "A", &measured);
    findings.add(bench, Id::FanOutP50, measured.latency.percentile(0.5));
    findings.add(bench, Id::FanOutP99, measured.latency.percentile(0.99));
    if server.process().is_some() {
        findings.add(bench, Id::FanOutCpu, per_million(measured.cpu_seconds, measured.deliveries));
    }
    if bench.acks() {
        findings.add(bench, Id::FanOutAckP50, measured.ack.percentile(0.5));
        findings.add(bench, Id::FanOutAckP99, measured.ack.percentile(0.99));
    }
    Ok(())
}

fn ramp(bench: &Bench, findings: &mut Findings, clients: usize, id: Id) -> Outcome<()> {
    let server = bench.server()?;
    let mut acked = 0.0;
    let most = search::largest(RAMP_FROM, bench.deliveries_max, |deliveries| {
        let step = Step {
            name: bench.document("ramp"),
            documents: 1,
            clients,
            writers: WRITERS,
            rate: deliveries / (clients as u64 - 1),
            warm_up: 500 * MILLISECOND,
            window: 3 * SECOND,
        };
        let measured = open_loop::run(&server, &step)?;
        tell(&format!("A {clients} clients, {deliveries} deliveries/s"), &measured);
        let passed = measured.missing == 0
            && measured.trouble.is_none()
            && measured.latency.percentile(0.99) < P99_MS_MAX;
        if passed {
            acked = rate_acked(&measured);
        }
        Ok(passed)
    })?;
    findings.add(bench, id, most as f64);
    if bench.acks() && id == Id::FanOutMost10 {
        findings.add(bench, Id::FanOutAcked, acked);
    }
    Ok(())
}

/// Shows what a step gave, and how late the generator itself was.
pub fn tell(what: &str, measured: &Measured) {
    let (p50, p99) = (measured.latency.percentile(0.5), measured.latency.percentile(0.99));
    let (ack, lag) = (measured.ack.percentile(0.99), measured.lag.percentile(0.99));
    let mut line = format!(
        "{what}: p50 {p50:.2} p99 {p99:.2} ms, missing {}, ack p99 {ack:.2} ms, server {:.2} s CPU, sent up to {lag:.2} ms late",
        measured.missing, measured.cpu_seconds,
    );
    if let Some(trouble) = &measured.trouble {
        line += &format!(", trouble on {trouble}");
    }
    progress(&line);
}

/// Edits a second that were acknowledged.
pub fn rate_acked(measured: &Measured) -> f64 {
    measured.acked as f64 / seconds(measured.acked_within.max(1))
}

fn per_million(cpu_seconds: f64, deliveries: u64) -> f64 {
    cpu_seconds * 1e6 / (deliveries.max(1) as f64)
}
