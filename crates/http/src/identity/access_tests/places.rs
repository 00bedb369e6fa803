//! For what something is held.

use super::*;

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
