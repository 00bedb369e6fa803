use super::{Authenticator, Rejected};
use crate::identity::{Keys, Revocations, TokenPolicy};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use orion_contracts::bus::{Revocation, RevokedSubject};
use orion_contracts::{SessionId, TokenId, UserId};
use orion_http::snapshot::Snapshot;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const NOW: i64 = 1_800_000_000;

fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).expect("a time")
}

const USER: UserId = UserId(Uuid::from_u128(1));
const SESSION: SessionId = SessionId(Uuid::from_u128(2));
const TOKEN: TokenId = TokenId(Uuid::from_u128(3));

struct Issuer(EcdsaKeyPair);

impl Issuer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    fn keys(&self, id: &str) -> Keys {
        let point = self.0.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
        let set = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id, "x": x, "y": y }] });
        Keys::from_set(&serde_json::from_value(set).expect("a key set"))
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        format!("{text}.{}", BASE64.encode(signature))
    }
}

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "at+jwt", "kid": "one" })
}

fn claims() -> Value {
    json!({
        "iss": "https://orion.example", "aud": "orion", "sub": USER, "sid": SESSION, "jti": TOKEN, "client_id": "orion",
        "iat": NOW - 10, "exp": NOW + 290, "auth_time": NOW - 10, "roles": ["user", "editor"],
    })
}

struct Fixture {
    issuer: Issuer,
    keys: Arc<Snapshot<Keys>>,
    revocations: Arc<Snapshot<Revocations>>,
    authenticator: Authenticator,
}

fn fixture() -> Fixture {
    let issuer = Issuer::new();
    let keys = Snapshot::new(issuer.keys("one"));
    let revocations = Snapshot::new(Revocations::default());
    let policy = TokenPolicy { issuer: "https://orion.example".to_owned(), audience: "orion".to_owned() };
    let authenticator = Authenticator::new(policy, &keys, &revocations, 4);
    Fixture { issuer, keys, revocations, authenticator }
}

impl Fixture {
    /// Whether a token is taken at a time.
    fn takes(&self, token: &str, now: i64) -> bool {
        match self.authenticator.authenticate(&authorization(token), now, || true) {
            Ok(Some(_)) => true,
            Ok(None) => panic!("no token was seen"),
            Err(rejected) => {
                assert!(matches!(rejected, Rejected::Foreign | Rejected::Unverified | Rejected::Ended));
                false
            }
        }
    }
}

fn authorization(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    HeaderMap::from_iter([(AUTHORIZATION, value)])
}

#[test]
fn a_good_token_gives_the_callers_identity() {
    let fixture = fixture();
    let headers = authorization(&fixture.issuer.sign(&header(), &claims()));
    let identity = fixture.authenticator.authenticate(&headers, NOW, || true).expect("valid").expect("a token");
    assert_eq!((identity.claims.sub, identity.claims.sid, identity.claims.jti), (USER, Some(SESSION), TOKEN));
    assert_eq!(identity.user_header, USER.to_string());
    assert_eq!(identity.roles_header, "user,editor");
}

#[test]
fn a_token_that_is_not_exactly_right_is_refused() {
    let fixture = fixture();
    let with = |mut object: Value, field: &str, value: Value| {
        object[field] = value;
        object
    };
    let without = |mut object: Value, field: &str| {
        object.as_object_mut().expect("an object").remove(field);
        object
    };
    let stranger = Issuer::new();
    let good = fixture.issuer.sign(&header(), &claims());
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let cases = [
        ("no key id", fixture.issuer.sign(&without(header(), "kid"), &claims())),
        ("unknown key id", fixture.issuer.sign(&with(header(), "kid", json!("two")), &claims())),
        ("hostile key id", fixture.issuer.sign(&with(header(), "kid", json!("../../etc/passwd")), &claims())),
        ("no type", fixture.issuer.sign(&without(header(), "typ"), &claims())),
        ("an ID token", fixture.issuer.sign(&with(header(), "typ", json!("JWT")), &claims())),
        ("alg none", fixture.issuer.sign(&with(header(), "alg", json!("none")), &claims())),
        ("alg HS256", fixture.issuer.sign(&with(header(), "alg", json!("HS256")), &claims())),
        ("alg ES384", fixture.issuer.sign(&with(header(), "alg", json!("ES384")), &claims())),
        ("jku", fixture.issuer.sign(&with(header(), "jku", json!("https://evil.example")), &claims())),
        ("x5u", fixture.issuer.sign(&with(header(), "x5u", json!("https://evil.example")), &claims())),
        ("crit", fixture.issuer.sign(&with(header(), "crit", json!(["exp"])), &claims())),
        ("a stranger's signature", stranger.sign(&header(), &claims())),
        ("another issuer", fixture.issuer.sign(&header(), &with(claims(), "iss", json!("https://evil.example")))),
        ("another audience", fixture.issuer.sign(&header(), &with(claims(), "aud", json!("other")))),
        ("no audience", fixture.issuer.sign(&header(), &without(claims(), "aud"))),
        ("no issuer", fixture.issuer.sign(&header(), &without(claims(), "iss"))),
        ("no expiry", fixture.issuer.sign(&header(), &without(claims(), "exp"))),
        ("no client", fixture.issuer.sign(&header(), &without(claims(), "client_id"))),
        ("a session that is none", fixture.issuer.sign(&header(), &with(claims(), "sid", json!("mine")))),
        ("expired", fixture.issuer.sign(&header(), &with(claims(), "exp", json!(NOW - 60)))),
        ("not yet valid", fixture.issuer.sign(&header(), &with(claims(), "nbf", json!(NOW + 61)))),
        ("cut", good[..good.len() - 2].to_owned()),
        ("unsigned", format!("{signed}.")),
        ("two parts", signed.to_owned()),
        ("other claims", format!("{}.{}.{signature}", BASE64.encode(header().to_string()), BASE64.encode("{}"))),
        ("empty", String::new()),
        ("not a token", "abc".to_owned()),
    ];
    for (name, token) in cases {
        assert!(!fixture.takes(&token, NOW), "{name}");
    }
    let embedded_key = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" });
    assert!(!fixture.takes(&fixture.issuer.sign(&with(header(), "jwk", embedded_key), &claims()), NOW));
    assert!(fixture.takes(&good, NOW));
}

#[test]
fn only_what_may_be_genuine_costs_a_look_at_its_signature() {
    let fixture = fixture();
    let sign = |field: &str, value: Value| {
        let mut claims = claims();
        claims[field] = value;
        fixture.issuer.sign(&header(), &claims)
    };
    let mut other_kind = header();
    other_kind["typ"] = json!("JWT");
    let mut other_key = header();
    other_key["kid"] = json!("two");
    let reason = |token: &str| {
        let looked = std::cell::Cell::new(false);
        let outcome = fixture.authenticator.authenticate(&authorization(token), NOW, || {
            looked.set(true);
            true
        });
        (outcome.expect_err("refused"), looked.get())
    };
    assert_eq!(reason("opaque"), (Rejected::Foreign, false));
    assert_eq!(reason(&sign("iss", json!("https://other.example"))), (Rejected::Foreign, false));
    assert_eq!(reason(&fixture.issuer.sign(&other_kind, &claims())), (Rejected::Foreign, false));
    assert_eq!(reason(&fixture.issuer.sign(&other_key, &claims())), (Rejected::Ended, false));
    assert_eq!(reason(&sign("exp", json!(NOW - 60))), (Rejected::Ended, false));
    assert_eq!(reason(&Issuer::new().sign(&header(), &claims())), (Rejected::Unverified, true));
    assert_eq!(reason(&sign("aud", json!("other"))), (Rejected::Unverified, true));
    fixture.keys.set(Keys::default());
    assert_eq!(reason(&sign("aud", json!("orion"))), (Rejected::NoKeys, false));
    assert_eq!(reason("opaque"), (Rejected::Foreign, false));
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let fixture = fixture();
    for (name, value) in [("exp", NOW - 59), ("nbf", NOW + 60), ("iat", NOW + 60), ("iat", NOW + 3600)] {
        let mut claims = claims();
        claims[name] = json!(value);
        assert!(fixture.takes(&fixture.issuer.sign(&header(), &claims), NOW), "{name} {value}");
    }
}

#[test]
fn a_token_without_a_session_names_none() {
    let fixture = fixture();
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove("sid");
    let headers = authorization(&fixture.issuer.sign(&header(), &claims));
    let identity = fixture.authenticator.authenticate(&headers, NOW, || true).expect("valid").expect("a token");
    assert_eq!((identity.claims.sid, &identity.session_header), (None, &None));
}

#[test]
fn a_remembered_token_still_expires() {
    let fixture = fixture();
    let token = fixture.issuer.sign(&header(), &claims());
    assert!(fixture.takes(&token, NOW) && fixture.takes(&token, NOW + 349));
    assert!(!fixture.takes(&token, NOW + 350));
}

#[test]
fn a_remembered_token_is_refused_once_it_its_session_or_its_subject_is_revoked() {
    let other = UserId(Uuid::from_u128(9));
    for (subject, refused) in [
        (RevokedSubject::Token { jti: TOKEN }, true),
        (RevokedSubject::Session { sid: SESSION }, true),
        (RevokedSubject::Subject { sub: USER, issued_before: NOW }, true),
        (RevokedSubject::Subject { sub: USER, issued_before: NOW - 10 }, false),
        (RevokedSubject::Subject { sub: other, issued_before: NOW }, false),
    ] {
        let fixture = fixture();
        let token = fixture.issuer.sign(&header(), &claims());
        assert!(fixture.takes(&token, NOW));
        let line = Revocation { sequence: 7, subject, expires_at: moment() + TimeDelta::minutes(5) };
        fixture.revocations.update(|list| {
            let mut list = list.clone();
            list.add(&line);
            list
        });
        assert_eq!(fixture.takes(&token, NOW), !refused, "{subject:?}");
        // Once no token that it concerns can live, the line is gone.
        fixture.revocations.update(|list| {
            let mut list = list.clone();
            list.purge(moment() + TimeDelta::minutes(6));
            list
        });
        assert!(fixture.takes(&token, NOW));
    }
}

#[test]
fn a_remembered_token_is_refused_once_its_key_is_gone() {
    let fixture = fixture();
    let token = fixture.issuer.sign(&header(), &claims());
    assert!(fixture.takes(&token, NOW));
    fixture.keys.set(Issuer::new().keys("two"));
    assert!(!fixture.takes(&token, NOW));
}

#[test]
fn the_memory_is_bounded() {
    let fixture = fixture();
    for number in 0..50_u128 {
        let mut claims = claims();
        claims["jti"] = json!(TokenId(Uuid::from_u128(number)));
        assert!(fixture.takes(&fixture.issuer.sign(&header(), &claims), NOW));
        let cache = fixture.authenticator.cache.borrow();
        assert!(cache.young.len() + cache.old.len() <= 4);
    }
}

#[test]
fn other_schemes_are_no_token_and_two_credentials_are_ambiguous() {
    let fixture = fixture();
    let basic = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"))]);
    assert!(matches!(fixture.authenticator.authenticate(&basic, NOW, || true), Ok(None)));
    let mut double = authorization(&fixture.issuer.sign(&header(), &claims()));
    double.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    assert!(matches!(fixture.authenticator.authenticate(&double, NOW, || true), Err(Rejected::Ambiguous)));
}
