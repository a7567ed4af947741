//! Naming versions: what is committed now, or what there was at a moment.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use weft_protocol::ids::DocumentId;
use weft_storage::{Frontier, NewSnapshot, SnapshotId, SnapshotKind, SnapshotSaved};

use super::App;
use super::body::Body;
use super::documents::{moment as rfc3339, named};
use super::history::{reach, readable, stored, turn};
use super::problem::Problem;
use super::versions::SUFFIX;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::document::event::LoadFailure;
use crate::document::replica::Replica;
use crate::history::moment::{Moment, VersionId, parse};
use crate::history::moments::state_at;
use crate::limits::Limit;

/// Characters of a label.
const LABEL_CHARS_MAX: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVersion {
    label: String,
    /// A moment, as text or a number; now if there is none.
    at: Option<Value>,
}

#[derive(Debug, Serialize)]
struct CreatedView {
    id: String,
    label: String,
    at: String,
    at_ms: i64,
}

/// What becomes a version.
struct Content {
    taken_at_ms: i64,
    /// What of the journal is in the state for certain.
    frontier: Frontier,
    state: Bytes,
}

/// Returns the label as it is stored.
pub(super) fn checked(label: &str) -> Result<String, Problem> {
    let label = label.trim();
    let chars = label.chars().count();
    if chars == 0 || chars > LABEL_CHARS_MAX {
        let detail = format!("a label has 1 to {LABEL_CHARS_MAX} characters");
        return Err(Problem::bad_request(detail));
    }
    if label.chars().any(char::is_control) {
        return Err(Problem::bad_request("a label has no control characters"));
    }
    Ok(label.to_owned())
}

fn moment_in(at: Value) -> Result<Option<Moment>, Problem> {
    let text = match at {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        other => other.to_string(),
    };
    parse(&text).map(Some).map_err(|why| Problem::bad_request(format!("at: {why}")))
}

pub(super) async fn create(
    req: HttpRequest,
    body: Body<NewVersion>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Write, &name)?;
    let NewVersion { label, at } = body.0;
    let label = checked(&label)?;
    let moment = at.map(moment_in).transpose()?.flatten();
    let document = readable(&app, &req, &caller, SUFFIX).await?;
    let _turn = turn(&app, &req, &caller).await?;
    let (kind, author) = (SnapshotKind::Named, caller.user().map(str::to_owned));
    let content = match moment {
        None => committed(&app, document).await?,
        Some(moment) => past(&app, document, moment).await?,
    };
    let (snapshot, at_ms) = keep(&app, (document, kind), content, (label.clone(), author)).await?;
    let id = VersionId { kind, snapshot }.to_string();
    Ok(HttpResponse::Created().json(CreatedView { id, label, at: rfc3339(at_ms), at_ms }))
}

/// Stores what is committed now as a version; everything accepted by this process before is in it.
pub(super) async fn take(
    app: &App,
    (document, kind): (DocumentId, SnapshotKind),
    (label, author): (String, Option<String>),
) -> Result<(SnapshotId, i64), Problem> {
    let content = committed(app, document).await?;
    keep(app, (document, kind), content, (label, author)).await
}

async fn committed(app: &App, document: DocumentId) -> Result<Content, Problem> {
    let stored = app.durable.fetch(document).await.map_err(unloaded)?;
    let loaded = app.durable.rebuild(document, stored).await.map_err(unloaded)?;
    let (frontier, replica) = (loaded.frontier, loaded.replica);
    let encoded = app.durable.heavy(move || replica.encode_state()).await.map_err(unreadable)?;
    let state = encoded.map_err(|why| unreadable(why.to_string()))?.into();
    Ok(Content { taken_at_ms: app.around.clock.now().unix_ms, frontier, state })
}

async fn past(app: &App, document: DocumentId, moment: Moment) -> Result<Content, Problem> {
    let at_ms = match moment {
        Moment::At(at_ms) => at_ms,
        Moment::Version(version) => {
            let found = stored(app, document, version).await?;
            let (taken_at_ms, frontier, state) = (found.taken_at_ms, found.frontier, found.state);
            return Ok(Content { taken_at_ms, frontier, state });
        }
    };
    let now_ms = app.around.clock.now().unix_ms;
    // An edit may have been received by a server whose clock is ahead of this one.
    if at_ms > now_ms && reach(app, document, i64::MAX).await?.last_ms.is_none_or(|last_ms| at_ms > last_ms) {
        let detail = format!("{} has not come yet: it is {} here", rfc3339(at_ms), rfc3339(now_ms));
        return Err(Problem::new(StatusCode::BAD_REQUEST, "in the future", detail));
    }
    app.durable.settled(document).await.map_err(unloaded)?;
    let found = state_at(&app.durable, &app.histories.checkpoints, document, at_ms).await?;
    if found.last_ms.is_none() {
        let detail = format!("nothing had been written by {}", rfc3339(at_ms));
        return Err(Problem::new(StatusCode::BAD_REQUEST, "before the first edit", detail));
    }
    // Updates that wait for their causes, or were left out, are at the moment and not in its state. So the frontier claims
    // nothing: whoever starts from this version reads the journal as well, and no edit is taken for contained that is not.
    Ok(Content { taken_at_ms: at_ms, frontier: Frontier::new(), state: found.state })
}

async fn keep(
    app: &App,
    (document, kind): (DocumentId, SnapshotKind),
    content: Content,
    (label, author): (String, Option<String>),
) -> Result<(SnapshotId, i64), Problem> {
    let Content { taken_at_ms, frontier, state } = content;
    let verified = state.clone();
    let verifying = app.durable.heavy(move || Replica::verify_state(&verified)).await;
    verifying.map_err(unreadable)?.map_err(|why| unreadable(why.to_string()))?;
    let (label, bounds) = (Some(label), app.versions);
    let new = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
    match app.durable.query(move |store| async move { store.save_snapshot(new).await }).await? {
        SnapshotSaved::Stored(id) => Ok((id, taken_at_ms)),
        SnapshotSaved::Stale { covered_by } => Ok((covered_by, taken_at_ms)),
        SnapshotSaved::TooMany => {
            let detail = format!(
                "a document has at most {} named versions (limit versions-per-document): delete one first",
                bounds.versions_max
            );
            Err(full(app, Limit::VersionsPerDocument, detail))
        }
        SnapshotSaved::TooLarge => {
            let detail = format!(
                "the named versions of a document have at most {} bytes together \
                 (limit version-bytes-per-document): delete one first",
                bounds.bytes_max
            );
            Err(full(app, Limit::VersionBytesPerDocument, detail))
        }
    }
}

fn full(app: &App, limit: Limit, detail: String) -> Problem {
    app.around.metrics.refused(limit);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too many versions", detail)
}

fn unreadable(why: String) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable", why)
}

fn unloaded(failure: LoadFailure) -> Problem {
    match failure {
        LoadFailure::Away(why) => {
            tracing::warn!(why, "storage is away");
            let detail = "try again in a few seconds";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storage is away", detail)
        }
        LoadFailure::Deleted => Problem::not_found("the document was deleted"),
        LoadFailure::Corrupt(why) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable", why),
    }
}
