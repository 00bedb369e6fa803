//! `/api/v1/auth/verify-email`, for programs; the page for people is in `pages/verify_email.rs`.

use orion_contracts::ServiceName;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/api/v1/auth/verify-email";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_comes_after_the_verification_is_not_said_to_count() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let order = |password: &str| json!({ "token": token, "password": password, "replace_password": true });
    client.post(PATH, order(PASSWORD)).await.expect(204);
    client.post(PATH, order(PASSWORD)).await.expect(204);
    assert_problem!(client.post(PATH, order("another long password")).await, 409, "conflict");
    TestUser::sign_in(&client, &guest.email, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_an_address_from_a_stranger_does_not_get_the_stranger_s_name() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let email = "pia@example.com";
    let order = json!({ "email": email, "password": PASSWORD, "display_name": "Somebody else", "locale": "fr" });
    client.post("/api/v1/auth/register", order).await.expect(201);
    let token = orion.mailbox.verification_token(email).await;
    let own = "another long password";
    let order = json!({ "token": token, "password": own, "replace_password": true });
    // The first try gets no further than the password.
    let held = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    held.execute_unprepared("UPDATE users SET version = version").await.unwrap();
    client.post(PATH, &order).await.expect(503);
    held.rollback().await.unwrap();
    client.post(PATH, order).await.expect(204);
    let pia = TestUser::sign_in(&client, email, own).await;
    let me: Value = pia.get("/api/v1/users/me").await.expect(200).json();
    assert_eq!((&me["display_name"], &me["locale"]), (&Value::Null, &json!("en")), "{me}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_no_way_to_try_passwords_without_end() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let mut statuses = Vec::new();
    for number in 0..25 {
        let order = json!({ "token": token, "password": format!("a wrong long password {number}") });
        statuses.push(client.post(PATH, order).await.status);
    }
    assert_eq!((statuses[0], statuses[24]), (422, 429), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_expired_tokens_are_refused() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("tom").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let verify = |token: &str| client.post(PATH, json!({ "token": token, "password": PASSWORD }));
    let refused = assert_problem!(verify("nonsense").await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["token"]);
    // Not yet so late that whoever never verified is removed.
    orion.advance(Duration::from_secs(25 * 3600)).await;
    let refused = assert_problem!(verify(&token).await, 422, "validation");
    assert_eq!(refused.problem_fields(), ["token"]);
    let page = client.get(&format!("/auth/verify-email?token={token}")).await.expect(422);
    assert!(page.text.contains("does not work"), "{}", page.text);
}
