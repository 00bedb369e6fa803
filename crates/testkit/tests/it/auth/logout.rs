//! `/api/v1/auth/logout`

use orion_contracts::ServiceName;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::json;

const PATH: &str = "/api/v1/auth/logout";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_signed_out_is_refused_at_once_and_others_go_on() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let elsewhere = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    ada.post(PATH, json!({})).await.expect(204);

    let auth = ada.at(orion.service_url(ServiceName::Auth));
    assert_problem!(auth.post(PATH, json!({})).await, 401, "invalid-token");
    eventually("the gateway refuses the token", || async {
        (ada.get("/api/v1/users/me").await.status == 401).then_some(())
    })
    .await;
    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_problem!(orion.anonymous().post("/api/v1/auth/refresh", refresh).await, 401, "invalid-refresh-token");
    elsewhere.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_stays_refused_after_a_restart() {
    let mut orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    ada.post(PATH, json!({})).await.expect(204);
    orion.restart().await;
    let again = ada.at(orion.gateway_url());
    assert_problem!(again.get("/api/v1/users/me").await, 401, "invalid-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_needs_a_token() {
    let orion = TestPlatform::start().await;
    let auth = orion.anonymous().at(orion.service_url(ServiceName::Auth));
    assert_problem!(auth.post(PATH, json!({})).await, 401, "unauthenticated");
}
