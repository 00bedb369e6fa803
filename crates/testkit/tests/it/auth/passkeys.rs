//! `/api/v1/auth/passkeys`

use super::count;
use super::flows::{Flow, begin, claims};
use super::two_factor::enrol;
use orion_contracts::ServiceName;
use orion_contracts::auth::{
    FlowStep, Passkey, PasskeyAdded, PasskeyEnrolment, PasskeyList, PasskeyRequest, TokenResponse, TwoFactorStatus,
};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, AuthenticatorKey, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const PASSKEYS: &str = "/api/v1/auth/passkeys";
pub(super) const OPTIONS: &str = "/api/v1/auth/passkeys/options";
const FLOWS: &str = "/api/v1/auth/flows";
pub(super) const STATUS: &str = "/api/v1/auth/two-factor";

pub(crate) async fn enrolment_options(user: &Client) -> PasskeyEnrolment {
    user.post(OPTIONS, json!({})).await.expect(200).json()
}

/// Sets up the passkey of an authenticator.
pub(crate) async fn add(user: &Client, key: &mut AuthenticatorKey) -> PasskeyAdded {
    let asked = enrolment_options(user).await;
    let order = json!({ "flow_id": asked.flow_id, "credential": key.create(&asked.public_key), "name": "Phone" });
    user.post(PASSKEYS, order).await.expect(201).json()
}

/// A sign-in of whoever it is.
pub(super) async fn stranger(client: &Client) -> Flow {
    let answer = client.post(FLOWS, json!({ "purpose": "sign_in" })).await.expect(202);
    Flow::of(client, &answer)
}

pub(super) async fn asked(flow: &Flow) -> Value {
    flow.step("passkey-options", json!({})).await.expect(200).json::<PasskeyRequest>().public_key
}

/// Goes on with a flow by an authenticator.
pub(super) async fn prove(flow: &Flow, key: &mut AuthenticatorKey) -> Answer {
    let options = asked(flow).await;
    flow.step("passkey", json!({ "credential": key.get(&options) })).await
}

pub(super) async fn sign_in(orion: &TestPlatform, key: &mut AuthenticatorKey) -> Answer {
    prove(&stranger(&orion.anonymous()).await, key).await
}

pub(super) async fn events(orion: &TestPlatform, kind: &str) -> i64 {
    count(orion, "SELECT COUNT(*) AS n FROM security_events WHERE event_type = $1", [kind.into()]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_beside_one_brings_new_backup_codes_and_that_the_old_ones_are_void_is_told() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::new();
    let old = add(&ada, &mut key).await.backup_codes.expect("the first factor brings codes");
    assert_eq!(events(&orion, "factor.backup_codes_renewed").await, 0);
    let (_, new) = enrol(&orion, &ada).await;
    assert_eq!(events(&orion, "factor.backup_codes_renewed").await, 1);
    let flow = begin(&orion, &ada.email).await;
    flow.step("backup-code", json!({ "code": old.codes[0].expose() })).await.expect(422);
    flow.step("backup-code", json!({ "code": new[0] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_one_of_an_account_is_its_second_factor_and_brings_backup_codes() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut key = AuthenticatorKey::security_key();
    let codes = add(&ada, &mut key).await.backup_codes.expect("the first second factor");
    assert!(add(&ada, &mut AuthenticatorKey::new()).await.backup_codes.is_none());
    let status: TwoFactorStatus = ada.get(STATUS).await.expect(200).json();
    assert!(status.enabled && status.totp_since.is_none() && status.backup_codes_since.is_some());
    assert_eq!((status.passkeys, status.backup_codes_left), (2, 10));
    assert_eq!(events(&orion, "factor.added").await, 2);

    let flow = begin(&orion, &ada.email).await;
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    assert_eq!(serde_json::to_value(&flow.told.methods).unwrap(), json!(["passkey", "backup_code"]));
    let options = asked(&flow).await;
    assert_eq!(options["userVerification"], "preferred");
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(options["allowCredentials"][0]["transports"], json!(["internal", "hybrid"]));
    let answer = flow.step("passkey", json!({ "credential": key.get(&options) })).await.expect(200);
    let claims = claims(answer.json::<TokenResponse>().access_token.expose());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["pwd", "hwk", "user", "mfa"])));
    let code = json!({ "code": codes.codes[0].expose() });
    begin(&orion, &ada.email).await.step("backup-code", code).await.expect(200);
    // Who has an app already has codes, too.
    let eve = orion.user("eve").await;
    enrol(&orion, &eve).await;
    assert!(add(&eve, &mut AuthenticatorKey::new()).await.backup_codes.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_are_good_for_one_passkey_in_one_session_for_ten_minutes() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    let again = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    let eve = orion.user("eve").await;
    let mut key = AuthenticatorKey::new();
    let options = enrolment_options(&ada).await;
    let mut order = json!({ "flow_id": options.flow_id, "credential": key.create(&options.public_key) });
    for other in [&again, &eve] {
        assert_problem!(other.post(PASSKEYS, order.clone()).await, 410, "flow-over");
    }
    for (broken, field) in [
        (json!({ "credential": { "id": 1 } }), "credential"),
        (json!({ "credential": "cGFzc2tleQ" }), "credential"),
        (json!({ "name": " " }), "name"),
        (json!({ "flow_id": "x" }), "flow_id"),
    ] {
        let mut body = order.clone();
        body.as_object_mut().unwrap().extend(broken.as_object().unwrap().clone());
        let refused = ada.post(PASSKEYS, body).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), [field]);
    }
    key.origin = "https://evil.example".to_owned();
    order["credential"] = key.create(&options.public_key);
    let refused = ada.post(PASSKEYS, order.clone()).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["credential"]);
    key.origin = "http://localhost:3000".to_owned();
    order["credential"] = key.create(&options.public_key);
    ada.post(PASSKEYS, order.clone()).await.expect(201);
    assert_problem!(ada.post(PASSKEYS, order.clone()).await, 410, "flow-over");

    // The same key once more is nobody's second one.
    for user in [&eve, &ada] {
        let options = enrolment_options(user).await;
        let credential = key.create(&options.public_key);
        let refused = user.post(PASSKEYS, json!({ "flow_id": options.flow_id, "credential": credential })).await;
        assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["credential"]);
    }
    let options = enrolment_options(&ada).await;
    assert_eq!(options.public_key["excludeCredentials"].as_array().unwrap().len(), 1);
    let mut other = AuthenticatorKey::new();
    let order = json!({ "flow_id": options.flow_id, "credential": other.create(&options.public_key) });
    // What was asked for to sign in is no registration, and the other way round.
    let flow = stranger(&orion.anonymous()).await;
    let assertion = other.get(&asked(&flow).await);
    assert_problem!(
        ada.post(PASSKEYS, json!({ "flow_id": flow.told.flow_id, "credential": order["credential"] })).await,
        410,
        "flow-over"
    );
    ada.post(PASSKEYS, json!({ "flow_id": options.flow_id, "credential": assertion })).await.expect(422);
    orion.advance(Duration::from_secs(601)).await;
    let ada = step_up(&orion, &ada, &mut key).await;
    assert_problem!(ada.post(PASSKEYS, order).await, 410, "flow-over");
}

/// The same session, proved anew by a passkey.
async fn step_up(orion: &TestPlatform, user: &TestUser, key: &mut AuthenticatorKey) -> Client {
    let answer = user.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    let tokens: TokenResponse = prove(&flow, key).await.expect(200).json();
    orion.anonymous().with_token(tokens.access_token.expose())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_its_owners_to_name_and_to_take_away() {
    let orion = TestPlatform::start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    let mut key = AuthenticatorKey::new();
    let path = format!("{PASSKEYS}/{}", add(&ada, &mut key).await.passkey.id);
    for answer in [eve.patch(&path, json!({ "name": "Mine" })).await, eve.delete(&path).await] {
        assert_problem!(answer, 404, "not-found");
    }
    let refused = ada.patch(&path, json!({ "name": "a\u{202e}b" })).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["name"]);
    let renamed: Passkey = ada.patch(&path, json!({ "name": " Blue phone " })).await.expect(200).json();
    assert_eq!(renamed.name, "Blue phone");
    assert!(eve.get(PASSKEYS).await.expect(200).json::<PasskeyList>().items.is_empty());

    let mut flow = stranger(&orion.anonymous()).await;
    let options = asked(&flow).await;
    let answer = json!({ "credential": key.get(&options) });
    ada.delete(&path).await.expect(204);
    assert_problem!(ada.delete(&path).await, 404, "not-found");
    flow.step("passkey", answer).await.expect(422);
    let status: TwoFactorStatus = ada.get(STATUS).await.expect(200).json();
    assert!(!status.enabled);
    assert_eq!((status.passkeys, status.backup_codes_left), (0, 0), "codes stand in for nothing any more");
    TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    // With an app the codes stay.
    let (_, codes) = enrol(&orion, &ada).await;
    let path = format!("{PASSKEYS}/{}", add(&ada, &mut key).await.passkey.id);
    ada.delete(&path).await.expect(204);
    flow = begin(&orion, &ada.email).await;
    flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200);
}

/// Has these roles demand a second factor, until the person is told that they do, or not.
async fn demand(orion: &TestPlatform, user: &TestUser, roles: &str) {
    let order = json!({ "value": roles });
    orion.administrator().await.put("/api/v1/settings/auth.second_factor_roles", order).await.expect(200);
    eventually("the setting in force", || async {
        let status: TwoFactorStatus = user.get(STATUS).await.expect(200).json();
        (status.required != roles.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_factor_that_a_role_demands_stays_and_so_does_the_only_way_in() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (mut key, mut other) = (AuthenticatorKey::new(), AuthenticatorKey::new());
    let path = format!("{PASSKEYS}/{}", add(&ada, &mut key).await.passkey.id);
    enrol(&orion, &ada).await;
    demand(&orion, &ada, "user").await;
    // An app and a passkey: one of them may go.
    ada.delete("/api/v1/auth/two-factor/totp").await.expect(204);
    assert_problem!(ada.delete(&path).await, 409, "conflict");
    let second = format!("{PASSKEYS}/{}", add(&ada, &mut other).await.passkey.id);
    ada.delete(&path).await.expect(204);

    // Nobody demands it any more, but there is no password either.
    demand(&orion, &ada, "").await;
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let forget = "DELETE FROM credentials WHERE user_id = $1";
    txn.execute_raw(statement(txn.connection(), forget, [ada.id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
    assert_problem!(ada.delete(&second).await, 409, "conflict");
    sign_in(&orion, &mut other).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_more_than_twenty() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut path = String::new();
    for _ in 0..19 {
        path = format!("{PASSKEYS}/{}", add(&ada, &mut AuthenticatorKey::new()).await.passkey.id);
    }
    let begun = enrolment_options(&ada).await;
    add(&ada, &mut AuthenticatorKey::new()).await;
    assert_problem!(ada.post(OPTIONS, json!({})).await, 409, "conflict");
    let credential = AuthenticatorKey::new().create(&begun.public_key);
    let order = json!({ "flow_id": begun.flow_id, "credential": credential });
    assert_problem!(ada.post(PASSKEYS, order.clone()).await, 409, "conflict");
    ada.delete(&path).await.expect(204);
    ada.post(PASSKEYS, order).await.expect(201);
    ada.delete(&path).await.expect(404);
    assert_eq!(ada.get(PASSKEYS).await.json::<PasskeyList>().items.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_a_stranger_set_up_is_void_once_the_address_is_verified() {
    let orion = TestPlatform::start().await;
    let foreign = "what the attacker chose";
    let order = json!({ "email": "owner@example.com", "password": foreign });
    orion.anonymous().post("/api/v1/auth/register", order).await.expect(201);
    orion.settle().await;
    let attacker = TestUser::sign_in(&orion.anonymous(), "owner@example.com", foreign).await;
    let mut key = AuthenticatorKey::new();
    add(&attacker, &mut key).await;
    sign_in(&orion, &mut key).await.expect(200);
    let token = orion.mailbox.verification_token("owner@example.com").await;
    let order = json!({ "token": token, "password": PASSWORD, "replace_password": true });
    orion.anonymous().post("/api/v1/auth/verify-email", order).await.expect(204);
    sign_in(&orion, &mut key).await.expect(422);
    let owner = TestUser::sign_in(&orion.anonymous(), "owner@example.com", PASSWORD).await;
    assert!(!owner.get(STATUS).await.json::<TwoFactorStatus>().enabled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_are_set_up_at_once_one_brings_backup_codes_and_they_are_in_force() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let mut orders = Vec::new();
    for mut key in [AuthenticatorKey::new(), AuthenticatorKey::new()] {
        let asked = enrolment_options(&ada).await;
        orders.push(json!({ "flow_id": asked.flow_id, "credential": key.create(&asked.public_key) }));
    }
    let answers = futures_util::future::join_all(orders.iter().map(|order| ada.post(PASSKEYS, order))).await;
    let mut brought: Vec<_> =
        answers.into_iter().filter_map(|answer| answer.expect(201).json::<PasskeyAdded>().backup_codes).collect();
    assert_eq!(brought.len(), 1, "whoever is shown codes can use them");
    let code = json!({ "code": brought.remove(0).codes[0].expose() });
    begin(&orion, &ada.email).await.step("backup-code", code).await.expect(200);
}
