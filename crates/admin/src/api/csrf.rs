//! No call that may change something without proof that the console's own page made it: a header that a foreign page
//! cannot send without asking first, and the console's Origin.

use super::{Console, cookie};
use crate::error::AdminError;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, header};
use orion_http::ApiProblem;

/// Lets reading pass, and everything else with its proof. Who comes without a cookie and with a token has none to show: a
/// foreign page has no token.
pub(super) async fn check(
    State(console): State<Console>,
    request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    let headers = request.headers();
    let is_by_token = headers.contains_key(header::AUTHORIZATION) && cookie::read(headers, &console.origin).is_none();
    if !matches!(*request.method(), Method::GET | Method::HEAD) && !is_by_token {
        if headers.get("x-orion-csrf").is_none_or(|value| value.as_bytes() != b"1") {
            return Err(AdminError::CrossSite("Send the header X-ORION-CSRF: 1.").into());
        }
        if !is_own(&console, headers) {
            return Err(AdminError::CrossSite("The Origin header is not the console's, see admin.console_url.").into());
        }
    }
    Ok(next.run(request).await)
}

/// Whether exactly one Origin is named, and it is the console's.
pub(super) fn is_own(console: &Console, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next().and_then(|value| value.to_str().ok()), origins.next()) else {
        return false;
    };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    console.origin.allows(origin, host)
}
