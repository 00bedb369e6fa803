//! `/auth/sign-in`: address and password, or a passkey.

use super::asked::{Looked, Submitted};
use super::field::{Field, read_password};
use super::frame::{self, Frame, beyond, shown_with_script};
use super::outcome;
use super::passkey::{self, PasskeyForm};
use super::providers::{ProviderButton, buttons};
use super::return_to;
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::{Auth, Ending, Return};
use crate::error::AuthError;
use askama::Template;
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
    /// How long to wait, where too much was tried.
    wait: Option<&'a str>,
    email: Field<'a>,
    password: Field<'a>,
    providers: Vec<ProviderButton>,
    passkey: Option<PasskeyForm<'a>>,
    sign_up: String,
    reset: String,
}

/// What is said of the whole.
#[derive(Default)]
struct Said<'a> {
    wrong: &'a str,
    wait: Option<&'a Wait>,
    /// Whether the script asks for a passkey at once.
    is_again: bool,
}

impl<'a> Said<'a> {
    fn wrong(wrong: &'a str) -> Self {
        Self { wrong, ..Self::default() }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self { wait: Some(_), .. } => StatusCode::TOO_MANY_REQUESTS,
            Self { wrong: "", .. } => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    match return_to::asked(&auth, &visitor) {
        Ok(back) => {
            let w = visitor.words();
            let fields = (Field::email(w, "").first(), Field::password(w));
            page(&auth, &visitor, back.as_ref(), &Said::default(), fields)
        }
        Err(fault) => frame::no_return(&auth, &visitor, fault),
    }
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let back = match return_to::asked(&auth, &visitor) {
        Ok(back) => back,
        Err(fault) => return frame::no_return(&auth, &visitor, fault),
    };
    let (w, typed) = (visitor.words(), form.text("email"));
    let again = |said: &Said<'_>, fields| page(&auth, &visitor, back.as_ref(), said, fields);
    if form.text("step") == "passkey" {
        return match passkey::sign_in(&auth, &visitor, &form).await {
            Ok(response) => response,
            Err(refused) => {
                let fields = (Field::email(w, "").first(), Field::password(w));
                match refused {
                    passkey::Refused::Wrong => again(&Said::wrong(&w.passkey_wrong), fields),
                    passkey::Refused::Late => again(&Said { is_again: true, ..Said::wrong(&w.passkey_late) }, fields),
                    passkey::Refused::Early(wait) => later(&wait, |said| again(said, fields)),
                }
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
            return again(&Said::wrong(&w.fields_wrong), (email, password));
        }
    };
    let device_token = match auth.device_of_address(&email, &visitor.devices).await {
        Ok(token) => token,
        Err(error) => return frame::trouble(&auth, &visitor, error.into()),
    };
    let request = LoginRequest { email, password, device_token };
    match auth.login_to(&request, &Ending::Code(back.clone())).await {
        Ok(sign_in) => outcome::go_on(&auth, &visitor, sign_in).await,
        Err(AuthError::InvalidCredentials) => {
            let fields = (Field::email(w, typed), Field::password(w).first());
            again(&Said::wrong(&w.wrong_credentials), fields)
        }
        Err(error) => match Wait::of(w, error) {
            Ok(wait) => later(&wait, |said| again(said, (Field::email(w, typed), Field::password(w).first()))),
            Err(error) => frame::trouble(&auth, &visitor, error),
        },
    }
}

/// The form, to be sent again later.
fn later(wait: &Wait, page: impl FnOnce(&Said<'_>) -> Response) -> Response {
    wait.told_in(page(&Said { wait: Some(wait), ..Said::default() }))
}

fn page(
    auth: &Auth,
    visitor: &Visitor,
    back: Option<&Return>,
    said: &Said<'_>,
    (email, password): (Field<'_>, Field<'_>),
) -> Response {
    let (status, is_again) = (said.status(), said.is_again);
    let frame = Frame::new(auth, visitor, &visitor.words().sign_in_title, status != StatusCode::OK);
    let (sign_up, reset) = (visitor.link("/auth/sign-up"), visitor.link("/auth/reset"));
    let email = Field { autocomplete: "username webauthn", ..email };
    let (passkey, providers) =
        (Some(PasskeyForm { is_again, ..PasskeyForm::sign_in(visitor) }), buttons(auth, visitor));
    // No link ends a wait for room.
    let (wrong, wait) = match said.wait {
        Some(wait) if wait.is_of_tries => ("", Some(wait.text.as_str())),
        Some(wait) => (wait.text.as_str(), None),
        None => (said.wrong, None),
    };
    let page = SignInPage { frame, wrong, wait, email, password, passkey, providers, sign_up, reset };
    shown_with_script(status, &page, &beyond(auth, back))
}
