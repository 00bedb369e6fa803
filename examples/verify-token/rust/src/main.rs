//! A product's own service, which checks ORION's access tokens itself: `GET /orders` is for whoever brings a good one.
#![allow(clippy::disallowed_methods, reason = "an example is no part of ORION: it reads its own environment and clock")]

mod token;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use token::{Claims, Expected, Refusal, Service, Tokens};

/// Who calls. A handler that takes it is for them alone.
struct Caller(Claims);

impl<S> FromRequestParts<S> for Caller
where
    Arc<Tokens>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let tokens = Arc::<Tokens>::from_ref(state);
        let token = bearer(&parts.headers).ok_or(Refused(None))?;
        tokens.check(token).await.map(Self).map_err(|refusal| Refused(Some(refusal)))
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The answer to who brings no good token; without a refusal, none at all.
struct Refused(Option<Refusal>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let challenge = match self.0 {
            Some(Refusal::Unavailable(why)) => {
                eprintln!("{why}");
                return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
            }
            Some(Refusal::Invalid(why)) => {
                format!(r#"Bearer realm="shop", error="invalid_token", error_description="{why}""#)
            }
            None => r#"Bearer realm="shop""#.to_owned(),
        };
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
    }
}

async fn orders(Caller(claims): Caller) -> Json<Value> {
    Json(json!({ "of": claims.sub, "roles": claims.roles, "orders": [] }))
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// How it is called, for who calls it otherwise.
const USAGE: &str = "usage: verify-token [--introspect]
  --introspect  ask ORION by each request whether the token is still good; needs SERVICE_NAME and SERVICE_SECRET
ISSUER, AUDIENCE, LEEWAY_SECONDS and PORT are read as well: see README.md";

/// Whether ORION is to be asked.
#[expect(clippy::print_stdout, reason = "whoever asks for help reads it there")]
fn introspects() -> Result<bool, String> {
    let mut introspects = false;
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--introspect" => introspects = true,
            "--help" => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            _ => return Err(format!("unknown word: {word}")),
        }
    }
    Ok(introspects)
}

/// Read with care: with a huge leeway nothing would ever expire.
fn number<T: FromStr + PartialOrd + Display>(name: &str, default: &str, most: T) -> Result<T, String> {
    let text = setting(name, default);
    let number = text.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| format!("{name} must be a whole number of at most {most}, not {text}"))
}

/// What is told to who calls it wrongly.
fn settings() -> Result<(Expected, Option<Service>, u16), String> {
    let of_service = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let service = match (introspects()?, of_service("SERVICE_NAME"), of_service("SERVICE_SECRET")) {
        (false, ..) => None,
        (true, Some(name), Some(secret)) => Some(Service { name, secret }),
        (true, ..) => return Err("--introspect needs SERVICE_NAME and SERVICE_SECRET".to_owned()),
    };
    let expected = Expected {
        issuer: setting("ISSUER", "http://localhost:3000"),
        audience: setting("AUDIENCE", "orion"),
        leeway: number("LEEWAY_SECONDS", "60", 600)?,
    };
    Ok((expected, service, number("PORT", "8080", u16::MAX)?))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (expected, service, port) = settings().unwrap_or_else(|wrong| {
        eprintln!("{wrong}\n{USAGE}");
        std::process::exit(2)
    });
    let tokens = Arc::new(Tokens::new(expected, service)?);
    let app = Router::new().route("/orders", get(orders)).with_state(tokens);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, app).await?)
}
