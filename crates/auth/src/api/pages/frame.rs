//! What all pages have in common: the frame around their content, and the policy by which a browser keeps to it.

use super::return_to::ReturnFault;
use super::visitor::Visitor;
use super::wait;
use super::words::{Language, Words};
use crate::domain::{Auth, Return};
use crate::error::AuthError;
use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use orion_contracts::Problem;
use orion_http::ApiProblem;
use std::sync::LazyLock;
use url::Url;

const STYLE: &str = include_str!("../../../templates/style.css");
const SCRIPT: &str = include_str!("../../../templates/page.js");

/// For answers without a page.
pub(super) const PLAIN_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));
static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| STANDARD.encode(digest(&SHA256, SCRIPT.as_bytes())));

/// What a page stands in.
pub(super) struct Frame {
    pub(super) w: &'static Words,
    pub(super) lang: &'static str,
    pub(super) product: String,
    /// Where its logo is.
    pub(super) logo: Option<String>,
    pub(super) title: String,
    /// Whether something is wrong: the title says so, for those who do not see the page.
    pub(super) is_error: bool,
    pub(super) mark: String,
    pub(super) here: String,
    pub(super) languages: Vec<LanguageChoice>,
    pub(super) style: &'static str,
    /// The script that keeps forms from being sent twice, shows passwords and copies keys.
    pub(super) script: &'static str,
}

/// A language to choose.
pub(super) struct LanguageChoice {
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
    pub(super) href: String,
    pub(super) is_current: bool,
}

impl Frame {
    /// A frame with this title, in which `{product}` is filled in.
    pub(super) fn new(auth: &Auth, visitor: &Visitor, title: &str, is_error: bool) -> Self {
        let choice = |language: Language| LanguageChoice {
            tag: language.tag(),
            name: &language.words().language,
            href: visitor.here_in(language),
            is_current: language == visitor.language,
        };
        Self {
            w: visitor.words(),
            lang: visitor.language.tag(),
            title: fill(title, "product", &auth.product_name),
            product: auth.product_name.clone(),
            logo: auth.logo.as_ref().map(|logo| format!("/auth/logo?v={}", logo.hash)),
            is_error,
            mark: visitor.mark.clone(),
            here: visitor.here(),
            languages: Language::ALL.map(choice).into(),
            style: STYLE,
            script: SCRIPT,
        }
    }

    /// The letter that stands for the product.
    pub(super) fn initial(&self) -> String {
        self.product.trim_start().chars().next().map_or_else(String::new, |letter| letter.to_uppercase().to_string())
    }

    /// A text with the product's name in it.
    pub(super) fn named(&self, text: &str) -> String {
        fill(text, "product", &self.product)
    }
}

/// A text with its hole filled in.
pub(super) fn fill(text: &str, hole: &str, with: &str) -> String {
    text.replace(&format!("{{{hole}}}"), with)
}

/// A page. Its forms go to this origin, and by way of it to the origins in `beyond`: Chromium looks at where a form's answer
/// redirects to as well.
pub(super) fn shown(status: StatusCode, page: &impl Template, beyond: &[String]) -> Response {
    answer(status, page, beyond, ("", ""))
}

/// A page with the script for passkeys, which asks this origin and no other.
pub(super) fn shown_with_script(status: StatusCode, page: &impl Template, beyond: &[String]) -> Response {
    answer(status, page, beyond, (" 'self'", " connect-src 'self';"))
}

fn answer(status: StatusCode, page: &impl Template, beyond: &[String], (more, calls): (&str, &str)) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            return ApiProblem(Problem::internal()).into_response();
        }
    };
    let actions: String = beyond.iter().map(|origin| format!(" {origin}")).collect();
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'{more};{calls} style-src 'sha256-{}'; img-src 'self'; \
         form-action 'self'{actions}; base-uri 'none'; frame-ancestors 'none'",
        *SCRIPT_HASH, *STYLE_HASH
    );
    let mut response = (status, Html(html)).into_response();
    let policy = HeaderValue::from_str(&policy).unwrap_or(PLAIN_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The origins to which a sign-in may lead.
pub(super) fn beyond(auth: &Auth, back: Option<&Return>) -> Vec<String> {
    match back {
        Some(back) => vec![back.origin()],
        None => {
            let url = Url::parse(&auth.config.get().sign_in_url).ok();
            url.map(|url| url.origin().ascii_serialization()).into_iter().collect()
        }
    }
}

/// A page that says something, and perhaps leads on.
#[derive(Template)]
#[template(path = "pages/message.html")]
struct Message {
    frame: Frame,
    text: String,
    on: Option<(String, String)>,
}

/// A page that says something: title, text, and a way on (address and words).
pub(super) fn message(
    auth: &Auth,
    visitor: &Visitor,
    status: StatusCode,
    (title, text): (&str, &str),
    on: Option<(String, &str)>,
) -> Response {
    let frame = Frame::new(auth, visitor, title, status.as_u16() >= 400);
    let text = frame.named(text);
    let on = on.map(|(href, words)| (href, frame.named(words)));
    shown(status, &Message { frame, text, on }, &[])
}

/// Where people sign in: at the product, where the operator has said where that is, or here.
pub(super) fn sign_in_link(auth: &Auth, visitor: &Visitor) -> (String, &'static str) {
    let href = match auth.config.get().sign_in_url.as_str() {
        "" => visitor.link("/auth/sign-in"),
        url => url.to_owned(),
    };
    (href, &visitor.words().sign_in)
}

/// Says that a form did not come from here.
pub(super) fn cross_site(auth: &Auth, visitor: &Visitor, status: StatusCode) -> Response {
    let w = visitor.words();
    message(auth, visitor, status, (&w.cross_title, &w.cross_text), Some((visitor.here(), &w.open_anew)))
}

/// Says why nobody is sent back.
pub(super) fn no_return(auth: &Auth, visitor: &Visitor, fault: ReturnFault) -> Response {
    let w = visitor.words();
    let words = match fault {
        ReturnFault::Unknown => (w.return_title.as_str(), w.return_text.as_str()),
        ReturnFault::Incomplete => (w.challenge_title.as_str(), w.challenge_text.as_str()),
    };
    message(auth, visitor, StatusCode::BAD_REQUEST, words, None)
}

/// Says what has gone wrong where nobody can mend it on this page.
pub(super) fn trouble(auth: &Auth, visitor: &Visitor, error: AuthError) -> Response {
    let (w, problem) = (visitor.words(), Problem::from(error));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = match problem.status {
        410 => {
            let again = Some((visitor.link("/auth/sign-in"), w.begin_again.as_str()));
            message(auth, visitor, status, (&w.over_title, &w.over_text), again)
        }
        429 => {
            let text = wait::words(w, problem.retry_after.unwrap_or_default());
            let on = Some((visitor.link("/auth/sign-in"), w.sign_in.as_str()));
            message(auth, visitor, status, (&w.too_many_title, &text), on)
        }
        _ => message(auth, visitor, status, (&w.away_title, &w.away_text), None),
    };
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
