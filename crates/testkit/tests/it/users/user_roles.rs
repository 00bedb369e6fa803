//! `/api/v1/users/{id}/roles/{role}`: giving roles and taking them away.

use super::new_id;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::{HeldRoleList, User};
use orion_contracts::{Page, ServiceName, UserId};
use orion_testkit::{Answer, Client, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;
use std::time::Duration;

fn path(user: UserId, role: &str) -> String {
    format!("/api/v1/users/{user}/roles/{role}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_user_holds_is_listed_with_who_gave_it_and_until_when() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let end: chrono::DateTime<chrono::Utc> = "2999-01-01T00:00:00Z".parse().unwrap();
    root.put(&path(bob.id, "moderator"), json!({ "expires_at": end })).await.expect(204);
    let list = format!("/api/v1/users/{}/roles", bob.id);
    let held = root.get(&list).await.expect(200).json::<HeldRoleList>().items;
    let told: Vec<_> = held.iter().map(|held| (held.role.as_str(), held.expires_at, held.assigned_by)).collect();
    assert_eq!(told, [("moderator", Some(end), Some(root.id)), ("user", None, None)]);
    let eve = orion.user("eve").await;
    assert_problem!(eve.get(&list).await, 403, "permission-denied");
    let nobody = root.get(&format!("/api/v1/users/{}/roles", new_id(&orion))).await;
    assert_problem!(nobody, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_in_force_as_soon_as_it_is_given_or_taken() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    root.put(&path(bob.id, "moderator"), json!({})).await.expect(204);
    eventually("the role is in force", || async { (bob.get("/api/v1/users").await.status == 200).then_some(()) }).await;
    root.put(&path(bob.id, "moderator"), json!({})).await.expect(204);
    let user: User = root.get(&format!("/api/v1/users/{}", bob.id)).await.json();
    assert_eq!((user.roles, user.version), (vec!["moderator".to_owned(), "user".to_owned()], 3), "given once");
    root.delete(&path(bob.id, "moderator")).await.expect(204);
    eventually("the role is gone", || async { (bob.get("/api/v1/users").await.status == 403).then_some(()) }).await;
    root.delete(&path(bob.id, "moderator")).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_ends_when_it_expires() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    root.put(&path(bob.id, "moderator"), json!({ "expires_at": soon })).await.expect(204);
    eventually("the role is in force", || async { (bob.get("/api/v1/users").await.status == 200).then_some(()) }).await;
    orion.advance(Duration::from_secs(121)).await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    assert_eq!(bob.get("/api/v1/users/me").await.json::<User>().roles, ["user"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_above_themselves() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let admin = orion.user("adam").with_role("admin").await;
    let root = orion.administrator().await;
    for refused in [
        admin.put(&path(bob.id, "super_admin"), json!({})).await,
        admin.put(&path(admin.id, "super_admin"), json!({})).await,
        admin.delete(&path(root.id, "super_admin")).await,
        admin.put(&path(root.id, "editor"), json!({})).await,
        bob.put(&path(bob.id, "guest"), json!({})).await,
        bob.delete(&path(admin.id, "admin")).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    admin.put(&path(bob.id, "admin"), json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_a_role_for_longer_than_they_hold_one_of_its_level() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, adam) = (orion.user("bob").await, orion.user("adam").await);
    let day = |days| json!({ "expires_at": chrono::Utc::now() + chrono::Duration::days(days) });
    root.put(&path(adam.id, "admin"), day(1)).await.expect(204);
    root.put(&path(adam.id, "moderator"), json!({})).await.expect(204);
    for (user, role, limit) in [
        (adam.id, "admin", json!({})),
        (adam.id, "admin", day(2)),
        (bob.id, "admin", json!({})),
        (bob.id, "admin", day(2)),
    ] {
        let refused = adam.put(&path(user, role), &limit).await;
        assert_problem!(refused, 403, "permission-denied");
    }
    let shorter = json!({ "expires_at": chrono::Utc::now() + chrono::Duration::hours(23) });
    adam.put(&path(bob.id, "admin"), &shorter).await.expect(204);
    // Of the level of moderator they hold a role for good.
    adam.put(&path(bob.id, "moderator"), json!({})).await.expect(204);
    root.put(&path(adam.id, "admin"), json!({})).await.expect(204);
    adam.put(&path(bob.id, "admin"), json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_super_admin_stays() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    assert_problem!(root.delete(&path(root.id, "super_admin")).await, 409, "conflict");
    let later = chrono::Utc::now() + chrono::Duration::days(1);
    let limited = json!({ "expires_at": later });
    assert_problem!(root.put(&path(root.id, "super_admin"), &limited).await, 409, "conflict");
    let bob = orion.user("bob").await;
    root.put(&path(bob.id, "super_admin"), &limited).await.expect(204);
    assert_problem!(root.delete(&path(root.id, "super_admin")).await, 409, "conflict");
    root.put(&path(bob.id, "super_admin"), json!({})).await.expect(204);
    root.delete(&path(root.id, "super_admin")).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_super_admins_who_remove_each_other_one_stays() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for round in 0..5 {
        let rival = orion.user(&format!("rival{round}")).with_role("super_admin").await;
        let (roots, rivals) = (path(root.id, "super_admin"), path(rival.id, "super_admin"));
        let (left, right) = tokio::join!(root.delete(&rivals), rival.delete(&roots));
        let mut outcomes = [left.status, right.status];
        outcomes.sort();
        assert_eq!(outcomes[0], 204, "{left:?} {right:?}");
        assert!(matches!(outcomes[1], 403 | 409), "{left:?} {right:?}");
        if right.status == 204 {
            // The rival won; they give the role back.
            rival.put(&roots, json!({})).await.expect(204);
            rival.delete(&rivals).await.expect(204);
        }
        let give = || async { (root.get("/api/v1/audit?limit=1").await.status == 200).then_some(()) };
        eventually("root is in force again", give).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_hold_super_admin_for_good_one_stays_though_two_who_hold_it_for_a_time_take_it_at_once() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let takers = [orion.user("taker").await, orion.user("other").await];
    let end = json!({ "expires_at": chrono::Utc::now() + chrono::Duration::days(1) });
    let is_in_force = async |client: &Client| {
        eventually("the role is in force", || async {
            (client.get("/api/v1/audit?limit=1").await.status == 200).then_some(())
        })
        .await;
    };
    for taker in &takers {
        root.put(&path(taker.id, "super_admin"), &end).await.expect(204);
        is_in_force(taker).await;
    }
    let [one, other] = &takers;
    let suspend = async |taker: &TestUser, user: UserId| {
        taker.put(&format!("/api/v1/users/{user}/status"), json!({ "status": "suspended", "reason": "A test" })).await
    };
    let take = async |taker: &TestUser, user: UserId| taker.delete(&path(user, "super_admin")).await;
    let (mut keeper, mut client): (UserId, Client) = (root.id, (**root).clone());
    for round in 0..6 {
        let second = orion.user(&format!("second{round}")).await;
        client.put(&path(second.id, "super_admin"), json!({})).await.expect(204);
        is_in_force(&second).await;
        // No two of these lock a row of the same user: the role itself keeps them apart.
        let (left, right) = match round % 3 {
            0 => tokio::join!(take(one, keeper), take(other, second.id)),
            1 => tokio::join!(suspend(one, keeper), suspend(other, second.id)),
            _ => tokio::join!(suspend(one, keeper), take(other, second.id)),
        };
        let refused = [&left, &right].into_iter().filter(|answer| answer.status == 409).count();
        assert_eq!(refused, 1, "the second finds the last who holds it for good: {left:?} {right:?}");
        if right.status == 409 {
            (keeper, client) = (second.id, (*second).clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_get_no_roles_and_what_is_unknown_is_not_found() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("guest").unverified().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    assert_problem!(root.put(&path(guest.id, "editor"), json!({})).await, 409, "conflict");
    // At the service itself: the gateway lets no such path pass.
    let direct = root.at(orion.service_url(ServiceName::Users));
    for role in ["emperor", "a%00b", "Admin", "%25"] {
        assert_problem!(direct.put(&path(bob.id, role), json!({})).await, 404, "not-found");
    }
    assert_problem!(root.put(&path(new_id(&orion), "editor"), json!({})).await, 404, "not-found");
    for (body, field) in [
        (json!({ "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
        // Databases would compare it otherwise.
        (json!({ "expires_at": "+10000-01-01T00:00:00Z" }), "expires_at"),
    ] {
        let answer = assert_problem!(root.put(&path(bob.id, "editor"), &body).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field]);
        assert_eq!(answer.value()["errors"][0]["code"], "out_of_range");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_is_written_finer_than_it_is_kept_is_the_same_when_it_is_put_again() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let permission = format!("/api/v1/users/{}/permissions/users.read", bob.id);
    let end = "2999-01-01T00:00:00.123456789Z";
    for _ in 0..2 {
        root.put(&path(bob.id, "editor"), json!({ "expires_at": end })).await.expect(204);
        root.put(&permission, json!({ "effect": "grant", "expires_at": end })).await.expect(204);
    }
    orion.settle().await;
    let page: Page<AuditEntry> = root.get(&format!("/api/v1/audit?limit=200&resource_id={}", bob.id)).await.json();
    for action in [AuditAction::RoleAssign, AuditAction::PermissionGrant] {
        let entries: Vec<_> = page.items.iter().filter(|entry| entry.action == action).collect();
        let [entry] = &entries[..] else { panic!("put twice, changed once: {entries:?}") };
        let told = entry.new_values.as_ref().expect("what was given").to_string();
        assert!(told.contains("2999-01-01T00:00:00.123456Z"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_and_taking_are_in_the_audit_log() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    root.put(&path(bob.id, "editor"), json!({})).await.expect(204);
    root.delete(&path(bob.id, "editor")).await.expect(204);
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    for action in [AuditAction::RoleAssign, AuditAction::RoleRevoke] {
        let entry = page.items.iter().find(|entry| entry.action == action).expect("the audit entry").clone();
        assert_eq!((entry.principal.user_id(), entry.object.resource_id), (Some(root.id), Some(bob.id.to_string())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_again_gets_the_same_answer_and_is_refused_for_another_role() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    let put = |role: &'static str| {
        let request = root.request("PUT", &path(bob.id, role)).header("idempotency-key", "k1");
        Answer::of(request.json(&json!({})))
    };
    put("editor").await.expect(204);
    root.delete(&path(bob.id, "editor")).await.expect(204);
    put("editor").await.expect(204);
    let user: User = root.get(&format!("/api/v1/users/{}", bob.id)).await.json();
    assert_eq!(user.roles, ["user"], "the answer again, not the effect");
    assert_problem!(put("moderator").await, 422, "idempotency-key-reused");
}
