//! `/console/session/steps`: signing in step by step, and proving once more who one is.

use super::{Console, cookie, csrf};
use crate::domain::sessions::ActiveSession;
use crate::domain::sign_in::{Entry, StepName};
use crate::error::AdminError;
use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use orion_contracts::Problem;
use orion_contracts::admin::{ConsoleFlow, ConsoleProviderVisit, ConsoleSession, ConsoleStep};
use orion_contracts::auth::{FlowPasskeyEnrolment, PasskeyRequest, ProviderVisit, TotpEnrolment};
use orion_http::{ApiProblem, Valid, ValidPath};

/// The answer to a sign-in or a step of one, with its cookies.
pub(super) fn answer(console: &Console, entry: Entry) -> Result<Response, ApiProblem> {
    let origin = &console.origin;
    let over = cookie::clear_flow(origin).ok_or_else(Problem::internal)?;
    Ok(match entry {
        Entry::Begun(begun) => {
            let cookie = cookie::set(origin, &begun.cookie, console.sessions.absolute_seconds());
            let mut cookies =
                vec![(header::SET_COOKIE, cookie.ok_or_else(Problem::internal)?), (header::SET_COOKIE, over)];
            let device = begun.device_token.and_then(|token| cookie::set_device(origin, &token));
            cookies.extend(device.map(|device| (header::SET_COOKIE, device)));
            (StatusCode::CREATED, AppendHeaders(cookies), Json(begun.session)).into_response()
        }
        Entry::Needs(value, flow) => {
            let cookie = cookie::set_flow(origin, &value, flow.expires_in).ok_or_else(Problem::internal)?;
            (StatusCode::ACCEPTED, [(header::SET_COOKIE, cookie)], Json(flow)).into_response()
        }
        Entry::Renewed => (StatusCode::NO_CONTENT, [(header::SET_COOKIE, over)]).into_response(),
    })
}

/// Begins to prove once more who one is
///
/// By the session's cookie, without another permission. For what answers `insufficient-user-authentication`: the steps that
/// follow renew the session, and the call can be made again.
#[utoipa::path(post, path = "/console/session/step-up", tag = "console", security(("console" = [])), responses(
    (status = 202, body = ConsoleFlow, description = "What is needed first."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "The session is over at auth."),
))]
pub(super) async fn step_up(session: ActiveSession, State(console): State<Console>) -> Result<Response, ApiProblem> {
    answer(&console, console.sessions.begin_step_up(&session).await?)
}

/// Does a step of a sign-in or of a step-up
///
/// The sign-in is in a cookie that the answer before has set. For whoever began it.
#[utoipa::path(post, path = "/console/session/steps/{step}", tag = "console",
    params(("step" = inline(StepName), Path, description = "Which")),
    request_body = ConsoleStep,
    responses(
    (status = 201, body = ConsoleSession, description = "Signed in; the session is in its cookie."),
    (status = 202, body = ConsoleFlow, description = "What is needed next."),
    (status = 204, description = "The session that there was goes on, freshly proven."),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "The session that was to be renewed is over."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The account may not use the console."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Something else is asked for now."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "There is no sign-in under way, or it is over."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "Wrong, or used before."),
    (status = 429, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn step(
    State(console): State<Console>,
    headers: HeaderMap,
    ValidPath(step): ValidPath<StepName>,
    given: Valid<ConsoleStep>,
) -> Result<Response, ApiProblem> {
    let flow = flow_of(&console, &headers)?;
    let session = cookie::read(&headers, &console.origin);
    answer(&console, console.sessions.step(flow, session, step, given.value).await?)
}

/// Shows a key for an authenticator app at a sign-in
///
/// For one that needs `enrol_second_factor`; a code of it is sent to the step `totp`. For whoever began the sign-in.
#[utoipa::path(post, path = "/console/session/totp-enrolment", tag = "console", responses(
    (status = 200, body = TotpEnrolment, description = "The key."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Something else is asked for now."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "There is no sign-in under way, or it is over."),
))]
pub(super) async fn totp_enrolment(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Json<TotpEnrolment>, ApiProblem> {
    Ok(Json(console.sessions.enrol(flow_of(&console, &headers)?).await?))
}

/// Begins a sign-in by a passkey alone
///
/// For whoever has one: it says whose it is. The step `passkey` follows.
#[utoipa::path(post, path = "/console/session/passkey", tag = "console", responses(
    (status = 202, body = ConsoleFlow, description = "What is needed first."),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many sign-ins; see Retry-After."),
))]
pub(super) async fn begin_with_passkey(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let device = cookie::read_device(&headers, &console.origin);
    answer(&console, console.sessions.begin_with_passkey(device).await?)
}

/// Says what to ask a browser for, to prove a passkey at a sign-in
///
/// For a sign-in or step-up of whose `methods` one is `passkey`; what the browser gives is sent to the step of that name. For
/// whoever began it.
#[utoipa::path(post, path = "/console/session/passkey-options", tag = "console", responses(
    (status = 200, body = PasskeyRequest, description = "The options, good for one answer."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Something else is asked for now."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "There is no sign-in under way, or it is over."),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many tries; see Retry-After."),
))]
pub(super) async fn passkey_options(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Json<PasskeyRequest>, ApiProblem> {
    Ok(Json(console.sessions.passkey_options(flow_of(&console, &headers)?).await?))
}

/// Says where a window goes, to prove at a provider who one is
///
/// For the session that is stepped up, without another permission; for a step-up of whose `methods` one is `provider`. The provider leads that window back to `/step-up`, with the `code` that the step
/// of that name takes, and the `state` of here; or with an `error`.
#[utoipa::path(post, path = "/console/session/provider-visit", tag = "console", request_body = ConsoleProviderVisit, responses(
    (status = 200, body = ProviderVisit, description = "Where the window goes."),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "It is a step-up of another session."),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "The page is not the console's."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Something else is asked for now."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "There is no sign-in under way, or it is over."),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "It cannot be proven there."),
))]
pub(super) async fn provider_visit(
    State(console): State<Console>,
    headers: HeaderMap,
    order: Valid<ConsoleProviderVisit>,
) -> Result<Json<ProviderVisit>, ApiProblem> {
    let flow = flow_of(&console, &headers)?;
    let session = cookie::read(&headers, &console.origin);
    // The page that asks is the one that is returned to: on a loopback host the console has several names. Whoever could name
    // another one would be sent the code of somebody whom they have lured to the provider.
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !csrf::is_own(&console, &headers) {
        return Err(AdminError::CrossSite("The Origin header is not the console's, see admin.console_url.").into());
    }
    Ok(Json(console.sessions.provider_visit(flow, session, origin, order.value).await?))
}

/// Says what to ask a browser for, to set up a passkey at a sign-in
///
/// For one that needs `enrol_second_factor`; what the browser gives is sent to the step `passkey-enrolment`. For whoever began it.
#[utoipa::path(post, path = "/console/session/passkey-enrolment-options", tag = "console", responses(
    (status = 200, body = FlowPasskeyEnrolment, description = "The options, good for one answer."),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "Something else is asked for now."),
    (status = 410, body = Problem, content_type = "application/problem+json", description = "There is no sign-in under way, or it is over."),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many tries; see Retry-After."),
))]
pub(super) async fn passkey_enrolment_options(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Json<FlowPasskeyEnrolment>, ApiProblem> {
    Ok(Json(console.sessions.passkey_enrolment_options(flow_of(&console, &headers)?).await?))
}

fn flow_of<'a>(console: &Console, headers: &'a HeaderMap) -> Result<&'a str, Problem> {
    cookie::read_flow(headers, &console.origin).ok_or_else(|| Problem::flow_over().detail("Begin again."))
}
