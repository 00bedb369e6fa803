//! `/console/reset`. How the link is made is told in `operations/administrator.rs`.

use super::Browser;
use chrono::TimeDelta;
use orion_contracts::{Author, ServiceName, UserId};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_infra::secrets::token_hash;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const EMAIL: &str = "root@example.com";

fn request(password: &str) -> Value {
    json!({ "token": "of-the-link", "password": password })
}

/// Writes a link for an administrator, good for an hour, with a token that is known.
async fn reset_link(orion: &TestPlatform, user: UserId, email: &str, token: &str) {
    let admin = orion.infra(ServiceName::Admin);
    let expires_at = admin.clock.now() + TimeDelta::hours(1);
    let sql =
        "INSERT INTO one_time_links (purpose, token_hash, user_id, email, expires_at) VALUES ('reset', $1, $2, $3, $4)";
    let values = [token_hash(token).into(), user.0.into(), email.into(), expires_at.into()];
    let written = admin.write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        change.execute_raw(statement(change, sql, values.clone())).await?;
        Ok::<_, DbError>(())
    });
    written.await.unwrap();
}

/// A platform with an administrator, and a link for them.
async fn with_link() -> TestPlatform {
    let orion = TestPlatform::start().await;
    let id = orion.administrator().await.id;
    reset_link(&orion, id, EMAIL, "of-the-link").await;
    orion
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_at_once_with_one_link_the_first_ones_password_stands() {
    for round in 0..3 {
        let orion = with_link().await;
        let browser = Browser::new(&orion);
        let passwords = ["the password of the one", "the password of the other", "the password of the third"];
        let calls = passwords.map(|password| browser.post("/console/reset", request(password)));
        let answers = futures_util::future::join_all(calls).await;
        let made: Vec<_> = answers.iter().map(|answer| answer.status == 201).collect();
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "round {round}: {answers:?}");
        for (made, password) in made.into_iter().zip(passwords) {
            let login = json!({ "email": EMAIL, "password": password });
            let status = browser.post("/console/session", login).await.status;
            assert_eq!(status == 201, made, "round {round}: {answers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_password_is_good_once_and_not_for_longer_than_it_says() {
    let orion = with_link().await;
    let browser = Browser::new(&orion);
    let weak = assert_problem!(browser.post("/console/reset", request("short")).await, 422, "validation");
    assert_eq!(weak.problem_fields(), ["password"]);
    browser.post("/console/reset", request("another one of many words")).await.expect(201);
    assert_problem!(browser.post("/console/reset", request(PASSWORD)).await, 403, "reset-link-invalid");
    orion.settle().await;
    let told = orion.mailbox.to(EMAIL).await.into_iter().filter(|mail| mail.contains("Your password was chosen anew"));
    assert_eq!(told.count(), 1, "they are told, for it may have been somebody else");

    let orion = with_link().await;
    let browser = Browser::new(&orion);
    orion.advance(Duration::from_secs(3601)).await;
    assert_problem!(
        browser.post("/console/reset", request("another one of many words")).await,
        403,
        "reset-link-invalid"
    );
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    browser.post("/console/session", login).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_of_the_operators_clears_what_an_attacker_has_brought_upon_an_administrator() {
    let orion = with_link().await;
    // In the network that the administrator comes from, who is unknown there with a new password.
    let there = Client::new(orion.service_url(ServiceName::Auth)).from("127.0.0.9");
    let wrong = json!({ "email": EMAIL, "password": "a wrong password" });
    for _ in 0..12 {
        orion.advance(Duration::from_secs(120)).await;
        there.post("/api/v1/auth/login", &wrong).await.expect(401);
    }
    assert_problem!(there.post("/api/v1/auth/login", &wrong).await, 429, "rate-limited");
    Browser::new(&orion).post("/console/reset", request("another one of many words")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_for_a_new_password_is_checked_before_one_is_thought_up() {
    let orion = with_link().await;
    let browser = Browser::new(&orion);
    let check = async |token: &str| browser.post("/console/reset/check", json!({ "token": token })).await;
    check("of-the-link").await.expect(204);
    let stale = assert_problem!(check("guessed").await, 403, "reset-link-invalid");
    assert!(stale.text.contains("orion admin reset EMAIL"), "it says what to do next: {}", stale.text);
    let bare = json!({ "token": "of-the-link" });
    let bare = Answer::of(browser.request("POST", "/console/reset/check").json(&bare)).await;
    assert_problem!(bare, 403, "csrf");
    let setup = browser.post("/console/setup/check", json!({ "token": "of-the-link" })).await;
    assert_problem!(setup, 403, "setup-link-invalid");

    browser.post("/console/reset", request("another one of many words")).await.expect(201);
    assert_problem!(check("of-the-link").await, 403, "reset-link-invalid");

    let orion = with_link().await;
    let browser = Browser::new(&orion);
    orion.advance(Duration::from_secs(3601)).await;
    let late = browser.post("/console/reset/check", json!({ "token": "of-the-link" })).await;
    assert_problem!(late, 403, "reset-link-invalid");
}
