//! Permissions whose decisions are logged: who, what, on what and by which grant.

use super::organisations::{acting_for, give_inside, organisation_of};
use orion_contracts::Page;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::users::PermissionInfo;
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

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

fn values(entry: &AuditEntry) -> &Value {
    entry.new_values.as_ref().expect("values")
}

/// Marks permissions, and waits until every process knows.
async fn marked(orion: &TestPlatform, permissions: &[&str]) {
    let root = orion.administrator().await;
    for permission in permissions {
        mark(root, permission, true).await.expect(200);
        eventually("decisions about it are logged", || async {
            let questions = json!({ "user_id": root.id, "questions": [{ "permission": permission }] });
            root.post("/api/v1/authz/check", questions).await.expect(200);
            let told = decided(orion).await;
            told.iter().any(|entry| entry.object.resource_id.as_deref() == Some(*permission)).then_some(())
        })
        .await;
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_asks_or_tries_stands_in_no_log_of_an_organisation_for_which_they_do_not_act() {
    let orion = TestPlatform::start().await;
    let (root, bob, eve) = (orion.administrator().await, orion.user("bob").await, orion.user("eve").await);
    let own = organisation_of(&orion, "Engines", &[&bob]).await;
    let other = organisation_of(&orion, "Looms", &[]).await;
    give_inside(&orion, own, &bob, "organisation_admin").await;
    let grant = json!({ "effect": "grant", "condition": "request.mfa" });
    root.put(&format!("/api/v1/users/{}/permissions/organisations.read", bob.id), grant).await.expect(204);
    let acting = acting_for(&bob, own).await;
    marked(&orion, &["organisations.read", "organisations.write", "roles.read"]).await;
    let path = |id| format!("/api/v1/organisations/{id}");
    eventually("the role inside", || async {
        (acting.patch(&path(own), json!({ "name": "Mills" })).await.status == 200).then_some(())
    })
    .await;

    // About oneself a question decides nothing, however often it is asked, and is not logged; nor what nobody was refused.
    let before = decided(&orion).await.len();
    let questions = vec![json!({ "permission": "organisations.read", "organisation_id": other }); 200];
    for who in [&eve, &bob] {
        who.post("/api/v1/authz/check", json!({ "questions": questions })).await.expect(200);
        who.post("/api/v1/authz/explain", json!({ "permission": "organisations.write" })).await.expect(200);
    }
    assert_eq!(decided(&orion).await.len(), before);

    // About somebody else all that was asked at once is one entry, of no organisation where whoever asks acts for none.
    root.post("/api/v1/authz/check", json!({ "user_id": bob.id, "questions": questions })).await.expect(200);
    let told = decided(&orion).await.split_off(before);
    let asked = told.iter().find(|entry| values(entry)["about"] == json!(bob.id)).expect("the question");
    assert_eq!((asked.organisation_id, asked.success), (None, false));
    let answers = values(asked)["answers"].as_array().expect("answers");
    assert_eq!((answers.len(), &answers[0]["organisation_id"]), (200, &json!(other)));
    assert!(!values(asked).to_string().contains("request.mfa"), "{asked:#?}");
    assert_eq!(told.iter().filter(|entry| entry.principal.user_id() == Some(root.id)).count(), 2, "and roles.read");

    // What is held inside is used with an entry, lists too; what is tried elsewhere is nothing of theirs here or there.
    let before = decided(&orion).await.len();
    acting.get("/api/v1/organisations").await.expect(200);
    acting.get(&path(other)).await.expect(404);
    acting.patch(&path(own), json!({ "name": "Engines" })).await.expect(200);
    let told = decided(&orion).await.split_off(before);
    let [listed, tried, changed @ ..] = &told[..] else { panic!("{told:#?}") };
    assert_eq!((listed.success, listed.organisation_id), (true, Some(own)));
    assert_eq!((tried.success, tried.organisation_id), (false, None));
    assert_eq!(values(tried)["organisation_id"], json!(other));
    // Only the platform's log says which condition it was.
    assert!(values(tried)["why"].to_string().contains("request.mfa"), "{tried:#?}");
    assert!(
        told.iter().all(|entry| entry.organisation_id.is_none() || !values(entry).to_string().contains("request.mfa"))
    );
    let all_allowed = changed.iter().all(|entry| entry.success && entry.organisation_id == Some(own));
    assert!(!changed.is_empty() && all_allowed, "{changed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_of_one_caller_are_logged_up_to_a_number_in_a_minute_and_what_is_allowed_always() {
    let orion = TestPlatform::start().await;
    let (root, eve) = (orion.administrator().await, orion.user("eve").await);
    marked(&orion, &["users.read"]).await;
    let of = async |who: &TestUser| -> Vec<AuditEntry> {
        decided(&orion).await.into_iter().filter(|entry| entry.principal.user_id() == Some(who.id)).collect()
    };
    for _ in 0..35 {
        assert_problem!(eve.get("/api/v1/users").await, 403, "permission-denied");
    }
    let refused = of(&eve).await;
    assert_eq!(refused.len(), 30);
    let says_more = |entry: &AuditEntry| entry.description.contains("no more refusals are logged");
    assert_eq!(refused.iter().filter(|entry| says_more(entry)).count(), 1);
    let before = of(root).await.len();
    for _ in 0..35 {
        root.get("/api/v1/users").await.expect(200);
    }
    assert_eq!(of(root).await.len(), before + 35);
    orion.advance(Duration::from_secs(61)).await;
    assert_problem!(eve.get("/api/v1/users").await, 403, "permission-denied");
    assert_eq!(of(&eve).await.len(), 31);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_endpoint_does_by_a_permission_that_it_does_not_demand_is_logged_where_it_is_held() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    root.put(&format!("/api/v1/users/{}/permissions/events.read", bob.id), json!({ "effect": "grant" }))
        .await
        .expect(204);
    marked(&orion, &["security.read"]).await;
    let before = decided(&orion).await.len();
    eventually("bob reads events", || async { (bob.get("/api/v1/events").await.status == 200).then_some(()) }).await;
    eventually("what it shows besides is logged", || async {
        root.get("/api/v1/events").await.expect(200);
        let told = decided(&orion).await.split_off(before);
        assert!(told.iter().all(|entry| entry.success && entry.principal.user_id() == Some(root.id)), "{told:#?}");
        (!told.is_empty()).then_some(())
    })
    .await;
}
