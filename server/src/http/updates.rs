//! A document's content as a Yjs update: read whole or from a state vector on, and changed from a server.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::Deserialize;

use super::documents::named;
use super::problem::Problem;
use super::{App, caller::header, visit};
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
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let name = named(&req, SUFFIX)?;
    caller.must(Role::Write, &name)?;
    if let Some(coding) = header(req.headers(), CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        let detail = format!("the body is taken as it is, not with Content-Encoding {coding:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed", detail));
    }
    let most = app.session_limits.frame_bytes_max;
    let too_large =
        || Problem::closed(4413, format!("an update of more than {most} bytes, the most allowed"));
    let read = body.to_bytes_limited(most).await.map_err(|_| too_large())?;
    let update = read.map_err(|error| Problem::bad_request(format!("the body did not arrive: {error}")))?;
    visit::write(&app, name, &caller, update).await?;
    Ok(HttpResponse::NoContent().finish())
}
