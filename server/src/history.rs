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

use crate::limits::Limit;
use crate::limits::room::{Place, Principal, Room};
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
    moments: Room,
    replays: Room,
    /// States that were computed lately.
    pub checkpoints: Arc<Checkpoints>,
}

impl Default for Histories {
    fn default() -> Self {
        Self { moments: Room::new(MOMENTS_MAX), replays: Room::new(REPLAYS_MAX), checkpoints: Arc::default() }
    }
}

impl Histories {
    /// Waits a while for a turn to go through a past; none if there is no end to others'.
    pub async fn moment(&self, principal: Option<&Principal>, metrics: &Metrics) -> Option<Place> {
        turn(&self.moments, principal, Limit::Moments, metrics).await
    }

    /// Waits a while for a turn to replay a past; none if there is no end to others'.
    pub async fn replay(&self, principal: Option<&Principal>, metrics: &Metrics) -> Option<Place> {
        turn(&self.replays, principal, Limit::Replays, metrics).await
    }
}

async fn turn(room: &Room, principal: Option<&Principal>, limit: Limit, metrics: &Metrics) -> Option<Place> {
    let turn = tokio::time::timeout(TURN_TIMEOUT, room.acquire(principal)).await;
    turn.inspect_err(|_| metrics.refused(limit)).ok()
}
