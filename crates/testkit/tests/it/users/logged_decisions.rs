//! Permissions whose decisions are logged: who, what, on what and by which grant.

use orion_contracts::Page;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::PermissionInfo;
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};

async fn mark(who: &TestUser, permission: &str, logged: bool) -> Answer {
    let request = who.request("PATCH", &format!("/api/v1/permissions/{permission}"));
    Answer::of(request.json(&json!({ "log_decisions": logged }))).await
}

/// What the log says of decisions, the oldest first.
async fn decided(orion: &TestPlatform) -> Vec<AuditEntry> {
    orion.settle().await;
    let root = orion.administrator().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200&action=decide").await.expect(200).json();
    page.items.into_iter().rev().collect()
}

fn by(entry: &AuditEntry) -> &Value {
    &entry.new_values.as_ref().expect("values")["by"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_about_a_marked_permission_are_logged_with_who_what_and_by_which_grant() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (bob, eve) = (orion.user("bob").with_role("moderator").await, orion.user("eve").await);
    bob.get("/api/v1/users").await.expect(200);
    let marked: PermissionInfo = mark(root, "users.read", true).await.expect(200).json();
    assert!(marked.log_decisions);
    assert!(decided(&orion).await.is_empty(), "nothing of before");
    eventually("it is logged", || async {
        bob.get(&format!("/api/v1/users/{}", eve.id)).await.expect(200);
        (!decided(&orion).await.is_empty()).then_some(())
    })
    .await;
    let told = decided(&orion).await.remove(0);
    assert_eq!((told.principal.user_id(), told.success), (Some(bob.id), true));
    assert_eq!((&told.object.resource[..], told.object.resource_id.as_deref()), ("permission", Some("users.read")));
    assert_eq!(by(&told), &json!("moderator"));
    let before = decided(&orion).await.len();
    assert_problem!(eve.get("/api/v1/users").await, 403, "permission-denied");
    let question =
        json!({ "user_id": eve.id, "questions": [{ "permission": "users.read" }, { "permission": "roles.read" }] });
    root.post("/api/v1/authz/check", question).await.expect(200);
    let told = decided(&orion).await.split_off(before);
    let [refused, asked] = &told[..] else { panic!("{told:#?}") };
    assert_eq!((refused.principal.user_id(), refused.success, by(refused)), (Some(eve.id), false, &Value::Null));
    assert_eq!((asked.principal.user_id(), asked.success), (Some(root.id), false));
    assert_eq!(asked.new_values.as_ref().unwrap()["about"], json!(eve.id));

    // Of what changes something it is written with the change; who stays refused leaves it alone.
    mark(root, "roles.assign", true).await.expect(200);
    let before = decided(&orion).await.len();
    eventually("that is logged as well", || async {
        root.put(&format!("/api/v1/users/{}/roles/editor", eve.id), json!({})).await.expect(204);
        root.delete(&format!("/api/v1/users/{}/roles/editor", eve.id)).await.expect(204);
        (decided(&orion).await.len() > before).then_some(())
    })
    .await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let entry = |action: AuditAction| page.items.iter().find(|entry| entry.action == action).expect("an entry");
    let (decision, change) = (entry(AuditAction::Decide), entry(AuditAction::RoleRevoke));
    assert_eq!((&decision.request_id, decision.occurred_at), (&change.request_id, change.occurred_at), "one change");

    mark(root, "users.read", false).await.expect(200);
    mark(root, "roles.assign", false).await.expect(200);
    eventually("nothing is logged any more", || async {
        let before = decided(&orion).await.len();
        bob.get("/api/v1/users").await.expect(200);
        (decided(&orion).await.len() == before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marking_is_itself_audited_and_takes_who_may_change_roles_and_holds_it() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    assert_problem!(mark(&bob, "users.read", true).await, 403, "permission-denied");
    assert_problem!(mark(root, "users.fly", true).await, 404, "not-found");
    let bad = Answer::of(root.request("PATCH", "/api/v1/permissions/users.read").json(&json!({ "log": true }))).await;
    assert_problem!(bad, 422, "validation");
    // Who changes roles and does not hold it hides nothing of it.
    root.put(&format!("/api/v1/users/{}/permissions/roles.write", bob.id), json!({ "effect": "grant" }))
        .await
        .expect(204);
    eventually("bob changes roles", || async { (mark(&bob, "roles.write", false).await.status == 200).then_some(()) })
        .await;
    assert_problem!(mark(&bob, "settings.write", true).await, 403, "permission-denied");
    mark(&bob, "roles.write", true).await.expect(200);
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200&action=update").await.json();
    let told = page.items.iter().find(|entry| entry.object.resource == "permission").expect("the audit entry");
    assert_eq!(told.principal.user_id(), Some(bob.id));
    assert_eq!(told.new_values, Some(json!({ "log_decisions": true })));
    let listed: Page<PermissionInfo> = root.get("/api/v1/permissions?limit=200").await.json();
    let marked: Vec<_> = listed.items.iter().filter(|found| found.log_decisions).map(|found| &found.name).collect();
    assert_eq!(marked, ["roles.write"]);
}
