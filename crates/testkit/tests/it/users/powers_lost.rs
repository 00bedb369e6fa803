//! What the caller has lost since they were let in: of what a process keeps each change asks once more, from the tables.

use super::organisations::{acting_for, organisation_of};
use orion_contracts::{Author, ServiceName, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;

const BEGIN: &str = "/api/v1/auth/impersonations";

/// Takes what somebody was given by itself, so that no process hears of it: as one that is about to hear of it.
async fn take_unheard(orion: &TestPlatform, from: UserId) {
    let infra = orion.infra(ServiceName::Users);
    let taken = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let delete = statement(change, "DELETE FROM user_permissions WHERE user_id = $1", [from.0.into()]);
        change.execute_raw(delete).await?;
        Ok::<_, DbError>(())
    });
    taken.await.unwrap();
}

async fn give(root: &TestUser, to: &TestUser, permissions: &[&str]) {
    for permission in permissions {
        let path = format!("/api/v1/users/{}/permissions/{permission}", to.id);
        root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    }
}

/// Changes of each kind: on somebody, of what is new, of what is no user.
async fn changes(by: &orion_testkit::Client, bob: &TestUser) -> Vec<Answer> {
    let invited = json!({ "email": "carl@example.com", "roles": [], "invite": false });
    let role = json!({ "name": "writer", "display_name": "Writer", "level": 1, "permissions": [] });
    vec![
        by.patch(&format!("/api/v1/users/{}", bob.id), json!({ "location": "Here" })).await,
        by.patch(&format!("/api/v1/users/{}/preferences", bob.id), json!({ "custom": { "a": 1 } })).await,
        by.post("/api/v1/users", invited).await,
        by.post("/api/v1/roles", role).await,
        by.post("/api/v1/service-accounts", json!({ "name": "Robot" })).await,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_a_permission_while_they_change_something_changes_nothing() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("moderator").await, orion.user("bob").await);
    let all = ["users.write", "roles.write", "service-accounts.write"];
    give(root, &adam, &all).await;
    let may = async || adam.patch(&format!("/api/v1/users/{}", bob.id), json!({})).await.status == 200;
    eventually("the grants", async || may().await.then_some(())).await;
    let asked = json!({ "questions": all.map(|permission| json!({ "permission": permission })) });
    eventually("all of them", async || {
        let told = adam.post("/api/v1/authz/check", asked.clone()).await.value();
        told["items"].as_array()?.iter().all(|answer| answer["allowed"] == json!(true)).then_some(())
    })
    .await;
    // Known to the process that is asked, which will not hear that they are gone.
    adam.get("/api/v1/users/me").await.expect(200);
    take_unheard(&orion, adam.id).await;
    for (position, answer) in changes(&adam, &bob).await.into_iter().enumerate() {
        assert_eq!(answer.problem_name().as_deref(), Some("permission-denied"), "{position}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_act_as_others_no_more_changes_nothing_as_them() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").await;
    let (ada, adam) = (orion.user("ada").with_role("admin").await, orion.user("adam").with_role("admin").await);
    give(root, &adam, &["users.impersonate"]).await;
    let order = json!({ "user_id": ada.id, "reason": "Ticket 4711" });
    let given = eventually("the permission", async || {
        let answer = adam.post(BEGIN, order.clone()).await;
        (answer.status == 201).then(|| answer.value())
    })
    .await;
    let acting = orion.anonymous().with_token(given["access_token"].as_str().unwrap());
    let path = format!("/api/v1/users/{}", bob.id);
    let write = |text: &str| acting.patch(&path, json!({ "location": text }));
    write("Here").await.expect(200);
    take_unheard(&orion, adam.id).await;
    assert_problem!(write("There").await, 403, "permission-denied");
}

/// A condition is asked of the request inside the change as before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_under_a_condition_of_the_request_holds_inside_the_change() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").with_role("moderator").await, orion.user("bob").await);
    let path = format!("/api/v1/users/{}/permissions/users.write", adam.id);
    let condition = "request.ip != '' && request.auth_age < 100000 && object.owner_id != subject.id";
    root.put(&path, json!({ "effect": "grant", "condition": condition })).await.expect(204);
    let of_bob = format!("/api/v1/users/{}", bob.id);
    let write = || adam.patch(&of_bob, json!({ "location": "Here" }));
    eventually("the grant", async || (write().await.status == 200).then_some(())).await;
}

/// The same inside an organisation: what somebody holds for it is asked under its lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_what_they_hold_for_an_organisation_while_they_change_something_changes_nothing_in_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let (adam, bob) = (orion.user("adam").await, orion.user("bob").await);
    let id = organisation_of(&orion, "Engines", &[&adam, &bob]).await;
    for permission in
        ["organisations.read", "organisations.write", "organisations.delete", "members.write", "teams.write"]
    {
        let path = format!("/api/v1/users/{}/permissions/{permission}", adam.id);
        root.put(&path, json!({ "effect": "grant", "organisation_id": id })).await.expect(204);
    }
    let acting = acting_for(&adam, id).await;
    let path = format!("/api/v1/organisations/{id}");
    let team = format!("{path}/teams");
    eventually("the grants", async || {
        (acting.post(&team, json!({ "name": "Mill" })).await.status == 201).then_some(())
    })
    .await;
    take_unheard(&orion, adam.id).await;
    let member = format!("{path}/members/{}", bob.id);
    for (position, answer) in [
        acting.patch(&path, json!({ "description": "Ours" })).await,
        acting.post(&team, json!({ "name": "Forge" })).await,
        acting.post(&format!("{path}/invitations"), json!({ "email": "carl@example.com" })).await,
        acting.delete(&member).await,
        acting.delete(&path).await,
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(answer.problem_name().as_deref(), Some("permission-denied"), "{position}: {answer:?}");
    }
}

/// What is one's own is changed by nobody either who may act no more, though no process has heard so yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_suspended_a_moment_ago_changes_nothing_of_their_own() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    ada.get("/api/v1/users/me").await.expect(200);
    let infra = orion.infra(ServiceName::Users);
    let suspended = infra.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let update = statement(change, "UPDATE users SET status = 'suspended' WHERE id = $1", [ada.id.0.into()]);
        change.execute_raw(update).await?;
        Ok::<_, DbError>(())
    });
    suspended.await.unwrap();
    for (position, answer) in [
        ada.patch("/api/v1/users/me", json!({ "location": "Here" })).await,
        ada.patch("/api/v1/users/me/preferences", json!({ "custom": { "a": 1 } })).await,
        ada.post("/api/v1/users/me/email-change", json!({ "email": "countess@example.com" })).await,
        ada.delete("/api/v1/users/me/email-change").await,
        ada.delete("/api/v1/users/me/avatar").await,
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(answer.problem_name().as_deref(), Some("permission-denied"), "{position}: {answer:?}");
    }
}
