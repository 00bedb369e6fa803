//! Malformed input is a problem with the right status, never a 500.

use orion_testkit::{Answer, PASSWORD, TestPlatform};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const POSTS: &[&str] =
    &["/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/verify-email"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_bodies_are_told_apart_by_status() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    for path in POSTS {
        let send = |body: &'static str| {
            Answer::of(client.request("POST", path).header("content-type", "application/json").body(body))
        };
        for (body, status) in [
            ("", 400),
            ("{", 400),
            ("nul", 400),
            ("[]", 422),
            ("1", 422),
            ("{}", 422),
            (r#"{"unknown": 1}"#, 422),
            (r#"{"email": 1, "password": [], "token": {}, "refresh_token": null}"#, 422),
            (r#"{"email": "\u0000@x", "password": "\u0000", "token": "", "refresh_token": ""}"#, 422),
        ] {
            let answer = send(body).await;
            assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
            assert!(answer.problem_name().is_some(), "{path} {body}: {answer:?}");
        }
        let plain = Answer::of(client.request("POST", path).header("content-type", "text/plain").body("{}")).await;
        assert_eq!(plain.status, 415, "{path}");
        assert_eq!(client.delete(path).await.status, 405, "{path}");
    }
}

const FIELDS: &[&str] = &["email", "password", "display_name", "locale", "token", "refresh_token"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nul_in_a_text_is_no_error_of_ours() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let login = json!({ "email": "nobody@example.com", "password": "a\0b" });
    let answer = client.post("/api/v1/auth/login", login).await.expect(422);
    assert_eq!(answer.problem_fields(), ["password"]);
    for field in ["display_name", "locale", "email"] {
        let mut order = json!({ "email": "nul@example.com", "password": PASSWORD });
        order[field] = json!("a\0@example.com");
        let answer = client.post("/api/v1/auth/register", order).await;
        assert_eq!(answer.status, 422, "{field}: {answer:?}");
        assert_eq!(answer.problem_fields(), [field]);
    }
    let list = json!(["list@example.com", PASSWORD, "x", "en"]);
    let answer = client.post("/api/v1/auth/register", list).await.expect(422);
    assert_eq!(answer.problem_fields(), ["body"], "a list is no object");
    for path in ["/auth/verify-email?token=%00", "/auth/verify-email?token=%ff"] {
        assert!(client.get(path).await.status < 500, "{path}");
    }
}

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[a-z]{1,8}@[a-z]{1,8}\\.[a-z]{2,3}".prop_map(Value::from),
        Just(Value::Null),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(|list| json!(list)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_values_in_known_fields_never_make_a_500() {
    let orion = TestPlatform::builder().set("auth.argon2_memory_kib", 64).start().await;
    let client = orion.anonymous();
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        for path in POSTS {
            let fields = proptest::sample::subsequence(FIELDS, 0..=4).new_tree(&mut runner).unwrap().current();
            let body: serde_json::Map<String, Value> = fields
                .into_iter()
                .map(|name| (name.to_owned(), word().new_tree(&mut runner).unwrap().current()))
                .collect();
            let answer = client.post(path, &body).await;
            assert!(answer.status < 500, "{path} {body:?}: {answer:?}");
        }
    }
}
