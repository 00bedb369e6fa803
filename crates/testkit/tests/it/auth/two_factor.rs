//! `/api/v1/auth/two-factor`

use super::count;
use super::passkeys::add;
use chrono::{DateTime, Utc};
use orion_contracts::ServiceName;
use orion_contracts::auth::{BackupCodes, TokenResponse, TotpEnrolment, TwoFactorStatus};
use orion_testkit::{Authenticator, AuthenticatorKey, PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::json;
use std::time::Duration;

pub(super) const TOTP: &str = "/api/v1/auth/two-factor/totp";
pub(super) const CONFIRM: &str = "/api/v1/auth/two-factor/totp/confirm";
const STATUS: &str = "/api/v1/auth/two-factor";
const CODES: &str = "/api/v1/auth/two-factor/backup-codes";

/// The platform's time.
pub(crate) fn now(orion: &TestPlatform) -> DateTime<Utc> {
    orion.infra(ServiceName::Auth).clock.now()
}

/// Sets up an authenticator app; with it come backup codes.
pub(crate) async fn enrol(orion: &TestPlatform, user: &TestUser) -> (Authenticator, Vec<String>) {
    let shown: TotpEnrolment = user.post(TOTP, json!({})).await.expect(200).json();
    let app = Authenticator::with(shown.secret.expose());
    let codes: BackupCodes = user.post(CONFIRM, json!({ "code": app.code(now(orion)) })).await.expect(200).json();
    (app, codes.codes.iter().map(|code| code.expose().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_counts_once_a_code_of_it_is_confirmed() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let status = async || ada.get(STATUS).await.expect(200).json::<TwoFactorStatus>();
    assert!(!status().await.enabled && !status().await.required && status().await.has_password);

    let shown: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    assert!(shown.url.expose().starts_with("otpauth://totp/"), "an app reads it");
    assert!(shown.url.expose().contains("ada%40example.com"), "{}", shown.url.expose());
    assert!(shown.qr_svg.expose().contains("<svg ") && !shown.qr_svg.expose().contains("script"));
    assert!(!status().await.enabled, "nothing was confirmed");

    let app = Authenticator::with(shown.secret.expose());
    let wrong = if app.code(now(&orion)) == "000000" { "000001" } else { "000000" };
    let refused = ada.post(CONFIRM, json!({ "code": wrong })).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["code"]);
    let codes: BackupCodes = ada.post(CONFIRM, json!({ "code": app.code(now(&orion)) })).await.expect(200).json();
    assert_eq!(codes.codes.len(), 10);
    let first: std::collections::BTreeSet<_> = codes.codes.iter().map(|code| code.expose()[..1].to_owned()).collect();
    assert_eq!(first.len(), 10, "the first letter says which it is");
    let enabled = status().await;
    assert!(enabled.enabled && enabled.totp_since.is_some());
    assert_eq!(enabled.backup_codes_left, 10);

    // Neither key nor codes stand anywhere in the clear.
    let clear = "SELECT COUNT(*) AS n FROM two_factor_auth WHERE totp_secret_sealed LIKE $1";
    assert_eq!(count(&orion, clear, [format!("%{}%", shown.secret.expose()).into()]).await, 0);
    let hashed = "SELECT COUNT(*) AS n FROM two_factor_backup_codes WHERE code_hash LIKE '$argon2id$%'";
    assert_eq!(count(&orion, hashed, []).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sets_an_app_up_may_end_all_other_sessions_by_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let other = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let shown: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    let code = Authenticator::with(shown.secret.expose()).code(now(&orion));
    ada.post(CONFIRM, json!({ "code": code, "end_other_sessions": true })).await.expect(200);
    assert_problem!(other.get(STATUS).await, 401, "invalid-token");
    ada.get(STATUS).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn factors_are_changed_only_after_a_fresh_sign_in() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(361)).await;
    for (method, path, body) in [
        ("POST", TOTP, json!({})),
        ("POST", CONFIRM, json!({ "code": "000000" })),
        ("DELETE", TOTP, json!(null)),
        ("POST", CODES, json!({})),
    ] {
        let answer = orion_testkit::Answer::of(ada.request(method, path).json(&body)).await;
        let answer = assert_problem!(answer, 401, "insufficient-user-authentication");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
        assert!(challenge.contains("max_age=\"300\""), "RFC 9470: {challenge}");
    }
    assert!(ada.get(STATUS).await.expect(200).json::<TwoFactorStatus>().enabled, "reading needs no fresh sign-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_turned_off_by_its_owner_and_taken_away_by_an_administrator_with_a_reason() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    enrol(&orion, &ada).await;
    ada.delete(TOTP).await.expect(204);
    ada.delete(TOTP).await.expect(204);
    assert!(!ada.get(STATUS).await.json::<TwoFactorStatus>().enabled);
    assert_problem!(ada.post(CODES, json!({})).await, 409, "conflict");
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM two_factor_backup_codes", []).await, 0);

    enrol(&orion, &ada).await;
    let path = format!("/api/v1/auth/admin/users/{}/two-factor", ada.id);
    let reset = format!("{path}/reset");
    assert_problem!(ada.get(&path).await, 403, "permission-denied");
    assert_problem!(ada.post(&reset, json!({ "reason": "mine" })).await, 403, "permission-denied");
    let admin = orion.administrator().await;
    assert!(admin.get(&path).await.expect(200).json::<TwoFactorStatus>().enabled);
    let blank = admin.post(&reset, json!({ "reason": " " })).await;
    assert_eq!(assert_problem!(blank, 422, "validation").problem_fields(), ["reason"]);
    admin.post(&reset, json!({ "reason": "Lost the phone" })).await.expect(204);
    // Its sessions tell of a factor that is lost, or was somebody else's.
    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    assert!(!admin.get(&path).await.json::<TwoFactorStatus>().enabled);
    assert_problem!(ada.get(STATUS).await, 401, "invalid-token");
    let nobody = "/api/v1/auth/admin/users/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/two-factor";
    assert_problem!(admin.get(nobody).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_shown_again_replaces_the_one_before_and_not_the_one_in_use() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let first: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    let second: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    let code = Authenticator::with(first.secret.expose()).code(now(&orion));
    ada.post(CONFIRM, json!({ "code": code })).await.expect(422);
    let in_use = Authenticator::with(second.secret.expose());
    ada.post(CONFIRM, json!({ "code": in_use.code(now(&orion)) })).await.expect(200);
    // A third one waits, and the second is asked for at sign-in.
    ada.post(TOTP, json!({})).await.expect(200);
    orion.advance(Duration::from_secs(60)).await;
    let flow = super::flows::begin(&orion, "ada@example.com").await;
    flow.step("totp", json!({ "code": in_use.code(now(&orion)) })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_shown_waits_for_its_first_code_for_half_an_hour() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let shown: TotpEnrolment = ada.post(TOTP, json!({})).await.expect(200).json();
    let app = Authenticator::with(shown.secret.expose());
    orion.advance(Duration::from_secs(30 * 60)).await;
    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let late = ada.post(CONFIRM, json!({ "code": app.code(now(&orion)) })).await;
    assert_eq!(assert_problem!(late, 422, "validation").problem_fields(), ["code"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_backup_codes_void_all_older_ones() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (_, old) = enrol(&orion, &ada).await;
    let new: BackupCodes = ada.post(CODES, json!({})).await.expect(200).json();
    let flow = super::flows::begin(&orion, &ada.email).await;
    flow.step("backup-code", json!({ "code": old[0] })).await.expect(422);
    flow.step("backup-code", json!({ "code": new.codes[0].expose() })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_of_the_password_alone_changes_no_factor_that_was_set_up_after_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let other = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let key = add(&ada, &mut AuthenticatorKey::new()).await.passkey.id;
    let (_, codes) = enrol(&orion, &ada).await;
    let passkey = format!("/api/v1/auth/passkeys/{key}");
    for (method, path) in [
        ("POST", TOTP),
        ("DELETE", TOTP),
        ("POST", CODES),
        ("POST", "/api/v1/auth/passkeys/options"),
        ("DELETE", passkey.as_str()),
    ] {
        let answer = orion_testkit::Answer::of(other.request(method, path).json(&json!({}))).await;
        let answer = assert_problem!(answer, 401, "insufficient-user-authentication");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("acr_values=\"aal2\""), "{method} {path}: RFC 9470: {challenge}");
    }
    assert!(ada.get(STATUS).await.expect(200).json::<TwoFactorStatus>().totp_since.is_some());

    // By the second factor it may, and so may the session that has set it up.
    let begun = other.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = super::flows::Flow::of(&orion.anonymous(), &begun);
    flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    let tokens: TokenResponse = flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200).json();
    let proven = orion.anonymous().with_token(tokens.access_token.expose());
    proven.delete(TOTP).await.expect(204);
    ada.delete(&passkey).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_session_was_shown_or_asked_for_before_there_was_a_factor_sets_up_none_beside_it() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let other = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let mut theirs = AuthenticatorKey::new();
    let asked = super::passkeys::enrolment_options(&other).await;
    let shown: TotpEnrolment = other.post(TOTP, json!({})).await.expect(200).json();
    add(&ada, &mut AuthenticatorKey::new()).await;
    let code = json!({ "code": Authenticator::with(shown.secret.expose()).code(now(&orion)) });
    assert_problem!(other.post(CONFIRM, code).await, 401, "insufficient-user-authentication");
    let order = json!({ "flow_id": asked.flow_id, "credential": theirs.create(&asked.public_key) });
    assert_problem!(other.post("/api/v1/auth/passkeys", order).await, 401, "insufficient-user-authentication");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_rest_on_a_factor_end_with_it_and_no_others() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let plain = TestUser::sign_in(&client, &ada.email, PASSWORD).await;
    // Somebody has the password and what the codes are written on.
    let by_code = async |code: &str| -> TokenResponse {
        let flow = super::flows::begin(&orion, &ada.email).await;
        flow.step("backup-code", json!({ "code": code, "trust_device": true })).await.expect(200).json()
    };
    let is_in = async |tokens: &TokenResponse| {
        let status = client.with_token(tokens.access_token.expose()).get(STATUS).await.status;
        assert!(status == 200 || status == 401, "{status}");
        status == 200
    };

    let (_, codes) = enrol(&orion, &ada).await;
    let thief = by_code(&codes[0]).await;
    let order = json!({ "email": ada.email, "password": PASSWORD, "device_token": thief.device_token });
    let by_device: TokenResponse = client.post("/api/v1/auth/login", order).await.expect(200).json();
    let new: BackupCodes = ada.post(CODES, json!({})).await.expect(200).json();
    assert!(!is_in(&thief).await && !is_in(&by_device).await, "by a code, and by the device that was trusted with it");
    let refresh = json!({ "refresh_token": thief.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");

    let thief = by_code(new.codes[0].expose()).await;
    let (_, codes) = enrol(&orion, &ada).await;
    assert!(!is_in(&thief).await, "another app took the place of the one before");

    let mut key = AuthenticatorKey::new();
    let passkey = format!("/api/v1/auth/passkeys/{}", add(&ada, &mut key).await.passkey.id);
    let by_key: TokenResponse = super::passkeys::sign_in(&orion, &mut key).await.expect(200).json();
    let thief = by_code(&codes[0]).await;
    ada.delete(TOTP).await.expect(204);
    assert!(!is_in(&thief).await && is_in(&by_key).await, "it was proven by another factor");

    let thief = by_code(&codes[1]).await;
    ada.delete(&passkey).await.expect(204);
    assert!(!is_in(&by_key).await && !is_in(&thief).await, "the codes went with the last factor");
    for own in [&ada, &plain] {
        own.get(STATUS).await.expect(200);
    }
    orion.settle().await;
    let entries = orion.administrator().await.get("/api/v1/audit?action=logout&limit=200").await.expect(200).value();
    let said = "Ended the other sessions that were proven by a factor like the one that is void";
    let said = entries["items"].as_array().unwrap().iter().filter(|entry| entry["description"] == said).count();
    assert_eq!(said, 4, "{entries}");
}
