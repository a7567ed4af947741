//! A document's content as a Yjs update: read whole or from a state vector on, and changed from a server.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::Deserialize;

use super::documents::named;
use super::problem::Problem;
use super::{App, body, visit};
use crate::access::Caller;
use crate::access::claims::Role;

/// Longest state vector taken from an address, in base64.
const SINCE_BYTES_MAX: usize = 16 << 10;
const SUFFIX: &str = "/update";

/// Routes updates.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/api/documents/{name:.*}/update")
            .route(web::get().to(read))
            .route(web::post().to(write)),
    );
}

#[derive(Debug, Deserialize)]
struct Since {
    since: Option<String>,
}

async fn read(
    req: HttpRequest,
    query: web::Query<Since>,
    caller: Caller,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Read, &name)?;
    let state_vector = query.since.as_deref().map_or(Ok(Bytes::from_static(&[0])), state_vector)?;
    let update = visit::read(&app, name, &caller, state_vector).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/octet-stream")).body(update))
}

/// Reads base64 of either alphabet, padded or not; a plus sign may have become a space on its way.
fn state_vector(text: &str) -> Result<Bytes, Problem> {
    let wrong = |why: String| Problem::bad_request(format!("since is a state vector in base64: {why}"));
    if text.len() > SINCE_BYTES_MAX {
        return Err(wrong(format!("at most {SINCE_BYTES_MAX} characters, ask for the whole instead")));
    }
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    let text = text.replace('-', "+").replace('_', "/").replace(' ', "+");
    standard.decode(text).map(Bytes::from).map_err(|error| wrong(error.to_string()))
}

async fn write(
    req: HttpRequest,
    caller: Caller,
    app: web::Data<App>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Write, &name)?;
    let update = body::bytes(&req, payload, app.session_limits.frame_bytes_max).await?;
    visit::write(&app, name, &caller, update).await?;
    Ok(HttpResponse::NoContent().finish())
}
