//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::bench::Bench;
use crate::endpoint::Endpoint;
use crate::failure::Outcome;
use crate::machine::Process;
use crate::server::Target;
use crate::store::StoreKind;
use crate::trace::Trace;

/// Keystrokes of the quick check.
const SHORT_TRACE: usize = 20_000;
/// Seed of the generated trace.
const TRACE_SEED: u64 = 2021;

/// Measures a real-time collaboration server and prints how it compares with what Weft must reach.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Scenarios, comma-separated letters from A to I (I is also `slow-reader`), or `all`
    #[arg(long, default_value = "all", value_parser = letters)]
    scenario: Letters,
    /// The server to start
    #[arg(long, default_value = "target/release/weft", value_name = "PATH")]
    server: PathBuf,
    /// An option added to the server's command line; may be given more than once
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    server_option: Vec<String>,
    /// Stores: sqlite, postgres, or a PostgreSQL URL that may create databases; all scenarios run on the first, A and B on all
    #[arg(long, default_value = "sqlite", value_delimiter = ',', value_parser = StoreKind::parse)]
    database: Vec<StoreKind>,
    /// Runs of each scenario; the median counts
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub runs: u32,
    /// A quick check that nothing is lost; times are printed and never asserted
    #[arg(long)]
    short: bool,
    /// File for the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// File for the picture that scenario I draws, an SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Measure a y-websocket-compatible server that runs already, at the URL a WebsocketProvider would be given
    #[arg(long, value_name = "URL", conflicts_with = "limit")]
    peer: Option<String>,
    /// Process id of the peer, to measure its memory and processor time
    #[arg(long, value_name = "PID", requires = "peer")]
    peer_pid: Option<u32>,
    /// Measure a bare broadcaster without documents and storage: what sockets allow on this machine
    #[arg(long)]
    limit: bool,
    /// A recorded editing trace (gzipped JSON as in josephg/editing-traces); without it one is generated
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Most deliveries a second that scenario A tries
    #[arg(long, default_value_t = 2_000_000, value_name = "N")]
    deliveries_max: u64,
    /// Most clients that scenario C tries
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    cursors_max: u64,
    /// Be the bare broadcaster
    #[arg(long, hide = true)]
    pub as_limit: bool,
}

/// Letters of scenarios.
#[derive(Debug, Clone)]
struct Letters(Vec<char>);

fn letters(text: &str) -> Result<Letters, String> {
    if text == "all" {
        return Ok(Letters(('A'..='I').collect()));
    }
    let letter = |part: &str| match part.trim().to_ascii_uppercase().as_bytes() {
        [letter @ b'A'..=b'I'] => Ok(char::from(*letter)),
        b"SLOW-READER" => Ok('I'),
        _ => Err(format!("{part}: scenarios are letters from A to I")),
    };
    text.split(',').map(letter).collect::<Result<_, _>>().map(Letters)
}

impl Args {
    /// Returns what every scenario is given, on the first store.
    ///
    /// # Errors
    /// A trace that cannot be read, or a peer that does not resolve.
    pub fn bench(&self) -> Outcome<Bench> {
        let limit = if self.short { SHORT_TRACE } else { usize::MAX };
        let trace = match &self.trace {
            Some(path) => Trace::read(path, limit)?,
            None => Trace::generate(TRACE_SEED, limit),
        };
        let store = self.stores().swap_remove(0);
        let (deliveries_max, cursors_max) = (self.deliveries_max, self.cursors_max);
        let (target, short, plot) = (self.target()?, self.short, self.plot.clone());
        Ok(Bench { target, store, short, deliveries_max, cursors_max, trace, plot })
    }

    fn target(&self) -> Outcome<Target> {
        if self.limit {
            return Ok(Target::Limit);
        }
        if let Some(url) = &self.peer {
            return Ok(Target::Peer { endpoint: Endpoint::peer(url)?, process: self.peer_pid.map(Process) });
        }
        // The server runs in the directory of its store, so a relative path would not be found.
        let program = std::path::absolute(&self.server).unwrap_or_else(|_| self.server.clone());
        Ok(Target::Weft { program, options: self.server_option.clone() })
    }

    /// Names what is measured.
    pub fn target_name(&self) -> String {
        match &self.peer {
            Some(url) => format!("peer at {url}"),
            None if self.limit => "bare broadcaster".to_owned(),
            None => format!("{}", self.server.display()),
        }
    }

    /// Returns the stores to measure on; only Weft has one.
    pub fn stores(&self) -> Vec<StoreKind> {
        if self.limit || self.peer.is_some() { vec![StoreKind::None] } else { self.database.clone() }
    }

    /// Returns the scenarios for the nth store: acknowledgements are what differs between stores, so the others need one only.
    pub fn scenarios(&self, nth_store: usize) -> Vec<char> {
        self.scenario
            .0
            .iter()
            .copied()
            .filter(|letter| nth_store == 0 || matches!(letter, 'A' | 'B'))
            .collect()
    }
}
