//! What a step-up at the console keeps, and what a stolen cookie does not do.

use super::Browser;
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SETTING: &str = "/api/v1/settings/users.verification_hours";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_cookie_does_nothing_that_needs_a_fresh_sign_in() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let browser = Browser::administrator(&orion).await;
    orion.advance(Duration::from_secs(600)).await;
    let role = format!("/api/v1/users/{}/roles/moderator", bob.id);
    let replay = "/api/v1/jobs/users/019e4c31-0b62-7a1e-8f3d-5c9e2d7b6a10/replay";
    for (method, path) in [("PUT", SETTING), ("DELETE", SETTING), ("PUT", &role), ("DELETE", &role), ("POST", replay)] {
        let call = browser.proven(method, path).json(&json!({ "value": 48 }));
        let answer = Answer::of(call).await;
        assert_problem!(answer, 401, "insufficient-user-authentication");
    }
    // That is no end of the session.
    browser.get("/console/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_goes_with_the_session_that_began_it() {
    let orion = TestPlatform::start().await;
    let mut browser = Browser::administrator(&orion).await;
    let mut other = Browser::administrator(&orion).await;
    browser.step("step-up", json!({})).await.expect(202);
    other.flow = browser.flow.clone();
    let password = json!({ "password": PASSWORD });
    assert_problem!(other.step("steps/password", password.clone()).await, 401, "no-console-session");
    other.cookie = None;
    assert_problem!(other.step("steps/password", password.clone()).await, 401, "no-console-session");
    browser.step("steps/password", password).await.expect(204);
    assert_problem!(Browser::new(&orion).step("step-up", json!({})).await, 401, "no-console-session");
}

/// Without a grace window the second use of a refresh token ends the session.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_beside_a_step_up_do_not_end_the_session() {
    // Each call refreshes the session: there is always one under way.
    let orion = TestPlatform::builder().set("auth.refresh_grace_seconds", 0).set("auth.access_token_seconds", 30);
    let orion = orion.start().await;
    let mut browser = Browser::administrator(&orion).await;
    for _ in 0..3 {
        orion.advance(Duration::from_secs(290)).await;
        browser.step("step-up", json!({})).await.expect(202);
        orion.advance(Duration::from_secs(290)).await;
        let is_over = AtomicBool::new(false);
        let calls = futures_util::future::join_all((0..4).map(async |_| {
            while !is_over.load(Ordering::Relaxed) {
                browser.get("/api/v1/users/me").await.expect(200);
            }
        }));
        let step = async {
            let stepped = browser.post("/console/session/steps/password", json!({ "password": PASSWORD })).await;
            is_over.store(true, Ordering::Relaxed);
            stepped.expect(204)
        };
        tokio::join!(calls, step);
        browser.flow = None;
        browser.get("/console/session").await.expect(200);
    }
}
