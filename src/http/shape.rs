//! Requests that two readers could understand differently are refused before anybody reads them: what a proxy in front
//! takes for one request must not be two here (RFC 9112, sections 3.2 and 6.3).

use axum::http::{HeaderMap, Method, Request, Version, header};

use super::error::Refuse;

/// Why a request is not taken; its connection ends then, as what follows on it may be anything.
pub(super) fn refusal<B>(request: &Request<B>) -> Option<Refuse> {
    let headers = request.headers();
    // Nothing here is ever sent in chunks, and a length beside them is how requests are smuggled.
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Some(Refuse::NO_LENGTH);
    }
    let host = one(headers, header::HOST);
    let hosts = match (host, request.version()) {
        (None, Version::HTTP_10) => !headers.contains_key(header::HOST),
        (None, _) => false,
        // The address may name the host too; then it must be the same one.
        (Some(host), _) => request.uri().authority().is_none_or(|a| a.as_str() == host),
    };
    // Lengths that contradict each other were refused by the parser.
    (!hosts || request.method() == Method::CONNECT).then_some(Refuse::INVALID)
}

fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let (first, None) = (all.next()?, all.next()) else { return None };
    first.to_str().ok()
}
