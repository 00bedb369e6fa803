//! `/auth/reset`: asks for a link by which a forgotten password is chosen anew, and with `token` is the page behind the link. The
//! answer is the same whether or not the address has an account. Opening the link changes nothing; its form does.

use super::asked::{Looked, Submitted};
use super::cookies::Mail;
use super::field::{Field, read_password, refused_password};
use super::frame::{self, Frame, fill, shown, sign_in_link};
use super::guard::Form;
use super::mailed::Mailed;
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::{Auth, ResetLink};
use crate::error::AuthError;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use orion_contracts::auth::{ConfirmPasswordReset, MAX_TOKEN, PasswordResetRequest};
use orion_contracts::{Email, Secret};

const PATH: &str = "/auth/reset";
const SENT: &str = "/auth/reset/sent";

/// Asks for the address.
#[derive(Template)]
#[template(path = "pages/reset.html")]
struct AskPage<'a> {
    frame: Frame,
    wrong: &'a str,
    email: Field<'a>,
    sign_in: String,
}

/// Asks for the new password.
#[derive(Template)]
#[template(path = "pages/reset-link.html")]
struct LinkPage<'a> {
    frame: Frame,
    wrong: &'a str,
    text: String,
    email: &'a str,
    fields: [Field<'a>; 2],
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    let Some(token) = visitor.parameter("token") else {
        let mut response = asking(&auth, &visitor, "", Asking::Anew);
        visitor.forget_mailed(response.headers_mut());
        return response;
    };
    match look(&auth, token).await {
        Ok(link) => choosing(&auth, &visitor, &link, Wrong::default()),
        Err(error) => refused(&auth, &visitor, error),
    }
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    if let Some(token) = visitor.parameter("token") {
        return choose(&auth, &visitor, token, &form).await;
    }
    let typed = form.text("email");
    let Ok(email) = typed.trim().parse::<Email>() else { return asking(&auth, &visitor, typed, Asking::Wrong) };
    match auth.request_reset(&PasswordResetRequest { email: email.clone() }).await {
        Ok(_) => Mailed::go(SENT, &visitor, Mail::Reset, &email),
        Err(error) => match Wait::of(visitor.words(), error) {
            Ok(wait) => wait.told_in(asking(&auth, &visitor, typed, Asking::Later(&wait))),
            Err(error) => frame::trouble(&auth, &visitor, error),
        },
    }
}

/// Says that a mail is under way, if there is somebody to send it to.
pub(super) async fn sent(Looked { auth, visitor }: Looked) -> Response {
    mailed(&visitor).show(&auth, &visitor)
}

/// Sends the mail once more.
pub(super) async fn send_again(Submitted { auth, visitor, .. }: Submitted) -> Response {
    let Some(email) = visitor.sent(Mail::Reset).cloned() else {
        return Redirect::to(&visitor.link(PATH)).into_response();
    };
    let order = async { auth.request_reset(&PasswordResetRequest { email }).await.map(drop) };
    mailed(&visitor).again(&auth, &visitor, SENT, order).await
}

fn mailed(visitor: &Visitor) -> Mailed<'_> {
    Mailed { text: &visitor.words().reset_sent_text, from: PATH, mail: Mail::Reset }
}

/// What a link is good for.
async fn look(auth: &Auth, token: &str) -> Result<ResetLink, AuthError> {
    match (1..=MAX_TOKEN).contains(&token.len()) {
        true => auth.reset_of(&Secret::new(token)).await,
        false => Err(AuthError::InvalidResetToken),
    }
}

async fn choose(auth: &Auth, visitor: &Visitor, token: &str, form: &Form) -> Response {
    let w = visitor.words();
    let link = match look(auth, token).await {
        Ok(link) => link,
        Err(error) => return refused(auth, visitor, error),
    };
    let again = |wrong: Wrong| choosing(auth, visitor, &link, wrong);
    let new_password = match read_password(w, form.text("password")) {
        Ok(password) => password,
        Err(password) => return again(Wrong { password, ..Wrong::default() }),
    };
    if form.text("repeated") != form.text("password") {
        return again(Wrong { repeated: w.passwords_differ.clone(), ..Wrong::default() });
    }
    match auth.reset_password(&ConfirmPasswordReset { token: Secret::new(token), new_password }).await {
        Ok(()) => {
            let on = Some(sign_in_link(auth, visitor));
            let words = (w.reset_done_title.as_str(), w.reset_done_text.as_str());
            let mut response = frame::message(auth, visitor, StatusCode::OK, words, on);
            visitor.forget_mailed(response.headers_mut());
            response
        }
        Err(AuthError::RefusedNewPassword(fault)) => {
            again(Wrong { password: refused_password(w, &fault, link.minimum), ..Wrong::default() })
        }
        Err(error) => match Wait::of(w, error) {
            Ok(wait) => wait.told_in(again(Wrong { wait: Some(wait.text.clone()), ..Wrong::default() })),
            Err(error) => refused(auth, visitor, error),
        },
    }
}

fn refused(auth: &Auth, visitor: &Visitor, error: AuthError) -> Response {
    match error {
        AuthError::InvalidResetToken => {
            let w = visitor.words();
            let on = Some((visitor.link("/auth/reset"), w.reset_again.as_str()));
            let words = (w.link_dead_title.as_str(), w.reset_dead_text.as_str());
            frame::message(auth, visitor, StatusCode::UNPROCESSABLE_ENTITY, words, on)
        }
        error => frame::trouble(auth, visitor, error),
    }
}

/// With what the address is asked for.
enum Asking<'a> {
    Anew,
    /// What was typed is no address.
    Wrong,
    Later(&'a Wait),
}

fn asking(auth: &Auth, visitor: &Visitor, typed: &str, asking: Asking<'_>) -> Response {
    let w = visitor.words();
    let (wrong, in_email, status) = match asking {
        Asking::Anew => ("", "", StatusCode::OK),
        Asking::Wrong => (w.fields_wrong.as_str(), w.email_wrong.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        Asking::Later(wait) => (wait.text.as_str(), "", StatusCode::TOO_MANY_REQUESTS),
    };
    let email = Field::email(w, typed).saying(in_email).first();
    let frame = Frame::new(auth, visitor, &w.reset_title, status != StatusCode::OK);
    shown(status, &AskPage { frame, wrong, email, sign_in: sign_in_link(auth, visitor).0 }, &[])
}

/// What is wrong, by field; of the whole, how long to wait.
#[derive(Default)]
struct Wrong {
    wait: Option<String>,
    password: String,
    repeated: String,
}

fn choosing(auth: &Auth, visitor: &Visitor, link: &ResetLink, wrong: Wrong) -> Response {
    let w = visitor.words();
    let Wrong { wait, password, repeated } = wrong;
    let is_wrong = !(password.is_empty() && repeated.is_empty());
    let in_repeated = !repeated.is_empty();
    let fields = [
        Field { is_first: !in_repeated, ..Field::new_password(w, link.minimum).saying(password) },
        Field { is_first: in_repeated, ..Field::repeated(w).saying(repeated) },
    ];
    let (wrong, status) = match &wait {
        Some(words) => (words.as_str(), StatusCode::TOO_MANY_REQUESTS),
        None if is_wrong => (w.fields_wrong.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        None => ("", StatusCode::OK),
    };
    let frame = Frame::new(auth, visitor, &w.change_title, status != StatusCode::OK);
    shown(
        status,
        &LinkPage { frame, wrong, text: fill(&w.reset_for, "email", &link.email), email: &link.email, fields },
        &[],
    )
}
