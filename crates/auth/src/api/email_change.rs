//! `/api/v1/auth/email-change` for programs; the page for people stands beside.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::email_changes::{AnswerEmailChange, EmailChangeAnswered};
use orion_http::{ApiProblem, Valid};

/// Confirms or refuses a change of address by the token from a link.
///
/// The address changes once the links to the old and the new one are both confirmed; then all sessions of the account end. The
/// link to the old one can refuse it. The same call again is answered the same.
#[utoipa::path(
    post,
    path = "/api/v1/auth/email-change",
    tag = "auth",
    request_body = AnswerEmailChange,
    responses(
        (status = 200, description = "What has become of the change", body = EmailChangeAnswered),
        (status = 422, description = "The token is unknown, expired or void, or cannot refuse", body = Problem),
        (status = 503, description = "The users service cannot be reached", body = Problem),
    ),
)]
pub(super) async fn answer(
    State(auth): State<Auth>,
    request: Valid<AnswerEmailChange>,
) -> Result<Json<EmailChangeAnswered>, ApiProblem> {
    let found = auth.answer_email_change(&request).await?;
    Ok(Json(EmailChangeAnswered { status: found.status }))
}
