//! `/console/session/steps`: signing in step by step, and proving once more who one is.

use super::Browser;
use crate::auth::passkeys::{add, enrolment_options};
use crate::auth::providers::{link, location, platform, visit};
use crate::auth::two_factor::{enrol, now};
use orion_contracts::admin::{ConsoleFlow, ConsoleSession};
use orion_contracts::auth::{FlowMethod, FlowPasskeyEnrolment, FlowStep, PasskeyRequest, ProviderVisit, TotpEnrolment};
use orion_testkit::provider::Provider;
use orion_testkit::{Answer, Authenticator, AuthenticatorKey, PASSWORD, TestPlatform, assert_problem};
use serde_json::json;
use std::time::Duration;

const ROLE: &str = "moderator";
const VISIT: &str = "/console/session/provider-visit";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_a_step_of_the_sign_in_and_no_token_reaches_the_page() {
    let orion = TestPlatform::start().await;
    let mona = orion.user("mona").with_role(ROLE).await;
    let (app, codes) = enrol(&orion, &mona).await;
    orion.advance(Duration::from_secs(90)).await;

    let mut browser = Browser::new(&orion);
    assert_problem!(browser.step("steps/totp", json!({ "code": "000000" })).await, 410, "flow-over");
    let answer = browser.sign_in(&mona.email).await.expect(202);
    assert_eq!(answer.json::<ConsoleFlow>().next, FlowStep::SecondFactor);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"), "{cookie}");
    assert!(!answer.text.contains("token"), "{}", answer.text);
    assert_problem!(browser.get("/console/session").await, 401, "no-console-session");

    let wrong = browser.step("steps/totp", json!({ "code": "00000a" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["code"]);
    let nothing = browser.step("steps/totp", json!({})).await;
    assert_eq!(assert_problem!(nothing, 422, "validation").problem_fields(), ["code"]);
    let session = browser.step("steps/totp", json!({ "code": app.code(now(&orion)) })).await.expect(201);
    assert_eq!(session.json::<ConsoleSession>().user_id, mona.id);
    assert!(browser.flow.is_none(), "it is over");
    browser.get("/console/session").await.expect(200);

    let mut other = Browser::new(&orion);
    other.sign_in(&mona.email).await.expect(202);
    other.step("steps/backup-code", json!({ "code": codes[0] })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_is_trusted_signs_in_with_the_password_alone_and_another_one_does_not() {
    let orion = TestPlatform::start().await;
    let mona = orion.user("mona").with_role(ROLE).await;
    let (_, codes) = enrol(&orion, &mona).await;
    let mut browser = Browser::new(&orion);
    browser.sign_in(&mona.email).await.expect(202);
    browser.step("steps/backup-code", json!({ "code": codes[0], "trust_device": true })).await.expect(201);
    let kept = browser.device.clone().expect("a cookie by which it is known");
    browser.delete("/console/session").await.expect(204);
    browser.sign_in(&mona.email).await.expect(201);
    assert_eq!(browser.device, Some(kept), "it is the same device");
    Browser::new(&orion).sign_in(&mona.email).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_use_the_console_is_told_so_at_the_last_step() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (_, codes) = enrol(&orion, &ada).await;
    let mut browser = Browser::new(&orion);
    browser.sign_in(&ada.email).await.expect(202);
    let answer = browser.step("steps/backup-code", json!({ "code": codes[0] })).await;
    assert_problem!(answer, 403, "console-forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_demands_a_second_factor_has_it_set_up_at_the_sign_in() {
    let orion = TestPlatform::builder().set("auth.second_factor_roles", "super_admin").start().await;
    // Made by a one-time link, which signs in as well.
    let token = orion.setup_token().await.expect("nobody is administrator yet");
    let mut browser = Browser::new(&orion);
    let order = json!({ "token": token, "email": "root@example.com", "password": PASSWORD });
    let answer = browser.post("/console/setup", order).await.expect(202);
    browser.keep_cookie(&answer);
    assert_eq!(answer.json::<ConsoleFlow>().next, FlowStep::EnrolSecondFactor);
    let shown: TotpEnrolment = browser.post("/console/session/totp-enrolment", json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(now(&orion));
    let kept = browser.step("steps/totp", json!({ "code": code })).await.expect(202).json::<ConsoleFlow>();
    assert_eq!(kept.next, FlowStep::KeepBackupCodes);
    assert_eq!(kept.backup_codes.map_or(0, |made| made.codes.len()), 10);
    browser.step("steps/kept-backup-codes", json!({})).await.expect(201);
    browser.get("/console/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_alone_and_proves_once_more_who_one_is() {
    let orion = TestPlatform::start().await;
    let mona = orion.user("mona").with_role(ROLE).await;
    let mut key = AuthenticatorKey::new();
    add(&mona, &mut key).await;
    let mut browser = Browser::new(&orion);
    assert_problem!(browser.step("passkey-options", json!({})).await, 410, "flow-over");
    let begun: ConsoleFlow = browser.step("passkey", json!({})).await.expect(202).json();
    assert_eq!((begun.next, begun.methods), (FlowStep::FirstFactor, vec![FlowMethod::Passkey]));
    assert_problem!(browser.step("steps/passkey", json!({})).await, 422, "validation");
    let asked: PasskeyRequest = browser.step("passkey-options", json!({})).await.expect(200).json();
    let mut other = AuthenticatorKey::new();
    other.create(&enrolment_options(&mona).await.public_key);
    let wrong = browser.step("steps/passkey", json!({ "credential": other.get(&asked.public_key) })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["credential"]);
    let asked: PasskeyRequest = browser.step("passkey-options", json!({})).await.expect(200).json();
    let credential = key.get(&asked.public_key);
    let session = browser.step("steps/passkey", json!({ "credential": credential })).await.expect(201);
    let session: ConsoleSession = session.json();
    assert_eq!((session.user_id, session.email.as_str()), (mona.id, mona.email.as_str()));

    let begun: ConsoleFlow = browser.step("step-up", json!({})).await.expect(202).json();
    assert!(begun.methods.contains(&FlowMethod::Passkey), "{begun:?}");
    let asked: PasskeyRequest = browser.step("passkey-options", json!({})).await.expect(200).json();
    browser.step("steps/passkey", json!({ "credential": key.get(&asked.public_key) })).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_a_role_demands_is_set_up_at_the_sign_in() {
    let orion = TestPlatform::builder().set("auth.second_factor_roles", ROLE).start().await;
    let mona = orion.user("mona").with_role(ROLE).await;
    let mut browser = Browser::new(&orion);
    let needs: ConsoleFlow = browser.sign_in(&mona.email).await.expect(202).json();
    assert!(needs.methods.contains(&FlowMethod::PasskeyEnrolment), "{needs:?}");
    let asked: FlowPasskeyEnrolment = browser.step("passkey-enrolment-options", json!({})).await.expect(200).json();
    let mut key = AuthenticatorKey::new();
    let order = json!({ "credential": key.create(&asked.public_key) });
    let kept: ConsoleFlow = browser.step("steps/passkey-enrolment", order).await.expect(202).json();
    assert_eq!(kept.next, FlowStep::KeepBackupCodes);
    browser.step("steps/kept-backup-codes", json!({})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_fresh_sign_in_is_done_after_a_step_up_in_the_same_session() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut browser = Browser::administrator(&orion).await;
    let cookie = browser.cookie.clone();
    orion.advance(Duration::from_secs(600)).await;
    let path = format!("/api/v1/users/{}/roles/{ROLE}", ada.id);
    let assign =
        async |browser: &Browser| orion_testkit::Answer::of(browser.proven("PUT", &path).json(&json!({}))).await;
    assert_problem!(assign(&browser).await, 401, "insufficient-user-authentication");
    browser.get("/console/session").await.expect(200);

    let answer = browser.step("step-up", json!({})).await.expect(202);
    assert_eq!(answer.json::<ConsoleFlow>().next, FlowStep::FirstFactor);
    let wrong = browser.step("steps/password", json!({ "password": "not the password" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["password"]);

    // The steps are of this session: without its cookie, or with another one, they give nothing.
    let mut thief = Browser::new(&orion);
    thief.flow.clone_from(&browser.flow);
    assert_problem!(thief.step("steps/password", json!({ "password": PASSWORD })).await, 401, "no-console-session");

    browser.step("steps/password", json!({ "password": PASSWORD })).await.expect(204);
    assert_eq!(browser.cookie, cookie, "the session goes on");
    assert!(browser.flow.is_none(), "the steps are over");
    assign(&browser).await.expect(204);
    // Its tokens were replaced, and can be refreshed.
    orion.advance(Duration::from_secs(600)).await;
    browser.get("/api/v1/users/me").await.expect(200);
    assert_problem!(assign(&browser).await, 401, "insufficient-user-authentication");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_goes_on_by_what_a_provider_gives_to_a_window_of_the_console() {
    let provider = Provider::start().await;
    let orion = platform(&provider).await;
    let mona = orion.user("mona").with_role(ROLE).await;
    let window = crate::auth::pages::Browser::new(&orion);
    link(&mona, &window).await.expect(200);
    let mut browser = Browser::new(&orion);
    browser.sign_in(&mona.email).await.expect(201);
    let order = json!({ "provider": "shop", "state": "s9" });
    assert_problem!(browser.post(VISIT, order.clone()).await, 410, "flow-over");
    let flow: ConsoleFlow = browser.step("step-up", json!({})).await.expect(202).json();
    assert_eq!(
        (&flow.methods[..], flow.providers[0].label.as_str()),
        (&[FlowMethod::Password, FlowMethod::Provider][..], "The Shop")
    );

    // Nobody else's page is returned to, also not where a token is sent along, which needs no other proof.
    let foreign = browser.request("POST", VISIT).header("x-orion-csrf", "1").header("origin", "https://evil.example");
    assert_problem!(Answer::of(foreign.bearer_auth("x").json(&order)).await, 403, "csrf");
    let mut thief = Browser::new(&orion);
    thief.flow.clone_from(&browser.flow);
    assert_problem!(thief.post(VISIT, order.clone()).await, 401, "no-console-session");
    let begun: ProviderVisit = browser.post(VISIT, order).await.expect(200).json();
    let url = url::Url::parse(&begun.url).unwrap();
    let back = visit(&window, &format!("{}?{}", url.path(), url.query().unwrap())).await.expect(303);
    let back = location(&back);
    assert!(back.starts_with(&format!("{}/step-up?code=", browser.origin)) && back.ends_with("&state=s9"), "{back}");
    let back = url::Url::parse(&back).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let wrong = browser.step("steps/provider", json!({ "code": "made up" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["code"]);
    browser.step("steps/provider", json!({ "code": code })).await.expect(204);
    browser.get("/console/session").await.expect(200);
}
