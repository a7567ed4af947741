//! The scenarios A to I, one a file.

pub mod connect;
pub mod crash;
pub mod cursors;
pub mod fan_out;
pub mod history;
pub mod reconnect;
pub mod rooms;
pub mod slow_reader;
pub mod stalled;

use crate::bench::{Bench, Findings};
use crate::failure::Outcome;
use crate::server::{Server, Target};

/// Runs one scenario.
///
/// # Errors
/// A measurement that could not be made.
pub fn run(letter: char, bench: &Bench, findings: &mut Findings) -> Outcome<()> {
    match letter {
        'A' => fan_out::run(bench, findings),
        'B' => rooms::run(bench, findings),
        'C' => cursors::run(bench, findings),
        'D' => connect::run(bench, findings),
        'E' if !matches!(bench.target, Target::Limit) => history::run(bench, findings),
        'F' => stalled::run(bench, findings),
        'G' if Server::restartable(&bench.target) => crash::run(bench, findings),
        'H' => reconnect::run(bench, findings),
        'I' if bench.acks() => slow_reader::run(bench, findings),
        _ => Ok(()),
    }
}
