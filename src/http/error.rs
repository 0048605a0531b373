//! Answers that say no. Nothing from inside is in them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::wire;
use crate::desk::DeskError;

/// A refusal over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refuse {
    status: StatusCode,
    code: &'static str,
    after_s: Option<u64>,
}

impl Refuse {
    pub(super) const INVALID: Self = Self::new(StatusCode::BAD_REQUEST, "invalid");
    pub(super) const NOT_JSON: Self = Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid");
    pub(super) const NO_LENGTH: Self = Self::new(StatusCode::LENGTH_REQUIRED, "invalid");
    pub(super) const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
    pub(super) const SLOW: Self = Self::new(StatusCode::REQUEST_TIMEOUT, "invalid");
    pub(super) const FORBIDDEN: Self = Self::new(StatusCode::FORBIDDEN, "forbidden");
    /// Nobody is logged in.
    pub(super) const UNKNOWN: Self = Self::new(StatusCode::UNAUTHORIZED, "forbidden");
    pub(super) const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "not_found");
    /// There is such a one already, or none to be changed.
    pub(super) const CONFLICT: Self = Self::new(StatusCode::CONFLICT, "invalid");
    pub(super) const METHOD: Self = Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalid");

    const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, after_s: None }
    }

    /// Too often; after so many milliseconds again.
    pub(super) const fn rate(after_ms: u64) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, code: "rate", after_s: Some(after_ms.div_ceil(1_000)) }
    }

    /// Not now.
    pub(super) const fn unavailable(after_s: u64) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: "busy", after_s: Some(after_s) }
    }
}

impl From<DeskError> for Refuse {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound => Self::NOT_FOUND,
            DeskError::Forbidden => Self::FORBIDDEN,
            DeskError::Busy => Self::unavailable(1),
            DeskError::Storage => Self { code: "storage", ..Self::unavailable(1) },
            other => Self {
                status: StatusCode::CONFLICT,
                code: super::session::code_name(wire::code(&other)),
                after_s: None,
            },
        }
    }
}

impl IntoResponse for Refuse {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "code": self.code }))).into_response();
        if let Some(seconds) = self.after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}
