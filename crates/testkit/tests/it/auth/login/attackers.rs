//! Attackers, and the owner who signs in beside them.

use super::PATH;
use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

/// Signs in at auth itself, from an address that a trusted proxy tells of.
async fn sign_in_from(orion: &TestPlatform, from: &str, order: &Value) -> Answer {
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    Answer::of(auth.request("POST", PATH).header("x-forwarded-for", from).json(order)).await
}

/// Lets an attacker at this address fail until every bucket that counted it is blocked for a day.
async fn attack_from(orion: &TestPlatform, from: &str, email: &str) {
    let wrong = json!({ "email": email, "password": "a wrong password" });
    sign_in_from(orion, from, &wrong).await.expect(401);
    let auth = orion.infra(ServiceName::Auth);
    let until = auth.clock.now() + chrono::Duration::days(1);
    let txn = auth.db.begin().await.unwrap();
    let set = "UPDATE rate_limits SET count = 150, blocked_until = $1, reset_at = $1";
    txn.execute_raw(statement(txn.connection(), set, [until.into()])).await.unwrap();
    txn.commit().await.unwrap();
    assert_problem!(sign_in_from(orion, from, &wrong).await, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_elsewhere_locks_the_owner_out_nowhere() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    attack_from(&orion, "203.0.113.9", &ada.email).await;
    let right = json!({ "email": ada.email, "password": PASSWORD });
    // Where nobody is known, failing costs more than usual while the account is under attack, and there alone.
    let wrong = json!({ "email": ada.email, "password": "a wrong password" });
    sign_in_from(&orion, "192.0.2.1", &wrong).await.expect(401);
    assert_problem!(sign_in_from(&orion, "192.0.2.77", &right).await, 429, "rate-limited");
    sign_in_from(&orion, "198.51.100.7", &right).await.expect(200);
    orion.advance(Duration::from_secs(15 * 60)).await;
    sign_in_from(&orion, "192.0.2.77", &right).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_stay_known_for_as_long_as_a_session_lives_and_where_it_was_refreshed_last() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let right = json!({ "email": ada.email, "password": PASSWORD });
    let first: Value = sign_in_from(&orion, "198.51.100.7", &right).await.json();
    orion.advance(Duration::from_secs(29 * 86_400)).await;
    let auth = Client::new(orion.service_url(ServiceName::Auth));
    let refresh = auth.request("POST", "/api/v1/auth/refresh").header("x-forwarded-for", "192.0.2.1");
    Answer::of(refresh.json(&json!({ "refresh_token": first["refresh_token"] }))).await.expect(200);
    orion.advance(Duration::from_secs(50 * 86_400)).await;
    for (neighbour, home) in [("198.51.100.9", "198.51.100.7"), ("192.0.2.9", "192.0.2.1")] {
        attack_from(&orion, neighbour, &ada.email).await;
        sign_in_from(&orion, home, &right).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_signed_in_before_is_throttled_for_its_own_failures_alone() {
    const OFFICE: &str = "198.51.100.7";
    let orion = TestPlatform::start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let order = |user: &TestUser, password: &str, device: &Value| match device {
        Value::Null => json!({ "email": user.email, "password": password }),
        device => json!({ "email": user.email, "password": password, "device_token": device }),
    };
    let signed_in = async |user: &TestUser, device: &Value| {
        sign_in_from(&orion, OFFICE, &order(user, PASSWORD, device)).await.json::<Value>()["device_token"].clone()
    };
    let (device, bobs) = (signed_in(&ada, &Value::Null).await, signed_in(&bob, &Value::Null).await);
    let again = signed_in(&ada, &device).await;
    assert!(device.is_string() && again.is_string());
    // Behind the same address as she is.
    attack_from(&orion, OFFICE, &ada.email).await;
    for foreign in [&Value::Null, &bobs, &json!("nonsense"), &json!("a.b.c.d"), &json!("\u{e9}.1.2")] {
        assert_problem!(sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, foreign)).await, 429, "rate-limited");
    }
    signed_in(&ada, &device).await;
    signed_in(&ada, &again).await;
    for _ in 0..5 {
        sign_in_from(&orion, OFFICE, &order(&ada, "a wrong password", &device)).await.expect(401);
    }
    // Both tokens are of one device.
    assert_problem!(sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, &again)).await, 429, "rate-limited");
    orion.settle().await;
    orion.advance(Duration::from_secs(400 * 86_400)).await;
    attack_from(&orion, OFFICE, &ada.email).await;
    let late = sign_in_from(&orion, OFFICE, &order(&ada, PASSWORD, &device)).await;
    assert_problem!(late, 429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_in_before_the_password_was_chosen_is_a_stranger_now() {
    const PLACE: &str = "203.0.113.9";
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let foreign = json!({ "email": "eve@example.com", "password": "what a stranger chose" });
    client.post("/api/v1/auth/register", &foreign).await.expect(201);
    orion.settle().await;
    let device = sign_in_from(&orion, PLACE, &foreign).await.json::<Value>()["device_token"].clone();
    assert!(device.is_string());
    let link = orion.mailbox.verification_token("eve@example.com").await;
    let own = json!({ "token": link, "password": PASSWORD, "replace_password": true });
    client.post("/api/v1/auth/verify-email", own).await.expect(204);

    // Another host of the same network.
    attack_from(&orion, "203.0.113.77", "eve@example.com").await;
    for device in [Value::Null, device] {
        let mut order = json!({ "email": "eve@example.com", "password": PASSWORD });
        order["device_token"] = device;
        assert_problem!(sign_in_from(&orion, PLACE, &order).await, 429, "rate-limited");
    }
    sign_in_from(&orion, "198.51.100.7", &json!({ "email": "eve@example.com", "password": PASSWORD }))
        .await
        .expect(200);
}
