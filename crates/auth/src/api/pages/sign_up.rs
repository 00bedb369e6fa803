//! `/auth/sign-up`: registration. The answer is the same whether or not the address has an account.

use super::asked::{Looked, Submitted};
use super::cookies::Mail;
use super::field::{Field, read_password, refused_password};
use super::frame::{self, Frame, shown, sign_in_link};
use super::mailed::Mailed;
use super::providers::{ProviderButton, buttons};
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::Auth;
use crate::error::AuthError;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use orion_contracts::Email;
use orion_contracts::auth::RegisterRequest;
use orion_http::Valid;
use orion_infra::idempotency::IdempotencyKey;

const PATH: &str = "/auth/sign-up";
const SENT: &str = "/auth/sign-up/sent";

#[derive(Template)]
#[template(path = "pages/sign-up.html")]
struct SignUpPage<'a> {
    frame: Frame,
    wrong: &'a str,
    name: Field<'a>,
    email: Field<'a>,
    password: Field<'a>,
    providers: Vec<ProviderButton>,
    sign_in: String,
}

/// What is wrong with each of the fields; nothing where they are empty.
#[derive(Default)]
struct Wrong {
    /// Too much was tried; nothing is wrong with the fields.
    wait: Option<Wait>,
    name: String,
    email: String,
    password: String,
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    let mut response = page(&auth, &visitor, StatusCode::OK, ("", ""), Wrong::default());
    visitor.forget_mailed(response.headers_mut());
    response
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let (w, typed) = (visitor.words(), (form.text("display_name"), form.text("email")));
    let again = |wrong| page(&auth, &visitor, StatusCode::UNPROCESSABLE_ENTITY, typed, wrong);
    let (email, password) = (typed.1.trim().parse::<Email>(), read_password(w, form.text("password")));
    let (email, password) = match (email, password) {
        (Ok(email), Ok(password)) => (email, password),
        (email, password) => {
            let email = email.err().map(|_| w.email_wrong.clone()).unwrap_or_default();
            return again(Wrong { email, password: password.err().unwrap_or_default(), ..Wrong::default() });
        }
    };
    let display_name = Some(typed.0.trim().to_owned()).filter(|name| !name.is_empty());
    let locale = Some(visitor.language.tag().to_owned());
    // Address and password are what they should be by now.
    let Ok(request) = Valid::checked(RegisterRequest { email, password, display_name, locale }) else {
        return again(Wrong { name: w.name_wrong.clone(), ..Wrong::default() });
    };
    match auth.register(&request, &IdempotencyKey::default()).await {
        Ok(_) => Mailed::go(SENT, &visitor, Mail::Verification, &request.email),
        Err(AuthError::RefusedPassword(fault)) => {
            let password = refused_password(w, &fault, auth.config.get().password_min_length);
            again(Wrong { password, ..Wrong::default() })
        }
        Err(error) => match Wait::of(w, error) {
            Ok(wait) => {
                let wrong = Wrong { wait: Some(wait), ..Wrong::default() };
                page(&auth, &visitor, StatusCode::TOO_MANY_REQUESTS, typed, wrong)
            }
            Err(error) => frame::trouble(&auth, &visitor, error),
        },
    }
}

/// Says that a mail is under way.
pub(super) async fn sent(Looked { auth, visitor }: Looked) -> Response {
    mailed(&visitor).show(&auth, &visitor)
}

/// Sends the mail once more.
pub(super) async fn send_again(Submitted { auth, visitor, .. }: Submitted) -> Response {
    let Some(email) = visitor.sent(Mail::Verification) else {
        return Redirect::to(&visitor.link(PATH)).into_response();
    };
    mailed(&visitor).again(&auth, &visitor, SENT, auth.request_registration_mail(email)).await
}

fn mailed(visitor: &Visitor) -> Mailed<'_> {
    Mailed { text: &visitor.words().sent_text, from: PATH, mail: Mail::Verification }
}

fn page(auth: &Auth, visitor: &Visitor, status: StatusCode, (name, email): (&str, &str), wrong: Wrong) -> Response {
    let w = visitor.words();
    let is_error = status != StatusCode::OK;
    let (wrong_name, wrong_email) = (!wrong.name.is_empty(), !wrong.email.is_empty());
    let name = Field {
        name: "display_name",
        label: &w.name,
        kind: "text",
        autocomplete: "name",
        value: name,
        optional: &w.optional,
        is_first: wrong_name || !is_error,
        wrong: wrong.name,
        ..Field::default()
    };
    let email = Field { is_first: !wrong_name && wrong_email, ..Field::email(w, email).saying(wrong.email) };
    let password = Field::new_password(w, auth.config.get().password_min_length);
    let in_password = !wrong.password.is_empty() || wrong.wait.is_some();
    let is_first = !wrong_name && !wrong_email && in_password;
    let password = Field { label: &w.password, is_first, ..password.saying(wrong.password) };
    let frame = Frame::new(auth, visitor, &w.sign_up_title, is_error);
    let whole = match &wrong.wait {
        Some(wait) => wait.text.as_str(),
        None if is_error => w.fields_wrong.as_str(),
        None => "",
    };
    let (providers, sign_in) = (buttons(auth, visitor), sign_in_link(auth, visitor).0);
    let shown = shown(status, &SignUpPage { frame, wrong: whole, name, email, password, providers, sign_in }, &[]);
    match &wrong.wait {
        Some(wait) => wait.told_in(shown),
        None => shown,
    }
}
