//! Errors as RFC 9457 `application/problem+json`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use weft_storage::StoreError;

/// What went wrong and what to do.
#[derive(Debug, Serialize)]
pub struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
}

impl Problem {
    /// Makes a problem.
    #[must_use]
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { title, status: status.as_u16(), detail: detail.into() }
    }

    /// The request is not one.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad request", detail)
    }

    /// There is no such document.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", detail)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).content_type("application/problem+json").json(self)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Exists { .. } => Self::new(StatusCode::CONFLICT, "exists", error.to_string()),
            StoreError::Missing { .. } => Self::not_found(error.to_string()),
            StoreError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", error.to_string())
            }
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "storage is away");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "storage is away", "try again in a few seconds")
            }
            StoreError::Conflict { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Gap { .. }
            | StoreError::Rejected { .. }
            | StoreError::Unusable { .. } => {
                tracing::error!(%error, "request failed in storage");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "storage failed", error.to_string())
            }
        }
    }
}
