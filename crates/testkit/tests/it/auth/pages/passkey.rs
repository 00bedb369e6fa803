//! Passkeys on the pages: `/auth/sign-in/passkey-options`, `/auth/flow/passkey-options` and what the forms carry.

use super::flow::{FROM_SHOP, SHOP, begin};
use super::sign_in::{code_in, exchange};
use super::{Browser, mark_in};
use crate::auth::count;
use crate::auth::passkeys::add;
use crate::auth::two_factor::enrol;
use orion_testkit::{Answer, AuthenticatorKey, PASSWORD, TestPlatform};
use serde_json::{Value, json};
use std::time::Duration;

const SIGN_IN: &str = "/auth/sign-in";
const OPTIONS: &str = "/auth/sign-in/passkey-options";

async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.return_urls", SHOP).start().await
}

/// What the script of a page is told.
pub(super) async fn options(browser: &Browser, page: &str, path: &str) -> Value {
    let mark = mark_in(&browser.open(page).await.text);
    browser.send_marked(path, &mark, &[]).await.expect(200).json()
}

fn text(told: &Value, field: &str) -> String {
    told[field].as_str().unwrap_or_default().to_owned()
}

/// Signs in as the script does.
pub(super) async fn sign_in(browser: &Browser, query: &str, key: &mut AuthenticatorKey) -> Answer {
    let page = format!("{SIGN_IN}?{query}");
    let told = options(browser, &page, &format!("{OPTIONS}?{query}")).await;
    let credential = key.get(&told["public_key"]).to_string();
    let (id, token) = (text(&told, "flow_id"), text(&told, "flow_token"));
    let form = [("step", "passkey"), ("credential", &credential), ("flow_id", &id), ("flow_token", &token)];
    browser.send(&page, &form).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_alone_and_leads_back_to_the_product() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let browser = Browser::new(&orion);
    let page = browser.open(SIGN_IN).await.expect(200);
    assert!(page.text.contains("autocomplete=\"username webauthn\"") && page.text.contains("data-passkey=\"get\""));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    let back = sign_in(&browser, FROM_SHOP, &mut key).await;
    let tokens: Value = exchange(&orion, &code_in(&back)).await.expect(200).json();
    assert_eq!(tokens["user_id"], json!(ada.id));
    let done = sign_in(&browser, "", &mut key).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_nobody_knows_here_is_refused_in_words_and_another_way_stays_open() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let mut unknown = AuthenticatorKey::new();
    unknown.create(&crate::auth::passkeys::enrolment_options(&ada).await.public_key);
    let browser = Browser::new(&orion);
    let page = sign_in(&browser, "", &mut unknown).await.expect(422);
    assert!(page.text.contains("This passkey is not known here"), "{}", page.text);
    for broken in ["", "{}", "not JSON", "[[[["] {
        let form = [("step", "passkey"), ("credential", broken), ("flow_id", "x"), ("flow_token", "")];
        browser.send(SIGN_IN, &form).await.expect(422);
    }
    let typed = [("email", ada.email.as_str()), ("password", PASSWORD)];
    browser.send(SIGN_IN, &typed).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_stood_open_for_too_long_asks_for_the_passkey_once_more() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let browser = Browser::new(&orion);
    let page = format!("{SIGN_IN}?{FROM_SHOP}");
    let told = options(&browser, &page, &format!("{OPTIONS}?{FROM_SHOP}")).await;
    assert_eq!(told["expires_in"], 600, "the script asks anew before");
    let credential = key.get(&told["public_key"]).to_string();
    let (id, token) = (text(&told, "flow_id"), text(&told, "flow_token"));
    let form = [("step", "passkey"), ("credential", &credential), ("flow_id", &id), ("flow_token", &token)];
    assert!(!browser.open(&page).await.text.contains("data-again"));
    orion.advance(Duration::from_secs(601)).await;
    let late = browser.send(&page, &form).await.expect(422);
    assert!(late.text.contains("This page had stood open for too long"), "{}", late.text);
    assert!(late.text.contains("data-again=\"yes\"") && late.text.contains("name=\"password\""), "{}", late.text);
    let back = sign_in(&browser, FROM_SHOP, &mut key).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
    let failed = "SELECT COUNT(*) AS n FROM login_attempts WHERE status = 'failed'";
    assert_eq!(count(&orion, failed, []).await, 0, "nobody has done anything wrong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(super) async fn options_are_for_pages_of_ours_alone() {
    let orion = start().await;
    let browser = Browser::new(&orion);
    browser.open(SIGN_IN).await.expect(200);
    for path in [OPTIONS, "/auth/flow/passkey-options", "/auth/flow/passkey-enrolment-options"] {
        browser.send_marked(path, "wrong", &[]).await.expect(403);
        let read = browser.open(path).await;
        assert!(read.status == 404 || read.status == 405, "{path}: {read:?}");
    }
    let mark = mark_in(&browser.open(SIGN_IN).await.text);
    browser.send_marked("/auth/flow/passkey-options", &mark, &[]).await.expect(410);
    let page = browser.open(SIGN_IN).await.text;
    let address = page.split_once("src=\"/auth/passkey.js?v=").unwrap().1.split('"').next().unwrap().to_owned();
    let script = orion.anonymous().get(&format!("/auth/passkey.js?v={address}")).await.expect(200);
    assert_eq!(script.header("content-type").as_deref(), Some("text/javascript; charset=utf-8"));
    assert!(script.header("cache-control").unwrap().contains("immutable") && script.header("set-cookie").is_none());
    // While an upgrade goes on, another version's page may ask this one.
    for other in ["/auth/passkey.js", "/auth/passkey.js?v=another"] {
        let script = orion.anonymous().get(other).await.expect(200);
        assert_eq!(script.header("cache-control").as_deref(), Some("no-store"), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_the_second_factor_where_there_is_no_app_and_offered_beside_one() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let page = browser.open(&next).await.expect(200);
    assert!(page.text.contains("data-passkey=\"get\"") && !page.text.contains("name=\"code\""), "{}", page.text);
    assert!(page.text.contains("by=backup_code") && page.text.contains("name=\"trust\""), "{}", page.text);
    let told = options(&browser, &next, "/auth/flow/passkey-options").await;
    assert!(told.get("flow_token").is_none(), "the browser's own flow needs none: {told}");
    let credential = key.get(&told["public_key"]).to_string();
    let form = [("step", "passkey"), ("credential", credential.as_str()), ("trust", "yes")];
    let back = browser.send(&next, &form).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
    // The device is trusted from then on.
    let typed = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let back = browser.send(&format!("{SIGN_IN}?{FROM_SHOP}"), &typed).await;
    exchange(&orion, &code_in(&back)).await.expect(200);

    enrol(&orion, &ada).await;
    let other = Browser::new(&orion);
    let next = begin(&other, &ada.email, "").await;
    let page = other.open(&next).await.expect(200);
    assert!(page.text.contains("data-passkey=\"get\"") && page.text.contains("name=\"code\""), "{}", page.text);
    // There the box stands in the form of the code, and the script takes it over.
    assert_eq!(page.text.matches("type=\"checkbox\" name=\"trust\"").count(), 1, "{}", page.text);
    assert!(page.text.contains("type=\"hidden\" name=\"trust\""), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_set_up_on_the_way_where_a_role_demands_a_second_factor() {
    let orion =
        TestPlatform::builder().set("auth.return_urls", SHOP).set("auth.second_factor_roles", "editor").start().await;
    let eda = orion.user("eda").with_role("editor").await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &eda.email, FROM_SHOP).await;
    let told = options(&browser, &next, "/auth/flow/passkey-enrolment-options").await;
    let mut key = AuthenticatorKey::new();
    key.create(&told["public_key"]);
    let page = browser.send(&next, &[("step", "passkey_enrolment"), ("credential", "{}")]).await.expect(422);
    assert!(page.text.contains("data-passkey=\"create\""), "{}", page.text);
    assert!(page.text.contains("This passkey could not be set up"), "{}", page.text);
    // Also once a key for an app was asked for.
    browser.send(&next, &[("step", "enrol")]).await.expect(303);
    let page = browser.open(&next).await.expect(200);
    assert!(page.text.contains("<svg") && page.text.contains("data-passkey=\"create\""), "{}", page.text);
    let told = options(&browser, &next, "/auth/flow/passkey-enrolment-options").await;
    let credential = key.create(&told["public_key"]).to_string();
    let form = [("step", "passkey_enrolment"), ("credential", credential.as_str())];
    let again = browser.send(&next, &form).await.expect(303);
    assert_eq!(again.header("location").as_deref(), Some(next.as_str()));
    assert!(browser.open(&next).await.text.contains("<pre class=\"codes\">"));
    let back = browser.send(&next, &[("step", "kept")]).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
    let back = sign_in(&Browser::new(&orion), FROM_SHOP, &mut key).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
}
