//! Errors as RFC 9457 `application/problem+json`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use weft_storage::StoreError;

use crate::access::Denied;

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

    /// The caller is not known.
    #[must_use]
    pub fn unauthorized(denied: &Denied) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "access token needed", denied.to_string())
    }

    /// The caller may not do this.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// What a session would have been closed with.
    #[must_use]
    pub fn closed(code: u16, reason: String) -> Self {
        let (status, title) = match code {
            4400 => (StatusCode::BAD_REQUEST, "refused"),
            4401 => (StatusCode::UNAUTHORIZED, "access token needed"),
            4403 => (StatusCode::FORBIDDEN, "forbidden"),
            4404 => (StatusCode::NOT_FOUND, "not found"),
            4413 => (StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            4529 => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "try again later"),
        };
        Self::new(status, title, reason)
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
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        match status {
            StatusCode::UNAUTHORIZED => response.insert_header((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::TOO_MANY_REQUESTS => response.insert_header((header::RETRY_AFTER, "1")),
            _ => &mut response,
        };
        response.content_type("application/problem+json").json(self)
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
