//! `/console/mails`: captured mails as pages of their own, for a sandboxed frame.

use super::Console;
use crate::domain::sessions::ActiveSession;
use crate::domain::upstream::Upstream;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use orion_contracts::notifications::CapturedMail;
use orion_contracts::permissions::CapturedMailRead;
use orion_contracts::{CapturedMailId, Problem, ServiceName};
use orion_http::{ApiProblem, Require, ValidPath};

/// A mail may style itself and show pictures that it carries; it runs nothing, loads nothing and sends nothing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'",
);

/// The HTML of a captured mail, or its text when it has none.
#[utoipa::path(get, path = "/console/mails/{id}/preview", tag = "console", params(("id" = inline(CapturedMailId), Path)), responses(
    (status = 200, content((String = "text/html"), (String = "text/plain"))),
    (status = 401, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn preview(
    _: Require<CapturedMailRead>,
    session: ActiveSession,
    State(console): State<Console>,
    ValidPath(id): ValidPath<CapturedMailId>,
) -> Result<Response, ApiProblem> {
    let notifications = Upstream::new(&console.context.infra, ServiceName::Notifications).with(&session.access_token);
    let mail: CapturedMail = notifications.get(&format!("/api/v1/notifications/captured-mails/{id}")).await?;
    let (media, body) = match mail.html {
        Some(html) => ("text/html; charset=utf-8", html),
        None => ("text/plain; charset=utf-8", mail.text),
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((headers, body).into_response())
}
