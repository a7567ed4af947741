//! Bodies of requests: JSON, small, and soon.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::{Error, FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Largest body.
const BODY_BYTES_MAX: usize = 16 << 10;
/// A body must have arrived within this time, or a few thousand of them would keep everybody else out.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

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
                let detail = format!("the body did not arrive within {} s", BODY_TIMEOUT.as_secs());
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "too slow", detail).into());
            };
            parsed.map(|json| Self(json.into_inner()))
        })
    }
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
