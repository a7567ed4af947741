//! A replay: the past as a stream of frames, made as fast as it is read and no faster.
//!
//! A task reads batches and hands chunks to the body of the response through a channel that holds two. Whoever stops reading
//! costs those chunks and one batch, and only for a while; whoever goes away ends the task with its next chunk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::mpsc;
use weft_storage::{Ordered, StoreError};

use super::frames;
use super::moments::State;
use super::reading::Reading;

/// Chunks made and not taken.
const CHUNKS_MAX: usize = 2;
/// A reader that takes nothing for this long is given up.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// No replay takes longer.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(3_600);

/// The replay ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the replay was broken off")]
pub struct BrokenOff;

/// Where updates come from, in order.
pub trait Batches: Send + 'static {
    /// Returns the next updates, none behind the last one.
    fn batch(&mut self) -> impl Future<Output = Result<Vec<Ordered>, StoreError>> + Send;
}

impl Batches for Reading {
    async fn batch(&mut self) -> Result<Vec<Ordered>, StoreError> {
        Self::batch(self).await
    }
}

/// Starts a replay: the state at its beginning, if there is one, then every update that `reading` brings. `held` is kept until
/// it ends.
pub fn start(
    state: Option<(i64, State)>,
    reading: impl Batches,
    held: impl Send + 'static,
) -> impl Stream<Item = Result<Bytes, BrokenOff>> {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    let is_whole = Arc::new(AtomicBool::new(false));
    let said = is_whole.clone();
    tokio::spawn(async move {
        match tokio::time::timeout(REPLAY_TIMEOUT, send(state, reading, &sender)).await {
            Ok(Ok(true)) => said.store(true, Ordering::Release),
            Ok(Ok(false)) => tracing::debug!("a replay was given up"),
            Ok(Err(error)) => tracing::warn!(%error, "a replay was broken off"),
            Err(_) => tracing::info!("a replay took too long"),
        }
        drop(held);
    });
    unfold((receiver, is_whole, false), |(mut receiver, is_whole, is_told)| async move {
        match receiver.recv().await {
            Some(chunk) => Some((Ok(chunk), (receiver, is_whole, is_told))),
            // Ending as if all had come would be a lie.
            None if !is_told && !is_whole.load(Ordering::Acquire) => {
                Some((Err(BrokenOff), (receiver, is_whole, true)))
            }
            None => None,
        }
    })
}

/// Returns whether everything was taken.
async fn send(
    state: Option<(i64, State)>,
    mut reading: impl Batches,
    sender: &mpsc::Sender<Bytes>,
) -> Result<bool, StoreError> {
    let mut chunk = Vec::new();
    if let Some((at_ms, state)) = state {
        frames::write_state(&mut chunk, at_ms, &state.state);
    }
    loop {
        let batch = reading.batch().await?;
        let is_end = batch.is_empty();
        batch.iter().for_each(|ordered| frames::write_update(&mut chunk, ordered));
        if !chunk.is_empty() {
            let sending = sender.send(std::mem::take(&mut chunk).into());
            if !matches!(tokio::time::timeout(STALL_TIMEOUT, sending).await, Ok(Ok(()))) {
                return Ok(false);
            }
        }
        if is_end {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests;
