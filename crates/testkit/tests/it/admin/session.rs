//! `/console/session`

use super::Browser;
use orion_contracts::ServiceName;
use orion_contracts::admin::ConsoleSession;
use orion_contracts::auth::SessionList;
use orion_testkit::{Answer, PASSWORD, TestPlatform, assert_problem, eventually};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_sets_a_strict_cookie_and_shows_no_token() {
    let orion = TestPlatform::start().await;
    let mut browser = Browser::new(&orion);
    let answer = browser.sign_in(&orion.administrator().await.email).await.expect(201);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict") && cookie.contains("; Path=/"));
    assert!(!answer.text.contains("token"), "{}", answer.text);
    let session: ConsoleSession = browser.get("/console/session").await.json();
    assert_eq!(session.user_id, orion.administrator().await.id);
}

/// Browsers send a cookie to every port of its host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consoles_of_one_host_leave_each_others_sessions_alone() {
    let (one, other) = (TestPlatform::start().await, TestPlatform::start().await);
    let (mut browser, neighbour) = (Browser::administrator(&one).await, Browser::administrator(&other).await);
    let cookies = [neighbour.cookie, browser.cookie.take()].map(|cookie| cookie.expect("a cookie"));
    browser.cookie = Some(cookies.join("; "));
    let session: ConsoleSession = browser.get("/console/session").await.json();
    assert_eq!(session.user_id, one.administrator().await.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_use_the_console_is_signed_out_again() {
    let orion = TestPlatform::start().await;
    orion.administrator().await;
    let bob = orion.user("bob").await;
    let mut browser = Browser::new(&orion);
    let answer = browser.sign_in(&bob.email).await;
    let answer = assert_problem!(answer, 403, "console-forbidden");
    assert_eq!(answer.header("set-cookie"), None);
    assert!(answer.text.contains("role"), "it says what would help: {}", answer.text);
    let wrong = json!({ "email": bob.email, "password": "something else entirely" });
    assert_problem!(browser.post("/console/session", wrong).await, 401, "invalid-credentials");
    let left: SessionList = bob.get("/api/v1/auth/sessions").await.expect(200).json();
    assert_eq!(left.items.len(), 1, "his own one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_changes_without_proof_that_the_console_asked() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let login = json!({ "email": orion.administrator().await.email, "password": PASSWORD });
    let bare = |path| browser.request("POST", path).json(&login);
    let origin = browser.origin.as_str();
    for path in ["/console/session", "/console/setup", "/api/v1/users/me", "/no/such/page"] {
        assert_problem!(Answer::of(bare(path)).await, 403, "csrf");
        assert_problem!(Answer::of(bare(path).header("x-orion-csrf", "1")).await, 403, "csrf");
        assert_problem!(Answer::of(bare(path).header("origin", origin)).await, 403, "csrf");
        for foreign in ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil.example:3004"] {
            let request = bare(path).header("x-orion-csrf", "1").header("origin", foreign);
            assert_problem!(Answer::of(request).await, 403, "csrf");
        }
    }
    let twice = bare("/console/session").header("x-orion-csrf", "1").header("origin", origin).header("origin", origin);
    assert_problem!(Answer::of(twice).await, 403, "csrf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_here_and_at_auth() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let answer = browser.delete("/console/session").await.expect(204);
    assert!(answer.header("set-cookie").expect("a cookie").contains("Max-Age=0"));
    assert_problem!(browser.get("/console/session").await, 401, "no-console-session");
    assert_problem!(browser.get("/api/v1/users/me").await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_without_use_and_lives_on_with_it() {
    let orion = TestPlatform::start().await;
    let used = Browser::administrator(&orion).await;
    let unused = Browser::administrator(&orion).await;
    orion.advance(Duration::from_secs(20 * 60)).await;
    // The access token has expired by now: it is refreshed without the page noticing.
    used.get("/api/v1/users/me").await.expect(200);
    orion.advance(Duration::from_secs(20 * 60)).await;
    used.get("/console/session").await.expect(200);
    assert_problem!(unused.get("/console/session").await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_after_twelve_hours_in_any_case() {
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    for _ in 0..35 {
        orion.advance(Duration::from_secs(20 * 60)).await;
        browser.get("/console/session").await.expect(200);
    }
    orion.advance(Duration::from_secs(20 * 60)).await;
    assert_problem!(browser.get("/console/session").await, 401, "no-console-session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_refresh_once() {
    // Without a grace window the second use of a refresh token ends the session.
    let orion = TestPlatform::builder().set("auth.refresh_grace_seconds", 0).start().await;
    let browser = Browser::administrator(&orion).await;
    for _ in 0..3 {
        orion.advance(Duration::from_secs(290)).await;
        let calls = (0..12).map(|_| browser.get("/api/v1/users/me"));
        for answer in futures_util::future::join_all(calls).await {
            answer.expect(200);
        }
        browser.get("/console/session").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_and_cookies_do_not_lie_open_in_the_database() {
    use sea_orm::ConnectionTrait;
    let orion = TestPlatform::start().await;
    let browser = Browser::administrator(&orion).await;
    let cookie = browser.cookie.as_deref().and_then(|pair| pair.split_once('=')).expect("a cookie").1.to_owned();
    let db = &orion.infra(ServiceName::Admin).db;
    let sql = "SELECT id_hash, access_token, refresh_token FROM console_sessions";
    let select = sea_orm::Statement::from_string(db.read().get_database_backend(), sql);
    let row = db.read().query_one_raw(select).await.expect("a query").expect("a row");
    for column in ["id_hash", "access_token", "refresh_token"] {
        let text: String = row.try_get("", column).expect("text");
        assert!(!text.contains(&cookie) && !text.starts_with("ey"), "{column}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_no_longer_use_the_console_is_signed_out_of_it() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let bob = orion.user("bob").with_role("moderator").await;
    let mut browser = Browser::new(&orion);
    browser.sign_in(&bob.email).await.expect(201);
    browser.get("/console/overview").await.expect(200);
    root.delete(&format!("/api/v1/users/{}/roles/moderator", bob.id)).await.expect(204);
    eventually("the session has ended", || async {
        let answer = browser.get("/api/v1/users/me").await;
        (answer.problem_name().as_deref() == Some("no-console-session")).then_some(())
    })
    .await;
    assert_problem!(browser.get("/console/session").await, 401, "no-console-session");
    // Elsewhere they are who they were.
    bob.get("/api/v1/users/me").await.expect(200);
    root.put(&format!("/api/v1/users/{}/roles/moderator", bob.id), json!({})).await.expect(204);
    assert_problem!(browser.get("/console/session").await, 401, "no-console-session");
}
