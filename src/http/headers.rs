//! Headers that tell browsers what a page may not do.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

/// For what is no page.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

/// Sets what every answer has, where the route has not said otherwise.
pub(super) fn secure(response: &mut Response, https: bool) {
    let framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    default(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
    default(headers, header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(headers, header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !framed {
        default(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    default(headers, HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    default(headers, HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    default(
        headers,
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    );
    default(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if https {
        default(headers, header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// Marks an answer whose policy names the pages that may hold it in a frame: the older header could not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Framed;

/// What a page may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Agents' page: this server alone, in no frame.
    Console,
    /// Pages with the widget: the same, and pictures from elsewhere in answers.
    Widget,
    /// Articles: no script at all.
    Help,
}

impl Policy {
    /// The widget's, for a page that these origins may hold in a frame, and this server's own.
    pub(super) fn framed(host: Option<&str>, origins: &[String]) -> HeaderValue {
        let policy = Self::Widget.value(host);
        let who = format!("frame-ancestors 'self' {}", origins.join(" "));
        let text = policy.to_str().unwrap_or_default().replace("frame-ancestors 'none'", who.trim_end());
        HeaderValue::try_from(text).unwrap_or(NOTHING)
    }

    /// As the header's value; `host` is where sockets go.
    pub(super) fn value(self, host: Option<&str>) -> HeaderValue {
        // Older browsers do not count sockets among 'self'.
        let sockets = host.map(|h| format!(" ws://{h} wss://{h}")).unwrap_or_default();
        let rest =
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; manifest-src 'self'; object-src 'none'";
        // Nothing may turn text into markup or code, whatever it is.
        let sinks = "require-trusted-types-for 'script'; trusted-types 'none'";
        let text = match self {
            Self::Console => format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'{sockets}; {sinks}; {rest}"
            ),
            Self::Widget => format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; connect-src 'self'{sockets}; {sinks}; {rest}"
            ),
            Self::Help => format!("default-src 'none'; style-src 'self'; img-src 'self' https:; {rest}"),
        };
        HeaderValue::try_from(text).unwrap_or(NOTHING)
    }
}
