//! The documents API.

use std::num::NonZeroU8;

use actix_web::{HttpRequest, HttpResponse, web};
use rand::Rng;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{DocumentChange, DocumentCursor, DocumentKind, DocumentQuery, DocumentRow, NewDocument};

use super::body::{self, Body};
use super::presence::{Face, faces};
use super::problem::Problem;
use super::{App, document_name};
use crate::access::Caller;
use crate::access::claims::Role;
use crate::document::presence::actor as presence;

pub(super) const PREFIX: &str = "/api/documents/";
const TITLE_BYTES_MAX: usize = 1_024;
const SEARCH_BYTES_MAX: usize = 256;
const NAME_RANDOM_CHARS: usize = 12;
/// Pages read from storage for one answer, when a token opens only some of the documents in them.
const LIST_PAGES_MAX: usize = 20;

/// Routes the API.
pub fn configure(config: &mut web::ServiceConfig) {
    let query = web::QueryConfig::default().error_handler(|error, _| {
        Problem::bad_request(format!("the query is not understood: {error}")).into()
    });
    config
        .app_data(body::config())
        .app_data(query)
        .route("/api/documents", web::get().to(list))
        .route("/api/documents", web::post().to(create))
        .route("/api/documents/{name:.*}/undelete", web::post().to(undelete))
        .route("/api/documents/{name:.*}", web::get().to(show))
        .route("/api/documents/{name:.*}", web::patch().to(change))
        .route("/api/documents/{name:.*}", web::delete().to(delete));
}

/// A document as the API shows it.
#[derive(Debug, Serialize)]
struct DocumentView {
    name: String,
    title: Option<String>,
    kind: &'static str,
    created_at: String,
    updated_at: String,
}

impl From<DocumentRow> for DocumentView {
    fn from(row: DocumentRow) -> Self {
        Self {
            name: row.name.as_str().to_owned(),
            title: row.title,
            kind: row.kind.as_str(),
            created_at: moment(row.created_at_ms),
            updated_at: moment(row.updated_at_ms),
        }
    }
}

/// RFC 3339 with all digits of the milliseconds, so that times sort as text.
const MILLISECONDS: EncodedConfig =
    Config::DEFAULT.set_time_precision(TimePrecision::Second { decimal_digits: NonZeroU8::new(3) }).encode();

pub(super) fn moment(unix_ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000)
        .ok()
        .and_then(|moment| moment.format(&Iso8601::<MILLISECONDS>).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00.000Z".to_owned())
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    /// One document by its name: a list of one, or of none while it is not stored.
    name: Option<String>,
    query: Option<String>,
    cursor: Option<String>,
    kind: Option<String>,
    limit: Option<u32>,
}

/// A document in a list, and who is in it.
#[derive(Debug, Serialize)]
struct ListedView {
    #[serde(flatten)]
    document: DocumentView,
    present: Vec<Face>,
    present_count: usize,
}

#[derive(Debug, Serialize)]
struct ListView {
    documents: Vec<ListedView>,
    next: Option<String>,
}

async fn list(
    query: web::Query<ListQuery>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<ListView>, Problem> {
    if let Some(name) = &query.name {
        return Ok(web::Json(list_one(name, &caller, &app).await?));
    }
    let search = query.query.clone().filter(|text| !text.is_empty());
    if search.as_ref().is_some_and(|text| text.len() > SEARCH_BYTES_MAX) {
        return Err(Problem::bad_request(format!("query is longer than {SEARCH_BYTES_MAX} bytes")));
    }
    let cursor =
        query.cursor.as_deref().filter(|text| !text.is_empty()).map(str::parse::<DocumentCursor>).transpose();
    let mut wanted = DocumentQuery {
        search,
        kind: query.kind.as_deref().map(kind).transpose()?,
        cursor: cursor.map_err(|bad| Problem::bad_request(format!("cursor: {bad}")))?,
        limit: query.limit.unwrap_or_default(),
    };
    let mut view = ListView { documents: Vec::new(), next: None };
    for _ in 0..LIST_PAGES_MAX {
        let query = wanted.clone();
        let page = app.durable.query(move |store| async move { store.documents(query).await }).await?;
        let readable = page.rows.into_iter().filter(|row| caller.role(&row.name).is_some());
        view.documents = listed(&app, readable.collect()).await;
        view.next = page.next.as_ref().map(ToString::to_string);
        wanted.cursor = page.next;
        if !view.documents.is_empty() || wanted.cursor.is_none() {
            break;
        }
    }
    Ok(web::Json(view))
}

async fn listed(app: &App, rows: Vec<DocumentRow>) -> Vec<ListedView> {
    let present = presence::ask(&app.around.hub, rows.iter().map(|row| row.id).collect()).await;
    let listed = rows.into_iter().map(|row| {
        let here = present.get(&row.id);
        ListedView {
            present: here.map(|here| faces(here)).unwrap_or_default(),
            present_count: here.map_or(0, |here| here.count),
            document: DocumentView::from(row),
        }
    });
    listed.collect()
}

async fn list_one(name: &str, caller: &Caller, app: &App) -> Result<ListView, Problem> {
    let name = DocumentName::new(name).map_err(|bad| Problem::bad_request(bad.to_string()))?;
    caller.must(Role::Read, &name)?;
    let id = DocumentId::of(&name);
    let row = app.durable.query(move |store| async move { store.document(id).await }).await?;
    let row = row.filter(|row| row.deleted_at_ms.is_none());
    Ok(ListView { documents: listed(app, row.into_iter().collect()).await, next: None })
}

fn kind(word: &str) -> Result<DocumentKind, Problem> {
    DocumentKind::from_word(word)
        .ok_or_else(|| Problem::bad_request(format!("kind {word:?} is none of document, whiteboard, any")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: Option<String>,
    kind: Option<String>,
    title: Option<String>,
}

async fn create(body: Body<Create>, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let Create { name, kind: word, title } = body.0;
    let name = DocumentName::new(name.unwrap_or_else(random_name));
    let name = name.map_err(|bad| Problem::bad_request(bad.to_string()))?;
    caller.must(Role::Write, &name)?;
    let document = NewDocument {
        name,
        kind: word.as_deref().map_or(Ok(DocumentKind::Document), kind)?,
        title: title.map(checked_title).transpose()?.flatten(),
        created_at_ms: app.around.clock.now().unix_ms,
    };
    let row = app.durable.query(move |store| async move { store.create_document(document).await }).await?;
    let location = format!("{PREFIX}{}", percent_encoding::utf8_percent_encode(row.name.as_str(), ENCODED));
    Ok(HttpResponse::Created().insert_header(("Location", location)).json(DocumentView::from(row)))
}

pub(crate) const ENCODED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Returns a name nobody guesses.
pub(super) fn random_name() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..NAME_RANDOM_CHARS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

fn checked_title(title: String) -> Result<Option<String>, Problem> {
    if title.len() > TITLE_BYTES_MAX {
        return Err(Problem::bad_request(format!("the title is longer than {TITLE_BYTES_MAX} bytes")));
    }
    if title.contains('\0') {
        return Err(Problem::bad_request("the title contains a NUL character"));
    }
    Ok(Some(title.trim().to_owned()).filter(|title| !title.is_empty()))
}

/// Reads the document's name from the raw path, as the WebSocket route does.
pub(super) fn named(req: &HttpRequest, suffix: &str) -> Result<DocumentName, Problem> {
    let raw =
        req.uri().path().strip_prefix(PREFIX).and_then(|raw| raw.strip_suffix(suffix)).unwrap_or_default();
    document_name(raw).map_err(Problem::bad_request)
}

/// Reads the document's name, and refuses a caller who may do less with it than `role`.
fn allowed(req: &HttpRequest, suffix: &str, caller: &Caller, role: Role) -> Result<DocumentId, Problem> {
    let name = named(req, suffix)?;
    caller.must(role, &name)?;
    Ok(DocumentId::of(&name))
}

async fn show(
    req: HttpRequest,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<DocumentView>, Problem> {
    let id = allowed(&req, "", &caller, Role::Read)?;
    let row = app.durable.query(move |store| async move { store.document(id).await }).await?;
    let row = row.filter(|row| row.deleted_at_ms.is_none());
    Ok(web::Json(row.ok_or_else(|| Problem::not_found("there is no such document"))?.into()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// `null` takes the title away.
    #[serde(default, deserialize_with = "present")]
    title: Option<Option<String>>,
    kind: Option<String>,
}

/// Tells a `null`, which is meant, from a missing field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

async fn change(
    req: HttpRequest,
    body: Body<Change>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<web::Json<DocumentView>, Problem> {
    let id = allowed(&req, "", &caller, Role::Write)?;
    let title = body.0.title.map(|title| title.map_or(Ok(None), checked_title)).transpose()?;
    let change = DocumentChange { title, kind: body.0.kind.as_deref().map(kind).transpose()? };
    if change == DocumentChange::default() {
        return Err(Problem::bad_request("nothing to change: give title, kind or both"));
    }
    let row = app.durable.query(move |store| async move { store.change_document(id, change).await }).await?;
    Ok(web::Json(row.into()))
}

async fn delete(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let id = allowed(&req, "", &caller, Role::Admin)?;
    let at_ms = app.around.clock.now().unix_ms;
    app.durable.query(move |store| async move { store.delete_document(id, at_ms).await }).await?;
    app.around.hub.send(crate::hub::actor::Deleted(id)).await.map_err(|_| unanswered())?;
    Ok(HttpResponse::NoContent().finish())
}

async fn undelete(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let id = allowed(&req, "/undelete", &caller, Role::Admin)?;
    app.durable.query(move |store| async move { store.undelete_document(id).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) fn unanswered() -> Problem {
    Problem::new(actix_web::http::StatusCode::SERVICE_UNAVAILABLE, "busy", "the server is busy, try again")
}

#[cfg(test)]
mod tests {
    use super::moment;

    /// [O7]
    #[test]
    fn times_sort_as_text() {
        let times = [0, 90, 99, 100, 1_000, 1_793_000_000_100, 1_793_000_000_120].map(moment);
        assert_eq!(times[1], "1970-01-01T00:00:00.090Z");
        assert!(times.is_sorted(), "{times:?}");
    }
}
