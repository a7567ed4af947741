//! Liveness and readiness.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use weft_storage::journal::JournalState;

use super::App;
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::hub::actor::Count;
use crate::metrics::Levels;

/// Readiness answers within this time, whatever storage does.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Routes health.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

/// The process answers.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "alive": true }))
}

/// Counters and gauges; with an access key only for a token with `"*": "admin"`.
async fn metrics(caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if caller.role_everywhere() != Some(Role::Admin) {
        return Err(Problem::forbidden("this needs a token with \"*\": \"admin\""));
    }
    let health = app.durable.journal().health();
    let levels = Levels {
        sessions: app.sockets.load(Ordering::Acquire),
        documents: app.around.hub.send(Count).await.unwrap_or_default(),
        backlog_bytes: health.backlog_bytes,
        storage_up: matches!(health.state, JournalState::Ok),
    };
    let text = app.around.metrics.text(levels);
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

/// New sessions are welcome and what they write can be committed.
async fn ready(app: web::Data<App>) -> HttpResponse {
    let accepting = app.accepting.load(Ordering::Acquire);
    let health = app.durable.journal().health();
    let journal = match &health.state {
        JournalState::Ok => None,
        JournalState::Waiting { since_ms } => Some(format!("a commit has had no answer for {since_ms} ms")),
        JournalState::Retrying { since_ms, error } => {
            Some(format!("commits fail for {since_ms} ms: {error}"))
        }
    };
    let ping =
        tokio::time::timeout(PING_TIMEOUT, app.durable.query(|store| async move { store.ping().await }))
            .await;
    let storage = match ping {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} s", PING_TIMEOUT.as_secs())),
    };
    let ready = accepting && journal.is_none() && storage.is_none();
    let body = json!({
        "ready": ready,
        "draining": !accepting,
        "storage": storage.as_deref().unwrap_or("ok"),
        "journal": journal.as_deref().unwrap_or("ok"),
        "backlog_bytes": health.backlog_bytes,
    });
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
