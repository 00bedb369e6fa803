//! `/console/setup`, `/console/state`

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::UserId;
use orion_contracts::admin::{ConsoleSession, ConsoleState};
use orion_contracts::auth::CreateAdministrator;
use orion_contracts::internal::MakeAdministrator;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

fn request(token: &str, password: &str) -> Value {
    // Space around an address comes from copying it.
    json!({ "token": token, "email": " ada@example.org ", "password": password, "display_name": "Ada" })
}

async fn needs_setup(browser: &Browser) -> bool {
    browser.get("/console/state").await.json::<ConsoleState>().needs_setup
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_is_made_once_and_is_signed_in() {
    let mut orion = TestPlatform::start().await;
    let mut browser = Browser::new(&orion);
    assert!(needs_setup(&browser).await);
    let token = orion.setup_token().await.expect("a link");
    let answer = browser.post("/console/setup", request(&token, PASSWORD)).await.expect(201);
    browser.keep_cookie(&answer);
    let session: ConsoleSession = browser.get("/console/session").await.json();
    assert_eq!((session.email.as_str(), session.display_name.as_deref()), ("ada@example.org", Some("Ada")));
    assert!(session.permissions.iter().any(|name| name == "console.use"), "{session:?}");

    assert!(!needs_setup(&browser).await);
    assert_problem!(browser.post("/console/setup", request(&token, PASSWORD)).await, 403, "setup-link-invalid");
    assert_eq!(orion.setup_token().await, None, "no link is made any more");
    orion.restart().await;
    assert_eq!(orion.setup_token().await, None, "nor after a restart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_link_voids_the_older_one() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let older = orion.setup_token().await.expect("a link");
    let newer = orion.setup_token().await.expect("a link");
    assert_problem!(browser.post("/console/setup", request(&older, PASSWORD)).await, 403, "setup-link-invalid");
    assert_problem!(browser.post("/console/setup", request("guessed", PASSWORD)).await, 403, "setup-link-invalid");
    browser.post("/console/setup", request(&newer, PASSWORD)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_password_is_told_by_field_and_leaves_the_link_good() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let token = orion.setup_token().await.expect("a link");
    let answer = browser.post("/console/setup", request(&token, "too short")).await;
    let answer = assert_problem!(answer, 422, "validation");
    assert_eq!(answer.problem_fields(), ["password"]);
    assert!(needs_setup(&browser).await);
    browser.post("/console/setup", request(&token, PASSWORD)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_checked_before_a_form_is_filled_in() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let older = orion.setup_token().await.expect("a link");
    let check = async |token: &str| browser.post("/console/setup/check", json!({ "token": token })).await;
    check(&older).await.expect(204);
    let newer = orion.setup_token().await.expect("a link");
    let stale = assert_problem!(check(&older).await, 403, "setup-link-invalid");
    assert!(stale.text.contains("orion up"), "it says what to do next: {}", stale.text);
    assert_problem!(check("guessed").await, 403, "setup-link-invalid");
    check(&newer).await.expect(204);
    assert!(needs_setup(&browser).await, "looking changes nothing");
    browser.post("/console/setup", request(&newer, PASSWORD)).await.expect(201);
    assert_problem!(check(&newer).await, 403, "setup-link-invalid");
    let bare = Answer::of(browser.request("POST", "/console/setup/check").json(&json!({ "token": newer }))).await;
    assert_problem!(bare, 403, "csrf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_nobody_used_is_void_after_a_day() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let old = orion.setup_token().await.expect("a link");
    orion.advance(Duration::from_secs(24 * 60 * 60 + 1)).await;
    assert_problem!(browser.post("/console/setup/check", json!({ "token": old })).await, 403, "setup-link-invalid");
    assert_problem!(browser.post("/console/setup", request(&old, PASSWORD)).await, 403, "setup-link-invalid");
    assert!(needs_setup(&browser).await);
    let fresh = orion.setup_token().await.expect("a link");
    browser.post("/console/setup", request(&fresh, PASSWORD)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_with_one_link_the_first_ones_password_stands() {
    for round in 0..3 {
        let orion = TestPlatform::start().await;
        let browser = Browser::new(&orion);
        let token = orion.setup_token().await.expect("a link");
        let passwords = ["the password of the one", "the password of the other"];
        let calls = passwords.map(|password| browser.post("/console/setup", request(&token, password)));
        let answers = futures_util::future::join_all(calls).await;
        let made: Vec<_> = answers.iter().map(|answer| answer.status == 201).collect();
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "round {round}: {answers:?}");
        for (made, password) in made.into_iter().zip(passwords) {
            let login = json!({ "email": "ada@example.org", "password": password });
            let status = browser.post("/console/session", login).await.status;
            assert_eq!(status == 201, made, "round {round}: {answers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setup_that_broke_off_half_way_is_finished_with_the_same_address() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let token = orion.setup_token().await.expect("a link");
    let admin = orion.infra(ServiceName::Admin);
    let select = statement(admin.db.read(), "SELECT user_id FROM one_time_links WHERE purpose = 'setup'", []);
    let row = admin.db.read().query_one_raw(select).await.unwrap().expect("the link");
    let id: Uuid = row.try_get("", "user_id").unwrap();
    // As if the process had ended after the account was made and before the link was used up.
    let order = CreateAdministrator {
        email: "typo@example.org".parse().unwrap(),
        password: PASSWORD.parse().unwrap(),
        display_name: None,
    };
    admin.peers.call(&MakeAdministrator { id: UserId(id) }, &order).await.unwrap();

    let other = assert_problem!(browser.post("/console/setup", request(&token, PASSWORD)).await, 409, "setup-begun");
    assert!(other.text.contains("that address"), "it says how to go on: {}", other.text);
    let same = json!({ "token": token, "email": "typo@example.org", "password": "another one of many words" });
    browser.post("/console/setup", same).await.expect(201);
    assert!(!needs_setup(&browser).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_registered_the_address_first_is_not_in_the_way_and_keeps_nothing() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let register = json!({ "email": "ada@example.org", "password": "the password of a stranger" });
    orion.anonymous().post("/api/v1/auth/register", register.clone()).await.expect(201);
    orion.settle().await;
    let strangers: Value = orion.anonymous().post("/api/v1/auth/login", register).await.expect(200).json();
    let link = orion.mailbox.verification_token("ada@example.org").await;

    let token = orion.setup_token().await.expect("a link");
    browser.post("/console/setup", request(&token, PASSWORD)).await.expect(201);
    orion.settle().await;
    let refresh = json!({ "refresh_token": strangers["refresh_token"] });
    assert_eq!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await.status, 401);
    let verify = json!({ "token": link, "password": "the password of a stranger", "replace_password": true });
    let verified = orion.anonymous().post("/api/v1/auth/verify-email", verify).await;
    assert!((400..500).contains(&verified.status), "{verified:?}");
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/login", login).await.expect(200);
}
