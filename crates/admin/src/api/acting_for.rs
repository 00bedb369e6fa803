//! `/console/session/organisation`: for which organisation the session acts.

use super::Console;
use crate::domain::sessions::ActiveSession;
use axum::Json;
use axum::extract::State;
use orion_contracts::Problem;
use orion_contracts::admin::ConsoleSession;
use orion_contracts::auth::ActFor;
use orion_http::{ApiProblem, Valid};

/// Acts for an organisation in the console
///
/// All that the console does is done for it from then on; with null for none. What its user holds inside holds for what belongs to it. The
/// token that says so never reaches the browser. By the session's cookie, without another permission; not while it acts as somebody else.
#[utoipa::path(put, path = "/console/session/organisation", tag = "console", security(("console" = [])),
    request_body = ActFor, responses(
    (status = 200, body = ConsoleSession, description = "The session, as it is from now on."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The session acts as somebody else."),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "Its user belongs to no such organisation."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Fields are not valid."),
))]
pub(super) async fn put(
    session: ActiveSession,
    State(console): State<Console>,
    order: Valid<ActFor>,
) -> Result<Json<ConsoleSession>, ApiProblem> {
    Ok(Json(console.sessions.act_for(session, order.value).await?))
}
