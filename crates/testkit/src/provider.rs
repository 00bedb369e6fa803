//! A provider of sign-ins: speaks OpenID Connect (discovery, keys, authorization, token, userinfo) and GitHub's API, as far as a client
//! sees it, and misbehaves when it is told to. Nothing of ORION's is in it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// The client's id and secret at the provider.
pub const CLIENT: (&str, &str) = ("orion-client", "a secret that only both of them know");

/// Who signs in next, and what is wrong with it.
#[derive(Clone)]
pub struct Says {
    /// What stands in the ID token besides what must: subject, address, name.
    pub about: Value,
    /// Over what the ID token would say.
    pub claims: Value,
    /// Over what the userinfo endpoint would say, which is the same as the ID token otherwise. What is no object is its whole answer,
    /// and null is an outage.
    pub userinfo: Value,
    /// Over what the ID token's header would say.
    pub header: Value,
    /// Signs by a key that is not in its set.
    pub forged: bool,
    /// Gives an error in the place of a code.
    pub refuses: bool,
    /// The issuer in the answer (RFC 9207); its own when there is none.
    pub iss: Option<String>,
    /// What becomes of the wish for a sign-in anew.
    pub anew: Anew,
}

/// What it makes of the wish that somebody signs in anew (`max_age`, OpenID Connect Core 1.0, section 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// They do, and it says when.
    SignsIn,
    /// It does not know `max_age`: it asks nobody, and says nothing.
    IgnoresMaxAge,
    /// It asks nobody, and says so: they have signed in an hour ago.
    StaysSignedIn,
    /// It says that they will have signed in an hour from now.
    Tomorrow,
}

impl Default for Says {
    fn default() -> Self {
        let about =
            json!({ "sub": "ada-7", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace" });
        Self {
            about,
            claims: json!({}),
            userinfo: json!({}),
            header: json!({}),
            forged: false,
            refuses: false,
            iss: None,
            anew: Anew::SignsIn,
        }
    }
}

/// What was asked for with a code.
struct Asked {
    says: Says,
    nonce: Option<String>,
    wants_anew: bool,
    challenge: String,
    redirect_uri: String,
}

/// How it tells of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    /// At once.
    Told,
    /// Once it is told otherwise.
    Held,
    /// With an error.
    Failing,
    /// With what is not meant.
    Garbage,
}

struct Inner {
    discovery: watch::Sender<Discovery>,
    discoveries: AtomicUsize,
    userinfos: AtomicUsize,
    issuer: String,
    /// What is told of its other key, each time another thing.
    more_keys: Mutex<Vec<Value>>,
    key: Mutex<EcdsaKeyPair>,
    other: EcdsaKeyPair,
    says: Mutex<Says>,
    codes: Mutex<HashMap<String, Asked>>,
    tokens: Mutex<HashMap<String, Says>>,
    /// By how many seconds its clock was moved.
    ahead: AtomicU64,
}

/// The running provider.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

fn key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

impl Provider {
    /// Listens on a free port of this host.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let inner = Inner {
            discovery: watch::Sender::new(Discovery::Told),
            discoveries: AtomicUsize::new(0),
            userinfos: AtomicUsize::new(0),
            more_keys: Mutex::default(),
            issuer: format!("http://{address}"),
            key: Mutex::new(key()),
            other: key(),
            says: Mutex::default(),
            codes: Mutex::default(),
            tokens: Mutex::default(),
            ahead: AtomicU64::new(0),
        };
        let provider = Self(Arc::new(inner));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/user", get(userinfo))
            .route("/user/emails", get(emails))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// How it tells of itself from now on.
    pub fn tell(&self, discovery: Discovery) {
        self.0.discovery.send_replace(discovery);
    }

    /// How often it was asked to tell of itself.
    pub fn discoveries(&self) -> usize {
        self.0.discoveries.load(Ordering::SeqCst)
    }

    /// How often it was asked at its userinfo endpoint.
    pub fn userinfos(&self) -> usize {
        self.0.userinfos.load(Ordering::SeqCst)
    }

    /// Puts the key by which it forges before its own, under the same id, with these members: once for each.
    pub fn tell_more_keys(&self, more: &[Value]) {
        *self.0.more_keys.lock().unwrap() = more.to_vec();
    }

    /// Signs from now on by another key, which goes by the id of the one before.
    pub fn change_key(&self) {
        *self.0.key.lock().unwrap() = key();
    }

    /// Who signs in from now on.
    pub fn say(&self, says: Says) {
        *self.0.says.lock().unwrap() = says;
    }

    /// Moves its clock forward, as that of a platform is.
    pub fn advance(&self, by: Duration) {
        self.0.ahead.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    /// The configuration of a provider by this name, and that it may be on this host.
    pub fn section(&self, name: &str, more: &str) -> String {
        let (id, secret) = CLIENT;
        format!(
            "[egress]\nallow_private = true\n[auth.providers.{name}]\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\n{more}\n"
        )
    }
}

async fn discovery(State(provider): State<Provider>) -> Response {
    provider.0.discoveries.fetch_add(1, Ordering::SeqCst);
    let mut told = provider.0.discovery.subscribe();
    let told = *told.wait_for(|told| *told != Discovery::Held).await.unwrap();
    match told {
        Discovery::Told | Discovery::Held => {}
        Discovery::Failing => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Discovery::Garbage => return Json(json!("Hello")).into_response(),
    }
    let issuer = provider.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let mut keys = Vec::new();
    for more in provider.0.more_keys.lock().unwrap().iter() {
        let mut key = public(&provider.0.other);
        lay(&mut key, more);
        keys.push(key);
    }
    keys.push(public(&provider.0.key.lock().unwrap()));
    Json(json!({ "keys": keys }))
}

fn public(key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..65]));
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one", "x": x, "y": y })
}

/// Signs in whoever it is told to, without a question.
async fn authorize(State(provider): State<Provider>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    assert_eq!((of("response_type"), of("code_challenge_method")), ("code".to_owned(), "S256".to_owned()));
    assert_eq!(of("client_id"), CLIENT.0);
    let says = provider.0.says.lock().unwrap().clone();
    let mut back = url::Url::parse(&of("redirect_uri")).unwrap();
    let issuer = says.iss.clone().unwrap_or_else(|| provider.issuer().to_owned());
    back.query_pairs_mut().append_pair("state", &of("state")).append_pair("iss", &issuer);
    if says.refuses {
        back.query_pairs_mut().append_pair("error", "access_denied");
        return Redirect::to(back.as_str()).into_response();
    }
    let code = BASE64.encode(uuid::Uuid::new_v4().as_bytes());
    let (challenge, redirect_uri) = (of("code_challenge"), of("redirect_uri"));
    let wants_anew = asked.contains_key("max_age");
    let request = Asked { says, nonce: asked.get("nonce").cloned(), wants_anew, challenge, redirect_uri };
    provider.0.codes.lock().unwrap().insert(code.clone(), request);
    back.query_pairs_mut().append_pair("code", &code);
    Redirect::to(back.as_str()).into_response()
}

async fn token(State(provider): State<Provider>, body: String) -> Response {
    let given: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let of = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    if (of("client_id"), of("client_secret")) != CLIENT {
        return refused("invalid_client");
    }
    // A code is good once.
    let Some(asked) = provider.0.codes.lock().unwrap().remove(of("code")) else { return refused("invalid_grant") };
    let verifier = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, of("code_verifier").as_bytes());
    if BASE64.encode(verifier) != asked.challenge || of("redirect_uri") != asked.redirect_uri {
        return refused("invalid_grant");
    }
    let access = BASE64.encode(uuid::Uuid::new_v4().as_bytes());
    provider.0.tokens.lock().unwrap().insert(access.clone(), asked.says.clone());
    let id_token = id_token(&provider, &asked);
    Json(json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": id_token }))
        .into_response()
}

/// Lays the members of an object over those of another.
fn lay(over: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        over[name] = value.clone();
    }
}

fn id_token(provider: &Provider, asked: &Asked) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let now = now + provider.0.ahead.load(Ordering::Relaxed);
    let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": "one" });
    let mut claims = json!({
        "iss": provider.issuer(), "aud": CLIENT.0, "iat": now, "exp": now + 3600, "nonce": asked.nonce,
    });
    let auth_time = match asked.says.anew {
        Anew::SignsIn => Some(now),
        Anew::StaysSignedIn => Some(now - 3600),
        Anew::Tomorrow => Some(now + 3600),
        Anew::IgnoresMaxAge => None,
    };
    if let (true, Some(at)) = (asked.wants_anew, auth_time) {
        claims["auth_time"] = json!(at);
    }
    lay(&mut claims, &asked.says.about);
    lay(&mut claims, &asked.says.claims);
    lay(&mut header, &asked.says.header);
    let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let own = provider.0.key.lock().unwrap();
    let key = if asked.says.forged { &provider.0.other } else { &*own };
    let signature = match header["alg"].as_str() {
        Some("none") => String::new(),
        _ => BASE64.encode(key.sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes()).unwrap()),
    };
    format!("{signed}.{signature}")
}

fn owner(provider: &Provider, headers: &HeaderMap) -> Option<Says> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    provider.0.tokens.lock().unwrap().get(token).cloned()
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.0.userinfos.fetch_add(1, Ordering::SeqCst);
    let Some(mut says) = owner(&provider, &headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    match says.userinfo {
        Value::Object(_) => {
            lay(&mut says.about, &says.userinfo);
            Json(says.about).into_response()
        }
        Value::Null => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        answer => Json(answer).into_response(),
    }
}

/// GitHub's list: the address of whom it is, and another one.
async fn emails(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let Some(says) = owner(&provider, &headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    Json(json!([
        { "email": "other@example.com", "primary": false, "verified": true, "visibility": null },
        { "email": says.about["email"], "primary": true, "verified": says.about["email_verified"], "visibility": "private" },
    ]))
    .into_response()
}
