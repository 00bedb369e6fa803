//! `/api/v1/auth/logout`

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use orion_contracts::ServiceName;
use orion_contracts::auth::TokenResponse;
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform, TestUser, assert_problem, eventually};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/api/v1/auth/logout";

async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_signed_out_is_refused_at_once_and_others_go_on() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let elsewhere = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    ada.post(PATH, json!({})).await.expect(204);

    eventually("the gateway refuses the token", || async {
        (ada.get("/api/v1/users/me").await.status == 401).then_some(())
    })
    .await;
    assert_problem!(refresh(&orion.anonymous(), &ada.refresh_token).await, 401, "invalid-refresh-token");
    elsewhere.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_out_already_is_told_that_they_are_out() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let auth = ada.at(orion.service_url(ServiceName::Auth));
    let both = json!({ "refresh_token": ada.refresh_token });
    let none = json!({ "refresh_token": "" });
    for body in [&json!({}), &none, &both, &both] {
        auth.post(PATH, body).await.expect(204);
    }
    Answer::of(auth.request("POST", PATH)).await.expect(204);
    let lines = super::count(&orion, "SELECT COUNT(*) AS n FROM session_blacklist", []).await;
    assert_eq!(lines, 1, "it was ended once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_works_with_a_token_whose_time_and_key_are_over() {
    let orion = TestPlatform::builder().set("auth.key_rotation_days", 1).start().await;
    let ada = orion.user("ada").await;
    let later = orion.user("bob").await;
    let client = orion.anonymous();
    orion.advance(Duration::from_secs(400)).await;
    let auth = ada.at(orion.service_url(ServiceName::Auth));
    auth.post(PATH, json!({})).await.expect(204);
    assert_problem!(refresh(&client, &ada.refresh_token).await, 401, "invalid-refresh-token");

    let key = jsonwebtoken::decode_header(&later.access_token).unwrap().kid.unwrap();
    eventually("the key to be retired", || async {
        // A job that runs while its hour is moved away has taken too long.
        orion.settle().await;
        orion.advance(Duration::from_secs(6 * 3600)).await;
        let set: Value = client.get("/.well-known/jwks.json").await.json();
        (!set.to_string().contains(&key)).then_some(())
    })
    .await;
    later.at(orion.service_url(ServiceName::Auth)).post(PATH, json!({})).await.expect(204);
    assert_problem!(refresh(&client, &later.refresh_token).await, 401, "invalid-refresh-token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_alone_signs_out_also_when_it_was_used_or_is_unknown() {
    let orion = TestPlatform::start().await;
    let client = orion.anonymous();
    let sign_out = async |token: &str| client.post(PATH, json!({ "refresh_token": token })).await;
    for used in [false, true] {
        let ada = orion.user(if used { "ada" } else { "eve" }).await;
        let newest = match used {
            true => {
                refresh(&client, &ada.refresh_token).await.json::<TokenResponse>().refresh_token.expose().to_owned()
            }
            false => ada.refresh_token.clone(),
        };
        for _ in 0..2 {
            sign_out(&ada.refresh_token).await.expect(204);
        }
        assert_problem!(refresh(&client, &newest).await, 401, "invalid-refresh-token");
        eventually("the access token's refusal", || async {
            (ada.get("/api/v1/users/me").await.status == 401).then_some(())
        })
        .await;
    }
    sign_out("never heard of").await.expect(204);
    assert_problem!(sign_out("").await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_auth_did_not_give_signs_nobody_out() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let auth = orion.anonymous().at(orion.service_url(ServiceName::Auth));
    assert_problem!(auth.post(PATH, json!({})).await, 401, "unauthenticated");
    assert_problem!(Answer::of(auth.request("POST", PATH)).await, 401, "unauthenticated");

    let claims = ada.access_token.split('.').nth(1).unwrap();
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let own = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let mut header = Header::new(Algorithm::ES256);
    (header.typ, header.kid) = (Some("at+jwt".to_owned()), jsonwebtoken::decode_header(&ada.access_token).unwrap().kid);
    let key = EncodingKey::from_ec_der(own.to_pkcs8v1().unwrap().as_ref());
    let forged = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    for token in [forged.as_str(), "garbage"] {
        assert_problem!(auth.with_token(token).post(PATH, json!({})).await, 401, "invalid-token");
    }
    ada.get("/api/v1/users/me").await.expect(200);
    // What cannot be read is no obstacle where a refresh token says which session is meant.
    let body = json!({ "refresh_token": ada.refresh_token });
    auth.with_token("garbage").post(PATH, body).await.expect(204);
    assert_problem!(refresh(&orion.anonymous(), &ada.refresh_token).await, 401, "invalid-refresh-token");
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
