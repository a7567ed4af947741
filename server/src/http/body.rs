//! Bodies of requests: bounded, and soon.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{Error, FromRequest, HttpRequest, web};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::caller::header;
use super::problem::Problem;

/// Largest body.
const BODY_BYTES_MAX: usize = 16 << 10;
/// A body must have arrived within this time, or a few thousand of them would keep everybody else out.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for an update, which may have a thousand times as many bytes.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a request, parsed.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = web::Json::<T>::from_request(request, payload);
        Box::pin(async move {
            let Ok(parsed) = tokio::time::timeout(BODY_TIMEOUT, json).await else {
                return Err(too_slow(BODY_TIMEOUT).into());
            };
            parsed.map(|json| Self(json.into_inner()))
        })
    }
}

/// Reads a body of up to `bytes_max` bytes as it is.
///
/// # Errors
/// 408 when it does not arrive in time, 413 when it is larger, 415 when it is compressed: what a few bytes may become is not
/// for their sender to decide.
pub async fn bytes(request: &HttpRequest, payload: web::Payload, bytes_max: usize) -> Result<Bytes, Problem> {
    if let Some(coding) = header(request.headers(), CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        let detail = format!("the body is taken as it is, not with Content-Encoding {coding:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed", detail));
    }
    let too_large = |_| {
        let detail = format!("the body is larger than {bytes_max} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
    };
    let arriving = tokio::time::timeout(UPLOAD_TIMEOUT, payload.to_bytes_limited(bytes_max)).await;
    let arrived = arriving.map_err(|_| too_slow(UPLOAD_TIMEOUT))?.map_err(too_large)?;
    arrived.map_err(|error| Problem::bad_request(format!("the body did not arrive: {error}")))
}

fn too_slow(within: Duration) -> Problem {
    let detail = format!("the body did not arrive within {} s", within.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail)
}

/// Bounds bodies and explains their refusal.
pub fn config() -> web::JsonConfig {
    web::JsonConfig::default().limit(BODY_BYTES_MAX).error_handler(|error, _| refused(&error).into())
}

fn refused(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            let detail = format!("the body is larger than {BODY_BYTES_MAX} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
        }
        error => Problem::bad_request(format!("the body is not the JSON expected: {error}")),
    }
}
