//! What an attack is, how the server has to answer it, and how the outcome is shown.

use std::fmt::{self, Display};
use std::future::Future;
use std::net::SocketAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

const MIB: u64 = 1 << 20;
/// What an attack may make the server hold unless it says otherwise: a message of the largest size, twice.
const PEAK_MIB: u64 = 48;
/// What an attack may make the server log unless it says otherwise.
const LOG_LINES: usize = 12;

/// How the server answers an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A close frame with this code and a reason.
    Close(u16),
    /// Such a close frame, or an end before the attacker could read it: it was still sending.
    CloseOrEnd(u16),
    /// This HTTP status.
    Status(u16),
    /// This HTTP status, explained as `application/problem+json`.
    Problem(u16),
    /// The connection ends without a word.
    End,
    /// The attacker is served like anybody else, because nothing comes of what it does.
    Served,
}

impl Answer {
    fn allows(self, seen: &Seen) -> bool {
        match (self, seen) {
            (Answer::Close(code) | Answer::CloseOrEnd(code), Seen::Closed(actual, reason)) => {
                // Nobody has to be told why the socket closes that he closed himself.
                code == *actual && (!reason.is_empty() || code == 1000)
            }
            (Answer::Status(code), Seen::Status { code: actual, .. }) => code == *actual,
            (Answer::Problem(code), Seen::Status { code: actual, problem }) => code == *actual && *problem,
            (Answer::End | Answer::CloseOrEnd(_), Seen::Ended) | (Answer::Served, Seen::Served) => true,
            _ => false,
        }
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Close(code) => write!(f, "closes with {code}"),
            Answer::CloseOrEnd(code) => write!(f, "closes with {code}, or cuts off"),
            Answer::Status(code) => write!(f, "status {code}"),
            Answer::Problem(code) => write!(f, "status {code} and a problem"),
            Answer::End => write!(f, "cuts off"),
            Answer::Served => write!(f, "serves, harmless"),
        }
    }
}

/// What became of an attacker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Its socket was closed with a code and a reason.
    Closed(u16, String),
    /// Its request was answered.
    Status {
        /// The status.
        code: u16,
        /// Whether a problem document says what was wrong.
        problem: bool,
    },
    /// Its connection ended without a word.
    Ended,
    /// It is served like before.
    Served,
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Closed(code, reason) => write!(f, "{code} {reason}"),
            Seen::Status { code, problem: true } => write!(f, "status {code}, a problem"),
            Seen::Status { code, problem: false } => write!(f, "status {code}"),
            Seen::Ended => write!(f, "cut off"),
            Seen::Served => write!(f, "served"),
        }
    }
}

/// Whether other attacks run beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It has the server for itself and the witnesses.
    Alone,
    /// It mostly waits for the server's patience to end, and the rest of its family does not wait for it.
    Beside,
}

/// One way to harm the server.
pub struct Attack {
    /// Its name, unique.
    pub name: &'static str,
    /// What the attacker does.
    pub what: &'static str,
    /// The rule that protects the server.
    pub rule: &'static str,
    /// How the server answers.
    pub answer: Answer,
    /// The most memory the server may take at any moment of it, above what it had before, in bytes.
    pub peak_bytes_max: u64,
    /// The most lines it may make the server log.
    pub log_lines_max: usize,
    /// Whether others run beside it.
    pub pace: Pace,
    run: Box<dyn Fn(SocketAddr) -> BoxFuture<'static, Seen> + Send + Sync>,
}

impl Attack {
    /// Names an attack, and says how it goes.
    pub fn new<F, Fut>(
        (name, what): (&'static str, &'static str),
        rule: &'static str,
        answer: Answer,
        run: F,
    ) -> Attack
    where
        F: Fn(SocketAddr) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Seen> + Send + 'static,
    {
        let run = Box::new(move |address| run(address).boxed());
        let (peak_bytes_max, log_lines_max) = (PEAK_MIB * MIB, LOG_LINES);
        Attack { name, what, rule, answer, peak_bytes_max, log_lines_max, pace: Pace::Alone, run }
    }

    /// Sets the most memory it may take.
    pub fn peak_mib(self, mib: u64) -> Attack {
        Attack { peak_bytes_max: mib * MIB, ..self }
    }

    /// Sets how much it may make the server log.
    pub fn log_lines(self, log_lines_max: usize) -> Attack {
        Attack { log_lines_max, ..self }
    }

    /// Lets it run beside the others of its family.
    pub fn beside_others(self) -> Attack {
        Attack { pace: Pace::Beside, ..self }
    }

    /// Carries it out.
    pub fn run(&self, address: SocketAddr) -> BoxFuture<'static, Seen> {
        (self.run)(address)
    }

    /// Returns what is wrong with the server's answer, if anything is.
    pub fn complaint(&self, seen: &Seen) -> Option<String> {
        (!self.answer.allows(seen)).then(|| format!("expected: {}; seen: {seen}", self.answer))
    }

    /// Its line in the page of all attacks.
    pub fn page_line(&self, family: &str) -> String {
        let Attack { name, what, rule, answer, .. } = self;
        format!("| {name} | {family} | {what} | {answer} | {rule} |")
    }
}

/// What was measured of one attack.
#[derive(Debug)]
pub struct Row {
    /// The attack.
    pub name: &'static str,
    /// What became of the attacker.
    pub seen: String,
    /// The most memory at any moment, above what was in use before.
    pub peak_bytes: u64,
    /// Memory afterwards, above calm.
    pub settled_bytes: u64,
    /// The slowest exchange of a witness meanwhile. Shown only: it says as much about the machine.
    pub slowest_ms: u64,
    /// Lines logged.
    pub log_lines: usize,
    /// What was wrong.
    pub complaints: Vec<String>,
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen: String = self.seen.chars().take(72).collect();
        let (peak, settled) = (mib(self.peak_bytes), mib(self.settled_bytes));
        let verdict = if self.complaints.is_empty() { "held".to_owned() } else { self.complaints.join("; ") };
        write!(
            f,
            "| {:<44} | {seen:<72} | {peak:>6.1} | {settled:>6.1} | {:>5} | {:>4} | {verdict} |",
            self.name, self.slowest_ms, self.log_lines
        )
    }
}

/// The head of the table that rows belong to.
pub fn table_head() -> String {
    format!(
        "| {:<44} | {:<72} | {:>6} | {:>6} | {:>5} | {:>4} | verdict |",
        "attack", "what the attacker sees", "peak M", "rest M", "ms", "log"
    )
}

#[allow(clippy::cast_precision_loss)] // shown with one digit
fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB as f64
}
