//! Where a mail is waited for, after a registration or a request for a link: it is sent once more from here, or another address is
//! given. Nothing here says whether the address has an account.

use super::cookies::Mail;
use super::frame::{self, Frame, shown, sign_in_link};
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::Auth;
use crate::error::AuthError;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use orion_contracts::Email;

/// The parameter of a page that has sent the mail once more.
const AGAIN: &str = "again";

#[derive(Template)]
#[template(path = "pages/mailed.html")]
struct MailedPage<'a> {
    frame: Frame,
    wrong: &'a str,
    text: &'a str,
    /// Where it was sent to; nobody knows it who did not ask for it in this browser a moment ago.
    email: Option<&'a str>,
    is_again: bool,
    start_over: String,
    sign_in: String,
}

/// A page that waits for a mail.
pub(super) struct Mailed<'a> {
    /// What was sent, and what to do with it.
    pub(super) text: &'a str,
    /// Where the address is given.
    pub(super) from: &'static str,
    pub(super) mail: Mail,
}

impl Mailed<'_> {
    pub(super) fn show(&self, auth: &Auth, visitor: &Visitor) -> Response {
        self.page(auth, visitor, "")
    }

    /// Goes to the page once the mail was ordered.
    pub(super) fn go(path: &str, visitor: &Visitor, mail: Mail, email: &Email) -> Response {
        let mut response = Redirect::to(&visitor.link(path)).into_response();
        visitor.keep_mailed(response.headers_mut(), mail, email);
        response
    }

    /// Sends the mail once more, by what orders it.
    pub(super) async fn again(
        &self,
        auth: &Auth,
        visitor: &Visitor,
        path: &str,
        order: impl Future<Output = Result<(), AuthError>>,
    ) -> Response {
        match order.await {
            Ok(()) => Redirect::to(&visitor.link_by(path, AGAIN, "yes")).into_response(),
            Err(error) => match Wait::of(visitor.words(), error) {
                Ok(wait) => wait.told_in(self.page(auth, visitor, &wait.text)),
                Err(error) => frame::trouble(auth, visitor, error),
            },
        }
    }

    fn page(&self, auth: &Auth, visitor: &Visitor, wrong: &str) -> Response {
        let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        let page = MailedPage {
            frame: Frame::new(auth, visitor, &visitor.words().sent_title, !wrong.is_empty()),
            wrong,
            text: self.text,
            email: visitor.sent(self.mail).map(Email::as_str),
            is_again: wrong.is_empty() && visitor.parameter(AGAIN).is_some(),
            start_over: visitor.link(self.from),
            sign_in: sign_in_link(auth, visitor).0,
        };
        shown(status, &page, &[])
    }
}
