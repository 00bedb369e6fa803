//! What a handler demands of who calls, seen in its signature: a permission, and on what.

use super::Permitted;
use super::permitted::denied;
use crate::ApiProblem;
use crate::identity::{Object, Scope};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use orion_contracts::permissions::Demand;
use orion_contracts::{Problem, UserId};
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// A caller who holds a permission for the platform as a whole; a handler's signature shows which.
pub struct Require<P> {
    permitted: Permitted,
    permission: PhantomData<P>,
}

/// A caller who holds a permission for one user, `{id}` of the path: for the verbs about somebody, whose owner conditions know.
pub struct RequireOf<P> {
    permitted: Permitted,
    permission: PhantomData<P>,
}

/// A caller who holds the first permission for themselves, where `{id}` of the path is theirs, or the second one for the user who it is.
pub struct RequireOwnOrOf<O, P>(PhantomData<(O, P)>);

/// A caller who holds a permission for themselves: for what is about nobody else.
pub struct RequireOwn<P> {
    permitted: Permitted,
    permission: PhantomData<P>,
}

/// A caller who holds a permission for the platform as a whole or for an organisation. Whoever takes one asks
/// [`Permitted::may`] of each object, or narrows the list by [`Permitted::scope`].
pub struct RequireSomewhere<P> {
    permitted: Permitted,
    permission: PhantomData<P>,
}

impl<P> std::ops::Deref for Require<P> {
    type Target = Permitted;
    fn deref(&self) -> &Permitted {
        &self.permitted
    }
}

impl<P> std::ops::Deref for RequireOf<P> {
    type Target = Permitted;
    fn deref(&self) -> &Permitted {
        &self.permitted
    }
}

impl<P> std::ops::Deref for RequireOwn<P> {
    type Target = Permitted;
    fn deref(&self) -> &Permitted {
        &self.permitted
    }
}

impl<P: Demand> RequireSomewhere<P> {
    /// On what the permission holds: the filter of a list. What is held for organisations alone is logged for each here; what is held
    /// everywhere was when the caller was let in.
    pub fn scope(&self) -> Scope {
        let scope = self.permitted.access.scope(P::PERMISSION);
        if let Scope::Organisations(organisations) = &scope {
            for organisation in organisations {
                self.permitted.also_holds(P::PERMISSION, &Object::of(*organisation));
            }
        }
        scope
    }

    /// The caller, for a verb whose answer goes on long after they were let in.
    pub fn for_a_while(self) -> Permitted {
        self.permitted
    }

    /// The caller, for a verb that asks [`Permitted::may`] of what it finds.
    pub fn for_each_object(&self) -> &Permitted {
        &self.permitted
    }
}

/// The user who is `{id}` of the path. What is no id is nobody's, and refused by whoever reads the path.
async fn named_user<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Object, Problem> {
    let path = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
    let id = path.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
    Ok(id.map_or(Object::PLATFORM, |id| Object::about(UserId(id))))
}

impl<S: Send + Sync, P: Demand> FromRequestParts<S> for Require<P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let permitted = Permitted::from_parts::<P, S>(parts, state).await?;
        permitted.holds::<P>(&Object::PLATFORM)?;
        Ok(Self { permitted, permission: PhantomData })
    }
}

impl<S: Send + Sync, P: Demand> FromRequestParts<S> for RequireOf<P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let permitted = Permitted::from_parts::<P, S>(parts, state).await?;
        permitted.holds::<P>(&named_user(parts, state).await?)?;
        Ok(Self { permitted, permission: PhantomData })
    }
}

impl<S: Send + Sync, O: Demand, P: Demand> FromRequestParts<S> for RequireOwnOrOf<O, P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let permitted = Permitted::from_parts::<P, S>(parts, state).await?;
        let user = named_user(parts, state).await?;
        let is_own = user.owner == Some(permitted.user_id());
        if !(is_own && permitted.also_holds(O::PERMISSION, &user)) {
            permitted.holds::<P>(&user)?;
        }
        Ok(Self(PhantomData))
    }
}

impl<S: Send + Sync, P: Demand> FromRequestParts<S> for RequireOwn<P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let permitted = Permitted::from_parts::<P, S>(parts, state).await?;
        permitted.holds::<P>(&Object::about(permitted.user_id()))?;
        Ok(Self { permitted, permission: PhantomData })
    }
}

impl<S: Send + Sync, P: Demand> FromRequestParts<S> for RequireSomewhere<P> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let permitted = Permitted::from_parts::<P, S>(parts, state).await?;
        let nowhere = Scope::Organisations(BTreeSet::new());
        let decision = permitted.access.decide(P::PERMISSION, &Object::PLATFORM);
        if permitted.access.scope(P::PERMISSION) != nowhere || permitted.access.depends_on_object(P::PERMISSION) {
            // Who holds it for an organisation alone is asked about each object; what they hold everywhere is decided here.
            if decision.is_allowed() {
                permitted.note(P::PERMISSION, &Object::PLATFORM, &decision);
            }
            return Ok(Self { permitted, permission: PhantomData });
        }
        permitted.note(P::PERMISSION, &Object::PLATFORM, &decision);
        Err(denied(P::PERMISSION, &decision).into())
    }
}
