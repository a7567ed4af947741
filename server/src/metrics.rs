//! Counters and gauges, in the text format Prometheus reads.

use std::sync::Mutex;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};

use crate::limits::Limit;

type Labels = [(&'static str, String); 1];

/// What the process has done and holds.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    refused: Family<Labels, Counter>,
    closed: Family<Labels, Counter>,
    /// Joins that were let in.
    pub joins: Counter,
    /// Updates applied and journaled.
    pub updates: Counter,
    /// Bytes of those updates.
    pub update_bytes: Counter,
    /// Sessions that had to wait because they sent too fast.
    pub throttled: Counter,
    /// Tokens that opened nothing.
    pub denied: Counter,
    /// Documents whose replica had to be rebuilt.
    pub replicas_lost: Counter,
    sessions: Gauge,
    documents: Gauge,
    backlog_bytes: Gauge,
    storage_up: Gauge,
}

/// What is measured at the moment it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Levels {
    /// Sockets of sessions.
    pub sessions: usize,
    /// Open documents.
    pub documents: usize,
    /// Accepted and uncommitted, in bytes.
    pub backlog_bytes: usize,
    /// Commits succeed.
    pub storage_up: bool,
}

/// Makes a metric and has it shown under a name.
fn add<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// Makes the metrics; `limits` are shown as they are configured.
    #[must_use]
    pub fn new(limits: &[(&'static str, u64)]) -> Self {
        let mut registry = Registry::with_prefix("weft");
        let all = &mut registry;
        let metrics = Self {
            refused: add(all, "refused", "Refusals by the limit that was reached"),
            closed: add(all, "closed", "Sessions closed by the server, by close code"),
            joins: add(all, "joins", "Sessions let in"),
            updates: add(all, "updates", "Updates applied and journaled"),
            update_bytes: add(all, "update_bytes", "Size of those updates"),
            throttled: add(all, "throttled", "Sessions made to wait for sending too fast"),
            denied: add(all, "denied", "Tokens that opened nothing"),
            replicas_lost: add(all, "replicas_lost", "Replicas rebuilt after a failure"),
            sessions: add(all, "sessions", "Sessions connected"),
            documents: add(all, "documents_open", "Documents in memory"),
            backlog_bytes: add(all, "backlog_bytes", "Accepted and not committed"),
            storage_up: add(all, "storage_up", "1 while commits succeed"),
            registry: Mutex::default(),
        };
        let configured: Family<Labels, Gauge> =
            add(all, "limit", "Limits as configured, by the option's name");
        for (name, value) in limits {
            let value = i64::try_from(*value).unwrap_or(i64::MAX);
            configured.get_or_create(&[("limit", (*name).to_owned())]).set(value);
        }
        for limit in Limit::ALL {
            // Shown from the start, so that a rate over them is defined.
            metrics.refused.get_or_create(&[("limit", limit.as_str().to_owned())]).inc_by(0);
        }
        Self { registry: Mutex::new(registry), ..metrics }
    }

    /// Counts a refusal.
    pub fn refused(&self, limit: Limit) {
        self.refused.get_or_create(&[("limit", limit.as_str().to_owned())]).inc();
    }

    /// Counts a session closed by the server.
    pub fn closed(&self, code: u16) {
        self.closed.get_or_create(&[("code", code.to_string())]).inc();
    }

    /// Writes everything.
    #[must_use]
    pub fn text(&self, levels: Levels) -> String {
        let whole = |level: usize| i64::try_from(level).unwrap_or(i64::MAX);
        self.sessions.set(whole(levels.sessions));
        self.documents.set(whole(levels.documents));
        self.backlog_bytes.set(whole(levels.backlog_bytes));
        self.storage_up.set(i64::from(levels.storage_up));
        let mut text = String::new();
        let registry = self.registry.lock().expect("nothing panics while it writes");
        if encode(&mut text, &registry).is_err() {
            tracing::error!("the metrics could not be written");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [R3]
    #[test]
    fn every_limit_has_its_metric_from_the_start() {
        let metrics = Metrics::new(&[("limit_idle_ms", 5)]);
        metrics.refused(Limit::Joins);
        metrics.closed(4529);
        let text = metrics.text(Levels { sessions: 3, documents: 2, backlog_bytes: 1, storage_up: true });
        for limit in Limit::ALL {
            let line = format!("weft_refused_total{{limit=\"{}\"}}", limit.as_str());
            assert!(text.contains(&line), "{line} in\n{text}");
        }
        for line in [
            "weft_refused_total{limit=\"joins_per_second\"} 1",
            "weft_closed_total{code=\"4529\"} 1",
            "weft_limit{limit=\"limit_idle_ms\"} 5",
            "weft_sessions 3",
            "weft_backlog_bytes 1",
            "weft_storage_up 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
