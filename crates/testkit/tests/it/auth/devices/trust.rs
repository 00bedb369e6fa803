//! Devices that stand in for the second factor, as long as they are trusted.

use super::{DAY, DEVICES, LOGIN, devices, session, sign_in, token, trust};
use crate::auth::count;
use crate::auth::flows::{Flow, begin, claims, order_new_password};
use crate::auth::two_factor::{enrol, now};
use orion_contracts::auth::{DeviceStatus, FlowStep, TokenResponse};
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_device_needs_the_password_alone_until_that_is_over() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let answer = sign_in(&orion, &ada.email, &device).await.expect(200);
    let tokens: TokenResponse = answer.json();
    let said = claims(tokens.access_token.expose());
    assert_eq!((&said["acr"], &said["amr"]), (&json!("aal1"), &json!(["pwd", "trusted_device"])), "that is told");
    let caller = orion.anonymous().with_token(tokens.access_token.expose());
    // Convenience is no proof: what a thief of the device must not do asks for the second factor.
    let removed = caller.delete("/api/v1/auth/two-factor/totp").await;
    assert_problem!(removed, 401, "insufficient-user-authentication");
    let listed = devices(&caller, DEVICES).await;
    let trusted = listed.iter().find(|device| device.is_current).unwrap();
    assert_eq!(trusted.status, DeviceStatus::Trusted);
    assert!(trusted.trusted_until.is_some_and(|until| until > now(&orion) + chrono::TimeDelta::days(29)));

    // Elsewhere the second factor is asked for, and here as well for what needs a fresh sign-in.
    sign_in(&orion, &ada.email, &Value::Null).await.expect(202);
    let step_up = caller.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &step_up);
    let second = flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    assert_eq!(second.value()["next"], "second_factor");

    orion.advance(29 * DAY).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    orion.advance(2 * DAY).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &device).await.expect(202));
    assert_eq!(flow.told.next, FlowStep::SecondFactor);
    // It is not trusted unasked.
    let unasked = token(&flow.step("backup-code", json!({ "code": codes[0] })).await.expect(200));
    sign_in(&orion, &ada.email, &unasked).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_ends_with_the_password_the_factors_and_the_owners_word() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let caller = async |code: &str| {
        let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &Value::Null).await.expect(202));
        let tokens: TokenResponse = flow.step("backup-code", json!({ "code": code })).await.expect(200).json();
        orion.anonymous().with_token(tokens.access_token.expose())
    };
    let owner = caller(&codes[0]).await;
    let listed = devices(&owner, DEVICES).await;
    let id = listed.iter().find(|device| device.status == DeviceStatus::Trusted).unwrap().id;
    owner.delete(&format!("{DEVICES}/{id}/trust")).await.expect(204);
    owner.delete(&format!("{DEVICES}/{id}/trust")).await.expect(204);
    sign_in(&orion, &ada.email, &device).await.expect(202);

    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let new = "quite another battery staple";
    let change = json!({ "current_password": PASSWORD, "new_password": new });
    owner.post("/api/v1/auth/password", change).await.expect(204);
    let order = json!({ "email": ada.email, "password": new, "device_token": device });
    orion.anonymous().post(LOGIN, &order).await.expect(202);
    let back = json!({ "current_password": new, "new_password": PASSWORD });
    owner.post("/api/v1/auth/password", back).await.expect(204);

    // Who has lost all factors and sets up others trusts nobody yet.
    let device = trust(&orion, &ada, &app).await;
    let admin = orion.administrator().await;
    let reset = format!("/api/v1/auth/admin/users/{}/two-factor/reset", ada.id);
    admin.post(&reset, json!({ "reason": "Lost" })).await.expect(204);
    let fresh = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    enrol(&orion, &fresh).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_comes_with_a_token_of_its_own() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    // Whoever copied it when it was worth nothing.
    let before = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let copied = token(&before);
    let (_, codes) = enrol(&orion, &ada).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &copied).await.expect(202));
    let step = json!({ "code": codes[0], "trust_device": true });
    let trusted = token(&flow.step("backup-code", step).await.expect(200));
    assert_ne!(trusted, copied);
    sign_in(&orion, &ada.email, &copied).await.expect(202);
    sign_in(&orion, &ada.email, &trusted).await.expect(200);
    let listed = devices(&ada, DEVICES).await;
    assert_eq!(listed.len(), 2, "one took the place of the other");
    // What began with the token of before is of the same device.
    let id = listed.iter().find(|device| device.status == DeviceStatus::Trusted).unwrap().id;
    ada.put(&format!("{DEVICES}/{id}/block"), json!(null)).await.expect(204);
    let refresh = json!({ "refresh_token": before.value()["refresh_token"] });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_turns_an_app_off_and_sets_up_another_one_trusts_no_device_by_the_first() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    ada.delete("/api/v1/auth/two-factor/totp").await.expect(204);
    enrol(&orion, &ada).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_devices_are_trusted_no_more_those_that_were_are_not() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let setting = "/api/v1/settings/auth.trusted_device_days";
    orion.administrator().await.put(setting, json!({ "value": 0 })).await.expect(200);
    eventually("the setting is applied, and the second factor asked for", async || {
        (sign_in(&orion, &ada.email, &device).await.status == 202).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_app_and_new_backup_codes_leave_nothing_standing_that_was_proven_by_the_old_ones() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let waiting = begin(&orion, &ada.email).await;
    let (app, _) = enrol(&orion, &ada).await;
    sign_in(&orion, &ada.email, &device).await.expect(202);
    assert_problem!(waiting.step("passkey-options", json!({})).await, 410, "flow-over");
    let told = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'factor.added' AND details LIKE $1";
    assert_eq!(count(&orion, told, ["%\"replaced\":\"totp\"%".into()]).await, 1, "the second one, and not the first");

    let device = trust(&orion, &ada, &app).await;
    sign_in(&orion, &ada.email, &device).await.expect(200);
    let waiting = begin(&orion, &ada.email).await;
    ada.post("/api/v1/auth/two-factor/backup-codes", json!({})).await.expect(200);
    sign_in(&orion, &ada.email, &device).await.expect(202);
    assert_problem!(waiting.step("passkey-options", json!({})).await, 410, "flow-over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_does_not_stand_in_for_the_second_factor_where_the_password_has_to_be_changed() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, codes) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    order_new_password(&orion, &ada).await;
    let flow = Flow::of(&orion.anonymous(), &sign_in(&orion, &ada.email, &device).await.expect(202));
    assert_eq!(flow.told.next, FlowStep::SecondFactor, "whoever has stolen device and password sets no other one");
    let next = flow.step("backup-code", json!({ "code": codes[0] })).await.expect(202);
    assert_eq!(next.value()["next"], "new_password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_step_up_a_trusted_device_stands_in_for_nothing() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (app, _) = enrol(&orion, &ada).await;
    let device = trust(&orion, &ada, &app).await;
    let caller = orion.anonymous().with_token(session(&sign_in(&orion, &ada.email, &device).await.expect(200)));
    let begun = caller.post("/api/v1/auth/flows", json!({ "purpose": "step_up" })).await.expect(202);
    let flow = Flow::of(&orion.anonymous(), &begun);
    let next = flow.step("password", json!({ "password": PASSWORD })).await.expect(202);
    assert_eq!(next.value()["next"], "second_factor");
}
