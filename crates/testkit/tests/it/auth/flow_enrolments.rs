//! The steps of flows that set up a second factor where a role demands one, and the backup codes that come with it.

use super::count;
use super::flows::{Flow, begin, claims, later};
use super::passkeys::{STATUS, enrolment_options, events, prove};
use super::two_factor::now;
use orion_contracts::auth::{
    FlowPasskeyEnrolment, FlowResponse, FlowStep, TokenResponse, TotpEnrolment, TwoFactorStatus,
};
use orion_testkit::{Authenticator, AuthenticatorKey, PASSWORD, TestPlatform, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const EMAIL: &str = "ada@example.com";

/// A platform whose people need a second factor, and somebody with none.
async fn start() -> TestPlatform {
    let orion = TestPlatform::builder().set("auth.second_factor_roles", "editor, user").start().await;
    let client = orion.anonymous();
    let order = json!({ "email": EMAIL, "password": PASSWORD });
    client.post("/api/v1/auth/register", order.clone()).await.expect(201);
    let token = orion.mailbox.verification_token(EMAIL).await;
    client.post("/api/v1/auth/verify-email", json!({ "token": token, "password": PASSWORD })).await.expect(204);
    orion
}

/// Sets an authenticator app up; what the flow needs next.
async fn enrol_app(orion: &TestPlatform, flow: &Flow) -> (Authenticator, FlowResponse) {
    let shown: TotpEnrolment = flow.step("totp-enrolment", json!({})).await.expect(200).json();
    let app = Authenticator::with(shown.secret.expose());
    let next = flow.step("totp", json!({ "code": app.code(now(orion)) })).await.expect(202).json();
    (app, next)
}

async fn options(flow: &Flow) -> Value {
    let asked = flow.step("passkey-enrolment-options", json!({})).await.expect(200);
    asked.json::<FlowPasskeyEnrolment>().public_key
}

fn codes_of(told: &FlowResponse) -> Vec<String> {
    let codes = told.backup_codes.iter().flat_map(|made| &made.codes);
    codes.map(|code| code.expose().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_set_up_at_the_next_sign_in_and_its_codes_are_kept_before_the_session_begins() {
    let orion = start().await;
    // Whoever is not verified yet has nothing to protect.
    orion.user("eve").unverified().await;

    let flow = begin(&orion, EMAIL).await;
    assert_eq!(flow.told.next, FlowStep::EnrolSecondFactor);
    assert_eq!(serde_json::to_value(&flow.told.methods).unwrap(), json!(["totp_enrolment", "passkey_enrolment"]));
    assert_problem!(flow.step("kept-backup-codes", json!({})).await, 409, "conflict");
    let shown: TotpEnrolment = flow.step("totp-enrolment", json!({})).await.expect(200).json();
    flow.step("totp", json!({ "code": "00000a" })).await.expect(422);
    // A mistake takes the key from nobody who has scanned it.
    let app = Authenticator::with(shown.secret.expose());
    let next: FlowResponse = flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(202).json();
    assert_eq!((next.next, codes_of(&next).len()), (FlowStep::KeepBackupCodes, 10));
    let sessions = "SELECT COUNT(*) AS n FROM sessions";
    let before = count(&orion, sessions, []).await;
    let tokens: TokenResponse = flow.step("kept-backup-codes", json!({})).await.expect(200).json();
    assert_eq!(count(&orion, sessions, []).await, before + 1, "it begins with the last step");
    assert_eq!(claims(tokens.access_token.expose())["acr"], "aal2");
    assert_problem!(flow.step("kept-backup-codes", json!({})).await, 410, "flow-over");

    // Which code put the app in use is used by that.
    let again = begin(&orion, EMAIL).await;
    assert_eq!(again.told.next, FlowStep::SecondFactor);
    again.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(422);
    again.step("backup-code", json!({ "code": codes_of(&next)[0] })).await.expect(200);
    let ada = orion.anonymous().with_token(tokens.access_token.expose());
    assert_problem!(ada.delete("/api/v1/auth/two-factor/totp").await, 409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_set_up_at_the_next_sign_in_and_proves_it_at_once() {
    let orion = start().await;
    let flow = begin(&orion, EMAIL).await;
    let mut key = AuthenticatorKey::new();
    assert_problem!(flow.step("passkey-enrolment", json!({ "credential": {} })).await, 409, "conflict");
    let credential = key.create(&options(&flow).await);
    // What was asked for last alone is answered, and once.
    let later = options(&flow).await;
    let old = flow.step("passkey-enrolment", json!({ "credential": credential })).await;
    assert_eq!(assert_problem!(old, 422, "validation").problem_fields(), ["credential"]);
    let credential = key.create(&later);
    let order = json!({ "credential": credential, "name": "Phone", "trust_device": true });
    let next: FlowResponse = flow.step("passkey-enrolment", order.clone()).await.expect(202).json();
    assert_eq!((next.next, codes_of(&next).len()), (FlowStep::KeepBackupCodes, 10));
    assert_problem!(flow.step("passkey-enrolment", order).await, 409, "conflict");
    let tokens: TokenResponse = flow.step("kept-backup-codes", json!({})).await.expect(200).json();
    assert_eq!(claims(tokens.access_token.expose())["amr"], json!(["pwd", "hwk", "user", "mfa"]));
    let ada = orion.anonymous().with_token(tokens.access_token.expose());
    let status: TwoFactorStatus = ada.get(STATUS).await.expect(200).json();
    assert!(status.enabled && status.totp_since.is_none() && status.backup_codes_left == 10, "{status:?}");
    assert_eq!(events(&orion, "factor.added").await, 1);
    // The device was trusted with it: the password is enough there, and nowhere else.
    let device = tokens.device_token.expect("a device").expose().to_owned();
    let login = json!({ "email": EMAIL, "password": PASSWORD, "device_token": device });
    orion.anonymous().post("/api/v1/auth/login", login).await.expect(200);
    let elsewhere = begin(&orion, EMAIL).await;
    assert_eq!(serde_json::to_value(&elsewhere.told.methods).unwrap(), json!(["passkey", "backup_code"]));
    prove(&elsewhere, &mut key).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_were_not_kept_are_lost_with_the_flow_and_the_factor_stays() {
    let orion = start().await;
    let flow = begin(&orion, EMAIL).await;
    let (app, next) = enrol_app(&orion, &flow).await;
    assert_eq!(next.next, FlowStep::KeepBackupCodes);
    // A step that is not asked for neither shows nor loses them, nor ends the flow with a session.
    assert_problem!(flow.step("passkey-enrolment-options", json!({})).await, 409, "conflict");
    assert_problem!(flow.step("totp-enrolment", json!({})).await, 409, "conflict");
    assert_problem!(flow.step("passkey-options", json!({})).await, 409, "conflict");
    let mut key = AuthenticatorKey::new();
    let eve = orion.user("eve").unverified().await;
    let credential = key.create(&enrolment_options(&eve).await.public_key);
    let enrolment = json!({ "credential": credential });
    assert_problem!(flow.step("passkey-enrolment", enrolment).await, 409, "conflict");
    let proof = json!({ "credential": key.get(&json!({ "challenge": "AAAA", "rpId": "localhost" })) });
    assert_problem!(flow.step("passkey", proof).await, 409, "conflict");
    assert_problem!(flow.step("new-password", json!({ "new_password": "another long one" })).await, 409, "conflict");
    let row = "SELECT COUNT(*) AS n FROM flows WHERE state_sealed IS NOT NULL AND purpose = 'sign_in'";
    assert_eq!(count(&orion, row, []).await, 1, "they wait sealed");
    orion.advance(Duration::from_secs(601)).await;
    assert_problem!(flow.step("kept-backup-codes", json!({})).await, 410, "flow-over");
    later(&orion).await;
    let again = begin(&orion, EMAIL).await;
    assert_eq!(again.told.next, FlowStep::SecondFactor);
    again.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_wait_are_told_again_until_they_are_kept_and_go_with_the_flow() {
    let orion = start().await;
    let flow = begin(&orion, EMAIL).await;
    let (app, next) = enrol_app(&orion, &flow).await;
    let told: FlowResponse = flow.step("state", json!({})).await.expect(202).json();
    assert_eq!((told.next, codes_of(&told)), (FlowStep::KeepBackupCodes, codes_of(&next)));
    flow.step("kept-backup-codes", json!({})).await.expect(200);
    assert_problem!(flow.step("state", json!({})).await, 410, "flow-over");

    later(&orion).await;
    let rows = "SELECT COUNT(*) AS n FROM flows";
    begin(&orion, EMAIL).await.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
    begin(&orion, EMAIL).await;
    assert!(count(&orion, rows, []).await > 0);
    // Ten minutes of the flow, and ten until the tables are cut.
    orion.advance(Duration::from_secs(1300)).await;
    eventually("nothing is left of flows that are over", || async {
        (count(&orion, rows, []).await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_enrolments_at_once_one_wins_and_its_codes_are_in_force() {
    let orion = start().await;
    let flow = begin(&orion, EMAIL).await;
    let shown: TotpEnrolment = flow.step("totp-enrolment", json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(now(&orion));
    let body = json!({ "code": code });
    let tries = (0..4).map(|_| flow.step("totp", body.clone()));
    let answers = futures_util::future::join_all(tries).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    let codes = codes_of(&won[0].json());
    flow.step("kept-backup-codes", json!({})).await.expect(200);
    for used in &codes[..2] {
        begin(&orion, EMAIL).await.step("backup-code", json!({ "code": used })).await.expect(200);
    }
}
