//! `/api/v1/*`: the APIs of the platform, for the console's page.

use super::Console;
use crate::domain::ownership::{hands_out_tokens, owner};
use crate::domain::sessions::ActiveSession;
use crate::domain::upstream::{Upstream, passed_on, strip_answer};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use orion_contracts::{Problem, ServiceName};
use orion_http::ApiProblem;
use orion_infra::places::Full;

/// Lets a call pass whose path a service owns, and says which.
pub(super) async fn owned(mut request: Request<Body>, next: Next) -> Result<Response, ApiProblem> {
    let path = request.uri().path();
    let owner = owner(path).filter(|_| !hands_out_tokens(request.method(), path));
    let owner = owner.ok_or_else(|| Problem::nothing_at(request.method().as_str(), path))?;
    request.extensions_mut().insert(owner);
    Ok(next.run(request).await)
}

/// How many pictures come in at once: each stands in the memory until it is passed on;
pub(super) const PICTURES: usize = 16;
/// and of one person, in however many sessions and as whomever they act.
pub(super) const PICTURES_OF_ONE: usize = 1;

/// Lets a picture in while there is room for it.
pub(super) async fn room(
    session: ActiveSession,
    State(console): State<Console>,
    request: Request<Body>,
    next: Next,
) -> Result<Response, ApiProblem> {
    // Of whoever signed in: who acts as many others has the share of one all the same.
    let _place = console.pictures.take(session.own.claims.sub).map_err(|full| match full {
        Full::All => Problem::unavailable().detail("Too many pictures are sent at this moment.").retry_after(2),
        Full::OfOne => Problem::rate_limited().detail("You are sending another picture.").retry_after(2),
    })?;
    Ok(next.run(request).await)
}

/// Passes a call on to the service that owns the path, with the session's token, and streams its answer back.
pub(super) async fn forward(
    session: ActiveSession,
    Extension(owner): Extension<ServiceName>,
    State(console): State<Console>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiProblem> {
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
    let service = Upstream::new(&console.context.infra, owner).with(&session.credential().access_token);
    let mut response = service.send(request).await?.map(Body::new);
    strip_answer(response.headers_mut());
    // What a browser keeps, as it does pictures, it shows to this session alone: after it another cookie is there, or none.
    response.headers_mut().append(header::VARY, HeaderValue::from_static("cookie"));
    Ok(response)
}
