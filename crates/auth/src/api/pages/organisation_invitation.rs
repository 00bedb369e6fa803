//! `/auth/organisation-invitation`, the page behind the mail that invites somebody who has an account into an organisation. Who looks
//! signs in first, and is shown nothing before; to whom it was not sent there is none. Opening it answers nothing, its forms do: what was
//! shown, and nothing that it has become since. With the answer the page forgets who was there.

use super::asked::{Looked, Submitted};
use super::frame::{self, Frame, fill, shown};
use super::visitor::Visitor;
use crate::domain::{Auth, PageVisitor};
use crate::error::AuthError;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::SecondsFormat;
use http::StatusCode;
use orion_contracts::organisations::{
    AnswerOrganisationInvitation, OrganisationInvitationFound, OrganisationInvitationStatus, invitation_page,
};
use orion_contracts::{OrganisationInvitationId, Problem};
use url::form_urlencoded::Serializer;

/// The field that says which form was sent.
const DECLINE: &str = "decline";
/// The field that says which invitation was shown.
const SENT_AT: &str = "sent_at";
/// What whoever is somebody else adds to the address.
const AS_ANOTHER: (&str, &str) = ("as", "another");

#[derive(Template)]
#[template(path = "pages/organisation-invitation.html")]
struct InvitationPage<'a> {
    frame: Frame,
    /// Why it is shown once more.
    wrong: &'static str,
    text: String,
    found: &'a OrganisationInvitationFound,
    roles: String,
    /// When what is shown was sent, which the answer is to.
    sent_at: String,
    until: Option<String>,
    aside: Aside,
}

/// A page without a form: what there is to say to who has signed in.
#[derive(Template)]
#[template(path = "pages/signed-in-message.html")]
struct SaidPage {
    frame: Frame,
    text: String,
    on: Option<(String, String)>,
    aside: Aside,
}

/// Who has signed in, and how another one does.
struct Aside {
    signed_in: String,
    other: String,
}

pub(super) async fn show(Looked { auth, visitor }: Looked) -> Response {
    let Some(id) = id_of(&visitor) else { return incomplete(&auth, &visitor) };
    if let Some(code) = visitor.parameter("code") {
        return arrive(&auth, &visitor, id, code).await;
    }
    if visitor.parameter(AS_ANOTHER.0) == Some(AS_ANOTHER.1) {
        let mut response = Redirect::to(&sign_in(&auth, id)).into_response();
        visitor.forget_known(response.headers_mut());
        return response;
    }
    let who = match who(&auth, &visitor).await {
        Ok(Some(who)) => who,
        Ok(None) => return asked_to_sign_in(&auth, &visitor, id),
        Err(error) => return trouble(&auth, &visitor, error),
    };
    if !who.is_verified {
        return unverified(&auth, &visitor, id, &who);
    }
    match auth.invitation_of(who.user_id, id).await {
        Ok(Some(found)) if found.status == OrganisationInvitationStatus::Pending => {
            asking(&auth, &visitor, (StatusCode::OK, ""), (id, &who), &found)
        }
        Ok(found) => {
            let (status, (title, text), on) = end(&auth, &visitor, id, found.as_ref());
            said(&auth, &visitor, status, (&title, &text), on, (id, &who))
        }
        Err(error) => trouble(&auth, &visitor, error),
    }
}

pub(super) async fn send(Submitted { auth, visitor, form }: Submitted) -> Response {
    let Some(id) = id_of(&visitor) else { return incomplete(&auth, &visitor) };
    let who = match who(&auth, &visitor).await {
        Ok(Some(who)) if who.is_verified => who,
        // The page says what is to be done first.
        Ok(_) => return Redirect::to(&path(id)).into_response(),
        Err(error) => return trouble(&auth, &visitor, error),
    };
    // What says nothing of what was shown was shown nothing that stands.
    let sent_at = form.text(SENT_AT).parse().unwrap_or_default();
    let answer = AnswerOrganisationInvitation { accept: !form.has(DECLINE), sent_at };
    match auth.answer_invitation(who.user_id, id, &answer).await {
        Ok(Some(found)) if found.status == OrganisationInvitationStatus::Pending => {
            let anew = (StatusCode::CONFLICT, visitor.words().join_changed.as_str());
            asking(&auth, &visitor, anew, (id, &who), &found)
        }
        Ok(found) => {
            let (status, (title, text), on) = end(&auth, &visitor, id, found.as_ref());
            // Who was there is forgotten, so it does not say either that they are signed in.
            let mut response = frame::message(&auth, &visitor, status, (&title, &text), on);
            visitor.forget_known(response.headers_mut());
            response
        }
        Err(error) => trouble(&auth, &visitor, error),
    }
}

fn id_of(visitor: &Visitor) -> Option<OrganisationInvitationId> {
    visitor.parameter("id")?.parse().ok()
}

fn path(id: OrganisationInvitationId) -> String {
    invitation_page(id)
}

/// Where somebody signs in and comes back from.
fn sign_in(auth: &Auth, id: OrganisationInvitationId) -> String {
    let query = Serializer::new(String::new()).append_pair("return_to", &auth.invitation_page(id)).finish();
    format!("/auth/sign-in?{query}")
}

async fn who(auth: &Auth, visitor: &Visitor) -> Result<Option<PageVisitor>, AuthError> {
    match &visitor.known {
        Some(kept) => auth.page_visitor(kept, &visitor.browser.secret).await,
        None => Ok(None),
    }
}

/// Takes the code of a sign-in out of the address. One that is none any more is no matter: the page asks again.
async fn arrive(auth: &Auth, visitor: &Visitor, id: OrganisationInvitationId, code: &str) -> Response {
    let mut response = Redirect::to(&path(id)).into_response();
    match auth.arrive_at_page(code, &visitor.browser.secret).await {
        Ok(kept) => visitor.keep_known(response.headers_mut(), &kept),
        Err(AuthError::InvalidCode) => {}
        Err(error) => return trouble(auth, visitor, error),
    }
    response
}

fn incomplete(auth: &Auth, visitor: &Visitor) -> Response {
    let w = visitor.words();
    let words = (w.link_incomplete_title.as_str(), w.link_incomplete_text.as_str());
    frame::message(auth, visitor, StatusCode::BAD_REQUEST, words, None)
}

/// The same of any link: nobody learns whether there is an invitation.
fn asked_to_sign_in(auth: &Auth, visitor: &Visitor, id: OrganisationInvitationId) -> Response {
    let w = visitor.words();
    let on = Some((sign_in(auth, id), w.sign_in.as_str()));
    frame::message(auth, visitor, StatusCode::OK, (&w.join_title, &w.join_sign_in), on)
}

fn aside(visitor: &Visitor, id: OrganisationInvitationId, who: &PageVisitor) -> Aside {
    let signed_in = fill(&visitor.words().signed_in_as, "email", &who.email);
    Aside { signed_in, other: format!("{}&{}={}", path(id), AS_ANOTHER.0, AS_ANOTHER.1) }
}

fn asking(
    auth: &Auth,
    visitor: &Visitor,
    (status, wrong): (StatusCode, &'static str),
    (id, who): (OrganisationInvitationId, &PageVisitor),
    found: &OrganisationInvitationFound,
) -> Response {
    let w = visitor.words();
    let frame = Frame::new(auth, visitor, &w.join_title, !wrong.is_empty());
    let sent_at = found.sent_at.unwrap_or_default();
    let page = InvitationPage {
        text: frame.named(&w.join_text),
        wrong,
        found,
        roles: found.roles.join(", "),
        sent_at: sent_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        until: found.expires_at.map(|until| until.format("%Y-%m-%d %H:%M UTC").to_string()),
        aside: aside(visitor, id, who),
        frame,
    };
    shown(status, &page, &[])
}

/// What has become of it, to whom it was sent, and where it goes on; and that there is none, to others.
fn end<'a>(
    auth: &Auth,
    visitor: &'a Visitor,
    id: OrganisationInvitationId,
    found: Option<&OrganisationInvitationFound>,
) -> (StatusCode, (String, String), Option<(String, &'a str)>) {
    let w = visitor.words();
    let sign_in_url = auth.config.get().sign_in_url.clone();
    let on_to_product = (!sign_in_url.is_empty()).then_some((sign_in_url, w.go_on.as_str()));
    let again = Some((path(id), w.open_anew.as_str()));
    let Some(found) = found else {
        return (StatusCode::NOT_FOUND, (w.join_none_title.clone(), w.join_none_text.clone()), None);
    };
    let name = &found.organisation_name;
    let (status, title, text, on) = match found.status {
        OrganisationInvitationStatus::Accepted => {
            (StatusCode::OK, &w.join_accepted_title, &w.join_accepted_text, on_to_product)
        }
        OrganisationInvitationStatus::Declined => {
            (StatusCode::OK, &w.join_declined_title, &w.join_declined_text, on_to_product)
        }
        OrganisationInvitationStatus::Withdrawn => {
            (StatusCode::GONE, &w.join_withdrawn_title, &w.join_withdrawn_text, None)
        }
        OrganisationInvitationStatus::Left => (StatusCode::OK, &w.join_left_title, &w.join_left_text, None),
        OrganisationInvitationStatus::Full => (StatusCode::CONFLICT, &w.join_full_title, &w.join_full_text, again),
        OrganisationInvitationStatus::Denied => {
            (StatusCode::FORBIDDEN, &w.join_denied_title, &w.join_denied_text, again)
        }
        OrganisationInvitationStatus::Void => (StatusCode::CONFLICT, &w.join_void_title, &w.join_void_text, None),
        // One that waits is asked about, and not told of.
        OrganisationInvitationStatus::Expired | OrganisationInvitationStatus::Pending => {
            (StatusCode::GONE, &w.join_expired_title, &w.join_expired_text, None)
        }
    };
    let filled = |text: &str| fill(text, "organisation", name);
    (status, (filled(title), filled(text)), on)
}

fn unverified(auth: &Auth, visitor: &Visitor, id: OrganisationInvitationId, who: &PageVisitor) -> Response {
    let w = visitor.words();
    let on = Some((path(id), w.open_anew.as_str()));
    said(auth, visitor, StatusCode::FORBIDDEN, (&w.join_unverified_title, &w.join_unverified_text), on, (id, who))
}

fn said(
    auth: &Auth,
    visitor: &Visitor,
    status: StatusCode,
    (title, text): (&str, &str),
    on: Option<(String, &str)>,
    (id, who): (OrganisationInvitationId, &PageVisitor),
) -> Response {
    let frame = Frame::new(auth, visitor, title, status.as_u16() >= 400);
    let (text, on) = (frame.named(text), on.map(|(href, words)| (href, frame.named(words))));
    shown(status, &SaidPage { aside: aside(visitor, id, who), frame, text, on }, &[])
}

/// What has gone wrong, with a way to try again: nothing is lost.
fn trouble(auth: &Auth, visitor: &Visitor, error: AuthError) -> Response {
    let problem = Problem::from(error);
    if problem.status < 500 {
        return frame::trouble(auth, visitor, problem.into());
    }
    let w = visitor.words();
    let again = id_of(visitor).map(|id| (path(id), w.open_anew.as_str()));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    frame::message(auth, visitor, status, (&w.away_title, &w.join_away_text), again)
}
