//! `/api/v1/users/{id}/status`: suspending, deactivating, deleting and restoring.

use super::new_id;
use crate::auth::flows::begin;
use crate::auth::passkeys::{PASSKEYS, add};
use crate::auth::two_factor::{enrol, now};
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::auth::{PasskeyList, TokenResponse};
use orion_contracts::users::{User, UserStatus};
use orion_contracts::{Page, ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

fn path(user: UserId) -> String {
    format!("/api/v1/users/{user}/status")
}

fn to(status: &str) -> Value {
    json!({ "status": status, "reason": "Ticket 4711" })
}

async fn sign_in(client: &Client, user: &TestUser) -> Answer {
    client.post("/api/v1/auth/login", json!({ "email": user.email, "password": PASSWORD })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_active_is_signed_out_and_comes_back_with_their_own_password() {
    let orion = TestPlatform::start().await;
    let (root, client) = (orion.administrator().await, orion.anonymous());
    for status in ["suspended", "inactive", "deleted"] {
        let bob = orion.user(&format!("bob-{status}")).await;
        let user: User = root.put(&path(bob.id), to(status)).await.expect(200).json();
        assert_eq!((user.status.as_str(), user.status_reason.as_deref()), (status, Some("Ticket 4711")));
        assert_eq!(user.deleted_at.is_some(), status == "deleted");
        eventually("the token is refused", || async {
            (bob.get("/api/v1/users/me").await.status == 401).then_some(())
        })
        .await;
        let refresh = json!({ "refresh_token": bob.refresh_token });
        assert_eq!(client.post("/api/v1/auth/refresh", refresh).await.status, 401);
        assert_problem!(sign_in(&client, &bob).await, 401, "invalid-credentials");

        let user: User = root.put(&path(bob.id), to("active")).await.expect(200).json();
        assert_eq!((user.status, user.status_reason, user.deleted_at), (UserStatus::Active, None, None));
        orion.settle().await;
        // As soon as the delay after the failed try is over.
        orion.advance(Duration::from_secs(120)).await;
        sign_in(&client, &bob).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_changes_their_own_status_or_that_of_somebody_above() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("admin").await, orion.user("bob").await);
    for refused in [
        root.put(&path(root.id), to("suspended")).await,
        adam.put(&path(adam.id), to("deleted")).await,
        adam.put(&path(root.id), to("suspended")).await,
        bob.put(&path(adam.id), to("suspended")).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    adam.put(&path(bob.id), to("suspended")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_super_admins_who_suspend_each_other_at_once_one_stays() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for round in 0..5 {
        let left = orion.user(&format!("left{round}")).with_role("super_admin").await;
        let right = orion.user(&format!("right{round}")).with_role("super_admin").await;
        let (lefts, rights) = (path(left.id), path(right.id));
        let (one, other) = tokio::join!(left.put(&rights, to("suspended")), right.put(&lefts, to("suspended")));
        let mut outcomes = [one.status, other.status];
        outcomes.sort();
        assert_eq!(outcomes[0], 200, "{one:?} {other:?}");
        assert!(matches!(outcomes[1], 401 | 403), "{one:?} {other:?}");
        for user in [left.id, right.id] {
            root.put(&path(user), to("deleted")).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_who_holds_super_admin_for_good_stays_active() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let rival = orion.user("rival").await;
    let soon = chrono::Utc::now() + chrono::Duration::days(1);
    let super_admin = format!("/api/v1/users/{}/roles/super_admin", rival.id);
    root.put(&super_admin, json!({ "expires_at": soon })).await.expect(204);
    eventually("the role is in force", || async { (rival.get("/api/v1/users").await.status == 200).then_some(()) })
        .await;
    assert_problem!(rival.put(&path(root.id), to("suspended")).await, 409, "conflict");
    root.put(&super_admin, json!({})).await.expect(204);
    rival.put(&path(root.id), to("suspended")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_verified_can_only_be_deleted_which_frees_their_address_at_once() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let squatter = orion.user("ann").unverified().await.id;
    for refused in ["active", "inactive", "suspended"] {
        assert_problem!(root.put(&path(squatter), to(refused)).await, 409, "conflict");
    }
    let user: User = root.put(&path(squatter), to("deleted")).await.expect(200).json();
    assert_eq!(user.status, UserStatus::Deleted);
    assert_problem!(root.put(&path(squatter), to("active")).await, 404, "not-found");
    orion.settle().await;
    let order = json!({ "email": "ann@example.com", "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", &order).await.expect(201);
    orion.settle().await;
    let ann = TestUser::sign_in(&orion.anonymous(), "ann@example.com", PASSWORD).await;
    assert_ne!(ann.id, squatter);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_deleted_is_restored_before_anything_else() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    root.put(&path(bob.id), to("deleted")).await.expect(200);
    for refused in ["inactive", "suspended"] {
        assert_problem!(root.put(&path(bob.id), to(refused)).await, 409, "conflict");
    }
    root.put(&path(bob.id), to("active")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    for (body, field) in [
        (to("pending_verification"), "status"),
        (json!({ "status": "suspended", "reason": "" }), "reason"),
        (json!({ "status": "suspended", "reason": "x".repeat(501) }), "reason"),
    ] {
        let answer = assert_problem!(root.put(&path(bob.id), &body).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field], "{body}");
    }
    assert_eq!(root.put(&path(bob.id), json!({ "status": "gone", "reason": "Why" })).await.status, 422);
    assert_problem!(root.put(&path(new_id(&orion)), to("suspended")).await, 404, "not-found");
    let stale = root.request("PUT", &path(bob.id)).header("if-match", "\"77\"").json(&to("suspended"));
    assert_problem!(Answer::of(stale).await, 412, "precondition-failed");
    assert_eq!(bob.get("/api/v1/users/me").await.json::<User>().status, UserStatus::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_is_audited_once_with_its_reason() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    for status in ["suspended", "suspended", "active", "deleted"] {
        root.put(&path(bob.id), to(status)).await.expect(200);
    }
    orion.settle().await;
    let of_bob = format!("/api/v1/audit?resource=user&resource_id={}&principal={}", bob.id, root.id);
    let entries: Page<AuditEntry> = root.get(&of_bob).await.json();
    let told: Vec<_> = entries.items.iter().map(|entry| (&entry.action, entry.description.as_str())).collect();
    assert_eq!(
        told,
        [
            (&AuditAction::Delete, "Deleted: Ticket 4711"),
            (&AuditAction::AccountReactivate, "Reactivated: Ticket 4711"),
            (&AuditAction::AccountSuspend, "Suspended: Ticket 4711"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_deleted_is_erased_after_some_days_and_the_address_is_free() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    root.put(&path(bob.id), to("deleted")).await.expect(200);
    orion.settle().await;
    eventually("the job", || async { is_scheduled(&orion).await.then_some(()) }).await;
    orion.advance(Duration::from_secs(29 * 86_400)).await;
    orion.settle().await;
    assert!(is_there(&orion, bob.id).await, "they can still be brought back");
    orion.advance(Duration::from_secs(2 * 86_400)).await;
    eventually("the user is erased", || async { (!is_there(&orion, bob.id).await).then_some(()) }).await;
    orion.settle().await;
    let order = json!({ "email": bob.email, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.settle().await;
    let again = TestUser::sign_in(&orion.anonymous(), &bob.email, PASSWORD).await;
    assert_ne!(again.id, bob.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_restored_has_all_that_they_signed_in_by_and_nobody_has_had_their_address() {
    let orion = TestPlatform::builder().set("users.erase_deleted_days", 60).start().await;
    let bob = orion.user("bob").await;
    let root = orion.administrator().await;
    let (app, _) = enrol(&orion, &bob).await;
    add(&bob, &mut AuthenticatorKey::new()).await;
    root.put(&path(bob.id), to("deleted")).await.expect(200);
    orion.settle().await;
    let before = orion.mailbox.to(&bob.email).await.len();
    let order = json!({ "email": bob.email, "password": "the words of somebody else" });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.settle().await;
    assert_eq!(orion.mailbox.to(&bob.email).await.len(), before, "nothing tells them to sign in as usual");
    // Beyond the time for which the account of somebody who is no more is remembered.
    orion.advance(Duration::from_secs(40 * 86_400)).await;
    orion.settle().await;
    let root = TestUser::sign_in(&orion.anonymous(), &root.email, PASSWORD).await;
    root.put(&path(bob.id), to("active")).await.expect(200);
    orion.settle().await;
    let flow = begin(&orion, &bob.email).await;
    let tokens: TokenResponse = flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200).json();
    let passkeys: PasskeyList =
        orion.anonymous().with_token(tokens.access_token.expose()).get(PASSKEYS).await.expect(200).json();
    assert_eq!(passkeys.items.len(), 1);
}

/// Whether there still is a row of this user.
async fn is_there(orion: &TestPlatform, user: UserId) -> bool {
    let db = orion.infra(ServiceName::Users).db.read();
    let select = statement(db, "SELECT id FROM users WHERE id = $1", [user.0.into()]);
    db.query_one_raw(select).await.unwrap().is_some()
}

/// Whether the job that erases users is there.
async fn is_scheduled(orion: &TestPlatform) -> bool {
    let db = orion.infra(ServiceName::Users).db.read();
    let select = statement(db, "SELECT id FROM jobs WHERE kind = 'erase_deleted'", []);
    db.query_one_raw(select).await.unwrap().is_some()
}
