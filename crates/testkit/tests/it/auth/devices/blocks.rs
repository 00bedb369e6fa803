//! Devices that are blocked, by their owner or by an administrator.

use super::{DEVICES, devices, session, sign_in, token};
use crate::auth::two_factor::now;
use orion_contracts::auth::{DeviceStatus, LoginAttempt, TokenResponse};
use orion_contracts::{Page, ServiceName};
use orion_infra::db::dialect::statement;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_device_is_signed_out_and_not_signed_in_again() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let ada = orion.user("ada").await;
    let answer = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let (device, tokens) = (token(&answer), answer.json::<TokenResponse>());
    let stolen = orion.anonymous().with_token(tokens.access_token.expose());
    let id = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    let block = format!("{DEVICES}/{id}/block");

    ada.put(&block, json!(null)).await.expect(204);
    ada.put(&block, json!(null)).await.expect(204);
    assert_problem!(stolen.get("/api/v1/auth/me").await, 401, "invalid-token");
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    // Whoever sits there does not learn that the password is right; whoever helps the owner does.
    assert_problem!(sign_in(&orion, &ada.email, &device).await, 401, "invalid-credentials");
    let attempts = "/api/v1/auth/admin/login-attempts?failure=may_not_sign_in";
    let attempts: Page<LoginAttempt> = orion.administrator().await.get(attempts).await.expect(200).json();
    assert_eq!(attempts.items.iter().map(|attempt| attempt.user_id).collect::<Vec<_>>(), [Some(ada.id)]);
    ada.get("/api/v1/auth/me").await.expect(200);

    orion.advance(Duration::from_secs(1000)).await;
    for answer in [ada.put(&block, json!(null)).await, ada.delete(&block).await] {
        assert_problem!(answer, 401, "insufficient-user-authentication");
    }
    let fresh = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    fresh.delete(&block).await.expect(204);
    sign_in(&orion, &ada.email, &device).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_has_not_signed_in_for_a_year_is_a_stranger_but_stays_blocked() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (old, lost) =
        (sign_in(&orion, &ada.email, &Value::Null).await, sign_in(&orion, &ada.email, &Value::Null).await);
    let blocked = devices(&orion.anonymous().with_token(session(&lost)), DEVICES).await;
    let blocked = blocked.iter().find(|device| device.is_current).unwrap().id;
    ada.put(&format!("{DEVICES}/{blocked}/block"), json!(null)).await.expect(204);
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let year_ago = now(&orion) - chrono::TimeDelta::days(365);
    let set = statement(txn.connection(), "UPDATE devices SET signed_in_at = $1", [year_ago.into()]);
    txn.connection().execute_raw(set).await.unwrap();
    txn.commit().await.unwrap();

    let listed = devices(&ada, DEVICES).await;
    assert_eq!(listed.iter().map(|device| device.id).collect::<Vec<_>>(), [blocked]);
    assert_ne!(token(&sign_in(&orion, &ada.email, &token(&old)).await.expect(200)), token(&old));
    assert_problem!(sign_in(&orion, &ada.email, &token(&lost)).await, 401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_has_blocked_its_owner_does_not_let_in_again() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let theirs = sign_in(&orion, &ada.email, &Value::Null).await.expect(200);
    let own = devices(&ada, DEVICES).await.iter().find(|device| !device.is_current).unwrap().id;
    let path = format!("/api/v1/auth/admin/users/{}/devices/{own}", ada.id);
    let admin = orion.administrator().await;
    // Also where its owner was first.
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    assert!(devices(&ada, DEVICES).await.iter().all(|device| !device.is_blocked_by_administrator));
    admin.put(&format!("{path}/block"), json!(null)).await.expect(204);
    let listed = devices(&ada, DEVICES).await;
    let blocked = listed.iter().find(|device| device.id == own).unwrap();
    assert!(blocked.is_blocked_by_administrator && blocked.status == DeviceStatus::Blocked, "they are told");
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    // Forgotten, it would be a new device.
    for refused in [ada.delete(&format!("{DEVICES}/{own}/block")).await, ada.delete(&format!("{DEVICES}/{own}")).await]
    {
        let refused = assert_problem!(refused, 409, "conflict");
        assert!(refused.text.contains("An administrator has blocked this device"), "{refused:?}");
    }
    ada.delete(&format!("{DEVICES}/{own}/trust")).await.expect(204);
    assert_problem!(sign_in(&orion, &ada.email, &token(&theirs)).await, 401, "invalid-credentials");
    admin.delete(&format!("{path}/block")).await.expect(204);
    sign_in(&orion, &ada.email, &token(&theirs)).await.expect(200);
    // What its owner blocks from then on is the owner's again.
    ada.put(&format!("{DEVICES}/{own}/block"), json!(null)).await.expect(204);
    ada.delete(&format!("{DEVICES}/{own}/block")).await.expect(204);
    let noted = "SELECT COUNT(*) AS n FROM security_events WHERE event_type = 'device.blocked'";
    assert_eq!(super::count(&orion, noted, []).await, 2, "that somebody else keeps it blocked is no news");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lets_a_device_sign_in_again_only_after_a_fresh_sign_in() {
    let orion = TestPlatform::builder().set("auth.access_token_seconds", 3600).start().await;
    let (ada, admin) = (orion.user("ada").await, orion.administrator().await);
    let path = format!("/api/v1/auth/admin/users/{}/devices", ada.id);
    let block = format!("{path}/{}/block", devices(admin, &path).await[0].id);
    admin.put(&block, json!(null)).await.expect(204);
    orion.advance(Duration::from_secs(400)).await;
    let forget = block.trim_end_matches("/block");
    for stale in [admin.delete(&block).await, admin.delete(forget).await, admin.put(&block, json!(null)).await] {
        assert_problem!(stale, 401, "insufficient-user-authentication");
    }
    assert_eq!(devices(admin, &path).await[0].status, DeviceStatus::Blocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lifts_no_block_of_another_one_from_a_device_of_their_own() {
    let orion = TestPlatform::start().await;
    let admin = orion.administrator().await;
    sign_in(&orion, &admin.email, &Value::Null).await.expect(200);
    let path = format!("/api/v1/auth/admin/users/{}/devices", admin.id);
    let own = devices(admin, &path).await.iter().find(|device| !device.is_current).unwrap().id;
    // Of their own they are the owner.
    admin.put(&format!("{path}/{own}/block"), json!(null)).await.expect(204);
    assert!(devices(admin, &path).await.iter().all(|device| !device.is_blocked_by_administrator));
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let held = "UPDATE devices SET is_blocked_by_administrator = TRUE WHERE id = $1";
    txn.execute_raw(statement(txn.connection(), held, [own.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
    for refused in [admin.delete(&format!("{path}/{own}/block")).await, admin.delete(&format!("{path}/{own}")).await] {
        assert_problem!(refused, 409, "conflict");
    }
}
