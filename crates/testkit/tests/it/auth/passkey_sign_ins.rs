//! The steps of flows that passkeys do.

use super::flows::{Flow, claims, order_new_password};
use super::passkeys::{OPTIONS, PASSKEYS, STATUS, add, asked, enrolment_options, events, prove, sign_in, stranger};
use super::{count, facts, tell};
use orion_contracts::ServiceName;
use orion_contracts::auth::{FlowResponse, FlowStep, PasskeyList, TokenResponse, TwoFactorStatus};
use orion_contracts::users::UserStatus;
use orion_testkit::{Answer, AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::{Value, json};
use std::time::Duration;

const FLOWS: &str = "/api/v1/auth/flows";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_verifies_its_user_signs_in_alone_with_two_factors() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    let options = enrolment_options(&ada).await.public_key;
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["name"], "ada@example.com");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    let added = add(&ada, &mut key).await;
    assert_eq!(added.passkey.name, "Phone");
    assert_eq!(added.passkey.aaguid.to_string(), "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4");
    assert!(added.passkey.is_backed_up && added.passkey.last_used_at.is_none());

    let flow = stranger(&orion.anonymous()).await;
    assert_eq!(flow.told.next, FlowStep::FirstFactor);
    assert_eq!(serde_json::to_value(&flow.told.methods).unwrap(), json!(["passkey"]));
    let options = asked(&flow).await;
    assert_eq!((&options["allowCredentials"], &options["userVerification"]), (&json!([]), &json!("required")));
    assert_problem!(flow.step("password", json!({ "password": PASSWORD })).await, 409, "conflict");
    let answer = flow.step("passkey", json!({ "credential": key.get(&options) })).await.expect(200);
    let tokens: TokenResponse = answer.json();
    assert_eq!(tokens.user_id, ada.id);
    let claims = claims(tokens.access_token.expose());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["hwk", "user", "mfa"])));
    let found: PasskeyList = ada.get(PASSKEYS).await.expect(200).json();
    assert!(found.items[0].last_used_at.is_some());
    let methods = "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'passkey' AND status = 'success'";
    assert_eq!(count(&orion, methods, []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_does_not_verify_its_user_is_no_sign_in_by_itself() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::security_key();
    add(&ada, &mut key).await;
    let refused = sign_in(&orion, &mut key).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["credential"]);
    let flow = Flow::of(&orion.anonymous(), &ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202));
    prove(&flow, &mut key).await.expect(422);
    let next: FlowResponse = flow.step("password", json!({ "password": PASSWORD })).await.expect(202).json();
    assert_eq!(next.next, FlowStep::SecondFactor);
    prove(&flow, &mut key).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_takes_a_passkey_of_the_account_and_no_other() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let (mut hers, mut other) = (AuthenticatorKey::new(), AuthenticatorKey::new());
    add(&ada, &mut hers).await;
    add(&eve, &mut other).await;
    orion.advance(Duration::from_secs(400)).await;
    assert_problem!(ada.post(OPTIONS, json!({})).await, 401, "insufficient-user-authentication");
    let flow = Flow::of(&orion.anonymous(), &ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202));
    assert_eq!(serde_json::to_value(&flow.told.methods).unwrap(), json!(["password", "passkey"]));
    let options = asked(&flow).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    prove(&flow, &mut other).await.expect(422);
    other.user_handle = hers.user_handle.clone();
    prove(&flow, &mut other).await.expect(422);
    let tokens: TokenResponse = prove(&flow, &mut hers).await.expect(200).json();
    assert_eq!((tokens.user_id, tokens.session_id), (ada.id, ada.session_id));
    let fresh = orion.anonymous().with_token(tokens.access_token.expose());
    fresh.post(OPTIONS, json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_answer_what_was_asked_for_is_refused_and_counted() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 100).start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let client = orion.anonymous();

    // Another site's page, another site's key, a key that nobody knows, somebody else's name on it, none, a forged flag.
    let flow = stranger(&client).await;
    key.origin = "http://localhost.evil.example:3000".to_owned();
    let refused = prove(&flow, &mut key).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["credential"]);
    key.origin = "http://localhost:3000".to_owned();
    key.framed = true;
    sign_in(&orion, &mut key).await.expect(422);
    key.framed = false;
    let mut options = asked(&flow).await;
    options["rpId"] = json!("evil.example");
    flow.step("passkey", json!({ "credential": key.get(&options) })).await.expect(422);
    let mut unknown = AuthenticatorKey::new();
    unknown.user_handle = key.user_handle.clone();
    prove(&flow, &mut unknown).await.expect(422);
    let own = std::mem::replace(&mut key.user_handle, eve.id.0.as_bytes().to_vec());
    prove(&flow, &mut key).await.expect(422);
    key.user_handle = own;
    let options = asked(&flow).await;
    let mut nameless = key.get(&options);
    nameless["response"].as_object_mut().unwrap().remove("userHandle");
    flow.step("passkey", json!({ "credential": nameless })).await.expect(422);
    assert_problem!(prove_late(&flow, &mut key).await, 410, "flow-over");
    let failed = "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'passkey' AND status = 'failed'";
    assert_eq!(count(&orion, failed, []).await, 6);

    // The challenge of another flow, of before, of none; and an answer given twice.
    let (one, two) = (stranger(&client).await, stranger(&client).await);
    let elsewhere = asked(&two).await;
    assert_problem!(one.step("passkey", json!({ "credential": key.get(&elsewhere) })).await, 409, "conflict");
    asked(&one).await;
    one.step("passkey", json!({ "credential": key.get(&elsewhere) })).await.expect(422);
    let before = asked(&one).await;
    asked(&one).await;
    one.step("passkey", json!({ "credential": key.get(&before) })).await.expect(422);
    let options = asked(&one).await;
    let answer = json!({ "credential": key.get(&options) });
    let mut forged = answer.clone();
    forged["credential"]["response"]["signature"] = json!("MEUCIQDi");
    one.step("passkey", forged).await.expect(422);
    assert_problem!(one.step("passkey", answer).await, 409, "conflict");
    let options = asked(&one).await;
    let answer = json!({ "credential": key.get(&options) });
    one.step("passkey", answer.clone()).await.expect(200);
    assert_problem!(one.step("passkey", answer.clone()).await, 410, "flow-over");
    asked(&two).await;
    two.step("passkey", answer).await.expect(422);
}

/// As [`prove`], in a flow that is over.
async fn prove_late(flow: &Flow, key: &mut AuthenticatorKey) -> Answer {
    let options = json!({ "challenge": "AAAA", "rpId": "localhost" });
    flow.step("passkey", json!({ "credential": key.get(&options) })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_uses_of_one_assertion_at_once_one_wins() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1000).start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let flow = stranger(&orion.anonymous()).await;
    let options = asked(&flow).await;
    let answer = json!({ "credential": key.get(&options) });
    let answers = futures_util::future::join_all((0..100).map(|_| flow.step("passkey", answer.clone()))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let others = answers.iter().filter(|answer| [409, 410, 422, 429].contains(&answer.status)).count();
    assert_eq!((won, others), (1, 99));
    // Not the one that has set it up by the password.
    let sessions = "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL AND amr LIKE '[\"hwk%'";
    assert_eq!(count(&orion, sessions, []).await, 1);

    // Also where the flow goes on after it.
    order_new_password(&orion, &ada).await;
    let flow = stranger(&orion.anonymous()).await;
    let options = asked(&flow).await;
    let answer = json!({ "credential": key.get(&options) });
    let answers = futures_util::future::join_all((0..100).map(|_| flow.step("passkey", answer.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_goes_back_and_flags_that_change_are_told_and_lock_nobody_out() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::security_key();
    (key.verifies, key.counter) = (true, Some(40));
    add(&ada, &mut key).await;
    sign_in(&orion, &mut key).await.expect(200);
    assert_eq!((events(&orion, "passkey.counted_back").await, events(&orion, "passkey.moved").await), (0, 0));

    key.counter = Some(7);
    sign_in(&orion, &mut key).await.expect(200);
    assert_eq!(events(&orion, "passkey.counted_back").await, 1);
    sign_in(&orion, &mut key).await.expect(200);
    assert_eq!(events(&orion, "passkey.counted_back").await, 1, "what it said last is stored");
    key.counter = None;
    sign_in(&orion, &mut key).await.expect(200);
    sign_in(&orion, &mut key).await.expect(200);
    assert_eq!(events(&orion, "passkey.counted_back").await, 2, "it counts no more");

    for (backup_eligible, backed_up) in [(true, false), (true, true), (false, false)] {
        (key.backup_eligible, key.backed_up) = (backup_eligible, backed_up);
        sign_in(&orion, &mut key).await.expect(200);
    }
    sign_in(&orion, &mut key).await.expect(200);
    assert_eq!(events(&orion, "passkey.moved").await, 3);

    // Also where another step follows: what was noticed is audited, though the sign-in is not done.
    order_new_password(&orion, &ada).await;
    (key.backup_eligible, key.backed_up) = (true, true);
    sign_in(&orion, &mut key).await.expect(202);
    assert_eq!(events(&orion, "passkey.moved").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_sign_in_does_not_by_a_passkey_either() {
    let orion = TestPlatform::start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let (mut key, mut other) = (AuthenticatorKey::new(), AuthenticatorKey::new());
    add(&ada, &mut key).await;
    add(&eve, &mut other).await;
    let admin = orion.administrator().await;
    tell(&orion, &facts(&ada, UserStatus::Suspended), 1000).await;
    assert_problem!(sign_in(&orion, &mut key).await, 422, "validation");
    let metrics = Client::new(orion.service_url(ServiceName::Auth)).get("/metrics").await.text;
    let of_passkeys =
        |status: &str| format!("auth_attempts_total{{method=\"passkey\",service=\"auth\",status=\"{status}\"}} 1");
    assert!(metrics.contains(&of_passkeys("failed")) && !metrics.contains(&of_passkeys("success")), "{metrics}");
    let refused =
        "SELECT COUNT(*) AS n FROM login_attempts WHERE user_id = $1 AND status = 'failed' AND method = 'passkey'";
    assert_eq!(count(&orion, refused, [ada.id.0.into()]).await, 1, "it is an attempt, with why it failed");
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", eve.id);
    admin.post(&reset, json!({ "reason": "Lost the phone" })).await.expect(204);
    sign_in(&orion, &mut other).await.expect(422);
    let eve = TestUser::sign_in(&orion.anonymous(), &eve.email, PASSWORD).await;
    assert!(!eve.get(STATUS).await.json::<TwoFactorStatus>().enabled);

    add(&eve, &mut AuthenticatorKey::new()).await;
    tell(&orion, &facts(&eve, UserStatus::Deleted), 1000).await;
    let left = "SELECT COUNT(*) AS n FROM passkeys WHERE user_id = $1";
    assert_eq!(count(&orion, left, [eve.id.0.into()]).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sign_ins_by_passkey_may_begin_at_one_address_but_not_any_number() {
    let limit = 5;
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", limit).start().await;
    let client = orion.anonymous();
    let begin = || client.post(FLOWS, json!({ "purpose": "sign_in" }));
    for _ in 0..limit {
        begin().await.expect(202);
    }
    assert_problem!(begin().await, 429, "rate-limited");
    // Whoever looked at the page can still type a password.
    let ada = orion.user("ada").await;
    client.post("/api/v1/auth/login", json!({ "email": ada.email, "password": PASSWORD })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_an_account_is_suspended_is_told_to_nobody_who_has_proven_nothing() {
    let orion = TestPlatform::start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let (mut suspended, mut active) = (AuthenticatorKey::new(), AuthenticatorKey::new());
    add(&ada, &mut suspended).await;
    add(&eve, &mut active).await;
    tell(&orion, &facts(&ada, UserStatus::Suspended), 1000).await;
    let mut told = Vec::new();
    for key in [&mut suspended, &mut active] {
        let flow = stranger(&orion.anonymous()).await;
        for _ in 0..2 {
            let mut credential = key.get(&asked(&flow).await);
            credential["response"]["signature"] = json!("MEQCIA");
            let mut refused = flow.step("passkey", json!({ "credential": credential })).await.value();
            refused["request_id"] = json!(null);
            told.push(refused);
        }
    }
    assert!(told.iter().all(|one| *one == told[0]) && told[0]["status"] == 422, "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_on_a_blocked_device_is_a_try_that_is_recorded_and_its_answer_is_spent() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let login =
        client.post("/api/v1/auth/login", json!({ "email": ada.email, "password": PASSWORD })).await.expect(200);
    let mut key = AuthenticatorKey::new();
    add(&ada, &mut key).await;
    let known: Value = ada.get("/api/v1/auth/devices").await.expect(200).value();
    let device = known["items"].as_array().unwrap().iter().find(|device| device["is_current"] == false).unwrap();
    let block = format!("/api/v1/auth/devices/{}/block", device["id"].as_str().unwrap());
    ada.put(&block, json!(null)).await.expect(204);
    let begun = json!({ "purpose": "sign_in", "device_token": login.value()["device_token"] });
    let flow = Flow::of(&client, &client.post(FLOWS, begun).await.expect(202));
    let answer = json!({ "credential": key.get(&asked(&flow).await) });
    assert_problem!(flow.step("passkey", answer.clone()).await, 422, "validation");
    let refused =
        "SELECT COUNT(*) AS n FROM login_attempts WHERE user_id = $1 AND status = 'failed' AND method = 'passkey'";
    assert_eq!(count(&orion, refused, [ada.id.0.into()]).await, 1);
    ada.delete(&block).await.expect(204);
    let again = flow.step("passkey", answer).await;
    assert!(matches!(again.status, 409 | 410), "what was asked for is answered once: {again:?}");
}
