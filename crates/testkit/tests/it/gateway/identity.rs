//! Tokens at the gateway: revocation is in force on its cache as well.

use orion_testkit::shop::Shop;
use orion_testkit::{TestPlatform, assert_problem, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ended_is_refused_although_its_token_was_cached() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    for _ in 0..10 {
        bob.get("/shop").await.expect(200);
    }
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    assert_problem!(bob.get("/shop").await, 401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_refused_once_its_time_is_over() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let bob = orion.user("bob").await;
    bob.get("/shop").await.expect(200);
    orion.advance(std::time::Duration::from_secs(370)).await;
    eventually("the end of the token", || async { (bob.get("/shop").await.status == 401).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_has_ended_keeps_nobody_from_signing_in_or_renewing_it() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    orion.advance(std::time::Duration::from_secs(370)).await;
    eventually("the end of the token", || async { (bob.get("/api/v1/users/me").await.status == 401).then_some(()) })
        .await;
    bob.get("/.well-known/jwks.json").await.expect(200);
    bob.post("/api/v1/auth/refresh", json!({ "refresh_token": bob.refresh_token })).await.expect(200);
    bob.post("/api/v1/auth/login", json!({ "email": bob.email, "password": orion_testkit::PASSWORD }))
        .await
        .expect(200);
    let stranger = orion.anonymous().with_token("somebody-elses");
    let wrong = stranger.post("/api/v1/auth/login", json!({ "email": bob.email, "password": "wrong" })).await;
    assert_problem!(wrong, 401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_public_route_a_session_that_ended_is_nobodys() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("access = \"public\"")).start().await;
    let bob = orion.user("bob").await;
    let seen = bob.get("/shop").await.expect(200).value();
    assert_eq!(seen["headers"]["x-orion-user-id"], bob.id.to_string());
    bob.post("/api/v1/auth/logout", json!({})).await.expect(204);
    let seen = bob.get("/shop").await.expect(200).value();
    let headers = seen["headers"].as_object().unwrap();
    assert!(!headers.keys().any(|name| name.starts_with("x-orion-") || name == "authorization"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_who_acts_as_its_caller_and_hears_nothing_of_who_may_do_so_no_more() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").with_role("moderator").await);
    let root = orion.administrator().await;
    let path = format!("/api/v1/users/{}/permissions/users.impersonate", bob.id);
    root.put(&path, json!({ "effect": "grant" })).await.expect(204);
    let order = json!({ "user_id": ada.id, "reason": "Ticket 4711" });
    let given = eventually("the permission", async || {
        let answer = bob.post("/api/v1/auth/impersonations", order.clone()).await;
        (answer.status == 201).then(|| answer.value())
    })
    .await;
    let acting = orion.anonymous().with_token(given["access_token"].as_str().unwrap());
    let seen = acting.get("/shop").await.expect(200).value();
    assert_eq!(seen["headers"]["x-orion-user-id"], ada.id.to_string());
    assert_eq!(seen["headers"]["x-orion-actor-id"], bob.id.to_string());
    assert!(ada.get("/shop").await.expect(200).value()["headers"]["x-orion-actor-id"].is_null());
    root.delete(&path).await.expect(204);
    eventually("the loss", async || (acting.get("/shop").await.status == 403).then_some(())).await;
    ada.get("/shop").await.expect(200);
}
