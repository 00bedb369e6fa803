//! Swaps the console's cookie for the access token that it stands for, so that everything behind knows one kind of
//! caller only.

use super::{Console, cookie};
use crate::domain::sessions::ActiveSession;
use crate::error::AdminError;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use orion_contracts::Problem;
use orion_http::ApiProblem;

/// As whom the page that calls believes to call: the id of a user.
const BELIEVED: &str = "x-orion-as";
/// For which organisation it believes to call: its id, or `none`.
const BELIEVED_FOR: &str = "x-orion-for";

/// Only with a console session; whatever else the browser says of itself counts nothing.
pub(super) async fn required(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    let session = resumed(&console, request.headers()).await?;
    check_organisation(&console, request.headers().get(BELIEVED_FOR).cloned(), &session).await?;
    swap(&mut request, session)?;
    Ok(next.run(request).await)
}

/// The same, for what is done with the session itself: whomever it acts as, and whatever the page believes.
pub(super) async fn in_person(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    let session = resumed(&console, request.headers()).await?;
    request.extensions_mut().insert(session);
    Ok(next.run(request).await)
}

async fn resumed(console: &Console, headers: &HeaderMap) -> Result<ActiveSession, Problem> {
    let value = cookie::read(headers, &console.origin).ok_or(AdminError::NoSession)?;
    console.sessions.resume(value).await
}

/// With a console session, or without a cookie and with whatever token there is.
pub(super) async fn accepted(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiProblem> {
    if let Some(value) = cookie::read(request.headers(), &console.origin) {
        let session = console.sessions.resume(value).await?;
        check_organisation(&console, request.headers().get(BELIEVED_FOR).cloned(), &session).await?;
        swap(&mut request, session)?;
    }
    Ok(next.run(request).await)
}

/// Whether it is done as whoever the page says. Another tab has begun or stopped to act as somebody else, or half an hour is over:
/// what was typed as one of them is not done as the other. A page that says nothing means whoever signed in, and may look.
fn is_as_believed(request: &Request, session: &ActiveSession) -> bool {
    match request.headers().get(BELIEVED) {
        Some(said) => said.as_bytes() == session.credential().claims.sub.to_string().as_bytes(),
        None => !session.acts() || matches!(*request.method(), Method::GET | Method::HEAD),
    }
}

/// The same, of the organisation: what was begun for one is not done for another, or with what is held inside of another one.
async fn check_organisation(
    console: &Console,
    said: Option<HeaderValue>,
    session: &ActiveSession,
) -> Result<(), Problem> {
    let Some(said) = said else { return Ok(()) };
    if console.sessions.is_for(session, said.to_str().unwrap_or_default()).await? {
        return Ok(());
    }
    Err(AdminError::ActsForAnother.into())
}

fn swap(request: &mut Request, session: ActiveSession) -> Result<(), Problem> {
    if !is_as_believed(request, &session) {
        return Err(AdminError::ActsAsAnother.into());
    }
    let token = &session.credential().access_token;
    let mut token = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| Problem::internal())?;
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
