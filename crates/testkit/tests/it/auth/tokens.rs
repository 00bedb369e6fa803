//! Access tokens that must be refused, by the gateway and by a service itself.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use orion_contracts::{AccessClaims, ServiceName};
use orion_http::identity::{InvalidToken, Keys, Verification};
use orion_infra::db::dialect::statement;
use orion_testkit::shop::Shop;
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

async fn refused(orion: &TestPlatform, token: &str, why: &str) {
    for base in [orion.gateway_url(), orion.service_url(ServiceName::Users)] {
        let client = orion.anonymous().at(base).with_token(token);
        let answer = assert_problem!(client.get("/api/v1/users/me").await, 401, "invalid-token");
        assert!(answer.header("www-authenticate").is_some(), "{why}");
    }
}

fn parts(user: &TestUser) -> (Value, Value, String) {
    let pieces: Vec<_> = user.access_token.split('.').collect();
    let open = |piece: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(piece).unwrap()).unwrap();
    (open(pieces[0]), open(pieces[1]), pieces[2].to_owned())
}

fn unsigned(header: &Value, claims: &Value, signature: &str) -> String {
    let close = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", close(header), close(claims))
}

fn own_key() -> EncodingKey {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_tokens_are_refused() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    ada.get("/api/v1/users/me").await.expect(200);
    let (header, mut claims, signature) = parts(&ada);
    assert_eq!(header["typ"], "at+jwt");
    let with = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        changed
    };
    refused(&orion, &unsigned(&with("alg", json!("none")), &claims, ""), "alg none").await;
    refused(&orion, &unsigned(&with("typ", json!("JWT")), &claims, &signature), "changed type").await;
    claims["roles"] = json!(["super_admin"]);
    refused(&orion, &unsigned(&header, &claims, &signature), "changed claims").await;
    for token in ["x", "a.b.c", "....", &"a".repeat(10_000)] {
        refused(&orion, token, "garbage").await;
    }

    let kid = header["kid"].as_str().unwrap().to_owned();
    let keys = orion.anonymous().get("/.well-known/jwks.json").await.text;
    let mut hmac = Header::new(Algorithm::HS256);
    (hmac.typ, hmac.kid) = (Some("at+jwt".to_owned()), Some(kid.clone()));
    let confused = jsonwebtoken::encode(&hmac, &claims, &EncodingKey::from_secret(keys.as_bytes())).unwrap();
    refused(&orion, &confused, "HMAC with the public key").await;

    let own = own_key();
    let mut forged = Header::new(Algorithm::ES256);
    (forged.typ, forged.kid) = (Some("at+jwt".to_owned()), Some(kid.clone()));
    refused(&orion, &jsonwebtoken::encode(&forged, &claims, &own).unwrap(), "another key").await;
    forged.jwk = Some(Jwk::from_encoding_key(&own, Algorithm::ES256).unwrap());
    refused(&orion, &jsonwebtoken::encode(&forged, &claims, &own).unwrap(), "a key that the token brings").await;
    forged.jwk = None;
    forged.jku = Some("https://attacker.example/keys".to_owned());
    refused(&orion, &jsonwebtoken::encode(&forged, &claims, &own).unwrap(), "a key that the token names").await;
    forged.jku = None;
    forged.kid = Some("../../etc/passwd' OR 1=1".to_owned());
    refused(&orion, &jsonwebtoken::encode(&forged, &claims, &own).unwrap(), "a hostile kid").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_refused() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    orion.advance(Duration::from_secs(350)).await;
    ada.get("/api/v1/users/me").await.expect(200);
    orion.advance(Duration::from_secs(20)).await;
    refused(&orion, &ada.access_token, "expired").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_says_what_rfc_9068_asks_for() {
    let orion = TestPlatform::start().await;
    let ada = orion.user("ada").await;
    let (header, claims, _) = parts(&ada);
    assert_eq!(header["alg"], "ES256");
    assert_eq!((&claims["sub"], &claims["sid"]), (&json!(ada.id), &json!(ada.session_id)));
    assert_eq!((&claims["roles"], &claims["amr"]), (&json!(["user"]), &json!(["pwd"])));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!("orion"), &Value::Null));
    for name in ["iss", "aud", "jti", "auth_time"] {
        assert!(!claims[name].is_null(), "{name} in {claims}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_roles_burst_no_header() {
    let shop = Shop::open().await;
    let orion = TestPlatform::builder().file(shop.route("")).start().await;
    let ada = orion.user("ada").await;
    let roles: Vec<_> = (0..300).map(|number| format!("a-role-with-a-rather-long-name-{number:03}")).collect();
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let set = "UPDATE accounts SET role_names = $1 WHERE user_id = $2";
    let values = [json!(roles).to_string().into(), ada.id.0.into()];
    txn.connection().execute_raw(statement(txn.connection(), set, values)).await.unwrap();
    txn.commit().await.unwrap();

    let ada = TestUser::sign_in(&orion.anonymous(), &ada.email, PASSWORD).await;
    assert!(ada.access_token.len() < 7000, "{} bytes: servers take headers of 8 KiB", ada.access_token.len());
    let (_, claims, _) = parts(&ada);
    let named = claims["roles"].as_array().unwrap().len();
    assert!((100..300).contains(&named) && claims["roles_truncated"] == true, "{named} roles");
    assert_eq!(claims["roles"][0], roles[0]);
    ada.get("/api/v1/users/me").await.expect(200);
    let seen = ada.get("/shop/cart").await.expect(200).value();
    assert!(seen["headers"]["x-orion-roles"].as_str().unwrap().len() <= 4096);
}

/// Tokens that are signed with a key that is trusted: only what a token says of itself is wrong.
struct Forge {
    key: EncodingKey,
    keys: Keys,
}

const NOW: i64 = 1_779_000_000;
const ISSUER: &str = "https://shop.example";

impl Forge {
    fn new() -> Self {
        let key = own_key();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        public.common.key_id = Some("1".to_owned());
        Self { keys: Keys::from_set(&JwkSet { keys: vec![public] }), key }
    }

    /// What is said of a token with a changed header and changed claims, at a moment.
    fn judge(&self, at: i64, header: &[(&str, Value)], claims: &[(&str, Value)]) -> Result<AccessClaims, InvalidToken> {
        let id = "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42";
        let mut said = json!({
            "iss": ISSUER, "sub": id, "aud": "orion", "exp": NOW + 300, "iat": NOW, "jti": id, "client_id": "orion",
            "auth_time": NOW,
        });
        let mut head = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "1" });
        for (into, changes) in [(&mut said, claims), (&mut head, header)] {
            for (name, value) in changes {
                match value {
                    Value::Null => drop(into.as_object_mut().unwrap().remove(*name)),
                    value => into[*name] = value.clone(),
                }
            }
        }
        let close = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", close(&head), close(&said));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        let now = chrono::DateTime::from_timestamp(at, 0).unwrap();
        let expected = Verification { issuer: ISSUER, audience: "orion", now };
        self.keys.verify(&format!("{message}.{signature}"), &expected)
    }
}

#[test]
fn a_signature_that_holds_does_not_make_a_token_of_another_kind_good() {
    let forge = Forge::new();
    forge.judge(NOW, &[], &[]).expect("the token that is right");
    for typ in [json!("JWT"), json!("jwt"), json!("id+jwt"), json!(""), Value::Null] {
        let judged = forge.judge(NOW, &[("typ", typ.clone())], &[]);
        assert_eq!(judged, Err(InvalidToken::Foreign), "typ {typ}");
    }
    let own = Jwk::from_encoding_key(&own_key(), Algorithm::ES256).unwrap();
    for (name, value) in [
        ("jku", json!("https://attacker.example/keys")),
        ("jwk", json!(own)),
        ("x5u", json!("https://attacker.example/certificate")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("ES384")),
    ] {
        forge.judge(NOW, &[(name, value)], &[]).expect_err(name);
    }
    for kid in ["", "2", "../1", "/etc/passwd", "1' OR '1'='1", "1\0", &"1".repeat(10_000)] {
        forge.judge(NOW, &[("kid", json!(kid))], &[]).expect_err(kid);
    }
    forge.judge(NOW, &[("kid", Value::Null)], &[]).expect_err("no kid");
}

#[test]
fn issuer_audience_and_times_are_enforced_with_a_minute_of_leeway() {
    let forge = Forge::new();
    for (name, value) in [
        ("iss", json!("https://shop.example/")),
        ("iss", json!("https://SHOP.example")),
        ("iss", json!("https://shop.example.attacker.example")),
        ("iss", json!([ISSUER])),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!("")),
        ("aud", Value::Null),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("sub", Value::Null),
        ("sub", json!("ada")),
        ("nbf", json!(NOW + 61)),
    ] {
        forge.judge(NOW, &[], &[(name, value.clone())]).expect_err(&format!("{name} {value}"));
    }
    forge.judge(NOW, &[], &[("nbf", json!(NOW + 60))]).expect("a clock that is a minute behind");
    forge.judge(NOW + 359, &[], &[]).expect("a clock that is a minute ahead");
    assert_eq!(forge.judge(NOW + 360, &[], &[]), Err(InvalidToken::Expired));
}
