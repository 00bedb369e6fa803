//! Roles that somebody holds under a condition: what they give, to whom they count for nothing, and whom they protect.

use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::{AuthzPathState, AuthzReason, Explanation, HeldRoleList, RoleDetail, User, WhoCan};
use orion_contracts::{Page, UserId};
use orion_testkit::{TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const ALWAYS: &str = "now > timestamp('2000-01-01T00:00:00Z')";
const NEVER: &str = "now < timestamp('2000-01-01T00:00:00Z')";

fn path(user: UserId, role: &str) -> String {
    format!("/api/v1/users/{user}/roles/{role}")
}

fn when(condition: &str) -> Value {
    json!({ "condition": condition })
}

async fn comes_to(who: &TestUser, path: &str, status: u16) {
    eventually("what holds now", || async { (who.get(path).await.status == status).then_some(()) }).await;
}

async fn held(who: &TestUser, user: UserId) -> Vec<(String, Option<String>)> {
    let list: HeldRoleList = who.get(&format!("/api/v1/users/{user}/roles")).await.expect(200).json();
    list.items.into_iter().map(|held| (held.role, held.condition)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_under_a_condition_gives_what_it_allows_only_while_that_holds() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    for (condition, status) in [
        (ALWAYS, 200),
        (NEVER, 403),
        // Of roles under conditions no condition knows: one would be asked of itself.
        ("'user' in subject.roles && !('moderator' in subject.roles)", 200),
        // Nothing has no size: there is no answer.
        ("size(subject.organisation) == 36", 403),
    ] {
        root.put(&path(bob.id, "moderator"), when(condition)).await.expect(204);
        comes_to(&bob, "/api/v1/users", status).await;
    }
    let refused = assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    assert!(refused.value()["detail"].as_str().unwrap().contains("under a condition"), "{refused:?}");

    // What depends on the object holds for that, and lists show nothing by it.
    root.put(&path(bob.id, "moderator"), when("object.owner_id == subject.id")).await.expect(204);
    comes_to(&bob, &format!("/api/v1/users/{}", bob.id), 200).await;
    assert_problem!(bob.get(&format!("/api/v1/users/{}", root.id)).await, 403, "permission-denied");
    let listed = bob.get("/api/v1/users").await.expect(200).value();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0), "{listed}");

    // In the place of the one under a condition stands one without, and the other way round; nothing stays behind.
    let told = |condition: Option<&str>| {
        vec![("moderator".to_owned(), condition.map(str::to_owned)), ("user".to_owned(), None)]
    };
    root.put(&path(bob.id, "moderator"), json!({})).await.expect(204);
    comes_to(&bob, &format!("/api/v1/users/{}", root.id), 200).await;
    assert_eq!(held(root, bob.id).await, told(None));
    root.put(&path(bob.id, "moderator"), when(NEVER)).await.expect(204);
    comes_to(&bob, "/api/v1/users", 403).await;
    assert_eq!(held(root, bob.id).await, told(Some(NEVER)));
    // Of what is told to others, and stands in tokens, only certain roles are.
    let user: User = root.get(&format!("/api/v1/users/{}", bob.id)).await.json();
    assert_eq!(user.roles, ["user"]);
    root.delete(&path(bob.id, "moderator")).await.expect(204);
    assert_eq!(held(root, bob.id).await, [("user".to_owned(), None)]);

    let soon = chrono::Utc::now() + chrono::Duration::minutes(2);
    let limited = json!({ "condition": ALWAYS, "expires_at": soon });
    root.put(&path(bob.id, "moderator"), limited).await.expect(204);
    comes_to(&bob, "/api/v1/users", 200).await;
    orion.advance(Duration::from_secs(121)).await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_or_stands_higher_by_a_role_under_a_condition_but_it_protects() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").await);
    let adam = orion.user("adam").with_role("moderator").await;
    let mod_desk = json!({ "name": "desk", "display_name": "Desk", "level": 40,
        "permissions": ["roles.assign", "roles.read", "users.read", "users.write"] });
    root.post("/api/v1/roles", mod_desk).await.expect(201);
    // adam: admin as long as a condition holds, which it does; by themselves they assign roles at the level of a desk.
    root.put(&path(adam.id, "desk"), json!({})).await.expect(204);
    root.put(&path(adam.id, "admin"), when(ALWAYS)).await.expect(204);
    comes_to(&adam, "/api/v1/audit", 200).await;
    for refused in [
        // Given on: to somebody else, to themselves for good, under the same condition.
        adam.put(&path(bob.id, "admin"), json!({})).await,
        adam.put(&path(bob.id, "admin"), when(ALWAYS)).await,
        adam.put(&path(adam.id, "admin"), json!({})).await,
        // What the role gives, by itself.
        adam.put(&format!("/api/v1/users/{}/permissions/audit.read", bob.id), json!({ "effect": "grant" })).await,
    ] {
        assert_problem!(refused, 403, "permission-denied");
    }
    adam.put(&path(bob.id, "desk"), json!({})).await.expect(204);
    root.put(&path(eve.id, "admin"), json!({})).await.expect(204);
    // Not above whoever certainly holds it.
    assert_problem!(adam.delete(&path(eve.id, "user")).await, 403, "permission-denied");
    // Whose role does not hold at this moment is protected from those below it: it may hold a moment later.
    root.put(&path(eve.id, "admin"), when(NEVER)).await.expect(204);
    comes_to(&eve, "/api/v1/audit", 403).await;
    comes_to(&bob, "/api/v1/users", 200).await;
    for below in [&bob, &adam] {
        assert_problem!(below.put(&path(eve.id, "desk"), json!({})).await, 403, "permission-denied");
    }
    // From themselves it protects nobody.
    root.put(&path(bob.id, "admin"), when(ALWAYS)).await.expect(204);
    comes_to(&bob, "/api/v1/audit", 200).await;
    bob.delete(&path(bob.id, "user")).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_explained_found_counted_and_in_the_audit_log() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    root.put(&path(bob.id, "moderator"), when(ALWAYS)).await.expect(204);
    root.put(&path(eve.id, "moderator"), when("request.mfa")).await.expect(204);
    let explain = async |user: UserId| {
        let asked = json!({ "user_id": user, "permission": "users.read" });
        root.post("/api/v1/authz/explain", asked).await.expect(200).json::<Explanation>()
    };
    let told = explain(bob.id).await;
    assert_eq!((told.decision.reason, told.decision.role.as_deref()), (AuthzReason::Role, Some("moderator")));
    assert_eq!((told.paths[0].state, told.paths[0].condition.as_deref()), (AuthzPathState::Holds, Some(ALWAYS)));
    let told = explain(eve.id).await;
    assert_eq!((told.decision.allowed, told.decision.reason), (false, AuthzReason::Unmet));
    assert_eq!((told.paths[0].roles[0].as_str(), told.paths[0].state), ("moderator", AuthzPathState::Unmet));
    assert!(told.paths[0].why.is_some(), "{told:?}");
    let who: Page<WhoCan> = root.get("/api/v1/authz/who-can?permission=users.read&limit=200").await.json();
    let who: Vec<_> = who.items.iter().map(|who| who.user_id).collect();
    assert!(who.contains(&bob.id) && !who.contains(&eve.id), "{who:?}");

    // Whoever looks for a role finds those who may come to have it; and it is not removed under them.
    let found: Page<User> = root.get("/api/v1/users?role=moderator").await.expect(200).json();
    let mut found: Vec<_> = found.items.iter().map(|user| user.id).collect();
    found.sort_unstable();
    let mut both = [bob.id, eve.id];
    both.sort_unstable();
    assert_eq!(found, both);
    assert_eq!(root.get("/api/v1/roles/moderator").await.json::<RoleDetail>().holders, 2);
    let role = json!({ "name": "night", "display_name": "Night", "level": 5 });
    root.post("/api/v1/roles", role).await.expect(201);
    root.put(&path(bob.id, "night"), when(NEVER)).await.expect(204);
    assert_problem!(root.delete("/api/v1/roles/night").await, 409, "conflict");
    root.delete(&path(bob.id, "night")).await.expect(204);
    root.delete("/api/v1/roles/night").await.expect(204);

    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let of_bob = |entry: &&AuditEntry| entry.object.resource_id == Some(bob.id.to_string());
    let given = page.items.iter().filter(of_bob).find(|entry| entry.action == AuditAction::RoleAssign).expect("given");
    let told = serde_json::to_value(given).unwrap().to_string();
    assert!(told.contains("2000-01-01T00:00:00Z"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_condition_or_too_much_of_them_is_refused_and_super_admin_has_none() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    for condition in ["request.mfa &&", "true && request.mfo", "'text'", "", "subject.id != 'a\0'"] {
        let refused = assert_problem!(root.put(&path(bob.id, "moderator"), when(condition)).await, 422, "validation");
        assert!(refused.value().to_string().contains("line 1, column"), "{condition}: {refused:?}");
    }
    let long = when(&"x".repeat(2001));
    assert_problem!(root.put(&path(bob.id, "moderator"), long).await, 422, "validation");
    for user in [root.id, bob.id] {
        let refused = assert_problem!(root.put(&path(user, "super_admin"), when(ALWAYS)).await, 422, "validation");
        assert_eq!(refused.problem_fields(), ["condition"]);
    }
    // What a user has under conditions is bounded, roles and permissions together.
    let permissions: Page<Value> = root.get("/api/v1/permissions?limit=20").await.json();
    for permission in permissions.items.iter().take(19).filter_map(|permission| permission["name"].as_str()) {
        let order = json!({ "effect": "grant", "condition": NEVER });
        root.put(&format!("/api/v1/users/{}/permissions/{permission}", bob.id), order).await.expect(204);
    }
    root.put(&path(bob.id, "moderator"), when(NEVER)).await.expect(204);
    // In the place of itself there is room for one.
    root.put(&path(bob.id, "moderator"), when(ALWAYS)).await.expect(204);
    let refused = assert_problem!(root.put(&path(bob.id, "editor"), when(ALWAYS)).await, 422, "validation");
    assert_eq!(refused.value()["errors"][0]["code"], "out_of_range");
    root.put(&path(bob.id, "editor"), json!({})).await.expect(204);
    // Inside an organisation a role has no condition.
    let organisation = super::organisations::organisation_of(&orion, "Engines", &[&bob]).await;
    let inside = format!("/api/v1/organisations/{organisation}/members/{}/roles/organisation_admin", bob.id);
    assert_problem!(root.put(&inside, when(ALWAYS)).await, 422, "validation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_puts_their_own_role_under_a_condition_and_sheds_by_it_what_the_role_demands() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("admin").await;
    assert_problem!(adam.put(&path(adam.id, "admin"), when(ALWAYS)).await, 403, "permission-denied");
    assert!(held(root, adam.id).await.contains(&("admin".to_owned(), None)));
    root.put(&path(adam.id, "admin"), when(ALWAYS)).await.expect(204);
    assert!(held(root, adam.id).await.contains(&("admin".to_owned(), Some(ALWAYS.to_owned()))));
}
