//! Who could give what somebody lacks: on the platform who assigns roles, and inside the organisation that a question names who gives
//! roles there. They are found by the rules by which it is given.

use super::Users;
use super::powers::Powers;
use super::roles::{Hierarchy, KeptRoles};
use super::{organisations, ranks};
use crate::error::UsersError;
use crate::store;
use crate::store::organisation_members::{self as members, Reach, Spot};
use crate::store::roles::Model;
use crate::store::who_can::Where;
use orion_contracts::permissions::{
    Demand, MembersWrite, OrganisationsDelete, OrganisationsRead, Permission, RolesAssign, RolesRead, UsersRead,
};
use orion_contracts::users::{AuthzGiver, AuthzReason, PermissionScope};
use orion_contracts::{Email, UserId};
use orion_http::Permitted;
use orion_http::identity::{Access, Bounds, Held, Object, Scope};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// How many people are looked at for those who could give something, of the organisation and of the platform each.
const LOOKED_AT: u64 = 100;
/// By which permission a role hands an organisation over.
const DELETE: Permission = OrganisationsDelete::PERMISSION;
/// How many of them are named.
const MOST_GIVERS: usize = 10;

/// What somebody is asked about, and who they are.
#[derive(Clone, Copy)]
pub(super) struct Question {
    pub(super) subject: UserId,
    pub(super) permission: Permission,
    pub(super) object: Object,
}

/// Of whom a caller may hear.
#[derive(Clone, Copy)]
pub(super) struct Hearing {
    /// Of all roles.
    roles: bool,
    /// Of all people.
    people: bool,
    /// Of the members of the organisation that is asked about, and of what can be held inside.
    inside: bool,
}

impl Hearing {
    /// Of the platform hears who may read roles and users; of an organisation, who may see it.
    pub(super) fn of(caller: &Permitted, object: &Object) -> Self {
        let everywhere = |permission| caller.also_holds(permission, &Object::PLATFORM);
        let roles = everywhere(RolesRead::PERMISSION);
        let sees = |id| caller.also_holds(OrganisationsRead::PERMISSION, &Object::of(id));
        Self {
            roles,
            people: roles && everywhere(UsersRead::PERMISSION),
            inside: object.organisation.is_some_and(sees),
        }
    }

    fn hears_of(self, role: &Model) -> bool {
        self.roles || (self.inside && is_held_inside(role))
    }
}

/// What could be done about something that is missing.
pub(super) struct Remedy {
    /// Names of the roles that would give it.
    pub(super) given_by: Vec<String>,
    /// Names of the roles whose holders could.
    pub(super) assigned_by: Vec<String>,
}

fn scope(role: &Model) -> PermissionScope {
    role.scope.parse().unwrap_or_default()
}

fn is_held_inside(role: &Model) -> bool {
    matches!(scope(role), PermissionScope::Organisation | PermissionScope::Team)
}

impl Hierarchy {
    /// The roles that would give it, held where they can be: for the object that is asked about.
    fn would_give(&self, question: Question) -> impl Iterator<Item = &Model> {
        let Question { subject, permission, object } = question;
        self.givers(permission).filter(move |role| match scope(role) {
            PermissionScope::Global => true,
            PermissionScope::Organisation => object.organisation.is_some(),
            PermissionScope::Team => object.team.is_some(),
            PermissionScope::User => object.owner == Some(subject),
        })
    }

    /// Whether a role is of those whose holders could give one of these by what it gives them alone.
    fn could_give(&self, role: &Model, question: Question, given: &[&Model]) -> bool {
        let held = self.effective(role.id);
        let has = |permission: Permission| held.iter().any(|name| *name == permission.name);
        let by_assigning = || has(RolesAssign::PERMISSION) && has(question.permission);
        let inside = |given: &&Model| {
            is_held_inside(given)
                && given.level <= role.level
                && self.effective(given.id).iter().all(|name| held.contains(name))
        };
        let gives_inside = |of: fn(&Model) -> bool| {
            has(MembersWrite::PERMISSION) && given.iter().filter(|given| of(given)).any(inside)
        };
        match scope(role) {
            PermissionScope::Global => by_assigning() || gives_inside(|_| true),
            PermissionScope::Organisation => question.object.organisation.is_some() && gives_inside(|_| true),
            // Who leads a team gives what is held for it, and nothing for the organisation.
            PermissionScope::Team => {
                question.object.team.is_some() && gives_inside(|given| scope(given) == PermissionScope::Team)
            }
            PermissionScope::User => false,
        }
    }

    /// The names of the roles that would give it, and of those whose holders could, as far as a caller hears of them.
    pub(super) fn remedy(&self, question: Question, hearing: Hearing) -> Remedy {
        let given: Vec<&Model> = self.would_give(question).collect();
        let names = |roles: Vec<&Model>| {
            let heard = roles.into_iter().filter(|role| hearing.hears_of(role));
            let mut names: Vec<_> = heard.map(|role| role.name.clone()).collect();
            names.sort_unstable();
            names
        };
        let in_force = self.roles.values().filter(|role| role.is_active);
        let assigning = in_force.filter(|role| self.could_give(role, question, &given)).collect();
        Remedy { assigned_by: names(assigning), given_by: names(given) }
    }
}

/// Somebody who might give it.
struct Candidate<'a> {
    user: UserId,
    access: Access,
    known: &'a Hierarchy,
    question: Question,
    /// How high the one stands who would be given it, on the platform and inside.
    heights: (i64, i64),
}

impl Users {
    /// The first who could give what is missing, those inside the organisation before those of the platform.
    pub(super) async fn could_give(
        &self,
        kept: &KeptRoles,
        question: Question,
        hearing: Hearing,
        reason: AuthzReason,
    ) -> Result<Vec<AuthzGiver>, UsersError> {
        let db = self.infra.db.read_aside();
        let (known, object, now) = (&kept.known, question.object, self.infra.clock.now());
        // A denial, and what the credential or whoever acts has no part in, stays whatever is given inside.
        let helps = !matches!(
            reason,
            AuthzReason::Denied | AuthzReason::Inactive | AuthzReason::BeyondCeiling | AuthzReason::BeyondActor
        );
        let given = match object.organisation.filter(|_| helps && (hearing.inside || hearing.people)) {
            Some(_) => self.given_inside(known, question).await?,
            None => Vec::new(),
        };
        let mut people: Vec<UserId> = Vec::new();
        let mut add = |found: Vec<UserId>| {
            for user in found {
                if !people.contains(&user) {
                    people.push(user);
                }
            }
        };
        let by_itself = |permission: Permission| known.permissions.get(permission.name).copied();
        let holding = |permission: Permission, place: Where| {
            // All who hold a role inside some organisation would be read to find that none of them holds it everywhere.
            let is_there =
                |role: &&Model| !matches!(place, Where::Everywhere) || scope(role) == PermissionScope::Global;
            let roles: Vec<Uuid> = known.givers(permission).filter(is_there).map(|role| role.id).collect();
            (roles, by_itself(permission), place)
        };
        let inside = |place: Where| holding(MembersWrite::PERMISSION, place);
        if let Some(organisation) = object.organisation.filter(|_| !given.is_empty()) {
            let mut held = vec![inside(Where::Inside(organisation))];
            held.extend(object.team.map(|team| inside(Where::OfTeam(team))));
            add(store::who_can::holders(db, &held, LOOKED_AT).await?);
        }
        if hearing.people {
            let mut held = vec![holding(RolesAssign::PERMISSION, Where::Everywhere)];
            held.extend((!given.is_empty()).then(|| inside(Where::Everywhere)));
            add(store::who_can::holders(db, &held, LOOKED_AT).await?);
        }
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let inside = match object.organisation {
            Some(organisation) => organisations::height(db, organisation, question.subject, now).await?,
            None => 0,
        };
        let heights = (ranks::height(db, question.subject, now).await?, inside);
        // What needs a sign-in a program never does.
        let hands_over = |role: &Model| known.effective(role.id).iter().any(|name| *name == DELETE.name);
        let by_programs: Vec<&Model> = given.iter().copied().filter(|role| !hands_over(role)).collect();
        let mut found = Vec::new();
        for user in people {
            if found.len() == MOST_GIVERS {
                break;
            }
            let Some(grants) = store::user_permissions::grants(db, user).await? else { continue };
            let is_member = object.organisation.is_some_and(|id| grants.organisations.contains(&id));
            if !hearing.people && !is_member {
                continue;
            }
            // What they hold under a condition they cannot give.
            let bounds = Bounds { organisation: object.organisation, ceiling: None };
            let held = Arc::new(Held::certain(Arc::new(grants)));
            let access = Access::of_held(held, &kept.roles, bounds, now);
            let candidate = Candidate { user, access, known, question, heights };
            let Some(user) = store::users::find(db, user).await? else { continue };
            let could = match user.is_service_account {
                true => self.gives_inside(&candidate, &by_programs).await?,
                false => {
                    self.gives_inside(&candidate, &given).await? || (hearing.people && self.assigns(&candidate).await?)
                }
            };
            if could {
                found.push(AuthzGiver { user_id: UserId(user.id), email: Email::stored(user.email) });
            }
        }
        Ok(found)
    }

    /// The roles held inside that would give it. For a team that is none of the organisation's nothing is given.
    async fn given_inside<'a>(&self, known: &'a Hierarchy, question: Question) -> Result<Vec<&'a Model>, UsersError> {
        let has_team = match (question.object.organisation, question.object.team) {
            (Some(id), Some(team)) => store::teams::find(self.infra.db.read_aside(), id, team).await?.is_some(),
            _ => false,
        };
        let is_given = |role: &&Model| is_held_inside(role) && (has_team || scope(role) != PermissionScope::Team);
        Ok(known.would_give(question).filter(is_given).collect())
    }

    /// Whether a person gives permissions by assigning on the platform, everywhere, and has this one to give: by the rule of direct
    /// permissions. Nobody gives themselves one.
    async fn assigns(&self, candidate: &Candidate<'_>) -> Result<bool, UsersError> {
        let Question { subject, permission, object } = candidate.question;
        // What is held for a team or for one's own things is nobody's to give by assigning roles.
        let object = Object { team: None, owner: None, ..object };
        let may = |permission, object| candidate.access.decide(permission, &object).is_allowed();
        let is_everywhere = candidate.access.scope(RolesAssign::PERMISSION) == Scope::Everything;
        if candidate.user == subject || !is_everywhere || !may(permission, object) {
            return Ok(false);
        }
        let (db, now) = (self.infra.db.read_aside(), self.infra.clock.now());
        Ok(candidate.heights.0 <= store::user_roles::level(db, candidate.user, now).await?)
    }

    /// Whether somebody gives one of the roles inside, by the rule of `organisations/inside.rs`.
    async fn gives_inside(&self, candidate: &Candidate<'_>, given: &[&Model]) -> Result<bool, UsersError> {
        let object = candidate.question.object;
        let Some(organisation) = object.organisation else { return Ok(false) };
        let spots: BTreeSet<Spot> = given
            .iter()
            .map(|role| (organisation, object.team.filter(|_| scope(role) == PermissionScope::Team)))
            .collect();
        let (db, now) = (self.infra.db.read_aside(), self.infra.clock.now());
        for spot in spots {
            let demanded = MembersWrite::PERMISSION;
            let place = organisations::object(spot);
            let may = |object: &Object| candidate.access.decide(demanded, object).is_allowed();
            if !may(&place) {
                continue;
            }
            let reach = if may(&Object::PLATFORM) { Reach::Everywhere } else { Reach::Inside };
            let level = members::level(db, spot, candidate.user, reach, now).await?;
            if candidate.heights.1 > level {
                continue;
            }
            let mut of_the_spot =
                given.iter().filter(|role| (scope(role) == PermissionScope::Team) == spot.1.is_some());
            let powers = Powers::from(candidate.access.clone());
            let gives = |role: &Model| {
                role.level <= level && powers.refuse_now(candidate.known.effective(role.id), &place).is_ok()
            };
            if of_the_spot.any(|role| gives(role)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
