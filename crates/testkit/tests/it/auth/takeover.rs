//! Somebody registers an address that is not theirs, before its owner does or after: whatever they do, the account that
//! the owner confirms is the owner's alone.

use super::links_to;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::json;

const EMAIL: &str = "owner@example.com";
const FOREIGN: &str = "what the attacker chose";

async fn register(orion: &TestPlatform, password: &str, name: &str) {
    let order = json!({ "email": EMAIL, "password": password, "display_name": name });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.settle().await;
}

/// The owner opens a link, and says which password is to count.
async fn confirm(client: &Client, token: &str) {
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    client.post("/api/v1/auth/verify-email", order).await.expect(204);
}

/// Nobody but the owner has anything of the account.
async fn belongs_to_its_owner(orion: &TestPlatform, attacker: Option<&TestUser>) {
    orion.settle().await;
    let client = orion.anonymous();
    if let Some(attacker) = attacker {
        let refresh = json!({ "refresh_token": attacker.refresh_token });
        assert_eq!(client.post("/api/v1/auth/refresh", refresh).await.status, 401, "the refresh token is dead");
        assert_problem!(attacker.get("/api/v1/users/me").await, 401, "invalid-token");
    }
    let login = |password: &str| client.post("/api/v1/auth/login", json!({ "email": EMAIL, "password": password }));
    assert_problem!(login(FOREIGN).await, 401, "invalid-credentials");
    // In the very second in which the others were signed out.
    let owner = TestUser::sign_in(&client, EMAIL, PASSWORD).await;
    assert_eq!(owner.get("/api/v1/users/me").await.expect(200).value()["roles"], json!(["user"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_registered_first_and_signed_in_has_nothing_once_the_owner_has_confirmed() {
    let orion = TestPlatform::start().await;
    register(&orion, FOREIGN, "Attacker").await;
    let attacker = TestUser::sign_in(&orion.anonymous(), EMAIL, FOREIGN).await;
    register(&orion, PASSWORD, "Owner").await;
    let links = links_to(&orion, EMAIL).await;
    confirm(&orion.anonymous(), links.last().unwrap()).await;
    belongs_to_its_owner(&orion, Some(&attacker)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_may_open_the_mail_that_somebody_else_caused() {
    let orion = TestPlatform::start().await;
    register(&orion, PASSWORD, "Owner").await;
    register(&orion, FOREIGN, "Attacker").await;
    let links = links_to(&orion, EMAIL).await;
    let order = json!({ "token": links.last().unwrap(), "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    belongs_to_its_owner(&orion, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_alone_confirms_nothing() {
    let orion = TestPlatform::start().await;
    register(&orion, FOREIGN, "Attacker").await;
    let links = links_to(&orion, EMAIL).await;
    let client = orion.anonymous();
    let verify = |order: serde_json::Value| client.post("/api/v1/auth/verify-email", order);
    let refused = assert_problem!(verify(json!({ "token": links[0] })).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["password"]);
    let refused = assert_problem!(verify(json!({ "token": links[0], "password": PASSWORD })).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["password"], "not the one that was chosen");
    let weak = json!({ "token": links[0], "password": "short", "replace_password": true });
    let refused = assert_problem!(verify(weak).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["password"]);
    let guest = TestUser::sign_in(&client, EMAIL, FOREIGN).await;
    assert_eq!(guest.get("/api/v1/users/me").await.value()["is_verified"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_not_used_changes_no_password_once_another_has_confirmed() {
    let orion = TestPlatform::start().await;
    register(&orion, PASSWORD, "Owner").await;
    register(&orion, PASSWORD, "Owner").await;
    let links = links_to(&orion, EMAIL).await;
    confirm(&orion.anonymous(), &links[1]).await;
    let order = json!({ "token": links[0], "password": FOREIGN, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(409);
    belongs_to_its_owner(&orion, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_register_at_the_same_moment_with_one_key_leave_the_owner_the_only_way_in() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let send = |password: &'static str, name: &'static str| {
        let order = json!({ "email": EMAIL, "password": password, "display_name": name });
        Answer::of(client.request("POST", "/api/v1/auth/register").header("idempotency-key", "key-1").json(&order))
    };
    let answers = tokio::join!(send(FOREIGN, "Attacker"), send(PASSWORD, "Owner"));
    for answer in [&answers.0, &answers.1] {
        assert!([201, 422].contains(&answer.status), "{answer:?}");
    }
    orion.settle().await;
    let login = json!({ "email": EMAIL, "password": FOREIGN });
    let early = client.post("/api/v1/auth/login", login).await;
    let attacker = (early.status == 200).then(|| early.value());
    confirm(&client, links_to(&orion, EMAIL).await.last().unwrap()).await;
    // The same call again makes nothing of it.
    let again = send(FOREIGN, "Attacker").await;
    assert!([201, 422].contains(&again.status), "{again:?}");
    belongs_to_its_owner(&orion, None).await;
    if let Some(attacker) = attacker {
        let refresh = json!({ "refresh_token": attacker["refresh_token"] });
        assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_register_one_address_at_the_same_moment_the_owner_has_the_only_way_in() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let send =
        |password: &'static str| client.post("/api/v1/auth/register", json!({ "email": EMAIL, "password": password }));
    tokio::join!(send(FOREIGN), send(PASSWORD), send(FOREIGN), send(PASSWORD), send(FOREIGN));
    orion.settle().await;
    confirm(&client, links_to(&orion, EMAIL).await.last().unwrap()).await;
    belongs_to_its_owner(&orion, None).await;
}
