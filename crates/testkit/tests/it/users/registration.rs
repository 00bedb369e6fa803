//! Internal, `PUT /internal/v1/users/{id}`: creating users by order of auth.

use super::{new_id, pending, problem, put};
use orion_contracts::ServiceName;
use orion_contracts::users::{PutUser, UserPut, UserStatus};
use orion_testkit::TestPlatform;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_user_is_a_pending_guest_with_a_token() {
    let orion = TestPlatform::start().await;
    let id = new_id(&orion);
    let made = put(&orion, id, &pending(" Ann@Example.com ")).await.expect("created");
    assert_eq!((made.user.id, made.user.email.as_str()), (id, "ann@example.com"));
    assert_eq!((made.user.status, made.user.is_verified), (UserStatus::PendingVerification, false));
    assert_eq!(made.user.roles, ["guest"]);
    assert!(made.verification_token.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_order_again_changes_nothing_but_the_token() {
    let orion = TestPlatform::start().await;
    let id = new_id(&orion);
    let first = put(&orion, id, &pending("ann@example.com")).await.expect("created");
    let again = put(&orion, id, &pending("ann@example.com")).await.expect("found");
    assert_eq!((again.user.id, again.user.version), (id, first.user.version));
    assert_ne!(again.verification_token, first.verification_token);

    let other = put(&orion, new_id(&orion), &pending("ann@example.com")).await.expect("found by address");
    assert_eq!(other.user.id, id, "a taken address answers its owner");
    let renamed = put(&orion, id, &pending("eve@example.com")).await.expect_err("another address");
    assert_eq!(problem(renamed), (409, "conflict".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verified_user_is_active_holds_the_ordered_roles_and_gets_no_token() {
    let orion = TestPlatform::start().await;
    let order = PutUser { verified: true, roles: vec!["admin".to_owned()], ..pending("root@example.com") };
    let made = put(&orion, new_id(&orion), &order).await.expect("created");
    assert_eq!((made.user.status, made.user.roles), (UserStatus::Active, vec!["admin".to_owned()]));
    assert!(made.verification_token.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unverified_user_cannot_be_ordered_with_roles_nor_anybody_with_unknown_ones() {
    let orion = TestPlatform::start().await;
    for (verified, role) in [(false, "admin"), (true, "emperor")] {
        let order = PutUser { verified, roles: vec![role.to_owned()], ..pending("ann@example.com") };
        let refused = put(&orion, new_id(&orion), &order).await.expect_err(role);
        assert_eq!(problem(refused), (422, "validation".to_owned()), "{role}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_at_once_for_one_address_make_one_user() {
    let orion = TestPlatform::start().await;
    let order = pending("ann@example.com");
    let (a, b, c, d) = tokio::join!(
        put(&orion, new_id(&orion), &order),
        put(&orion, new_id(&orion), &order),
        put(&orion, new_id(&orion), &order),
        put(&orion, new_id(&orion), &order),
    );
    let ids: Vec<_> = [a, b, c, d].into_iter().map(|made| made.expect("answered").user.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_auth_orders_users() {
    let orion = TestPlatform::start().await;
    let path = format!("/internal/v1/users/{}", new_id(&orion));
    let peers = &orion.infra(ServiceName::Gateway).peers;
    let refused = peers.to(ServiceName::Users).put::<UserPut>(&path, &pending("ann@example.com")).await;
    assert_eq!(problem(refused.expect_err("not auth")), (403, "permission-denied".to_owned()));
    let outside = orion.anonymous().at(orion.service_url(ServiceName::Users));
    outside.put(&path, pending("ann@example.com")).await.expect(401);
}
