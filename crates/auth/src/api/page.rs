//! What the pages that people see have in common. They need no script, and show nothing from anywhere else.

use crate::domain::Auth;
use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");

/// Only the page's own style, and forms to where it came from.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A whole page under the product's name. `title` and `content` are markup; whatever comes from outside has been escaped.
pub(super) fn page(auth: &Auth, status: StatusCode, title: &str, content: &str) -> Response {
    let product = escape(&auth.product_name);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title} · {product}</title><style>{STYLE}</style></head>\
         <body><main><p class=\"product\">{product}</p><h1>{title}</h1>{content}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::from_str(&POLICY).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The way on to the product, where the operator has said where that is.
pub(super) fn sign_in(auth: &Auth) -> String {
    match auth.config.get().sign_in_url.as_str() {
        "" => format!("<p>You can close this page and sign in to {}.</p>", escape(&auth.product_name)),
        url => format!("<p><a class=\"button\" href=\"{}\">Sign in</a></p>", escape(url)),
    }
}

/// The text as markup, also within quotes.
pub(super) fn escape(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_attribute() {
        let escaped = escape("\"><script>alert('1')</script>");
        assert_eq!(escaped, "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    }
}
