//! What every scenario is given, and where its figures go.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::failure::Outcome;
use crate::figure::Id;
use crate::open_loop::Measured;
use crate::server::{Server, Target};
use crate::store::StoreKind;
use crate::trace::Trace;

/// What every scenario is given.
pub struct Bench {
    /// What is measured.
    pub target: Target,
    /// Store it runs on.
    pub store: StoreKind,
    /// Whether this is the quick check that only asserts correctness.
    pub short: bool,
    /// Most deliveries a second that scenario A tries: what sockets allow on one core, by default.
    pub deliveries_max: u64,
    /// Most clients that scenario C tries.
    pub cursors_max: u64,
    /// The editing trace.
    pub trace: Trace,
    /// Where the picture of scenario I goes.
    pub plot: Option<PathBuf>,
}

/// What the scenarios found.
#[derive(Default)]
pub struct Findings {
    figures: BTreeMap<(Id, &'static str), Vec<f64>>,
    /// What a correct server does not do: lose edits, or close connections.
    pub faults: Vec<String>,
}

impl Bench {
    /// Starts a fresh server.
    ///
    /// # Errors
    /// It does not start.
    pub fn server(&self) -> Outcome<Server> {
        Server::start(&self.target, &self.store)
    }

    /// Tells whether the server acknowledges from its database.
    pub fn acks(&self) -> bool {
        matches!(self.target, Target::Weft { .. })
    }

    /// Chooses between the full size of something and the size for the quick check.
    pub fn size<T>(&self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }

    /// Names documents so that no two runs on one peer share any.
    pub fn document(&self, name: &str) -> String {
        format!("load-{}-{}-{name}", std::process::id(), crate::clock::now())
    }
}

impl Findings {
    /// Adds the figure of one run.
    pub fn add(&mut self, bench: &Bench, id: Id, value: f64) {
        self.figures.entry((id, bench.store.name())).or_default().push(value);
    }

    /// Adds a fault and shows it at once.
    pub fn fault(&mut self, what: String) {
        progress(&format!("FAULT {what}"));
        self.faults.push(what);
    }

    /// Adds the faults of a step in which nothing may go wrong.
    pub fn check(&mut self, bench: &Bench, name: &str, measured: &Measured) {
        if measured.missing > 0 {
            self.fault(format!("{name}: {} deliveries are missing", measured.missing));
        }
        if bench.acks() && measured.acked < measured.edits {
            self.fault(format!("{name}: {} edits are not acknowledged", measured.edits - measured.acked));
        }
        if let Some(trouble) = &measured.trouble {
            self.fault(format!("{name}: trouble on {trouble}"));
        }
    }

    /// Lists the figures in the order of the table: row, store, values of the runs.
    pub fn figures(&self) -> impl Iterator<Item = (Id, &'static str, &[f64])> {
        self.figures.iter().map(|((id, store), values)| (*id, *store, values.as_slice()))
    }
}

/// Shows where a long run is.
pub fn progress(what: &str) {
    eprintln!("[{:7.1} s] {what}", crate::clock::seconds(crate::clock::now()));
}
