//! What a page is asked, and by whom. A handler takes one of these two, and has come through the [`guard`](super::guard) by that:
//! what looks has sent nothing, and what was sent is a form of ours.

use super::guard::Form;
use super::visitor::Visitor;
use crate::domain::Auth;
use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;
use orion_contracts::Problem;
use orion_http::ApiProblem;

/// Somebody looks at a page.
pub(super) struct Looked {
    pub(super) auth: Auth,
    pub(super) visitor: Visitor,
}

/// Somebody sends a form of a page of ours.
pub(super) struct Submitted {
    pub(super) auth: Auth,
    pub(super) visitor: Visitor,
    pub(super) form: Form,
}

impl FromRequestParts<Auth> for Looked {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, ApiProblem> {
        Ok(Self { auth: auth.clone(), visitor: looked(parts)? })
    }
}

impl FromRequestParts<Auth> for Submitted {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, ApiProblem> {
        let (visitor, form) = sent(parts)?;
        Ok(Self { auth: auth.clone(), visitor, form })
    }
}

fn looked(parts: &mut Parts) -> Result<Visitor, ApiProblem> {
    match parts.method {
        Method::GET | Method::HEAD => guarded(parts),
        _ => Err(defect("a page takes what is sent to it for a look")),
    }
}

fn sent(parts: &mut Parts) -> Result<(Visitor, Form), ApiProblem> {
    Ok((guarded(parts)?, guarded(parts)?))
}

/// What the guard has left for the handler.
fn guarded<T: Clone + Send + Sync + 'static>(parts: &mut Parts) -> Result<T, ApiProblem> {
    parts.extensions.remove().ok_or_else(|| defect("a page asks for what its guard has not looked at"))
}

fn defect(what: &str) -> ApiProblem {
    tracing::error!("{what}");
    Problem::internal().into()
}

#[cfg(test)]
mod tests {
    use super::super::cookies::{Browser, Cookies};
    use super::*;

    /// A request as the guard lets it pass, with a form or without one.
    fn passed(method: Method, form: Option<&[u8]>) -> Parts {
        let (mut parts, ()) =
            http::Request::builder().method(method).uri("/auth/sign-in").body(()).expect("a request").into_parts();
        let browser = Browser::new("secret".to_owned());
        let visitor = Visitor::new(&parts, Cookies::at("https://id.example/"), browser, "mark".to_owned());
        parts.extensions.insert(visitor);
        if let Some(form) = form {
            parts.extensions.insert(Form::read(form));
        }
        parts
    }

    #[test]
    fn a_page_that_stands_outside_of_the_guard_answers_nobody() {
        let mut bare = http::Request::builder().uri("/auth/sign-in").body(()).expect("a request").into_parts().0;
        assert!(looked(&mut bare).is_err());
        bare.method = Method::POST;
        assert!(sent(&mut bare).is_err());
    }

    #[test]
    fn what_is_sent_is_taken_with_the_form_that_the_guard_has_looked_at_and_in_no_other_way() {
        assert!(looked(&mut passed(Method::GET, None)).is_ok() && looked(&mut passed(Method::HEAD, None)).is_ok());
        let (_, form) = sent(&mut passed(Method::POST, Some(b"email=ada"))).expect("a form");
        assert_eq!(form.text("email"), "ada");
        assert!(sent(&mut passed(Method::POST, None)).is_err(), "the guard has looked at no form");
        assert!(looked(&mut passed(Method::POST, Some(b"email=ada"))).is_err(), "a handler that forgets the form");
    }
}
