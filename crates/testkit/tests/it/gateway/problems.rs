//! Bad input is a problem with the right status and a stable type, never a 500 and never internals.

use orion_contracts::ServiceName;
use orion_testkit::{Answer, TestPlatform, assert_problem};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_answered_with_its_own_problem() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    let anonymous = orion.anonymous();
    let post = |body: &str, media: &str| {
        let request = anonymous.request("POST", "/api/v1/auth/login").header("content-type", media);
        Answer::of(request.body(body.to_owned()))
    };
    assert_problem!(post("{", "application/json").await, 400, "malformed-json");
    assert_problem!(post("{}", "text/plain").await, 415, "unsupported-media-type");
    let wrong = assert_problem!(post(r#"{"email": 1, "password": "x"}"#, "application/json").await, 422, "validation");
    assert_eq!(wrong.problem_fields(), ["email"]);
    let unknown = r#"{"email": "a@b.c", "password": "x", "admin": true}"#;
    assert_eq!(assert_problem!(post(unknown, "application/json").await, 422, "validation").problem_fields(), ["admin"]);
    let large = format!(r#"{{"email": "{}"}}"#, "a".repeat(2_000_000));
    assert_problem!(post(&large, "application/json").await, 413, "payload-too-large");
    assert_problem!(anonymous.get("/nowhere").await, 404, "not-found");
    assert_problem!(anonymous.get("/api/v1/auth/nowhere").await, 404, "not-found");
    assert_problem!(anonymous.get("/api/v1/auth/login").await, 405, "method-not-allowed");
    assert_problem!(anonymous.get("/api/v1/users/me").await, 401, "unauthenticated");
    assert_problem!(bob.get("/api/v1/users").await, 403, "permission-denied");
    assert_problem!(bob.get("/api/v1/notifications?limit=0").await, 422, "validation");
    assert_problem!(bob.get("/api/v1/notifications?cursor=zz").await, 400, "invalid-cursor");
    for (query, field) in [("unknown=1", "unknown"), ("limit=x", "limit"), ("limit=1&limit=2", "limit")] {
        let answer = assert_problem!(bob.get(&format!("/api/v1/notifications?{query}")).await, 422, "validation");
        assert_eq!(answer.problem_fields(), [field]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_say_nothing_about_what_is_inside() {
    let orion = TestPlatform::start().await;
    for path in ["/api/v1/users/not-a-uuid", "/api/v1/users/%00", "/api/v1/notifications/x/read", "/.well-known/%27"] {
        let answer = orion.administrator().await.get(path).await;
        assert!(answer.status < 500, "{answer:?}");
        for word in ["panicked", "sqlx", "SELECT", "crates/", "src/"] {
            assert!(!answer.text.contains(word), "{path}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_named() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let console = root.at(orion.service_url(ServiceName::Admin));
    let users = root.at(orion.service_url(ServiceName::Users));
    for (client, path) in [
        (&orion.anonymous(), "/nowhere"),
        (&orion.anonymous(), "/api/v1/auth/nowhere"),
        (root, "/api/v1/users/me/nowhere"),
        (root, "/api/v1/jobs/"),
        (root, "/api/v1/jobs/users"),
        (&users, "/nowhere"),
        (&console, "/api/v1/nope"),
        (&console, "/api/v1/jobs/users"),
        (&console, "/assets/nope.js"),
        (&console.at(&console.base), "/console/nope"),
    ] {
        let answer = assert_problem!(client.get(path).await, 404, "not-found");
        assert_eq!(answer.value()["detail"], format!("There is nothing at GET {path}."), "{}", client.base);
    }
    let answer = assert_problem!(orion.anonymous().get("/api/v1/auth/login").await, 405, "method-not-allowed");
    assert_eq!(answer.value()["detail"], "GET is not served at /api/v1/auth/login.");
}
