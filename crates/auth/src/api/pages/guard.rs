//! The one layer around all pages. Nothing is taken that was not sent from a page of ours in the same browser, and every
//! answer has the headers that keep a page to itself. A handler gets who looks, and the fields of a form, from here alone
//! ([`Looked`](super::asked::Looked), [`Submitted`](super::asked::Submitted)), so no page can forget to ask.
//!
//! A form is ours when the browser says so (`Sec-Fetch-Site`, or our own `Origin`) and when it carries the mark of the secret
//! that the browser holds in a cookie. `Referrer-Policy: no-referrer` makes browsers send `Origin: null`, and on plain http they
//! send no `Sec-Fetch-Site`: there the mark alone decides.

use super::cookies::{Browser, Cookies};
use super::frame::{self, PLAIN_POLICY};
use super::visitor::Visitor;
use crate::domain::Auth;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use orion_infra::secrets::Scope;
use url::Url;

/// The largest form, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// What the marks of forms are for.
const PURPOSE: &[&str] = &["page-form"];
/// The field that holds the mark.
pub(super) const MARK: &str = "form_token";
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The fields of a form that was sent from a page of ours.
#[derive(Debug, Clone)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field's text, as it was typed; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Whether the box that trusts this device is ticked.
    pub(super) fn is_trusting(&self) -> bool {
        !self.text("trust").is_empty()
    }

    /// Whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
}

/// Lets a request to a page pass, and completes the answer.
pub(super) async fn guard(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let cookies = Cookies::at(auth.issuer());
    let known = cookies.browser(&parts.headers);
    let is_new = known.is_none();
    let browser = known.unwrap_or_else(|| Browser::new(auth.infra.random.token()));
    let mark = auth.infra.secrets.mac(Scope::AtRest, PURPOSE, browser.secret.as_bytes());
    let visitor = Visitor::new(&parts, cookies, browser, mark);
    let mut response = match accept(&auth, &visitor, &mut parts, body).await {
        Ok(()) => {
            parts.extensions.insert(visitor.clone());
            next.run(Request::from_parts(parts, Body::empty())).await
        }
        Err(Refused::TooLarge) => frame::cross_site(&auth, &visitor, StatusCode::PAYLOAD_TOO_LARGE),
        Err(Refused::Foreign) => frame::cross_site(&auth, &visitor, StatusCode::FORBIDDEN),
    };
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(PLAIN_POLICY);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A handler that keeps a flow has said so itself, with the browser's secret.
    if is_new && !headers.contains_key(header::SET_COOKIE) {
        headers.extend(cookies.keep_browser(&visitor.browser).map(|cookie| (header::SET_COOKIE, cookie)));
    }
    if let Some(language) = visitor.chosen {
        headers.extend(cookies.keep_language(language).map(|cookie| (header::SET_COOKIE, cookie)));
    }
    response
}

/// Why a form is not looked at.
enum Refused {
    Foreign,
    TooLarge,
}

async fn accept(auth: &Auth, visitor: &Visitor, parts: &mut Parts, body: Body) -> Result<(), Refused> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    if !is_own(auth.issuer(), &parts.headers) {
        return Err(Refused::Foreign);
    }
    let body = to_bytes(body, MAX_FORM).await.map_err(|_| Refused::TooLarge)?;
    let form = Form::read(&body);
    let secret = visitor.browser.secret.as_bytes();
    if !auth.infra.secrets.verify(Scope::AtRest, PURPOSE, secret, form.text(MARK)) {
        return Err(Refused::Foreign);
    }
    parts.extensions.insert(form);
    Ok(())
}

/// Whether a browser says that a page of ours has sent this, or cannot say.
fn is_own(issuer: &str, headers: &HeaderMap) -> bool {
    let Ok(issuer) = Url::parse(issuer) else { return false };
    let own = issuer.origin().ascii_serialization();
    let only = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(drop),
            _ => Err(()),
        }
    };
    let (Ok(origin), Ok(site)) = (only(header::ORIGIN), only(SITE)) else { return false };
    match (origin, site) {
        (Some(origin), _) if origin != "null" && origin != own => false,
        (_, Some(site)) => site == "same-origin",
        (Some("null") | None, None) => issuer.scheme() == "http",
        (Some(_), None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(issuer: &str, told: &[(&'static str, &'static str)]) -> bool {
        let mut all = HeaderMap::new();
        for (name, value) in told {
            all.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_own(issuer, &all)
    }

    #[test]
    fn only_what_a_page_of_ours_has_sent_is_taken() {
        const HTTPS: &str = "https://id.example/";
        const HTTP: &str = "http://localhost:3000/";
        assert!(takes(HTTPS, &[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(takes(HTTPS, &[("origin", "https://id.example")]));
        assert!(takes(HTTP, &[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(takes(HTTP, &[("origin", "http://localhost:3000")]));
        assert!(takes(HTTP, &[]) && takes(HTTP, &[("origin", "null")]), "the mark decides");
        for told in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "null"), ("sec-fetch-site", "same-site")],
            &[("origin", "null"), ("sec-fetch-site", "none")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "http://id.example")],
            &[("origin", "https://id.example.evil.example")],
            &[("origin", "https://id.example"), ("origin", "https://evil.example")],
            &[("origin", "https://id.example"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!takes(HTTPS, told), "{told:?}");
        }
    }
}
