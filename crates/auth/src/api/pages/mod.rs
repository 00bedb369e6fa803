//! ORION's own pages, at `/auth/…`: they need no script but for passkeys, are handier with one, speak three languages, and show nothing from anywhere else. One layer
//! ([`guard`]) stands around all of them.

mod asked;
mod cookies;
mod email_change;
mod ended;
mod field;
mod flow;
mod frame;
mod guard;
mod logo;
mod mailed;
mod organisation_invitation;
mod outcome;
mod passkey;
mod providers;
mod reset;
mod return_to;
mod sign_in;
mod sign_up;
mod verify_email;
mod versioned;
mod visitor;
mod wait;
mod words;

use crate::domain::Auth;
use asked::{Looked, Submitted};
use axum::middleware::from_fn_with_state;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;
use orion_contracts::organisations::INVITATION_PAGE;
use utoipa_axum::router::OpenApiRouter;
use visitor::Visitor;

/// All pages, the guard around them.
pub(super) fn routes(auth: &Auth) -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .route("/auth", get(to_sign_in))
        .route("/auth/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/auth/signed-in", get(outcome::show_signed_in))
        .route("/auth/flow", get(flow::show).post(flow::send))
        .route("/auth/sign-in/passkey-options", post(passkey::sign_in_options))
        .route("/auth/flow/passkey-options", post(passkey::flow_options))
        .route("/auth/flow/passkey-enrolment-options", post(passkey::enrolment_options))
        .route("/auth/flow/backup-codes.txt", get(flow::backup_codes))
        .route("/auth/sign-up", get(sign_up::show).post(sign_up::send))
        .route("/auth/sign-up/sent", get(sign_up::sent).post(sign_up::send_again))
        .route("/auth/verify-email", get(verify_email::show).post(verify_email::send))
        .route("/auth/email-change", get(email_change::show).post(email_change::send))
        .route(INVITATION_PAGE, get(organisation_invitation::show).post(organisation_invitation::send))
        .route("/auth/reset", get(reset::show).post(reset::send))
        .route("/auth/reset/sent", get(reset::sent).post(reset::send_again))
        .route("/auth/providers/{name}", get(providers::start))
        .route("/auth/providers/{name}/callback", get(providers::callback))
        .route("/auth/providers/{name}/step-up", get(providers::step_up))
        .route("/auth/providers/{name}/link", get(providers::ask_link).post(providers::link))
        .route("/auth/{*rest}", get(nothing_here).post(nothing_to_send_to))
        .layer(from_fn_with_state(auth.clone(), guard::guard))
        // What a provider's own page posts cannot carry the mark of a form of ours; it is brought again by the browser.
        .route("/auth/providers/{name}/callback", axum::routing::post(providers::posted))
        // No page, and the same for everybody.
        .route("/auth/logo", get(logo::show))
        .route("/auth/passkey.js", get(passkey::script))
}

async fn to_sign_in(Looked { visitor, .. }: Looked) -> Redirect {
    Redirect::to(&visitor.link("/auth/sign-in"))
}

async fn nothing_here(Looked { auth, visitor }: Looked) -> Response {
    lost(&auth, &visitor)
}

async fn nothing_to_send_to(Submitted { auth, visitor, .. }: Submitted) -> Response {
    lost(&auth, &visitor)
}

fn lost(auth: &Auth, visitor: &Visitor) -> Response {
    let w = visitor.words();
    frame::message(auth, visitor, StatusCode::NOT_FOUND, (&w.lost_title, &w.lost_text), None)
}
