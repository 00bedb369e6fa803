//! The endpoints of the auth service.

mod internal;
mod jwks;
mod login;
mod logout;
mod page;
mod refresh;
mod register;
mod verify_email;
mod verify_email_page;

use crate::domain::Auth;
use axum::routing::post;
use orion_http::Serve;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes; internal ones are left out of the public documentation.
pub(crate) fn routes(auth: Auth) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(verify_email::verify, verify_email_page::show))
        .routes(routes!(login::login))
        .routes(routes!(refresh::refresh))
        .routes(routes!(logout::logout))
        .routes(routes!(jwks::jwks))
        .route(
            "/api/v1/auth/verify-email/confirm",
            post(verify_email_page::confirm).get(verify_email_page::show_nothing),
        )
        .serve(internal::revocations)
        .serve(internal::put_account)
        .serve(internal::put_administrator)
        .with_state(auth)
}
