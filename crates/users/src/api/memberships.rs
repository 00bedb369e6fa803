//! `/api/v1/users/…/organisations` and `/api/v1/users/me/organisation-invitations`: what somebody belongs to, and is invited to.

use crate::domain::Users;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use orion_contracts::organisations::{MembershipList, OrganisationInvitationList};
use orion_contracts::permissions::{OrganisationsRead, ProfileRead, ProfileWrite};
use orion_contracts::{OrganisationId, OrganisationInvitationId, Problem, UserId};
use orion_http::{ApiProblem, InPerson, RequireOf, RequireOwn, ValidPath};

/// Lists the organisations that one belongs to, by name.
///
/// For whichever of them one acts. Needs the permission `profile.read`, which every account has.
#[utoipa::path(
    get, path = "/api/v1/users/me/organisations", tag = "organisations", security(("bearer" = [])),
    responses((status = 200, description = "All of them, with the roles that the caller holds inside", body = MembershipList))
)]
pub(super) async fn list_own(
    caller: RequireOwn<ProfileRead>,
    State(users): State<Users>,
) -> Result<Json<MembershipList>, ApiProblem> {
    Ok(Json(users.memberships(caller.user_id()).await?))
}

/// Leaves an organisation.
///
/// With what one holds inside, and one's keys for it. The last owner hands it over first. Needs the permission `profile.write`, which every
/// verified account has.
#[utoipa::path(
    delete, path = "/api/v1/users/me/organisations/{id}", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    responses(
        (status = 204, description = "The caller belongs to it no more"),
        (status = 409, description = "They are its last owner", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn leave(
    caller: RequireOwn<ProfileWrite>,
    _: InPerson,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationId>,
) -> Result<StatusCode, ApiProblem> {
    users.leave_organisation(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the organisations that a user belongs to, by name.
///
/// Needs the permission `organisations.read` for the platform.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/organisations", tag = "organisations", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user's id")),
    responses((status = 200, description = "All of them, with the roles that the user holds inside", body = MembershipList))
)]
pub(super) async fn list(
    _: RequireOf<OrganisationsRead>,
    State(users): State<Users>,
    ValidPath(id): ValidPath<UserId>,
) -> Result<Json<MembershipList>, ApiProblem> {
    Ok(Json(users.memberships_of(id).await?))
}

/// Lists the organisations that one is invited to, the newest invitation first.
///
/// Needs the permission `profile.write`, which every verified account has: to whom an address belongs is not known before.
#[utoipa::path(
    get, path = "/api/v1/users/me/organisation-invitations", tag = "organisations", security(("bearer" = [])),
    responses((status = 200, description = "All that can be accepted", body = OrganisationInvitationList))
)]
pub(super) async fn invitations(
    caller: RequireOwn<ProfileWrite>,
    State(users): State<Users>,
) -> Result<Json<OrganisationInvitationList>, ApiProblem> {
    Ok(Json(users.own_organisation_invitations(caller.user_id()).await?))
}

/// Accepts an invitation to an organisation.
///
/// What was promised is given as far as whoever promised it could give it now. Needs the permission `profile.write`, which every verified
/// account has.
#[utoipa::path(
    post, path = "/api/v1/users/me/organisation-invitations/{id}", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationInvitationId, Path, description = "The invitation's id")),
    responses(
        (status = 204, description = "The caller belongs to the organisation"),
        (status = 409, description = "Whoever invited may not any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn accept(
    caller: RequireOwn<ProfileWrite>,
    _: InPerson,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationInvitationId>,
) -> Result<StatusCode, ApiProblem> {
    users.accept_organisation_invitation(&caller.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Declines an invitation to an organisation.
///
/// Needs the permission `profile.write`, which every verified account has.
#[utoipa::path(
    delete, path = "/api/v1/users/me/organisation-invitations/{id}", tag = "organisations", security(("bearer" = [])),
    params(("id" = OrganisationInvitationId, Path, description = "The invitation's id")),
    responses((status = 204, description = "It is gone"))
)]
pub(super) async fn decline(
    caller: RequireOwn<ProfileWrite>,
    _: InPerson,
    State(users): State<Users>,
    ValidPath(id): ValidPath<OrganisationInvitationId>,
) -> Result<StatusCode, ApiProblem> {
    users.decline_organisation_invitation(&caller.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
