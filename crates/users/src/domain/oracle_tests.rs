//! The resolver beside a slow oracle, which goes by names and walks up the roles for every question: no decision may differ.

use super::roles::Hierarchy;
use super::roles::tests::{hierarchy, id};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::permissions::{ALL, PermissionSet};
use orion_contracts::users::{ConditionalRoleGrant, Grants, NarrowRoleGrant, PermissionGrant, RoleGrant, Within};
use orion_contracts::{OrganisationId, RoleId, TeamId, UserId};
use orion_http::identity::{Access, Bearing, BearingState, Bounds, Circumstances, Held, Object, Place, Scope};
use std::sync::Arc;
use uuid::Uuid;

/// How many decisions are compared.
const DECISIONS: usize = 1_000_000;
/// How many roles a world has; whoever holds one more holds a role that is gone.
const ROLES: u8 = 6;

/// One that holds, one that does not, one without an answer, and those that ask of the object.
const CONDITIONS: [&str; 5] = [
    "now == timestamp('1997-05-19T00:00:00Z')",
    "subject.id == 'somebody else'",
    "request.mfa",
    "object.organisation_id == '00000000-0000-0000-0000-000000000001'",
    "object.team_id == '00000000-0000-0000-0000-000000000002'",
];

/// What the oracle says of a condition; none where it has no answer.
fn holds(condition: Option<&String>, object: &Object) -> Option<bool> {
    match condition.map(|text| CONDITIONS.iter().position(|known| known == text)) {
        None | Some(Some(0)) => Some(true),
        Some(Some(1)) => Some(false),
        Some(Some(3)) => Some(object.organisation == Some(OrganisationId(Uuid::from_u128(1)))),
        Some(Some(4)) => Some(object.team == Some(TeamId(Uuid::from_u128(2)))),
        Some(_) => None,
    }
}

/// Who holds what a world has, and somebody else.
const HOLDER: UserId = UserId(Uuid::nil());
const SOMEBODY: UserId = UserId(Uuid::from_u128(1));

/// Numbers that look random, the same on every machine (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn names(&mut self, one_in: u64) -> Vec<&'static str> {
        ALL.iter().map(|permission| permission.name).filter(|_| self.one_in(one_in)).collect()
    }

    fn organisation(&mut self) -> Option<OrganisationId> {
        [None, None, Some(1), Some(2)][usize::try_from(self.below(4)).unwrap_or(0)]
            .map(|number| OrganisationId(Uuid::from_u128(number)))
    }

    fn team(&mut self) -> TeamId {
        TeamId(Uuid::from_u128(1 + u128::from(self.below(2))))
    }

    /// Something that belongs to an organisation or to none, and to a team or to none, of whomever.
    fn object(&mut self, organisation: Option<u128>) -> Object {
        let organisation = organisation.map(|number| OrganisationId(Uuid::from_u128(number)));
        let team = (!self.one_in(3)).then(|| self.team());
        let owner = [None, Some(HOLDER), Some(SOMEBODY)][usize::try_from(self.below(3)).unwrap_or(0)];
        Object { organisation, team, owner }
    }

    fn end(&mut self) -> Option<DateTime<Utc>> {
        let seconds = [None, None, Some(-1), Some(0), Some(1)][usize::try_from(self.below(5)).unwrap_or(0)];
        seconds.map(|seconds| now() + TimeDelta::seconds(seconds))
    }

    fn permissions(&mut self, most: u64) -> Vec<PermissionGrant> {
        let number = self.below(most + 1);
        let one = |_| {
            let at = usize::try_from(self.below(ALL.len() as u64)).unwrap_or(0);
            PermissionGrant {
                permission: ALL[at].name.to_owned(),
                organisation_id: self.organisation(),
                expires_at: self.end(),
                condition: None,
            }
        };
        (0..number).map(one).collect()
    }

    fn under_conditions(&mut self, mut held: Vec<PermissionGrant>, one_in: u64) -> Vec<PermissionGrant> {
        for held in &mut held {
            if self.one_in(one_in) {
                let at = usize::try_from(self.below(CONDITIONS.len() as u64)).unwrap_or(0);
                held.condition = Some(CONDITIONS[at].to_owned());
            }
        }
        held
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(10_000)
}

/// Roles, and somebody who holds some.
struct World {
    known: Hierarchy,
    grants: Grants,
    acts_for: Option<OrganisationId>,
    ceiling: Option<Vec<&'static str>>,
}

impl World {
    fn random(numbers: &mut Numbers) -> Self {
        let parents: Vec<_> = (0..ROLES).map(|role| role.checked_sub(1).filter(|_| !numbers.one_in(3))).collect();
        let parent = |role: u8, numbers: &mut Numbers| {
            let highest = parents[usize::from(role)]?;
            u8::try_from(numbers.below(u64::from(highest) + 1)).ok()
        };
        let roles: Vec<_> = (0..ROLES).map(|role| (role, i64::from(role), parent(role, numbers))).collect();
        let mut known = hierarchy(roles);
        for role in 0..ROLES {
            known.own.insert(id(role), numbers.names(4).into_iter().map(str::to_owned).collect());
        }
        let (held, held_conditionally) = (numbers.below(4), numbers.below(3));
        let conditional_role = |numbers: &mut Numbers| ConditionalRoleGrant {
            role_id: RoleId(id(u8::try_from(numbers.below(u64::from(ROLES) + 1)).unwrap_or(0))),
            organisation_id: numbers.organisation(),
            expires_at: numbers.end(),
            condition: CONDITIONS[usize::try_from(numbers.below(CONDITIONS.len() as u64)).unwrap_or(0)].to_owned(),
        };
        let conditional_roles = (0..held_conditionally).map(|_| conditional_role(numbers)).collect();
        let held_for_less = numbers.below(4);
        let narrow_role = |numbers: &mut Numbers| NarrowRoleGrant {
            role_id: RoleId(id(u8::try_from(numbers.below(u64::from(ROLES) + 1)).unwrap_or(0))),
            within: match numbers.one_in(2) {
                true => Within::Own,
                false => Within::Team {
                    organisation_id: OrganisationId(Uuid::from_u128(1 + u128::from(numbers.below(2)))),
                    team_id: numbers.team(),
                },
            },
            expires_at: numbers.end(),
        };
        let narrow_roles = (0..held_for_less).map(|_| narrow_role(numbers)).collect();
        let role = |_| RoleGrant {
            role_id: RoleId(id(u8::try_from(numbers.below(u64::from(ROLES) + 1)).unwrap_or(0))),
            organisation_id: numbers.organisation(),
            expires_at: numbers.end(),
        };
        let grants = Grants {
            organisations: Vec::new(),
            user_id: HOLDER,
            version: 1,
            roles: (0..held).map(role).collect(),
            active: !numbers.one_in(10),
            permissions: numbers.permissions(4),
            denials: {
                let denials = numbers.permissions(4);
                numbers.under_conditions(denials, 3)
            },
            conditional: {
                let given = numbers.permissions(2);
                numbers.under_conditions(given, 1)
            },
            conditional_roles,
            narrow_roles,
        };
        let ceiling = numbers.one_in(4).then(|| numbers.names(2));
        Self { known, grants, acts_for: numbers.organisation(), ceiling }
    }

    fn access(&self) -> Access {
        let ceiling = self.ceiling.as_ref().map(|names| PermissionSet::named(names.iter().copied()));
        let bounds = Bounds { organisation: self.acts_for, ceiling };
        let held = Arc::new(Held::new(Arc::new(self.grants.clone())));
        Access::of_held(held, &self.known.catalogue().into(), bounds, now()).under(Circumstances::default())
    }

    /// What the oracle says.
    fn may(&self, name: &str, object: &Object) -> bool {
        let lasts = |end: Option<DateTime<Utc>>| match end {
            Some(end) => end > now(),
            None => true,
        };
        if !self.grants.active {
            return false;
        }
        if let Some(ceiling) = &self.ceiling
            && !ceiling.contains(&name)
        {
            return false;
        }
        for denial in &self.grants.denials {
            let is_there = denial.organisation_id.is_none() || denial.organisation_id == object.organisation;
            let denies = holds(denial.condition.as_ref(), object) != Some(false);
            if denial.permission == name && lasts(denial.expires_at) && is_there && denies {
                return false;
            }
        }
        let reaches =
            |held: Option<OrganisationId>| held.is_none() || held == self.acts_for && held == object.organisation;
        for held in &self.grants.permissions {
            if held.permission == name && lasts(held.expires_at) && reaches(held.organisation_id) {
                return true;
            }
        }
        for held in &self.grants.conditional {
            let is_it = held.permission == name && lasts(held.expires_at) && reaches(held.organisation_id);
            if is_it && holds(held.condition.as_ref(), object) == Some(true) {
                return true;
            }
        }
        for held in &self.grants.roles {
            if lasts(held.expires_at) && reaches(held.organisation_id) && self.gives(held.role_id.0, name) {
                return true;
            }
        }
        for held in &self.grants.conditional_roles {
            let is_it = lasts(held.expires_at) && reaches(held.organisation_id) && self.gives(held.role_id.0, name);
            if is_it && holds(Some(&held.condition), object) == Some(true) {
                return true;
            }
        }
        for held in &self.grants.narrow_roles {
            let is_there = match held.within {
                Within::Own => object.owner.is_some_and(|owner| owner == self.grants.user_id),
                Within::Team { organisation_id, team_id } => {
                    reaches(Some(organisation_id)) && object.team.is_some_and(|team| team == team_id)
                }
            };
            if lasts(held.expires_at) && is_there && self.gives(held.role_id.0, name) {
                return true;
            }
        }
        false
    }

    /// How many things give or deny it, wherever, whenever and under whatever condition: an explanation leaves out none.
    fn bearings(&self, name: &str) -> usize {
        let of_it = |held: &&PermissionGrant| held.permission == name;
        let direct = [&self.grants.permissions, &self.grants.conditional, &self.grants.denials];
        let direct: usize = direct.into_iter().map(|held| held.iter().filter(of_it).count()).sum();
        let roles = self.grants.roles.iter().map(|held| held.role_id);
        let roles = roles.chain(self.grants.conditional_roles.iter().map(|held| held.role_id));
        let roles = roles.chain(self.grants.narrow_roles.iter().map(|held| held.role_id));
        direct + roles.filter(|role| self.gives(role.0, name)).count()
    }

    /// Whether an explanation says of one thing what the oracle says.
    fn is_right(&self, bearing: &Bearing<'_>, name: &str, object: &Object) -> bool {
        let answer = holds(bearing.condition.map(str::to_owned).as_ref(), object);
        let place = bearing.place.organisation();
        let is_for_less = match bearing.place {
            Place::Own => object.owner != Some(HOLDER),
            Place::Team(_, team) => object.team != Some(team),
            Place::Everywhere | Place::Organisation(_) => false,
        };
        let expected = if bearing.expires_at.is_some_and(|end| end <= now()) {
            BearingState::Expired
        } else if is_for_less
            || place.is_some() && (place != object.organisation || !bearing.denies && place != self.acts_for)
        {
            BearingState::Elsewhere
        } else {
            match (bearing.denies, answer) {
                (true, Some(false)) | (false, Some(false) | None) => BearingState::Unmet,
                (true, _) => BearingState::Denies,
                (false, Some(true)) => BearingState::Holds,
            }
        };
        let is_asked = matches!(bearing.state, BearingState::Holds | BearingState::Denies | BearingState::Unmet);
        let has_why = bearing.why.is_some() == (is_asked && answer.is_none());
        bearing.state == expected && has_why && bearing.role.is_none_or(|role| self.gives(role.id.0, name))
    }

    /// Whether neither the account nor the credential stands before what is held.
    fn is_unbounded(&self, name: &str) -> bool {
        self.grants.active && self.ceiling.as_ref().is_none_or(|ceiling| ceiling.contains(&name))
    }

    fn gives(&self, role: Uuid, name: &str) -> bool {
        let Some(found) = self.known.roles.get(&role) else { return false };
        if self.known.own.get(&role).is_some_and(|own| own.contains(name)) {
            return true;
        }
        found.parent_id.is_some_and(|parent| self.gives(parent, name))
    }
}

#[test]
fn a_million_random_decisions_are_those_of_a_slow_oracle() {
    let mut numbers = Numbers(10);
    let (mut decisions, mut allowed) = (0_usize, 0_usize);
    while decisions < DECISIONS {
        let world = World::random(&mut numbers);
        let access = world.access();
        let everywhere = access.permissions();
        for permission in ALL {
            let scope = access.scope(*permission);
            for organisation in [None, Some(1), Some(2), Some(3)] {
                let object = numbers.object(organisation);
                let decided = access.decide(*permission, &object).is_allowed();
                let expected = world.may(permission.name, &object);
                assert_eq!(decided, expected, "decision {decisions}: {} on {object:?}", permission.name);
                // An explanation names what decides, and nothing that would have decided otherwise.
                let bearings: Vec<_> = access.bearings(*permission, &object).collect();
                let is_right = |bearing: &Bearing<'_>| world.is_right(bearing, permission.name, &object);
                assert!(bearings.iter().all(is_right), "decision {decisions}: {bearings:?}");
                assert_eq!(bearings.len(), world.bearings(permission.name), "decision {decisions}: {bearings:?}");
                let states: Vec<_> = bearings.iter().map(|bearing| bearing.state).collect();
                let gives = states.contains(&BearingState::Holds) && !states.contains(&BearingState::Denies);
                assert_eq!(gives && world.is_unbounded(permission.name), expected, "decision {decisions}: {states:?}");
                // A list shows nothing that may not be seen; what it leaves out may be of a team, or of their own.
                let is_shown = match (&scope, object.organisation) {
                    (Scope::Everything, _) => true,
                    (Scope::Organisations(shown), Some(organisation)) => shown.contains(&organisation),
                    (Scope::Organisations(_), None) => false,
                };
                assert!(expected || !is_shown, "decision {decisions}: {} is listed", permission.name);
                decisions += 1;
                allowed += usize::from(decided);
            }
            let holds = everywhere.iter().any(|name| name == permission.name);
            assert_eq!(holds, world.may(permission.name, &Object::PLATFORM), "{}", permission.name);
        }
    }
    // Neither answer is so rare that little would be compared.
    assert!(allowed > decisions / 20 && allowed < decisions / 2, "{allowed} of {decisions}");
}
