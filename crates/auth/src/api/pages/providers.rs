//! `/auth/providers/…`: to a provider and back, and linking an identity there to an account.

use super::asked::{Looked, Submitted};
use super::frame::{self, Frame, shown};
use super::outcome::{go_on, over};
use super::return_to;
use super::visitor::Visitor;
use super::wait::Wait;
use crate::domain::{Arrival, Auth, Brought, Ending, Going};
use crate::error::AuthError;
use askama::Template;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, parse};

/// A button that leads to a provider.
pub(super) struct ProviderButton {
    pub(super) href: String,
    pub(super) words: String,
}

/// The buttons of all providers.
pub(super) fn buttons(auth: &Auth, visitor: &Visitor) -> Vec<ProviderButton> {
    let button = |provider: orion_contracts::auth::Provider| ProviderButton {
        href: visitor.link(&format!("/auth/providers/{}", provider.name)),
        words: frame::fill(&visitor.words().provider_with, "provider", &provider.label),
    };
    auth.providers().items.into_iter().map(button).collect()
}

/// Asks before an identity is linked.
#[derive(Template)]
#[template(path = "pages/provider-link.html")]
struct LinkPage<'a> {
    frame: Frame,
    wrong: &'a str,
    text: String,
}

/// Sends a browser to the provider.
pub(super) async fn start(Looked { auth, visitor }: Looked, Path(name): Path<String>) -> Response {
    if let Err(fault) = return_to::asked(&auth, &visitor) {
        return frame::no_return(&auth, &visitor, fault);
    }
    let query = Serializer::new(String::new()).extend_pairs(&visitor.query).finish();
    match auth.begin_visit(&name, &visitor.browser.secret, &query, Going::SigningIn).await {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => refused(&auth, &visitor, &name, error),
    }
}

/// What a provider sends back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    state: String,
    code: String,
    error: String,
    iss: String,
}

/// Takes what a provider sends by a form of its own page (`form_post`), and has the browser bring it again: the post comes from
/// another site, so the browser sends no cookie with it.
pub(super) async fn posted(State(auth): State<Auth>, Path(name): Path<String>, body: Bytes) -> Response {
    if !auth.providers().items.iter().any(|provider| provider.name == name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let field = |name: &str| {
        let found = parse(&body).find(|(field, _)| field == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let sent = Sent { state: field("state"), code: field("code"), error: field("error"), iss: field("iss") };
    if let Some(told) = name_in(&field("user"))
        && let Err(error) = auth.note_name(&sent.state, &told).await
    {
        tracing::warn!(%error, "a name that a provider told is not kept");
    }
    let mut query = Serializer::new(String::new());
    for (field, value) in [("state", &sent.state), ("code", &sent.code), ("error", &sent.error), ("iss", &sent.iss)] {
        if !value.is_empty() {
            query.append_pair(field, value);
        }
    }
    Redirect::to(&format!("/auth/providers/{name}/callback?{}", query.finish())).into_response()
}

/// The name in what Apple tells of a person beside the code, as JSON, the first time alone.
fn name_in(user: &str) -> Option<String> {
    let told: serde_json::Value = serde_json::from_str(user).ok()?;
    let part = |field: &str| told["name"][field].as_str().unwrap_or_default().trim().to_owned();
    let name = format!("{} {}", part("firstName"), part("lastName")).trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// Takes what a browser brings back.
pub(super) async fn callback(
    Looked { auth, mut visitor }: Looked,
    Path(name): Path<String>,
    sent: Result<Query<Sent>, QueryRejection>,
) -> Response {
    let Ok(Query(sent)) = sent else { return over(&auth, &visitor) };
    let browser = visitor.browser.secret.clone();
    let visit = match auth.look_at_visit(&name, &browser, &sent.state).await {
        Ok(visit) => visit,
        Err(error) => {
            visitor.query = Vec::new();
            return refused(&auth, &visitor, &name, error);
        }
    };
    visitor.query = parse(visit.query.as_bytes()).into_owned().collect();
    let back = match return_to::asked(&auth, &visitor) {
        Ok(back) => back,
        Err(fault) => return frame::no_return(&auth, &visitor, fault),
    };
    let brought = Brought { code: sent.code, error: sent.error, iss: sent.iss };
    let from = (browser.as_str(), visitor.devices.as_slice());
    match auth.come_back(&name, from, &sent.state, &brought, &Ending::Code(back)).await {
        Ok(Arrival::SignIn(sign_in)) => go_on(&auth, &visitor, sign_in).await,
        Ok(Arrival::Linked) => {
            let w = visitor.words();
            let on = (!auth.config.get().sign_in_url.is_empty())
                .then(|| (frame::sign_in_link(&auth, &visitor).0, w.go_on.as_str()));
            let label = label(&auth, &name);
            let title = frame::fill(&w.provider_linked_title, "provider", &label);
            let text = frame::fill(&w.provider_linked_text, "provider", &label);
            frame::message(&auth, &visitor, StatusCode::OK, (&title, &text), on)
        }
        Ok(Arrival::SteppedUp(to)) => Redirect::to(&to).into_response(),
        Err(error) => match visit.awaited {
            Some(awaited) => not_proven(&auth, &visitor, &name, error, awaited),
            None => refused(&auth, &visitor, &name, error),
        },
    }
}

/// Sends the browser of somebody who proves once more who they are to the provider.
pub(super) async fn step_up(Looked { auth, visitor }: Looked, Path(name): Path<String>) -> Response {
    let ticket = visitor.parameter("ticket").unwrap_or_default();
    match auth.begin_step_up_visit(&name, &visitor.browser.secret, ticket).await {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => refused(&auth, &visitor, &name, error),
    }
}

/// Shows to which account an identity is about to be linked: whoever was sent here by somebody else sees that it is not theirs.
pub(super) async fn ask_link(Looked { auth, visitor }: Looked, Path(name): Path<String>) -> Response {
    let found = match auth.ticket(&name, visitor.parameter("ticket").unwrap_or_default()) {
        Ok(ticket) => auth.provider_origin(&name).await.map(|origin| (ticket, origin)),
        Err(error) => Err(error),
    };
    let (ticket, origin) = match found {
        Ok(found) => found,
        Err(error) => return refused(&auth, &visitor, &name, error),
    };
    let (w, label) = (visitor.words(), label(&auth, &name));
    let title = frame::fill(&w.provider_link_title, "provider", &label);
    let text = frame::fill(&frame::fill(&w.provider_link_text, "provider", &label), "email", &ticket.email);
    let frame = Frame::new(&auth, &visitor, &title, false);
    let text = frame.named(&text);
    shown(StatusCode::OK, &LinkPage { frame, wrong: "", text }, &[origin])
}

/// Goes to the provider, to link what is proven there.
pub(super) async fn link(Submitted { auth, visitor, .. }: Submitted, Path(name): Path<String>) -> Response {
    let begun = match auth.ticket(&name, visitor.parameter("ticket").unwrap_or_default()) {
        Ok(ticket) => auth.begin_visit(&name, &visitor.browser.secret, "", Going::Linking(&ticket)).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => refused(&auth, &visitor, &name, error),
    }
}

fn label(auth: &Auth, name: &str) -> String {
    let found = auth.providers().items.into_iter().find(|provider| provider.name == name);
    found.map_or_else(|| name.to_owned(), |provider| provider.label)
}

/// Says why a provider has led nowhere, and where to go on.
fn refused(auth: &Auth, visitor: &Visitor, name: &str, error: AuthError) -> Response {
    let on = (visitor.link("/auth/sign-in"), visitor.words().sign_in.as_str());
    led_nowhere(auth, visitor, name, error, on)
}

/// Says why nothing was proven, and leads back to where somebody is awaited.
fn not_proven(auth: &Auth, visitor: &Visitor, name: &str, error: AuthError, awaited: String) -> Response {
    led_nowhere(auth, visitor, name, error, (awaited, visitor.words().go_back.as_str()))
}

fn led_nowhere(auth: &Auth, visitor: &Visitor, name: &str, error: AuthError, on: (String, &str)) -> Response {
    let w = visitor.words();
    let (status, title, text) = match error {
        AuthError::ProviderNotFound => (StatusCode::NOT_FOUND, &w.lost_title, &w.lost_text),
        AuthError::ProviderAway => (StatusCode::SERVICE_UNAVAILABLE, &w.provider_away_title, &w.provider_away_text),
        AuthError::ProviderRefused => (StatusCode::BAD_REQUEST, &w.provider_refused_title, &w.provider_refused_text),
        AuthError::ProviderUnverified => {
            (StatusCode::CONFLICT, &w.provider_unverified_title, &w.provider_unverified_text)
        }
        AuthError::ProviderNotAdmitted => (StatusCode::FORBIDDEN, &w.provider_barred_title, &w.provider_barred_text),
        AuthError::AddressKnown => (StatusCode::CONFLICT, &w.provider_known_title, &w.provider_known_text),
        AuthError::OtherIdentity => (StatusCode::CONFLICT, &w.provider_other_title, &w.provider_other_text),
        AuthError::ProviderNotFresh => (StatusCode::CONFLICT, &w.provider_stale_title, &w.provider_stale_text),
        AuthError::IdentityTaken => (StatusCode::CONFLICT, &w.provider_taken_title, &w.provider_taken_text),
        error => {
            return match Wait::of(w, error) {
                Ok(wait) => {
                    let words = (w.too_many_title.as_str(), wait.text.as_str());
                    wait.told_in(frame::message(auth, visitor, StatusCode::TOO_MANY_REQUESTS, words, Some(on)))
                }
                Err(error) => frame::trouble(auth, visitor, error),
            };
        }
    };
    let label = label(auth, name);
    let (title, text) = (frame::fill(title, "provider", &label), frame::fill(text, "provider", &label));
    frame::message(auth, visitor, status, (&title, &text), Some(on))
}
