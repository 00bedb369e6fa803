//! Roles of the scope `user`: what they give of what is their holder's own, to whom they count for nothing, and whom they protect.

use orion_contracts::users::{
    AuthzPathState, AuthzReason, Explanation, HeldRoleList, PermissionScope, Role, RoleDetail, User, WhoCan,
};
use orion_contracts::{Page, UserId};
use orion_testkit::{TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

fn path(user: UserId, role: &str) -> String {
    format!("/api/v1/users/{user}/roles/{role}")
}

fn role(name: &str, level: i64, permissions: &[&str]) -> Value {
    json!({ "name": name, "display_name": name, "scope": "user", "level": level, "permissions": permissions })
}

async fn comes_to(who: &TestUser, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_for_ones_own_gives_what_it_allows_of_ones_own_things_alone() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    root.post("/api/v1/roles", role("self_service", 30, &["users.read", "users.write"])).await.expect(201);
    let refused = root.put(&path(bob.id, "self_service"), json!({ "condition": "request.mfa" })).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["condition"]);
    root.put(&path(bob.id, "self_service"), json!({})).await.expect(204);
    root.put(&path(bob.id, "self_service"), json!({})).await.expect(204);
    let (own, others) = (format!("/api/v1/users/{}", bob.id), format!("/api/v1/users/{}", eve.id));
    comes_to(&bob, &own, 200).await;
    bob.patch(&own, json!({ "location": "Here" })).await.expect(200);
    let refused = assert_problem!(bob.get(&others).await, 403, "permission-denied");
    assert!(refused.value()["detail"].as_str().unwrap().contains("your own alone"), "{refused:?}");
    assert_problem!(bob.patch(&others, json!({ "location": "Here" })).await, 403, "permission-denied");
    let listed: Page<User> = bob.get("/api/v1/users").await.expect(200).json();
    assert!(listed.items.is_empty(), "{listed:?}");
    let invited = json!({ "email": "carl@example.com", "roles": [], "invite": false });
    assert_problem!(bob.post("/api/v1/users", invited).await, 403, "permission-denied");

    // It is among the roles, and listed as what it is, and no name to stand by.
    let held: HeldRoleList = root.get(&format!("{own}/roles")).await.expect(200).json();
    let told: Vec<_> = held.items.iter().map(|held| (held.role.as_str(), held.own_only)).collect();
    assert_eq!(told, [("self_service", true), ("user", false)]);
    assert_eq!(root.get(&own).await.json::<User>().roles, ["user"]);
    let found: Page<User> = root.get("/api/v1/users?role=self_service").await.expect(200).json();
    assert_eq!(found.items.iter().map(|user| user.id).collect::<Vec<_>>(), [bob.id]);
    let roles: Page<Role> = root.get("/api/v1/roles?limit=200").await.expect(200).json();
    assert!(roles.items.iter().any(|role| role.name == "self_service" && role.scope == PermissionScope::User));
    assert_eq!(root.get("/api/v1/roles/self_service").await.json::<RoleDetail>().holders, 1);
    assert_problem!(root.delete("/api/v1/roles/self_service").await, 409, "conflict");

    let explain = async |owner: Option<UserId>| {
        let asked = json!({ "user_id": bob.id, "permission": "users.write", "owner_id": owner });
        root.post("/api/v1/authz/explain", asked).await.expect(200).json::<Explanation>()
    };
    let told = explain(Some(bob.id)).await;
    assert_eq!((told.decision.reason, told.decision.role.as_deref()), (AuthzReason::Role, Some("self_service")));
    assert_eq!((told.paths[0].state, told.paths[0].own_only), (AuthzPathState::Holds, true));
    for owner in [None, Some(eve.id)] {
        let told = explain(owner).await;
        assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::NotOwn));
        assert_eq!((told.paths[0].state, told.paths[0].own_only), (AuthzPathState::Elsewhere, true));
    }
    let who = async |of: UserId| {
        let path = format!("/api/v1/authz/who-can?permission=users.write&limit=200&owner_id={of}");
        let who: Page<WhoCan> = root.get(&path).await.expect(200).json();
        who.items.iter().any(|who| who.user_id == bob.id)
    };
    assert!(who(bob.id).await && !who(eve.id).await);

    // It ends when it says, and when it is taken.
    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    root.put(&path(bob.id, "self_service"), json!({ "expires_at": soon })).await.expect(204);
    eventually("its end", || async {
        let held: HeldRoleList = root.get(&format!("{own}/roles")).await.json();
        held.items.iter().any(|held| held.expires_at.is_some()).then_some(())
    })
    .await;
    comes_to(&bob, &own, 200).await;
    orion.advance(Duration::from_secs(121)).await;
    assert_problem!(bob.get(&own).await, 403, "permission-denied");
    root.put(&path(bob.id, "self_service"), json!({})).await.expect(204);
    comes_to(&bob, &own, 200).await;
    root.delete(&path(bob.id, "self_service")).await.expect(204);
    comes_to(&bob, &own, 403).await;
    root.delete("/api/v1/roles/self_service").await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_or_stands_higher_by_a_role_for_their_own_but_it_protects() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob, eve) = (orion.user("adam").await, orion.user("bob").await, orion.user("eve").await);
    let desk = json!({ "name": "desk", "display_name": "Desk", "level": 40,
        "permissions": ["roles.assign", "roles.read", "users.read", "users.write"] });
    root.post("/api/v1/roles", desk).await.expect(201);
    root.post("/api/v1/roles", role("keeper", 70, &["roles.assign", "users.read", "audit.read"])).await.expect(201);
    root.post("/api/v1/roles", role("reader", 30, &["users.read"])).await.expect(201);
    root.post("/api/v1/roles", role("auditor", 30, &["audit.read"])).await.expect(201);
    root.put(&path(adam.id, "desk"), json!({})).await.expect(204);
    root.put(&path(adam.id, "keeper"), json!({})).await.expect(204);
    root.put(&path(eve.id, "keeper"), json!({})).await.expect(204);
    comes_to(&adam, "/api/v1/users", 200).await;
    // Given as one that holds everywhere: by who holds all of it everywhere, at its level.
    eventually("the desk", || async {
        (adam.put(&path(bob.id, "reader"), json!({})).await.status == 204).then_some(())
    })
    .await;
    for refused in [
        adam.put(&path(bob.id, "keeper"), json!({})).await,
        adam.put(&path(bob.id, "auditor"), json!({})).await,
        adam.put(&path(adam.id, "auditor"), json!({})).await,
        // Eve stands above them by what is for her own things alone.
        adam.put(&path(eve.id, "reader"), json!({})).await,
        adam.delete(&path(eve.id, "user")).await,
        // Who assigns roles to themselves alone has nothing to give.
        eve.put(&path(eve.id, "reader"), json!({})).await,
        eve.put(&path(eve.id, "desk"), json!({})).await,
        eve.put(&path(bob.id, "reader"), json!({})).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    // From themselves it protects nobody.
    adam.delete(&path(adam.id, "user")).await.expect(204);
    // A role that is held inside is not given so.
    let inside = json!({ "name": "lead", "display_name": "Lead", "scope": "team", "level": 10 });
    root.post("/api/v1/roles", inside).await.expect(201);
    assert_problem!(root.put(&path(bob.id, "lead"), json!({})).await, 409, "conflict");
    let child = json!({ "name": "child", "display_name": "Child", "level": 50, "parent": "reader" });
    let refused = root.post("/api/v1/roles", child).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["parent"]);
}
