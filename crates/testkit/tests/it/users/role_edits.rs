//! `/api/v1/roles`: making, changing and removing roles.

use orion_contracts::Page;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::{Role, RoleDetail};
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};

/// A role that gives some permissions beside those of its parent.
fn role(name: &str, level: i64, permissions: &[&str]) -> Value {
    json!({ "name": name, "display_name": "A role", "level": level, "parent": "user", "permissions": permissions })
}

/// Has whoever holds `role` make and give roles, as the super administrator orders.
async fn keeper(orion: &TestPlatform, name: &str, level: i64, more: &[&str]) -> TestUser {
    let root = orion.administrator().await;
    let permissions = [&["roles.read", "roles.write", "roles.assign"], more].concat();
    root.post("/api/v1/roles", role(name, level, &permissions)).await.expect(201);
    let keeper = orion.user(&format!("holder-of-{name}")).await;
    root.put(&format!("/api/v1/users/{}/roles/{name}", keeper.id), json!({})).await.expect(204);
    eventually("the role is in force", || async { (keeper.get("/api/v1/roles").await.status == 200).then_some(()) })
        .await;
    keeper
}

async fn patch(who: &TestUser, name: &str, change: Value) -> Answer {
    Answer::of(who.request("PATCH", &format!("/api/v1/roles/{name}")).json(&change)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_made_given_changed_and_removed_and_in_force_at_once() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    let made = root.post("/api/v1/roles", role("support", 30, &["users.read"])).await.expect(201);
    let made: Role = made.json();
    assert_eq!((made.level, made.is_system, made.parent.as_deref()), (30, false, Some("user")));
    assert_eq!(made.own_permissions, ["users.read"]);
    assert_eq!(made.permissions, ["api-keys.write", "inbox.read", "profile.read", "profile.write", "users.read"]);
    assert_problem!(root.post("/api/v1/roles", role("support", 30, &[])).await, 409, "conflict");

    root.put(&format!("/api/v1/users/{}/roles/support", bob.id), json!({})).await.expect(204);
    let may = |path: &'static str, status: u16| {
        let bob = &bob;
        move || async move { (bob.get(path).await.status == status).then_some(()) }
    };
    eventually("the role is in force", may("/api/v1/users", 200)).await;
    assert_problem!(bob.get("/api/v1/roles").await, 403, "permission-denied");
    patch(root, "support", json!({ "permissions": ["roles.read"] })).await.expect(200);
    eventually("the permission is given", may("/api/v1/roles", 200)).await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");

    let detail: RoleDetail = root.get("/api/v1/roles/support").await.json();
    assert_eq!((detail.holders, detail.touches, detail.role.version), (1, 1, 2));
    let by_id: RoleDetail = root.get(&format!("/api/v1/roles/{}", detail.role.id)).await.json();
    assert_eq!(by_id.role, detail.role);
    let user: RoleDetail = root.get("/api/v1/roles/user").await.json();
    assert_eq!(user.children, ["editor", "moderator", "support"]);

    let held = assert_problem!(root.delete("/api/v1/roles/support").await, 409, "conflict");
    assert!(held.value()["detail"].as_str().unwrap().contains("One person holds this role"), "{held:?}");
    let parent = json!({ "parent": "support", "level": 40 });
    root.post("/api/v1/roles", role("desk", 40, &[])).await.expect(201);
    patch(root, "desk", parent).await.expect(200);
    root.delete(&format!("/api/v1/users/{}/roles/support", bob.id)).await.expect(204);
    let inherited = assert_problem!(root.delete("/api/v1/roles/support").await, 409, "conflict");
    assert!(
        inherited.value()["detail"].as_str().unwrap().contains("One role inherits from this role"),
        "{inherited:?}"
    );
    root.delete("/api/v1/roles/desk").await.expect(204);
    root.delete("/api/v1/roles/support").await.expect(204);
    assert_problem!(root.get("/api/v1/roles/support").await, 404, "not-found");
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let of_role = |entry: &&AuditEntry| entry.object.resource_id == Some(made.id.to_string());
    let told: Vec<_> = page.items.iter().filter(of_role).map(|entry| entry.action.clone()).collect();
    assert_eq!(told, [AuditAction::Delete, AuditAction::Update, AuditAction::Create]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_role_is_refused_with_its_field() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (change, field) in [
        (json!({ "name": "Support" }), "name"),
        (json!({ "name": "a b" }), "name"),
        (json!({ "level": 0 }), "level"),
        (json!({ "level": 100 }), "level"),
        (json!({ "level": 19 }), "level"),
        (json!({ "display_name": " " }), "display_name"),
        (json!({ "description": "a\u{0}b" }), "description"),
        (json!({ "parent": "super_admin" }), "parent"),
        (json!({ "parent": "nobody" }), "parent"),
        (json!({ "scope": "org", "parent": "user" }), "parent"),
        (json!({ "parent": "organisation_member" }), "parent"),
        (json!({ "permissions": ["users.read", "users.fly"] }), "permissions"),
    ] {
        let mut request = role("support", 30, &[]);
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = assert_problem!(root.post("/api/v1/roles", &request).await, 422, "validation");
        assert_eq!(refused.problem_fields(), [field], "{change}");
    }
    let names: Page<Role> = root.get("/api/v1/roles").await.json();
    assert_eq!(names.items.len(), 9, "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_of_the_program_keep_their_place_and_super_admin_is_not_changed() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for (name, change) in [
        ("super_admin", json!({ "display_name": "Emperor" })),
        ("super_admin", json!({ "permissions": [] })),
        ("moderator", json!({ "level": 90 })),
        ("moderator", json!({ "parent": null })),
    ] {
        assert_problem!(patch(root, name, change).await, 409, "conflict");
    }
    assert_problem!(root.delete("/api/v1/roles/guest").await, 409, "conflict");
    let changed = patch(root, "guest", json!({ "description": null, "permissions": ["profile.read"] })).await;
    let changed: Role = changed.expect(200).json();
    assert_eq!((changed.description, changed.permissions), (None, vec!["profile.read".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_inherits_from_itself_also_when_two_change_at_once() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    for name in ["left", "right"] {
        root.post("/api/v1/roles", role(name, 30, &[])).await.expect(201);
    }
    assert_problem!(patch(root, "left", json!({ "parent": "left" })).await, 409, "conflict");
    for _ in 0..5 {
        let (left, right) = tokio::join!(
            patch(root, "left", json!({ "parent": "right" })),
            patch(root, "right", json!({ "parent": "left" })),
        );
        let mut outcomes = [left.status, right.status];
        outcomes.sort_unstable();
        assert_eq!(outcomes, [200, 409], "{left:?} {right:?}");
        for name in ["left", "right"] {
            patch(root, name, json!({ "parent": null })).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_seen_the_newest_version_changes_nothing() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    root.post("/api/v1/roles", role("support", 30, &[])).await.expect(201);
    let seen = |version: &'static str, level: i64| {
        let request = root.request("PATCH", "/api/v1/roles/support").header("if-match", version);
        Answer::of(request.json(&json!({ "level": level })))
    };
    seen("\"1\"", 31).await.expect(200);
    assert_problem!(seen("\"1\"", 32).await, 412, "precondition-failed");
    let delete = root.request("DELETE", "/api/v1/roles/support").header("if-match", "\"1\"");
    assert_problem!(Answer::of(delete).await, 412, "precondition-failed");
    let detail: RoleDetail = root.get("/api/v1/roles/support").await.json();
    assert_eq!((detail.role.level, detail.role.version), (31, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_or_gives_a_role_beyond_what_they_hold() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let keeper = keeper(&orion, "keeper", 50, &["users.read"]).await;
    root.post("/api/v1/roles", role("strong", 30, &["settings.write"])).await.expect(201);
    root.post("/api/v1/roles", role("high", 60, &[])).await.expect(201);
    let bob = orion.user("bob").await;
    let mut strong_child = role("child", 40, &[]);
    strong_child["parent"] = json!("strong");
    for refused in [
        keeper.post("/api/v1/roles", role("support", 51, &[])).await,
        keeper.post("/api/v1/roles", role("support", 40, &["settings.write"])).await,
        // By inheritance.
        keeper.post("/api/v1/roles", strong_child).await,
        patch(&keeper, "keeper", json!({ "permissions": ["roles.write", "settings.write"] })).await,
        // Taking is no less than giving.
        patch(&keeper, "strong", json!({ "permissions": [] })).await,
        patch(&keeper, "high", json!({ "display_name": "Low" })).await,
        // The moderators, who stand above them, inherit from it.
        patch(&keeper, "user", json!({ "permissions": [] })).await,
        keeper.delete("/api/v1/roles/high").await,
        // To remove one takes as much.
        keeper.delete("/api/v1/roles/strong").await,
        // A role of a low level may allow much.
        keeper.put(&format!("/api/v1/users/{}/roles/strong", bob.id), json!({})).await,
        bob.post("/api/v1/roles", role("support", 10, &[])).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    keeper.post("/api/v1/roles", role("support", 50, &["users.read"])).await.expect(201);
    keeper.put(&format!("/api/v1/users/{}/roles/support", bob.id), json!({})).await.expect(204);
    keeper.delete(&format!("/api/v1/users/{}/roles/support", bob.id)).await.expect(204);
    keeper.delete("/api/v1/roles/support").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_something_for_a_time_makes_no_role_of_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let keeper = keeper(&orion, "keeper", 50, &["users.read"]).await;
    let held = format!("/api/v1/users/{}/roles/keeper", keeper.id);
    let until = json!({ "expires_at": chrono::Utc::now() + chrono::Duration::days(1) });
    root.put(&held, until).await.expect(204);
    assert_problem!(keeper.post("/api/v1/roles", role("support", 30, &["users.read"])).await, 403, "permission-denied");
    // Of the level of moderator they hold one for good, but not the permission.
    root.put(&format!("/api/v1/users/{}/roles/editor", keeper.id), json!({})).await.expect(204);
    let refused = keeper.post("/api/v1/roles", role("support", 30, &["users.read"])).await;
    assert_problem!(refused, 403, "permission-denied");
    keeper.post("/api/v1/roles", role("support", 30, &["templates.read"])).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_roles_needs_a_fresh_sign_in_and_the_same_key_makes_one_role() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let root = orion.administrator().await;
    let post = || {
        let request = root.request("POST", "/api/v1/roles").header("idempotency-key", "k1");
        Answer::of(request.json(&role("support", 30, &[])))
    };
    let (first, second): (Role, Role) = (post().await.expect(201).json(), post().await.expect(201).json());
    assert_eq!(first, second);
    orion.advance(std::time::Duration::from_secs(400)).await;
    for refused in [
        root.post("/api/v1/roles", role("other", 30, &[])).await,
        patch(root, "support", json!({ "level": 31 })).await,
        root.delete("/api/v1/roles/support").await,
    ] {
        assert_problem!(refused, 401, "insufficient-user-authentication");
    }
}
