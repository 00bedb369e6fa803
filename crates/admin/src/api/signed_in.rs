//! Swaps the console's cookie for the access token that it stands for, so that everything behind knows one kind of
//! caller only.

use super::{Console, cookie};
use crate::domain::sessions::ActiveSession;
use crate::error::AdminError;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, header};
use orion_contracts::Problem;
use orion_http::ApiProblem;

/// Only with a console session; whatever else the browser says of itself counts nothing.
pub(super) async fn required(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    let value = cookie::read(request.headers(), &console.origin).ok_or(AdminError::NoSession)?;
    let session = console.sessions.resume(value).await?;
    swap(&mut request, session)?;
    Ok(next.run(request).await)
}

/// With a console session, or without a cookie and with whatever token there is.
pub(super) async fn accepted(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    if let Some(value) = cookie::read(request.headers(), &console.origin) {
        let session = console.sessions.resume(value).await?;
        swap(&mut request, session)?;
    }
    Ok(next.run(request).await)
}

fn swap(request: &mut Request, session: ActiveSession) -> Result<(), Problem> {
    let mut token =
        HeaderValue::try_from(format!("Bearer {}", session.access_token.expose())).map_err(|_| Problem::internal())?;
    token.set_sensitive(true);
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    headers.insert(header::AUTHORIZATION, token);
    request.extensions_mut().insert(session);
    Ok(())
}

impl<S: Send + Sync> FromRequestParts<S> for ActiveSession {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| AdminError::NoSession.into())
    }
}
