//! What is held under a condition.

use super::*;

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
