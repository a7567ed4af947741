//! What the operating system knows and decides: cores, limits, memory and processor time.

use std::fs;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::failure::{Doing, Failure, Outcome};

/// The core the server runs on.
pub const SERVER_CORE: usize = 0;
/// The core the generator runs on.
pub const GENERATOR_CORE: usize = 1;

/// Pins the calling thread, and what it starts from now on, to a core. A machine with one core has nothing to pin.
///
/// # Errors
/// The system refuses.
pub fn pin_to(core: usize) -> Outcome<()> {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1) && core != SERVER_CORE {
        return Ok(());
    }
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).doing(&format!("pin to core {core}"))
}

/// Raises the limit of open files as far as the system lets a process do so itself, and returns it.
pub fn raise_file_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok() {
        return maximum.unwrap_or(u64::MAX);
    }
    current.unwrap_or(u64::MAX)
}

/// A process whose consumption is measured.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Returns resident memory now, in KiB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident_kib(self) -> Outcome<u64> {
        self.status("VmRSS:")
    }

    /// Returns the most memory that was ever resident, in KiB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident_peak_kib(self) -> Outcome<u64> {
        self.status("VmHWM:")
    }

    fn status(self, field: &str) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.0);
        let status = fs::read_to_string(&path).doing(&format!("read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
            .ok_or_else(|| Failure::Unexpected(format!("{path} has no {field}")))
    }

    /// Returns processor time used so far, user and system, in seconds.
    ///
    /// # Errors
    /// The process is gone.
    #[allow(clippy::cast_precision_loss, reason = "ticks of a short run")]
    pub fn cpu_seconds(self) -> Outcome<f64> {
        let path = format!("/proc/{}/stat", self.0);
        let stat = fs::read_to_string(&path).doing(&format!("read {path}"))?;
        // The name of the program may hold spaces; it ends with the last parenthesis. utime and stime are fields 14 and 15.
        let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default().split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(ticks as f64 / clock_ticks_per_second() as f64)
    }
}
