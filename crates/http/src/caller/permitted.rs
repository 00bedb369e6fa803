//! What a caller may do, asked about whatever an endpoint finds; and what the audit log keeps of the answers.

use super::Caller;
use crate::ApiProblem;
use crate::identity::{Access, Circumstances, Decision, Grant, Identity, Object, Refusal, Room, Scope};
use crate::service::Context;
use axum::extract::FromRequestParts;
use http::request::Parts;
use orion_contracts::audit::AuditAction;
use orion_contracts::permissions::{Demand, Permission};
use orion_contracts::{Author, Problem, UserId};
use orion_infra::audit::{AuditRecord, note};
use orion_infra::request::RequestContext;
use serde_json::json;

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
    pub(super) async fn from_parts<P: Demand, S: Send + Sync>(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Self, ApiProblem> {
        let caller = Caller::of_any(parts, state).await?;
        if let Some(key) = &caller.key {
            let context = Context::from_request_parts(parts, state).await?;
            context.identity.used(key);
        }
        Self::of::<P, S>(caller, parts, state).await
    }

    pub(super) async fn of<P: Demand, S: Send + Sync>(
        caller: Caller,
        parts: &mut Parts,
        state: &S,
    ) -> Result<Self, ApiProblem> {
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

    pub(super) fn holds<P: Demand>(&self, object: &Object) -> Result<(), Problem> {
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
    pub(super) fn note(&self, permission: Permission, object: &Object, decision: &Decision) {
        if !self.access.is_logged(permission) {
            return;
        }
        let (allowed, name) = (decision.is_allowed(), permission.name);
        let room = if allowed { Room::Enough } else { self.identity.refused(self.user_id(), permission) };
        // What is tried on an organisation by somebody who does not act for it is none of its own, and what is about a person none of
        // anybody's.
        let is_inside = allowed || object.organisation == self.claims.org;
        let organisation = object.organisation.filter(|_| is_inside);
        // Who reads the log of an organisation does not read there what the platform's conditions are.
        let is_told = organisation.is_none();
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
    /// It is of no organisation: whoever asks chooses what they ask about, and nobody they ask about belongs to one.
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

    /// On what the endpoint's permission holds at this moment: for an answer that goes on long after its caller was let in. Refuses whose
    /// session or key has ended.
    pub async fn scope_now(&self) -> Result<Scope, Problem> {
        self.identity.refuse_ended(&self.caller).await?;
        let access = self.identity.access(&self.caller.claims).await?;
        let access = match self.access.circumstances() {
            Some(circumstances) => access.under(circumstances.clone()),
            None => access,
        };
        Ok(access.scope(self.demanded))
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

pub(super) fn denied(permission: Permission, decision: &Decision) -> Problem {
    Problem::permission_denied().detail(format!("This needs the permission {}. {decision}", permission.name))
}

fn refuse(permission: Permission, decision: &Decision) -> Result<(), Problem> {
    match decision {
        Decision::Allowed(_) => Ok(()),
        refused @ Decision::Refused(_) => Err(denied(permission, refused)),
    }
}
