//! `/console/setup`, `/console/state`

use super::Browser;
use orion_contracts::admin::{ConsoleSession, ConsoleState};
use orion_testkit::{PASSWORD, TestPlatform, assert_problem};
use serde_json::{Value, json};

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
