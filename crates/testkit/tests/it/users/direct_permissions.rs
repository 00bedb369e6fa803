//! `/api/v1/users/{id}/permissions`: what a user is given or denied by itself.

use super::organisations::organisation_of;
use orion_contracts::users::{AuthzPathState, AuthzReason, DirectPermissionList, Explanation, PermissionEffect};
use orion_contracts::{Page, ServiceName, UserId, audit::AuditAction, audit::AuditEntry};
use orion_testkit::{TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

fn path(user: UserId, permission: &str) -> String {
    format!("/api/v1/users/{user}/permissions/{permission}")
}

fn grant() -> Value {
    json!({ "effect": "grant" })
}

fn denial() -> Value {
    json!({ "effect": "denial" })
}

async fn comes_to(who: &TestUser, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_in_force_at_once_and_a_denial_wins_over_every_grant() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    root.put(&path(bob.id, "users.read"), grant()).await.expect(204);
    comes_to(&bob, "/api/v1/users", 200).await;
    // In the place of the grant, and over the role that gives it as well.
    root.put(&path(bob.id, "users.read"), denial()).await.expect(204);
    comes_to(&bob, "/api/v1/users", 403).await;
    root.put(&format!("/api/v1/users/{}/roles/moderator", bob.id), json!({})).await.expect(204);
    comes_to(&bob, "/api/v1/roles", 200).await;
    let refused = assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    assert!(refused.value()["detail"].as_str().unwrap().contains("It is denied to you"), "{refused:?}");
    let held: DirectPermissionList = root.get(&format!("/api/v1/users/{}/permissions", bob.id)).await.json();
    assert_eq!(held.items.len(), 1);
    assert_eq!((held.items[0].effect, held.items[0].ordered_by), (PermissionEffect::Denial, Some(root.id)));
    root.delete(&path(bob.id, "users.read")).await.expect(204);
    comes_to(&bob, "/api/v1/users", 200).await;
    root.delete(&path(bob.id, "users.read")).await.expect(204);
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let of_bob = |entry: &&AuditEntry| entry.object.resource_id == Some(bob.id.to_string());
    let told: Vec<_> = page.items.iter().filter(of_bob).map(|entry| entry.action.clone()).collect();
    let [lifted, _, denied, given] = &told[..4] else { panic!("{told:?}") };
    assert_eq!((lifted, denied), (&AuditAction::PermissionGrant, &AuditAction::PermissionRevoke));
    assert_eq!(given, &AuditAction::PermissionGrant);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_denied_something_for_an_organisation_gives_it_to_nobody_everywhere() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let adam = orion.user("adam").with_role("admin").await;
    let organisation = organisation_of(&orion, "Engines", &[]).await;
    let denial = json!({ "effect": "denial", "organisation_id": organisation });
    root.put(&path(adam.id, "audit.read"), denial).await.expect(204);
    let beyond = adam.put(&path(bob.id, "audit.read"), grant()).await;
    assert_problem!(beyond, 403, "permission-denied");
    adam.put(&path(bob.id, "users.read"), grant()).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_or_denied_for_a_time_ends() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    root.put(&path(bob.id, "users.read"), json!({ "effect": "grant", "expires_at": soon })).await.expect(204);
    root.put(&path(bob.id, "inbox.read"), json!({ "effect": "denial", "expires_at": soon })).await.expect(204);
    const INBOX: &str = "/api/v1/notifications";
    comes_to(&bob, "/api/v1/users", 200).await;
    comes_to(&bob, INBOX, 403).await;
    orion.advance(Duration::from_secs(121)).await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    bob.get(INBOX).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_denies_or_lifts_what_they_do_not_hold_for_as_long() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, adam) = (orion.user("bob").await, orion.user("adam").with_role("admin").await);
    let day = |effect: &str, days| json!({ "effect": effect, "expires_at": chrono::Utc::now() + chrono::Duration::days(days) });
    // An administrator does not hold settings.write, and holds keys.rotate for two days.
    root.put(&path(adam.id, "keys.rotate"), day("grant", 2)).await.expect(204);
    comes_to(&adam, "/api/v1/users", 200).await;
    root.put(&path(bob.id, "settings.write"), denial()).await.expect(204);
    root.put(&path(bob.id, "keys.rotate"), day("denial", 3)).await.expect(204);
    for refused in [
        adam.put(&path(bob.id, "settings.write"), grant()).await,
        adam.delete(&path(bob.id, "settings.write")).await,
        adam.put(&path(adam.id, "settings.write"), grant()).await,
        // Their own, prolonged; or to another account of theirs.
        adam.put(&path(adam.id, "keys.rotate"), grant()).await,
        adam.put(&path(adam.id, "keys.rotate"), day("grant", 3)).await,
        // The denial lasts longer than they hold it: a short grant in its place would lift it for good.
        adam.put(&path(bob.id, "keys.rotate"), day("grant", 1)).await,
        adam.delete(&path(bob.id, "keys.rotate")).await,
        // Above them.
        adam.put(&path(root.id, "users.read"), grant()).await,
        bob.put(&path(bob.id, "users.read"), grant()).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    adam.put(&path(bob.id, "users.read"), grant()).await.expect(204);
    root.delete(&path(bob.id, "keys.rotate")).await.expect(204);
    adam.put(&path(bob.id, "keys.rotate"), day("grant", 1)).await.expect(204);
    // Who is denied something does not lift it.
    root.put(&path(adam.id, "users.read"), denial()).await.expect(204);
    comes_to(&adam, "/api/v1/users", 403).await;
    assert_problem!(adam.delete(&path(adam.id, "users.read")).await, 403, "permission-denied");
    assert_problem!(adam.put(&path(adam.id, "users.read"), grant()).await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_super_admin_is_denied_nothing() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    assert_problem!(root.put(&path(root.id, "roles.assign"), denial()).await, 409, "conflict");
    root.put(&path(bob.id, "roles.assign"), denial()).await.expect(204);
    let role = format!("/api/v1/users/{}/roles/super_admin", bob.id);
    assert_problem!(root.put(&role, json!({})).await, 409, "conflict");
    root.delete(&path(bob.id, "roles.assign")).await.expect(204);
    root.put(&role, json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_an_organisation_stands_beside_what_is_for_the_platform() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let organisation = organisation_of(&orion, "Engines", &[]).await;
    let inside = json!({ "effect": "denial", "organisation_id": organisation });
    root.put(&path(bob.id, "users.read"), grant()).await.expect(204);
    root.put(&path(bob.id, "users.read"), &inside).await.expect(204);
    root.put(&path(bob.id, "users.read"), &inside).await.expect(204);
    let list = format!("/api/v1/users/{}/permissions", bob.id);
    assert_eq!(root.get(&list).await.json::<DirectPermissionList>().items.len(), 2);
    let place = format!("{}?organisation_id={organisation}", path(bob.id, "users.read"));
    root.delete(&place).await.expect(204);
    let left = root.get(&list).await.json::<DirectPermissionList>().items;
    assert_eq!((left.len(), left[0].effect), (1, PermissionEffect::Grant));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_and_so_is_a_sign_in_of_long_ago() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let guest = orion.user("guest").unverified().await;
    assert_problem!(root.put(&path(guest.id, "users.read"), grant()).await, 409, "conflict");
    // At the service itself: the gateway lets no such path pass.
    let direct = root.at(orion.service_url(ServiceName::Users));
    for name in ["users.fly", "a%00b", "%25", "Users.read"] {
        assert_problem!(direct.put(&path(bob.id, name), grant()).await, 404, "not-found");
    }
    for end in ["2020-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"] {
        let order = json!({ "effect": "grant", "expires_at": end });
        let refused = assert_problem!(root.put(&path(bob.id, "users.read"), order).await, 422, "validation");
        assert_eq!(refused.problem_fields(), ["expires_at"]);
    }
    let nobody = super::new_id(&orion);
    assert_problem!(root.put(&path(nobody, "users.read"), grant()).await, 404, "not-found");
    assert_problem!(root.get(&format!("/api/v1/users/{nobody}/permissions")).await, 404, "not-found");
    assert_problem!(bob.get(&format!("/api/v1/users/{}/permissions", bob.id)).await, 403, "permission-denied");
    orion.advance(Duration::from_secs(400)).await;
    let stale = root.put(&path(bob.id, "users.read"), grant()).await;
    assert_problem!(stale, 401, "insufficient-user-authentication");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_is_asked_of_each_request_and_what_has_no_answer_gives_nothing_and_denies() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let when = |effect: &str, condition: &str| json!({ "effect": effect, "condition": condition });
    for (condition, status) in [
        ("subject.id != '' && now > timestamp('2000-01-01T00:00:00Z')", 200),
        ("request.auth_age < -100000", 403),
        ("'user' in subject.roles", 200),
        ("'support' in subject.roles", 403),
        // Nothing has no size: there is no answer.
        ("size(subject.organisation) == 36", 403),
    ] {
        root.put(&path(bob.id, "users.read"), when("grant", condition)).await.expect(204);
        comes_to(&bob, "/api/v1/users", status).await;
    }
    let refused = assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    let detail = refused.value()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("under a condition") && detail.contains("has no answer"), "{detail}");
    let question = json!({ "permission": "users.read" });
    let told: Explanation = bob.post("/api/v1/authz/explain", question).await.json();
    assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::Unmet));
    assert_eq!(told.paths[0].state, AuthzPathState::Unmet);
    assert_eq!(told.paths[0].condition.as_deref(), Some("size(subject.organisation) == 36"));
    assert!(told.paths[0].why.is_some(), "{told:?}");

    // What depends on the object holds for that, and lists show nothing by it.
    root.put(&path(bob.id, "users.read"), when("grant", "object.owner_id == subject.id")).await.expect(204);
    comes_to(&bob, &format!("/api/v1/users/{}", bob.id), 200).await;
    assert_problem!(bob.get(&format!("/api/v1/users/{}", root.id)).await, 403, "permission-denied");
    let listed = bob.get("/api/v1/users").await.expect(200).value();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0), "{listed}");

    const INBOX: &str = "/api/v1/notifications";
    for (condition, status) in [("request.auth_age < -100000", 200), ("object.owner_id.startsWith('x')", 403)] {
        root.put(&path(bob.id, "inbox.read"), when("denial", condition)).await.expect(204);
        comes_to(&bob, INBOX, status).await;
    }
    let held: DirectPermissionList = root.get(&format!("/api/v1/users/{}/permissions", bob.id)).await.json();
    let conditions: Vec<_> = held.items.iter().map(|held| (held.effect, held.condition.is_some())).collect();
    assert_eq!(conditions, [(PermissionEffect::Denial, true), (PermissionEffect::Grant, true)]);
    // In the place of the one under a condition stands one without, and nothing stays behind.
    root.put(&path(bob.id, "users.read"), grant()).await.expect(204);
    comes_to(&bob, "/api/v1/users", 200).await;
    root.delete(&path(bob.id, "users.read")).await.expect(204);
    comes_to(&bob, "/api/v1/users", 403).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_condition_is_refused_with_its_place_and_nobody_gives_what_they_hold_under_one() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, adam) = (orion.user("bob").await, orion.user("adam").with_role("admin").await);
    for (condition, place) in [
        ("request.mfa &&", "line 1, column"),
        ("true &&\n  request.mfo", "line 2, column"),
        ("request.ip.inNetwork('10.0.0.0/99')", "line 1, column"),
        ("'text'", "line 1, column"),
        ("", "line 1, column"),
        // What a database does not take, and nobody sees.
        ("subject.id != 'a\0'", "line 1, column 17"),
        ("true &&\n subject.id != '\u{1b}'", "line 2, column 17"),
    ] {
        let body = json!({ "effect": "grant", "condition": condition });
        let refused = assert_problem!(root.put(&path(bob.id, "users.read"), body).await, 422, "validation");
        assert!(refused.value().to_string().contains(place), "{condition}: {refused:?}");
    }
    let body = json!({ "effect": "grant", "condition": "x".repeat(2001) });
    assert_problem!(root.put(&path(bob.id, "users.read"), body).await, 422, "validation");

    // It holds for them at every moment, and yet they give it to nobody: not for good, and not under the same condition.
    let always = json!({ "effect": "grant", "condition": "now > timestamp('2000-01-01T00:00:00Z')" });
    root.put(&path(adam.id, "settings.write"), always.clone()).await.expect(204);
    let question = json!({ "permission": "settings.write" });
    eventually("adam holds it", || async {
        let told: Explanation = adam.post("/api/v1/authz/explain", question.clone()).await.json();
        told.decision.allowed.then_some(())
    })
    .await;
    for body in [grant(), always] {
        assert_problem!(adam.put(&path(bob.id, "settings.write"), body).await, 403, "permission-denied");
    }
    assert_problem!(adam.put(&path(adam.id, "settings.write"), grant()).await, 403, "permission-denied");
}

/// Whoever assigns for a while, or at this hour alone, gives nothing that would last longer; what takes is theirs to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_assigns_under_a_condition_gives_no_permission_and_lifts_no_denial() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("moderator").await, orion.user("bob").await);
    let order = json!({ "effect": "grant", "condition": "request.auth_age < 100000" });
    root.put(&path(adam.id, "roles.assign"), order).await.expect(204);
    eventually("the denial", || async {
        (adam.put(&path(bob.id, "users.read"), denial()).await.status == 204).then_some(())
    })
    .await;
    for refused in [
        adam.delete(&path(bob.id, "users.read")).await,
        adam.put(&path(bob.id, "users.read"), grant()).await,
        adam.put(&path(bob.id, "roles.read"), grant()).await,
    ] {
        let detail = assert_problem!(refused, 403, "permission-denied").value()["detail"].to_string();
        assert!(detail.contains("roles.assign"), "{detail}");
    }
    root.put(&path(adam.id, "roles.assign"), grant()).await.expect(204);
    eventually("what has no condition any more", || async {
        (adam.put(&path(bob.id, "roles.read"), grant()).await.status == 204).then_some(())
    })
    .await;
    adam.delete(&path(bob.id, "users.read")).await.expect(204);
}

/// A second factor is demanded of roles by their names: who gave themselves what one gives, and took it from themselves, would be asked
/// for none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_themselves_a_permission() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("admin").await, orion.user("bob").await);
    for refused in [
        root.put(&path(root.id, "users.read"), grant()).await,
        adam.put(&path(adam.id, "users.read"), grant()).await,
        adam.put(&path(adam.id, "users.read"), json!({ "effect": "grant", "condition": "request.mfa" })).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    adam.put(&path(bob.id, "users.read"), grant()).await.expect(204);
    // What somebody else gave them they give up by themselves.
    root.put(&path(adam.id, "users.read"), grant()).await.expect(204);
    adam.delete(&path(adam.id, "users.read")).await.expect(204);
}
