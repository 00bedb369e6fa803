//! Who calls: always from the verified access token or API key, never from a body, a query or another header.

use crate::ApiProblem;
use crate::credential::api_key;
use crate::identity::{
    Access, Circumstances, Decision, Grant, Identity, InvalidToken, KnownKey, Object, Refusal, Room, Scope,
};
use crate::service::Context;
use axum::extract::{FromRequestParts, RawPathParams};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header, request::Parts};
use orion_contracts::audit::AuditAction;
use orion_contracts::claims::TRUSTED_DEVICE;
use orion_contracts::permissions::{Demand, Permission, UsersImpersonate};
use orion_contracts::{AccessClaims, Author, Principal, Problem, SessionId, UserId};
use orion_infra::audit::{AuditRecord, note};
use orion_infra::request::RequestContext;
use serde_json::json;
use std::collections::BTreeSet;
use std::marker::PhantomData;
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
                .detail("This needs a sign-in of the last five minutes. Begin a step-up at POST /api/v1/auth/flows.")
                .into()),
        }
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

/// A caller whose grants are known. It can be asked about whatever the endpoint finds.
pub struct Permitted {
    /// Who calls.
    pub caller: Caller,
    /// What they may do.
    pub access: Access,
    /// What the endpoint demands. Whoever changes something asks it once more inside the change.
    pub demanded: Permission,
    identity: Identity,
}

impl Permitted {
    async fn from_parts<P: Demand, S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let caller = Caller::of_any(parts, state).await?;
        if let Some(key) = &caller.key {
            let context = Context::from_request_parts(parts, state).await?;
            context.identity.used(key);
        }
        Self::of::<P, S>(caller, parts, state).await
    }

    async fn of<P: Demand, S: Send + Sync>(caller: Caller, parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let context = Context::from_request_parts(parts, state).await?;
        let access = context.identity.access(&caller.claims).await?;
        let request = RequestContext::current();
        let ip = request.ip_address.as_deref();
        let circumstances = Circumstances::of(&caller.claims, ip, context.infra.clock.now());
        let (access, identity) = (access.under(circumstances), context.identity.clone());
        Ok(Self { caller, access, demanded: P::PERMISSION, identity })
    }

    /// Refuses unless the permission holds for this object; the problem says why.
    pub fn may<P: Demand>(&self, _: P, object: impl Into<Object>) -> Result<(), Problem> {
        self.holds::<P>(&object.into())
    }

    fn holds<P: Demand>(&self, object: &Object) -> Result<(), Problem> {
        let decision = self.access.decide(P::PERMISSION, object);
        self.note(P::PERMISSION, object, &decision);
        refuse(P::PERMISSION, &decision)
    }

    /// Whether a permission holds for this object that the endpoint does not demand: what is done besides by whoever has it. It is
    /// logged where it is used, and who lacks it was refused nothing.
    pub fn also_holds(&self, permission: Permission, object: &Object) -> bool {
        let decision = self.access.decide(permission, object);
        if decision.is_allowed() {
            self.note(permission, object, &decision);
        }
        decision.is_allowed()
    }

    /// Leaves an audit entry of a decision, where those about the permission are logged.
    fn note(&self, permission: Permission, object: &Object, decision: &Decision) {
        if !self.access.is_logged(permission) {
            return;
        }
        let (allowed, name) = (decision.is_allowed(), permission.name);
        let room = if allowed { Room::Enough } else { self.identity.refused(self.user_id(), permission) };
        // What is tried on an organisation by somebody who does not act for it is none of its own.
        let is_inside = allowed || object.organisation == self.claims.org;
        let organisation = object.organisation.filter(|_| is_inside);
        // Who reads the log of an organisation does not read there what the platform's conditions are.
        let is_told = organisation.or(self.claims.org).is_none();
        let description = match (allowed, room) {
            (_, Room::Full) => return,
            (true, _) => format!("Allowed {name}"),
            (false, Room::Enough) => format!("Refused {name}"),
            (false, Room::ForOne) => format!("Refused {name}; for the rest of the minute no more refusals are logged"),
        };
        let values = told(object, decision, is_told);
        let record = AuditRecord::new(AuditAction::Decide, "permission", description).on(name);
        let record = AuditRecord { success: allowed, organisation, ..record };
        note(&self.caller, record.values(None, Some(serde_json::Value::Object(values))));
    }

    /// Leaves one audit entry of what was answered to questions about somebody else, of those permissions whose decisions are logged.
    /// It is of the organisation for which the caller acts: whoever asks chooses what they ask about.
    pub fn note_answers(&self, about: UserId, answers: &[(Permission, Object, Decision)]) {
        let logged = || answers.iter().filter(|(permission, ..)| self.access.is_logged(*permission));
        let Some((first, ..)) = logged().next() else { return };
        let value = |(permission, object, decision): &(Permission, Object, Decision)| {
            let mut value = told(object, decision, false);
            value.insert("permission".to_owned(), permission.name.into());
            serde_json::Value::Object(value)
        };
        let values = json!({ "about": about, "answers": logged().map(value).collect::<Vec<_>>() });
        let record = match logged().all(|(permission, ..)| permission.name == first.name) {
            true => AuditRecord::new(AuditAction::Decide, "permission", format!("Asked about {}", first.name))
                .on(first.name),
            false => AuditRecord::new(AuditAction::Decide, "permission", "Asked about several permissions"),
        };
        let success = logged().all(|(.., decision)| decision.is_allowed());
        note(&self.caller, AuditRecord { success, ..record }.values(None, Some(values)));
    }

    /// Refuses unless a permission holds for an object by what was read of the caller at another moment ([`Access::again`]). Who was
    /// acting as them, and is no more, does nothing.
    pub fn still(&self, permission: Permission, access: &Access, object: &Object) -> Result<(), Problem> {
        let decision = access.decide(permission, object);
        // What the endpoint demands of everybody was allowed a moment ago, and is in the log already.
        if !decision.is_allowed() || permission.name != self.demanded.name {
            self.note(permission, object, &decision);
        }
        refuse(permission, &decision)
    }

    /// On what the permission holds: the filter of a list.
    pub fn scope<P: Demand>(&self, _: P) -> Scope {
        self.access.scope(P::PERMISSION)
    }
}

impl std::ops::Deref for Permitted {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl From<&Permitted> for Author {
    fn from(permitted: &Permitted) -> Self {
        Self::from(&permitted.caller)
    }
}

/// What the audit log keeps of a decision; the text of a condition only where that is told.
fn told(object: &Object, decision: &Decision, is_condition_told: bool) -> serde_json::Map<String, serde_json::Value> {
    let by = match decision {
        Decision::Allowed(Grant::Role { name, .. }) => Some(name.as_str()),
        Decision::Allowed(Grant::Direct) => Some("itself"),
        Decision::Refused(_) => None,
    };
    let why = match decision {
        Decision::Refused(Refusal::Unmet(_)) if !is_condition_told => {
            "It is held under a condition that does not hold.".to_owned()
        }
        decision => decision.to_string(),
    };
    [
        ("allowed", json!(decision.is_allowed())),
        ("by", json!(by)),
        ("why", json!(why)),
        ("organisation_id", json!(object.organisation)),
        ("team_id", json!(object.team)),
        ("owner_id", json!(object.owner)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

fn denied(permission: Permission, decision: &Decision) -> Problem {
    Problem::permission_denied().detail(format!("This needs the permission {}. {decision}", permission.name))
}

fn refuse(permission: Permission, decision: &Decision) -> Result<(), Problem> {
    match decision {
        Decision::Allowed(_) => Ok(()),
        refused @ Decision::Refused(_) => Err(denied(permission, refused)),
    }
}

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

    /// The caller, for a verb that asks [`Permitted::may`] of what it finds.
    pub fn for_each_object(&self) -> &Permitted {
        &self.permitted
    }
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
        let path = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let id = path.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
        // What is no id is nobody's, and refused by whoever reads the path.
        permitted.holds::<P>(&id.map_or(Object::PLATFORM, |id| Object::about(UserId(id))))?;
        Ok(Self { permitted, permission: PhantomData })
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
