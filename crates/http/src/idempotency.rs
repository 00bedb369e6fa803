//! The `Idempotency-Key` header. It binds itself: to who calls, to method and path, and to the body.

use crate::body;
use crate::problem::ApiProblem;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::request::Parts;
use orion_contracts::Problem;
use orion_infra::idempotency::IdempotencyKey;

/// The longest key that is taken.
const MAX: usize = 255;
/// The header.
const HEADER: &str = "idempotency-key";

/// The key of this request, or none when the caller sent none.
#[derive(Debug)]
pub struct Idempotency(pub IdempotencyKey);

impl std::ops::Deref for Idempotency {
    type Target = IdempotencyKey;
    fn deref(&self) -> &IdempotencyKey {
        &self.0
    }
}

/// Reads the body of a request that has a key, so that the key is bound to it, and passes it on. A picture is bound to none: it has a
/// bound of its own, and sent again it changes nothing.
pub(crate) async fn bind(State(max_body): State<usize>, request: Request, next: Next) -> Response {
    let mut values = request.headers().get_all(HEADER).iter();
    let Some(value) = values.next() else { return next.run(request).await };
    if is_picture(&request) {
        return next.run(request).await;
    }
    let key = match value.to_str() {
        Ok(key) if (1..=MAX).contains(&key.len()) && values.next().is_none() => key.to_owned(),
        _ => {
            let detail = "Send one Idempotency-Key of 1 to 255 printable ASCII characters.";
            return ApiProblem(Problem::bad_request().detail(detail)).into_response();
        }
    };
    let (mut parts, body) = request.into_parts();
    let bytes = match body::whole(body, max_body).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.into_response(),
    };
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |path| path.as_str());
    let bound = IdempotencyKey::of(key, parts.method.as_str(), path, &bytes);
    parts.extensions.insert(bound);
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Whether the body is a picture, whatever its header says: by the path, for the routes are not known yet.
fn is_picture(request: &Request) -> bool {
    *request.method() == Method::PUT && request.uri().path().ends_with("/avatar")
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<IdempotencyKey>().cloned().unwrap_or_default()))
    }
}
