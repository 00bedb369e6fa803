//! `/oauth/introspect` and `/oauth/revoke`

use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, TestPlatform, assert_problem, eventually};
use reqwest::RequestBuilder;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

const SECRET: &str = "a secret of the shop: 100% long + strange";

async fn start() -> TestPlatform {
    TestPlatform::builder().set("auth.services.shop.secret", SECRET).start().await
}

fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

async fn ask(client: &Client, path: &str, secret: &str, token: &str) -> Answer {
    let request = client.request("POST", path).basic_auth("shop", Some(secret));
    Answer::of(form(request, &[("token", token)])).await
}

async fn of(client: &Client, token: &str) -> Value {
    ask(client, "/oauth/introspect", SECRET, token).await.expect(200).value()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_whose_a_good_token_is() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let answer = ask(&client, "/oauth/introspect", SECRET, &ada.access_token).await.expect(200);
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let access = answer.value();
    assert_eq!((&access["active"], &access["token_type"]), (&json!(true), &json!("Bearer")), "{access}");
    assert_eq!((&access["sub"], &access["sid"]), (&json!(ada.id), &json!(ada.session_id)));
    assert_eq!((&access["roles"], &access["amr"], &access["acr"]), (&json!(["user"]), &json!(["pwd"]), &json!("aal1")));
    for name in ["exp", "iat", "iss", "aud", "client_id", "auth_time"] {
        assert!(!access[name].is_null(), "{name} in {access}");
    }
    let refresh = of(&client, &ada.refresh_token).await;
    assert_eq!((&refresh["active"], &refresh["token_type"]), (&json!(true), &json!("refresh_token")), "{refresh}");
    assert_eq!((&refresh["sub"], &refresh["iss"]), (&access["sub"], &access["iss"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_told_who_really_acts_where_somebody_acts_as_the_user() {
    let orion = start().await;
    let (ada, root) = (orion.user("ada").await, orion.administrator().await);
    let order = json!({ "user_id": ada.id, "reason": "Ticket 4711" });
    let given = root.post("/api/v1/auth/impersonations", order).await.expect(201).value();
    let token = given["access_token"].as_str().unwrap();
    let client = orion.anonymous();
    let told = of(&client, token).await;
    assert_eq!((&told["sub"], &told["act"]), (&json!(ada.id), &json!({ "sub": root.id })), "{told}");
    assert!(of(&client, &ada.access_token).await["act"].is_null());
    let acting = client.with_token(token);
    acting.delete("/api/v1/auth/impersonations/current").await.expect(204);
    assert_eq!(of(&client, token).await, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_any_other_token_nothing_is_said() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let nothing = json!({ "active": false });
    let long = "a".repeat(10_000);
    let forged = format!("{}x", ada.access_token);
    for token in ["x", "a.b.c", "'; DROP TABLE sessions", "\0", &long, &forged] {
        assert_eq!(of(&client, token).await, nothing, "{token}");
    }
    // One that was used up.
    let refresh = json!({ "refresh_token": ada.refresh_token });
    client.post("/api/v1/auth/refresh", &refresh).await.expect(200);
    assert_eq!(of(&client, &ada.refresh_token).await, nothing);
    // One whose session has ended.
    ada.post("/api/v1/auth/logout", json!({})).await.expect(204);
    assert_eq!(of(&client, &ada.access_token).await, nothing);
    // One whose session another process has ended a moment ago.
    let eve = orion.user("eve").await;
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let end = "UPDATE sessions SET ended_at = started_at WHERE id = $1";
    txn.connection().execute_raw(statement(txn.connection(), end, [eve.session_id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
    for token in [&eve.access_token, &eve.refresh_token] {
        assert_eq!(of(&client, token).await, nothing);
    }
    // One whose time is over.
    let bob = orion.user("bob").await;
    orion.advance(Duration::from_secs(400)).await;
    assert_eq!(of(&client, &bob.access_token).await, nothing);
}

/// RFC 6749, section 2.3.1, asks for it, and few do it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_may_be_percent_encoded_or_not() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    for secret in [SECRET, &encoded, &encoded.replace('+', "%20")] {
        let answer = ask(&client, "/oauth/introspect", secret, &ada.access_token).await.expect(200);
        assert_eq!(answer.value()["active"], true, "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_service_that_is_configured_may_ask() {
    let orion = start().await;
    let ada = orion.user("ada").await;
    let client = orion.anonymous();
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let post = || form(client.request("POST", path), &[("token", &ada.access_token)]);
        for request in [
            post(),
            post().basic_auth("shop", Some("another secret, which is long enough")),
            post().basic_auth("shop", Some("")),
            post().basic_auth("nobody", Some(SECRET)),
            post().basic_auth("nobody", Some("")),
            post().bearer_auth(&ada.access_token),
            post().header("authorization", "Basic ###"),
        ] {
            let answer = assert_problem!(Answer::of(request).await, 401, "invalid-client");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "), "{path}");
        }
    }
    assert_eq!(of(&client, &ada.access_token).await["active"], true, "nothing was revoked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_wrong_secrets_are_slowed_down_and_a_right_one_still_passes() {
    let orion = start().await;
    let client = orion.anonymous();
    for _ in 0..20 {
        assert_problem!(ask(&client, "/oauth/introspect", "wrong", "x").await, 401, "invalid-client");
    }
    let answer = assert_problem!(ask(&client, "/oauth/revoke", "wrong", "x").await, 429, "rate-limited");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(of(&client, "x").await, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_refresh_token_ends_its_session_and_unknown_ones_are_answered_alike() {
    let orion = start().await;
    let (ada, bob) = (orion.user("ada").await, orion.user("bob").await);
    let client = orion.anonymous();
    for token in ["x", "a.b.c", &ada.refresh_token, &ada.refresh_token] {
        ask(&client, "/oauth/revoke", SECRET, token).await.expect(200);
    }
    assert_eq!(of(&client, &ada.access_token).await, json!({ "active": false }));
    let refresh = json!({ "refresh_token": ada.refresh_token });
    assert_problem!(client.post("/api/v1/auth/refresh", &refresh).await, 401, "invalid-refresh-token");

    ask(&client, "/oauth/revoke", SECRET, &bob.access_token).await.expect(200);
    assert_eq!(of(&client, &bob.access_token).await, json!({ "active": false }));
    assert_eq!(of(&client, &bob.refresh_token).await["active"], true, "the session goes on");
    eventually("the gateway refuses the token", || async {
        (bob.get("/api/v1/users/me").await.status == 401).then_some(())
    })
    .await;
    let refresh = json!({ "refresh_token": bob.refresh_token });
    let renewed = client.post("/api/v1/auth/refresh", &refresh).await.expect(200).value();
    let renewed = renewed["access_token"].as_str().unwrap().to_owned();
    client.with_token(renewed).get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_form_with_one_token_is_refused() {
    let orion = start().await;
    let auth = orion.anonymous().at(orion.service_url(ServiceName::Auth));
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let post = || auth.request("POST", path).basic_auth("shop", Some(SECRET));
        assert_problem!(Answer::of(post().json(&json!({ "token": "x" }))).await, 415, "unsupported-media-type");
        for fields in [&[][..], &[("token", "")], &[("token", "a"), ("token", "b")], &[("tokens", "a")]] {
            let answer = assert_problem!(Answer::of(form(post(), fields)).await, 422, "validation");
            assert_eq!(answer.problem_fields(), ["token"], "{fields:?}");
        }
    }
}
