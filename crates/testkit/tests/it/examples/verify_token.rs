//! `examples/verify-token`: how a product's own service checks tokens, beside the real binary and beside an issuer whose tokens
//! are wrong in all the ways that ORION's never are.

use super::service::{Language, Shop};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use orion_contracts::auth::TokenResponse;
use orion_testkit::{Client, Machine, PASSWORD, eventually};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const EXPIRED: &str = "the token has expired";
const CLAIM: &str = "the token lacks a claim";
const ISSUER: &str = "the token is of another issuer";
const AUDIENCE: &str = "the token is for another audience";
const SIGNATURE: &str = "the signature of the token is wrong";
const KEY: &str = "the token is signed by a key that the issuer does not publish";
const UNFIT: &str = "the token cannot be read, or is no access token";
const USAGE: &str = "usage: verify-token [--introspect]
  --introspect  ask ORION by each request whether the token is still good; needs SERVICE_NAME and SERVICE_SECRET
ISSUER, AUDIENCE, LEEWAY_SECONDS and PORT are read as well: see README.md
";

const SECRET: &str = "a secret of the shop: 100% long + strange";

async fn sign_in(gateway: &Client) -> String {
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let tokens = eventually("the account", || async {
        let answer = gateway.post("/api/v1/auth/login", &login).await;
        (answer.status == 200).then(|| answer.json::<TokenResponse>())
    });
    tokens.await.access_token.expose().to_owned()
}

/// The same token with one bit of its claims turned.
fn tampered(token: &str) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let other = claims.replace("guest", "admin");
    assert_ne!(claims, other);
    format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other), parts[2])
}

async fn beside_the_real_platform(language: Language) {
    let machine = Machine::embedded().await;
    let issuer = format!("http://localhost:{}", machine.ports.gateway);
    let machine = machine.set("public_url", &issuer).set("auth.services.shop.secret", SECRET);
    let mut orion = machine.up().await;
    let gateway = machine.ports.client();
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    gateway.post("/api/v1/auth/register", account).await.expect(201);
    let token = sign_in(&gateway).await;

    let here = [("ISSUER", issuer.as_str()), ("LEEWAY_SECONDS", "0")];
    let service = [here[0], here[1], ("SERVICE_NAME", "shop"), ("SERVICE_SECRET", SECRET)];
    let shop = Shop::start(language, &[], &here).await;
    let strict = Shop::start(language, &["--introspect"], &service).await;
    let other = Shop::start(language, &[], &[here[0], ("AUDIENCE", "another")]).await;
    let stranger = Shop::start(language, &["--introspect"], &[here[0], service[2], ("SERVICE_SECRET", "wrong")]).await;
    for shop in [&shop, &strict] {
        shop.takes(&token, "a good token").await;
        shop.refuses(&tampered(&token), "a changed token", SIGNATURE).await;
        shop.refuses("a.b.c", "no token at all", UNFIT).await;
        shop.asks_for_a_token().await;
    }
    other.refuses(&token, "a token for another audience", AUDIENCE).await;
    assert_eq!(stranger.ask(&token).await.status, 503, "nobody is let in who could not be asked about");

    let later = sign_in(&gateway).await;
    gateway.with_token(&token).post("/api/v1/auth/logout", json!({})).await.expect(204);
    strict.refuses(&token, "a session that has ended, by the next request", "the token was revoked").await;
    strict.takes(&later, "another session goes on").await;
    shop.takes(&token, "without introspection a token is good until it expires").await;

    assert_eq!(orion.terminate(), Some(0));
    shop.takes(&later, "keys are kept while ORION is away").await;
    assert_eq!(strict.ask(&later).await.status, 503, "introspection is not, and nobody is let in unchecked");

    let machine = machine.set("auth.access_token_seconds", 2);
    let _orion = machine.up().await;
    let young = eventually("a token that is young", || async {
        let token = sign_in(&gateway).await;
        (shop.ask(&token).await.status == 200).then_some(token)
    });
    let young = young.await;
    eventually("its end", || async { (shop.ask(&young).await.status == 401).then_some(()) }).await;
    shop.refuses(&young, "an expired token", EXPIRED).await;
}

/// An issuer with keys of the test's own.
struct Issuer {
    url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    fetches: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start() -> Self {
        let (keys, fetches) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<AtomicUsize>::default());
        let (shown, counted) = (keys.clone(), fetches.clone());
        let key_set = async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Json(json!({ "keys": *shown.lock().unwrap() }))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/.well-known/jwks.json", get(key_set));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, keys, fetches }
    }

    /// Makes a key, and publishes it under this name.
    fn publish(&self, kid: &str) -> EncodingKey {
        let key = new_key();
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        public.common.key_id = Some(kid.to_owned());
        self.keys.lock().unwrap().push(json!(public));
        key
    }

    /// A token with a changed header and changed claims; null takes one away.
    fn token(&self, key: &EncodingKey, header: Value, claims: Value) -> String {
        let now = Utc::now().timestamp();
        let mut head = json!({ "alg": "ES256", "typ": "at+jwt", "kid": "1" });
        let mut said =
            json!({ "iss": self.url, "aud": "orion", "sub": "ada", "iat": now, "exp": now + 300, "roles": [] });
        for (into, changes) in [(&mut head, header), (&mut said, claims)] {
            let into = into.as_object_mut().unwrap();
            into.extend(changes.as_object().unwrap().clone());
            into.retain(|_, value| !value.is_null());
        }
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(said.to_string()));
        let algorithm = if head["alg"] == "HS256" { Algorithm::HS256 } else { Algorithm::ES256 };
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

fn new_key() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

async fn beside_an_issuer_of_all_kinds_of_tokens(language: Language) {
    let issuer = Issuer::start().await;
    let key = issuer.publish("1");
    let shop = Shop::start(language, &[], &[("ISSUER", &issuer.url)]).await;
    let now = Utc::now().timestamp();
    shop.takes(&issuer.token(&key, json!({}), json!({})), "the token that is right").await;
    shop.takes(&issuer.token(&key, json!({}), json!({ "exp": now - 30 })), "a clock that is ahead").await;
    for (claims, told) in [
        (json!({ "exp": now - 90 }), EXPIRED),
        (json!({ "exp": null }), CLAIM),
        (json!({ "nbf": now + 90 }), "the token is not good yet"),
        (json!({ "iss": "http://evil.example" }), ISSUER),
        (json!({ "iss": format!("{}/", issuer.url) }), ISSUER),
        (json!({ "iss": null }), CLAIM),
        (json!({ "aud": "another" }), AUDIENCE),
        (json!({ "aud": null }), CLAIM),
        (json!({ "sub": null }), CLAIM),
    ] {
        shop.refuses(&issuer.token(&key, json!({}), claims.clone()), &claims.to_string(), told).await;
    }
    for header in [
        json!({ "typ": "JWT" }),
        json!({ "typ": null }),
        json!({ "typ": 1 }),
        json!({ "alg": "none" }),
        json!({ "alg": "ES384" }),
    ] {
        shop.refuses(&issuer.token(&key, header.clone(), json!({})), &header.to_string(), UNFIT).await;
    }
    shop.refuses(&issuer.token(&new_key(), json!({}), json!({})), "another key of that name", SIGNATURE).await;
    let public = issuer.keys.lock().unwrap()[0].to_string();
    let confused = EncodingKey::from_secret(public.as_bytes());
    shop.refuses(&issuer.token(&confused, json!({ "alg": "HS256" }), json!({})), "HMAC with the public key", UNFIT)
        .await;

    let before = issuer.fetches.load(Ordering::SeqCst);
    for number in 0..50 {
        let unknown = issuer.token(&key, json!({ "kid": format!("unknown {number}") }), json!({}));
        shop.refuses(&unknown, "a key that does not exist", KEY).await;
    }
    let more = issuer.fetches.load(Ordering::SeqCst) - before;
    assert!(more <= 3, "names of keys that do not exist have the keys fetched {more} times");

    let second = issuer.publish("2");
    let token = issuer.token(&second, json!({ "kid": "2" }), json!({}));
    eventually("the new key to be known", || async { (shop.ask(&token).await.status == 200).then_some(()) }).await;
    shop.takes(&issuer.token(&key, json!({}), json!({})), "the key before it").await;

    let lonely = Shop::start(language, &[], &[("ISSUER", "http://127.0.0.1:1")]).await;
    let answer = lonely.ask(&token).await;
    assert_eq!(
        (answer.status, answer.header("retry-after").as_deref()),
        (503, Some("5")),
        "without keys nobody is let in"
    );
}

fn called_in_another_way(language: Language) {
    let none = [("SERVICE_NAME", ""), ("SERVICE_SECRET", "")];
    for (words, variables, told) in [
        (&["--introspekt"][..], &[][..], "unknown word: --introspekt\n"),
        (&["--introspect", "now"], &[], "unknown word: now\n"),
        (&["--introspect"], &none, "--introspect needs SERVICE_NAME and SERVICE_SECRET\n"),
        (
            &[],
            &[("LEEWAY_SECONDS", "a minute")],
            "LEEWAY_SECONDS must be a whole number of at most 600, not a minute\n",
        ),
        (&[], &[("LEEWAY_SECONDS", "nan")], "LEEWAY_SECONDS must be a whole number of at most 600, not nan\n"),
        (&[], &[("LEEWAY_SECONDS", "601")], "LEEWAY_SECONDS must be a whole number of at most 600, not 601\n"),
        (&[], &[("PORT", "http")], "PORT must be a whole number of at most 65535, not http\n"),
    ] {
        assert_eq!(language.called(words, variables), (Some(2), format!("{told}{USAGE}")));
    }
    assert_eq!(language.called(&["--help"], &[]), (Some(0), USAGE.to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the embedded mix"]
async fn the_rust_service_lets_in_whom_orion_lets_in() {
    beside_the_real_platform(Language::Rust).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the TypeScript example: ./orion test runs it where its packages are"]
async fn the_typescript_service_lets_in_whom_orion_lets_in() {
    beside_the_real_platform(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the Python example: ./orion test runs it where its packages are"]
async fn the_python_service_lets_in_whom_orion_lets_in() {
    beside_the_real_platform(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the embedded mix"]
async fn the_rust_service_refuses_tokens_that_are_not_right_and_bounds_fetches_of_keys() {
    beside_an_issuer_of_all_kinds_of_tokens(Language::Rust).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the TypeScript example: ./orion test runs it where its packages are"]
async fn the_typescript_service_refuses_tokens_that_are_not_right_and_bounds_fetches_of_keys() {
    beside_an_issuer_of_all_kinds_of_tokens(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the Python example: ./orion test runs it where its packages are"]
async fn the_python_service_refuses_tokens_that_are_not_right_and_bounds_fetches_of_keys() {
    beside_an_issuer_of_all_kinds_of_tokens(Language::Python).await;
}

#[test]
#[ignore = "needs the embedded mix"]
fn the_rust_service_says_how_it_is_called() {
    called_in_another_way(Language::Rust);
}

#[test]
#[ignore = "needs the TypeScript example: ./orion test runs it where its packages are"]
fn the_typescript_service_says_how_it_is_called() {
    called_in_another_way(Language::TypeScript);
}

#[test]
#[ignore = "needs the Python example: ./orion test runs it where its packages are"]
fn the_python_service_says_how_it_is_called() {
    called_in_another_way(Language::Python);
}
