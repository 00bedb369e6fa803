//! `/api/v1/*` on the console's port

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::users::User;
use orion_testkit::{Answer, TestPlatform, assert_problem};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_made_as_whoever_the_cookie_stands_for() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let bob = orion.user("bob").await;
    let request = browser
        .request("GET", "/api/v1/users/me")
        .bearer_auth(&bob.access_token)
        .header("x-orion-user-id", bob.id.to_string());
    let me: User = Answer::of(request).await.json();
    assert_eq!(me.id, orion.administrator().await.id, "the browser's own claims count nothing");

    let patch = browser.proven("PATCH", "/api/v1/users/me").json(&json!({ "display_name": "Chief" }));
    let me: User = Answer::of(patch).await.json();
    assert_eq!(me.display_name.as_deref(), Some("Chief"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_a_token_is_no_way_in() {
    let orion = TestPlatform::start().await;
    let token = orion.administrator().await.access_token.clone();
    let mut browser = Browser::new(&orion);
    assert_problem!(browser.get("/api/v1/users/me").await, 401, "no-console-session");
    let request = browser.request("GET", "/api/v1/users/me").bearer_auth(token);
    assert_problem!(Answer::of(request).await, 401, "no-console-session");
    let real = Browser::administrator(&orion).await.cookie.expect("a cookie");
    let (name, _) = real.split_once('=').expect("a name");
    browser.cookie = Some(format!("{name}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_problem!(browser.get("/api/v1/users/me").await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_owners_and_large_bodies_are_refused() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    for path in
        ["/api/v1/nothing", "/api/v1/users/%2e%2e/%2e%2e/%2e%2e/internal/v1/roles", "/api/v2/users", "/internal/x"]
    {
        assert_problem!(browser.get(path).await, 404, "not-found");
    }
    let large = browser.proven("PATCH", "/api/v1/users/me").header("content-type", "application/json");
    assert_problem!(Answer::of(large.body(vec![b' '; 2 * 1024 * 1024])).await, 413, "payload-too-large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_owns_is_not_found_whoever_asks() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await.at(orion.service_url(ServiceName::Admin));
    let nobody = Browser::new(&orion);
    for path in ["/api/v1/nothing", "/api/v1/jobs/", "/api/v1/jobs/users", "/api/nothing", "/api/v2/users"] {
        assert_problem!(root.get(path).await, 404, "not-found");
        assert_problem!(nobody.get(path).await, 404, "not-found");
    }
}
