//! A product's own service, which checks ORION's access tokens itself: `GET /orders` is for whoever brings a good one.
#![allow(clippy::disallowed_methods, reason = "an example is no part of ORION: it reads its own environment and clock")]

mod token;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
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
            Some(Refusal::Invalid) => r#"Bearer realm="shop", error="invalid_token""#,
            None => r#"Bearer realm="shop""#,
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let expected = Expected {
        issuer: setting("ISSUER", "http://localhost:3000"),
        audience: setting("AUDIENCE", "orion"),
        leeway: setting("LEEWAY_SECONDS", "60").parse()?,
    };
    let service = match std::env::args().any(|word| word == "--introspect") {
        true => Some(Service { name: std::env::var("SERVICE_NAME")?, secret: std::env::var("SERVICE_SECRET")? }),
        false => None,
    };
    let tokens = Arc::new(Tokens::new(expected, service)?);
    let app = Router::new().route("/orders", get(orders)).with_state(tokens);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", setting("PORT", "8080"))).await?;
    Ok(axum::serve(listener, app).await?)
}
