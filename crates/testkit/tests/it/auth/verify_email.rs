//! `/api/v1/auth/verify-email`, for programs and for people.

use orion_contracts::ServiceName;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/api/v1/auth/verify-email";

/// Sends the page's form.
async fn confirm(client: &Client, fields: &[(&str, &str)]) -> Answer {
    let request = client.request("POST", &format!("{PATH}/confirm"));
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Answer::of(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_confirms_by_the_password_and_not_by_being_opened() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;

    // As programs do that look through mails.
    for method in ["HEAD", "GET", "GET"] {
        Answer::of(client.request(method, &format!("{PATH}?token={token}"))).await.expect(200);
    }
    let page = client.get(&format!("{PATH}?token={token}")).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(page.header("referrer-policy").as_deref(), Some("no-referrer"), "the token goes nowhere else");
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
    assert!(page.text.contains("type=\"password\"") && !page.text.contains("<script"), "{}", page.text);
    let roles = || async {
        let login = json!({ "email": guest.email, "password": PASSWORD });
        client.post("/api/v1/auth/login", login).await.value()["roles"].clone()
    };
    assert_eq!(roles().await, json!(["guest"]), "opening the link changes nothing");
    confirm(&client, &[("token", &token)]).await.expect(422);
    assert_eq!(roles().await, json!(["guest"]), "nor does sending the form without a password");

    let done = confirm(&client, &[("token", &token), ("password", PASSWORD)]).await.expect(200);
    assert!(done.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(roles().await, json!(["user"]));
    confirm(&client, &[("token", "nonsense"), ("password", PASSWORD)]).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_says_that_all_is_well() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let order = json!({ "token": token, "password": PASSWORD });
    client.post(PATH, &order).await.expect(204);
    client.post(PATH, &order).await.expect(204);
    let page = client.get(&format!("{PATH}?token={token}")).await.expect(200);
    assert!(page.text.contains("already confirmed") && !page.text.contains("egister again"), "{}", page.text);
    let page = confirm(&client, &[("token", &token), ("password", PASSWORD)]).await.expect(200);
    assert!(page.text.contains("already confirmed") && !page.text.contains("egister again"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_is_asked_for_twice_before_it_counts() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    const OTHER: &str = "another long password";
    let page = confirm(&client, &[("token", &token), ("password", OTHER)]).await.expect(422);
    assert!(page.text.contains("name=\"repeated\""), "{}", page.text);
    let page = confirm(&client, &[("token", &token), ("password", OTHER), ("repeated", "another lonk password")]).await;
    assert!(page.expect(422).text.contains("not the same"), "what differs is told");
    let page = confirm(&client, &[("token", &token), ("password", "short"), ("repeated", "short")]).await;
    assert!(page.expect(422).text.contains("at least 15 characters"), "what is weak is told");
    confirm(&client, &[("token", &token), ("password", OTHER), ("repeated", OTHER)]).await.expect(200);
    let login =
        |password: &str| client.post("/api/v1/auth/login", json!({ "email": guest.email, "password": password }));
    assert_problem!(login(PASSWORD).await, 401, "invalid-credentials");
    login(OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_leads_back_to_the_password_of_before() {
    let orion = TestPlatform::start().await;
    let guest = orion.user("pia").unverified().await;
    let client = orion.anonymous();
    let token = orion.mailbox.verification_token(&guest.email).await;
    let page = confirm(&client, &[("token", &token), ("password", "one letter is wronk")]).await.expect(422);
    assert!(page.text.contains(&format!("href=\"{PATH}?token={token}\"")), "{}", page.text);
    let page = client.get(&format!("{PATH}/confirm")).await.expect(400);
    assert!(page.text.contains("Copy the whole link"), "asked for again by the address line: {}", page.text);
}

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
async fn the_pages_bear_the_products_name_and_lead_on_to_its_sign_in() {
    let orion = TestPlatform::builder()
        .set("notifications.product_name", "Acme & Sons")
        .set("auth.sign_in_url", "https://acme.example/sign-in?from=mail&x=1")
        .start()
        .await;
    let guest = orion.user("pia").unverified().await;
    let token = orion.mailbox.verification_token(&guest.email).await;
    let page = orion.anonymous().get(&format!("{PATH}?token={token}")).await.expect(200);
    assert!(page.text.contains("Acme &amp; Sons"), "{}", page.text);
    let done = confirm(&orion.anonymous(), &[("token", &token), ("password", PASSWORD)]).await.expect(200);
    let link = "href=\"https://acme.example/sign-in?from=mail&amp;x=1\"";
    assert!(done.text.contains("Acme &amp; Sons") && done.text.contains(link), "{}", done.text);
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
    let page = client.get(&format!("{PATH}?token={token}")).await.expect(422);
    assert!(page.text.contains("does not work"), "{}", page.text);
}
