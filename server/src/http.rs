//! HTTP: the upgrade to a session, the documents API, the pages, and health.

pub mod documents;
pub mod health;
pub mod pages;
pub mod problem;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use actix::Addr;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket;
use weft_protocol::ids::{DocumentName, SessionId};

use crate::clock::Clock;
use crate::durable::Durable;
use crate::hub::actor::HubActor;
use crate::session::actor::{self, Request, SessionLimits};

/// Where stock y-websocket clients connect.
const SYNC_PREFIX: &str = "/sync/";

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
        .route("/sync/{name:.*}", web::get().to(sync))
        .configure(documents::configure)
        .configure(health::configure)
        .configure(pages::configure);
}

/// Upgrades a y-websocket client.
async fn sync(req: HttpRequest, payload: web::Payload, app: web::Data<App>) -> Result<HttpResponse, Error> {
    if !app.accepting.load(Ordering::Acquire) {
        let close = Close::new(CloseCode::Draining, "the server is restarting, reconnect");
        return actor::refuse(&req, payload, &close);
    }
    let raw = req.uri().path().strip_prefix(SYNC_PREFIX).unwrap_or_default();
    match document_name(raw) {
        Err(reason) => actor::refuse(&req, payload, &Close::new(CloseCode::Malformed, reason)),
        Ok(name) => {
            let ack_mode = y_websocket::ack_mode(req.uri().query().unwrap_or_default());
            let wanted = Request { session: app.next_session(), name, ack_mode, limits: app.session_limits };
            actor::start(&req, payload, app.hub.clone(), wanted)
        }
    }
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
