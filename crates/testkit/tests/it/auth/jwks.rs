//! `/.well-known/jwks.json`

use orion_contracts::auth::TokenResponse;
use orion_testkit::{PASSWORD, TestPlatform, eventually};
use serde_json::{Value, json};
use std::time::Duration;

async fn key_ids(orion: &TestPlatform) -> Vec<String> {
    let set: Value = orion.anonymous().get("/.well-known/jwks.json").await.json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn signing_key(orion: &TestPlatform) -> String {
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let tokens: TokenResponse = orion.anonymous().post("/api/v1/auth/login", login).await.json();
    jsonwebtoken::decode_header(tokens.access_token.expose()).unwrap().kid.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_set_is_public_may_be_kept_and_has_no_private_part() {
    let orion = TestPlatform::start().await;
    let answer = orion.anonymous().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("cache-control").as_deref(), Some("public, max-age=60"));
    let set = answer.value();
    let key = &set["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("EC"), &json!("P-256"), &json!("ES256"), &json!("sig"))
    );
    assert!(key.get("d").is_none(), "{set}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_by_themselves_published_before_they_sign_and_retired_after_their_last_token() {
    let orion = TestPlatform::start().await;
    orion.user("ada").await;
    let first = signing_key(&orion).await;
    assert_eq!(key_ids(&orion).await, std::slice::from_ref(&first));

    orion.advance(Duration::from_secs(30 * 86_400 - 300)).await;
    let both = eventually("the next key to be published", || async {
        Some(key_ids(&orion).await).filter(|ids| ids.len() == 2)
    })
    .await;
    assert_eq!(signing_key(&orion).await, first, "published, but not signing yet");

    orion.advance(Duration::from_secs(900)).await;
    let second = signing_key(&orion).await;
    assert_eq!(both, [first, second.clone()]);
    // By then also a token of a longer life, given under another configuration, has died.
    orion.advance(Duration::from_secs(3000)).await;
    assert_eq!(key_ids(&orion).await.len(), 2);
    orion.advance(Duration::from_secs(900)).await;
    eventually("the first key to be retired", || async { (key_ids(&orion).await == [second.clone()]).then_some(()) })
        .await;
}
