//! An open-loop load generator for servers of the y-websocket dialect; it prints the figures of `docs/figures.md`.
//!
//! Every edit has its due time, and latency runs from there to the receiver's read, so a server that falls behind cannot hide
//! it by slowing the generator down. Receivers find edits by client and clock inside the raw updates, so a server may merge as it
//! likes. The server runs on one core, the generator on another.
//!
//! - [`args`], [`table`], [`plot`], [`figure`], [`bench`]: what is asked, what comes out
//! - [`scenario`]: A to I
//! - [`open_loop`], [`pacer`], [`search`], [`histogram`], [`seen`]: the method
//! - [`writer`], [`trace`]: edits made in advance by real documents
//! - [`swarm`], [`connection`], [`frame`], [`message`], [`update`], [`endpoint`]: thousands of clients on one thread
//! - [`server`], [`store`], [`machine`]: what is measured
//! - [`limit`]: a bare broadcaster for comparison

mod args;
mod bench;
mod clock;
mod connection;
mod endpoint;
mod failure;
mod figure;
mod frame;
mod histogram;
mod limit;
mod machine;
mod message;
mod open_loop;
mod pacer;
mod plot;
mod random;
mod scenario;
mod search;
mod seen;
mod server;
mod store;
mod swarm;
mod table;
mod trace;
mod update;
mod writer;

use std::fs;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::bench::{Findings, progress};
use crate::failure::{Doing, Failure, Outcome};
use crate::table::Report;

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = if args.as_limit { limit::serve().map(|()| true) } else { measure(&args) };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what is asked, prints it, and tells whether the server was correct. Times never make the difference.
fn measure(args: &Args) -> Outcome<bool> {
    let files = machine::raise_file_limit();
    progress(&format!("{files} files may be open"));
    machine::pin_to(machine::GENERATOR_CORE)?;
    let mut bench = args.bench()?;
    let mut findings = Findings::default();
    let stores = args.stores();
    for run in 1..=args.runs {
        for (nth, store) in stores.iter().enumerate() {
            bench.store = store.clone();
            for letter in args.scenarios(nth) {
                progress(&format!("scenario {letter}, {}, run {run} of {}", store.name(), args.runs));
                // One scenario that cannot be measured does not take the others with it.
                if let Err(failure) = scenario::run(letter, &bench, &mut findings) {
                    findings.fault(format!("{letter}: {failure}"));
                }
            }
        }
    }
    let report = Report::new(args.target_name(), bench.trace.source.clone(), &findings);
    report.print();
    if let Some(path) = &args.json {
        let json =
            serde_json::to_vec_pretty(&report).map_err(|error| Failure::Unexpected(error.to_string()))?;
        fs::write(path, json).doing(&format!("write {}", path.display()))?;
    }
    Ok(findings.faults.is_empty())
}
