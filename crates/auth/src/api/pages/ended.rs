//! A form of `/auth/flow` that is sent once more after the sign-in has ended: somebody has clicked twice, where no script keeps
//! them from it, or an answer was lost.
//!
//! A browser that sends a form a second time drops the answer to the first. So it is led where that led, with the same code, as
//! long as nobody has exchanged it: the flow's secret, in the browser's cookie, says that it is the same one. A browser that has
//! taken the first answer is marked in that cookie, and is not led on with the code again: its product is about to exchange it, and a
//! code that is brought twice ends the session that it gave.

use super::frame;
use super::outcome::{lead_on, over, signed_in};
use super::return_to;
use super::visitor::Visitor;
use crate::domain::{Auth, Coded, Led};
use crate::error::AuthError;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

/// How an ended sign-in is come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A form was sent.
    Form,
    /// Its page is looked at: nobody is led on by an address alone.
    Looking,
}

/// Leads on with what the last step has come to, and marks the browser.
pub(super) async fn led(auth: &Auth, visitor: &Visitor, coded: &Coded) -> Response {
    let mut response = lead_on(auth, visitor, coded).await;
    visitor.end_flow(response.headers_mut());
    response
}

/// What becomes of whoever comes back to the browser's flow, which has ended.
pub(super) async fn ended(auth: &Auth, visitor: &Visitor, by: By) -> Response {
    let Ok(asked) = return_to::asked(auth, visitor) else { return over(auth, visitor) };
    let Some((id, token)) = &visitor.browser.flow else { return over(auth, visitor) };
    match auth.where_flow_led(*id, token).await {
        Ok(Led { back, .. }) if return_to::is_other(asked.as_ref(), back.as_ref()) => over(auth, visitor),
        Ok(Led { back, coded: Some(coded) })
            if by == By::Form && (back.is_none() || !visitor.browser.has_taken_answer) =>
        {
            led(auth, visitor, &coded).await
        }
        Ok(Led { back: Some(back), .. }) if auth.is_own(&back) => Redirect::to(back.to.as_str()).into_response(),
        Ok(Led { back: Some(back), .. }) => done(auth, visitor, back.origin()),
        Ok(Led { back: None, .. }) => signed_in(auth, visitor),
        Err(AuthError::FlowOver) => over(auth, visitor),
        Err(error) => frame::trouble(auth, visitor, error),
    }
}

/// Says that the sign-in is done, and leads to the product.
fn done(auth: &Auth, visitor: &Visitor, origin: String) -> Response {
    let w = visitor.words();
    let product = Some(auth.config.get().sign_in_url.clone()).filter(|url| !url.is_empty()).unwrap_or(origin);
    frame::message(auth, visitor, StatusCode::OK, (&w.done_title, &w.done_text), Some((product, &w.go_on)))
}
