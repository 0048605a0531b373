//! Requests of widgets, whose pages are of another origin than this server: CORS for exactly the origins that may open a
//! socket, and no cookie ever. What a request may do hangs on the token in its body alone.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Edge;
use super::error::Refuse;
use super::origin::{self, Origin, Peer};
use super::visitor::Home;

/// Stands for the question that a browser asks before a request: [`for_widgets`] answers it.
pub(super) async fn asked() {}

/// Lets in what may open a socket, and programs, which have no origin; tells the handler where it comes from by an
/// extension of type [`Home`]. Answers a browser's question before the request itself.
pub(super) async fn for_widgets(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let (home, allowed) = match origin::origin(&edge.config, &edge.desk.sites(), request.headers(), peer) {
        Origin::From(Home::Own) => (Home::Own, None),
        Origin::From(sites) => (sites, request.headers().get(header::ORIGIN).cloned()),
        Origin::Missing if !request.headers().contains_key(header::COOKIE) => (Home::Own, None),
        // A browser's own GET of its own page names no origin; then it says so.
        Origin::Missing if origin::is_own_request(&edge.config, request.headers(), peer) => (Home::Own, None),
        Origin::Missing | Origin::Foreign => return Refuse::FORBIDDEN.into_response(),
    };
    let asks = request.method() == Method::OPTIONS;
    let mut response = if asks {
        StatusCode::NO_CONTENT.into_response()
    } else {
        request.extensions_mut().insert(home);
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
        if asks {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
    response
}
