//! Counters and gauges, in the text format Prometheus reads.

use std::sync::Mutex;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

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

impl Default for Metrics {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Metrics {
    /// Makes the metrics; `limits` are shown as they are configured.
    #[must_use]
    pub fn new(limits: &[(&'static str, u64)]) -> Self {
        let mut registry = Registry::with_prefix("weft");
        let metrics = Self {
            refused: Family::default(),
            closed: Family::default(),
            joins: Counter::default(),
            updates: Counter::default(),
            update_bytes: Counter::default(),
            throttled: Counter::default(),
            denied: Counter::default(),
            replicas_lost: Counter::default(),
            sessions: Gauge::default(),
            documents: Gauge::default(),
            backlog_bytes: Gauge::default(),
            storage_up: Gauge::default(),
            registry: Mutex::default(),
        };
        registry.register("refused", "Refusals by the limit that was reached", metrics.refused.clone());
        registry.register("closed", "Sessions closed by the server, by close code", metrics.closed.clone());
        registry.register("joins", "Sessions let in", metrics.joins.clone());
        registry.register("updates", "Updates applied and journaled", metrics.updates.clone());
        let bytes = metrics.update_bytes.clone();
        registry.register_with_unit("update", "Size of those updates", Unit::Bytes, bytes);
        registry.register(
            "throttled",
            "Sessions made to wait for sending too fast",
            metrics.throttled.clone(),
        );
        registry.register("denied", "Tokens that opened nothing", metrics.denied.clone());
        registry.register("replicas_lost", "Replicas rebuilt after a failure", metrics.replicas_lost.clone());
        registry.register("sessions", "Sessions connected", metrics.sessions.clone());
        registry.register("documents_open", "Documents in memory", metrics.documents.clone());
        let backlog = metrics.backlog_bytes.clone();
        registry.register_with_unit("backlog", "Accepted and not committed", Unit::Bytes, backlog);
        registry.register("storage_up", "1 while commits succeed", metrics.storage_up.clone());
        let configured = Family::<Labels, Gauge>::default();
        for (name, value) in limits {
            let value = i64::try_from(*value).unwrap_or(i64::MAX);
            configured.get_or_create(&[("limit", (*name).to_owned())]).set(value);
        }
        registry.register("limit", "Limits as configured, by the option's name", configured);
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
