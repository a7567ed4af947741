//! Share links, and taking access back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{DocumentKind, REVOKED_VALUE_BYTES_MAX, Revocation, Revoked, Store};

use super::App;
use super::body::Body;
use super::documents::{ENCODED, PREFIX, moment, named, random_name};
use super::problem::Problem;
use crate::access::Caller;
use crate::access::claims::{Claims, Documents, NumericDate, Role};
use crate::access::mint::LinkKey;
use crate::hub::actor::StandingChanged;

/// A link that does not say when it ends, ends after this time.
const LINK_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// Routes links and revocations.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/api/revocations", web::post().to(revoke))
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
struct LinkView {
    id: String,
    access: Role,
    expires: String,
    token: String,
    /// The page that the link opens, on this server.
    path: String,
}

async fn create(
    req: HttpRequest,
    body: Body<Create>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, "/links")?;
    caller.must(Role::Write, &name)?;
    let Create { access, expires } = body.0;
    caller.must(access, &name)?;
    if access == Role::Admin {
        return Err(Problem::bad_request("a link gives read, comment or write, never admin"));
    }
    if name.as_str().ends_with('*') {
        return Err(Problem::bad_request("a link to a name that ends in * would be a pattern"));
    }
    let now_ms = app.around.clock.now().unix_ms;
    let expires_at_ms = expires.map_or(now_ms.saturating_add(LINK_MS), unix_ms);
    if expires_at_ms <= now_ms {
        return Err(Problem::bad_request("expires is in the past"));
    }
    let id = format!("{}{}{}", prefix(&name), random_name(), random_name());
    let claims = Claims {
        jti: Some(id.clone()),
        iat: Some(seconds(now_ms)),
        exp: Some(seconds(expires_at_ms)),
        documents: Documents([(name.as_str().to_owned(), access)].into()),
        ..Claims::default()
    };
    let token = link_key(&app)?.sign(&claims).map_err(|why| {
        tracing::error!(why, "a link was not signed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not signed", "the link could not be signed")
    })?;
    let document = DocumentId::of(&name);
    let row = app.durable.query(move |store| async move { store.document(document).await }).await?;
    let page = if row.is_some_and(|row| row.kind == DocumentKind::Whiteboard) { "w" } else { "d" };
    let path = format!("/{page}/{}?token={token}", utf8_percent_encode(name.as_str(), ENCODED));
    let view = LinkView { id: id.clone(), access, expires: moment(expires_at_ms), token, path };
    let location = format!("{PREFIX}{}/links/{id}", utf8_percent_encode(name.as_str(), ENCODED));
    Ok(HttpResponse::Created().insert_header(("Location", location)).json(view))
}

/// A link's id names its document, so that who may take back one document's links may not take back another's.
fn prefix(name: &DocumentName) -> String {
    format!("link-{}-", DocumentId::of(name))
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
    let name = named(&req, &format!("/links/{id}"))?;
    caller.must(Role::Write, &name)?;
    if !id.starts_with(&prefix(&name)) {
        return Err(Problem::not_found("there is no such link"));
    }
    take_back(&app, Revoked::Token(id)).await
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
    take_back(&app, subject).await
}

/// Stores a revocation and lets it take effect at once; other processes see it within seconds.
async fn take_back(app: &App, subject: Revoked) -> Result<HttpResponse, Problem> {
    let now_ms = app.around.clock.now().unix_ms;
    let revocation = Revocation { subject, revoked_at_ms: now_ms, expires_at_ms: None };
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
