//! `/api/v1/auth/flows`: sign-ins that take more than one step.

use super::count;
use super::two_factor::{enrol, now};
use orion_contracts::ServiceName;
use orion_contracts::auth::{FlowMethod, FlowResponse, FlowStep, TokenResponse};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const LOGIN: &str = "/api/v1/auth/login";
const FLOWS: &str = "/api/v1/auth/flows";

/// A flow under way, as its client sees it.
#[derive(Clone)]
pub(crate) struct Flow {
    client: Client,
    pub(super) told: FlowResponse,
    token: String,
}

impl Flow {
    pub(super) fn of(client: &Client, answer: &Answer) -> Self {
        let told: FlowResponse = answer.json();
        let token = told.flow_token.as_ref().expect("given with the first answer").expose().to_owned();
        Self { client: client.clone(), told, token }
    }

    pub(crate) async fn step(&self, step: &str, mut body: Value) -> Answer {
        body["flow_token"] = json!(self.token);
        self.client.post(&format!("{FLOWS}/{}/{step}", self.told.flow_id), body).await
    }
}

/// A sign-in that needs more than the password.
pub(crate) async fn begin(orion: &TestPlatform, email: &str) -> Flow {
    let client = orion.anonymous();
    let answer = client.post(LOGIN, json!({ "email": email, "password": PASSWORD })).await.expect(202);
    Flow::of(&client, &answer)
}

/// A code of the next time step: the one of now was taken by setting the app up.
pub(super) async fn later(orion: &TestPlatform) {
    orion.advance(Duration::from_secs(90)).await;
}

pub(super) fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub(super) async fn order_new_password(orion: &TestPlatform, user: &TestUser) {
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let order = "UPDATE credentials SET must_change = TRUE WHERE user_id = $1";
    txn.execute_raw(statement(txn.connection(), order, [user.id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_after_the_password_and_makes_a_stronger_session() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    assert_eq!(claims(&ada.access_token)["acr"], "aal1");
    let (app, _) = enrol(&orion, &ada).await;
    later(&orion).await;

    let flow = begin(&orion, &ada.email).await;
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    assert_eq!(serde_json::to_value(&flow.told.methods).unwrap(), json!(["totp", "backup_code"]));
    let refused = flow.step("totp", json!({ "code": "12345" })).await;
    assert_eq!(assert_problem!(refused, 422, "validation").problem_fields(), ["code"]);
    let code = app.code(now(&orion));
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let tokens: TokenResponse = flow.step("totp", json!({ "code": spaced })).await.expect(200).json();
    let claims = claims(tokens.access_token.expose());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["pwd", "otp", "mfa"])));
    assert!(tokens.device_token.is_some());
    assert_problem!(flow.step("totp", json!({ "code": code })).await, 410, "flow-over");
    let methods = "SELECT COUNT(*) AS n FROM login_attempts WHERE method = 'password+totp' AND status = 'success'";
    assert_eq!(count(&orion, methods, []).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_taken_once_in_whatever_flow_and_never_one_of_before() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let used = app.code(now(&orion));
    let flow = begin(&orion, &ada.email).await;
    flow.step("totp", json!({ "code": used })).await.expect(422);
    later(&orion).await;
    let code = app.code(now(&orion));
    begin(&orion, &ada.email).await.step("totp", json!({ "code": code })).await.expect(200);
    begin(&orion, &ada.email).await.step("totp", json!({ "code": code })).await.expect(422);
    let earlier = app.code(now(&orion) - chrono::TimeDelta::seconds(30));
    begin(&orion, &ada.email).await.step("totp", json!({ "code": earlier })).await.expect(422);
    // A clock may be a minute away, and no more.
    orion.advance(Duration::from_secs(600)).await;
    for (away, status) in [(-120, 422), (120, 422), (-60, 200)] {
        let code = app.code(now(&orion) + chrono::TimeDelta::seconds(away));
        begin(&orion, &ada.email).await.step("totp", json!({ "code": code })).await.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_uses_at_once_one_wins() {
    let orion = TestPlatform::builder().set("auth.login_failures_before_delay", 1000).start().await;
    let orion = &orion;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(orion, &ada).await;
    later(orion).await;
    let mut flows = Vec::new();
    for _ in 0..50 {
        flows.push(begin(orion, &ada.email).await);
    }
    for (step, code) in [("totp", app.code(now(orion))), ("backup-code", codes[3].clone())] {
        // Two of each flow, and of fifty flows.
        let tries = flows.iter().chain(&flows).map(|flow| flow.step(step, json!({ "code": code })));
        let answers = futures_util::future::join_all(tries).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{step}");
        let strange: Vec<_> = answers.iter().filter(|one| ![200, 410, 422, 429].contains(&one.status)).collect();
        assert!(strange.is_empty(), "{step}: {strange:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_code_stands_in_for_the_app_once_however_it_is_typed() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (_, codes) = enrol(&orion, &ada).await;
    let typed = format!(" {} ", codes[0].to_lowercase().replace('-', " "));
    let flow = begin(&orion, &ada.email).await;
    let tokens: TokenResponse = flow.step("backup-code", json!({ "code": typed })).await.expect(200).json();
    assert_eq!(claims(tokens.access_token.expose())["acr"], "aal2");
    let again = begin(&orion, &ada.email).await;
    again.step("backup-code", json!({ "code": codes[0] })).await.expect(422);
    again.step("backup-code", json!({ "code": codes[1] })).await.expect(200);
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'factor.backup_code_used'";
    assert_eq!(count(&orion, noted, []).await, 2);
    // It is good for nobody else.
    let bob = orion.user("bob").await;
    enrol(&orion, &bob).await;
    begin(&orion, &bob.email).await.step("backup-code", json!({ "code": codes[2] })).await.expect(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_end_a_flow_and_slow_down_only_where_they_come_from() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    later(&orion).await;
    let thief = Client::new(orion.service_url(ServiceName::Auth)).from("198.51.100.7");
    let answer = thief.post(LOGIN, json!({ "email": ada.email, "password": PASSWORD })).await.expect(202);
    let flow = Flow::of(&thief, &answer);
    for _ in 0..5 {
        flow.step("totp", json!({ "code": "00000a" })).await.expect(422);
    }
    assert_problem!(flow.step("totp", json!({ "code": app.code(now(&orion)) })).await, 410, "flow-over");
    // Whoever begins anew from there waits as well.
    let answer = thief.post(LOGIN, json!({ "email": ada.email, "password": PASSWORD })).await.expect(202);
    assert_problem!(Flow::of(&thief, &answer).step("totp", json!({ "code": "000001" })).await, 429, "rate-limited");
    let code = app.code(now(&orion));
    begin(&orion, &ada.email).await.step("totp", json!({ "code": code })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_belongs_to_whoever_began_it_and_is_over_after_ten_minutes() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    later(&orion).await;
    let (mine, other) = (begin(&orion, &ada.email).await, begin(&orion, &ada.email).await);
    let stolen = Flow { token: other.token.clone(), ..mine.clone() };
    let code = json!({ "code": app.code(now(&orion)) });
    assert_problem!(stolen.step("totp", code.clone()).await, 410, "flow-over");
    let unknown = format!("{FLOWS}/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/totp");
    let body = json!({ "code": "000000", "flow_token": other.token });
    assert_problem!(orion.anonymous().post(&unknown, body).await, 410, "flow-over");
    mine.step("totp-enrolment", json!({})).await.expect(409);
    mine.step("new-password", json!({ "new_password": "a wholly different passphrase" })).await.expect(409);
    orion.advance(Duration::from_secs(601)).await;
    let code = json!({ "code": app.code(now(&orion)) });
    assert_problem!(mine.step("totp", code).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_lost_an_answer_asks_for_it_again_as_often_as_they_like() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    order_new_password(&orion, &ada).await;
    later(&orion).await;
    let (flow, other) = (begin(&orion, &ada.email).await, begin(&orion, &ada.email).await);
    let state = async |flow: &Flow| flow.step("state", json!({})).await;
    for _ in 0..10 {
        let told: FlowResponse = state(&flow).await.expect(202).json();
        assert_eq!(
            (told.flow_id, told.next, told.methods),
            (flow.told.flow_id, flow.told.next, flow.told.methods.clone())
        );
        assert!(told.flow_token.is_none() && (1..=600).contains(&told.expires_in), "{}", told.expires_in);
    }
    let stolen = Flow { token: other.token.clone(), ..flow.clone() };
    assert_problem!(state(&stolen).await, 410, "flow-over");
    let without = orion.anonymous().post(&format!("{FLOWS}/{}/state", flow.told.flow_id), json!({})).await;
    assert_eq!(assert_problem!(without, 422, "validation").problem_fields(), ["flow_token"]);
    // The answer to this step is lost: its code is used, and the next step is known all the same.
    flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(202);
    let told: FlowResponse = state(&flow).await.expect(202).json();
    assert_eq!(told.next, FlowStep::NewPassword);
    flow.step("new-password", json!({ "new_password": "a wholly different passphrase" })).await.expect(200);
    assert_problem!(state(&flow).await, 410, "flow-over");
    assert_problem!(state(&other).await, 410, "flow-over");
    let counted = "SELECT COUNT(*) AS n FROM flows WHERE tries > 0";
    assert_eq!(count(&orion, counted, []).await, 0, "asking is no try");

    let answer = orion.anonymous().post(FLOWS, json!({ "purpose": "sign_in" })).await.expect(202);
    let nobodys = Flow::of(&orion.anonymous(), &answer);
    let told: FlowResponse = state(&nobodys).await.expect(202).json();
    assert_eq!((told.next, told.methods), (FlowStep::FirstFactor, vec![FlowMethod::Passkey]));
    orion.advance(Duration::from_secs(601)).await;
    assert_problem!(state(&nobodys).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_has_to_be_changed_gives_a_session_only_with_another_one_and_never_past_the_second_factor() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    order_new_password(&orion, &ada).await;
    later(&orion).await;
    let flow = begin(&orion, &ada.email).await;
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    let new = "a wholly different passphrase";
    assert_problem!(flow.step("new-password", json!({ "new_password": new })).await, 409, "conflict");
    let next: FlowResponse = flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(202).json();
    assert_eq!(next.next, FlowStep::NewPassword);
    assert!(next.flow_token.is_none(), "it was given once");
    for refused in [PASSWORD, "short", "passwordpassword"] {
        let answer = flow.step("new-password", json!({ "new_password": refused })).await;
        assert_eq!(assert_problem!(answer, 422, "validation").problem_fields(), ["new_password"], "{refused}");
    }
    flow.step("new-password", json!({ "new_password": new })).await.expect(200);
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'password.changed'";
    assert_eq!(count(&orion, noted, []).await, 1);
    assert_problem!(ada.get("/api/v1/users/me").await, 401, "invalid-token");
    let client = orion.anonymous();
    client.post(LOGIN, json!({ "email": ada.email, "password": PASSWORD })).await.expect(401);
    client.post(LOGIN, json!({ "email": ada.email, "password": new })).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_renews_the_session_by_all_of_its_factors_and_voids_older_refresh_tokens() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    orion.advance(Duration::from_secs(400)).await;
    assert_problem!(
        ada.post("/api/v1/auth/two-factor/backup-codes", json!({})).await,
        401,
        "insufficient-user-authentication"
    );

    let wrong = ada.post(FLOWS, json!({ "purpose": "register" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["purpose"]);
    let stranger = orion.anonymous().post(FLOWS, json!({ "purpose": "step_up" })).await;
    assert_problem!(stranger, 401, "unauthenticated");
    let answer = ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    assert_eq!(flow.told.next, FlowStep::FirstFactor);
    let wrong = flow.step("password", json!({ "password": "another one entirely" })).await;
    assert_eq!(assert_problem!(wrong, 422, "validation").problem_fields(), ["password"]);
    let next: FlowResponse = flow.step("password", json!({ "password": PASSWORD })).await.expect(202).json();
    assert_eq!(next.next, FlowStep::SecondFactor);
    let code = app.code(now(&orion));
    let tokens: TokenResponse = flow.step("totp", json!({ "code": code })).await.expect(200).json();

    assert_eq!(tokens.session_id, ada.session_id);
    let claims = claims(tokens.access_token.expose());
    assert_eq!(claims["acr"], "aal2");
    assert!(now(&orion).timestamp() - claims["auth_time"].as_i64().unwrap() < 5);
    let stepped = orion.anonymous().with_token(tokens.access_token.expose());
    stepped.post("/api/v1/auth/two-factor/backup-codes", json!({})).await.expect(200);
    let refresh = |token: &str| json!({ "refresh_token": token });
    let client = orion.anonymous();
    assert_problem!(
        client.post("/api/v1/auth/refresh", refresh(&ada.refresh_token)).await,
        401,
        "invalid-refresh-token"
    );
    orion.advance(Duration::from_secs(30)).await;
    let renewed = client.post("/api/v1/auth/refresh", refresh(tokens.refresh_token.expose())).await.expect(200);
    let renewed: TokenResponse = renewed.json();
    assert_eq!(
        self::claims(renewed.access_token.expose())["auth_time"],
        claims["auth_time"],
        "refreshing proves nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_of_a_session_that_ended_gives_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let answer = ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    ada.post("/api/v1/auth/logout", json!({})).await.expect(204);
    assert_problem!(flow.step("password", json!({ "password": PASSWORD })).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_taken_only_where_they_are_asked_for_and_are_not_spent_elsewhere() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    later(&orion).await;
    let answer = ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    assert_eq!(flow.told.next, FlowStep::FirstFactor);
    let code = json!({ "code": app.code(now(&orion)) });
    assert_problem!(flow.step("totp", code.clone()).await, 409, "conflict");
    assert_problem!(flow.step("backup-code", json!({ "code": codes[0] })).await, 409, "conflict");
    flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    flow.step("totp", code).await.expect(200);
    begin(&orion, &ada.email).await.step("backup-code", json!({ "code": codes[0] })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_is_refused_on_a_blocked_device_counts_as_failed() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let order = json!({ "email": ada.email, "password": PASSWORD });
    let device = client.post(LOGIN, order).await.expect(200).value()["device_token"].clone();
    let (app, _) = enrol(&orion, &ada).await;
    later(&orion).await;
    let order = json!({ "email": ada.email, "password": PASSWORD, "device_token": device });
    let flow = Flow::of(&client, &client.post(LOGIN, order).await.expect(202));
    let known = ada.get("/api/v1/auth/devices").await.expect(200).value();
    let other = known["items"].as_array().unwrap().iter().find(|device| device["is_current"] == false).unwrap();
    ada.put(&format!("/api/v1/auth/devices/{}/block", other["id"].as_str().unwrap()), json!(null)).await.expect(204);
    assert_problem!(flow.step("totp", json!({ "code": app.code(now(&orion)) })).await, 410, "flow-over");
    let metrics = Client::new(orion.service_url(ServiceName::Auth)).get("/metrics").await.text;
    let of_codes =
        |status: &str| format!("auth_attempts_total{{method=\"totp\",service=\"auth\",status=\"{status}\"}}");
    assert!(metrics.contains(&of_codes("failed")) && !metrics.contains(&of_codes("success")), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_of_others_at_the_same_address_delay_no_step_up_on_the_device_of_the_session() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    later(&orion).await;
    let thief = begin(&orion, &ada.email).await;
    for _ in 0..5 {
        thief.step("totp", json!({ "code": "00000a" })).await.expect(422);
    }
    let thief = begin(&orion, &ada.email).await;
    assert_problem!(thief.step("totp", json!({ "code": "000001" })).await, 429, "rate-limited");
    let answer = ada.post(FLOWS, json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &answer);
    flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    flow.step("totp", json!({ "code": app.code(now(&orion)) })).await.expect(200);
}
