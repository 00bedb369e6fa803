//! `/auth/flow`

use super::sign_in::{code_in, exchange};
use super::{Browser, said_of};
use crate::auth::two_factor::{enrol, now};
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Authenticator, PASSWORD, TestPlatform, TestUser};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/auth/flow";
pub(super) const SHOP: &str = "https://shop.example/back?x=1";
pub(super) const FROM_SHOP: &str = "return_to=https%3A%2F%2Fshop.example%2Fback%3Fx%3D1&\
    code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&state=here";

async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.return_urls", SHOP).start().await
}

async fn execute(orion: &TestPlatform, sql: &str, user: &TestUser) {
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    txn.execute_raw(statement(txn.connection(), sql, [user.id.0.into(), now(orion).into()])).await.unwrap();
    txn.commit().await.unwrap();
}

/// Gives the password on the page; the address of the next step.
pub(super) async fn begin(browser: &Browser, email: &str, query: &str) -> String {
    let typed = [("email", email), ("password", PASSWORD)];
    let next = browser.send(&format!("/auth/sign-in?{query}"), &typed).await.expect(303).header("location").unwrap();
    assert!(next.starts_with(PATH), "{next}");
    next
}

/// The key for an app on a page: in groups of four letters, and whole where it is copied.
pub(super) fn key_in(page: &str) -> String {
    let shown = page.split_once("<code id=\"key\">").expect("a key").1.split_once("</code>").unwrap().0;
    let groups: Vec<_> = shown.split("<span>").skip(1).map(|group| group.trim_end_matches("</span>")).collect();
    assert!(groups.len() == 8 && groups.iter().all(|group| group.len() == 4), "{shown}");
    groups.concat()
}

/// Gives a backup code, and wants no other app.
pub(super) async fn by_backup_code(browser: &Browser, path: &str, mark: &str, code: &str) -> Answer {
    let offer = browser.send_marked(path, mark, &[("step", "backup_code"), ("code", code)]).await.expect(303);
    assert!(offer.header("location").unwrap().starts_with(PATH), "{offer:?}");
    browser.send_marked(path, mark, &[("step", "declined")]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_and_leads_back_to_the_product() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(90)).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    for _ in 0..2 {
        let page = browser.open(&next).await.expect(200);
        assert!(page.text.contains("autocomplete=\"one-time-code\""), "{}", page.text);
    }
    let step = |code: String| [("step", "totp".to_owned()), ("code", code)];
    let wrong = step("123".to_owned());
    let page = browser.send(&next, &wrong.each_ref().map(|(name, value)| (*name, value.as_str()))).await.expect(422);
    assert_eq!(said_of(&page.text, "code"), Some("This code is wrong, too old, or was used."));
    let right = step(app.code(now(&orion)));
    let back = browser.send(&next, &right.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert!(back.header("location").unwrap().ends_with("&state=here"), "{back:?}");
    let tokens: Value = exchange(&orion, &code_in(&back)).await.expect(200).json();
    assert_eq!(tokens["user_id"], json!(ada.id));
    let page = browser.open(&next).await.expect(200);
    assert!(page.text.contains("Your sign-in works"), "{}", page.text);

    let next = begin(&browser, &ada.email, "").await;
    let page = browser.open(&next).await.expect(200);
    assert!(page.text.contains("href=\"/auth/flow?by=backup_code\""), "{}", page.text);
    let next = "/auth/flow?by=backup_code";
    let mark = super::mark_in(&page.text);
    let done = by_backup_code(&browser, next, &mark, &codes[0]).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_belongs_to_the_browser_that_began_it() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let (browser, other) = (Browser::new(&orion), Browser::new(&orion));
    let next = begin(&browser, &ada.email, "").await;
    other.open("/auth/sign-in").await.expect(200);
    other.open(&next).await.expect(410);
    let mut kept = browser.cookie("orion_flow_3000").unwrap();
    kept.pop();
    browser.cookies.lock().unwrap().insert("orion_flow_3000".to_owned(), kept);
    browser.open(&next).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_leads_where_it_was_begun_for_and_an_address_that_says_otherwise_is_refused() {
    let other = "https://other.example/";
    let orion = TestPlatform::builder().set("auth.return_urls", format!("{SHOP} {other}")).start().await;
    let ada = orion.user("ada").await;
    let (_, codes) = enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let form = [("step", "backup_code"), ("code", codes[0].as_str())];
    let mark = super::mark_in(&browser.open(&next).await.expect(200).text);
    let elsewhere = FROM_SHOP.replace("https%3A%2F%2Fshop.example%2Fback%3Fx%3D1", "https%3A%2F%2Fother.example%2F");
    for query in [
        elsewhere.clone(),
        FROM_SHOP.replace("state=here", "state=there"),
        FROM_SHOP.replace("&state=here", ""),
        FROM_SHOP.replace("E9Mel", "e9Mel"),
    ] {
        let path = format!("{PATH}?{query}");
        for answer in [browser.open(&path).await, browser.send_marked(&path, &mark, &form).await] {
            let answer = answer.expect(409);
            assert!(answer.text.contains("Another sign-in was begun"), "{query}: {}", answer.text);
            assert!(answer.header("set-cookie").is_none() && answer.header("location").is_none(), "{answer:?}");
        }
    }
    // Its own address can be loaded again, and one that says nothing goes on with it.
    browser.open(&next).await.expect(200);
    let page = browser.open(PATH).await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://shop.example;"), "{policy}");
    let back = by_backup_code(&browser, PATH, &mark, &codes[0]).await;
    assert!(back.header("location").unwrap().ends_with("&state=here"), "{back:?}");
    exchange(&orion, &code_in(&back)).await.expect(200);

    // Of one that no product waits for, none is told either.
    begin(&browser, &ada.email, "").await;
    browser.send_marked(&next, &mark, &[("step", "backup_code"), ("code", &codes[1])]).await.expect(409);
    let done = by_backup_code(&browser, PATH, &mark, &codes[1]).await.expect(303);
    assert_eq!(done.header("location").as_deref(), Some("/auth/signed-in"));

    // Two tabs: the one that was begun first is over, the other goes on.
    begin(&browser, &ada.email, FROM_SHOP).await;
    let last = begin(&browser, &ada.email, &elsewhere).await;
    browser.open(&next).await.expect(409);
    let done = by_backup_code(&browser, &last, &mark, &codes[2]).await.expect(303);
    assert!(done.header("location").unwrap().starts_with("https://other.example/?code="), "{done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_whose_product_is_not_registered_any_more_leads_nowhere() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (_, codes) = enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let mark = super::mark_in(&browser.open(&next).await.expect(200).text);
    // As if the operator had taken the address away meanwhile.
    let moved = "UPDATE flows SET return_to = 'https://shop.example/gone', created_at = $2 WHERE user_id = $1";
    execute(&orion, moved, &ada).await;
    let form = [("step", "backup_code"), ("code", codes[0].as_str())];
    browser.send_marked(PATH, &mark, &form).await.expect(410);
    browser.open(PATH).await.expect(410);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_wrong_codes_end_a_flow() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1000).start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, "").await;
    let mut statuses = Vec::new();
    let mark = super::mark_in(&browser.open(&next).await.text);
    for _ in 0..6 {
        statuses.push(browser.send_marked(&next, &mark, &[("step", "totp"), ("code", "1")]).await.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 410, 410]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_has_to_be_changed_is_changed_on_the_way() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    execute(&orion, "UPDATE credentials SET must_change = TRUE, changed_at = $2 WHERE user_id = $1", &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let send = async |password: &str, repeated: &str| {
        browser.send(&next, &[("step", "new_password"), ("password", password), ("repeated", repeated)]).await
    };
    const OTHER: &str = "another long password";
    for (password, repeated, field) in [
        ("short", "short", "password"),
        (OTHER, "differs", "repeated"),
        (PASSWORD, PASSWORD, "password"),
        ("", "", "password"),
    ] {
        let page = send(password, repeated).await.expect(422);
        assert!(said_of(&page.text, field).is_some(), "{}", page.text);
    }
    let back = send(OTHER, OTHER).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
    TestUser::sign_in(&orion.anonymous(), &ada.email, OTHER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_that_a_role_demands_is_set_up_on_the_way() {
    let orion =
        TestPlatform::builder().set("auth.return_urls", SHOP).set("auth.second_factor_roles", "user").start().await;
    let email = "eva@example.com";
    orion.anonymous().post("/api/v1/auth/register", json!({ "email": email, "password": PASSWORD })).await.expect(201);
    let token = orion.mailbox.verification_token(email).await;
    let order = json!({ "token": token, "password": PASSWORD });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    let browser = Browser::new(&orion);
    let next = begin(&browser, email, FROM_SHOP).await;
    let page = browser.open(&next).await.expect(200);
    assert!(!page.text.contains("<svg"), "no key is made by looking: {}", page.text);
    let again = browser.send(&next, &[("step", "enrol")]).await.expect(303);
    assert_eq!(again.header("location").as_deref(), Some(next.as_str()));
    let page = browser.open(&next).await.expect(200);
    assert!(page.text.contains("<svg") && !page.text.contains("<?xml"), "{}", page.text);
    // For whoever has the app on the device that shows the page.
    let address = page.text.split_once("href=\"otpauth://totp/").expect("a link").1.split('"').next().unwrap();
    assert!(address.contains("eva%40example.com?secret=") && address.contains(&key_in(&page.text)), "{address}");
    let shown = key_in(&page.text);
    let page = browser.send(&next, &[("step", "totp"), ("code", "1")]).await.expect(422);
    assert_eq!(key_in(&page.text), shown, "a mistake asks for no other key");
    let code = Authenticator::with(&shown).code(now(&orion));
    let again = browser.send(&next, &[("step", "totp"), ("code", &code)]).await.expect(303);
    assert_eq!(again.header("location").as_deref(), Some(next.as_str()), "the codes come first");
    let page = browser.open(&next).await.expect(200);
    let codes = page.text.split_once("<pre class=\"codes\">").unwrap().1.split('<').next().unwrap().to_owned();
    assert_eq!(codes.lines().count(), 10, "{}", page.text);
    assert_eq!(browser.open(&next).await.text.matches(codes.trim()).count(), 1, "a page loaded again loses nothing");
    let file = browser.open("/auth/flow/backup-codes.txt").await.expect(200);
    assert_eq!(file.header("content-disposition").as_deref(), Some("attachment; filename=\"backup-codes.txt\""));
    assert!(file.text.contains(codes.trim()), "{}", file.text);
    Browser::new(&orion).open("/auth/flow/backup-codes.txt").await.expect(410);
    let back = browser.send(&next, &[("step", "kept")]).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
    browser.open("/auth/flow/backup-codes.txt").await.expect(410);
}
