//! HTTP: the upgrade to a session, the documents API, the pages, and health.

pub mod address;
pub mod blobs;
pub mod body;
pub mod caller;
pub mod documents;
pub mod health;
pub mod history;
pub mod image;
pub mod links;
pub mod naming;
pub mod pages;
pub mod presence;
pub mod preview;
pub mod problem;
pub mod restore;
pub mod settings;
pub mod updates;
pub mod upgrade;
pub mod upload;
pub mod versions;
pub mod visit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App as WebApp, HttpResponse, web};
use percent_encoding::percent_decode_str;
use weft_protocol::ids::{DocumentName, SessionId};
use weft_storage::VersionBounds;

use address::Network;

use crate::access::origin::Origins;
use crate::access::sign_in::SignIn;
use crate::durable::Durable;
use crate::history::Histories;
use crate::limits::{Limit, Quotas};
use crate::session::actor::{SessionLimits, Surroundings};
use preview::Previews;
use upload::Uploads;

/// Browsers may remember for this time, in seconds, that a listed origin may call.
const CORS_AGE_S: usize = 600;

/// What every request may need.
#[derive(Clone)]
pub struct App {
    /// The way to storage.
    pub durable: Durable,
    /// What sessions share.
    pub around: Surroundings,
    /// From which pages browsers may come.
    pub origins: Arc<Origins>,
    /// Where people get tokens.
    pub sign_in: Arc<SignIn>,
    /// How much one address and one user may use.
    pub quotas: Quotas,
    /// Whose word about addresses is believed.
    pub proxies: Arc<Vec<Network>>,
    /// Previews that were made.
    pub previews: Previews,
    /// Room for images that are arriving, and what they may be.
    pub uploads: Uploads,
    /// What versions of a document may be together.
    pub versions: VersionBounds,
    /// Share links that a document may have.
    pub links_max: u32,
    /// Room for going through the past.
    pub histories: Histories,
    /// Turns to restore.
    pub restores: restore::Turns,
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
}

impl App {
    fn next_session(&self) -> SessionId {
        SessionId(self.sessions.fetch_add(1, Ordering::Relaxed))
    }
}

/// Makes the application that answers what is no session.
pub fn application(
    app: App,
) -> WebApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let listed = app.origins.clone();
    let cors = Cors::default()
        .block_on_origin_mismatch(false)
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| listed.lists(origin)))
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .max_age(CORS_AGE_S);
    WebApp::new().app_data(web::Data::new(app)).configure(configure).wrap(cors).wrap(from_fn(stay_home))
}

/// Refuses pages of others, and names that are not this server's, before anything is looked at.
async fn stay_home(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>().expect("every route has it");
    let address = address::of(request.peer_addr(), request.headers(), &app.proxies);
    if !app.quotas.request(address, app.around.clock.now().mono_us) {
        app.around.metrics.refused(Limit::Requests);
        let detail = "more requests a second than one address may send, slow down";
        return Err(problem::Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", detail).into());
    }
    let origins = &app.origins;
    let (origin, host) =
        (caller::header(request.headers(), header::ORIGIN), caller::header(request.headers(), header::HOST));
    // A page of another origin may load what is public; without CORS headers its scripts see nothing of it.
    let origin = origin.filter(|_| !request.method().is_safe());
    origins.check(origin, host).map_err(|foreign| problem::Problem::forbidden(foreign.to_string()))?;
    next.call(request).await
}

/// Routes everything.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/sync/{name:.*}", web::to(needs_upgrade))
        // Before the documents, whose names may contain slashes.
        .configure(links::configure)
        .configure(updates::configure)
        .configure(restore::configure)
        .configure(history::configure)
        .configure(versions::configure)
        .configure(blobs::configure)
        .configure(presence::configure)
        .configure(preview::configure)
        .configure(documents::configure)
        .configure(settings::configure)
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
