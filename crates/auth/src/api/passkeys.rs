//! `/api/v1/auth/passkeys`: one's own passkeys.

use crate::domain::Auth;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use orion_contracts::auth::{NewPasskey, Passkey, PasskeyAdded, PasskeyEnrolment, PasskeyList, RenamePasskey};
use orion_contracts::{PasskeyId, Problem};
use orion_http::{ApiProblem, Caller, Fresh, InPerson, Valid, ValidPath};

/// Lists one's own passkeys
///
/// Needs an access token, and no permission.
#[utoipa::path(
    get, path = "/api/v1/auth/passkeys", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The passkeys, oldest first", body = PasskeyList)),
)]
pub(super) async fn list(caller: Caller, State(auth): State<Auth>) -> Result<Json<PasskeyList>, ApiProblem> {
    Ok(Json(auth.passkeys_of(caller.user_id()).await?))
}

/// Says what to ask a browser for, to set up a passkey
///
/// The answer to it is sent to `/api/v1/auth/passkeys` within ten minutes, in the same session.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/passkeys/options", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 200, description = "The options", body = PasskeyEnrolment),
        (status = 409, description = "There are as many passkeys as there may be", body = Problem),
        (status = 410, description = "The session is over", body = Problem),
        (status = 429, description = "Too many tries; see Retry-After", body = Problem),
    ),
)]
pub(super) async fn options(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
) -> Result<Json<PasskeyEnrolment>, ApiProblem> {
    Ok(Json(auth.begin_passkey_enrolment(&caller).await?))
}

/// Sets up a passkey
///
/// By what `navigator.credentials.create()` gave. It signs in alone from then on, and a sign-in with the password asks for it or
/// another second factor; the first one of an account brings backup codes, shown once.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    post, path = "/api/v1/auth/passkeys", tag = "auth", security(("bearer" = [])),
    request_body = NewPasskey,
    responses(
        (status = 201, description = "The passkey", body = PasskeyAdded),
        (status = 409, description = "There are as many passkeys as there may be", body = Problem),
        (status = 410, description = "The options are unknown, used or over, or of another session", body = Problem),
        (status = 422, description = "The credential does not answer the options, or is set up already", body = Problem),
        (status = 429, description = "Too many tries, or too many people sign in at this moment", body = Problem),
    ),
)]
pub(super) async fn add(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    request: Valid<NewPasskey>,
) -> Result<(StatusCode, Json<PasskeyAdded>), ApiProblem> {
    Ok((StatusCode::CREATED, Json(auth.add_passkey(&caller, &request).await?)))
}

/// Renames one's own passkey
///
/// Needs an access token, and no permission.
#[utoipa::path(
    patch, path = "/api/v1/auth/passkeys/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = PasskeyId, Path, description = "The passkey")),
    request_body = RenamePasskey,
    responses(
        (status = 200, description = "The passkey", body = Passkey),
        (status = 422, description = "The name is not valid", body = Problem),
    ),
)]
pub(super) async fn rename(
    InPerson(caller): InPerson,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<PasskeyId>,
    request: Valid<RenamePasskey>,
) -> Result<Json<Passkey>, ApiProblem> {
    Ok(Json(auth.rename_passkey(&caller, id, &request.name).await?))
}

/// Takes one's own passkey away
///
/// With the last second factor the backup codes go too. The caller's other sessions that were proven by a passkey, by a code that goes
/// or by a device that was trusted end.
/// Needs a sign-in of the last five minutes, with the second factor where there is one, and no permission.
#[utoipa::path(
    delete, path = "/api/v1/auth/passkeys/{id}", tag = "auth", security(("bearer" = [])),
    params(("id" = PasskeyId, Path, description = "The passkey")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "A role of the caller demands it, or nothing else signs in", body = Problem),
    ),
)]
pub(super) async fn remove(
    Fresh(caller): Fresh,
    State(auth): State<Auth>,
    ValidPath(id): ValidPath<PasskeyId>,
) -> Result<StatusCode, ApiProblem> {
    auth.remove_passkey(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
