//! Restoring a version: an edit like any other, made by whoever asks for it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use weft_protocol::ids::{ClientId, DocumentId, DocumentName};
use weft_storage::{SnapshotKind, Store};

use super::App;
use super::documents::{moment as rfc3339, named};
use super::history::{people, readable, state_of, turn};
use super::naming::take;
use super::problem::Problem;
use super::visit;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::document::replica::restore::restore;
use crate::history::label;
use crate::history::moment::{Moment, VersionId, parse};

const SUFFIX: &str = "/restore";
/// Restores of one document wait for each other: two at once would each bring back what is missing. Documents share
/// this many turns.
const TURNS: usize = 64;

/// Turns to restore.
#[derive(Debug, Clone)]
pub struct Turns(Arc<[Mutex<()>; TURNS]>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Mutex::default())))
    }
}

impl Turns {
    fn of(&self, id: DocumentId) -> &Mutex<()> {
        &self.0[usize::from(id.0[0]) % TURNS]
    }
}

/// Routes restores.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/api/documents/{name:.*}/versions/{id}/restore", web::post().to(post));
}

#[derive(Debug, Serialize)]
struct RestoredView {
    /// The version that the restore made.
    id: String,
    at: String,
    at_ms: i64,
    /// The version that takes the restore back.
    before: String,
    /// Bytes of the edit; 0 if there was nothing to do.
    update_bytes: usize,
}

/// Reads document and version from the raw path.
fn place(req: &HttpRequest) -> Result<(DocumentName, String, Moment), Problem> {
    let path = req.uri().path().strip_suffix(SUFFIX).unwrap_or_default();
    let (_, raw) = path.rsplit_once('/').unwrap_or_default();
    let suffix = format!("/versions/{raw}{SUFFIX}");
    Ok((named(req, &suffix)?, suffix, parse(raw).map_err(Problem::bad_request)?))
}

/// Returns what a version is called, or when it was.
async fn label_of(app: &App, id: DocumentId, moment: Moment) -> Result<String, Problem> {
    let snapshot = match moment {
        Moment::At(at_ms) => return Ok(rfc3339(at_ms)),
        Moment::Version(version) => version.snapshot,
    };
    let reading = move |store: Arc<dyn Store>| async move { store.snapshot_row(id, snapshot).await };
    let row = app.durable.query(reading).await?;
    let row = row.ok_or_else(|| Problem::not_found("the document has no such version"))?;
    let called = row.label.as_deref().and_then(|label| label::called(row.kind, label));
    Ok(called.unwrap_or_else(|| rfc3339(row.taken_at_ms)))
}

/// Returns the edit; none if nothing would change.
async fn edit(app: &App, live: Bytes, old: Bytes) -> Result<Option<Bytes>, Problem> {
    let unreadable = |why: String| {
        tracing::error!(why, "a restore failed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "cannot be restored", why)
    };
    let restored = app.durable.heavy(move || restore(&live, &old)).await.map_err(unreadable)?;
    let refused = |why: String| Problem::new(StatusCode::CONFLICT, "cannot be restored", why);
    Ok(restored.map_err(|why| refused(why.to_string()))?.map(Bytes::from))
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// The awareness client id of the page that asks: who has no token has a name there.
    client: Option<ClientId>,
}

async fn post(
    req: HttpRequest,
    asked: web::Query<Asked>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let (name, suffix, moment) = place(&req)?;
    caller.must(Role::Write, &name)?;
    let id = readable(&app, &req, &caller, &suffix).await?;
    // First the turn: there are few, so that the other wait is short.
    let _turn = turn(&app, &req, &caller).await?;
    let turns = app.restores.clone();
    let _alone = turns.of(id).lock().await;
    let old = state_of(&app, id, moment).await?.state;
    let label = label_of(&app, id, moment).await?;
    let author = caller.user().map(str::to_owned);
    let kind = SnapshotKind::Restore;
    let (before, _) = take(&app, (id, kind), (label::before(&label), author.clone())).await?;
    let live = visit::read(&app, name.clone(), &caller, Bytes::from_static(&[0])).await?;
    let update = edit(&app, live, old).await?;
    let update_bytes = update.as_ref().map_or(0, Bytes::len);
    if let Some(update) = update {
        let by = match (caller.name(), &author) {
            (Some(name), _) => Some(name.to_owned()),
            (None, Some(user)) => Some(people(&app, id).await?.user(user).name),
            (None, None) => None,
        };
        let mut restored = serde_json::json!({ "by": by, "version": label });
        if let Some(client) = asked.client {
            restored["client"] = client.into();
        }
        let notice = serde_json::json!({ "restored": restored });
        visit::announce(&app, name, &caller, (update, notice)).await?;
    }
    let (made, at_ms) = take(&app, (id, kind), (label::after(&label), author)).await?;
    let [made, before] = [made, before].map(|snapshot| VersionId { kind, snapshot }.to_string());
    let view = RestoredView { id: made, at: rfc3339(at_ms), at_ms, before, update_bytes };
    Ok(HttpResponse::Ok().json(view))
}
