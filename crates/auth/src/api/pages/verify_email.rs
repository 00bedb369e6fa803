//! `/auth/verify-email`, the page behind a verification link. Opening it changes nothing, because mail programs open links by
//! themselves; its form does, with the password.

use super::asked::{Looked, Submitted};
use super::field::{Field, read_password, refused_password};
use super::frame::{self, Frame, fill, shown, sign_in_link};
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::{Auth, VerificationLink};
use crate::error::AuthError;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use orion_contracts::Secret;
use orion_contracts::auth::{MAX_TOKEN, VerifyEmailRequest};

#[derive(Template)]
#[template(path = "pages/verify-email.html")]
struct VerifyPage<'a> {
    frame: Frame,
    wrong: &'a str,
    text: String,
    email: &'a str,
    fields: Vec<Field<'a>>,
    /// Asks for a password that takes the place of the one chosen at registration.
    replaces: bool,
    /// There is one that it takes the place of.
    has_password: bool,
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    let Some(token) = token_of(&visitor) else { return incomplete(&auth, &visitor) };
    match auth.verification_of(&token).await {
        Ok(link) if link.is_done => already_confirmed(&auth, &visitor),
        Ok(link) => asking(&auth, &visitor, &link, !link.has_password, Wrong::default()),
        Err(error) => refused(&auth, &visitor, error),
    }
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let Some(token) = token_of(&visitor) else { return incomplete(&auth, &visitor) };
    let link = match auth.verification_of(&token).await {
        Ok(link) if link.is_done => return already_confirmed(&auth, &visitor),
        Ok(link) => link,
        Err(error) => return refused(&auth, &visitor, error),
    };
    let (w, replaces) = (visitor.words(), form.has("repeated"));
    let again = |wrong: Wrong| asking(&auth, &visitor, &link, replaces, wrong);
    let password = match read_password(w, form.text("password")) {
        Ok(password) => password,
        Err(password) => return again(Wrong { password, ..Wrong::default() }),
    };
    if replaces && form.text("repeated") != form.text("password") {
        return again(Wrong { repeated: w.passwords_differ.clone(), ..Wrong::default() });
    }
    let order = VerifyEmailRequest { token, password, replace_password: replaces };
    match auth.verify_email(&order).await {
        Ok(()) => confirmed(&auth, &visitor, (&w.confirmed_title, &w.confirmed_text)),
        Err(AuthError::OtherPassword) => {
            let wrong = Wrong { whole: w.choose_text.clone(), ..Wrong::default() };
            asking(&auth, &visitor, &link, true, wrong)
        }
        Err(AuthError::NoPasswordYet) => asking(&auth, &visitor, &link, true, Wrong::default()),
        Err(AuthError::VerifiedAlready) => already_confirmed(&auth, &visitor),
        Err(AuthError::RefusedPassword(fault)) => {
            let password = refused_password(w, &fault, auth.config.get().password_min_length);
            again(Wrong { password, ..Wrong::default() })
        }
        Err(error) => match Wait::of(w, error) {
            Ok(wait) => wait.told_in(again(Wrong { wait: Some(wait.text.clone()), ..Wrong::default() })),
            Err(error) => refused(&auth, &visitor, error),
        },
    }
}

fn token_of(visitor: &Visitor) -> Option<Secret> {
    visitor.parameter("token").filter(|token| (1..=MAX_TOKEN).contains(&token.len())).map(Secret::new)
}

fn incomplete(auth: &Auth, visitor: &Visitor) -> Response {
    let w = visitor.words();
    let words = (w.link_incomplete_title.as_str(), w.link_incomplete_text.as_str());
    frame::message(auth, visitor, StatusCode::BAD_REQUEST, words, None)
}

fn already_confirmed(auth: &Auth, visitor: &Visitor) -> Response {
    confirmed(auth, visitor, (&visitor.words().already_title, ""))
}

fn confirmed(auth: &Auth, visitor: &Visitor, words: (&str, &str)) -> Response {
    let mut response = frame::message(auth, visitor, StatusCode::OK, words, Some(sign_in_link(auth, visitor)));
    visitor.forget_mailed(response.headers_mut());
    response
}

fn refused(auth: &Auth, visitor: &Visitor, error: AuthError) -> Response {
    match error {
        AuthError::InvalidVerificationToken => {
            let w = visitor.words();
            let words = (w.link_dead_title.as_str(), w.link_dead_text.as_str());
            let on = Some((visitor.link("/auth/sign-up"), w.sign_up_title.as_str()));
            frame::message(auth, visitor, StatusCode::UNPROCESSABLE_ENTITY, words, on)
        }
        error => frame::trouble(auth, visitor, error),
    }
}

/// What is wrong.
#[derive(Default)]
struct Wrong {
    whole: String,
    /// Too much was tried.
    wait: Option<String>,
    password: String,
    repeated: String,
}

fn asking(auth: &Auth, visitor: &Visitor, link: &VerificationLink, replaces: bool, wrong: Wrong) -> Response {
    let w = visitor.words();
    let is_wrong = !(wrong.whole.is_empty() && wrong.password.is_empty() && wrong.repeated.is_empty());
    let minimum = auth.config.get().password_min_length;
    let in_repeated = !wrong.repeated.is_empty();
    let fields = match replaces {
        true => vec![
            Field { is_first: !in_repeated, ..Field::new_password(w, minimum).saying(wrong.password) },
            Field { is_first: in_repeated, ..Field::repeated(w).saying(wrong.repeated) },
        ],
        false => vec![Field::password(w).saying(wrong.password).first()],
    };
    let title = if replaces { &w.choose_title } else { &w.confirm_title };
    let (status, whole) = match &wrong.wait {
        Some(words) => (StatusCode::TOO_MANY_REQUESTS, words.as_str()),
        None if is_wrong && wrong.whole.is_empty() => (StatusCode::UNPROCESSABLE_ENTITY, w.fields_wrong.as_str()),
        None if is_wrong => (StatusCode::UNPROCESSABLE_ENTITY, wrong.whole.as_str()),
        None => (StatusCode::OK, ""),
    };
    let frame = Frame::new(auth, visitor, title, status != StatusCode::OK);
    let VerificationLink { email, has_password, .. } = link;
    let text = match (replaces, has_password) {
        (false, _) => fill(&w.confirm_text, "email", email),
        (true, true) => String::new(),
        (true, false) => fill(&w.invited_text, "email", email),
    };
    let page = VerifyPage { frame, wrong: whole, text, email, fields, replaces, has_password: *has_password };
    shown(status, &page, &[])
}
