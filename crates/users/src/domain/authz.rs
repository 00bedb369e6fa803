//! Deciding and explaining, by the resolver that enforces: what it decides by is read here from the tables, past what processes keep.

use super::Users;
use super::roles::Hierarchy;
use crate::error::UsersError;
use crate::store;
use chrono::{DateTime, Utc};
use orion_contracts::permissions::{ALL, Demand, Permission, RolesAssign, RolesRead};
use orion_contracts::users::{
    AuthzDecision, AuthzDecisionList, AuthzPath, AuthzPathState, AuthzQuestion, AuthzReason, CheckAuthz, ExplainAuthz,
    Explanation, Grants, WhoCan, WhoCanQuery,
};
use orion_contracts::{Email, FieldCode, OrganisationId, Page, UserId};
use orion_http::identity::{Access, Bounds, Decision, Grant, KnownRoles, Object, Refusal};
use orion_http::{Permitted, page};
use std::sync::Arc;
use uuid::Uuid;

/// A user whose permissions are asked about.
struct Asked<'a> {
    known: &'a Hierarchy,
    roles: KnownRoles,
    grants: Arc<Grants>,
    /// The bounds of the caller's own token; none where it is about somebody else.
    own: Option<Bounds>,
    /// What whoever really asks holds, where they act as the caller and it is about the caller.
    actor: Option<Arc<Grants>>,
    now: DateTime<Utc>,
}

impl Users {
    /// Answers questions about one user.
    pub(crate) async fn check(
        &self,
        caller: &Permitted,
        request: &CheckAuthz,
    ) -> Result<AuthzDecisionList, UsersError> {
        let known = Hierarchy::read(self.infra.db.read()).await?;
        let asked = self.asked(caller, request.user_id, &known).await?;
        let answer = |question: &AuthzQuestion| {
            let permission = permission(&question.permission)?;
            Ok(asked.decide(permission, question.organisation_id))
        };
        let items = request.questions.iter().map(answer).collect::<Result<_, UsersError>>()?;
        Ok(AuthzDecisionList { items })
    }

    /// Answers one question with all that bears on it.
    pub(crate) async fn explain(&self, caller: &Permitted, request: &ExplainAuthz) -> Result<Explanation, UsersError> {
        let permission = permission(&request.permission)?;
        let known = Hierarchy::read(self.infra.db.read()).await?;
        let asked = self.asked(caller, request.user_id, &known).await?;
        let given_by = known.givers(permission);
        let mut assigned_by = given_by.clone();
        assigned_by.retain(|role| {
            let assigns = |id| known.effective(id).iter().any(|name| *name == RolesAssign::PERMISSION.name);
            known.find(role).is_some_and(|role| assigns(role.id))
        });
        Ok(Explanation {
            user_id: asked.grants.user_id,
            decision: asked.decide(permission, request.organisation_id),
            paths: asked.paths(permission, request.organisation_id),
            given_by,
            assigned_by,
        })
    }

    /// Who may do something, by their ids.
    pub(crate) async fn who_can(&self, query: &WhoCanQuery) -> Result<Page<WhoCan>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let permission = permission(&query.permission)?;
        let db = self.infra.db.read_aside();
        let known = Hierarchy::read(db).await?;
        let roles: Vec<Uuid> = known.givers(permission).iter().filter_map(|name| Some(known.find(name)?.id)).collect();
        let by_itself = known.permissions.get(permission.name).copied();
        let people = store::who_can::candidates(db, &roles, by_itself, after, u64::from(limit) + 1).await?;
        // A page is of those who were looked at: of many who are denied it, or hold it elsewhere, none is long in coming.
        let roles = KnownRoles::from(known.catalogue());
        let looked_at = page::page(people, limit, |user| *user);
        let mut items = Vec::new();
        for user in looked_at.items {
            let Some(grants) = store::user_permissions::grants(db, user).await? else { continue };
            let (grants, roles) = (Arc::new(grants), roles.clone());
            let asked = Asked { known: &known, roles, grants, own: None, actor: None, now: self.infra.clock.now() };
            let decision = asked.decide(permission, query.organisation_id);
            if let (true, Some(found)) = (decision.allowed, store::users::find(db, user).await?) {
                items.push(WhoCan { user_id: user, email: Email::stored(found.email), decision });
            }
        }
        Ok(Page { items, next_cursor: looked_at.next_cursor })
    }

    /// About whom a question is, where the caller may ask it.
    async fn asked<'a>(
        &self,
        caller: &Permitted,
        user: Option<UserId>,
        known: &'a Hierarchy,
    ) -> Result<Asked<'a>, UsersError> {
        let own = user.is_none().then(|| Bounds::from(&*caller.claims));
        if own.is_none() {
            caller.may(RolesRead, Object::PLATFORM)?;
        }
        let user = user.unwrap_or_else(|| caller.user_id());
        let grants = Arc::new(self.grants(user).await?);
        let actor = match caller.claims.act.as_ref().filter(|_| own.is_some()) {
            Some(actor) => Some(Arc::new(self.grants(actor.sub).await?)),
            None => None,
        };
        Ok(Asked { known, roles: known.catalogue().into(), grants, own, actor, now: self.infra.clock.now() })
    }
}

impl Hierarchy {
    /// Names of the roles that give a permission, by name.
    fn givers(&self, permission: Permission) -> Vec<String> {
        let gives = |id: Uuid| self.effective(id).iter().any(|name| *name == permission.name);
        let mut names: Vec<_> =
            self.roles.values().filter(|role| role.is_active && gives(role.id)).map(|role| role.name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The names of the roles from one up to the nearest that gives a permission by itself; none where no one does.
    fn path(&self, role: Uuid, permission: Permission) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for ancestor in self.lineage(role) {
            names.push(self.roles.get(&ancestor)?.name.clone());
            if self.own(ancestor).any(|name| name == permission.name) {
                return Some(names);
            }
        }
        None
    }
}

impl Asked<'_> {
    fn decide(&self, permission: Permission, organisation: Option<OrganisationId>) -> AuthzDecision {
        // Somebody else acts for the organisation that is asked about; oneself, for that of the token.
        let bounds = self.own.unwrap_or(Bounds { organisation, ceiling: None });
        let of = |grants: &Arc<Grants>| Access::of(Arc::clone(grants), &self.roles, bounds, self.now);
        let access = of(&self.grants);
        let access = self.actor.iter().fold(access, |access, actor| access.by(of(actor)));
        let decision = access.decide(permission, &Object { organisation });
        let reason = match &decision {
            Decision::Allowed(Grant::Role(_)) => AuthzReason::Role,
            Decision::Allowed(Grant::Direct) => AuthzReason::Direct,
            Decision::Refused(Refusal::Inactive) => AuthzReason::Inactive,
            Decision::Refused(Refusal::BeyondCeiling) => AuthzReason::BeyondCeiling,
            Decision::Refused(Refusal::Denied) => AuthzReason::Denied,
            Decision::Refused(Refusal::Elsewhere) => AuthzReason::Elsewhere,
            Decision::Refused(Refusal::NotHeld) => AuthzReason::NotHeld,
            Decision::Refused(Refusal::BeyondActor) => AuthzReason::BeyondActor,
        };
        let allowed = decision.is_allowed();
        let role = match decision {
            Decision::Allowed(Grant::Role(name)) => Some(name),
            _ => None,
        };
        let path = role.as_deref().and_then(|name| self.known.path(self.known.find(name)?.id, permission));
        let inherited_from = path.filter(|path| path.len() > 1).and_then(|path| path.last().cloned());
        AuthzDecision {
            permission: permission.name.to_owned(),
            organisation_id: organisation,
            allowed,
            reason,
            role,
            inherited_from,
        }
    }

    /// Whatever gives or denies the permission, wherever and whenever.
    fn paths(&self, permission: Permission, organisation: Option<OrganisationId>) -> Vec<AuthzPath> {
        let acts_for = self.own.map_or(organisation, |own| own.organisation);
        let state = |held_for: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>, denies: bool| {
            let is_there = held_for.is_none() || held_for == organisation && (denies || held_for == acts_for);
            if expires_at.is_some_and(|end| end <= self.now) {
                AuthzPathState::Expired
            } else if !is_there {
                AuthzPathState::Elsewhere
            } else if denies {
                AuthzPathState::Denies
            } else {
                AuthzPathState::Holds
            }
        };
        let path = |roles, organisation_id, expires_at, denies| AuthzPath {
            roles,
            state: state(organisation_id, expires_at, denies),
            organisation_id,
            expires_at,
        };
        let by_roles = self.grants.roles.iter().filter_map(|held| {
            let roles = self.known.path(held.role_id.0, permission)?;
            Some(path(roles, held.organisation_id, held.expires_at, false))
        });
        let directly = |denies: bool| {
            let held = if denies { &self.grants.denials } else { &self.grants.permissions };
            let of_it = held.iter().filter(|held| held.permission == permission.name);
            of_it.map(move |held| path(Vec::new(), held.organisation_id, held.expires_at, denies))
        };
        directly(true).chain(by_roles).chain(directly(false)).collect()
    }
}

/// The permission of this name.
fn permission(name: &str) -> Result<Permission, UsersError> {
    let found = ALL.iter().find(|permission| permission.name == name).copied();
    found.ok_or_else(|| UsersError::invalid("permission", FieldCode::Invalid, "must be the name of a permission"))
}
