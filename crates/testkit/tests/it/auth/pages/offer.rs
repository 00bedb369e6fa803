//! `/auth/flow` after a backup code: another app is offered to whoever has lost theirs.

use super::flow::{FROM_SHOP, SHOP, begin, key_in};
use super::passkey::options;
use super::sign_in::{code_in, exchange};
use super::{Browser, mark_in};
use crate::auth::flows::later;
use crate::auth::passkeys::add;
use crate::auth::two_factor::{enrol, now};
use crate::auth::{count, flows};
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Authenticator, AuthenticatorKey, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/auth/flow";
const ME: &str = "/api/v1/auth/me";

async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.return_urls", SHOP).start().await
}

/// A browser in which somebody has just given a backup code; with the mark of its forms, and what it shows.
async fn offered(orion: &TestPlatform, user: &TestUser, code: &str) -> (Browser, String, String) {
    let browser = Browser::new(orion);
    let next = begin(&browser, &user.email, FROM_SHOP).await;
    let mark = mark_in(&browser.open(&next).await.expect(200).text);
    browser.send_marked(PATH, &mark, &[("step", "backup_code"), ("code", code)]).await.expect(303);
    let page = browser.open(&next).await.expect(200).text;
    (browser, mark, page)
}

/// Uses all backup codes up but these.
async fn leave(orion: &TestPlatform, user: &TestUser, left: i64) {
    let sql = "UPDATE two_factor_backup_codes SET used_at = $2 WHERE user_id = $1 AND id NOT IN \
        (SELECT id FROM two_factor_backup_codes WHERE user_id = $1 AND used_at IS NULL ORDER BY id LIMIT $3)";
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let values = [user.id.0.into(), now(orion).into(), left.into()];
    txn.execute_raw(statement(txn.connection(), sql, values)).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gives_a_backup_code_is_told_how_many_are_left_and_may_go_on_without_another_app() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let (browser, mark, page) = offered(&orion, &ada, &codes[0]).await;
    assert!(page.contains("Have you lost your app?") && page.contains("You have 9 left."), "{page}");
    assert!(!page.contains("<svg") && !page.contains("<code"), "no key is made by looking: {page}");
    assert!(!page.contains("data-passkey") && !page.contains("name=\"trust\""), "{page}");
    let sessions = "SELECT COUNT(*) AS n FROM sign_in_codes";
    assert_eq!(count(&orion, sessions, []).await, 0, "nobody is signed in before the answer");
    let back = browser.send_marked(PATH, &mark, &[("step", "declined")]).await;
    let again = browser.send_marked(PATH, &mark, &[("step", "declined")]).await.expect(200);
    assert!(again.text.contains("Your sign-in works"), "{}", again.text);
    exchange(&orion, &code_in(&back)).await.expect(200);

    // Nothing has changed.
    later(&orion).await;
    let flow = flows::begin(&orion, &ada.email).await;
    flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
    // A program is offered nothing: the code signs in at once.
    let flow = flows::begin(&orion, &ada.email).await;
    flow.step("backup-code", json!({ "code": codes[1] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_app_takes_the_place_of_the_lost_one_and_voids_what_rests_on_that() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (lost, codes) = enrol(&orion, &ada).await;
    later(&orion).await;
    // Somebody has the lost app: they are signed in, trust their device, and are on the way in.
    let thief = flows::begin(&orion, &ada.email).await;
    let code = lost.code(now(&orion));
    let tokens: Value = thief.step("totp", json!({ "code": code, "trust_device": true })).await.expect(200).json();
    let thief = orion.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    thief.get(ME).await.expect(200);
    let on_the_way = flows::begin(&orion, &ada.email).await;

    let (browser, mark, _) = offered(&orion, &ada, &codes[0]).await;
    let step = async |fields: &[(&str, &str)]| browser.send_marked(PATH, &mark, fields).await;
    step(&[("step", "enrol")]).await.expect(303);
    let page = browser.open(PATH).await.expect(200).text;
    let app = Authenticator::with(&key_in(&page));
    assert!(page.contains("Set up another app") && page.contains("value=\"declined\""), "{page}");
    // The lost app's codes set nothing up.
    step(&[("step", "totp"), ("code", &lost.code(now(&orion)))]).await.expect(422);
    step(&[("step", "totp"), ("code", &app.code(now(&orion)))]).await.expect(303);
    let page = browser.open(PATH).await.expect(200).text;
    let fresh = page.split_once("<pre class=\"codes\">").expect("new codes").1.split('<').next().unwrap().to_owned();
    assert_eq!(fresh.lines().count(), 10, "{page}");
    let back = step(&[("step", "kept")]).await;
    let tokens: Value = exchange(&orion, &code_in(&back)).await.expect(200).json();
    let owner = orion.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    owner.get(ME).await.expect(200);

    thief.get(ME).await.expect(401);
    assert_problem!(on_the_way.step("backup-code", json!({ "code": codes[1] })).await, 410, "flow-over");
    let trusted = count(&orion, "SELECT COUNT(*) AS n FROM devices WHERE trusted_until IS NOT NULL", []).await;
    assert_eq!(trusted, 0);
    later(&orion).await;
    let flow = flows::begin(&orion, &ada.email).await;
    flow.step("totp", json!({ "code": lost.code(now(&orion)) })).await.expect(422);
    flow.step("backup-code", json!({ "code": codes[2] })).await.expect(422);
    flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
    let flow = flows::begin(&orion, &ada.email).await;
    flow.step("backup-code", json!({ "code": fresh.lines().next().unwrap() })).await.expect(200);

    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = $1";
    for kind in ["factor.added", "factor.backup_codes_renewed"] {
        assert!(count(&orion, noted, [kind.into()]).await > 0, "{kind}");
    }
    let by = "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'password+backup_code'";
    assert_eq!(count(&orion, by, []).await, 2, "how they got in stays the backup code");
    eventually("a mail to the owner", || async {
        let mails = orion.mailbox.to(&ada.email).await;
        mails.iter().any(|mail| mail.contains("A second factor was set up")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_none_left_is_told_who_can_help_and_one_without_an_app_is_offered_a_first_one() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    add(&ada, &mut AuthenticatorKey::new()).await;
    let shown: Value = ada.post("/api/v1/auth/two-factor/backup-codes", json!({})).await.expect(200).json();
    let codes: Vec<&str> = shown["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let (browser, mark, page) = offered(&orion, &ada, codes[0]).await;
    assert!(page.contains("Have you lost your passkey?") && page.contains("You have 9 left."), "{page}");
    let told = async |left| {
        leave(&orion, &ada, left).await;
        browser.open(PATH).await.expect(200).text
    };
    assert!(told(1).await.contains("You have one left."));
    let page = told(0).await;
    assert!(page.contains("It was the last one") && page.contains("only an administrator of ORION"), "{page}");
    browser.send_marked(PATH, &mark, &[("step", "enrol")]).await.expect(303);
    let app = Authenticator::with(&key_in(&browser.open(PATH).await.expect(200).text));
    let code = app.code(now(&orion));
    browser.send_marked(PATH, &mark, &[("step", "totp"), ("code", &code)]).await.expect(303);
    let back = browser.send_marked(PATH, &mark, &[("step", "kept")]).await;
    exchange(&orion, &code_in(&back)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_offer_is_no_way_round_the_second_factor() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    later(&orion).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let mark = mark_in(&browser.open(&next).await.expect(200).text);
    // Whoever has shown the password alone declines nothing, and sets nothing up.
    for step in ["declined", "enrol", "kept"] {
        let answer = browser.send_marked(&next, &mark, &[("step", step)]).await.expect(303);
        assert_eq!(answer.header("location").as_deref(), Some(next.as_str()), "{step}");
    }
    let page = browser.open(&next).await.expect(200).text;
    assert!(page.contains("Enter your code") && !page.contains("<code"), "{page}");
    // Nor does whoever has the app need another one.
    let back = browser.send_marked(&next, &mark, &[("step", "totp"), ("code", &app.code(now(&orion)))]).await;
    exchange(&orion, &code_in(&back)).await.expect(200);

    // A passkey takes no lost app's place.
    let (browser, mark, _) = offered(&orion, &ada, &codes[0]).await;
    browser.send_marked("/auth/flow/passkey-enrolment-options", &mark, &[]).await.expect(409);
    browser.send_marked(PATH, &mark, &[("step", "passkey_enrolment"), ("credential", "{}")]).await.expect(303);
    browser.open("/auth/flow/backup-codes.txt").await.expect(410);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM passkeys", []).await, 0);
    // Of many answers at once one counts, and all lead to one code.
    let answers = (0..10).map(|_| Answer::of(browser.post(PATH, &mark, &[("step", "declined")])));
    let answers = futures_util::future::join_all(answers).await;
    let led: std::collections::BTreeSet<_> = answers.iter().map(code_in).collect();
    assert_eq!(led.len(), 1, "{led:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_code_gives_the_time_and_the_tries_to_answer_the_offer() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let (lost, codes) = enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let mark = mark_in(&browser.open(&next).await.expect(200).text);
    let step = async |fields: &[(&str, &str)]| browser.send_marked(PATH, &mark, fields).await;
    // Ten minutes are for all steps of a sign-in; what is used up gives as much again.
    orion.advance(Duration::from_secs(540)).await;
    step(&[("step", "backup_code"), ("code", &codes[0])]).await.expect(303);
    orion.advance(Duration::from_secs(540)).await;
    step(&[("step", "enrol")]).await.expect(303);
    let app = Authenticator::with(&key_in(&browser.open(PATH).await.expect(200).text));
    for _ in 0..7 {
        step(&[("step", "totp"), ("code", &lost.code(now(&orion)))]).await.expect(422);
    }
    step(&[("step", "totp"), ("code", &app.code(now(&orion)))]).await.expect(303);
    orion.advance(Duration::from_secs(540)).await;
    assert!(
        browser.open(PATH).await.expect(200).text.contains("<pre class=\"codes\">"),
        "the new codes are there still"
    );
    exchange(&orion, &code_in(&step(&[("step", "kept")]).await)).await.expect(200);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM login_attempts WHERE status = 'failed'", []).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_was_asked_for_before_the_backup_code_answers_no_offer() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let (_, codes) = enrol(&orion, &ada).await;
    let browser = Browser::new(&orion);
    let next = begin(&browser, &ada.email, FROM_SHOP).await;
    let told = options(&browser, &next, "/auth/flow/passkey-options").await;
    let mark = mark_in(&browser.open(&next).await.expect(200).text);
    browser.send_marked(PATH, &mark, &[("step", "backup_code"), ("code", &codes[0])]).await.expect(303);
    let credential = key.get(&told["public_key"]).to_string();
    browser.send_marked(PATH, &mark, &[("step", "passkey"), ("credential", &credential)]).await;
    let page = browser.open(PATH).await.expect(200).text;
    assert!(page.contains("Have you lost your app?"), "{page}");
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM sign_in_codes", []).await, 0);
}
