//! Who calls: always from the verified access token or API key, never from a body, a query or another header.

mod permitted;
mod require;

pub use permitted::Permitted;
pub use require::{Require, RequireOf, RequireOwn, RequireOwnOrOf, RequireSomewhere};

use crate::ApiProblem;
use crate::credential::api_key;
use crate::identity::{Decision, InvalidToken, KnownKey, Refusal};
use crate::service::Context;
use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::{HeaderMap, header, request::Parts};
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::permissions::{Demand, UsersImpersonate};
use orion_contracts::{AccessClaims, Author, Principal, Problem, SessionId, UserId, pointers};
use permitted::denied;
use std::convert::Infallible;
use std::sync::Arc;

/// Somebody with a valid access token, or with an API key. As an argument of a handler it is a person who has signed in: what a key
/// may do is said by permissions, so an endpoint takes keys that demands one ([`Require`]), and no other does. Who acts as somebody
/// else is refused once they may act as them no more.
#[derive(Clone)]
pub struct Caller {
    /// What the token says.
    pub claims: Arc<AccessClaims>,
    /// The key, where it is one.
    pub key: Option<Arc<KnownKey>>,
}

impl Caller {
    /// A person with a token.
    pub fn with_token(claims: AccessClaims) -> Self {
        Self { claims: Arc::new(claims), key: None }
    }

    /// As what they proved themselves.
    pub fn principal(&self) -> Principal {
        let user_id = self.claims.sub;
        match self.key.as_ref().map(|key| &key.facts) {
            None => Principal::User { user_id, session_id: self.claims.sid },
            Some(key) if key.of_service_account => Principal::ServiceAccount { id: user_id.0 },
            Some(key) => Principal::ApiKey { id: key.id.0, user_id },
        }
    }

    /// By whatever credential the request carries.
    async fn of_any<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let context = Context::from_request_parts(parts, state).await?;
        let caller = match api_key(&parts.headers)? {
            Some(text) => {
                let key = context.identity.api_key(text, || true).await.map_err(Problem::from)?;
                Self { claims: Arc::clone(&key.claims), key: Some(key) }
            }
            None => {
                let claims = context.identity.verify(bearer(&parts.headers)?).map_err(|reason| {
                    tracing::debug!(%reason, "token refused");
                    match reason {
                        InvalidToken::NoKeys => Problem::keys_unknown(),
                        _ => Problem::invalid_token(),
                    }
                })?;
                Self::with_token(claims)
            }
        };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }

    /// Who it is.
    pub fn user_id(&self) -> UserId {
        self.claims.sub
    }

    /// Whether they have proven who they are within the last [`FRESH_SECONDS`].
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let age = now.timestamp() - self.claims.auth_time;
        // A trusted device is a convenience, and proves nothing.
        let is_proven = !self.claims.amr.iter().any(|method| method == TRUSTED_DEVICE);
        is_proven && age <= FRESH_SECONDS + ASTRAY_SECONDS
    }

    /// In which session; none for whoever did not sign in, such as a service account.
    pub fn session_id(&self) -> Option<SessionId> {
        self.claims.sid
    }
}

impl From<&Caller> for Author {
    fn from(caller: &Caller) -> Self {
        let actor = caller.claims.act.as_ref().map(|actor| actor.sub);
        Self { principal: caller.principal(), actor, organisation_id: caller.claims.org }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let Leaving(caller) = Leaving::from_request_parts(parts, state).await?;
        if caller.claims.act.is_some() {
            let access = Permitted::of::<UsersImpersonate, S>(caller.clone(), parts, state).await?.access;
            if !access.is_actor_allowed() {
                let refused = Decision::Refused(Refusal::BeyondActor);
                return Err(denied(UsersImpersonate::PERMISSION, &refused).into());
            }
        }
        Ok(caller)
    }
}

/// A person who has signed in, also one who acts as somebody else and may do so no more: for what ends their own session, and for
/// nothing else.
pub struct Leaving(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Leaving {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let caller = Caller::of_any(parts, state).await?;
        match caller.key {
            None => Ok(Self(caller)),
            Some(_) => Err(Problem::permission_denied()
                .detail("This is for people who have signed in: an API key does not do.")
                .into()),
        }
    }
}

/// A caller who is who the token says: nobody acts as them. What concerns how somebody signs in, and where they are signed in, is
/// theirs alone.
pub struct InPerson(pub Caller);

impl InPerson {
    /// The same of a caller who is known.
    pub fn of(caller: Caller) -> Result<Self, ApiProblem> {
        match caller.claims.act {
            None => Ok(Self(caller)),
            Some(_) => {
                Err(Problem::permission_denied().detail("Nobody does this while acting as somebody else.").into())
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InPerson {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Self::of(Caller::from_request_parts(parts, state).await?)
    }
}

/// How long ago a sign-in may be for what a stolen token must not do, in seconds.
pub const FRESH_SECONDS: i64 = 300;
/// How far the clocks of two processes may be apart, in seconds.
const ASTRAY_SECONDS: i64 = 60;

/// A caller who has proven who they are within the last [`FRESH_SECONDS`]; a handler's signature shows it. Anybody else gets
/// 401 `insufficient-user-authentication` (RFC 9470), and does so by a step-up. Who acts as somebody else has not proven to be them.
pub struct Fresh(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Fresh {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let InPerson(caller) = InPerson::from_request_parts(parts, state).await?;
        let context = Context::from_request_parts(parts, state).await?;
        match caller.is_fresh(context.infra.clock.now()) {
            true => Ok(Self(caller)),
            false => Err(Problem::insufficient_user_authentication()
                .detail(format!("This needs a sign-in of the last five minutes. {}.", pointers::STEP_UP))
                .into()),
        }
    }
}

/// The same of a person; a program with an API key, which says by its scopes that it may, is taken without: it cannot sign in anew.
pub struct FreshOrKey;

impl<S: Send + Sync> FromRequestParts<S> for FreshOrKey {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        // Whoever was asked for a permission is known already, and a key is counted once.
        let known = parts.extensions.get::<Caller>().map(|caller| caller.key.is_some());
        let is_key = match known {
            Some(is_key) => is_key,
            None => Caller::of_any(parts, state).await?.key.is_some(),
        };
        if !is_key {
            Fresh::from_request_parts(parts, state).await?;
        }
        Ok(Self)
    }
}

/// Whether the caller is a person who has just signed in, for a verb that demands it of some objects alone, which it reads inside its
/// change. Takes part in every request; what [`Fresh`] would have answered comes with [`Self::demand`].
pub struct Freshness(Result<(), Problem>);

impl Freshness {
    /// Refuses as [`Fresh`] does.
    pub fn demand(&self) -> Result<(), Problem> {
        self.0.clone()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Freshness {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let fresh = Fresh::from_request_parts(parts, state).await;
        Ok(Self(fresh.map(drop).map_err(|ApiProblem(problem)| problem)))
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
