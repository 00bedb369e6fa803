//! `/auth/sign-in`: address and password, or a passkey.

use super::field::{Field, read_password};
use super::frame::{self, Frame, beyond, shown_with_script};
use super::guard::Form;
use super::outcome;
use super::passkey::{self, PasskeyForm};
use super::providers::{ProviderButton, buttons};
use super::return_to;
use super::visitor::Visitor;
use crate::domain::{Auth, Ending, Return};
use crate::error::AuthError;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use orion_contracts::Email;
use orion_contracts::auth::LoginRequest;

#[derive(Template)]
#[template(path = "pages/sign-in.html")]
struct SignInPage<'a> {
    frame: Frame,
    /// What is wrong with the whole.
    wrong: &'a str,
    email: Field<'a>,
    password: Field<'a>,
    providers: Vec<ProviderButton>,
    passkey: Option<PasskeyForm<'a>>,
    sign_up: String,
    reset: String,
}

pub(super) async fn show(State(auth): State<Auth>, visitor: Visitor) -> Response {
    match return_to::asked(&auth.config.get(), &visitor) {
        Ok(back) => {
            let w = visitor.words();
            let fields = (Field::email(w, "").first(), Field::password(w));
            page(&auth, &visitor, back.as_ref(), (StatusCode::OK, "", false), fields)
        }
        Err(fault) => frame::no_return(&auth, &visitor, fault),
    }
}

pub(super) async fn send(State(auth): State<Auth>, visitor: Visitor, form: Form) -> Response {
    let back = match return_to::asked(&auth.config.get(), &visitor) {
        Ok(back) => back,
        Err(fault) => return frame::no_return(&auth, &visitor, fault),
    };
    let (w, typed) = (visitor.words(), form.text("email"));
    let again = |status, wrong, fields| page(&auth, &visitor, back.as_ref(), (status, wrong, false), fields);
    if form.text("step") == "passkey" {
        return match passkey::sign_in(&auth, &visitor, &form).await {
            Ok(response) => response,
            Err(refused) => {
                let fields = (Field::email(w, "").first(), Field::password(w));
                let is_late = matches!(refused, passkey::Refused::Late);
                let words = if is_late { &w.passkey_late } else { &w.passkey_wrong };
                page(&auth, &visitor, back.as_ref(), (StatusCode::UNPROCESSABLE_ENTITY, words, is_late), fields)
            }
        };
    }
    let (email, password) = (typed.trim().parse::<Email>(), read_password(w, form.text("password")));
    let (email, password) = match (email, password) {
        (Ok(email), Ok(password)) => (email, password),
        (email, password) => {
            let email = match email {
                Ok(_) => Field::email(w, typed),
                Err(_) => Field::email(w, typed).saying(&w.email_wrong).first(),
            };
            let first = email.wrong.is_empty();
            let password = match password {
                Ok(_) => Field::password(w),
                Err(wrong) => Field { is_first: first, ..Field::password(w).saying(wrong) },
            };
            return again(StatusCode::UNPROCESSABLE_ENTITY, &w.fields_wrong, (email, password));
        }
    };
    let request = LoginRequest { email, password, device_token: visitor.device.clone() };
    match auth.login_to(&request, &Ending::Code(back.clone())).await {
        Ok(sign_in) => outcome::go_on(&auth, &visitor, sign_in),
        Err(AuthError::InvalidCredentials) => {
            let fields = (Field::email(w, typed), Field::password(w).first());
            again(StatusCode::UNPROCESSABLE_ENTITY, &w.wrong_credentials, fields)
        }
        Err(error) => frame::trouble(&auth, &visitor, error),
    }
}

fn page(
    auth: &Auth,
    visitor: &Visitor,
    back: Option<&Return>,
    (status, wrong, is_again): (StatusCode, &str, bool),
    (email, password): (Field<'_>, Field<'_>),
) -> Response {
    let frame = Frame::new(auth, visitor, &visitor.words().sign_in_title, status != StatusCode::OK);
    let (sign_up, reset) = (visitor.link("/auth/sign-up"), visitor.link("/auth/reset"));
    let email = Field { autocomplete: "username webauthn", ..email };
    let (passkey, providers) =
        (Some(PasskeyForm { is_again, ..PasskeyForm::sign_in(visitor) }), buttons(auth, visitor));
    let page = SignInPage { frame, wrong, email, password, passkey, providers, sign_up, reset };
    shown_with_script(status, &page, &beyond(auth, back))
}
