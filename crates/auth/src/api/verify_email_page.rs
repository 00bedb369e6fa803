//! The hosted page behind a verification link. Opening it changes nothing, because mail programs open links by
//! themselves; its button does. It needs no script.

use crate::domain::Auth;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use orion_contracts::auth::MAX_TOKEN;
use orion_contracts::{Problem, Secret};
use orion_http::ValidQuery;
use serde::Deserialize;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");

/// Only the page's own style, and forms to where it came from.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// What the link carries.
#[derive(Deserialize)]
pub(super) struct Link {
    token: Option<Secret>,
}

/// The page that asks to confirm the address.
#[utoipa::path(
    get,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    params(("token" = Option<String>, Query, description = "The token from the link")),
    responses(
        (status = 200, description = "A page with a button", content_type = "text/html", body = String),
        (status = 400, description = "A page that says what is missing", content_type = "text/html", body = String),
    ),
)]
pub(super) async fn show(ValidQuery(link): ValidQuery<Link>) -> Response {
    match link.token.filter(is_bounded) {
        Some(token) => page(StatusCode::OK, "Confirm your e-mail address", &form(&token)),
        None => incomplete(),
    }
}

/// What its button does.
pub(super) async fn confirm(State(auth): State<Auth>, body: Bytes) -> Response {
    let token = url::form_urlencoded::parse(&body).find(|(name, _)| name == "token");
    let Some(token) = token.map(|(_, value)| Secret::new(value)).filter(is_bounded) else { return incomplete() };
    match auth.verify_email(&token).await.map_err(Problem::from) {
        Ok(()) => {
            page(StatusCode::OK, "Your e-mail address is confirmed", "<p>You can close this page and sign in.</p>")
        }
        Err(problem) if problem.status < 500 => page(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This link is not valid any more",
            "<p>It was used already, or a newer one was sent. Register again to get a new link.</p>",
        ),
        Err(problem) => page(
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            "This does not work at the moment",
            "<p>Please open the link again in a few minutes.</p>",
        ),
    }
}

fn is_bounded(token: &Secret) -> bool {
    (1..=MAX_TOKEN).contains(&token.expose().len())
}

fn incomplete() -> Response {
    page(
        StatusCode::BAD_REQUEST,
        "This link is not complete",
        "<p>Copy the whole link from the mail into the address line of your browser.</p>",
    )
}

fn form(token: &Secret) -> String {
    format!(
        "<p>Somebody, hopefully you, registered with this address.</p>\
         <form method=\"post\" action=\"/api/v1/auth/verify-email/confirm\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <button type=\"submit\">Confirm my address</button></form>",
        escape(token.expose())
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A whole page. `content` is markup; whatever comes from outside has been escaped.
fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{content}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::from_str(&POLICY).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_leave_its_attribute() {
        let form = form(&Secret::new("\"><script>alert(1)</script>"));
        assert!(!form.contains("<script>"), "{form}");
        assert!(form.contains("&quot;&gt;&lt;script&gt;"), "{form}");
    }
}
