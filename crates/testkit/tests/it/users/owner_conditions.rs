//! Conditions about `object.owner_id`: what is asked for one user is decided for that user, and for nobody where no one user is meant.

use super::api_keys::key;
use orion_contracts::users::{AuthzDecisionList, Explanation, WhoCan};
use orion_contracts::{Page, UserId};
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;

async fn order(root: &TestUser, of: &TestUser, permission: &str, effect: &str, condition: &str) {
    let path = format!("/api/v1/users/{}/permissions/{permission}", of.id);
    root.put(&path, json!({ "effect": effect, "condition": condition })).await.expect(204);
}

/// What is done about one user by `users.write`; each goes on being possible.
async fn written(by: &TestUser, to: UserId) -> Vec<Answer> {
    let reset = json!({ "reason": "Seen in a leak", "end_sessions": false });
    vec![
        by.patch(&format!("/api/v1/users/{to}"), json!({ "location": "Here" })).await,
        by.patch(&format!("/api/v1/users/{to}/preferences"), json!({ "custom": { "a": 1 } })).await,
        by.put(&format!("/api/v1/users/{to}/status"), json!({ "status": "active", "reason": "A test" })).await,
        by.post(&format!("/api/v1/auth/admin/users/{to}/password-reset"), reset).await,
    ]
}

async fn says(by: &TestUser, permission: &str, owner: Option<UserId>) -> bool {
    let question = json!({ "permission": permission, "owner_id": owner });
    let checked: AuthzDecisionList =
        by.post("/api/v1/authz/check", json!({ "questions": [question] })).await.expect(200).json();
    let told: Explanation = by.post("/api/v1/authz/explain", question).await.expect(200).json();
    assert_eq!(told.decision, checked.items[0]);
    assert_eq!(told.decision.owner_id, owner);
    told.decision.allowed
}

async fn may_write(by: &TestUser, to: UserId, may: bool) {
    let status = if may { 200..300 } else { 403..404 };
    eventually("all of it holds, or nothing", async || {
        written(by, to).await.iter().all(|answer| status.contains(&answer.status)).then_some(())
    })
    .await;
    assert_eq!(says(by, "users.write", Some(to)).await, may, "as the endpoints do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_about_an_owner_denies_each_write_on_them_and_leaves_the_others() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("admin").await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    may_write(&adam, ada.id, true).await;
    order(root, &adam, "users.write", "denial", &format!("object.owner_id == '{}'", ada.id)).await;
    may_write(&adam, ada.id, false).await;
    may_write(&adam, bob.id, true).await;
    // Of what no one user is, nobody knows whose it is.
    assert!(!says(&adam, "users.write", None).await);
    let invited = json!({ "email": "carl@example.com", "roles": [], "invite": false });
    assert_problem!(adam.post("/api/v1/users", invited).await, 403, "permission-denied");
    // Also by the words that such a denial could have been written in.
    for condition in [
        format!("has(object.owner_id) && object.owner_id == '{}'", ada.id),
        format!("!(object.owner_id != '{}')", ada.id),
    ] {
        order(root, &adam, "users.write", "denial", &condition).await;
        may_write(&adam, ada.id, false).await;
        may_write(&adam, bob.id, true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_about_an_owner_gives_what_is_done_to_them_alone_and_nothing_where_nobody_is_meant() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").with_role("moderator").await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    may_write(&adam, ada.id, false).await;
    order(root, &adam, "users.write", "grant", &format!("object.owner_id == '{}'", ada.id)).await;
    may_write(&adam, ada.id, true).await;
    may_write(&adam, bob.id, false).await;
    // For everybody but one is for nobody where it is not known who is meant.
    order(root, &adam, "users.write", "grant", &format!("object.owner_id != '{}'", ada.id)).await;
    may_write(&adam, bob.id, true).await;
    may_write(&adam, ada.id, false).await;
    assert!(!says(&adam, "users.write", None).await);
    let invited = json!({ "email": "carl@example.com", "roles": [], "invite": false });
    assert_problem!(adam.post("/api/v1/users", invited).await, 403, "permission-denied");
    // Who may is told by the same: of this user, and of none.
    for (owner, is_named) in [(format!("&owner_id={}", bob.id), true), (String::new(), false)] {
        let path = format!("/api/v1/authz/who-can?permission=users.write&limit=200{owner}");
        let page: Page<WhoCan> = root.get(&path).await.expect(200).json();
        assert_eq!(page.items.iter().any(|who| who.user_id == adam.id), is_named, "{owner}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_and_ending_what_is_somebody_s_goes_by_whose_it_is() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let of_ada = format!("object.owner_id == '{}'", ada.id);
    for permission in ["users.read", "sessions.read", "sessions.revoke", "roles.read"] {
        order(root, &adam, permission, "grant", &of_ada).await;
    }
    eventually("the last grant", async || says(&adam, "roles.read", Some(ada.id)).await.then_some(())).await;
    let paths = |id: UserId| {
        [
            format!("/api/v1/users/{id}"),
            format!("/api/v1/users/{id}/preferences"),
            format!("/api/v1/users/{id}/roles"),
            format!("/api/v1/users/{id}/permissions"),
            format!("/api/v1/auth/admin/users/{id}/sessions"),
            format!("/api/v1/auth/admin/users/{id}/devices"),
            format!("/api/v1/auth/admin/users/{id}/two-factor"),
        ]
    };
    for path in paths(ada.id) {
        adam.get(&path).await.expect(200);
    }
    for path in paths(bob.id) {
        assert_problem!(adam.get(&path).await, 403, "permission-denied");
    }
    adam.delete(&format!("/api/v1/auth/admin/users/{}/sessions", ada.id)).await.expect(200);
    assert_problem!(
        adam.delete(&format!("/api/v1/auth/admin/users/{}/sessions", bob.id)).await,
        403,
        "permission-denied"
    );
    bob.get("/api/v1/auth/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_one_s_own_has_an_owner_who_is_known() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    order(root, &bob, "profile.write", "denial", "object.owner_id != subject.id").await;
    let question = |owner: Option<UserId>| says(&bob, "profile.write", owner);
    eventually("the denial", async || (!question(None).await).then_some(())).await;
    assert!(question(Some(bob.id)).await);
    let rename = || bob.patch("/api/v1/users/me", json!({ "display_name": "Bob B." }));
    rename().await.expect(200);
    order(root, &bob, "profile.write", "denial", "object.owner_id == subject.id").await;
    eventually("the other denial", async || (!question(Some(bob.id)).await).then_some(())).await;
    assert_problem!(rename().await, 403, "permission-denied");
}

/// An API key has not signed in: what a condition asks of that has no answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_known_of_a_request_is_no_other_text() {
    let orion = TestPlatform::start().await;
    let (root, bob) = (orion.administrator().await, orion.user("bob").await);
    root.put(&format!("/api/v1/users/{}/permissions/users.read", bob.id), json!({ "effect": "grant" }))
        .await
        .expect(204);
    let (_, program) = key(&bob, &["users.read"]).await;
    program.get("/api/v1/users").await.expect(200);
    order(root, &bob, "users.read", "grant", "request.acr != 'aal1'").await;
    eventually("nothing by the key", async || (program.get("/api/v1/users").await.status == 403).then_some(())).await;
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_read_one_person_reads_no_other_by_any_of_their_pages() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let adam = orion.user("adam").await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let pages = ["", "/preferences", "/email-change", "/roles", "/permissions"];
    let read = async |of: UserId, page: &str| adam.get(&format!("/api/v1/users/{of}{page}")).await;
    order(root, &adam, "users.read", "grant", &format!("object.owner_id == '{}'", ada.id)).await;
    order(root, &adam, "roles.read", "grant", &format!("object.owner_id == '{}'", ada.id)).await;
    for page in pages {
        eventually("the grant", async || (read(ada.id, page).await.status == 200).then_some(())).await;
        assert_problem!(read(bob.id, page).await, 403, "permission-denied");
    }
}
