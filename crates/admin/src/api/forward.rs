//! `/api/v1/*`: the APIs of the platform, for the console's page.

use super::Console;
use crate::domain::ownership::owner;
use crate::domain::sessions::ActiveSession;
use crate::domain::upstream::{Upstream, passed_on, strip_answer};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use orion_contracts::Problem;
use orion_http::ApiProblem;

/// Lets pass what belongs to a service.
pub(super) async fn owned(request: axum::extract::Request, next: Next) -> Result<Response, ApiProblem> {
    if owner(request.uri().path()).is_none() {
        return Err(Problem::not_found().into());
    }
    Ok(next.run(request).await)
}

/// Passes a call on to the service that owns the path, with the session's token, and streams its answer back.
pub(super) async fn forward(
    session: ActiveSession,
    State(console): State<Console>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiProblem> {
    let owner = owner(uri.path()).ok_or_else(Problem::not_found)?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large(),
        _ => Problem::bad_request().detail("The body broke off."),
    })?;
    let target = uri.path_and_query().map_or(uri.path(), http::uri::PathAndQuery::as_str);
    let mut request = Request::builder().method(method).uri(target).body(body).map_err(|error| {
        tracing::debug!(%error, "a request cannot be passed on");
        Problem::bad_request()
    })?;
    *request.headers_mut() = passed_on(&headers);
    let service = Upstream::new(&console.context.infra, owner).with(&session.access_token);
    let mut response = service.send(request).await?.map(Body::new);
    strip_answer(response.headers_mut());
    Ok(response)
}
