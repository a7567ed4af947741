//! Versions: those that people name, those that restores make, and those that follow from when a document was edited.
//! [`super::naming`] makes them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{SnapshotId, SnapshotKind, SnapshotRow, Store};

use super::App;
use super::body::Body;
use super::documents::{moment as rfc3339, named};
use super::history::{people, readable, turn};
use super::naming::{checked, create};
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::history::listing::{self, NEWEST, Place, place as place_of};
use crate::history::moment::{Moment, VersionId, parse};
use crate::history::people::People;
use crate::history::versions::automatic;

pub(super) const SUFFIX: &str = "/versions";
/// Versions of an answer, if it is not said how many, and at most.
const VERSIONS_DEFAULT: usize = 50;
const VERSIONS_MAX: usize = 200;
/// Minutes with edits read at once.
const MINUTES_PAGE: u32 = 1_000;

/// Routes versions.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/api/documents/{name:.*}/versions")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(
            web::resource("/api/documents/{name:.*}/versions/{id}")
                .route(web::patch().to(rename))
                .route(web::delete().to(delete)),
        );
}

#[derive(Debug, Serialize)]
struct ByView {
    user: String,
    name: String,
}

/// A version as the API shows it.
#[derive(Debug, Serialize)]
pub(super) struct VersionView {
    pub(super) id: String,
    kind: &'static str,
    label: Option<String>,
    pub(super) at: String,
    at_ms: i64,
    author: Option<ByView>,
}

impl VersionView {
    fn stored(row: SnapshotRow, people: &People) -> Self {
        let by = |user: String| ByView { name: people.user(&user).name, user };
        Self {
            id: VersionId { kind: row.kind, snapshot: row.id }.to_string(),
            kind: row.kind.as_str(),
            label: row.label,
            at: rfc3339(row.taken_at_ms),
            at_ms: row.taken_at_ms,
            author: row.author.map(by),
        }
    }

    fn automatic(at_ms: i64) -> Self {
        let (id, kind) = (format!("auto-{at_ms}"), SnapshotKind::Auto.as_str());
        Self { id, kind, label: None, at: rfc3339(at_ms), at_ms, author: None }
    }
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    cursor: Option<String>,
    auto: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
struct ListView {
    versions: Vec<VersionView>,
    next: Option<String>,
}

/// Where a page begins: below a stored version, and before an automatic one.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    below: Place,
    before_ms: i64,
}

impl Cursor {
    fn parse(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self { below: NEWEST, before_ms: i64::MAX });
        };
        let numbers: Option<Vec<i64>> = text.splitn(4, '.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some([at_ms, id, before_ms]) => {
                Ok(Self { below: (*at_ms, SnapshotId(*id)), before_ms: *before_ms })
            }
            _ => Err(Problem::bad_request("cursor: pass on what `next` said, as it is")),
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { below: (at_ms, SnapshotId(id)), before_ms } = self;
        write!(f, "{at_ms}.{id}.{before_ms}")
    }
}

async fn list(
    req: HttpRequest,
    query: web::Query<ListQuery>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<ListView>, Problem> {
    let mut cursor = Cursor::parse(query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(VERSIONS_DEFAULT).clamp(1, VERSIONS_MAX);
    let wants_auto = query.auto.as_deref().is_some_and(|auto| auto != "0" && auto != "false");
    let document = readable(&app, &req, &caller, SUFFIX).await?;
    let _turn = turn(&app, &req, &caller).await?;
    let below = cursor.below;
    // One more than fits says whether there are more.
    let reading = move |store: Arc<dyn Store>| async move {
        listing::versions(&*store, document, below, limit + 1).await
    };
    let rows = app.durable.query(reading).await?;
    let people = people(&app, document).await?;
    let placed = |row: SnapshotRow| (place_of(&row), VersionView::stored(row, &people));
    let mut stored = rows.into_iter().map(placed).peekable();
    let moments = if wants_auto { moments(&app, document, cursor, limit + 1).await? } else { Vec::new() };
    let mut moments = moments.into_iter().peekable();
    let mut versions = Vec::new();
    while versions.len() < limit {
        let newest_ms = moments.peek().copied();
        match stored.next_if(|(_, version)| newest_ms.is_none_or(|at_ms| at_ms <= version.at_ms)) {
            Some((place, version)) => {
                cursor.below = place;
                versions.push(version);
            }
            None => {
                let Some(at_ms) = moments.next() else { break };
                cursor.before_ms = at_ms;
                versions.push(VersionView::automatic(at_ms));
            }
        }
    }
    let has_more = stored.peek().is_some() || moments.peek().is_some();
    let next = has_more.then(|| cursor.to_string());
    Ok(web::Json(ListView { versions, next }))
}

/// Returns automatic versions, newest first, some more than `wanted` if there are.
async fn moments(app: &App, id: DocumentId, cursor: Cursor, wanted: usize) -> Result<Vec<i64>, Problem> {
    let mut before_ms = cursor.before_ms;
    let mut next_ms = if before_ms == i64::MAX { app.around.clock.now().unix_ms } else { before_ms };
    let mut moments = Vec::new();
    while moments.len() < wanted {
        let reading = move |store: Arc<dyn Store>| async move {
            store.active_minutes(id, before_ms, MINUTES_PAGE).await
        };
        let minutes = app.durable.query(reading).await?;
        let Some(last) = minutes.last() else { break };
        moments.extend(automatic(&minutes, next_ms));
        (before_ms, next_ms) = (last.first_ms, last.first_ms);
    }
    Ok(moments)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    label: String,
}

/// Reads document and version from the raw path.
fn place(req: &HttpRequest) -> Result<(DocumentName, VersionId), Problem> {
    let (_, raw) = req.uri().path().rsplit_once('/').unwrap_or_default();
    let name = named(req, &format!("{SUFFIX}/{raw}"))?;
    match parse(raw).map_err(Problem::bad_request)? {
        Moment::Version(version) => Ok((name, version)),
        Moment::At(_) => {
            Err(Problem::bad_request("automatic versions follow from the edits: they have no label"))
        }
    }
}

/// Returns the row of a version that is not in quarantine.
async fn row(app: &App, name: &DocumentName, version: VersionId) -> Result<SnapshotRow, Problem> {
    let (id, snapshot) = (DocumentId::of(name), version.snapshot);
    let row = app.durable.query(move |store| async move { store.snapshot_row(id, snapshot).await }).await?;
    let row = row.filter(|row| row.kind == version.kind && row.quarantined.is_none());
    row.ok_or_else(|| Problem::not_found("the document has no such version"))
}

async fn rename(
    req: HttpRequest,
    body: Body<Label>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<VersionView>, Problem> {
    let (name, version) = place(&req)?;
    caller.must(Role::Write, &name)?;
    let label = checked(&body.0.label)?;
    let mut row = row(&app, &name, version).await?;
    let (id, snapshot, new) = (DocumentId::of(&name), version.snapshot, label.clone());
    let renaming =
        move |store: Arc<dyn Store>| async move { store.rename_snapshot(id, snapshot, &new).await };
    app.durable.query(renaming).await?;
    row.label = Some(label);
    Ok(web::Json(VersionView::stored(row, &people(&app, id).await?)))
}

async fn delete(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (name, version) = place(&req)?;
    caller.must(Role::Write, &name)?;
    let row = row(&app, &name, version).await?;
    if row.kind != SnapshotKind::Named {
        let detail = "what a restore made stays: it is how a restore is taken back";
        return Err(Problem::new(StatusCode::CONFLICT, "not a named version", detail));
    }
    let is_own = row.author.is_some() && row.author.as_deref() == caller.user();
    if !is_own {
        caller.must(Role::Admin, &name)?;
    }
    let (id, snapshot) = (DocumentId::of(&name), version.snapshot);
    app.durable.query(move |store| async move { store.delete_snapshot(id, snapshot).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
