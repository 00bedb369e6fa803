//! `/auth/email-change`, the page behind the links that confirm another address. Opening it changes nothing, because mail programs
//! open links by themselves; its forms do. Nobody has to be signed in: each link stands for the mailbox that it was sent to.

use super::asked::{Looked, Submitted};
use super::frame::{self, Frame, fill, shown, sign_in_link};
use super::visitor::Visitor;
use crate::domain::Auth;
use crate::error::AuthError;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use orion_contracts::Secret;
use orion_contracts::auth::MAX_TOKEN;
use orion_contracts::email_changes::{AnswerEmailChange, EmailChangeFound, EmailChangeStatus, EmailSide};

/// The field that says which form was sent.
const REFUSE: &str = "refuse";

#[derive(Template)]
#[template(path = "pages/email-change.html")]
struct ChangePage {
    frame: Frame,
    /// For the part of a form that all pages share.
    wrong: &'static str,
    text: String,
    /// Only by the mail to the address of now.
    can_refuse: bool,
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    let Some(token) = token_of(&visitor) else { return incomplete(&auth, &visitor) };
    match auth.email_change_of(&token).await {
        Ok(found) if found.status == EmailChangeStatus::Pending && !found.is_confirmed => {
            asking(&auth, &visitor, &found)
        }
        Ok(found) => told(&auth, &visitor, &found),
        Err(error) => refused(&auth, &visitor, error),
    }
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let Some(token) = token_of(&visitor) else { return incomplete(&auth, &visitor) };
    match auth.answer_email_change(&AnswerEmailChange { token, refuse: form.has(REFUSE) }).await {
        Ok(found) => told(&auth, &visitor, &found),
        Err(error) => refused(&auth, &visitor, error),
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

fn asking(auth: &Auth, visitor: &Visitor, found: &EmailChangeFound) -> Response {
    let w = visitor.words();
    let can_refuse = found.side == EmailSide::Current;
    let text = if can_refuse { &w.address_current_text } else { &w.address_new_text };
    let frame = Frame::new(auth, visitor, &w.address_title, false);
    let text = frame.named(&named(text, found));
    shown(StatusCode::OK, &ChangePage { frame, wrong: "", text, can_refuse }, &[])
}

/// What has come of it.
fn told(auth: &Auth, visitor: &Visitor, found: &EmailChangeFound) -> Response {
    let w = visitor.words();
    let (status, title, text, on) = match found.status {
        EmailChangeStatus::Pending => (StatusCode::OK, &w.address_waits_title, &w.address_waits_text, None),
        EmailChangeStatus::Changed => {
            (StatusCode::OK, &w.address_done_title, &w.address_done_text, Some(sign_in_link(auth, visitor)))
        }
        EmailChangeStatus::Refused => {
            let reset = (visitor.link("/auth/reset"), w.reset_title.as_str());
            (StatusCode::OK, &w.address_refused_title, &w.address_refused_text, Some(reset))
        }
        _ => (StatusCode::CONFLICT, &w.address_barred_title, &w.address_barred_text, None),
    };
    frame::message(auth, visitor, status, (title, &named(text, found)), on)
}

fn named(text: &str, found: &EmailChangeFound) -> String {
    fill(&fill(text, "email", found.current.as_str()), "new", found.new.as_str())
}

fn refused(auth: &Auth, visitor: &Visitor, error: AuthError) -> Response {
    match error {
        AuthError::InvalidEmailChange => {
            let w = visitor.words();
            let words = (w.link_dead_title.as_str(), w.address_dead_text.as_str());
            frame::message(auth, visitor, StatusCode::UNPROCESSABLE_ENTITY, words, None)
        }
        error => frame::trouble(auth, visitor, error),
    }
}
