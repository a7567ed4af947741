//! A document's past: bursts of edits, the state at a moment, all of it as a stream, and who wrote.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use weft_protocol::ids::{ClientId, DocumentId};
use weft_storage::{Frontier, Reach, StoredSnapshot};

use super::App;
use super::documents::{moment as rfc3339, named};
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::Role;
use crate::history::grouping::{Group, Grouper};
use crate::history::moment::{Moment, VersionId, parse, parse_time};
use crate::history::moments::{NoState, State, state_at};
use crate::history::people::{People, Person};
use crate::history::reading::Reading;
use crate::history::replay;
use crate::limits::room::Place;

/// The bytes of an update, or of frames.
const BINARY: (actix_web::http::header::HeaderName, &str) = (CONTENT_TYPE, "application/octet-stream");
/// Time of the last update in a state.
const MOMENT_HEADER: &str = "Weft-Moment";
/// Bursts of an answer, if it is not said how many, and at most.
const GROUPS_DEFAULT: usize = 200;
const GROUPS_MAX: usize = 1_000;
/// Updates looked at for an answer; the next one goes on behind them.
const UPDATES_MAX: u64 = 100_000;

/// Routes the past.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/api/documents/{name:.*}/history", web::get().to(groups))
        .route("/api/documents/{name:.*}/history/{at}", web::get().to(at))
        .route("/api/documents/{name:.*}/replay", web::get().to(film))
        .route("/api/documents/{name:.*}/authors", web::get().to(authors));
}

/// Refuses who may not read, and documents that are not there.
pub(super) async fn readable(
    app: &App,
    req: &HttpRequest,
    caller: &Caller,
    suffix: &str,
) -> Result<DocumentId, Problem> {
    let name = named(req, suffix)?;
    caller.must(Role::Read, &name)?;
    let id = DocumentId::of(&name);
    let row = app.durable.query(move |store| async move { store.document(id).await }).await?;
    let row = row.filter(|row| row.deleted_at_ms.is_none());
    row.map(|row| row.id).ok_or_else(|| Problem::not_found("there is no such document"))
}

/// Waits for a turn to go through a past.
pub(super) async fn turn(app: &App, req: &HttpRequest, caller: &Caller) -> Result<Place, Problem> {
    let principal = caller.principal(req, app);
    let turn = app.histories.moment(principal.as_ref(), &app.around.metrics).await;
    turn.ok_or_else(|| busy("others are looking at the past, try again in a few seconds (limit moments)"))
}

fn busy(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
}

pub(super) async fn reach(app: &App, id: DocumentId, at_ms: i64) -> Result<Reach, Problem> {
    let reaching = move |store: std::sync::Arc<dyn weft_storage::Store>| async move {
        store.reach_at(id, &Frontier::new(), at_ms).await
    };
    Ok(app.durable.query(reaching).await?)
}

pub(super) async fn people(app: &App, id: DocumentId) -> Result<People, Problem> {
    let rows = app.durable.query(move |store| async move { store.authors(id).await }).await?;
    Ok(People::of(rows))
}

pub(super) fn time(option: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let parsed = text.filter(|text| !text.is_empty()).map(parse_time).transpose();
    parsed.map_err(|why| Problem::bad_request(format!("{option}: {why}")))
}

#[derive(Debug, Deserialize)]
struct Range {
    from: Option<String>,
    to: Option<String>,
    /// Time of the last update of the page before.
    cursor: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    from: String,
    to: String,
    from_ms: i64,
    to_ms: i64,
    updates: u64,
    bytes: u64,
    authors: Vec<PersonView>,
}

#[derive(Debug, Serialize)]
struct PersonView {
    user: Option<String>,
    name: String,
    color: String,
    updates: u64,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        let Group { from_ms, to_ms, updates, bytes, authors } = group;
        let view = |(person, updates): (Person, u64)| {
            let Person { user, name, color } = person;
            PersonView { user, name, color, updates }
        };
        let authors = authors.into_iter().map(view).collect();
        Self { from: rfc3339(from_ms), to: rfc3339(to_ms), from_ms, to_ms, updates, bytes, authors }
    }
}

#[derive(Debug, Serialize)]
struct HistoryView {
    groups: Vec<GroupView>,
    next: Option<String>,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

async fn groups(
    req: HttpRequest,
    query: web::Query<Range>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<HistoryView>, Problem> {
    let (from, to) = (time("from", query.from.as_deref())?, time("to", query.to.as_deref())?);
    let cursor = time("cursor", query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(GROUPS_DEFAULT).clamp(1, GROUPS_MAX);
    let id = readable(&app, &req, &caller, "/history").await?;
    let _turn = turn(&app, &req, &caller).await?;
    let everything = reach(&app, id, i64::MAX).await?;
    let heads = move |store: std::sync::Arc<dyn weft_storage::Store>| async move {
        store.heads(id, &Frontier::new()).await
    };
    let first_ms = app.durable.query(heads).await?.iter().map(|head| head.received_at_ms).min();
    let mut view = HistoryView { groups: Vec::new(), next: None, first_ms, last_ms: everything.last_ms };
    let up_to = match to {
        Some(to) => reach(&app, id, to).await?.frontier,
        None => everything.frontier,
    };
    let above = match from.map(|from| from.saturating_sub(1)).max(cursor) {
        Some(above) => reach(&app, id, above).await?.frontier,
        None => Frontier::new(),
    };
    let mut walk = Walk::new(people(&app, id).await?, limit);
    let mut reading = Reading::open(&app.durable, id, above, up_to).await?;
    while walk.next.is_none() {
        let batch = reading.batch().await?;
        if batch.is_empty() {
            walk.end();
            break;
        }
        let walked = app.durable.heavy(move || walk.take(batch)).await;
        walk = walked.map_err(|why| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", why))?;
    }
    view.groups = walk.groups.into_iter().map(GroupView::from).collect();
    view.next = walk.next.map(|at_ms| at_ms.to_string());
    Ok(web::Json(view))
}

/// Bursts as they are found.
#[derive(Debug)]
struct Walk {
    people: People,
    grouper: Grouper,
    groups: Vec<Group>,
    limit: usize,
    updates: u64,
    last_ms: Option<i64>,
    /// Where the next answer goes on.
    next: Option<i64>,
}

impl Walk {
    fn new(people: People, limit: usize) -> Self {
        let (grouper, groups) = (Grouper::default(), Vec::new());
        Self { people, grouper, groups, limit, updates: 0, last_ms: None, next: None }
    }

    fn take(mut self, batch: Vec<weft_storage::Ordered>) -> Self {
        for ordered in batch {
            let is_new_ms = self.last_ms.is_some_and(|last_ms| last_ms < ordered.at_ms);
            if is_new_ms && self.updates >= UPDATES_MAX {
                self.groups.extend(self.grouper.finish());
                self.next = self.last_ms;
                return self;
            }
            let person = self.people.author(&ordered.update);
            let (updates, bytes) = (ordered.update.updates(), ordered.update.payload.len());
            let ended = self.grouper.take(ordered.at_ms, person, updates, bytes);
            if let Some(group) = ended {
                let end_ms = group.to_ms;
                self.groups.push(group);
                if self.groups.len() == self.limit {
                    self.next = Some(end_ms);
                    return self;
                }
            }
            self.updates += 1;
            self.last_ms = Some(ordered.at_ms);
        }
        self
    }

    fn end(&mut self) {
        self.groups.extend(self.grouper.finish());
    }
}

impl From<NoState> for Problem {
    fn from(why: NoState) -> Self {
        match why {
            NoState::Store(error) => error.into(),
            NoState::Unfolded(_) | NoState::Panicked(_) => {
                tracing::error!(%why, "the past cannot be read");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable", why.to_string())
            }
        }
    }
}

/// Reads the moment from the raw path.
fn wanted(req: &HttpRequest) -> Result<(String, Moment), Problem> {
    let (_, raw) = req.uri().path().rsplit_once('/').unwrap_or_default();
    let text = percent_decode_str(raw).decode_utf8();
    let text = text.map_err(|_| Problem::bad_request("the moment is not UTF-8 after percent-decoding"))?;
    Ok((format!("/history/{raw}"), parse(&text).map_err(Problem::bad_request)?))
}

async fn at(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (suffix, moment) = wanted(&req)?;
    let id = readable(&app, &req, &caller, &suffix).await?;
    let _turn = turn(&app, &req, &caller).await?;
    let state = state_of(&app, id, moment).await?;
    let mut response = HttpResponse::Ok();
    if let Some(last_ms) = state.last_ms {
        response.insert_header((MOMENT_HEADER, last_ms.to_string()));
    }
    Ok(response.insert_header(BINARY).body(state.state))
}

/// Returns the state at a moment; who asks has a turn.
pub(super) async fn state_of(app: &App, id: DocumentId, moment: Moment) -> Result<State, Problem> {
    match moment {
        Moment::At(at_ms) => Ok(state_at(&app.durable, &app.histories.checkpoints, id, at_ms).await?),
        Moment::Version(version) => {
            let found = stored(app, id, version).await?;
            Ok(State { last_ms: Some(found.taken_at_ms), state: found.state })
        }
    }
}

/// Returns a version that somebody, or a restore, made.
pub(super) async fn stored(app: &App, id: DocumentId, version: VersionId) -> Result<StoredSnapshot, Problem> {
    let VersionId { kind, snapshot } = version;
    let reading = move |store: std::sync::Arc<dyn weft_storage::Store>| async move {
        let row = store.snapshot_row(id, snapshot).await?.filter(|row| row.kind == kind);
        if row.is_some() { store.snapshot(id, snapshot).await } else { Ok(None) }
    };
    let found = app.durable.query(reading).await?;
    found.ok_or_else(|| Problem::not_found("the document has no such version"))
}

async fn film(
    req: HttpRequest,
    query: web::Query<Range>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let (from, to) = (time("from", query.from.as_deref())?, time("to", query.to.as_deref())?);
    let id = readable(&app, &req, &caller, "/replay").await?;
    let principal = caller.principal(&req, &app);
    let room = app.histories.replay(principal.as_ref(), &app.around.metrics).await;
    let room = room.ok_or_else(|| busy("as many replays as there may be are under way (limit replays)"))?;
    let up_to = reach(&app, id, to.unwrap_or(i64::MAX)).await?.frontier;
    let (state, above) = match from {
        None => (None, Frontier::new()),
        Some(from) => {
            let _turn = turn(&app, &req, &caller).await?;
            let above = reach(&app, id, from).await?.frontier;
            let state = state_at(&app.durable, &app.histories.checkpoints, id, from).await?;
            (Some((state.last_ms.unwrap_or(from), state)), above)
        }
    };
    let reading = Reading::open(&app.durable, id, above, up_to).await?;
    Ok(HttpResponse::Ok().insert_header(BINARY).streaming(replay::start(state, reading, room)))
}

#[derive(Debug, Serialize)]
struct AuthorView {
    client: ClientId,
    user: Option<String>,
    name: String,
    color: String,
    first_seen: String,
}

#[derive(Debug, Serialize)]
struct AuthorsView {
    authors: Vec<AuthorView>,
}

async fn authors(
    req: HttpRequest,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<AuthorsView>, Problem> {
    let id = readable(&app, &req, &caller, "/authors").await?;
    let rows = app.durable.query(move |store| async move { store.authors(id).await }).await?;
    let view = |row: weft_storage::AuthorRow| AuthorView {
        client: row.client_id,
        user: row.user_id,
        name: row.name,
        color: row.color,
        first_seen: rfc3339(row.first_seen_ms),
    };
    Ok(web::Json(AuthorsView { authors: rows.into_iter().map(view).collect() }))
}

#[cfg(test)]
mod tests;
