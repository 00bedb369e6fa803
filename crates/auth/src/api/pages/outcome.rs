//! What a sign-in on a page comes to: on to the product, to the page of the next step, or a word that it is done.

use super::asked::Looked;
use super::frame::{self, sign_in_link};
use super::visitor::Visitor;
use crate::domain::{Auth, Coded, SignIn};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

/// Goes on with what a step has come to. 303: what was typed is not sent on.
pub(super) async fn go_on(auth: &Auth, visitor: &Visitor, sign_in: SignIn) -> Response {
    match sign_in {
        SignIn::Needs(flow) => {
            let mut response = Redirect::to(&visitor.link("/auth/flow")).into_response();
            // Only the first answer of a flow has its token.
            if let Some(token) = flow.flow_token {
                visitor.keep_flow(response.headers_mut(), Some((flow.flow_id, token)));
            }
            response
        }
        SignIn::Coded(coded) => {
            let mut response = lead_on(auth, visitor, &coded).await;
            visitor.keep_flow(response.headers_mut(), None);
            response
        }
        // Of a flow that was begun by a program, whose tokens are for it.
        SignIn::Done(_) => over(auth, visitor),
    }
}

/// Leads to where a sign-in leads that is done.
pub(super) async fn lead_on(auth: &Auth, visitor: &Visitor, coded: &Coded) -> Response {
    let to = match (&coded.to, auth.config.get().sign_in_url.as_str()) {
        (Some(to), _) => to.clone(),
        (None, "") => "/auth/signed-in".to_owned(),
        (None, url) => url.to_owned(),
    };
    let mut response = Redirect::to(&to).into_response();
    if let Some(token) = &coded.device_token {
        visitor.keep_devices(response.headers_mut(), &auth.kept_with(token, &visitor.devices).await);
    }
    visitor.forget_mailed(response.headers_mut());
    response
}

/// Says that a sign-in is over, and forgets it.
pub(super) fn over(auth: &Auth, visitor: &Visitor) -> Response {
    let mut response = frame::trouble(auth, visitor, crate::error::AuthError::FlowOver);
    visitor.keep_flow(response.headers_mut(), None);
    response
}

/// Says that the sign-in under way in this browser is another one, and leaves it as it is.
pub(super) fn other(auth: &Auth, visitor: &Visitor) -> Response {
    let w = visitor.words();
    let again = Some((visitor.link("/auth/sign-in"), w.begin_again.as_str()));
    frame::message(auth, visitor, StatusCode::CONFLICT, (&w.over_title, &w.other_text), again)
}

/// Where a sign-in ends that no product waits for.
pub(super) async fn show_signed_in(Looked { auth, visitor }: Looked) -> Response {
    signed_in(&auth, &visitor)
}

/// The same page, wherever it is said.
pub(super) fn signed_in(auth: &Auth, visitor: &Visitor) -> Response {
    let w = visitor.words();
    let on = (!auth.config.get().sign_in_url.is_empty()).then(|| (sign_in_link(auth, visitor).0, w.go_on.as_str()));
    frame::message(auth, visitor, StatusCode::OK, (&w.done_title, &w.unawaited_text), on)
}
