//! A session without a socket: how a request reads and changes a document.
//!
//! It joins like any other, so that every rule, limit and acknowledgement holds for it as well.

use std::sync::Arc;
use std::time::Duration;

use actix::{Addr, Arbiter};
use actix_web::http::StatusCode;
use bytes::Bytes;
use tokio::sync::oneshot;
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{DocumentName, SessionId};
use weft_protocol::message::{Inbound, Outbound};
use weft_protocol::websocket::{self, OPCODE_BINARY, OPCODE_CLOSE};

use super::App;
use super::problem::Problem;
use crate::access::{Caller, Denied};
use crate::document::actor::DocumentActor;
use crate::document::event::Join;
use crate::document::mail::{Everybody, Leave, Receive};
use crate::hub::actor::Open;
use crate::session::guard::Intake;
use crate::session::outbox::Outbox;

/// A visit takes at most this long, loading the document and committing to it included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A visit to one document; leaving is dropping it.
pub struct Visit {
    session: SessionId,
    document: Addr<DocumentActor>,
    outbox: Arc<Outbox>,
    frames: Bytes,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.outbox.kill();
        // A document that is gone or busy finds the dead outbox by itself.
        let _ = self.document.try_send(Leave(self.session));
    }
}

impl Visit {
    async fn begin(app: &App, name: DocumentName, caller: &Caller) -> Result<Self, Problem> {
        let permit = caller.permit(&name).map_err(|close| Problem::forbidden(close.reason))?;
        let session = app.next_session();
        let outbox = Arc::new(Outbox::default());
        let intake = Arc::new(Intake::new(app.session_limits.in_flight_bytes_max));
        let (reply, opened) = oneshot::channel();
        let join = Join { session, ack_mode: AckMode::Count, permit };
        let arbiter = Arbiter::current();
        let open = Open { name, join, outbox: outbox.clone(), intake, arbiter, reply };
        app.around.hub.try_send(open).map_err(|_| super::documents::unanswered())?;
        let opened = opened.await.map_err(|_| super::documents::unanswered())?;
        let document = opened.map_err(|close| Problem::closed(close.code.number(), close.reason))?;
        Ok(Self { session, document, outbox, frames: Bytes::new() })
    }

    fn send(&self, message: Inbound) -> Result<(), Problem> {
        let receive = Receive { session: self.session, message, cost_bytes: 0 };
        self.document.try_send(receive).map_err(|_| super::documents::unanswered())
    }

    /// Brings an update and waits until it is committed.
    async fn bring(&mut self, update: Bytes) -> Result<(), Problem> {
        self.send(Inbound::Update(update))?;
        let mut greeted = false;
        loop {
            let message = self.next().await?;
            match Outbound::decode(&message) {
                Ok(Outbound::Ack(_)) => return Ok(()),
                Ok(Outbound::SyncStep1(_)) if greeted => {
                    let detail =
                        "the update builds on others that the document does not have: send those as well";
                    return Err(Problem::new(StatusCode::CONFLICT, "causes are missing", detail));
                }
                Ok(Outbound::SyncStep1(_)) => greeted = true,
                Ok(Outbound::PermissionDenied(_)) => return Err(Problem::unauthorized(&Denied::Revoked)),
                _ => {}
            }
        }
    }

    /// Returns the next message.
    async fn next(&mut self) -> Result<Bytes, Problem> {
        loop {
            while let Some((opcode, payload)) = websocket::take_frame(&mut self.frames) {
                match opcode {
                    OPCODE_BINARY => return Ok(payload),
                    OPCODE_CLOSE => return Err(closed(&payload)),
                    // Pings ask how much was read; nobody stays long enough to be asked twice.
                    _ => {}
                }
            }
            self.frames = self.outbox.next().await.ok_or_else(super::documents::unanswered)?;
        }
    }
}

fn closed(payload: &[u8]) -> Problem {
    let Some((code, reason)) = payload.split_first_chunk() else { return super::documents::unanswered() };
    Problem::closed(u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned())
}

/// Returns what a document has beyond a state vector.
///
/// # Errors
/// What a session would have been told.
pub async fn read(
    app: &App,
    name: DocumentName,
    caller: &Caller,
    state_vector: Bytes,
) -> Result<Bytes, Problem> {
    let reading = async {
        let mut visit = Visit::begin(app, name, caller).await?;
        visit.send(Inbound::SyncStep1(state_vector))?;
        loop {
            let message = visit.next().await?;
            if let Ok(Outbound::SyncStep2(update)) = Outbound::decode(&message) {
                return Ok(message.slice_ref(update));
            }
        }
    };
    within(reading).await
}

/// Brings an update to a document and returns when it is committed.
///
/// # Errors
/// What a session would have been told; 409 when the update builds on others that the document does not have.
pub async fn write(app: &App, name: DocumentName, caller: &Caller, update: Bytes) -> Result<(), Problem> {
    within(async { Visit::begin(app, name, caller).await?.bring(update).await }).await
}

/// As [`write`], and then tells everybody in the document why it changed.
///
/// # Errors
/// As [`write`].
pub async fn announce(
    app: &App,
    name: DocumentName,
    caller: &Caller,
    (update, notice): (Bytes, serde_json::Value),
) -> Result<(), Problem> {
    let writing = async {
        let mut visit = Visit::begin(app, name, caller).await?;
        visit.bring(update).await?;
        // The edit counts, and who cannot be told sees it all the same.
        let _ = visit.document.try_send(Everybody::Announce(notice));
        Ok(())
    };
    within(writing).await
}

async fn within<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let late = || {
        let detail =
            format!("not done within {} s: an update sent may still be committed", TIMEOUT.as_secs());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too slow", detail)
    };
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or_else(|_| Err(late()))
}
