//! Waiting for conditions, with deadlines instead of sleeps.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// How long something may take that should happen at once, on a machine that is busy with other tests.
pub const SOON: Duration = Duration::from_secs(20);

const POLL: Duration = Duration::from_millis(10);

/// Awaits `future`, failing with `what` after `limit`.
pub async fn within<T>(what: &str, limit: Duration, future: impl Future<Output = T>) -> T {
    match timeout(limit, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {limit:?} in vain for {what}"),
    }
}

/// Polls `condition` until it holds, failing with `what` after `limit`.
pub async fn until(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < end, "waited {limit:?} in vain until {what}");
        tokio::time::sleep(POLL).await;
    }
}

/// Polls `condition` for the whole of `period`, failing with `what` when it does not hold at some moment.
pub async fn throughout(what: &str, period: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + period;
    while Instant::now() < end {
        assert!(condition().await, "did not hold throughout {period:?}: {what}");
        tokio::time::sleep(POLL).await;
    }
}

/// Polls `condition` until it holds or `limit` is over, and tells which.
pub async fn reached(limit: Duration, mut condition: impl AsyncFnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while !condition().await {
        if Instant::now() >= end {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}
