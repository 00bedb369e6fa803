//! What holds where, and the reasons.

use super::*;
use crate::identity::decision::Scope;
use chrono::TimeDelta;
use orion_contracts::permissions::{AuditRead, Demand, UsersImpersonate, UsersRead, UsersWrite};
use orion_contracts::users::{NarrowRoleGrant, PermissionGrant, Role, RoleGrant, Within};
use orion_contracts::{OrganisationId, RoleId, TeamId, UserId};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(7));
const ANOTHER: OrganisationId = OrganisationId(Uuid::from_u128(8));
const ROLE: RoleId = RoleId(Uuid::from_u128(1));
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A caller in a session for an organisation, with one role and one permission by itself.
struct Caller {
    role_in: Option<OrganisationId>,
    direct_in: Option<OrganisationId>,
    expires_at: Option<DateTime<Utc>>,
    active: bool,
    acts_for: Option<OrganisationId>,
    scope: Option<&'static str>,
    /// Where finding users is denied.
    denied: Option<Option<OrganisationId>>,
    denied_until: Option<DateTime<Utc>>,
}

/// A denial of finding users.
fn denial(organisation_id: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>) -> PermissionGrant {
    PermissionGrant { permission: UsersRead::PERMISSION.name.to_owned(), organisation_id, expires_at, condition: None }
}

const EVERYWHERE: Caller = Caller {
    role_in: None,
    direct_in: None,
    expires_at: None,
    active: true,
    acts_for: None,
    scope: None,
    denied: None,
    denied_until: None,
};

impl Caller {
    fn access(&self) -> Access {
        let role: Role = serde_json::from_value(json!({
            "id": ROLE, "name": "keeper", "display_name": "Keeper", "description": null, "level": 5, "is_system": false,
            "permissions": [UsersRead::PERMISSION.name],
        }))
        .expect("a role");
        let grants = Grants {
            user_id: UserId(Uuid::nil()),
            version: 1,
            active: self.active,
            organisations: Vec::new(),
            roles: vec![RoleGrant { role_id: ROLE, organisation_id: self.role_in, expires_at: self.expires_at }],
            permissions: vec![PermissionGrant {
                permission: AuditRead::PERMISSION.name.to_owned(),
                organisation_id: self.direct_in,
                expires_at: self.expires_at,
                condition: None,
            }],
            conditional: Vec::new(),
            conditional_roles: Vec::new(),
            narrow_roles: Vec::new(),
            denials: self.denied.into_iter().map(|denied_in| denial(denied_in, self.denied_until)).collect(),
        };
        let roles = std::iter::once((ROLE, KnownRole::new(role))).collect();
        Access {
            held: Arc::new(Held::new(Arc::new(grants))),
            roles: Arc::new(roles),
            circumstances: None,
            attributes: None,
            organisation: self.acts_for,
            ceiling: self.scope.map(|scope| PermissionSet::named(scope.split(' '))),
            now: NOW,
            logged: PermissionSet::default(),
            actor: None,
        }
    }

    fn decide(&self, permission: Permission, object: Object) -> Decision {
        self.access().decide(permission, &object)
    }
}

#[test]
fn what_is_held_everywhere_holds_for_everything_and_says_by_what() {
    for object in [Object::PLATFORM, Object::of(ORGANISATION)] {
        let by_role = EVERYWHERE.decide(UsersRead::PERMISSION, object);
        assert_eq!(by_role, Decision::Allowed(Grant::Role { id: ROLE, name: "keeper".to_owned() }));
        assert_eq!(EVERYWHERE.decide(AuditRead::PERMISSION, object), Decision::Allowed(Grant::Direct));
        assert_eq!(EVERYWHERE.decide(UsersWrite::PERMISSION, object), Decision::Refused(Refusal::NotHeld));
    }
    assert_eq!(EVERYWHERE.access().scope(UsersRead::PERMISSION), Scope::Everything);
    assert_eq!(EVERYWHERE.access().permissions(), ["users.read", "audit.read"]);
}

#[test]
fn what_is_held_for_an_organisation_holds_for_nothing_else() {
    let caller = Caller { role_in: Some(ORGANISATION), acts_for: Some(ORGANISATION), ..EVERYWHERE };
    assert!(caller.decide(UsersRead::PERMISSION, Object::of(ORGANISATION)).is_allowed());
    for object in [Object::PLATFORM, Object::of(ANOTHER)] {
        assert_eq!(caller.decide(UsersRead::PERMISSION, object), Decision::Refused(Refusal::Elsewhere));
    }
    let access = caller.access();
    assert!(!access.allows(UsersRead::PERMISSION));
    assert_eq!(access.scope(UsersRead::PERMISSION), Scope::Organisations([ORGANISATION].into()));
    assert_eq!(access.permissions(), ["audit.read"], "the console offers what holds for the platform");
    // Whoever acts for another organisation has none of it.
    let elsewhere = Caller { acts_for: Some(ANOTHER), ..caller };
    assert_eq!(elsewhere.access().scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
}

#[test]
fn a_credential_gives_no_more_than_it_is_limited_to() {
    let limited = Caller { scope: Some("openid audit.read"), ..EVERYWHERE };
    assert_eq!(limited.decide(UsersRead::PERMISSION, Object::PLATFORM), Decision::Refused(Refusal::BeyondCeiling));
    assert!(limited.decide(AuditRead::PERMISSION, Object::PLATFORM).is_allowed());
    assert_eq!(limited.access().scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    assert_eq!(limited.access().permissions(), ["audit.read"]);
    // To name a permission that is not held gives nothing.
    let beyond = Caller { scope: Some("users.write"), ..EVERYWHERE };
    assert_eq!(beyond.decide(UsersWrite::PERMISSION, Object::PLATFORM), Decision::Refused(Refusal::NotHeld));
    let nothing = Caller { scope: Some(""), ..EVERYWHERE };
    assert!(nothing.access().permissions().is_empty());
}

#[test]
fn who_may_not_sign_in_holds_nothing_and_what_has_ended_is_held_no_more() {
    let suspended = Caller { active: false, ..EVERYWHERE };
    assert_eq!(suspended.decide(UsersRead::PERMISSION, Object::PLATFORM), Decision::Refused(Refusal::Inactive));
    assert!(suspended.access().permissions().is_empty() && suspended.access().role_names().is_empty());
    let ended = Caller { expires_at: Some(NOW), ..EVERYWHERE };
    assert_eq!(ended.decide(UsersRead::PERMISSION, Object::PLATFORM), Decision::Refused(Refusal::NotHeld));
    let lasting = Caller { expires_at: Some(NOW + TimeDelta::seconds(1)), ..EVERYWHERE };
    assert!(lasting.access().allows(UsersRead::PERMISSION));
}

#[test]
fn a_denial_wins_over_every_grant_until_it_ends() {
    let denied = Caller { denied: Some(None), ..EVERYWHERE };
    for object in [Object::PLATFORM, Object::of(ORGANISATION)] {
        assert_eq!(denied.decide(UsersRead::PERMISSION, object), Decision::Refused(Refusal::Denied));
        assert!(denied.decide(AuditRead::PERMISSION, object).is_allowed(), "nothing else is denied");
    }
    assert_eq!(denied.access().scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    assert_eq!(denied.access().permissions(), ["audit.read"]);
    let ended = Caller { denied_until: Some(NOW), ..denied };
    assert!(ended.access().allows(UsersRead::PERMISSION));
    let lasting = Caller { denied_until: Some(NOW + TimeDelta::seconds(1)), ..ended };
    assert!(!lasting.access().allows(UsersRead::PERMISSION));
}

#[test]
fn a_denial_for_an_organisation_holds_for_nothing_else_and_lists_show_nothing_of_it() {
    let denied = Caller { denied: Some(Some(ORGANISATION)), ..EVERYWHERE };
    let decision = denied.decide(UsersRead::PERMISSION, Object::of(ORGANISATION));
    assert_eq!(decision, Decision::Refused(Refusal::Denied));
    for object in [Object::PLATFORM, Object::of(ANOTHER)] {
        assert!(denied.decide(UsersRead::PERMISSION, object).is_allowed());
    }
    assert_eq!(denied.access().scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    let inside = Caller { role_in: Some(ORGANISATION), acts_for: Some(ORGANISATION), ..denied };
    assert_eq!(inside.access().scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
}

/// Somebody who may act as others and find users; and no more than that.
fn impersonator(active: bool, direct: &str) -> Access {
    let mut access = Caller { active, ..EVERYWHERE }.access();
    let mut grants = (*access.held.grants).clone();
    for grant in &mut grants.permissions {
        direct.clone_into(&mut grant.permission);
    }
    access.held = Arc::new(Held::new(Arc::new(grants)));
    access
}

#[test]
fn who_acts_as_somebody_does_no_more_than_both_may() {
    let may = UsersImpersonate::PERMISSION.name;
    let acting = EVERYWHERE.access().by(impersonator(true, may));
    assert!(acting.allows(UsersRead::PERMISSION), "both hold it");
    assert_eq!(acting.scope(UsersRead::PERMISSION), Scope::Everything);
    // Held by the user alone, and by who acts alone.
    assert_eq!(acting.decide(AuditRead::PERMISSION, &Object::PLATFORM), Decision::Refused(Refusal::BeyondActor));
    assert_eq!(acting.scope(AuditRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    assert_eq!(acting.decide(UsersImpersonate::PERMISSION, &Object::PLATFORM), Decision::Refused(Refusal::NotHeld));
    assert_eq!(acting.permissions(), ["users.read"]);
    // Who may not act as others any more, or not at all, does nothing at all as somebody else.
    for actor in [impersonator(true, "audit.read"), impersonator(false, may)] {
        let over = EVERYWHERE.access().by(actor);
        assert_eq!(over.decide(UsersRead::PERMISSION, &Object::PLATFORM), Decision::Refused(Refusal::BeyondActor));
        assert_eq!(over.scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
        assert!(over.permissions().is_empty() && over.at(NOW).permissions().is_empty());
    }
}

#[test]
fn nobody_acts_any_longer_as_somebody_who_has_come_to_stand_above_them() {
    let high = RoleId(Uuid::from_u128(9));
    #[derive(Clone, Copy)]
    enum How {
        Certainly,
        UnderACondition,
        ForTheirOwn,
    }
    let subject = |level: i64, how: How, expires_at: Option<DateTime<Utc>>| {
        let mut access = EVERYWHERE.access();
        let role: Role = serde_json::from_value(json!({
            "id": high, "name": "high", "display_name": "High", "description": null, "level": level,
            "is_system": false, "permissions": [],
        }))
        .expect("a role");
        let mut roles = (*access.roles).clone();
        roles.insert(high, KnownRole::new(role));
        access.roles = Arc::new(roles);
        let mut grants = (*access.held.grants).clone();
        match how {
            How::Certainly => grants.roles.push(RoleGrant { role_id: high, organisation_id: None, expires_at }),
            How::ForTheirOwn => {
                grants.narrow_roles.push(NarrowRoleGrant { role_id: high, within: Within::Own, expires_at });
            }
            How::UnderACondition => grants.conditional_roles.push(ConditionalRoleGrant {
                role_id: high,
                organisation_id: None,
                expires_at,
                condition: "1 == 2".to_owned(),
            }),
        }
        access.held = Arc::new(Held::new(Arc::new(grants)));
        access.by(impersonator(true, UsersImpersonate::PERMISSION.name))
    };
    for certain in [How::Certainly, How::UnderACondition, How::ForTheirOwn] {
        assert!(subject(5, certain, None).is_actor_allowed(), "as high as who acts");
        assert!(subject(6, certain, Some(NOW)).is_actor_allowed(), "it has ended");
        let above = subject(6, certain, None);
        assert!(!above.is_actor_allowed());
        assert_eq!(above.decide(UsersRead::PERMISSION, &Object::PLATFORM), Decision::Refused(Refusal::BeyondActor));
    }
}

/// Somebody who finds users under a condition, and their circumstances.
fn conditional(condition: &str) -> Access {
    let mut access = EVERYWHERE.access();
    let mut grants = (*access.held.grants).clone();
    grants.roles.clear();
    grants.conditional = vec![PermissionGrant { condition: Some(condition.to_owned()), ..denial(None, None) }];
    access.held = Arc::new(Held::new(Arc::new(grants)));
    access.under(Circumstances::default())
}

#[test]
fn an_owner_who_is_not_known_is_no_other_one() {
    let (one, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
    for (condition, of_one, of_other) in [
        (format!("object.owner_id == '{one}'"), true, false),
        (format!("object.owner_id != '{one}'"), false, true),
        (format!("!(object.owner_id == '{one}')"), false, true),
        (format!("object.owner_id in ['{one}']"), true, false),
    ] {
        let access = conditional(&condition);
        let decide = |object| access.decide(UsersRead::PERMISSION, &object);
        assert_eq!(decide(Object::about(one)).is_allowed(), of_one, "{condition}");
        assert_eq!(decide(Object::about(other)).is_allowed(), of_other, "{condition}");
        for object in [Object::PLATFORM, Object::of(ORGANISATION)] {
            let Decision::Refused(Refusal::Unmet(why)) = decide(object) else { panic!("{condition}") };
            assert!(why.contains("has no answer"), "{why}");
        }
        assert!(access.depends_on_object(UsersRead::PERMISSION));
        assert_eq!(access.scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    }
    // To belong to no organisation is known.
    let access = conditional("object.organisation_id == null");
    assert!(access.decide(UsersRead::PERMISSION, &Object::PLATFORM).is_allowed());
    assert!(!access.decide(UsersRead::PERMISSION, &Object::of(ORGANISATION)).is_allowed());
}

#[test]
fn who_is_denied_some_objects_is_let_in_to_be_asked_about_each() {
    let one = UserId(Uuid::from_u128(1));
    let mut access = EVERYWHERE.access();
    let mut grants = (*access.held.grants).clone();
    grants.denials =
        vec![PermissionGrant { condition: Some(format!("object.owner_id == '{one}'")), ..denial(None, None) }];
    access.held = Arc::new(Held::new(Arc::new(grants)));
    let access = access.under(Circumstances::default());
    assert!(access.depends_on_object(UsersRead::PERMISSION));
    assert_eq!(access.decide(UsersRead::PERMISSION, &Object::about(one)), Decision::Refused(Refusal::Denied));
    assert!(access.decide(UsersRead::PERMISSION, &Object::about(UserId(Uuid::nil()))).is_allowed());
    assert_eq!(access.decide(UsersRead::PERMISSION, &Object::PLATFORM), Decision::Refused(Refusal::Denied));
    assert!(!access.depends_on_object(UsersWrite::PERMISSION), "nothing gives it");
}

#[test]
fn a_condition_is_compiled_once_for_a_request_and_not_at_all_where_nobody_asks_it() {
    let access = conditional("now > timestamp('2000-01-01T00:00:00Z') || subject.id != ''");
    let grants = Arc::clone(&access.held.grants);
    let roles = KnownRoles(Arc::clone(&access.roles));
    let again = access.again(Arc::clone(&grants), None, &roles, NOW);
    assert!(again.allows(UsersRead::PERMISSION));
    assert!(Arc::ptr_eq(&access.held.only(), &again.held.only()), "what was compiled is asked again");
    // One that came since has no answer, and one without circumstances is not certain.
    let mut since = (*grants).clone();
    since.conditional[0].condition = Some("true".to_owned());
    assert!(!access.again(Arc::new(since), None, &roles, NOW).allows(UsersRead::PERMISSION));
    let certain = Access::of(grants, &roles, Bounds::default(), NOW);
    assert!(certain.held.is_uncompiled() && !certain.allows(UsersRead::PERMISSION));
}

#[test]
fn a_condition_of_who_acts_is_asked_of_them_and_of_the_person_as_whom() {
    let actor = |condition: &str| {
        let mut access = conditional(condition);
        let mut grants = (*access.held.grants).clone();
        grants.user_id = UserId(Uuid::from_u128(9));
        let impersonate = UsersImpersonate::PERMISSION.name.to_owned();
        // They stand as high as the person.
        grants.roles.clone_from(&EVERYWHERE.access().held.grants.roles);
        grants.permissions = vec![denial(None, None)];
        grants.conditional[0].permission = impersonate;
        access.held = Arc::new(Held::new(Arc::new(grants)));
        Access { circumstances: None, ..access }
    };
    let nil = Uuid::nil();
    let id = Uuid::from_u128(9);
    for (condition, may) in [
        (format!("subject.id == '{id}' && object.owner_id == '{nil}'"), true),
        (format!("object.owner_id == '{id}'"), false),
    ] {
        let circumstances = Circumstances::default();
        let before = EVERYWHERE.access().by(actor(&condition)).under(circumstances.clone());
        let after = EVERYWHERE.access().under(circumstances).by(actor(&condition));
        for acting in [before, after] {
            assert_eq!(acting.allows(UsersRead::PERMISSION), may, "{condition}");
            assert_eq!(acting.is_actor_allowed(), may, "{condition}");
        }
    }
}

/// A caller who holds a role for less, and nothing else, at this moment.
fn narrowly(within: Within, acts_for: Option<OrganisationId>, expires_at: Option<DateTime<Utc>>) -> Access {
    let access = Caller { acts_for, ..EVERYWHERE }.access();
    let mut grants = (*access.held.grants).clone();
    (grants.roles, grants.permissions) = (Vec::new(), Vec::new());
    grants.narrow_roles = vec![NarrowRoleGrant { role_id: ROLE, within, expires_at }];
    Access { held: Arc::new(Held::certain(Arc::new(grants))), ..access }
}

#[test]
fn a_role_for_ones_own_holds_for_that_alone_and_says_so() {
    let access = narrowly(Within::Own, None, None);
    let decide = |object: Object| access.decide(UsersRead::PERMISSION, &object);
    let own = UserId(Uuid::nil());
    assert!(decide(Object::about(own)).is_allowed());
    // Also where it is of an organisation, whichever.
    assert!(decide(Object { organisation: Some(ORGANISATION), ..Object::about(own) }).is_allowed());
    for object in [Object::PLATFORM, Object::of(ORGANISATION), Object::about(UserId(Uuid::from_u128(2)))] {
        assert_eq!(decide(object), Decision::Refused(Refusal::NotOwn));
    }
    assert_eq!(access.decide(UsersWrite::PERMISSION, &Object::about(own)), Decision::Refused(Refusal::NotHeld));
    // It is nothing for lists, for the platform, or for a name to stand by; but each object is asked about.
    assert_eq!(access.scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    assert!(access.permissions().is_empty() && access.role_names().is_empty());
    assert!(access.depends_on_object(UsersRead::PERMISSION) && !access.depends_on_object(UsersWrite::PERMISSION));
    let ended = narrowly(Within::Own, None, Some(NOW));
    assert!(!ended.decide(UsersRead::PERMISSION, &Object::about(own)).is_allowed());
    assert!(!ended.depends_on_object(UsersRead::PERMISSION));
}

#[test]
fn a_role_in_a_team_holds_for_what_is_its_while_one_acts_for_its_organisation() {
    let (team, other) = (TeamId(Uuid::from_u128(3)), TeamId(Uuid::from_u128(4)));
    let within = Within::Team { organisation_id: ORGANISATION, team_id: team };
    let access = narrowly(within, Some(ORGANISATION), None);
    let decide = |object: Object| access.decide(UsersRead::PERMISSION, &object);
    assert!(decide(Object::of_team(ORGANISATION, team)).is_allowed());
    for object in [
        Object::PLATFORM,
        Object::of(ORGANISATION),
        Object::of_team(ORGANISATION, other),
        // A team is of its organisation alone, whatever is said of it.
        Object::of_team(ANOTHER, team),
        Object { organisation: None, ..Object::of_team(ORGANISATION, team) },
        Object::about(UserId(Uuid::nil())),
    ] {
        assert_eq!(decide(object), Decision::Refused(Refusal::OtherTeam), "{object:?}");
    }
    assert_eq!(access.scope(UsersRead::PERMISSION), Scope::Organisations(BTreeSet::new()));
    assert!(access.depends_on_object(UsersRead::PERMISSION));
    for acts_for in [None, Some(ANOTHER)] {
        let elsewhere = narrowly(within, acts_for, None);
        assert!(!elsewhere.decide(UsersRead::PERMISSION, &Object::of_team(ORGANISATION, team)).is_allowed());
        assert!(!elsewhere.depends_on_object(UsersRead::PERMISSION));
    }
    // A condition may ask for the team.
    let of_team = conditional(&format!("object.team_id == '{team}'"));
    assert!(of_team.decide(UsersRead::PERMISSION, &Object::of_team(ORGANISATION, team)).is_allowed());
    assert!(!of_team.decide(UsersRead::PERMISSION, &Object::of(ORGANISATION)).is_allowed());
}
