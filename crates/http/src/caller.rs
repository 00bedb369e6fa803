//! Who calls: always from the verified access token, never from a body, a query or another header.

use crate::ApiProblem;
use crate::identity::{Access, InvalidToken};
use crate::service::Context;
use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use orion_contracts::permissions::Demand;
use orion_contracts::{AccessClaims, Author, Problem, SessionId, UserId};
use std::marker::PhantomData;
use std::sync::Arc;

/// Somebody with a valid access token.
#[derive(Clone)]
pub struct Caller {
    /// What the token says.
    pub claims: Arc<AccessClaims>,
}

impl Caller {
    /// Who it is.
    pub fn user_id(&self) -> UserId {
        self.claims.sub
    }

    /// In which session; none for whoever did not sign in, such as a service account.
    pub fn session_id(&self) -> Option<SessionId> {
        self.claims.sid
    }
}

impl From<&Caller> for Author {
    fn from(caller: &Caller) -> Self {
        let actor = caller.claims.act.as_ref().map(|actor| actor.sub);
        Self { actor, organisation_id: caller.claims.org, ..Self::user(caller.user_id(), caller.session_id()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let context = Context::from_request_parts(parts, state).await?;
        let token = bearer(&parts.headers)?;
        let claims = context.identity.verify(token).map_err(|reason| {
            tracing::debug!(%reason, "token refused");
            match reason {
                InvalidToken::NoKeys => Problem::keys_unknown(),
                _ => Problem::invalid_token(),
            }
        })?;
        Ok(Self { claims: Arc::new(claims) })
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(Problem::unauthenticated)?;
    if values.next().is_some() {
        return Err(Problem::invalid_token().detail("There is more than one Authorization header."));
    }
    let text = value.to_str().map_err(|_| Problem::invalid_token())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Problem::unauthenticated().detail("Send the access token as Authorization: Bearer <token>.")),
    }
}

/// A caller who holds a permission; a handler's signature shows which.
pub struct Require<P> {
    /// Who calls.
    pub caller: Caller,
    /// What else they may do.
    pub access: Access,
    permission: PhantomData<P>,
}

impl<P> std::ops::Deref for Require<P> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: Send + Sync, P: Demand> FromRequestParts<S> for Require<P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let context = Context::from_request_parts(parts, state).await?;
        let access = context.identity.access(&caller.claims).await?;
        if access.allows(P::PERMISSION) {
            return Ok(Self { caller, access, permission: PhantomData });
        }
        let detail = format!("This needs the permission {}.", P::PERMISSION.name);
        Err(Problem::permission_denied().detail(detail).into())
    }
}
