//! `/api/v1/auth/flows`: sign-ins that take more than one step.

use crate::domain::{Auth, Ending, ReturnTo, SignIn};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use orion_contracts::auth::{
    BeginFlowRequest, FlowCode, FlowNewPasskey, FlowNewPassword, FlowOrder, FlowPasskey, FlowPasskeyEnrolment,
    FlowPassword, FlowProvider, FlowProviderVisit, FlowPurpose, FlowResponse, PasskeyRequest, ProviderVisit,
    TokenResponse, TotpEnrolment,
};
use orion_contracts::{FlowId, Problem};
use orion_http::{ApiProblem, Caller, InPerson, Valid, ValidPath};

/// 200 with tokens, or 202 with what is needed next.
impl IntoResponse for SignIn {
    fn into_response(self) -> Response {
        match self {
            Self::Done(tokens) => Json(tokens).into_response(),
            // A flow that a page began ends on that page: its code is for a browser to carry.
            Self::Coded(_) => {
                ApiProblem(Problem::flow_over().detail("It was begun on a page, and ends there.")).into_response()
            }
            Self::Needs(flow) => (StatusCode::ACCEPTED, Json(flow)).into_response(),
        }
    }
}

/// Begins a step-up, or a sign-in with a passkey
///
/// A step-up needs an access token with a session, and no permission. Prove once more who you are by the flow's steps; the last
/// one gives tokens of the same session with a new `auth_time`, and its older refresh tokens are void (RFC 9470). A sign-in with
/// a passkey needs no token, and no address: the passkey says whose it is.
#[utoipa::path(
    post, path = "/api/v1/auth/flows", tag = "auth", security(("bearer" = []), ()),
    request_body = BeginFlowRequest,
    responses(
        (status = 202, description = "What is needed first", body = FlowResponse),
        (status = 401, description = "A step-up without a valid access token", body = Problem),
        (status = 410, description = "The session is over", body = Problem),
        (status = 422, description = "A field is not valid", body = Problem),
        (status = 429, description = "Too many sign-ins; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn begin(
    caller: Result<Caller, ApiProblem>,
    State(auth): State<Auth>,
    request: Valid<BeginFlowRequest>,
) -> Result<SignIn, ApiProblem> {
    match request.purpose {
        // One that ends with a code begins on ORION's own pages, and is refused here before.
        FlowPurpose::SignIn | FlowPurpose::SignInCode => {
            Ok(auth.begin_sign_in(&Ending::Session, request.device_token.as_ref()).await?)
        }
        FlowPurpose::StepUp => Ok(auth.begin_step_up(&InPerson::of(caller?)?.0).await?),
    }
}

/// Says once more what a flow needs next
///
/// For whoever has lost the answer that said so: the flow goes on from there, and backup codes that were not kept yet are shown
/// again. It is no try, and changes nothing. A flow whose last step was done is over.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/state", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowOrder,
    responses(
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
    ),
)]
pub(super) async fn state(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowOrder>,
) -> Result<(StatusCode, Json<FlowResponse>), ApiProblem> {
    Ok((StatusCode::ACCEPTED, Json(auth.flow_state(id, &order).await?)))
}

/// Proves the password in a flow
///
/// For a step-up, which begins without one. Tries are limited by account and place, and by flow.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/password", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowPassword,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The password is wrong", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn password(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowPassword>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_password(id, &request).await?)
}

/// Proves the authenticator app in a flow
///
/// A code is taken once, and so is none of a time before it. Five wrong ones end the flow.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/totp", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowCode,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The code is wrong, too old, or was used", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn totp(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowCode>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_totp(id, &request).await?)
}

/// Uses a backup code in a flow
///
/// Each code is good for one sign-in. Five wrong ones end the flow.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/backup-code", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowCode,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The code is wrong or was used", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn backup_code(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowCode>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_backup_code(id, &request).await?)
}

/// Says what to ask a browser for, to prove a passkey in a flow
///
/// For a flow of whose `methods` one is `passkey`. What was asked for before is void.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/passkey-options", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowOrder,
    responses(
        (status = 200, description = "The options, good for one answer", body = PasskeyRequest),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn passkey_options(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowOrder>,
) -> Result<Json<PasskeyRequest>, ApiProblem> {
    Ok(Json(auth.step_passkey_options(id, &order).await?))
}

/// Proves a passkey in a flow
///
/// By what `navigator.credentials.get()` gave. One whose authenticator has verified who uses it is both factors; five wrong ones
/// end the flow.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/passkey", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowPasskey,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 409, description = "The flow asked for nothing that this could answer", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The credential is none, or does not answer the options", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn passkey(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowPasskey>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_passkey(id, &request, &[]).await?)
}

/// Says where to send a browser, to prove an identity at a provider in a flow
///
/// For a step-up of whose `methods` one is `provider`. The provider has the person sign in anew, and must say that they did
/// (`auth_time`, OpenID Connect Core 1.0): providers without OpenID Connect are not among the flow's `providers`. The browser comes
/// back to `return_to` with `code` and `state`, or with `error=access_denied` where nothing was proven. The code is good for a minute,
/// for this flow alone.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/provider-visit", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowProviderVisit,
    responses(
        (status = 200, description = "Where to send the browser", body = ProviderVisit),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The flow cannot go on there, or nobody is sent back to that address", body = Problem),
    ),
)]
pub(super) async fn provider_visit(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowProviderVisit>,
) -> Result<Json<ProviderVisit>, ApiProblem> {
    Ok(Json(auth.step_provider_visit(id, &order, ReturnTo::Registered).await?))
}

/// Proves an identity at a provider in a flow
///
/// By the code that the browser came back with. A second factor is asked for as after a password.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/provider", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowProvider,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The code is unknown or too old, or of another flow", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn provider(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowProvider>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_provider(id, &request).await?)
}

/// Shows a key for an authenticator app in a flow
///
/// For a flow that needs `enrol_second_factor`. A code of the app, sent to the flow's `totp`, puts the key in use.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/totp-enrolment", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowOrder,
    responses(
        (status = 200, description = "The key", body = TotpEnrolment),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
    ),
)]
pub(super) async fn totp_enrolment(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowOrder>,
) -> Result<Json<TotpEnrolment>, ApiProblem> {
    Ok(Json(auth.step_totp_enrolment(id, &order).await?))
}

/// Says what to ask a browser for, to set up a passkey in a flow
///
/// For a flow that needs `enrol_second_factor`. What was asked for before is void.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/passkey-enrolment-options", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowOrder,
    responses(
        (status = 200, description = "The options, good for one answer", body = FlowPasskeyEnrolment),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn passkey_enrolment_options(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowOrder>,
) -> Result<Json<FlowPasskeyEnrolment>, ApiProblem> {
    Ok(Json(auth.step_passkey_enrolment_options(id, &order).await?))
}

/// Sets up a passkey in a flow
///
/// By what `navigator.credentials.create()` gave. It is proven by that, and backup codes come with it.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/passkey-enrolment", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowNewPasskey,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 409, description = "The flow asked for nothing that this could answer", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The credential is none, or does not answer the options", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn passkey_enrolment(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowNewPasskey>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_passkey_enrolment(id, &request).await?)
}

/// Says that the backup codes of a flow were kept
///
/// For a flow that needs `keep_backup_codes`, whose answer has shown them. Nobody sees them again.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/kept-backup-codes", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowOrder,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
    ),
)]
pub(super) async fn kept_backup_codes(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    order: Valid<FlowOrder>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_kept_backup_codes(id, &order).await?)
}

/// Chooses a new password in a flow
///
/// For a flow that needs `new_password`. All sessions of before end.
#[utoipa::path(
    post, path = "/api/v1/auth/flows/{id}/new-password", tag = "auth",
    params(("id" = FlowId, Path, description = "The flow")),
    request_body = FlowNewPassword,
    responses(
        (status = 200, description = "Done", body = TokenResponse),
        (status = 202, description = "What is needed next", body = FlowResponse),
        (status = 409, description = "The flow does not need that now", body = Problem),
        (status = 410, description = "The flow is unknown or over, or the token is not its own", body = Problem),
        (status = 422, description = "The password is not accepted", body = Problem),
        (status = 429, description = "Too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn new_password(
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<FlowId>,
    request: Valid<FlowNewPassword>,
) -> Result<SignIn, ApiProblem> {
    Ok(auth.step_new_password(id, &request).await?)
}

#[cfg(test)]
mod tests {
    use orion_contracts::auth::FlowMethod;

    #[test]
    fn every_method_has_an_endpoint_of_its_name() {
        let document = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi/auth.json"));
        let document: serde_json::Value = serde_json::from_str(document).expect("the committed document");
        for method in FlowMethod::ALL {
            let path = format!("/api/v1/auth/flows/{{id}}/{}", method.path());
            assert!(document["paths"][&path]["post"].is_object(), "{path}");
        }
    }
}
