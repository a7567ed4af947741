//! A document's past: what there was at a moment, who did what when, and all of it as a film.
//!
//! The journal is the past; nothing is stored besides it but versions that people name. [`grouping`], [`fold`], [`frames`],
//! [`label`], [`moment`] and [`versions`] decide, on what [`reading`] brings from storage in bounded pages; [`moments`], [`listing`] and
//! [`replay`] carry it out.

pub mod fold;
pub mod frames;
pub mod grouping;
pub mod label;
pub mod listing;
pub mod moment;
pub mod moments;
pub mod people;
pub mod reading;
pub mod replay;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limit;
use crate::metrics::Metrics;
use moments::Checkpoints;

/// States of the past computed, and pasts gone through, at once; more only compete for the same cores.
pub const MOMENTS_MAX: usize = 4;
/// Replays under way at once.
pub const REPLAYS_MAX: usize = 32;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of the past is looked at, at once.
#[derive(Debug, Clone)]
pub struct Histories {
    moments: Arc<Semaphore>,
    replays: Arc<Semaphore>,
    /// States that were computed lately.
    pub checkpoints: Arc<Checkpoints>,
}

impl Default for Histories {
    fn default() -> Self {
        Self {
            moments: Arc::new(Semaphore::new(MOMENTS_MAX)),
            replays: Arc::new(Semaphore::new(REPLAYS_MAX)),
            checkpoints: Arc::default(),
        }
    }
}

impl Histories {
    /// Waits a while for a turn to go through a past; none if there is no end to others'.
    pub async fn moment(&self, metrics: &Metrics) -> Option<OwnedSemaphorePermit> {
        turn(&self.moments, Limit::Moments, metrics).await
    }

    /// Waits a while for a turn to replay a past; none if there is no end to others'.
    pub async fn replay(&self, metrics: &Metrics) -> Option<OwnedSemaphorePermit> {
        turn(&self.replays, Limit::Replays, metrics).await
    }
}

async fn turn(room: &Arc<Semaphore>, limit: Limit, metrics: &Metrics) -> Option<OwnedSemaphorePermit> {
    match tokio::time::timeout(TURN_TIMEOUT, room.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Some(permit),
        Ok(Err(_)) | Err(_) => {
            metrics.refused(limit);
            None
        }
    }
}
