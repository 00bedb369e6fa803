//! Several people who sign in with one browser: each has a device of their own in it.

use super::Browser;
use super::passkey::sign_in;
use crate::auth::flows::later;
use crate::auth::passkeys::add;
use crate::auth::two_factor::{enrol, now};
use orion_contracts::auth::DeviceList;
use orion_testkit::{Answer, AuthenticatorKey, PASSWORD, TestPlatform, TestUser};
use serde_json::json;
use std::time::Duration;

const SIGN_IN: &str = "/auth/sign-in";
const DEVICE: &str = "orion_device";

async fn enter(browser: &Browser, user: &TestUser) -> Answer {
    browser.send(SIGN_IN, &[("email", user.email.as_str()), ("password", PASSWORD)]).await
}

/// How often somebody has signed in with each device but the one that asks.
async fn sign_ins(user: &TestUser) -> Vec<i64> {
    let listed: DeviceList = user.get("/api/v1/auth/devices").await.expect(200).json();
    listed.items.into_iter().filter(|device| !device.is_current).map(|device| device.login_count).collect()
}

/// The tokens that a browser keeps.
fn kept(browser: &Browser) -> Vec<String> {
    browser.cookie(&browser.name_of(DEVICE)).unwrap().split('~').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_person_at_a_browser_costs_the_first_no_device() {
    let orion = TestPlatform::start().await;
    let (ada, bob, cy) = (orion.user("ada").await, orion.user("bob").await, orion.user("cy").await);
    let mut key = AuthenticatorKey::new();
    add(&bob, &mut key).await;
    let browser = Browser::new(&orion);
    for _ in 0..3 {
        enter(&browser, &ada).await.expect(303);
        // A passkey says only at the end whose it is.
        sign_in(&browser, "", &mut key).await.expect(303);
        enter(&browser, &cy).await.expect(303);
    }
    for user in [&ada, &bob, &cy] {
        assert_eq!(sign_ins(user).await, [3], "{}", user.email);
    }
    assert_eq!(kept(&browser).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_blocked_stays_so_whoever_has_signed_in_with_the_browser_since() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let browser = Browser::new(&orion);
    enter(&browser, &ada).await.expect(303);
    enter(&browser, &bob).await.expect(303);
    let listed: DeviceList = ada.get("/api/v1/auth/devices").await.expect(200).json();
    let device = listed.items.iter().find(|device| !device.is_current).unwrap();
    ada.put(&format!("/api/v1/auth/devices/{}/block", device.id), json!(null)).await.expect(204);
    assert_ne!(enter(&browser, &ada).await.status, 303);
    enter(&browser, &bob).await.expect(303);
    assert_eq!(sign_ins(&bob).await, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_keeps_the_tokens_of_the_five_who_signed_in_last_and_none_that_auth_has_not_made() {
    let orion = TestPlatform::start().await;
    let browser = Browser::new(&orion);
    let mut tokens = Vec::new();
    for name in ["ada", "bob", "cy", "dan", "eve", "fay"] {
        enter(&browser, &orion.user(name).await).await.expect(303);
        tokens.insert(0, kept(&browser)[0].clone());
    }
    assert_eq!(kept(&browser), tokens[..5]);
    let forged = format!("{}.{}", tokens[4].split('.').next().unwrap(), "0".repeat(64));
    browser.keep(browser.name_of(DEVICE), &format!("{forged}~nonsense~{}", tokens[2]));
    enter(&browser, &orion.user("gus").await).await.expect(303);
    assert_eq!(kept(&browser)[1..], tokens[2..3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_trusts_a_browser_again_and_again_pushes_nobody_else_out() {
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let (app, _) = enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    enter(&browser, &bob).await.expect(303);
    for _ in 0..6 {
        later(&orion).await;
        // The trust runs out, and the device is forgotten or trusted anew: each time by another token.
        orion.advance(Duration::from_secs(31 * 86_400)).await;
        let next = enter(&browser, &ada).await.expect(303).header("location").unwrap();
        let code = app.code(now(&orion));
        browser.send(&next, &[("step", "totp"), ("code", &code), ("trust", "yes")]).await.expect(303);
    }
    assert_eq!(kept(&browser).len(), 2, "one for each of them");
}
