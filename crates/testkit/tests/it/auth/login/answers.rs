//! Who is let in, and what is told to those who are not.

use super::PATH;
use crate::auth::{count, facts, tell};
use orion_contracts::users::UserStatus;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_addresses_wrong_passwords_and_suspended_accounts_look_the_same() {
    // What a hash costs in the product, so that it is most of what an answer costs.
    let dear = [("auth.argon2_memory_kib", "19456"), ("auth.argon2_iterations", "2")];
    let orion = dear.into_iter().fold(TestPlatform::builder(), |it, (key, value)| it.set(key, value)).start().await;
    let (ada, eve) = (orion.user("ada").await, orion.user("eve").await);
    tell(&orion, &facts(&eve, UserStatus::Suspended), 1000).await;

    let client = orion.anonymous();
    let mut seen = Vec::new();
    for (email, password) in
        [(ada.email.as_str(), "a wrong password"), ("nobody@example.com", PASSWORD), (eve.email.as_str(), PASSWORD)]
    {
        // The quickest of three: other tests share the cores.
        let mut elapsed = Duration::MAX;
        let mut body = Value::Null;
        for _ in 0..3 {
            let started = Instant::now();
            let answer = client.post(PATH, json!({ "email": email, "password": password })).await;
            elapsed = elapsed.min(started.elapsed());
            body = assert_problem!(answer, 401, "invalid-credentials").value();
            body.as_object_mut().unwrap().remove("request_id");
        }
        seen.push((body, elapsed));
    }
    assert!(seen.windows(2).all(|pair| pair[0].0 == pair[1].0), "{seen:?}");
    // A hash takes tens of milliseconds; an answer without one would be several times faster than the slowest.
    let (fastest, slowest) = (seen.iter().map(|it| it.1).min().unwrap(), seen.iter().map(|it| it.1).max().unwrap());
    assert!(fastest * 4 > slowest, "{seen:?}");
    let hash_time = Duration::from_millis(5);
    assert!(fastest > hash_time, "an answer came without a hash: {seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_in_has_a_session_and_tokens_of_its_own() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let sign_in = || client.post(PATH, json!({ "email": " ADA@example.com", "password": PASSWORD }));
    let (one, two): (Value, Value) = (sign_in().await.json(), sign_in().await.json());
    for field in ["session_id", "access_token", "refresh_token"] {
        assert_ne!(one[field], two[field], "{field}");
    }
    assert_eq!(one["user_id"], json!(ada.id));
    assert_eq!(sign_in().await.header("cache-control").as_deref(), Some("no-store"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_that_folds_to_a_letter_is_that_letter_at_sign_in_and_at_registration() {
    let orion = TestPlatform::start().await;
    let quack = orion.user("quack").await;
    let client = orion.anonymous();
    let kelvin = "quac\u{212a}@example.com";
    let signed_in: Value = client.post(PATH, json!({ "email": kelvin, "password": PASSWORD })).await.json();
    assert_eq!(signed_in["user_id"], json!(quack.id));
    client.post("/api/v1/auth/register", json!({ "email": kelvin, "password": PASSWORD })).await.expect(201);
    assert_eq!(count(&orion, "SELECT COUNT(*) AS n FROM accounts", []).await, 1, "one account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_a_hundred_sessions_the_one_unused_for_longest_ends() {
    let orion = TestPlatform::builder().set("auth.login_attempts_per_address_per_minute", 0).start().await;
    let ada = orion.user("ada").await;
    let second = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    orion.advance(Duration::from_secs(1)).await;
    let client = orion.anonymous();
    let refresh = async |token: &str| client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await;
    refresh(&ada.refresh_token).await.expect(200);
    for _ in 0..99 {
        TestUser::sign_in(&client, &ada.email, PASSWORD).await;
    }
    let open = "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NULL";
    assert_eq!(count(&orion, open, []).await, 100);
    assert_problem!(second.get("/api/v1/users/me").await, 401, "invalid-token");
    assert_problem!(refresh(&second.refresh_token).await, 401, "invalid-refresh-token");
    ada.get("/api/v1/users/me").await.expect(200);
}
