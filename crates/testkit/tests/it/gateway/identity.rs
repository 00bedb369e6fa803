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
