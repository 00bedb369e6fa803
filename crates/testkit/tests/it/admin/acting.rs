//! `/console/session/acting`: acting as another user in the console.

use super::Browser;
use super::live::{closing_code, message, subscribe};
use orion_contracts::admin::ConsoleSession;
use orion_contracts::auth::SessionList;
use orion_contracts::live::{LiveMessage, LiveTopic};
use orion_contracts::users::User;
use orion_testkit::{Answer, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const ACTING: &str = "/console/session/acting";
const SESSION: &str = "/console/session";
const ME: &str = "/api/v1/users/me";
const REASON: &str = "Ticket 4711: the list is empty";

async fn begin(browser: &Browser, whom: &TestUser) -> Answer {
    browser.post(ACTING, json!({ "user_id": whom.id, "reason": REASON })).await
}

async fn session(browser: &Browser) -> ConsoleSession {
    browser.get(SESSION).await.expect(200).json()
}

async fn me(browser: &Browser) -> User {
    browser.get(ME).await.expect(200).json()
}

/// As a page calls that shows what this user sees.
async fn rename(browser: &Browser, believed: Option<&TestUser>, name: &str) -> Answer {
    let call = browser.proven("PATCH", ME).json(&json!({ "display_name": name }));
    Answer::of(match believed {
        Some(user) => call.header("x-orion-as", user.id.to_string()),
        None => call,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_acts_as_somebody_and_goes_back_to_its_own_session_without_a_sign_in() {
    let orion = TestPlatform::start().await;
    let (root, ada) = (orion.administrator().await, orion.user("ada").await);
    let browser = Browser::administrator(&orion).await;
    let own = session(&browser).await;
    assert!(own.acting.is_none() && own.permissions.iter().any(|one| one == "users.write"));

    let answer = begin(&browser, &ada).await.expect(201);
    assert!(!answer.text.contains("token"), "{}", answer.text);
    let begun: ConsoleSession = answer.json();
    let acting = begun.acting.expect("who it really is");
    assert_eq!((begun.user_id, acting.user_id, acting.reason.as_str()), (ada.id, root.id, REASON));
    assert_eq!((begun.email.to_string(), acting.email.to_string()), (ada.email.clone(), root.email.clone()));
    // The session's own end without use is as far away.
    assert!((acting.expires_at - own.idle_expires_at).num_minutes().abs() <= 1);
    let kept = session(&browser).await;
    assert_eq!(kept.user_id, ada.id);
    let holds = |name: &str| kept.permissions.iter().any(|one| one == name);
    assert!(holds("profile.read") && !holds("users.read") && !holds("console.use"), "{:?}", kept.permissions);
    assert_eq!(me(&browser).await.id, ada.id);
    assert_problem!(browser.get("/api/v1/users").await, 403, "permission-denied");
    rename(&browser, Some(&ada), "Ada L.").await.expect(200);

    let back: ConsoleSession = browser.delete(ACTING).await.expect(200).json();
    assert_eq!((back.user_id, back.acting.is_none(), back.permissions), (root.id, true, own.permissions));
    assert_eq!(me(&browser).await.id, root.id);
    // There is nothing to stop any more, and that is no error.
    browser.delete(ACTING).await.expect(200);
    let left: SessionList = ada.get("/api/v1/auth/sessions").await.expect(200).json();
    assert!(left.items.iter().all(|one| one.actor.is_none()), "it is over at auth as well");
    orion.settle().await;
    let by = root.get(&format!("/api/v1/audit?actor={}", root.id)).await.expect(200).value();
    assert_eq!(by["items"].as_array().map(Vec::len), Some(3), "{by}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_does_as_one_of_the_two_is_never_done_as_the_other() {
    let orion = TestPlatform::start().await;
    let (root, ada) = (orion.administrator().await, orion.user("ada").await);
    let browser = Browser::administrator(&orion).await;
    rename(&browser, Some(root), "Root").await.expect(200);
    begin(&browser, &ada).await.expect(201);
    // A second tab, which shows what root sees; also one of a version that does not say as whom it calls.
    assert_problem!(rename(&browser, Some(root), "Not Ada").await, 409, "acts-as-another");
    assert_problem!(rename(&browser, None, "Not Ada").await, 409, "acts-as-another");
    let look = browser.request("GET", ME).header("x-orion-as", root.id.to_string());
    assert_problem!(Answer::of(look).await, 409, "acts-as-another");
    let setting = browser.proven("PUT", "/api/v1/settings/users.verification_hours").json(&json!({ "value": 48 }));
    assert_problem!(Answer::of(setting).await, 409, "acts-as-another");
    for nonsense in ["", "ada", "*"] {
        let look = browser.request("GET", ME).header("x-orion-as", nonsense);
        assert_problem!(Answer::of(look).await, 409, "acts-as-another");
    }
    // The person ends it: what was typed as them is not done as root.
    let sessions: SessionList = ada.get("/api/v1/auth/sessions").await.expect(200).json();
    let acting = sessions.items.iter().find(|one| one.actor.is_some()).expect("a session");
    ada.delete(&format!("/api/v1/auth/sessions/{}", acting.id)).await.expect(204);
    assert_problem!(rename(&browser, Some(&ada), "Not root").await, 409, "acts-as-another");
    assert_eq!(session(&browser).await.user_id, root.id);
    assert_eq!(me(&browser).await.display_name.as_deref(), Some("Root"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_over_after_half_an_hour_and_the_session_goes_on() {
    let orion = TestPlatform::start().await;
    let (root, ada) = (orion.administrator().await, orion.user("ada").await);
    let browser = Browser::administrator(&orion).await;
    begin(&browser, &ada).await.expect(201);
    for _ in 0..2 {
        orion.advance(Duration::from_secs(14 * 60)).await;
        assert_eq!(me(&browser).await.id, ada.id);
    }
    orion.advance(Duration::from_secs(2 * 60)).await;
    assert_eq!(me(&browser).await.id, root.id);
    assert!(session(&browser).await.acting.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_both_and_the_loss_of_the_console_too() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("admin").await);
    let root = orion.administrator().await;
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    let acting = async || {
        let list: SessionList = ada.get("/api/v1/auth/sessions").await.expect(200).json();
        list.items.iter().any(|one| one.actor.is_some())
    };
    let mut browser = Browser::new(&orion);
    browser.sign_in(&bob.email).await.expect(201);
    eventually("the permission", async || (begin(&browser, &ada).await.status == 201).then_some(())).await;
    assert!(acting().await);
    browser.delete(SESSION).await.expect(204);
    assert!(!acting().await);
    assert_problem!(browser.get(ME).await, 401, "no-console-session");

    browser.sign_in(&bob.email).await.expect(201);
    begin(&browser, &ada).await.expect(201);
    root.delete(&format!("/api/v1/users/{}/roles/admin", bob.id)).await.expect(204);
    eventually("the end", async || (browser.get(ME).await.status == 401).then_some(())).await;
    assert!(!acting().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beginning_asks_for_a_fresh_sign_in_a_reason_and_somebody_who_may() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("admin").await);
    let mut browser = Browser::administrator(&orion).await;
    assert_problem!(browser.post(ACTING, json!({ "user_id": ada.id, "reason": " " })).await, 422, "validation");
    assert_problem!(browser.post(ACTING, json!({ "user_id": "ada", "reason": REASON })).await, 422, "validation");
    assert_problem!(browser.post(ACTING, json!({})).await, 422, "validation");
    assert_problem!(begin(&browser, orion.administrator().await).await, 409, "conflict");
    let bare = browser.request("POST", ACTING).json(&json!({ "user_id": ada.id, "reason": REASON }));
    assert_problem!(Answer::of(bare).await, 403, "csrf");
    let mut other = Browser::new(&orion);
    other.sign_in(&bob.email).await.expect(201);
    assert_problem!(begin(&other, &ada).await, 403, "permission-denied");
    assert_problem!(begin(&Browser::new(&orion), &ada).await, 401, "no-console-session");

    orion.advance(Duration::from_secs(600)).await;
    assert_problem!(begin(&browser, &ada).await, 401, "insufficient-user-authentication");
    browser.step("step-up", json!({})).await.expect(202);
    browser.step("steps/password", json!({ "password": PASSWORD })).await.expect(204);
    begin(&browser, &ada).await.expect(201);
    // As somebody else, whoever is asked for: the session's owner acts, and the one before is over.
    let begun: Value = begin(&browser, &bob).await.expect(201).value();
    assert_eq!(begun["user_id"], json!(bob.id));
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let left: SessionList = ada.get("/api/v1/auth/sessions").await.expect(200).json();
    assert!(left.items.iter().all(|one| one.actor.is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_socket_ends_when_whom_it_shows_changes() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let browser = Browser::administrator(&orion).await;
    begin(&browser, &ada).await.expect(201);
    let mut socket = browser.live().await;
    browser.delete(ACTING).await.expect(200);
    assert_eq!(closing_code(&mut socket).await, Some(4401), "the page asks for its session, and finds its own");
    // Another tab's, which shows what the owner sees.
    let mut socket = browser.live().await;
    begin(&browser, &ada).await.expect(201);
    assert_eq!(closing_code(&mut socket).await, Some(4401));
    // Those of others go on.
    let other = Browser::administrator(&orion).await;
    let mut socket = other.live().await;
    subscribe(&mut socket, 7, LiveTopic::Health, None).await;
    browser.delete(ACTING).await.expect(200);
    assert!(matches!(message(&mut socket).await, LiveMessage::Health { id: 7, .. }));
}
