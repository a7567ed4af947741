//! Share links: made, listed and taken back; and taking other access back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{DocumentKind, LinkRow, LinkSaved, REVOKED_VALUE_BYTES_MAX, Revocation, Revoked, Store};

use super::App;
use super::body::Body;
use super::documents::{ENCODED, PREFIX, moment, named, random_name};
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::{Claims, Documents, Grant, NumericDate, Role};
use crate::access::mint::LinkKey;
use crate::hub::actor::StandingChanged;
use crate::limits::Limit;

const SUFFIX: &str = "/links";
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// A link that does not say when it ends, ends after this time.
const LIFE_MS: i64 = 30 * DAY_MS;
/// Longest life of a link.
const LIFE_MS_MAX: i64 = 366 * DAY_MS;
/// How the id of every link's token begins.
const LINK: &str = "link-";

/// Routes links and revocations.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/api/revocations", web::post().to(revoke))
        .route("/api/documents/{name:.*}/links", web::get().to(list))
        .route("/api/documents/{name:.*}/links", web::post().to(create))
        .route("/api/documents/{name:.*}/links/{id}", web::delete().to(delete));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    access: Role,
    /// RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    expires: Option<OffsetDateTime>,
}

#[derive(Debug, Serialize)]
struct Maker {
    user: String,
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct LinkView {
    id: String,
    access: String,
    made_by: Option<Maker>,
    made_at: String,
    expires: String,
    #[serde(flatten)]
    key: Option<KeyView>,
}

/// What opens the document.
#[derive(Debug, Serialize)]
struct KeyView {
    token: String,
    /// The page that the link opens, on this server.
    path: String,
}

#[derive(Debug, Serialize)]
struct ListView {
    links: Vec<LinkView>,
}

/// Refuses who may not share a document. A link makes no links: they would outlive its end, and nobody could tell who made them.
fn sharer(caller: &Caller, name: &DocumentName) -> Result<(), Problem> {
    caller.must(Role::Write, name)?;
    if caller.token_id().is_some_and(|id| id.starts_with(LINK)) {
        let why = "you came by a link, and links make no links: ask whoever gave it to you for another";
        return Err(Problem::forbidden(why));
    }
    Ok(())
}

async fn create(
    req: HttpRequest,
    body: Body<Create>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    sharer(&caller, &name)?;
    let Create { access, expires } = body.0;
    caller.must(access, &name)?;
    if access == Role::Admin {
        return Err(Problem::bad_request("a link gives read, comment or write, never admin"));
    }
    if name.as_str().ends_with('*') {
        return Err(Problem::bad_request("a link to a name that ends in * would be a pattern"));
    }
    link_key(&app)?;
    let made_at_ms = app.around.clock.now().unix_ms;
    let row = LinkRow {
        document: DocumentId::of(&name),
        id: format!("{}{}{}", prefix(&name), random_name(), random_name()),
        access: access.as_str().to_owned(),
        made_by: caller.user().map(str::to_owned),
        made_by_name: caller.name().map(str::to_owned),
        // Who is known is asked for by name: signing out elsewhere must not end what was shared.
        parent: caller.token_id().filter(|_| caller.user().is_none()).map(str::to_owned),
        made_at_ms,
        expires_at_ms: end_of(&caller, expires, made_at_ms)?,
    };
    save(&app, row.clone()).await?;
    let location = format!("{PREFIX}{}/links/{}", utf8_percent_encode(name.as_str(), ENCODED), row.id);
    let page = page_of(&app, &name).await?;
    let view = LinkView { key: Some(key_of(&app, &name, &row, page)?), ..LinkView::from(row) };
    Ok(HttpResponse::Created().insert_header(("Location", location)).json(view))
}

/// Returns when a link ends. A token that names nobody is all that stands behind its links: they do not outlive it.
fn end_of(caller: &Caller, expires: Option<OffsetDateTime>, now_ms: i64) -> Result<i64, Problem> {
    let end_ms = expires.map_or(now_ms.saturating_add(LIFE_MS), unix_ms);
    if end_ms <= now_ms {
        return Err(Problem::bad_request("expires is in the past"));
    }
    if end_ms.saturating_sub(now_ms) > LIFE_MS_MAX {
        let most = LIFE_MS_MAX / DAY_MS;
        return Err(Problem::bad_request(format!("expires: a link is good for at most {most} days")));
    }
    let own = caller.expires_at_ms().filter(|_| caller.user().is_none());
    Ok(own.map_or(end_ms, |own_ms| own_ms.min(end_ms)))
}

async fn save(app: &App, row: LinkRow) -> Result<(), Problem> {
    let links_max = app.links_max;
    let saved = app.durable.query(move |store| async move { store.save_link(&row, links_max).await }).await?;
    match saved {
        LinkSaved::Stored => Ok(()),
        LinkSaved::TooMany => {
            app.around.metrics.refused(Limit::LinksPerDocument);
            let detail = format!(
                "a document has at most {links_max} links (limit links-per-document): take one back first"
            );
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too many links", detail))
        }
    }
}

async fn list(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<web::Json<ListView>, Problem> {
    let name = named(&req, SUFFIX)?;
    sharer(&caller, &name)?;
    let (document, now_ms) = (DocumentId::of(&name), app.around.clock.now().unix_ms);
    let rows = app.durable.query(move |store| async move { store.links(document, now_ms).await }).await?;
    let page = page_of(&app, &name).await?;
    let standing = app.around.access.standing();
    let mut links = Vec::with_capacity(rows.len());
    for row in rows {
        let grant = Grant::new(claims_of(&name, &row)?, 0);
        if grant.is_ok_and(|grant| standing.is_revoked(&grant)) {
            continue;
        }
        // Nobody gets access that somebody else stands for, and that stays when their own ends.
        let is_theirs = caller.user().is_some() && caller.user() == row.made_by.as_deref();
        let shows_key = is_theirs || (caller.user().is_some() && caller.must(Role::Admin, &name).is_ok());
        let key = shows_key.then(|| key_of(&app, &name, &row, page)).transpose()?;
        links.push(LinkView { key, ..LinkView::from(row) });
    }
    Ok(web::Json(ListView { links }))
}

impl From<LinkRow> for LinkView {
    fn from(row: LinkRow) -> Self {
        let name = row.made_by_name;
        Self {
            id: row.id,
            access: row.access,
            made_by: row.made_by.map(|user| Maker { user, name }),
            made_at: moment(row.made_at_ms),
            expires: moment(row.expires_at_ms),
            key: None,
        }
    }
}

fn claims_of(name: &DocumentName, row: &LinkRow) -> Result<Claims, Problem> {
    let role: Role = row.access.parse().map_err(|why: String| {
        tracing::error!(why, id = row.id, "a stored link is not understood");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "storage failed", why)
    })?;
    Ok(Claims {
        jti: Some(row.id.clone()),
        iat: Some(seconds(row.made_at_ms)),
        exp: Some(seconds(row.expires_at_ms)),
        made_by: row.made_by.clone(),
        parent: row.parent.clone(),
        documents: Documents([(name.as_str().to_owned(), role)].into()),
        ..Claims::default()
    })
}

/// Signs a link's token: the same one each time.
fn key_of(app: &App, name: &DocumentName, row: &LinkRow, page: char) -> Result<KeyView, Problem> {
    let token = link_key(app)?.sign(&claims_of(name, row)?).map_err(|why| {
        tracing::error!(why, "a link was not signed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not signed", "the link could not be signed")
    })?;
    let path = format!("/{page}/{}?token={token}", utf8_percent_encode(name.as_str(), ENCODED));
    Ok(KeyView { token, path })
}

/// Returns the first letter of the page that shows a document.
async fn page_of(app: &App, name: &DocumentName) -> Result<char, Problem> {
    let document = DocumentId::of(name);
    let row = app.durable.query(move |store| async move { store.document(document).await }).await?;
    Ok(if row.is_some_and(|row| row.kind == DocumentKind::Whiteboard) { 'w' } else { 'd' })
}

/// A link's id names its document, so that who may take back one document's links may not take back another's.
fn prefix(name: &DocumentName) -> String {
    format!("{LINK}{}-", DocumentId::of(name))
}

fn link_key(app: &App) -> Result<&LinkKey, Problem> {
    let access = &app.around.access;
    let why = if access.is_open() {
        "this server has no access key: whoever reaches it may open the page's address as it is"
    } else {
        "this server knows only public keys and cannot sign links; start it with --link-key"
    };
    access.link_key().ok_or_else(|| Problem::new(StatusCode::CONFLICT, "no link key", why))
}

fn unix_ms(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
fn seconds(unix_ms: i64) -> NumericDate {
    NumericDate((unix_ms / 1_000) as f64)
}

async fn delete(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let id = req.match_info().query("id").to_owned();
    let name = named(&req, &format!("{SUFFIX}/{id}"))?;
    caller.must(Role::Write, &name)?;
    if !id.starts_with(&prefix(&name)) {
        return Err(Problem::not_found("there is no such link"));
    }
    let (document, now_ms) = (DocumentId::of(&name), app.around.clock.now().unix_ms);
    let rows = app.durable.query(move |store| async move { store.links(document, now_ms).await }).await?;
    // Until then its token could be shown.
    let end_ms = rows.into_iter().find(|row| row.id == id).map(|row| row.expires_at_ms);
    let answer = take_back(&app, Revoked::Token(id.clone()), end_ms).await?;
    app.durable.query(move |store| async move { store.delete_link(document, &id).await }).await?;
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Revoke {
    /// One token, by its `jti`.
    Token(String),
    /// All tokens of a user, by `sub`, made until now.
    User(String),
}

async fn revoke(body: Body<Revoke>, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if caller.role_everywhere() != Some(Role::Admin) {
        return Err(Problem::forbidden("this needs a token with \"*\": \"admin\""));
    }
    let subject = match body.0 {
        Revoke::Token(id) => Revoked::Token(id),
        Revoke::User(id) => Revoked::User(id),
    };
    let (Revoked::Token(id) | Revoked::User(id)) = &subject;
    if id.is_empty() || id.len() > REVOKED_VALUE_BYTES_MAX || id.contains('\0') {
        let what = format!("an id has 1 to {REVOKED_VALUE_BYTES_MAX} bytes and no NUL");
        return Err(Problem::bad_request(what));
    }
    take_back(&app, subject, None).await
}

/// Stores a revocation and lets it take effect at once; other processes see it within seconds.
async fn take_back(app: &App, subject: Revoked, expires_at_ms: Option<i64>) -> Result<HttpResponse, Problem> {
    let now_ms = app.around.clock.now().unix_ms;
    let revocation = Revocation { subject, revoked_at_ms: now_ms, expires_at_ms };
    let revoke = move |store: std::sync::Arc<dyn Store>| async move {
        store.revoke(revocation).await?;
        store.revocations(now_ms).await
    };
    let revocations = app.durable.query(revoke).await?;
    let access = &app.around.access;
    if access.revoked(revocations) {
        let changed = StandingChanged(access.standing());
        app.around.hub.send(changed).await.map_err(|_| super::documents::unanswered())?;
    }
    Ok(HttpResponse::NoContent().finish())
}
