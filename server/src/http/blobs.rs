//! Images of documents, under the hash of their bytes.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use weft_protocol::ids::{DocumentId, DocumentName};
use weft_storage::{BlobHash, BlobRow, BlobSaved, NewBlob, StoreError};

use super::documents::{ENCODED, PREFIX, named};
use super::problem::Problem;
use super::upload::Upload;
use super::{App, caller};
use crate::access::Caller;
use crate::access::claims::Role;
use crate::limits::Limit;

const SUFFIX: &str = "/blobs";
/// An address with a hash in it means the same bytes for ever, to those who may read them.
const CACHED: &str = "private, max-age=31536000, immutable";
/// Opened as a page of its own, an image runs and loads nothing.
const POLICY: &str = "default-src 'none'; sandbox";

/// Routes images.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/documents/{name:.*}/blobs").route(web::post().to(upload))).service(
        web::resource("/api/documents/{name:.*}/blobs/{hash}")
            .route(web::get().to(read))
            .route(web::head().to(read)),
    );
}

/// An image as the API tells of it.
#[derive(Debug, Serialize)]
struct BlobView {
    hash: String,
    r#type: &'static str,
    bytes: u64,
}

async fn upload(
    req: HttpRequest,
    caller: Caller,
    app: web::Data<App>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Write, &name)?;
    let Upload { hash, kind, pieces, room } =
        app.uploads.receive(&req, payload, caller.principal(&req, &app), &app.around.metrics).await?;
    let blob = NewBlob {
        name: name.clone(),
        hash,
        kind,
        pieces,
        created_at_ms: app.around.clock.now().unix_ms,
        author: caller.user().map(str::to_owned),
    };
    let view = BlobView { hash: hash.to_string(), r#type: kind.as_str(), bytes: blob.bytes() };
    let bounds = app.uploads.limits.of_document;
    let saving = app.durable.query(move |store| async move {
        let saved = store.save_blob(blob, bounds).await;
        // Kept until here, also when nobody waits for the answer any more.
        drop(room);
        saved
    });
    let mut response = match saving.await? {
        BlobSaved::Stored => HttpResponse::Created(),
        BlobSaved::Known => HttpResponse::Ok(),
        refused => return Err(refusal(&app, refused)),
    };
    let location = format!("{PREFIX}{}{SUFFIX}/{hash}", utf8_percent_encode(name.as_str(), ENCODED));
    Ok(response.insert_header((LOCATION, location)).json(view))
}

fn refusal(app: &App, saved: BlobSaved) -> Problem {
    let bounds = app.uploads.limits.of_document;
    let (limit, detail) = match saved {
        BlobSaved::TooMany => {
            let most = bounds.blobs_max;
            let detail =
                format!("the document has {most} images, the most it may (limit blobs-per-document)");
            (Limit::BlobsPerDocument, detail)
        }
        BlobSaved::TooLarge => {
            let most = bounds.bytes_max;
            let detail = format!(
                "the images of a document have at most {most} bytes together (limit blob-bytes-per-document)"
            );
            (Limit::BlobBytesPerDocument, detail)
        }
        BlobSaved::Deleted | BlobSaved::Stored | BlobSaved::Known => {
            return Problem::not_found("the document was deleted");
        }
    };
    app.around.metrics.refused(limit);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
}

/// Reads the document's name and the hash from the raw path.
fn place(req: &HttpRequest) -> Result<(DocumentName, BlobHash), Problem> {
    let (_, hash) = req.uri().path().rsplit_once('/').unwrap_or_default();
    let name = named(req, &format!("{SUFFIX}/{hash}"))?;
    Ok((name, hash.parse().map_err(|bad| Problem::bad_request(format!("{hash:?}: {bad}")))?))
}

async fn read(req: HttpRequest, caller: Caller, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (name, hash) = place(&req)?;
    caller.must(Role::Read, &name)?;
    let document = DocumentId::of(&name);
    let row = app.durable.query(move |store| async move { store.blob(document, hash).await }).await?;
    let row = row.ok_or_else(|| Problem::not_found("the document has no such image"))?;
    let known = caller::header(req.headers(), IF_NONE_MATCH).unwrap_or_default();
    let tag = format!("\"{hash}\"");
    let is_known =
        known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag);
    let mut response = HttpResponse::Ok();
    describe(&mut response, &row).insert_header((ETAG, tag));
    if is_known {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    if req.method() == Method::HEAD {
        let nothing = stream::empty::<Result<Bytes, StoreError>>();
        return Ok(response.body(SizedStream::new(row.bytes, nothing)));
    }
    let first = piece(&app, (document, hash), 0).await?;
    let rest = stream::iter(1..row.pieces()).then(move |number| {
        let app = app.clone();
        async move { piece(&app, (document, hash), number).await }
    });
    Ok(response.body(SizedStream::new(row.bytes, stream::iter([Ok(first)]).chain(rest).boxed_local())))
}

/// Says what the bytes are, and that they are nothing else, whatever they look like.
fn describe<'r>(response: &'r mut HttpResponseBuilder, row: &BlobRow) -> &'r mut HttpResponseBuilder {
    let shown = format!("inline; filename=\"{}.{}\"", row.hash, row.kind.extension());
    response
        .insert_header((CONTENT_TYPE, row.kind.as_str()))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_DISPOSITION, shown))
        .insert_header((CACHE_CONTROL, CACHED))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
}

async fn piece(
    app: &App,
    (document, hash): (DocumentId, BlobHash),
    number: u32,
) -> Result<Bytes, StoreError> {
    app.durable.query(move |store| async move { store.blob_piece(document, hash, number).await }).await
}
