//! Internal: creating users by order of auth.

use super::{new_id, pending, problem, put};
use orion_contracts::ServiceName;
use orion_contracts::internal::{ConsumeEmailVerification, CreateUser, Endpoint};
use orion_contracts::users::{ConsumeVerification, PutUser, User, UserStatus};
use orion_infra::db::dialect::statement;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::time::Duration;

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
    assert!(again.verification_token.is_some() && again.verification_token != first.verification_token);

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
async fn who_vouches_for_an_address_is_told_who_waits_there_and_verifies_them() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let registered = PutUser { display_name: Some("Not Ann".to_owned()), ..pending("ann@example.com") };
    let made = put(&orion, new_id(&orion), &registered).await.expect("created").user;
    let invited = json!({ "email": "eve@example.com", "display_name": "Eve" });
    let invited: User = root.post("/api/v1/users", invited).await.expect(201).json();
    for (waiting, name) in [(made.id, "Somebody"), (invited.id, "Eve")] {
        let email = if waiting == made.id { "ann@example.com" } else { "eve@example.com" };
        let order = PutUser { display_name: Some("Somebody".to_owned()), verified: true, ..pending(email) };
        // As often as it is asked.
        for _ in 0..2 {
            let found = put(&orion, new_id(&orion), &order).await.expect("found");
            assert_eq!((found.user.id, found.user.status), (waiting, UserStatus::PendingVerification));
            assert_eq!(found.user.display_name.as_deref(), Some(name));
            assert!(found.removed.is_none() && found.verification_token.is_some());
        }
        let token = put(&orion, new_id(&orion), &order).await.unwrap().verification_token.expect("a token");
        let consume = ConsumeVerification { token, by_another: false };
        let peers = &orion.infra(ServiceName::Auth).peers;
        let come = peers.call(&ConsumeEmailVerification {}, &consume).await.expect("verified");
        assert_eq!((come.id, come.status, come.roles), (waiting, UserStatus::Active, vec!["user".to_owned()]));
        let again = put(&orion, new_id(&orion), &order).await.expect("found");
        assert!(again.user.id == waiting && again.verification_token.is_none());
    }
    // The administrator of a one-time link has an id already, and is nobody who waits.
    let order = PutUser { verified: true, roles: vec!["super_admin".to_owned()], ..pending("root2@example.com") };
    let stranger = put(&orion, new_id(&orion), &pending("root2@example.com")).await.expect("created").user;
    let id = new_id(&orion);
    let made = put(&orion, id, &order).await.expect("created");
    assert_eq!((made.user.id, made.removed.map(|removed| removed.facts.user_id)), (id, Some(stranger.id)));
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
    let call = CreateUser { id: new_id(&orion) };
    let peers = &orion.infra(ServiceName::Gateway).peers;
    let refused = peers.call(&call, &pending("ann@example.com")).await;
    assert_eq!(problem(refused.expect_err("not auth")), (403, "permission-denied".to_owned()));
    let outside = orion.anonymous().at(orion.service_url(ServiceName::Users));
    outside.put(&call.path(), pending("ann@example.com")).await.expect(401);
}

/// Whether the job that removes users is there.
async fn is_scheduled(orion: &TestPlatform) -> bool {
    let db = orion.infra(ServiceName::Users).db.read();
    let select = statement(db, "SELECT id FROM jobs WHERE kind = 'remove_unverified'", []);
    db.query_one_raw(select).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_verified_is_removed_after_some_days_and_the_address_is_free() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("ann").unverified().await;
    let verified = orion.user("bob").await;
    orion.settle().await;
    // The job is done every hour, from the moment on at which it was written down.
    eventually("the job", || async { is_scheduled(&orion).await.then_some(()) }).await;
    orion.advance(Duration::from_secs(8 * 86_400)).await;
    let administrator = orion.administrator().await;
    eventually("the guest's removal", || async {
        (administrator.get(&format!("/api/v1/users/{}", guest.id)).await.status == 404).then_some(())
    })
    .await;
    administrator.get(&format!("/api/v1/users/{}", verified.id)).await.expect(200);
    orion.settle().await;
    let client = orion.anonymous();
    let login = json!({ "email": guest.email, "password": PASSWORD });
    assert_problem!(client.post("/api/v1/auth/login", login).await, 401, "invalid-credentials");
    let refresh = json!({ "refresh_token": guest.refresh_token });
    assert_eq!(client.post("/api/v1/auth/refresh", refresh).await.status, 401);
    let order = json!({ "email": guest.email, "password": PASSWORD });
    client.post("/api/v1/auth/register", order).await.expect(201);
    orion.settle().await;
    let again = TestUser::sign_in(&client, &guest.email, PASSWORD).await;
    assert_ne!(again.id, guest.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_still_verify_is_not_removed() {
    let orion = TestPlatform::start().await;
    let order = pending("ann@example.com");
    let made = put(&orion, new_id(&orion), &order).await.expect("created");
    eventually("the job", || async { is_scheduled(&orion).await.then_some(()) }).await;
    // A job that runs while its hour is moved away has taken too long.
    orion.settle().await;
    // A link is ordered that lives a day, and a week is over before it.
    orion.advance(Duration::from_secs(6 * 86_400 + 12 * 3600)).await;
    put(&orion, new_id(&orion), &order).await.expect("a new link");
    orion.settle().await;
    orion.advance(Duration::from_secs(18 * 3600)).await;
    orion.settle().await;
    let still = put(&orion, new_id(&orion), &order).await.expect("found");
    assert_eq!(still.user.id, made.user.id);
}
