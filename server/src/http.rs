//! HTTP: the upgrade to a session, the documents API, the pages, and health.

pub mod documents;
pub mod health;
pub mod pages;
pub mod problem;
pub mod upgrade;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix::Addr;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use percent_encoding::percent_decode_str;
use weft_protocol::ids::{DocumentName, SessionId};

use crate::clock::Clock;
use crate::durable::Durable;
use crate::hub::actor::HubActor;
use crate::session::actor::SessionLimits;

/// What every request may need.
#[derive(Clone)]
pub struct App {
    /// The way to storage.
    pub durable: Durable,
    /// Where documents are known.
    pub hub: Addr<HubActor>,
    /// Bounds of a session.
    pub session_limits: SessionLimits,
    /// Numbers sessions.
    pub sessions: Arc<AtomicU64>,
    /// Sockets of sessions at present, and at most.
    pub sockets: Arc<AtomicUsize>,
    /// See above.
    pub sockets_max: usize,
    /// A peer that acknowledges nothing for this long is cut off.
    pub tcp_user_timeout: Duration,
    /// Turns false when the process drains.
    pub accepting: Arc<AtomicBool>,
    /// Reads the time.
    pub clock: Clock,
}

impl App {
    fn next_session(&self) -> SessionId {
        SessionId(self.sessions.fetch_add(1, Ordering::Relaxed))
    }
}

/// Routes everything.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/sync/{name:.*}", web::to(needs_upgrade))
        .configure(documents::configure)
        .configure(health::configure)
        .configure(pages::configure);
}

/// A session without an upgrade is none.
async fn needs_upgrade() -> Result<HttpResponse, problem::Problem> {
    let detail = "this address speaks WebSocket: connect with a Yjs WebsocketProvider";
    Err(problem::Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade required", detail))
}

/// Reads a document name from a raw path: percent-decoded once, slashes kept, nothing normalised.
fn document_name(raw: &str) -> Result<DocumentName, String> {
    let decoded = percent_decode_str(raw).decode_utf8();
    let decoded = decoded.map_err(|_| "the document name is not UTF-8 after percent-decoding".to_owned())?;
    DocumentName::new(decoded).map_err(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [W2]
    #[test]
    fn names_are_decoded_once_and_not_normalised() {
        let name = |raw| document_name(raw).map(|name| name.as_str().to_owned());
        assert_eq!(name("team%2Fnotes").as_deref(), Ok("team/notes"));
        assert_eq!(name("team//notes/").as_deref(), Ok("team//notes/"));
        assert_eq!(name("a%2520b").as_deref(), Ok("a%20b"));
        assert_eq!(name("%C3%A9").as_deref(), Ok("é"));
        assert!(name("%FF").is_err() && name("").is_err() && name("a%00b").is_err());
    }
}
