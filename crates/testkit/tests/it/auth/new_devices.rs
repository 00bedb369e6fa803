//! What is told of a sign-in with a device that an account was not known to have.

use orion_contracts::auth::{LoginAttempt, LoginAttemptStatus, SecurityEvent, TokenResponse};
use orion_contracts::{Page, ServiceName};
use orion_testkit::mailbox::Mailbox;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const HOME: &str = "198.51.100.7";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36";
const DAY: Duration = Duration::from_secs(86_400 + 60);

/// Signs in with a browser that brings no cookie, unless it is given one.
async fn sign_in(orion: &TestPlatform, user: &TestUser, (place, agent): (&str, &str), device: &Value) -> Answer {
    let order = json!({ "email": user.email, "password": PASSWORD, "device_token": device });
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let request = auth.request("POST", "/api/v1/auth/login").header("x-forwarded-for", place);
    Answer::of(request.header("user-agent", agent).json(&order)).await.expect(200)
}

/// The severities of what was noted of new devices, newest first.
async fn noted(orion: &TestPlatform, user: &TestUser) -> Vec<String> {
    let root = &orion.administrator().await.email;
    // Their token of before is too old after a day.
    let root = TestUser::sign_in(&orion.anonymous(), root, PASSWORD).await;
    let path = format!("/api/v1/auth/admin/security-events?kind=login.new_device&user_id={}", user.id);
    let page: Page<SecurityEvent> = root.get(&path).await.expect(200).json();
    page.items.into_iter().map(|event| event.severity).collect()
}

async fn mails(orion: &TestPlatform, user: &TestUser) -> usize {
    orion.settle().await;
    orion.mailbox.to(&user.email).await.iter().filter(|mail| mail.contains("New sign-in to your account")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_in_a_network_that_is_known_is_told() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    assert!(noted(&orion, &ada).await.is_empty(), "the first sign-in of an account is from a new device always");
    let laptop = sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    assert_eq!((noted(&orion, &ada).await, mails(&orion, &ada).await), (vec!["medium".to_owned()], 1));
    sign_in(&orion, &ada, (HOME, PHONE), &Value::Null).await;
    assert_eq!((noted(&orion, &ada).await.len(), mails(&orion, &ada).await), (2, 2), "in the same network");
    let known = &laptop.value()["device_token"];
    for place in [HOME, "203.0.113.9"] {
        sign_in(&orion, &ada, (place, FIREFOX), known).await;
    }
    assert_eq!((noted(&orion, &ada).await.len(), mails(&orion, &ada).await), (2, 2), "the device is known, anywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_forgets_its_cookies_every_day_fills_no_mailbox() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    for _ in 0..3 {
        sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    }
    assert_eq!((noted(&orion, &ada).await.len(), mails(&orion, &ada).await), (1, 1), "once a day");
    for _ in 0..3 {
        orion.advance(DAY).await;
        sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    }
    assert_eq!(noted(&orion, &ada).await, ["low", "low", "low", "medium"]);
    assert_eq!(mails(&orion, &ada).await, 1, "of one that looks like a known one, once in a month");
    sign_in(&orion, &ada, ("203.0.113.9", FIREFOX), &Value::Null).await;
    assert_eq!(
        (noted(&orion, &ada).await[0].as_str(), mails(&orion, &ada).await),
        ("medium", 2),
        "elsewhere it is not"
    );
    orion.advance(DAY * 31).await;
    // Captured mails are kept for a week, and a server's for good.
    let left = if matches!(orion.mailbox, Mailbox::Captured(_)) { 0 } else { 2 };
    let is_cut = async || {
        orion.advance(Duration::from_secs(620)).await;
        (mails(&orion, &ada).await == left).then_some(())
    };
    eventually("the mails of before", is_cut).await;
    sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    assert_eq!((noted(&orion, &ada).await[0].as_str(), mails(&orion, &ada).await), ("low", left + 1), "a month later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_looks_like_a_blocked_one_matters_as_much_as_any_other() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let tokens: TokenResponse = sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await.json();
    let owner = orion.anonymous().with_token(tokens.access_token.expose());
    assert_eq!(mails(&orion, &ada).await, 1);
    // What its owner has blocked comes back without its cookie.
    let devices = owner.get("/api/v1/auth/devices").await.expect(200).value();
    let items = devices["items"].as_array().unwrap();
    let id = items.iter().find(|device| device["ip_address"] == HOME).unwrap()["id"].as_str().unwrap().to_owned();
    owner.put(&format!("/api/v1/auth/devices/{id}/block"), json!(null)).await.expect(204);
    orion.advance(DAY).await;
    sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    assert_eq!((noted(&orion, &ada).await[0].as_str(), mails(&orion, &ada).await), ("medium", 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_device_that_signs_in_within_a_day_after_many_failures_looks_odd() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 2).start().await;
    let ada = orion.user("ada").await;
    let statuses = async || {
        let root = &orion.administrator().await.email;
        let root = TestUser::sign_in(&orion.anonymous(), root, PASSWORD).await;
        let path = format!("/api/v1/auth/admin/login-attempts?user_id={}&method=password", ada.id);
        let page: Page<LoginAttempt> = root.get(&path).await.expect(200).json();
        let led = page.items.into_iter().filter(|attempt| attempt.status != LoginAttemptStatus::Failed);
        led.map(|attempt| attempt.status.as_str()).collect::<Vec<_>>()
    };
    let laptop = sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    assert_eq!(statuses().await, ["success", "success"], "a new device alone is none");
    let stranger = Client::new(orion.service_url(ServiceName::Auth)).from("203.0.113.9");
    for _ in 0..2 {
        let wrong = json!({ "email": ada.email, "password": "a wrong password" });
        stranger.post("/api/v1/auth/login", wrong).await.expect(401);
    }
    let tablet = sign_in(&orion, &ada, ("192.0.2.9", PHONE), &Value::Null).await;
    assert_eq!(statuses().await[0], "suspicious");
    sign_in(&orion, &ada, (HOME, FIREFOX), &laptop.value()["device_token"]).await;
    sign_in(&orion, &ada, ("192.0.2.9", PHONE), &tablet.value()["device_token"]).await;
    assert_eq!(statuses().await[..2], ["success", "success"], "a known device is none");
    sign_in(&orion, &ada, ("192.0.2.9", PHONE), &Value::Null).await;
    assert_eq!(statuses().await[0], "suspicious", "nor is one that comes back without its token known by that");
    orion.advance(DAY).await;
    sign_in(&orion, &ada, ("198.51.100.200", PHONE), &Value::Null).await;
    assert_eq!(statuses().await[0], "success", "it is long over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_looks_like_a_blocked_one_is_noted_at_once_and_then_every_hour() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let tokens: TokenResponse = sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await.json();
    let owner = orion.anonymous().with_token(tokens.access_token.expose());
    sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    assert_eq!(noted(&orion, &ada).await.len(), 1);
    let devices = owner.get("/api/v1/auth/devices").await.expect(200).value();
    let is_other = |device: &&Value| device["ip_address"] == HOME && device["is_current"] == false;
    let id = devices["items"].as_array().unwrap().iter().find(is_other).unwrap()["id"].as_str().unwrap().to_owned();
    orion.advance(Duration::from_secs(1)).await;
    owner.put(&format!("/api/v1/auth/devices/{id}/block"), json!(null)).await.expect(204);
    for _ in 0..4 {
        orion.advance(Duration::from_secs(1)).await;
        sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    }
    assert_eq!(noted(&orion, &ada).await, ["medium"; 2], "once, whatever was noted before it was blocked");
    orion.advance(Duration::from_secs(3600)).await;
    for _ in 0..2 {
        sign_in(&orion, &ada, (HOME, FIREFOX), &Value::Null).await;
    }
    assert_eq!(noted(&orion, &ada).await, ["medium"; 3], "an hour later");
}
