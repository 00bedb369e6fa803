//! Deciding and explaining, by the resolver that enforces: what it decides by is read here from the tables, past what processes keep. Of
//! the roles their version is read, and they themselves where it is another one.

use super::Users;
use super::givers::{Hearing, Question, Remedy};
use super::roles::{Hierarchy, KeptRoles};
use crate::error::UsersError;
use crate::store;
use crate::store::roles::Model;
use chrono::{DateTime, Utc};
use orion_contracts::permissions::{ALL, Permission, RolesRead, WITH_RECENT_SIGN_IN};
use orion_contracts::users::{
    AttributeValue, AuthzDecision, AuthzDecisionList, AuthzFact, AuthzPath, AuthzPathState, AuthzQuestion, AuthzReason,
    AuthzStepUp, CheckAuthz, ExplainAuthz, Explanation, WhoCan, WhoCanQuery,
};
use orion_contracts::{Email, FieldCode, OrganisationId, Page, TeamId, UserId};
use orion_http::identity::{
    Access, Attributes, Bearing, BearingState, Bounds, Circumstances, Decision, Grant, Held, Object, Place, Refusal,
    StepUp,
};
use orion_http::{Permitted, page};
use std::sync::Arc;
use uuid::Uuid;

/// A user whose permissions are asked about.
struct Asked<'a> {
    kept: &'a KeptRoles,
    held: Arc<Held>,
    /// The bounds of the caller's own token; none where it is about somebody else.
    own: Option<Bounds>,
    /// What conditions are asked of: the caller's own request, or one of which nothing is known.
    circumstances: Circumstances,
    /// What whoever really asks holds, where they act as the caller and it is about the caller.
    actor: Option<Arc<Held>>,
    now: DateTime<Utc>,
}

impl Users {
    /// Answers questions about one user.
    pub(crate) async fn check(
        &self,
        caller: &Permitted,
        request: &CheckAuthz,
    ) -> Result<AuthzDecisionList, UsersError> {
        let kept = self.kept_roles(self.infra.db.read()).await?;
        let asked = self.asked(caller, request.user_id, &kept).await?;
        let answer = |question: &AuthzQuestion| {
            let permission = permission(&question.permission)?;
            let object = on(question.organisation_id, question.team_id, question.owner_id)?;
            let access = asked.access(object.organisation, known(&question.attributes));
            Ok((permission, object, access.decide(permission, &object)))
        };
        let answers = request.questions.iter().map(answer).collect::<Result<Vec<_>, UsersError>>()?;
        asked.note(caller, &answers);
        let told = |(permission, object, decision)| asked.told(permission, object, decision);
        Ok(AuthzDecisionList { items: answers.into_iter().map(told).collect() })
    }

    /// Answers one question with all that bears on it.
    pub(crate) async fn explain(&self, caller: &Permitted, request: &ExplainAuthz) -> Result<Explanation, UsersError> {
        let permission = permission(&request.permission)?;
        let kept = self.kept_roles(self.infra.db.read()).await?;
        let asked = self.asked(caller, request.user_id, &kept).await?;
        let object = on(request.organisation_id, request.team_id, request.owner_id)?;
        let access = asked.access(object.organisation, known(&request.attributes));
        let decided = access.decide(permission, &object);
        asked.note(caller, &[(permission, object, decided.clone())]);
        let decision = asked.told(permission, object, decided);
        // Who may not hear of others hears of those roles that they hold alone.
        let question = Question { subject: asked.user_id(), permission, object };
        let hearing = Hearing::of(caller, &object);
        let Remedy { given_by, assigned_by } = kept.known.remedy(question, hearing);
        let could_give = match decision.allowed {
            true => Vec::new(),
            false => self.could_give(&kept, question, hearing, decision.reason).await?,
        };
        Ok(Explanation {
            user_id: asked.user_id(),
            step_up: asked.step_up(caller, access.clone(), permission, object),
            paths: asked.paths(access, permission, object),
            decision,
            could_give,
            given_by,
            assigned_by,
        })
    }

    /// Who may do something, by their ids.
    pub(crate) async fn who_can(&self, query: &WhoCanQuery) -> Result<Page<WhoCan>, UsersError> {
        let limit = page::limit(query.limit)?;
        let after: Option<UserId> = page::decode(query.cursor.as_deref())?;
        let permission = permission(&query.permission)?;
        let object = on(query.organisation_id, query.team_id, query.owner_id)?;
        let db = self.infra.db.read_aside();
        let kept = self.kept_roles(db).await?;
        let roles: Vec<Uuid> = kept.known.givers(permission).map(|role| role.id).collect();
        let by_itself = kept.known.permissions.get(permission.name).copied();
        let people = store::who_can::candidates(db, &roles, by_itself, after, u64::from(limit) + 1).await?;
        // A page is of those who were looked at: of many who are denied it, or hold it elsewhere, none is long in coming.
        let looked_at = page::page(people, limit, |user| *user);
        let mut items = Vec::new();
        for user in looked_at.items {
            let Some(grants) = store::user_permissions::grants(db, user).await? else { continue };
            let (circumstances, now) = (Circumstances::default(), self.infra.clock.now());
            let held = Arc::new(Held::ready(Arc::new(grants)).await);
            let asked = Asked { kept: &kept, held, own: None, circumstances, actor: None, now };
            let decision = asked.decide(&asked.access(object.organisation, None), permission, object);
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
        kept: &'a KeptRoles,
    ) -> Result<Asked<'a>, UsersError> {
        let own = user.is_none().then(|| Bounds::from(&*caller.claims));
        if let Some(user) = user {
            caller.may(RolesRead, Object::about(user))?;
        }
        let user = user.unwrap_or_else(|| caller.user_id());
        let ready = async |user| Ok::<_, UsersError>(Arc::new(Held::ready(Arc::new(self.grants(user).await?)).await));
        let held = ready(user).await?;
        let circumstances = own.and_then(|_| caller.access.circumstances().cloned()).unwrap_or_default();
        let actor = match caller.claims.act.as_ref().filter(|_| own.is_some()) {
            Some(actor) => Some(ready(actor.sub).await?),
            None => None,
        };
        let now = self.infra.clock.now();
        Ok(Asked { kept, held, own, circumstances, actor, now })
    }
}

impl Hierarchy {
    /// The roles that give a permission.
    pub(super) fn givers(&self, permission: Permission) -> impl Iterator<Item = &Model> {
        let gives = move |id: Uuid| self.effective(id).iter().any(|name| *name == permission.name);
        self.roles.values().filter(move |role| role.is_active && gives(role.id))
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
    /// What the resolver goes by.
    fn access(&self, organisation: Option<OrganisationId>, attributes: Option<Arc<Attributes>>) -> Access {
        // Somebody else acts for the organisation that is asked about; oneself, for that of the token.
        let bounds = self.own.unwrap_or(Bounds { organisation, ceiling: None });
        let of = |held: &Arc<Held>| Access::of_held(Arc::clone(held), &self.kept.roles, bounds, self.now);
        let access = of(&self.held).under(self.circumstances.clone());
        let access = self.actor.iter().fold(access, |access, actor| access.by(of(actor)));
        attributes.into_iter().fold(access, Access::knowing)
    }

    fn user_id(&self) -> UserId {
        self.held.user_id()
    }

    /// Has answers logged, where decisions about the permissions are. Who asks about themselves decides nothing: whatever they do by it
    /// is asked again.
    fn note(&self, caller: &Permitted, answers: &[(Permission, Object, Decision)]) {
        if self.own.is_none() {
            caller.note_answers(self.user_id(), answers);
        }
    }

    fn decide(&self, access: &Access, permission: Permission, object: Object) -> AuthzDecision {
        self.told(permission, object, access.decide(permission, &object))
    }

    /// A decision as whoever asked hears of it.
    fn told(&self, permission: Permission, object: Object, decision: Decision) -> AuthzDecision {
        let reason = match &decision {
            Decision::Allowed(Grant::Role { .. }) => AuthzReason::Role,
            Decision::Allowed(Grant::Direct) => AuthzReason::Direct,
            Decision::Refused(Refusal::Inactive) => AuthzReason::Inactive,
            Decision::Refused(Refusal::BeyondCeiling) => AuthzReason::BeyondCeiling,
            Decision::Refused(Refusal::Denied) => AuthzReason::Denied,
            Decision::Refused(Refusal::Elsewhere) => AuthzReason::Elsewhere,
            Decision::Refused(Refusal::OtherTeam) => AuthzReason::OtherTeam,
            Decision::Refused(Refusal::NotOwn) => AuthzReason::NotOwn,
            Decision::Refused(Refusal::Unmet(_)) => AuthzReason::Unmet,
            Decision::Refused(Refusal::NotHeld) => AuthzReason::NotHeld,
            Decision::Refused(Refusal::BeyondActor) => AuthzReason::BeyondActor,
        };
        let allowed = decision.is_allowed();
        let (role, path) = match decision {
            Decision::Allowed(Grant::Role { id, name }) => (Some(name), self.kept.known.path(id.0, permission)),
            _ => (None, None),
        };
        let inherited_from = path.filter(|path| path.len() > 1).and_then(|path| path.last().cloned());
        AuthzDecision {
            permission: permission.name.to_owned(),
            organisation_id: object.organisation,
            team_id: object.team,
            owner_id: object.owner,
            allowed,
            reason,
            role,
            inherited_from,
        }
    }

    /// Whatever gives or denies the permission, wherever and whenever, as the resolver takes it.
    fn paths(&self, access: Access, permission: Permission, object: Object) -> Vec<AuthzPath> {
        // The same once more after each step-up, in the same order: what would come of a condition then.
        let after: Vec<(AuthzStepUp, Vec<BearingState>)> = self
            .step_ups()
            .map(|(name, by)| (name, states(&self.stepped_up(access.clone(), by), permission, object)))
            .collect();
        let is_open = |state| matches!(state, BearingState::Holds | BearingState::Denies | BearingState::Unmet);
        let path = |(place, bearing): (usize, Bearing<'_>)| {
            let would_do = |(name, states): &(AuthzStepUp, Vec<BearingState>)| {
                (states.get(place) == Some(&BearingState::Holds)).then_some(*name)
            };
            let is_missed = bearing.state == BearingState::Unmet && !bearing.denies;
            let condition = bearing.condition.filter(|_| is_open(bearing.state));
            let facts = condition.map(|condition| access.asked_of(condition, &object)).unwrap_or_default();
            let fact = |(name, value): (String, Option<serde_json::Value>)| AuthzFact {
                name,
                known: value.is_some(),
                value: value.filter(|value| !value.is_null()).map(AttributeValue::from),
            };
            AuthzPath {
                roles: bearing.role.and_then(|role| self.kept.known.path(role.id.0, permission)).unwrap_or_default(),
                state: match bearing.state {
                    BearingState::Holds => AuthzPathState::Holds,
                    BearingState::Denies => AuthzPathState::Denies,
                    BearingState::Expired => AuthzPathState::Expired,
                    BearingState::Elsewhere => AuthzPathState::Elsewhere,
                    BearingState::Unmet => AuthzPathState::Unmet,
                },
                organisation_id: bearing.place.organisation(),
                team_id: bearing.place.team(),
                own_only: bearing.place == Place::Own,
                expires_at: bearing.expires_at,
                condition: bearing.condition.map(str::to_owned),
                why: bearing.why,
                asked_of: facts.into_iter().map(fact).collect(),
                step_up: after.iter().find_map(would_do).filter(|_| is_missed),
            }
        };
        access.bearings(permission, &object).enumerate().map(path).collect()
    }

    /// With which step-up it would be allowed; where it is, which one is demanded besides of a caller who asks about themselves.
    fn step_up(
        &self,
        caller: &Permitted,
        access: Access,
        permission: Permission,
        object: Object,
    ) -> Option<AuthzStepUp> {
        if access.decide(permission, &object).is_allowed() {
            let is_demanded = WITH_RECENT_SIGN_IN.iter().any(|demanding| demanding.name == permission.name);
            let is_own = self.own.is_some() && self.step_ups().next().is_some();
            return (is_demanded && is_own && !caller.is_fresh(self.now)).then_some(AuthzStepUp::Recent);
        }
        let would_do = |(_, by): &(AuthzStepUp, StepUp)| {
            self.stepped_up(access.clone(), *by).decide(permission, &object).is_allowed()
        };
        self.step_ups().find(would_do).map(|(name, _)| name)
    }

    /// What the subject can prove anew, the easier first. Nobody does who acts as them, and no API key.
    fn step_ups(&self) -> impl Iterator<Item = (AuthzStepUp, StepUp)> {
        let can = self.actor.is_none() && self.circumstances.can_step_up();
        let all =
            [(AuthzStepUp::Recent, StepUp::Recent), (AuthzStepUp::SecondFactor, StepUp::SecondFactor)].into_iter();
        all.filter(move |_| can)
    }

    fn stepped_up(&self, access: Access, by: StepUp) -> Access {
        access.under(self.circumstances.stepped_up(by))
    }
}

fn states(access: &Access, permission: Permission, object: Object) -> Vec<BearingState> {
    access.bearings(permission, &object).map(|bearing| bearing.state).collect()
}

/// What is known of the object. Of whoever says nothing nothing is known, as at ORION's own endpoints: then `object` has no attributes.
fn known(attributes: &Attributes) -> Option<Arc<Attributes>> {
    (!attributes.is_empty()).then(|| Arc::new(attributes.clone()))
}

/// What a question is about. Without an owner it is something of which nobody knows whose it is, as of all that no user is.
fn on(organisation: Option<OrganisationId>, team: Option<TeamId>, owner: Option<UserId>) -> Result<Object, UsersError> {
    if team.is_some() && organisation.is_none() {
        let message = "must be named where a team of it is";
        return Err(UsersError::invalid("organisation_id", FieldCode::Required, message));
    }
    Ok(Object { organisation, team, owner })
}

/// The permission of this name.
fn permission(name: &str) -> Result<Permission, UsersError> {
    let found = ALL.iter().find(|permission| permission.name == name).copied();
    found.ok_or_else(|| UsersError::invalid("permission", FieldCode::Invalid, "must be the name of a permission"))
}
