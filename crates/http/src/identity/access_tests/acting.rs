//! What somebody may do as somebody else.

use super::*;

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
